"""Rows of Parquet: one schema, whatever is in them."""

from __future__ import annotations

import hashlib
import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from pecdetect import Channel, Profile, classify, contract
from pecdetect.report import arrow
from support.contracts import EXE, HOSTILE, mixed, skipped
from support.samples import all_samples

if TYPE_CHECKING:
    from pathlib import Path

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


@pytest.mark.parametrize("chosen", [[], mixed(), mixed()[3:4], mixed()[:1]])
def test_the_schema_is_constant(chosen: list[contract.Result]) -> None:
    batch = arrow.batch(chosen)
    assert batch.schema.equals(arrow.schema(), check_metadata=True)
    assert batch.num_rows == len(chosen)
    assert batch.schema.names == list(arrow.columns())


def as_in_json(kept: Any, value: Any) -> None:
    """Whether what came back from Arrow is what JSON holds; facts and values of any type are JSON text."""
    if isinstance(value, list) and isinstance(kept, list):
        assert len(kept) == len(value)
        for mine, theirs in zip(kept, value, strict=True):
            as_in_json(mine, theirs)
    elif isinstance(value, dict) and isinstance(kept, dict):
        assert not {name for name, each in kept.items() if each is not None} - value.keys()
        for name, each in value.items():
            as_in_json(kept[name], each)
    else:
        assert kept == value or json.loads(kept) == value


def test_rows_say_what_the_results_say() -> None:
    """Every field of the lists, the message and the PEC is there, in anything that a sample shows."""
    for path in [*all_samples("pec-*.eml")[::8], *all_samples("*.eml")[::9]]:
        result = contract.judged(path.name, classify(path))
        verdict = result.to_dict()["verdict"]
        row = arrow.batch([result]).to_pylist()[0]
        direct = ("outcome", "can_sync", "outcome_basis", "decided_by", "summary", "container")
        for name in (*direct, *arrow.LISTS):
            as_in_json(row[name], verdict[name])
        for name, value in verdict["message"].items():
            as_in_json(row[name], value)
        for name, value in (verdict["pec"] or {}).items():
            as_in_json(row[f"pec_{name}"], value)


def test_hostile_text_is_kept() -> None:
    row = arrow.batch([mixed()[1]]).to_pylist()[0]
    assert (row["source"], row["outcome"], row["subject"]) == ("in/b.eml", "undetermined", HOSTILE)
    assert (row["sender_domain"], row["provider_domain"], row["pec_type"]) == ("example.org", None, None)


def test_what_has_no_verdict_is_a_row_too() -> None:
    row = arrow.batch([skipped()]).to_pylist()[0]
    assert {name: value for name, value in row.items() if value is not None} == {
        "source": "logo.png",
        "skipped": "not-a-message",
        "detail": "holds no e-mail",
    }


def test_a_file_is_ours_and_a_stream_stays_open() -> None:
    stream = io.BytesIO()
    writer = arrow.writer(stream)
    for result in mixed():
        writer.write_batch(arrow.batch([result]))
    writer.close()
    assert not stream.closed
    found = pq.read_table(io.BytesIO(stream.getvalue()))
    assert found.column("source").to_pylist() == [result.source for result in mixed()]
    assert found.schema.equals(arrow.schema(), check_metadata=True)


def test_other_parquet_is_not_ours(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1]}), tmp_path / "a.parquet")
    pq.write_table(pa.Table.from_batches([arrow.batch(mixed())]), tmp_path / "ours.parquet")
    assert arrow.is_ours(str(tmp_path / "ours.parquet"))
    assert not arrow.is_ours(str(tmp_path / "a.parquet"))
    assert not arrow.is_ours(str(tmp_path / "none.parquet"))


def test_batches_of_messages_become_batches_of_verdicts() -> None:
    mails: list[bytes | None] = [EXE, None, b""]
    given = pa.RecordBatch.from_pydict({"path": ["a.eml", "b.eml", None], "content": pa.array(mails, pa.binary())})
    first, second = arrow.judged([given, given.slice(0, 1)], profile=Profile(channel=Channel.POP_IMAP))
    assert first.schema == second.schema == arrow.schema()
    rows = first.to_pylist()
    assert [(each["source"], each["outcome"], each["error"]) for each in rows] == [
        ("a.eml", "blocked", None),
        ("b.eml", None, "unreadable"),
        ("(no path)", "undetermined", None),
    ]
    assert rows[0]["channel"] == "pop-imap"
    assert rows[0]["sha256"] == hashlib.sha256(EXE).hexdigest()
    assert second.to_pylist() == rows[:1]
    with pytest.raises(KeyError):
        list(arrow.judged([given.select(["path"])]))
