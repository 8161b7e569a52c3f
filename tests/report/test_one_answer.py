"""Whose mail it is, and how much of it: the same from the terminal, the page, CSV, Parquet and SQLite.

Each is read back from what a person or program gets: the text, the page, the files.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
from collections import Counter
from contextlib import closing as closed
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import pytest
from rich.console import Console

import pecdetect
from pecdetect.columns import columns_of
from pecdetect.contract import Outcome, Result, judged
from pecdetect.record import record_of
from pecdetect.report import arrow, table
from pecdetect.report.escape import escape
from pecdetect.report.html import write_report
from pecdetect.report.summary import Summary
from pecdetect.report.terminal import closing, console as terminal, overview
from pecdetect.report.terminal.overview import Lines, totals
from pecdetect.scanning.store.outputs import open_outputs
from support.contracts import failed, skipped
from support.results import run
from support.samples import all_samples

if TYPE_CHECKING:
    from collections.abc import Callable

pa = pytest.importorskip("pyarrow")


class Answer(NamedTuple):
    """What an output says of one item; domains made harmless."""

    source: str
    outcome: str
    """An outcome, ``skipped`` or ``error``."""
    sender: str
    provider: str
    decided_by: tuple[str, ...]


Domains: TypeAlias = dict[str, tuple[int, int, int]]
"""Messages blocked, undetermined and in all by domain, where one is not known to get through."""


@cache
def results() -> list[Result]:
    found = [judged(path.name, pecdetect.classify(path)) for path in all_samples()]
    return [*found, skipped(), failed()]


@cache
def expected() -> list[Answer]:
    answers = []
    for result in results():
        columns = columns_of(result)
        outcome = columns.outcome or ("skipped" if columns.error is None else "error")
        sender, provider = escape(columns.sender_domain or ""), escape(columns.provider_domain or "")
        answers.append(Answer(result.source, str(outcome), sender, provider, columns.decided_by))
    return answers


@cache
def page() -> str:
    stream = io.StringIO()
    write_report(results(), stream)
    return stream.getvalue()


def in_html() -> list[Answer]:
    data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page(), re.DOTALL)[1])  # type: ignore[index]

    def domain(number: int) -> str:
        return "" if number < 0 else data["strings"][number]

    answers = []
    for row, source in enumerate(data["source"]):
        outcome = data["keys"][int(data["outcome"][row])]
        deciding, *codes = data["sets"][data["reasons"][row]]
        decided = [data["codes"][code] for code in codes[:deciding]] if outcome in set(Outcome) else []
        sender, provider = domain(data["domain"][row]), domain(data["provider"][row])
        answers.append(Answer(source, outcome, sender, provider, tuple(decided)))
    return answers


def in_csv() -> list[Answer]:
    stream = io.StringIO(newline="")
    table.write_header(stream)
    for result in results():
        table.write_row(stream, result)
    rows = csv.DictReader(io.StringIO(stream.getvalue()[1:], newline=""))
    return [
        Answer(
            row["source"],
            row["outcome"],
            row["sender_domain"],
            row["provider_domain"],
            tuple(row["decided_by"].split("; ")) if row["decided_by"] else (),
        )
        for row in rows
    ]


def in_parquet() -> list[Answer]:
    stream = io.BytesIO()
    writer = arrow.writer(stream)
    writer.write_batch(arrow.batch(results()))
    writer.close()
    answers = []
    for row in pa.parquet.read_table(io.BytesIO(stream.getvalue())).to_pylist():
        outcome = row["outcome"] or ("error" if row["error"] else "skipped")
        sender, provider = escape(row["sender_domain"] or ""), escape(row["provider_domain"] or "")
        answers.append(Answer(row["source"], outcome, sender, provider, tuple(row["decided_by"] or ())))
    return answers


def from_store(*queries: str) -> list[list[sqlite3.Row]]:
    """The rows that queries give of a store of all results."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "case.sqlite"
        with open_outputs([path], run()) as outputs:
            for result in results():
                outputs.add(record_of(result))
            outputs.finish()
        with closed(sqlite3.connect(path)) as data:
            data.row_factory = sqlite3.Row
            return [data.execute(query).fetchall() for query in queries]


def in_sqlite() -> list[Answer]:
    answers = []
    (rows,) = from_store("SELECT * FROM items ORDER BY position")
    for row in rows:
        outcome = row["outcome"] or ("error" if row["error"] else "skipped")
        sender, provider = escape(row["sender_domain"] or ""), escape(row["provider_domain"] or "")
        answers.append(Answer(row["source"], outcome, sender, provider, tuple((row["decided_by"] or "").split())))
    return answers


OUTPUTS: dict[str, Callable[[], list[Answer]]] = {
    "html": in_html,
    "csv": in_csv,
    "parquet": in_parquet,
    "sqlite": in_sqlite,
}
"""Outputs that hold every item, and how they are read back."""


@pytest.mark.parametrize("read_back", OUTPUTS.values(), ids=OUTPUTS)
def test_every_item_has_the_same_sender_provider_and_outcome(read_back: Callable[[], list[Answer]]) -> None:
    found = read_back()
    assert len(found) == len(expected())
    for answer, wanted in zip(found, expected(), strict=True):
        assert answer == wanted


def test_the_terminal_lists_every_message_with_its_outcome_and_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(overview._SHOWN, "message", 10_000)
    lines = Lines()
    for result in results():
        lines.add(result.source, columns_of(result))
    stream = io.StringIO()
    console = Console(file=stream, width=400, color_system=None, markup=False)
    terminal.show(console, overview.listing(lines, terminal.ASCII, 400))
    head, *rows = stream.getvalue().split("\n\n", 1)[0].splitlines()
    file, reason, subject = (head.index(title) for title in ("File", "Decided by", "Subject"))
    wanted = []
    for answer in expected():
        if answer.outcome in set(Outcome):
            first, *more = answer.decided_by or [""]
            wanted.append((answer.outcome, answer.source, f"{first} +{len(more)}" if more else first))
    found = [(row[1:file].strip(), row[file:reason].strip(), row[reason:subject].strip()) for row in rows]
    assert found == wanted


@cache
def printed() -> str:
    summary = Summary()
    for result in results():
        summary.add(result.source, columns_of(result))
    stream = io.StringIO()
    console = Console(file=stream, width=200, color_system=None, markup=False)
    terminal.show(console, [*closing.closing(summary, terminal.ASCII), totals(summary)])
    return stream.getvalue()


def block(title: str) -> list[str]:
    """The lines of a list on the terminal."""
    lines = printed().split(f"{title}\n", 1)[1].split("\n\n", 1)[0]
    return [line.strip() for line in lines.splitlines()]


@pytest.fixture(autouse=True)
def _whole_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closing, "SHOWN", 10_000)
    printed.cache_clear()


def affected(answers: list[Answer], of: Callable[[Answer], str]) -> Domains:
    """What the tables of domains say, counted from the items."""
    counts = Counter((of(answer), answer.outcome) for answer in answers)
    domains: Domains = {}
    for domain in {domain for domain, outcome in counts if domain and outcome in {"blocked", "undetermined"}}:
        number = [counts[domain, outcome] for outcome in ("blocked", "undetermined", "degraded", "syncs")]
        domains[domain] = number[0], number[1], sum(number)
    return domains


def on_terminal(title: str) -> Domains:
    found: Domains = {}
    for line in block(title):
        _, domain, words = re.split(r"  +", line)
        number = {word: int(count) for count, word in re.findall(r"(\d+) (blocked|undetermined)", words)}
        found[domain] = number.get("blocked", 0), number.get("undetermined", 0), int(words.rpartition(" of ")[2])
    return found


def on_page(section: str) -> dict[str, list[int]]:
    """Messages in all, blocked, undetermined, degraded and synchronised by domain, from a table of the page."""
    html = page().split(f'<section id="{section}"', 1)[1].split("</section>", 1)[0]
    found = {}
    for head, cells in re.findall(r'<tr><th scope="row">(.*?)</th>\s*(.*?)</tr>', html, re.DOTALL):
        name = re.search(rf'href="#{section[:-1]}=([^"]*)"', head)
        if name is not None:
            numbers = re.findall(r'<td class="n[^"]*">([\d,]+)</td>', cells)
            found[name[1]] = [int(number.replace(",", "")) for number in numbers]
    return found


@pytest.mark.parametrize(
    ("title", "section", "field"),
    [("Senders most affected", "senders", "sender"), ("PEC providers", "providers", "provider")],
)
def test_domains_have_the_same_counts(title: str, section: str, field: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from pecdetect.report.html import page as html_page

    monkeypatch.setattr(html_page, "MAX_DOMAINS", 10_000)
    page.cache_clear()
    wanted = affected(expected(), lambda answer: str(getattr(answer, field)))
    assert len(wanted) > 1
    assert on_terminal(title) == wanted
    rows = on_page(section)
    assert {name: (row[1], row[2], row[0]) for name, row in rows.items() if row[1] or row[2]} == wanted
    (stored,) = from_store(
        f"SELECT {field}_domain, SUM(outcome = 'blocked'), SUM(outcome = 'undetermined'), COUNT(*) FROM items"  # noqa: S608 - fixed names
        f" WHERE {field}_domain IS NOT NULL GROUP BY {field}_domain"
    )
    assert {escape(name): numbers for name, *numbers in map(tuple, stored) if any(numbers[:2])} == {
        name: list(numbers) for name, numbers in wanted.items()
    }
    page.cache_clear()


def test_outcomes_have_the_same_counts() -> None:
    counts = Counter(answer.outcome for answer in expected())
    said = {word: int(number.replace(",", "")) for number, word in re.findall(r"([\d,]+) ([a-z ]+?)(?:,|$)", last())}
    assert said == {{"error": "not read"}.get(outcome, outcome): number for outcome, number in counts.items()}
    headings = ("Blocked", "Undetermined", "Degraded", "Syncs", "Skipped", "Not read")
    about = dict(re.findall(r'<th scope="row">([A-Z][a-z ]+)</th><td class="n">([\d,]+)</td>', page()))
    assert [int(about[heading].replace(",", "")) for heading in headings] == [
        counts[key] for key in ("blocked", "undetermined", "degraded", "syncs", "skipped", "error")
    ]
    ((counted,),) = from_store("SELECT blocked, undetermined, degraded, syncs, skipped, errors AS error FROM runs")
    assert dict(counted) == counts


def last() -> str:
    return printed().strip().splitlines()[-1].partition(": ")[2]


def test_reasons_have_the_same_counts_and_groups_add_up_to_the_outcomes() -> None:
    groups = re.findall(
        r'<h3 class="group">.*?</svg> (Keep messages out|Leave it open|Cost part of the content) '
        r'<span class="muted">\(([\d,]+) messages?\)</span></h3>(.*?)(?=<h3 class="group">|</section>)',
        page(),
        re.DOTALL,
    )
    outcomes = (Outcome.BLOCKED, Outcome.UNDETERMINED, Outcome.DEGRADED)
    assert len(groups) == len(outcomes)
    (stored,) = from_store(
        "SELECT outcome, code, COUNT(DISTINCT item_id) AS messages FROM reasons JOIN items ON items.id = item_id"
        " WHERE decides GROUP BY outcome, code"
    )
    for outcome, (_, messages, html) in zip(outcomes, groups, strict=True):
        answers = [answer for answer in expected() if answer.outcome == outcome]
        assert int(messages.replace(",", "")) == len(answers)
        wanted = Counter(code for answer in answers for code in answer.decided_by)
        rows = re.findall(r"<code><bdi>([a-z0-9-]+)</bdi></code></span>.*?<b>([\d,]+)</b>", html, re.DOTALL)
        assert {code: int(number.replace(",", "")) for code, number in rows} == wanted
        lines = [re.match(r"(\d+)  ([a-z0-9-]+)", line) for line in block(f"{outcome.value.capitalize()}, decided by")]
        assert {line[2]: int(line[1]) for line in lines if line is not None} == wanted
        assert {row["code"]: row["messages"] for row in stored if row["outcome"] == outcome} == wanted
