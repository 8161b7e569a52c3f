"""Rows of Parquet: one schema, whatever is in them."""

from __future__ import annotations

import hashlib
import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from pecdetect import Channel, Profile, Result, classify
from pecdetect.report import arrow
from pecdetect.scanning.store import documents
from pecdetect.scanning.store.outputs import open_outputs
from support.results import EXE, HOSTILE, mail, mixed, record, run, skipped
from support.samples import all_samples

if TYPE_CHECKING:
    from pathlib import Path

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


def results() -> list[dict[str, Any]]:
    return [json.loads(found.line) for found, _ in mixed()]


@pytest.mark.parametrize("chosen", [[], results(), results()[3:4], results()[:1]])
def test_the_schema_is_constant(chosen: list[dict[str, Any]]) -> None:
    batch = arrow.batch(chosen)
    assert batch.schema.equals(arrow.schema(), check_metadata=True)
    assert batch.num_rows == len(chosen)
    assert batch.schema.names == list(arrow.COLUMNS)


def test_rows_say_what_the_results_say() -> None:
    row = arrow.batch([json.loads(record("b.eml", mail(HOSTILE, body=EXE))[0].line)]).to_pylist()[0]
    verdict = json.loads(record("b.eml", mail(HOSTILE, body=EXE))[0].line)["verdict"]
    assert (row["source"], row["outcome"], row["subject"]) == ("b.eml", verdict["outcome"], HOSTILE)
    assert row["attachments"] == verdict["attachments"]
    assert row["anomalies"] == verdict["anomalies"]
    wanted = arrow._LISTS["reasons"]
    assert row["reasons"] == [{key: reason[key] for key in wanted} for reason in verdict["reasons"]]
    assert row["can_sync"] is None
    assert row["pec_type"] is None


def test_every_field_of_the_lists_is_there() -> None:
    """None is lost for want of a column, in anything that a sample shows."""
    dropped = {"assumes"}
    for path in all_samples("*.eml")[::8]:
        value = Result(path.name, classify(path)).to_dict()
        row = arrow.batch([value]).to_pylist()[0]
        for name in arrow._LISTS:
            for kept, entry in zip(row[name], value["verdict"][name], strict=True):
                assert {key: kept[key] for key in entry.keys() - dropped} == {
                    key: entry[key] for key in entry.keys() - dropped
                }


def test_what_has_no_verdict_is_a_row_too() -> None:
    row = arrow.batch([json.loads(skipped()[0].line)]).to_pylist()[0]
    assert {name: value for name, value in row.items() if value is not None} == {
        "source": "logo.png",
        "skipped": "not-a-message",
        "detail": "holds no e-mail",
    }


def test_a_file_is_written_in_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "_BATCH_ROWS", 2)
    path = tmp_path / "case.parquet"
    with open_outputs([path], run()) as outputs:
        for found, fingerprint in mixed():
            outputs.add(found, fingerprint)
        outputs.finish()
    found = pq.read_table(path)
    assert found.column("source").to_pylist() == [value["source"] for value in results()]
    assert pq.ParquetFile(path).num_row_groups == 3
    assert found.schema.equals(arrow.schema(), check_metadata=True)
    assert arrow.is_ours(str(path))


def test_an_empty_file_has_the_schema(tmp_path: Path) -> None:
    with open_outputs([tmp_path / "case.parquet"], run()) as outputs:
        outputs.finish()
    assert pq.read_schema(tmp_path / "case.parquet").names == list(arrow.COLUMNS)


def test_other_parquet_is_not_ours(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1]}), tmp_path / "a.parquet")
    assert not arrow.is_ours(str(tmp_path / "a.parquet"))
    assert not arrow.is_ours(str(tmp_path / "none.parquet"))


def test_a_stream_stays_open() -> None:
    stream = io.BytesIO()
    writer = arrow.writer(stream)
    writer.write_batch(arrow.batch(results()))
    writer.close()
    assert not stream.closed
    assert pq.read_table(io.BytesIO(stream.getvalue())).num_rows == 5


def test_batches_of_messages_become_batches_of_verdicts() -> None:
    mails: list[bytes | None] = [EXE, None, b""]
    given = pa.RecordBatch.from_pydict({"path": ["a.eml", "b.eml", None], "content": pa.array(mails, pa.binary())})
    first, second = arrow.judged([given, given.slice(0, 1)], profile=Profile(channel=Channel.POP_IMAP))
    assert first.schema == second.schema == arrow.schema()
    rows = first.to_pylist()
    assert [(each["source"], each["outcome"], each["error"]) for each in rows] == [
        ("a.eml", "blocked", None),
        ("b.eml", None, "unreadable"),
        ("", "undetermined", None),
    ]
    assert rows[0]["channel"] == "pop-imap"
    assert rows[0]["sha256"] == hashlib.sha256(EXE).hexdigest()
    assert second.to_pylist() == rows[:1]
    with pytest.raises(KeyError):
        list(arrow.judged([given.select(["path"])]))
