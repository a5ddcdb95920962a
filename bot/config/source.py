"""Where the configuration comes from: one YAML file, or all of a folder read as one."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.config.document import Document, Place, read_file
from bot.config.problem import ConfigProblem, Mark

_SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Source:
    """The path that people gave. Relative paths inside of the configuration count from `folder`."""

    path: Path

    @property
    def folder(self) -> Path:
        """The folder of the configuration."""
        return self.path if self.path.is_dir() else self.path.parent

    def files(self) -> tuple[Path, ...]:
        """The files, by name. Hidden ones are left out: a mounted ConfigMap keeps its machinery in them."""
        if not self.path.is_dir():
            return (self.path,)
        return tuple(
            path
            for path in sorted(self.path.iterdir())
            if path.suffix in _SUFFIXES and not path.name.startswith(".") and path.is_file()
        )

    def matching(self, pattern: str) -> tuple[Path, ...]:
        """The files that a pattern such as `./analysis/*.yaml` names, sorted."""
        path = Path(pattern)
        root = Path(path.anchor) if path.is_absolute() else self.folder
        try:
            found = root.glob(str(path.relative_to(path.anchor)))
            return tuple(sorted(item for item in found if item.is_file() and not item.name.startswith(".")))
        except (OSError, ValueError, NotImplementedError):
            return ()


def fingerprint(files: Sequence[Path]) -> str:
    """Differs when the name or content of any file does. Content, not time: a mounted ConfigMap swaps links."""
    digest = hashlib.sha256()
    for path in files:
        try:
            content = path.read_bytes()
        except OSError as error:
            content = type(error).__name__.encode()
        digest.update(f"{path}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def read_source(source: Source) -> tuple[Document | None, tuple[ConfigProblem, ...]]:
    """The configuration as one document, and what is wrong with its files. None where a file could not be understood."""
    start = Mark(str(source.path), 1)
    whole = _Whole({}, {(): start}, [])
    files, complete = source.files(), True
    if not files:
        fix = "Put leadsman.yaml there, or point LEADSMAN_CONFIG elsewhere."
        return None, (ConfigProblem(start, "the folder holds no .yaml file", fix),)
    for path in files:
        documents, found = read_file(path, str(path))
        whole.problems.extend(found)
        complete = complete and bool(documents)
        if not documents and not found:
            fix = "Write the configuration, or delete the file."
            whole.problems.append(ConfigProblem(Mark(str(path), 1), "the file is empty", fix))
        for document in documents:
            whole.take(document)
    return Document(whole.values, whole.marks) if complete else None, tuple(whole.problems)


@dataclass(frozen=True, slots=True)
class _Whole:
    """The documents of several files taken in as one. A section may be spread over files, a name in it may not."""

    values: dict[str, object]
    marks: dict[Place, Mark]
    problems: list[ConfigProblem]

    def take(self, document: Document) -> None:
        if not isinstance(document.value, dict):
            fix = "Begin with slack:, clusters: and apps:."
            self.problems.append(ConfigProblem(document.mark(()), "keys with values must stand here", fix))
            return
        for key, value in document.value.items():
            present = self.values.get(key)
            if key not in self.values:
                self.values[key] = value
            elif isinstance(present, dict) and isinstance(value, dict):
                self.take_section(document, key, present, value)
            else:
                self.refuse(document, (key,))
        for place, mark in document.marks.items():
            self.marks.setdefault(place, mark)

    def take_section(self, document: Document, key: str, present: dict[str, object], more: dict[str, object]) -> None:
        for name, value in more.items():
            if name in present:
                self.refuse(document, (key, name))
            else:
                present[name] = value

    def refuse(self, document: Document, place: Place) -> None:
        sentence = f"{place[-1]!r} stands twice, first at {self.marks[place]}"
        fix, shown = "Rename one of the two, or delete it.", ".".join(map(str, place))
        self.problems.append(ConfigProblem(document.mark(place), sentence, fix, shown))
