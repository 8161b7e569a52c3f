"""Two saved scans side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pecdetect.scanning.diff import KINDS, Change, Diff
from pecdetect.scanning.errors import SavedError
from pecdetect.scanning.store.outputs import open_outputs
from pecdetect.scanning.store.saved import Saved
from support.results import EXE, HOSTILE, mail, mixed, record, run, skipped
from support.samples import sample

if TYPE_CHECKING:
    from pathlib import Path

    from pecdetect.record import Fingerprint, Record

Records = list[tuple["Record", "Fingerprint"]]


def save(path: Path, records: Records, channel: str = "exchange") -> Saved:
    with open_outputs([path], run(channel=channel)) as outputs:
        for found, _ in records:
            outputs.add(found)
        outputs.finish()
    return Saved(path)


def compared(tmp_path: Path, before: Records, after: Records, kinds: str = "jsonl sqlite") -> tuple[Diff, list[Change]]:
    first, second = kinds.split()
    saved = save(tmp_path / f"a.{first}", before), save(tmp_path / f"b.{second}", after)
    with Diff(*saved) as found:
        return found, list(found.changes())


@pytest.mark.parametrize("kinds", ["jsonl json", "jsonl sqlite", "sqlite jsonl", "sqlite sqlite"])
def test_nothing_changed(tmp_path: Path, kinds: str) -> None:
    found, changes = compared(tmp_path, mixed(), mixed(), kinds)
    assert changes == []
    assert not found.changed
    assert found.counts == dict.fromkeys(KINDS, 0) | {"same": 5}
    assert found.settings == ()


PLAIN = record("in/b.eml", mail())
BLOCKED = record("in/b.eml", mail(body=EXE))
ODD = record("in/b.eml", mail(HOSTILE, body=EXE))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            [PLAIN],
            [BLOCKED],
            Change("outcome", "in/b.eml", None, "syncs", "degraded", ("attachment-blocked-extension",), ()),
        ),
        (
            [BLOCKED],
            [PLAIN],
            Change("outcome", "in/b.eml", None, "degraded", "syncs", (), ("attachment-blocked-extension",)),
        ),
        (
            [BLOCKED],
            [ODD],
            Change("outcome", "in/b.eml", None, "degraded", "undetermined", ("invalid-xml-characters",), ()),
        ),
        ([PLAIN], [], Change("gone", "in/b.eml", None, "syncs", None)),
        ([], [PLAIN], Change("new", "in/b.eml", None, None, "syncs")),
        ([skipped()], [], Change("gone", "logo.png", None, "skipped: not-a-message", None)),
        (
            [skipped("x")],
            [record("x", mail())],
            Change("outcome", "x", None, "skipped: not-a-message", "syncs"),
        ),
        (
            [record("old/b.eml", mail(body=EXE))],
            [BLOCKED],
            Change("moved", "in/b.eml", "old/b.eml", "degraded", "degraded"),
        ),
    ],
)
def test_what_changed_and_why(tmp_path: Path, before: Records, after: Records, expected: Change) -> None:
    found, changes = compared(tmp_path, before, after)
    assert changes == [expected]
    assert found.counts == dict.fromkeys(KINDS, 0) | {expected.kind: 1}
    assert found.changed is (expected.kind != "moved")


def test_a_reason_that_weighs_more(tmp_path: Path) -> None:
    data = sample("smime-clear-signed.eml").read_bytes()
    before, after = record("a.eml", data), record("a.eml", data, "pop-imap")
    saved = save(tmp_path / "a.sqlite", [before]), save(tmp_path / "b.sqlite", [after], "pop-imap")
    with Diff(*saved) as found:
        assert ("profile.channel", "exchange", "pop-imap") in found.settings
        assert found.changed
        (change,) = found.changes()
    assert change.gained or change.lost or change.weighed


def test_pairs_are_made_by_source_first_and_then_by_content(tmp_path: Path) -> None:
    """Two with the same content, one of them where it was; and a source that was named twice."""
    before = [record("in/1.eml", mail()), record("in/2.eml", mail()), record("in/3.eml", mail("x"))]
    after = [record("new/1.eml", mail()), record("in/2.eml", mail()), record("in/2.eml", mail())]
    found, changes = compared(tmp_path, before, after)
    assert [(change.kind, change.source, change.was) for change in changes] == [
        ("moved", "new/1.eml", "in/1.eml"),
        ("new", "in/2.eml", None),
        ("gone", "in/3.eml", None),
    ]
    assert found.counts["same"] == 1
    assert sum(found.counts.values()) == len(after) + 1


def test_a_moved_item_that_also_changed(tmp_path: Path) -> None:
    saved = (
        save(tmp_path / "a.jsonl", [record("old.eml", mail(HOSTILE))]),
        save(tmp_path / "b.jsonl", [record("new.eml", mail(HOSTILE), "email-router")], "email-router"),
    )
    with Diff(*saved) as found:
        (change,) = found.changes()
    assert (change.kind, change.was, change.source) == ("outcome", "old.eml", "new.eml")


def test_a_damaged_scan_is_an_error(tmp_path: Path) -> None:
    good = save(tmp_path / "a.jsonl", mixed())
    (tmp_path / "b.jsonl").write_bytes((tmp_path / "a.jsonl").read_bytes()[:-50])
    for pair in ((good, Saved(tmp_path / "b.jsonl")), (Saved(tmp_path / "b.jsonl"), good)):
        with pytest.raises(SavedError, match="line 5"):
            Diff(*pair)


def test_many_that_moved(tmp_path: Path) -> None:
    before = [record(f"a/{number:04}.eml", mail(str(number))) for number in range(1200)]
    after = [record(f"b/{number:04}.eml", mail(str(number))) for number in range(1200)]
    found, changes = compared(tmp_path, before, after)
    assert found.counts["moved"] == 1200
    assert all(change.was == change.source.replace("b/", "a/") for change in changes)
