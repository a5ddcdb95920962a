"""Reading a document that somebody wrote: every value with its place, every mistake noted, none of them in the way of
the next."""

from collections.abc import Iterable, Mapping, Sequence

from strategies.problem import SpecProblem


class Node:
    """A place in a document and what stands there. Mistakes gather at the root, so that all are told at once.

    Reading what is absent gives None or nothing; reading what has the wrong type notes a problem and gives the same.
    """

    def __init__(self, place: str, value: object, problems: dict[SpecProblem, None]) -> None:
        self.place = place
        self.value = value
        self._problems = problems

    @classmethod
    def root(cls, value: object, place: str = "") -> "Node":
        """The whole document, whose own place is `place`."""
        return cls(place, value, {})

    @property
    def is_given(self) -> bool:
        """Whether anything but null stands here."""
        return self.value is not None

    def problem(self, sentence: str, fix: str) -> None:
        """Note that something is wrong here."""
        self.add([SpecProblem(self.place, sentence, fix)])

    def add(self, problems: Iterable[SpecProblem]) -> None:
        """Note problems that were found elsewhere; one that is known already is not noted again."""
        self._problems.update(dict.fromkeys(problems))

    def problems(self) -> tuple[SpecProblem, ...]:
        """Everything noted so far in the whole document, in order."""
        return tuple(self._problems)

    def get(self, key: str) -> "Node":
        """What stands under `key`."""
        return Node(f"{self.place}.{key}" if self.place else key, self._mapping().get(key), self._problems)

    def keys(self) -> tuple[str, ...]:
        """The keys that have a value."""
        return tuple(str(key) for key, value in self._mapping().items() if value is not None)

    def all_keys(self) -> tuple[str, ...]:
        """The keys, also those whose value is null."""
        return tuple(map(str, self._mapping()))

    def only(self, allowed: Sequence[str]) -> None:
        """Refuse keys other than these."""
        fix = f"Use {', '.join(allowed)}." if allowed else "Leave it out."
        for key in self.all_keys():
            if key not in allowed:
                self.get(key).problem(f"unknown key {key[:60]!r}", fix)

    def items(self) -> tuple["Node", ...]:
        """The entries of a list."""
        if self.value is None:
            return ()
        if not isinstance(self.value, Sequence) or isinstance(self.value, str | bytes):
            self._wrong("a list", "Write one entry a line, each beginning with a dash.")
            return ()
        return tuple(Node(f"{self.place}[{at}]", value, self._problems) for at, value in enumerate(self.value))

    def text(self) -> str | None:
        """A piece of text."""
        if self.value is None or isinstance(self.value, str):
            return self.value
        self._wrong("text", "Put it in quotes.")
        return None

    def required_text(self) -> str:
        """A piece of text that must be there; empty where it is not."""
        text = self.text()
        if self.value is None or text == "":
            self.problem("a value is missing", "Fill it in.")
        return text or ""

    def scalar(self) -> str | None:
        """A text or a whole number, as text: Kubernetes takes either where it says int-or-string."""
        if isinstance(self.value, int) and not isinstance(self.value, bool):
            return str(self.value)
        return self.text()

    def whole(self) -> int | None:
        """A whole number."""
        if self.value is None or (isinstance(self.value, int) and not isinstance(self.value, bool)):
            return self.value
        self._wrong("a whole number", "Write a number such as 3.")
        return None

    def flag(self) -> bool:
        """True or false; false where nothing stands here."""
        if self.value is None or isinstance(self.value, bool):
            return bool(self.value)
        self._wrong("true or false", "Write true or false.")
        return False

    def _mapping(self) -> Mapping[object, object]:
        if self.value is None:
            return {}
        if not isinstance(self.value, Mapping):
            self._wrong("a mapping", "Write it as key: value.")
            return {}
        return self.value

    def _wrong(self, wanted: str, fix: str) -> None:
        self.problem(f"{wanted} must stand here, not {str(self.value)[:60]!r}", fix)
