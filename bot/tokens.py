"""Who may use the HTTP API: a file of names, roles and hashes of tokens. The tokens themselves are nowhere.

- {name: ci, role: deployer, sha256: 0a1b…}      printf %s "$TOKEN" | sha256sum
"""

import hashlib
import hmac
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.config.document import Document, read_file
from bot.config.names import choices, valid_word
from bot.config.problem import ConfigProblem, Mark
from strategies.model import Actor, Who

_HASH = re.compile(r"[0-9a-f]{64}")
_KEYS = ("name", "role", "sha256")
_FIX = "Write entries such as - {name: ci, role: deployer, sha256: …}."


@dataclass(frozen=True, slots=True)
class _Token:
    name: str
    role: str
    sha256: str


class Tokens:
    """The tokens that are known."""

    def __init__(self, known: Sequence[_Token] = ()) -> None:
        self._known = tuple(known)

    def authenticate(self, bearer: str) -> Who | None:
        """Whose token this is, None for an unknown one. Takes as long for a wrong one as for a right one."""
        offered, found = hashlib.sha256(bearer.encode("utf-8", "surrogatepass")).hexdigest(), None
        for token in self._known:
            if hmac.compare_digest(token.sha256, offered):
                found = token
        if found is None:
            return None
        return Who(Actor(f"token:{found.name}", found.name, surface="api"), frozenset({found.role}))

    @classmethod
    def read(cls, path: Path, roles: Collection[str]) -> "Tokens | tuple[ConfigProblem, ...]":
        """The tokens in the file at `path`, or everything that is wrong with it. `roles` are the known ones."""
        documents, unreadable = read_file(path, str(path))
        found, problems = list[_Token](), list(unreadable)
        if not documents and not problems:
            problems.append(ConfigProblem(Mark(str(path), 1), "the file is empty", _FIX))
        for document in documents:
            entries = document.value if isinstance(document.value, list) else [document.value]
            for at, entry in enumerate(entries):
                wrong = _wrong(entry, roles, {token.name for token in found})
                if wrong:
                    problems.append(_problem(document, at, wrong))
                elif isinstance(entry, dict):
                    found.append(_Token(**entry))
        return tuple(problems) or cls(found)


def _wrong(entry: object, roles: Collection[str], names: Collection[str]) -> str:
    """What is wrong with an entry, or an empty text. Never quotes a hash, nor a token that stands in its place."""
    if not isinstance(entry, dict) or set(entry) != set(_KEYS):
        return f"an entry has the keys {', '.join(_KEYS)}, no more and no less"
    if not all(isinstance(entry[key], str) for key in _KEYS):
        return "all three values are text"
    if not valid_word(entry["name"]) or entry["name"] in names:
        return f"the name {entry['name'][:80]!r} is taken or is no name of small letters, digits and hyphens"
    if entry["role"] not in roles:
        return f"there is no role {entry['role'][:80]!r}; known are {choices(roles)}"
    if not _HASH.fullmatch(entry["sha256"]):
        return "sha256 is not 64 hexadecimal digits"
    return ""


def _problem(document: Document, at: int, sentence: str) -> ConfigProblem:
    return ConfigProblem(document.mark((at,)), sentence, _FIX, f"[{at}]")
