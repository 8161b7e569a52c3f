"""Each sample's verdict is the one that is kept, and line ends do not change it."""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import pecdetect
import update_verdicts
from samples import places
from support.each import for_each
from support.samples import all_samples

ROOT = Path(__file__).parent.parent
SAMPLES = all_samples()
VALIDATOR = jsonschema.Draft202012Validator(
    json.loads((ROOT / "pecdetect" / "schema" / "verdict-1.json").read_text("utf-8"))
)
OFFSETS = frozenset({"start", "end", "size", "size_at_most", "sha256"})
"""What counts bytes, or depends on each."""
NO_TWINS = {
    "malformed-emlx.eml": "its first line counts the bytes that follow",
    "malformed-utf16-le.eml": "its characters have two bytes: to change one of them destroys the rest",
    "malformed-utf16-be.eml": "its characters have two bytes: to change one of them destroys the rest",
}


def difference(stored: str, found: str) -> str:
    rows = difflib.unified_diff(stored.splitlines(), found.splitlines(), "stored", "classified now", "", "", 2)
    return "\n".join(rows)


def text(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False)


@cache
def stored_text(path: Path) -> str:
    kept = places.verdict_path(path.name)
    assert kept.is_file(), f"{kept.name} is missing: run tools/update_verdicts.py and read what it writes"
    return kept.read_bytes().decode("utf-8")


def without_offsets(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_offsets(entry) for key, entry in value.items() if key not in OFFSETS}
    if isinstance(value, list):
        return [without_offsets(entry) for entry in value]
    # What an excerpt quotes of a body holds the line ends that stand there.
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


def lf(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n")


def crlf(data: bytes) -> bytes:
    return lf(data).replace(b"\n", b"\r\n")


def test_there_are_samples_and_no_verdicts_without() -> None:
    assert len(SAMPLES) > 400
    assert {places.verdict_path(path.name) for path in SAMPLES} == set(places.FOLDER.rglob("*.json"))


@for_each(SAMPLES)
def test_the_verdict_is_the_one_that_is_kept(path: Path) -> None:
    stored, found = stored_text(path), update_verdicts.verdict_text(path)
    assert stored == found, "\n" + difference(stored, found)


@for_each(SAMPLES)
def test_the_kept_verdict_is_of_this_file_and_valid(path: Path) -> None:
    stored = json.loads(stored_text(path))
    data = path.read_bytes()
    assert stored["source"] == {
        "name": path.name,
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    VALIDATOR.validate(stored)


@for_each(path for path in SAMPLES if path.suffix == ".eml" and path.name not in NO_TWINS)
def test_line_ends_do_not_change_the_verdict(path: Path) -> None:
    data = path.read_bytes()
    verdict = text(without_offsets(pecdetect.classify(data).to_dict()))
    for twin in {lf(data), crlf(data)} - {data}:
        other = text(without_offsets(pecdetect.classify(twin).to_dict()))
        assert verdict == other, "\n" + difference(verdict, other)


def test_samples_without_twins_exist() -> None:
    assert set(NO_TWINS) <= {path.name for path in SAMPLES}


@pytest.mark.slow
def test_verdicts_are_the_same_in_every_process() -> None:
    """Sets and dictionaries have another order in every process."""
    code = (
        "import hashlib, update_verdicts as u\n"
        "texts = ''.join(u.verdict_text(path) for path in u.places.sample_paths())\n"
        "print(hashlib.sha256(texts.encode()).hexdigest())"
    )
    path = os.pathsep.join([str(ROOT), str(ROOT / "tools")])
    digests = {
        subprocess.run(  # noqa: S603 - our own code
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


@pytest.mark.parametrize("written", [False, True])
def test_check_says_which_verdicts_differ(
    written: bool,  # noqa: FBT001
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "a-b.eml").write_bytes(b"From: a@example.org\r\n\r\nx\r\n")
    monkeypatch.setattr(places, "FOLDER", tmp_path)
    monkeypatch.setattr(sys, "argv", ["update_verdicts.py"])
    if written:
        assert update_verdicts.main() == 0
    monkeypatch.setattr(sys, "argv", ["update_verdicts.py", "--check"])
    assert update_verdicts.main() == int(not written)
    assert ("a-b.json" in capsys.readouterr().out.splitlines()[-1]) == (not written)
