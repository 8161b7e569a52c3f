"""Each rule has a page that says what the catalogue says, and ``explain`` prints the same."""

from __future__ import annotations

import io
import re
from operator import attrgetter
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

import make_rule_pages
import rule_cases
from pecdetect.contract import Basis, Effect
from pecdetect.policy.remedies import Remedy
from pecdetect.policy.rules import CATALOGUE, RULES, documentation_url
from pecdetect.report import guide
from pecdetect.report.guide import Example, Meaning, Quotation, Sample
from pecdetect.report.terminal import catalogue, console as terminal
from pecdetect.report.words import where

if TYPE_CHECKING:
    from pathlib import Path

    from pecdetect.policy.rule import Rule

ROOT = rule_cases.ROOT
CASES = rule_cases.load()
TEXTS = make_rule_pages.expected()


def squeezed(text: str) -> str:
    return "".join(text.split())


def test_the_pages_are_those_of_the_catalogue() -> None:
    """What ``python tools/make_rule_pages.py --check`` says."""
    assert list(make_rule_pages.problems(TEXTS)) == []


def test_stale_missing_and_superfluous_pages_are_found() -> None:
    texts = dict(TEXTS)
    texts[ROOT / "docs/rules/tnef.md"] += "More.\n"
    texts[ROOT / "docs/rules/no-such-rule.md"] = ""
    del texts[ROOT / "docs/rules/pec-receipt.md"]
    assert list(make_rule_pages.problems(texts)) == [
        "stale: docs/rules/tnef.md",
        "missing: docs/rules/no-such-rule.md",
        "superfluous: docs/rules/pec-receipt.md",
    ]


def test_the_check_ends_with_one_where_a_page_differs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["make_rule_pages.py", "--check"])
    assert make_rule_pages.main() == 0
    monkeypatch.setattr(make_rule_pages, "expected", lambda: {**TEXTS, ROOT / "docs/rules/tnef.md": "other"})
    assert make_rule_pages.main() == 1
    assert capsys.readouterr().out.endswith("stale: docs/rules/tnef.md\n")
    assert (ROOT / "docs/rules/tnef.md").read_text(encoding="utf-8") != "other"


def test_the_pages_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = tmp_path / "docs" / "rules"
    pages.mkdir(parents=True)
    (pages / "old.md").write_text("", encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["make_rule_pages.py"])
    monkeypatch.setattr(make_rule_pages, "ROOT", tmp_path)
    monkeypatch.setattr(make_rule_pages, "PAGES", pages)
    monkeypatch.setattr(make_rule_pages, "expected", lambda: {pages / "new.md": "new\n"})
    assert make_rule_pages.main() == 0
    assert [(path.name, path.read_bytes()) for path in pages.iterdir()] == [("new.md", b"new\n")]


@pytest.mark.parametrize("path", TEXTS, ids=attrgetter("name"))
def test_links_lead_somewhere(path: Path) -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", TEXTS[path]):
        assert (path.parent / link).resolve().is_file(), link


@pytest.mark.parametrize("rule", CATALOGUE, ids=attrgetter("code"))
def test_explain_prints_what_the_page_says(rule: Rule) -> None:
    """Both are made from one structure; this holds the renderers to it."""
    page = guide.rule_page(rule, guide.examples()[rule.code])
    stream = io.StringIO()
    console = Console(file=stream, width=100, color_system=None, markup=False)
    terminal.show(console, catalogue.rule_page(page, terminal.ASCII))
    printed = squeezed(stream.getvalue().replace("\n  | ", "\n  "))
    written = squeezed(re.sub(r"\\([\\`*<>\[\]|#])", r"\1", TEXTS[ROOT / page.url]))
    for section in page.sections:
        for text in texts_of(section.blocks):
            assert squeezed(terminal.quoted(text).plain) in printed, text
            assert squeezed(terminal.quoted(text).plain) in written, text


def texts_of(blocks: tuple[guide.Block, ...]) -> list[str]:
    """Every text that a block holds."""
    found = []
    for block in blocks:
        if isinstance(block, str):
            found.append(block)
        elif isinstance(block, Quotation):
            found += [block.where, block.excerpt or ""]
        elif isinstance(block, Sample):
            found += [block.file, block.shows]
        elif isinstance(block, Meaning):
            found += [block.effect, block.basis, block.condition, block.detail, *block.channels]
        elif isinstance(block, Remedy):
            found += [block.title, block.ident, block.steps, block.loses, block.is_not]
        else:
            found += [block.ident, block.title, block.publisher, block.where, block.date or ""]
    return found


@pytest.mark.parametrize("rule", CATALOGUE, ids=attrgetter("code"))
def test_a_condition_has_words(rule: Rule) -> None:
    for row in rule.rows:
        assert (row.when is not None) == bool(row.condition)


def test_meanings_of_conditional_rows() -> None:
    page = guide.rule_page(RULES["irm-protected"], guide.NO_EXAMPLES)
    meanings = [block for section in page.sections for block in section.blocks if isinstance(block, Meaning)]
    assert [(meaning.effect, meaning.basis, meaning.condition) for meaning in meanings] == [
        (Effect.INFORMS, Basis.DERIVED, "only below the top"),
        (Effect.BLOCKS, Basis.DOCUMENTED, "irm_sync is false"),
        (Effect.DEGRADES, Basis.DERIVED, "irm_sync is true"),
        (Effect.UNDETERMINED, Basis.DOCUMENTED, "otherwise; depends on irm_sync"),
        (Effect.DEGRADES, Basis.DERIVED, "otherwise"),
    ]


def test_the_address_of_a_page_is_made_from_the_code() -> None:
    assert documentation_url("pec-receipt") == "docs/rules/pec-receipt.md"
    index = TEXTS[ROOT / "docs/rules/README.md"]
    for rule in CATALOGUE:
        assert f"[`{rule.code}`]({rule.code}.md)" in index


def test_hostile_text_stays_text() -> None:
    assert make_rule_pages.plain("a|b <x> *y* [z]\x1b\u202e") == r"a\|b \<x\> \*y\* \[z\]\\x1b\<U+202E\>"
    assert make_rule_pages.code("a`b``c") == "``` a`b``c ```"
    assert make_rule_pages.code("\x1b[2J") == r"`\x1b[2J`"


def test_the_table_of_cases_can_be_shown() -> None:
    assert list(CASES) == list(RULES), "in the order of the catalogue"
    for cases in CASES.values():
        for case in (*cases.fires, *cases.near):
            assert case.sample is not None or (case.name and case.shows), cases.code


@pytest.mark.parametrize("cases", [c for c in CASES.values() if c.fires], ids=attrgetter("code"))
def test_an_example_is_what_the_library_says(cases: rule_cases.RuleCases) -> None:
    shown = guide.examples()[cases.code]
    assert isinstance(shown.fires, Example)
    reasons = {reason.code: reason for reason in cases.judge(cases.fires[0]).reasons}
    assert shown.fires.detail == reasons[cases.code].detail
    assert [(q.where, q.excerpt) for q in shown.fires.evidence] == [
        (where(seen), seen.excerpt) for seen in reasons[cases.code].evidence[: make_rule_pages.MAX_QUOTED]
    ]


@pytest.mark.parametrize("values", [{"how": "unit"}, {"test": "x"}, {"how": "magic", "test": "x"}])
def test_a_unit_case_names_its_test(values: dict[str, str]) -> None:
    with pytest.raises(KeyError, match="go together"):
        rule_cases.read_entry("x", values)
