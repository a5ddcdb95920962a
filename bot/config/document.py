"""YAML files as plain values, with the line of every key.

Values are read from the YAML node tree, so that a key given twice, an alias that contains itself and a tag that asks
for Python objects are each told with their line. Keys are text whatever they look like; dates stay text.
"""

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bot.config.problem import ConfigProblem, Mark

Place = tuple[str | int, ...]
"""The way to a value: keys and list positions from the root."""

LARGEST = 1 << 20
"""Bytes of one file. A ConfigMap can hold no more."""

MOST_VALUES = 50_000
"""Values of one file after aliases are followed."""

_TAG = "tag:yaml.org,2002:"
_YES, _NO = ("y", "yes", "on"), ("n", "no", "off")
_SPELLINGS = {form(word): word in _YES for word in (*_YES, *_NO) for form in (str.lower, str.capitalize, str.upper)}
"""The truth values of YAML 1.1 that later ones take for text; Kubernetes' tools still read them so."""


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document: its value, and the mark of each place that has a line of its own."""

    value: object
    marks: Mapping[Place, Mark]

    def mark(self, place: Place) -> Mark:
        """Where `place` stands, or the nearest thing around it that has a line."""
        while place not in self.marks:
            place = place[:-1]
        return self.marks[place]


@dataclass(slots=True)
class _Reader:
    """Turns the nodes of one document into values and gathers marks and problems."""

    file: str
    problems: list[ConfigProblem]
    for_kubernetes: bool
    marks: dict[Place, Mark] = field(default_factory=dict)
    open: set[int] = field(default_factory=set)
    values: int = 0

    def value(self, node: Node, place: Place) -> object:
        self.marks.setdefault(place, self.mark(node))
        self.values += 1
        if self.values > MOST_VALUES:
            if self.values == MOST_VALUES + 1:
                self.problem(node, f"more than {MOST_VALUES} values", "Use fewer aliases, or split the file.")
            return None
        if isinstance(node, ScalarNode):
            return self.scalar(node)
        if id(node) in self.open:
            self.problem(node, "an alias stands inside of what it means", "Write the value out.")
            return None
        self.open.add(id(node))
        try:
            return self.mapping(node, place) if isinstance(node, MappingNode) else self.sequence(node, place)
        finally:
            self.open.discard(id(node))

    def sequence(self, node: Node, place: Place) -> list[object]:
        return [self.value(item, (*place, at)) for at, item in enumerate(node.value)]

    def mapping(self, node: MappingNode, place: Place) -> dict[str, object]:
        found: dict[str, object] = {}
        lines: dict[str, Mark] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self.problem(key, "a key is not text", "Write a plain word before the colon.")
            elif _is_merge(key):
                continue
            elif key.value in lines:
                sentence = f"{key.value!r} stands twice, first at {lines[key.value]}"
                self.problem(key, sentence, "Rename one of the two, or delete it.")
            else:
                lines[key.value] = self.marks[(*place, key.value)] = self.mark(key)
                found[key.value] = self.value(value, (*place, key.value))
        return self.merged(node, place) | found

    def merged(self, node: MappingNode, place: Place) -> dict[str, object]:
        """What `<<` brings in; earlier mappings win over later ones."""
        found: dict[str, object] = {}
        for key, value in node.value:
            if not _is_merge(key):
                continue
            for source in value.value if isinstance(value, SequenceNode) else [value]:
                brought = self.value(source, place)
                if not isinstance(brought, dict):
                    self.problem(key, "<< can only take in a mapping", "Put an alias of a mapping behind it.")
                    continue
                found = brought | found
        return found

    def scalar(self, node: ScalarNode) -> object:
        text, tag = str(node.value), str(node.tag).removeprefix(_TAG)
        if self.for_kubernetes and tag == "str" and not node.style and text in _SPELLINGS:
            return _SPELLINGS[text]
        try:
            match tag:
                case "str" | "timestamp":
                    return text
                case "null":
                    return None
                case "bool":
                    return text.lower() in ("true", "yes", "on", "y")
                case "int":
                    return _whole(text)
                case "float":
                    return float(text.replace("_", "").lower().replace(".inf", "inf").replace(".nan", "nan"))
        except ValueError:
            self.problem(node, f"{text[:40]!r} is not a number", "Put it in quotes if it is meant as text.")
            return None
        self.problem(node, f"the tag !{tag[:40]} is not supported", "Leave the tag out.")
        return None

    def mark(self, node: Node) -> Mark:
        return Mark(self.file, node.start_mark.line + 1)

    def problem(self, node: Node, sentence: str, fix: str) -> None:
        self.problems.append(ConfigProblem(self.mark(node), sentence, fix))


def _is_merge(key: Node) -> bool:
    return isinstance(key, ScalarNode) and key.tag == f"{_TAG}merge"


def _whole(text: str) -> int:
    plain = text.replace("_", "")
    return int(plain, 0) if plain.lstrip("+-")[:2].lower() in ("0x", "0o", "0b") else int(plain)


def read_file(
    path: Path, shown: str, *, for_kubernetes: bool = False
) -> tuple[tuple[Document, ...], tuple[ConfigProblem, ...]]:
    """The documents of the YAML file at `path`, empty ones left out, and what is wrong with it.

    `shown` is its name for people. A mistake of syntax leaves no documents. `for_kubernetes`: `yes`, `off` and their kin without quotes
    are truth values, as kubectl reads them (sigs.k8s.io/yaml, which is YAML 1.1 here).
    """
    start = Mark(shown, 1)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        fix = "Write it, as leadsman help configuration shows, or correct LEADSMAN_CONFIG."
        return (), (ConfigProblem(start, "there is no such file", fix),)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        problem = ConfigProblem(start, f"the file cannot be read ({reason})", "Check the path and the permissions.")
        return (), (problem,)
    return read_content(content, shown, for_kubernetes=for_kubernetes)


def read_content(
    content: bytes, shown: str, *, for_kubernetes: bool = False
) -> tuple[tuple[Document, ...], tuple[ConfigProblem, ...]]:
    """The same of a file's content, wherever it came from."""
    problems: list[ConfigProblem] = []
    documents = []
    for node in _nodes(_text(content, shown, problems), shown, problems):
        reader = _Reader(shown, problems, for_kubernetes)
        documents.append(Document(reader.value(node, ()), reader.marks))
    return tuple(documents), tuple(problems)


def _text(content: bytes, shown: str, problems: list[ConfigProblem]) -> str:
    start = Mark(shown, 1)
    if len(content) > LARGEST:
        problems.append(ConfigProblem(start, "the file is larger than 1 MiB", "Split it, and give the folder instead."))
        return ""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problems.append(ConfigProblem(Mark(shown, line), "the file is not UTF-8 text", "Save it as UTF-8."))
        return ""


def _nodes(text: str, shown: str, problems: list[ConfigProblem]) -> Iterator[Node]:
    """The root nodes of the documents up to the first mistake of syntax, which ends the file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an anchor used twice is legal
            nodes = [node for node in YAML(typ="rt", pure=True).compose_all(text) if node is not None]
    except MarkedYAMLError as error:
        problems.append(_syntax(error, shown))
    except YAMLError:
        problems.append(
            ConfigProblem(Mark(shown, 1), "the file holds characters that are no text", "Save it as plain UTF-8 text.")
        )
    except RecursionError:
        problems.append(ConfigProblem(Mark(shown, 1), "the file is nested too deeply", "Write it flatter."))
    else:
        yield from (node for node in nodes if not (isinstance(node, ScalarNode) and node.tag == f"{_TAG}null"))


def _syntax(error: MarkedYAMLError, shown: str) -> ConfigProblem:
    mark = error.problem_mark or error.context_mark
    place = Mark(shown, mark.line + 1 if mark else 1)
    what = str(error.problem or "it cannot be read")
    if "'\\t'" in what:
        return ConfigProblem(
            place, "a tab stands where YAML wants spaces", "Indent with spaces; most editors can convert tabs."
        )
    return ConfigProblem(
        place,
        f"this is not valid YAML: {what}",
        "Check the indentation, quotes and brackets here and on the line above.",
    )
