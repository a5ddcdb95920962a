"""What somebody typed after a slash command, as words.

Phones turn quotation marks and double hyphens into typographic ones, Slack escapes what could be a mention or a link,
and copied text brings blanks that are none. All that is undone here, once, and nothing else is changed: what is left
of a reason is what was typed.
"""

import re
from dataclasses import dataclass

_UNSEEN = re.compile(r"[\u200b\u200c\u200d\u2060\ufeff\u200e\u200f\u202a-\u202e\u2066-\u2069\x00-\x08\x0e-\x1f\x7f]")
_ESCAPED = re.compile(r"<([@#]?)([^<>|!]*)(?:\|([^<>]*))?>")
_DASHES = re.compile(r"(?<!\S)[‐-―−﹘﹣－]{1,2}-?(?=[A-Za-z])")
_DOUBLE = '"“”„‟«»＂'
_STRAIGHT = str.maketrans(dict.fromkeys(_DOUBLE, '"'))
_WORD = re.compile(r'"[^"]*"(?!\S)|`[^`\s]*`(?!\S)|\S+')
_OPTION = re.compile(r"(?:--(?=[a-z])|-(?=[nw](?:=|$)))([a-z][a-z-]*)(?:=(.*))?", re.DOTALL)
_KIND = re.compile(r"(?:rollouts?|ro|deployments?|deploy)(?:\.[a-z0-9.]+)?/(?=.)")
_LINK = re.compile(r"(?:https?://|mailto:)")


class Mistaken(Exception):  # noqa: N818 -- it never leaves the grammar
    """What was typed cannot be understood: the sentence says why, and what to type."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word, without the quotation marks around it. `at` is where it begins in the text."""

    text: str
    at: int
    is_quoted: bool = False

    @property
    def option(self) -> tuple[str, str | None] | None:
        """The name of an option and the value written onto it: `--to=2` is `("to", "2")`. None for any other word.

        Of short ones only `-n` and `-w` are known, which people paste from kubectl.
        """
        found = None if self.is_quoted else _OPTION.fullmatch(self.text)
        return (found[1], found[2]) if found else None

    @property
    def name(self) -> str:
        """The word as the name of an app or environment: `#checkout` and `rollout/checkout` mean checkout."""
        return _KIND.sub("", self.text.lstrip("#@"), count=1) if _KIND.match(self.text) else self.text.lstrip("#@")


@dataclass(frozen=True, slots=True)
class Text:
    """What was typed, with its words."""

    plain: str
    words: tuple[Word, ...]

    def since(self, number: int) -> str:
        """Everything from that word on, as typed; quotation marks around all of it go."""
        if number >= len(self.words):
            return ""
        rest = self.plain[self.words[number].at :].strip()
        marks = [at for at, letter in enumerate(rest) if letter in _DOUBLE]
        return rest[1:-1].strip() if marks == [0, len(rest) - 1] else rest


def read(typed: str) -> Text:
    """The words of what was typed."""
    plain = _DASHES.sub("--", _ESCAPED.sub(_unescaped, _UNSEEN.sub("", typed)))
    plain = plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    words = _WORD.finditer(plain.translate(_STRAIGHT))
    return Text(plain, tuple(map(_word, words)))


def _word(found: re.Match[str]) -> Word:
    text = found[0]
    if len(text) > 1 and text[0] == text[-1] and text[0] in '"`':
        return Word(text[1:-1].strip(), found.start(), is_quoted=True)
    return Word(text, found.start())


def _unescaped(found: re.Match[str]) -> str:
    """What the person saw in the composer: `<#C1|deploys>` was #deploys, `<https://x.io|x.io>` was x.io."""
    sign, body, label = found[1], found[2], found[3]
    if sign:
        return f"{sign}{label or body}"
    if _LINK.match(body):
        return label or body.removeprefix("mailto:")
    return found[0]
