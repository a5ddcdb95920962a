"""How wide text is, and how to make it fit: an SVG is text, and nobody but us breaks its lines.

The widths are the advance widths of DejaVu Sans in thousandths of the font size; a character that is not listed counts
as a wide one.
"""

import re

_REGULAR = {
    275: "'", 278: "ijl", 295: "IJ", 318: " ,.", 337: "/:;\\|", 352: "f", 361: "-", 390: "()[]", 392: "t", 401: "!",
    411: "r", 460: '"', 500: "*_`–", 521: "s", 525: "z", 531: "?", 550: "c", 557: "L", 575: "F", 579: "k", 592: "vxy",
    603: "P", 611: "TY", 612: "o", 613: "a", 615: "e", 632: "E", 634: "hnu", 635: "Sbdgpq", 636: "$0123456789{}µ",
    656: "K", 684: "AV", 685: "XZ", 686: "B", 695: "R", 698: "C", 732: "U", 748: "N", 752: "H", 770: "D", 775: "G",
    780: "&", 787: "OQ", 818: "w", 838: "#+<=>^~−×", 863: "M", 950: "%", 974: "m", 989: "W", 1000: "@…",
}  # fmt: skip

_BOLD = {
    306: "'", 343: "ijl", 348: " ", 365: "/\\|", 372: "IJ", 380: ",.", 400: ":;", 415: "-", 435: "f", 456: "!",
    457: "()[]", 478: "t", 493: "r", 500: "_`–", 521: '"', 523: "*", 580: "?", 582: "z", 593: "c", 595: "s", 637: "L",
    645: "x", 652: "vy", 665: "k", 675: "a", 678: "e", 682: "T", 683: "EF", 687: "o", 696: "$0123456789", 712: "hnu{}",
    716: "bdgpq", 720: "S", 724: "Y", 725: "Z", 733: "P", 734: "C", 736: "µ", 762: "B", 770: "R", 771: "X", 774: "AV",
    775: "K", 812: "U", 821: "G", 830: "D", 837: "HN", 838: "#+<=>^~−×", 850: "OQ", 872: "&", 924: "w", 995: "M",
    1000: "@…", 1002: "%", 1042: "m", 1103: "W",
}  # fmt: skip

_WIDE = 1100
_WIDTHS = {
    bold: {letter: width for width, letters in table.items() for letter in letters}
    for bold, table in ((False, _REGULAR), (True, _BOLD))
}
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    """The text on one line, without the characters that no XML may hold."""
    return " ".join(_UNPRINTABLE.sub("", text).split())


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Pixels that the text takes at this font size."""
    widths = _WIDTHS[bold]
    return sum(widths.get(letter, _WIDE) for letter in text) * size / 1000


def cut(text: str, size: float, room: float, *, bold: bool = False) -> str:
    """The text, or as much of its beginning as fits into `room` pixels, with an ellipsis."""
    if width(text, size, bold=bold) <= room:
        return text
    kept = text
    while kept and width(f"{kept}…", size, bold=bold) > room:
        kept = kept[:-1]
    return f"{kept.rstrip(' .-')}…"


def two_lines(text: str, size: float, room: float, *, bold: bool = False) -> tuple[str, str]:
    """The text over two lines, broken at a space if one is near, each cut to `room` pixels."""
    end = len(cut(text, size, room, bold=bold))
    space = text.rfind(" ", 0, end)
    at = space if space > end // 3 else end - 1
    return text[:at].rstrip(), cut(text[at:].lstrip(), size, room, bold=bold)
