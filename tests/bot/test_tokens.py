"""The HTTP API knows its callers by the hashes of their tokens."""

import hashlib
from pathlib import Path

import pytest

from bot.tokens import Tokens
from strategies.model import Actor, Who

HASH = hashlib.sha256(b"sesame").hexdigest()


def read(tmp_path: Path, text: str) -> Tokens | list[str]:
    path = tmp_path / "tokens.yaml"
    path.write_text(text)
    found = Tokens.read(path, ["deployer", "approver"])
    return found if isinstance(found, Tokens) else [str(problem).removeprefix(f"{tmp_path}/") for problem in found]


def test_a_token_gives_its_name_and_role(tmp_path: Path) -> None:
    tokens = read(tmp_path, f"- {{name: ci, role: deployer, sha256: '{HASH}'}}\n")
    assert isinstance(tokens, Tokens)
    assert tokens.authenticate("sesame") == Who(Actor("token:ci", "ci", "api"), frozenset({"deployer"}))


@pytest.mark.parametrize("offered", ["", "Sesame", "sesame ", HASH, "\udcff", "x" * 100_000])
def test_anything_else_is_nobody(tmp_path: Path, offered: str) -> None:
    tokens = read(tmp_path, f"- {{name: ci, role: deployer, sha256: '{HASH}'}}\n")
    assert isinstance(tokens, Tokens)
    assert tokens.authenticate(offered) is None
    assert Tokens().authenticate(offered) is None


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ("{name: ci, role: deployer}", "an entry has the keys name, role, sha256"),
        ("{name: ci, role: deployer, sha256: x, token: y}", "an entry has the keys"),
        ("ci", "an entry has the keys"),
        ("{name: ci, role: deployer, sha256: 5}", "all three values are text"),
        ("{name: ci, role: boss, sha256: x}", "there is no role 'boss'; known are approver, deployer"),
        ("{name: C I, role: deployer, sha256: x}", "the name 'C I' is taken or is no name"),
        ("{name: ci, role: deployer, sha256: sesame-in-clear}", "sha256 is not 64 hexadecimal digits"),
    ],
)
def test_a_wrong_entry_is_told_with_its_line_and_without_the_token(tmp_path: Path, entry: str, sentence: str) -> None:
    found = read(tmp_path, f"- {{name: ok, role: deployer, sha256: '{HASH}'}}\n- {entry}\n")
    assert isinstance(found, list)
    assert found[0].startswith(f"tokens.yaml:2: [1]: {sentence}")
    assert "sesame" not in found[0]


def test_two_tokens_of_one_name_are_refused(tmp_path: Path) -> None:
    entry = f"- {{name: ok, role: deployer, sha256: '{HASH}'}}\n"
    found = read(tmp_path, entry + entry)
    assert isinstance(found, list)
    assert "the name 'ok' is taken" in found[0]


def test_a_file_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    assert isinstance(read(tmp_path, ""), list)
    missing = Tokens.read(tmp_path / "no", ["deployer"])
    assert isinstance(missing, tuple)
