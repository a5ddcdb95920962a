"""Turns SVG into PNG, in a process of its own: resvg holds the interpreter's lock while it draws.

Runs as a plain file, so that it loads neither the bot nor its settings. Reads requests from standard input and answers
on standard output; both ways a message is a status byte (`+` done, `-` refused, with the reason), its length in four
bytes and its content.
"""

import signal
import struct
import sys
from pathlib import Path

import resvg_py

HEAD = struct.Struct(">cI")
FONTS = Path(__file__).parent / "fonts"


def png(svg: str) -> bytes:
    """Draw with the fonts shipped here alone: a slim container has none, and resvg would leave out all text without a
    word."""
    fonts = [str(FONTS / "DejaVuSans.ttf"), str(FONTS / "DejaVuSans-Bold.ttf")]
    return bytes(
        resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True, font_files=fonts, font_family="DejaVu Sans")
    )


def serve() -> None:
    """Answer until the input ends, which it does when the bot is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: the bot decides when we stop
    asked, answers = sys.stdin.buffer, sys.stdout.buffer
    while len(head := asked.read(HEAD.size)) == HEAD.size:
        _, length = HEAD.unpack(head)
        try:
            status, content = b"+", png(asked.read(length).decode())
        except ValueError as error:
            status, content = b"-", str(error).encode()
        answers.write(HEAD.pack(status, len(content)) + content)
        answers.flush()


if __name__ == "__main__":
    serve()
