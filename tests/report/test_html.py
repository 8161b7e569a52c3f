"""The HTML report: counts that add up, and a page in which text of others is never anything but text."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from collections import Counter
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

import pecdetect
from pecdetect.contract import ContractError, Outcome, Result, decode, encodable, encode, judged
from pecdetect.report.html import charts, write_report
from pecdetect.report.html.gathered import KEYS
from pecdetect.report.html.page import share
from pecdetect.report.html.untrusted import CLOSE, OPEN, foreign, island, markup, plain, shown_domain
from pecdetect.report.notebook import card, result_card
from pecdetect.report.summary import Group
from support.contracts import evidence, failed, reason, skipped, verdict
from support.samples import all_samples, sample
from support.values import changed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HOSTILE = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script><!--<script>",
    "\"><img src=x onerror=alert(1) style='x'>",
    "'onmouseover='alert(1)",
    "</title></style></textarea><svg onload=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    "&lt;b&gt;&#60;b&#62;",
    "javascript:alert(1)",
    "\u202egnp.exe\u2066 \u200bx",
    "\x00\x01\x02\x1b[31m\x7f\x9b",
    "line\u2028separator\u2029\r\n\tend",
    "lone \ud800 surrogate \udfff",
    "m" * 1_000_000,
)


@cache
def result(name: str = "pec-transport-envelope") -> Result:
    return judged(f"export/{name}.eml", pecdetect.classify(sample(f"{name}.eml"), hash=True))


def mixed() -> list[Result]:
    verdicts = [result(path.stem) for path in all_samples("*.eml")[::7]]
    return [*verdicts, skipped("export/x.png"), skipped("export/x.png"), failed("export/locked.eml")]


def written(results: Iterable[Result], **options: Any) -> str:
    stream = io.StringIO()
    write_report(results, stream, **options)
    return stream.getvalue()


class Page(HTMLParser):
    """Tags, attributes, text and the content of script elements."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: Counter[str] = Counter()
        self.attributes: set[tuple[str, str]] = set()
        self.addresses: list[str] = []
        self.scripts: dict[str, str] = {}
        self.text: list[str] = []
        self._open: list[str] = []
        self._script: str | None = None
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes |= {(tag, name) for name, _ in attrs}
        self.addresses += [value or "" for name, value in attrs if name in {"href", "src", "action"}]
        self._script = (dict(attrs).get("id") or "main") if tag == "script" else None

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - its interface
        self._script = None

    def handle_data(self, data: str) -> None:
        if self._script is not None:
            self.scripts[self._script] = self.scripts.get(self._script, "") + data
        else:
            self.text.append(data)

    def items(self) -> Iterator[dict[str, Any]]:
        """The blocks of details."""
        number = 0
        while f"block{number}" in self.scripts:
            yield json.loads(self.scripts[f"block{number}"])
            number += 1


def strings(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of all strings in a JSON value."""
    if isinstance(value, str):
        yield path
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from strings(inner, (*path, key))
    elif isinstance(value, list):
        for key, inner in enumerate(value):
            yield from strings(inner, (*path, key))


def with_text(value: dict[str, Any], path: tuple[Any, ...], text: str) -> None:
    for key in path[:-1]:
        value = value[key]
    value[path[-1]] = text


@cache
def free_places(line: bytes) -> tuple[tuple[Any, ...], ...]:
    """The places of all strings of a result that may be any text."""
    found = []
    for path in strings(json.loads(line)):
        value = json.loads(line)
        with_text(value, path, "a word")
        try:
            decode(json.dumps(value))
        except ContractError:
            continue
        found.append(path)
    return tuple(found)


def planted(one: Result, text: str) -> Result:
    """A copy with ``text`` in every string that may be any text."""
    line = encode(one)
    value = json.loads(line)
    for path in free_places(line):
        with_text(value, path, encodable(text))
    return decode(json.dumps(value))


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:24]))
def test_hostile_text_in_every_field_stays_text(text: str) -> None:
    names = ("pec-transport-envelope", "pec-acceptance", "smime-encrypted")
    honest = [result(name) for name in names] + [skipped(), failed()]
    assert all(len(free_places(encode(one))) > (40 if one.verdict else 1) for one in honest)
    expected = Page(written([planted(one, "word") for one in honest], title="word", run={"arguments": ["word"]}))
    page = Page(written([planted(one, text) for one in honest], title=text, run={"arguments": [text], "x": text}))
    assert page.attributes <= expected.attributes | {("span", "class")}
    # An escape is set apart in a span, and a domain may break at its dots; nothing else may come of a text.
    assert page.tags.keys() <= expected.tags.keys() | {"span", "wbr"}
    for tag in ("script", "style", "img", "svg", "iframe", "form", "input", "meta", "link", "title", "textarea"):
        assert page.tags[tag] == expected.tags[tag], tag
    assert all(address.startswith("#") for address in page.addresses)
    shown = "".join(page.text)
    for character in "\x00\x01\x02\x1b\x7f\x9b\u202e\u2066\u200b\u2028\u2029\ud800":
        assert character not in shown


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:24]))
def test_the_page_is_ascii_and_its_islands_are_whole(text: str) -> None:
    html = written([planted(result(), text)])
    assert html.isascii()
    page = Page(html)
    data = json.loads(page.scripts["data"])
    (block,) = page.items()
    assert len(data["source"]) == len(block["items"]) == 1
    for name in ("data", "block0"):
        assert not set(page.scripts[name]) & set("<>&")
        assert "\u2028" not in page.scripts[name]
    assert plain(data["subject"][0]) == plain(foreign(encodable(text), 300))


def test_a_long_text_is_clipped_and_says_so() -> None:
    html = written([planted(result(), "m" * 1_000_000)])
    assert len(html) < 400_000
    assert "... 999,700 more characters" in html


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("a\u202eb", f"a{OPEN}<U+202E>{CLOSE}b"),
        ("<U+202E>", "<U+202E>"),
        ("\x01\x02", f"{OPEN}\\x01{CLOSE}{OPEN}\\x02{CLOSE}"),
        ("abcdef", f"abcd{OPEN}... 2 more characters{CLOSE}"),
        ("è", "è"),
        (None, ""),
        (12, "12"),
    ],
)
def test_foreign_text(text: object, shown: str) -> None:
    limit = 4 if text == "abcdef" else 100
    assert foreign(text, limit) == shown


def test_an_escape_of_ours_differs_from_one_spelt_out() -> None:
    assert str(markup(foreign("\u202e"))) == '<bdi><span class="esc">&lt;U+202E&gt;</span></bdi>'
    assert str(markup(foreign("<U+202E>"))) == "<bdi>&lt;U+202E&gt;</bdi>"
    assert str(markup("")) == ""


def test_an_island_holds_nothing_that_html_reads() -> None:
    value = {"a": "</script><!--&amp;\u2028\u00e8"}
    text = str(island(value))
    assert not set(text) & set("<>&\u2028\u00e8")
    assert json.loads(text) == value


def test_every_item_is_there() -> None:
    results = mixed()
    page = Page(written(results))
    data = json.loads(page.scripts["data"])
    assert data["source"] == [one.source for one in results]
    became = [
        one.verdict.outcome.value if one.verdict is not None else "error" if one.skipped is None else "skipped"
        for one in results
    ]
    assert [KEYS[int(digit)] for digit in data["outcome"]] == became
    assert sum(len(block["items"]) for block in page.items()) == len(results)


def test_details_hold_what_the_verdict_holds() -> None:
    one = result()
    (block,) = Page(written([one])).items()
    words = set(block["words"])
    found = one.verdict
    assert found is not None
    assert found.pec is not None
    assert {found.summary, f"sha256 {found.source.sha256}", found.pec.provider} <= words
    for each in found.reasons:
        assert {each.code, each.detail, *each.remedies, *each.references} <= words
        assert {place.excerpt for place in each.evidence if place.excerpt} <= words
    assert "part 1.2, bytes 2707-3952" in words
    assert any(word.startswith("ordine-42.pdf, application/pdf, ") for word in words)
    assert {row.type for row in found.parts} <= words


def test_many_lines_and_parts_are_cut_and_say_so() -> None:
    parts = tuple(changed(verdict().parts[0], section=str(number)) for number in range(61))
    to = tuple(f"u{number}@example.org" for number in range(23))
    (block,) = Page(written([judged("x.eml", verdict(to=to, parts=parts))])).items()
    assert {"and 3 more", "Parts: the first 60 of 61 parts", "u19@example.org"} <= set(block["words"])
    assert "u20@example.org" not in block["words"]


def test_a_rule_counts_under_what_it_did() -> None:
    """A weak reason in a blocked message is noted; the groups hold as many messages as the outcomes."""
    weak = reason("smime-clear-signed", "undetermined", evidence=(evidence(excerpt="weak"),))
    strong = reason("smime-encrypted", evidence=(evidence(excerpt="strong"),))
    also = reason("pec-receipt")
    results = [
        judged("a", verdict(outcome=Outcome.BLOCKED, decided_by=("smime-encrypted",), reasons=(strong, weak))),
        judged(
            "b",
            verdict(
                outcome=Outcome.BLOCKED, decided_by=("smime-encrypted", "pec-receipt"), reasons=(strong, also, weak)
            ),
        ),
        judged("c", verdict(outcome=Outcome.UNDETERMINED, decided_by=("smime-clear-signed",), reasons=(weak,))),
    ]
    html = written(results)
    text = " ".join("".join(Page(html).text).split())
    assert "Keep messages out (2 messages)" in text
    assert "Leave it open (1 message)" in text
    assert "Found, and decided nothing (1 rule)" in text
    rows = re.findall(r"<code><bdi>([a-z-]+)</bdi></code></span>.*?<b>([0-9]+)</b>", html, re.DOTALL)
    assert rows == [
        ("smime-encrypted", "2"),
        ("pec-receipt", "1"),
        ("smime-clear-signed", "1"),
        ("smime-clear-signed", "2"),
    ]
    for link in ("#outcome=blocked&amp;decided=smime-encrypted", "#noted=smime-clear-signed"):
        assert f'href="{link}"' in html


def test_the_same_results_give_the_same_bytes() -> None:
    assert written(mixed(), run={"started": "2026-03-02"}) == written(iter(mixed()), run={"started": "2026-03-02"})


def test_results_are_read_once() -> None:
    assert "2 items looked at" in written(one for one in (result(), skipped()))


def test_the_policy_allows_this_style_and_this_script_and_nothing_else() -> None:
    html = written([result()])
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert policy is not None
    rules = dict(rule.strip().split(" ", 1) for rule in policy[1].replace("&#39;", "'").split(";"))
    assert rules.pop("default-src") == rules.pop("base-uri") == rules.pop("form-action") == "'none'"
    for name, tag in (("style-src", "style"), ("script-src", "script")):
        content = re.search(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        assert content is not None
        digest = base64.b64encode(hashlib.sha256(content[1].encode()).digest()).decode()
        assert rules.pop(name) == f"'sha256-{digest}'"
    assert not rules
    assert " style=" not in html


def test_the_script_builds_nodes_never_markup() -> None:
    script = Page(written([])).scripts["main"]
    for word in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "Function(",
        "fetch(",
        "XML",
    ):
        assert word not in script
    assert script.isascii()


def test_nothing_at_all() -> None:
    page = Page(written([]))
    assert json.loads(page.scripts["data"])["source"] == []
    assert "messages were judged." in "".join(page.text)


def test_only_items_without_a_verdict() -> None:
    text = "".join(Page(written([failed()])).text)
    assert "permission-denied" in text


def test_a_result_that_cannot_be_read_ends_it_before_anything_is_written() -> None:
    stream = io.StringIO()
    with pytest.raises(ContractError):
        write_report(map(decode, [encode(result()), b"{}"]), stream)
    assert stream.getvalue() == ""


@pytest.mark.parametrize(
    ("domain", "shown"), [(None, ""), ("example.org", "example.org"), ("x.\u202ed", "x.<U+202E>d")]
)
def test_a_domain_is_harmless_and_can_be_named_in_a_link(domain: str | None, shown: str) -> None:
    assert shown_domain(domain) == shown


@pytest.mark.parametrize(
    ("count", "total", "shown"),
    [(0, 0, "0%"), (0, 5, "0%"), (5, 5, "100%"), (1, 3, "33.3%"), (1, 50_000, "0.1%"), (49_999, 50_000, "99.9%")],
)
def test_shares_never_say_none_or_all_of_what_is_neither(count: int, total: int, shown: str) -> None:
    assert share(count, total) == shown


@pytest.mark.parametrize(
    "counts", [[1, 0, 0, 0], [1, 1, 1, 1], [100_000, 1, 0, 1], [3, 5, 7, 11], [1, 1, 1, 1_000_000]]
)
def test_a_bar_fills_its_width_and_hides_nothing(counts: list[int]) -> None:
    pieces = charts.bar(counts, 160, 10, gap=1)
    assert [piece.outcome for piece in pieces] == [number for number, count in enumerate(counts) if count]
    assert all(piece.width >= 2.9 for piece in pieces)
    assert pieces[-1].x + pieces[-1].width == pytest.approx(160, abs=0.05)
    assert all(left.x + left.width < right.x for left, right in pairwise(pieces))


def groups(**months: int) -> dict[str, Group]:
    return {key.lstrip("m").replace("_", "-"): Group([count, 0, 0, 0]) for key, count in months.items()}


@pytest.mark.parametrize(
    ("months", "unit", "first", "last", "outside"),
    [
        ({"m2026_01": 1}, "month", "2026-01", "2026-01", 0),
        ({"m2025_11": 1, "m2026_02": 9}, "month", "2025-11", "2026-02", 0),
        ({"m1970_01": 1, "m2025_11": 400, "m2026_02": 9, "m2099_12": 1}, "month", "2025-11", "2026-02", 2),
        ({"m1999_01": 50, "m2026_02": 50}, "year", "1999", "2026", 0),
        ({"m0001_01": 50, "m9999_12": 50}, "year", "9960", "9999", 50),
    ],
)
def test_columns_over_time(months: dict[str, int], unit: str, first: str, last: str, outside: int) -> None:
    chart = charts.columns((groups(**months) | {"": Group([5, 0, 0, 0])}).items())
    assert chart is not None
    assert (chart.unit, chart.columns[0].key, chart.columns[-1].key, chart.outside) == (unit, first, last, outside)
    assert sum(column.group.total for column in chart.columns) + outside == sum(months.values())
    assert all(piece.y >= 0 and piece.x + piece.width <= charts.WIDTH for c in chart.columns for piece in c.pieces)
    assert chart.ticks[-1][1] >= max(column.group.total for column in chart.columns)


def test_no_dates_no_chart() -> None:
    assert charts.columns([("", Group([1, 0, 0, 0]))]) is None


def test_many_items_keep_the_page_small() -> None:
    one = result("ordinary-8bit")
    html = written(changed(one, source=f"export/{number}.eml") for number in range(1000))
    page = Page(html)
    assert page.tags["tr"] < 200
    assert len(list(page.items())) == 5
    assert len(html) < 3_000_000


def test_run_facts_are_shown_and_profiles_counted() -> None:
    found = result().verdict
    assert found is not None
    other = judged("other.eml", changed(found, profile=changed(found.profile, max_attachment_kb=10240)))
    run = {
        "version": "9.9",
        "started": "2026-03-02T10:00:00Z",
        "arguments": ["check", "a b"],
        "jobs": 2,
        "ended": None,
        "counts": {"items": 3},
        "profile": {"channel": "pop-imap", "max_attachment_kb": 10240, "given": ["max_attachment_kb"]},
    }
    text = " ".join("".join(Page(written([result(), other], run=run)).text).split())
    for words in ("Tool version9.9", "Started2026-03-02T10:00:00Z", "Argumentscheck a b", "Jobs2", "under 2 profiles"):
        assert words in text
    assert "Attachment limit10,240 KB (given)" in text
    assert "The run counted 3 items; 2 are here." in text
    assert "Ended" not in text
    assert "of every judged message" in text


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:24]))
def test_the_notebook_cards_are_safe(text: str) -> None:
    for one in (planted(result(), text), planted(skipped(), text), planted(failed(), text)):
        html = result_card(one)
        page = Page(html)
        assert page.tags.keys() <= {"div", "strong", "span", "code", "bdi", "ul", "li", "br", "details", "summary"}
        assert {name for _, name in page.attributes} == {"style"}
        assert not set("".join(page.text)) & set("\x00\x01\x1b\x9b\u202e\u2066\u200b\u2028\ud800")
        assert len(html) < 40_000


def test_notebooks_find_the_cards() -> None:
    one = result()
    assert one.verdict is not None
    assert one.verdict._repr_html_() == card(one.verdict)
    assert one._repr_html_() == result_card(one)
    for words in ("X-Trasporto: posta-certificata", "Gestore di esempio S.p.A.", "Forward it"):
        assert (words in card(one.verdict)) is (words != "Forward it")
    assert "export/pec-transport-envelope.eml" in result_card(one)
    assert "not-a-message" in result_card(skipped())
    assert "not read" in result_card(failed())
