"""A Message-ID that another message of the scan has, too: said of every one but the first, the same in every run."""

import gc
import sqlite3
import tracemalloc
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from pecdetect.contract import Outcome, Result, Verdict, decode, encode, failed, problem, skipped
from pecdetect.policy.judge import judge
from pecdetect.profile import Channel, Profile
from pecdetect.record import Fingerprint, record_of, result_of
from pecdetect.scanning import duplicates
from pecdetect.scanning.duplicates import CODE, DuplicateIndex
from pecdetect.scanning.run import scan, scan_records
from support.found import findings_of
from support.samples import all_samples, sample

if TYPE_CHECKING:
    from collections.abc import Callable

MAIL = "From: a@example.org\nTo: b@example.org\nSubject: x\nMessage-ID: {}\n\nx\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    ids = ("<1@example.org>", "<2@example.org>", "<1@example.org>", "", "<1@example.org>", "")
    for number, message_id in enumerate(ids):
        (tmp_path / f"{number}.eml").write_text(MAIL.format(message_id))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(verdict: Verdict | None) -> str | None:
    assert verdict is not None
    return next((reason.detail for reason in verdict.reasons if reason.code == CODE), None)


def test_the_second_of_two_gets_the_reason(folder: Path) -> None:
    results = list(scan(sorted(path.name for path in folder.iterdir())))
    details = {result.source: said(result.verdict) for result in results}
    first = "This scan has seen the Message-ID before, in 0.eml. Dynamics 365 records one of the messages."
    assert details == {"0.eml": None, "1.eml": None, "2.eml": first, "3.eml": None, "4.eml": first, "5.eml": None}
    verdict = results[2].verdict
    assert verdict is not None
    assert verdict.outcome is Outcome.SYNCS
    assert not verdict.decided_by
    assert [reason.code for reason in verdict.reasons] == ["duplicate-message-id"]


def test_lines_say_what_verdicts_say(folder: Path) -> None:
    lines = [encode(result) for result in scan(folder, hash=True)]
    assert [record.line for record in scan_records(folder)] == lines
    assert [record.line for record in scan_records(folder, jobs=2)] == lines
    assert sum(CODE.encode() in line for line in lines) == 2


def test_codes_are_the_same_without_lines(folder: Path) -> None:
    codes = [record.columns.codes for record in scan_records(folder)]
    assert [record.columns.codes for record in scan_records(folder, with_line=False)] == codes


@pytest.mark.parametrize("in_memory", [1, 2, 3, 1000])
def test_what_is_put_by_is_found_again(monkeypatch: pytest.MonkeyPatch, in_memory: int) -> None:
    monkeypatch.setattr(duplicates, "_IN_MEMORY", in_memory)
    seen = DuplicateIndex(Profile())
    sources = ["a.eml", "b\udcff.eml", "c\ud800.eml", "d.eml"]
    assert [seen.first(f"<{source}>", source) for source in sources] == [None] * 4
    firsts = [seen.first(f"<{source}>", "later.eml") for source in sources]
    assert firsts == ["a.eml", "b\\xff.eml", "c\ufffd.eml", "d.eml"]
    assert [seen.first(f"<{source}>", source) for source in sources] == [None] * 4
    assert seen.first(None, "e.eml") is None
    seen.close()
    seen.close()


@pytest.mark.parametrize("failing", ["CREATE", "INSERT"])
def test_where_the_disk_is_full_all_is_known_still(monkeypatch: pytest.MonkeyPatch, failing: str) -> None:
    """One batch fits, the next one (or nothing) does not."""
    monkeypatch.setattr(duplicates, "_IN_MEMORY", 10)
    real: Callable[..., sqlite3.Connection] = sqlite3.connect

    def connect(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection = real(*arguments, **options)
        connection.execute("PRAGMA page_size = 512")
        connection.execute(f"PRAGMA max_page_count = {1 if failing == 'CREATE' else 5}")
        return connection

    monkeypatch.setattr(sqlite3, "connect", connect)
    seen = DuplicateIndex(Profile())
    names = [f"{number}.eml" for number in range(200)]
    assert [seen.first(f"<{name}>", name) for name in names] == [None] * len(names)
    assert [seen.first(f"<{name}>", "later.eml") for name in names] == names
    seen.close()


def grown(seen: DuplicateIndex, source: str, first: int, more: int) -> int:
    """Bytes of memory that ``more`` messages take after the ``first``; ``source`` names each by its number."""
    numbers = iter(range(first + more))

    def held(number: int) -> int:
        for name in islice(numbers, number):
            seen.first(f"<{name}@example.org>", source.format(name))
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        before = held(first)
        return held(more) - before
    finally:
        tracemalloc.stop()


def test_long_names_are_put_by_sooner() -> None:
    seen = DuplicateIndex(Profile())
    assert grown(seen, "a.zip!/{:060000}.eml", 50, 200) < 2 * 1024 * 1024
    assert seen.first("<7@example.org>", "b.eml") == f"a.zip!/{7:060000}.eml"[:1000]
    seen.close()


@pytest.mark.slow
def test_memory_does_not_grow_with_the_messages() -> None:
    seen = DuplicateIndex(Profile())
    assert grown(seen, "a/rather/long/name/of/a/folder/{}.eml", 20_000, 40_000) < 1024 * 1024
    seen.close()


def test_unordered_results_are_not_compared(folder: Path) -> None:
    assert not any(CODE in record.columns.codes for record in scan_records(folder, jobs=2, ordered=False))
    assert not any(said(result.verdict) for result in scan(folder, ordered=False))


@pytest.mark.usefixtures("folder")
def test_a_file_named_twice_is_no_second_message() -> None:
    assert not any(said(result.verdict) for result in scan(["0.eml", "0.eml", str(Path("0.eml"))]))


@pytest.mark.parametrize("channel", list(Channel))
@pytest.mark.parametrize(
    "name", ["pec-transport-envelope.eml", "delivery-no-recipients.eml", "ordinary-plain-text.eml"]
)
def test_the_line_is_what_judging_again_gives(name: str, channel: Channel) -> None:
    profile = Profile(channel=channel, known_addresses=["nobody@example.org"], tracks_all=False)
    (result,) = scan(sample(name), profile=profile, hash=True)
    verdict = result.verdict
    assert verdict is not None
    message_id = verdict.message.message_id
    assert message_id is not None
    seen = DuplicateIndex(profile)
    assert seen.first(message_id, 'first "one"\udce8.eml') is None
    judged = judge(
        findings_of(sample(name), profile=profile)._replace(duplicate_of='first "one"\\xe8.eml'),
        profile,
        verdict.source,
    )
    expected = replace(result, verdict=judged)
    for record in (record_of(result), record_of(result, with_result=True)):
        marked = seen.mark(record)
        assert marked.line == encode(expected)
        assert marked.result == (None if record.result is None else expected)
        assert marked.columns.codes == tuple(reason.code for reason in judged.reasons)


@pytest.mark.usefixtures("folder")
def test_a_stored_line_is_marked_anew() -> None:
    results = {record.source: decode(record.line) for record in scan_records(["0.eml", "2.eml", "1.eml"])}
    assert CODE in results["2.eml"].to_json()
    again = list(scan_records(["2.eml", "0.eml", "1.eml"], known=lambda source, _, *, named: results[source]))  # noqa: ARG005
    assert [CODE in record.columns.codes for record in again] == [False, True, False]
    fresh = [record.line for record in scan_records(["2.eml", "0.eml", "1.eml"])]
    assert [record.line for record in again] == fresh


def test_hostile_message_ids_are_compared_as_they_are_written() -> None:
    seen = DuplicateIndex(Profile())
    assert seen.first("<\udce8@example.org>", "a") is None
    assert seen.first("<\ufffd@example.org>", "b") == "a"
    assert seen.first("<\udce8@EXAMPLE.org>", "c") is None
    assert seen.first("", "d") is None
    assert seen.first(None, "e") is None


@pytest.mark.parametrize("path", all_samples("*.eml")[::7], ids=lambda path: path.name)
def test_a_record_can_be_made_again_from_its_line(path: Path) -> None:
    (record,) = scan_records(path)
    again = record_of(decode(record.line), file=record.file, fingerprint=record.fingerprint)
    assert again == replace(record, result=None)


def test_references_of_an_edited_verdict_need_not_be_ours(folder: Path) -> None:
    """A store may hold anything that the contract allows."""
    (folder / "a.eml").write_bytes(sample("smime-encrypted.eml").read_bytes())
    (result,) = scan("a.eml")
    assert result.verdict is not None
    reasons = tuple(replace(reason, references=("nowhere", *reason.references)) for reason in result.verdict.reasons)
    edited = replace(result, verdict=replace(result.verdict, reasons=reasons))
    index = DuplicateIndex(Profile())
    assert index.first(result.verdict.message.message_id, "first.eml") is None
    marked = result_of(index.mark(record_of(edited))).verdict
    assert marked is not None
    assert [reason.code for reason in marked.reasons] == [*(reason.code for reason in reasons), CODE]
    assert {reference.id for reference in marked.references} >= {ref.id for ref in result.verdict.references}


@pytest.mark.parametrize(
    "result",
    [
        skipped("a", problem("not-a-message", "This file holds no e-mail.")),
        failed("a", problem("timed-out", "not judged within 10 s")),
    ],
)
def test_what_has_no_verdict_is_never_marked(result: Result) -> None:
    record = record_of(result, file="a", fingerprint=Fingerprint(1, 2))
    assert DuplicateIndex(Profile()).mark(record) is record
