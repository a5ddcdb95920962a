"""YAML as people write it wrongly: told with its line, never a traceback, never a Python object."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config.document import Document, read_file


def read(tmp_path: Path, content: str | bytes) -> tuple[list[object], list[str]]:
    path = tmp_path / "x.yaml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    documents, problems = read_file(path, "x.yaml")
    return [document.value for document in documents], [str(problem) for problem in problems]


def test_values_are_what_yaml_says_and_dates_stay_text(tmp_path: Path) -> None:
    text = "a: 1\nb: 1.5\nc: yes\nd: true\ne: ~\nf: 2026-01-01\ng: 0x10\nh: [1_000, .inf]\n1.10: 'x'\n"
    assert read(tmp_path, text) == (
        [{"a": 1, "b": 1.5, "c": "yes", "d": True, "e": None, "f": "2026-01-01", "g": 16,
          "h": [1000, float("inf")], "1.10": "x"}], []
    )  # fmt: skip


def test_aliases_and_merges_are_followed(tmp_path: Path) -> None:
    text = "a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\nc: {<<: [*a, {x: 9, z: 9}]}\nd: *a\n"
    assert read(tmp_path, text)[0] == [
        {"a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 3}, "c": {"x": 1, "y": 2, "z": 9}, "d": {"x": 1, "y": 2}}
    ]


def test_every_key_has_its_line_and_places_without_one_take_the_nearest(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("a:\n  b:\n    - c: 1\n    - 2\n---\nz: 1\n")
    first, second = read_file(path, "x.yaml")[0]
    assert isinstance(first, Document)
    assert [first.mark(place).line for place in [(), ("a",), ("a", "b", 0, "c"), ("a", "b", 1), ("a", "q", 7)]] == [
        1, 1, 3, 4, 1
    ]  # fmt: skip
    assert second.mark(("z",)).line == 6


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("a:\n\tb: 1\n", "x.yaml:2: a tab stands where YAML wants spaces."),
        ("a: [1\nb: 2", "x.yaml:2: this is not valid YAML:"),
        ("a: *b\n", "x.yaml:1: this is not valid YAML: found undefined alias"),
        ("a: !!python/object:os.system x\n", "x.yaml:1: the tag !python/object:os.system is not supported."),
        ("a: &a [*a]\n", "x.yaml:1: an alias stands inside of what it means."),
        ("? [a]\n: 1\n", "x.yaml:1: a key is not text."),
        ("a: {<<: 3}\n", "x.yaml:1: << can only take in a mapping."),
        ("a: 1\nb: 2\na: 3\n", "x.yaml:3: 'a' stands twice, first at x.yaml:1."),
        (b"a: \xff\n", "x.yaml:1: the file is not UTF-8 text."),
        ("a: \x00", "x.yaml:1: the file holds characters that are no text."),
        ("[" * 20_000, "x.yaml:1: "),
        (b"a" * (2 << 20), "x.yaml:1: the file is larger than 1 MiB."),
        ("a: " + "9" * 5000, "x.yaml:1: '9999"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_with_its_line(tmp_path: Path, content: str | bytes, sentence: str) -> None:
    problems = read(tmp_path, content)[1]
    assert any(problem.startswith(sentence) for problem in problems), problems


def test_aliases_cannot_blow_up(tmp_path: Path) -> None:
    lines = ["a0: &a0 [1,1,1,1,1,1,1,1,1]"]
    lines += [f"a{n}: &a{n} [" + ",".join([f"*a{n - 1}"] * 9) + "]" for n in range(1, 12)]
    assert "more than 50000 values" in "".join(read(tmp_path, "\n".join(lines))[1])


def test_an_empty_file_has_no_documents(tmp_path: Path) -> None:
    assert read(tmp_path, "# nothing\n") == ([], [])


@given(st.text(alphabet="ab:-[]{}&*<'\"\n\t #|>!%?~,.0x1", max_size=60))
def test_no_text_makes_the_reader_fail(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    read(tmp_path_factory.getbasetemp(), text)
