"""The documents name everything that the contract and the catalogue have, and their links lead somewhere."""

from __future__ import annotations

import ast
import json
import re
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest

from pecdetect.contract import Basis, CheckResult, Effect, Outcome, PecLayout
from pecdetect.detect.findings import PEC_TYPES
from pecdetect.detect.pec.checks import _CHECKS
from pecdetect.profile import PROFILE_FIELDS, Channel
from pecdetect.scanning.sources.archives import _TAR_SKIPS
from pecdetect.scanning.sources.candidate import NO_MESSAGE

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]


def document(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def schema(name: str) -> Any:
    return json.loads(files("pecdetect").joinpath("schema", name).read_text(encoding="utf-8"))


def words(value: Any) -> Iterator[str]:
    """Every property and every word of an enumeration in a schema."""
    if isinstance(value, dict):
        yield from value.get("properties", ())
        yield from (word for word in value.get("enum", ()) if isinstance(word, str))
        for inner in value.values():
            yield from words(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from words(inner)


@pytest.mark.parametrize("name", ["verdict-1.json", "result-1.json"])
def test_every_field_and_word_of_the_contract_is_explained(name: str) -> None:
    text = document("verdict.md")
    found = set(words(schema(name)))
    assert len(found) > 5
    assert {word for word in found if not re.search(rf"[`\"\[. ]{re.escape(word)}[`\"(:, ]", text)} == set()


def test_results_are_explained() -> None:
    text = document("verdict.md")
    for field in schema("result-1.json")["properties"]:
        assert f"| `{field}` |" in text


def codes_of_scans() -> set[str]:
    """Every code that scanning/ gives to what it skips or cannot read."""
    makers = {"SourceError", "problem", "Failure", "skipped"}
    found = {code for code, _ in (*_TAR_SKIPS.values(), NO_MESSAGE)}
    for path in (ROOT / "pecdetect" / "scanning").rglob("*.py"):
        if path.name == "extract.py":  # writes parts of one message; no scan
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = getattr(node, "func", None)  # f(...) or module.f(...)
            if isinstance(node, ast.Call) and (getattr(called, "id", None) or getattr(called, "attr", None)) in makers:
                values = [str(each.value) for each in node.args if isinstance(each, ast.Constant)]
                found.update(value for value in values if re.fullmatch("[a-z]+(-[a-z]+)*", value))
    return found


def test_every_code_of_a_scan_is_explained() -> None:
    found = codes_of_scans()
    assert {"mail-index", "timed-out", "sparse", "not-found"} <= found
    text = document("verdict.md")
    assert {code for code in found if not re.search(rf"^\|.*`{code}`.*\|", text, re.MULTILINE)} == set()


def test_pec_is_explained() -> None:
    text = document("pec.md")
    for word in (*PEC_TYPES, "other", *get_args(PecLayout)):
        assert f"| `{word}` |" in text
    assert re.findall(r"^\| (A[0-9]+) \|", text, re.MULTILINE) == [ident for ident, _ in _CHECKS]
    for result in get_args(CheckResult):
        assert f"`{result}`" in text


def test_outcomes_are_explained() -> None:
    text = document("outcomes.md")
    for word in (*Outcome, *Effect, *Basis, *PROFILE_FIELDS):
        assert f"`{word}`" in text
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for word in (*Outcome, *Channel):
        assert f"| `{word}`" in readme


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    for link, anchor in re.findall(r"\]\(([^)#:]+)(#[^)]+)?\)", path.read_text(encoding="utf-8")):
        target = path.parent / link
        assert target.exists(), link
        headings = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.MULTILINE) if anchor else []
        assert not anchor or anchor[1:] in {heading.lower().replace(" ", "-").replace("`", "") for heading in headings}
