"""Saved scans as an input: nothing in them is believed."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pecdetect.contract import dump
from pecdetect.scanning.errors import SavedError
from pecdetect.scanning.store import saved as module
from pecdetect.scanning.store.custody import Run, custody_of
from pecdetect.scanning.store.outputs import open_outputs
from pecdetect.scanning.store.saved import Saved
from pecdetect.scanning.store.validation import InvalidResultError, check_result
from support.results import HOSTILE, lines, mail, mixed, record, run
from support.samples import all_samples

LINE = record()[0].line.encode()


def save(path: Path, octets: bytes) -> Path:
    path.write_bytes(octets)
    return path


def test_lines_are_read_back(tmp_path: Path) -> None:
    path = save(tmp_path / "case.jsonl", lines(mixed()))
    saved = Saved(path)
    for _ in range(2):
        assert "".join(f"{stored.line}\n" for stored in saved).encode() == lines(mixed())
    assert saved.run is None
    assert [stored.source for stored in saved] == [found.source for found, _ in mixed()]
    assert list(Saved(save(tmp_path / "none.jsonl", b""))) == []


@pytest.mark.parametrize("octets", [LINE, LINE + b"\r\n", json.dumps(json.loads(LINE), ensure_ascii=False).encode()])
def test_other_forms_become_canonical(tmp_path: Path, octets: bytes) -> None:
    (stored,) = Saved(save(tmp_path / "case.jsonl", octets))
    assert stored.line == LINE.decode()


def test_every_sample_is_valid() -> None:
    from pecdetect import Result, classify

    for path in all_samples("*.eml")[::10]:
        value = Result(path.name, classify(path, hash=True)).to_dict()
        assert check_result(json.loads(dump(value))) == value


DAMAGED = {
    "torn": LINE[:-20],
    "no json": b"Dear diary",
    "empty line": b"",
    "no object": b"[]",
    "a number": b"7",
    "other schema": LINE.replace(b"result/1", b"result/2"),
    "other verdict": LINE.replace(b"verdict/1", b"verdict/2"),
    "latin-1": LINE.replace(b"Offerta", b"Offert\xe0"),
    "half a character": LINE.replace(b"Offerta", b"Offert\\ud800"),
    "deep": b'{"schema":' + b"[" * 200_000,
    "not a number": LINE.replace(b'"depth":100', b'"depth":NaN').replace(b'"size":', b'"size":NaN,"x":', 1),
    "not a number in what a later version adds": LINE.replace(b'"size":', b'"x":[NaN],"size":', 1),
    "beyond all numbers": LINE.replace(b'"size":', b'"x":1e400,"size":', 1),
    "huge number": LINE.replace(b'"size":', b'"size":99999999999999999999,"x":', 1),
    "many digits": LINE.replace(b'"size":', b'"size":' + b"9" * 5000 + b',"x":', 1),
    "negative": LINE.replace(b'"size":', b'"size":-1,"x":', 1),
    "true is no number": LINE.replace(b'"size":', b'"size":true,"x":', 1),
    "subject": LINE.replace(b'"subject":"Offerta"', b'"subject":["x"]'),
    "outcome": LINE.replace(b'"outcome":"syncs"', b'"outcome":"fine"'),
    "list": LINE.replace(b'"reasons":[]', b'"reasons":{}'),
    "code": LINE.replace(b'"reasons":[]', b'"reasons":[{"code":"<b>"}]'),
    "address": LINE.replace(b'"to":["b@example.com"]', b'"to":[7]'),
    "nothing set": b'{"schema":"pecdetect/result/1","source":"a","verdict":null,"skipped":null,"error":null}',
    "missing": b'{"schema":"pecdetect/result/1","source":"a","verdict":null,"skipped":null}',
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_damage_is_an_error_that_names_the_line(tmp_path: Path, kind: str) -> None:
    assert DAMAGED[kind] != LINE
    path = save(tmp_path / "case.jsonl", LINE + b"\n" + DAMAGED[kind] + b"\n" + LINE + b"\n")
    found = iter(Saved(path))
    assert next(found).line == LINE.decode()
    with pytest.raises(SavedError, match="line 2") as caught:
        next(found)
    assert len(str(caught.value)) < len(str(path)) + 300
    assert str(caught.value).isprintable()


def test_a_line_without_an_end_is_not_taken_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LINE", len(LINE))
    assert len(list(Saved(save(tmp_path / "fits.jsonl", LINE + b"\n")))) == 1
    with pytest.raises(SavedError, match="line 1 is longer"):
        list(Saved(save(tmp_path / "long.jsonl", LINE + b" " * 5_000_000)))


@pytest.mark.parametrize("octets", [b"Dear diary\n", b"[\n{}\n]\n", b"\0\0\0\0", b"SQLite format 3\0" + bytes(100)])
def test_what_is_no_saved_scan(tmp_path: Path, octets: bytes) -> None:
    with pytest.raises(SavedError):
        Saved(save(tmp_path / "case.jsonl", octets))


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SavedError, match="no such file"):
        Saved(tmp_path / "none.jsonl")
    with pytest.raises(SavedError):
        Saved(tmp_path)


def custody(tmp_path: Path, **changes: Any) -> Path:
    """A saved scan whose log says something else."""
    path = save(tmp_path / "case.jsonl", LINE + b"\n")
    head = {"schema": "pecdetect/custody/1", "run": run().to_dict() | changes}
    save(Path(custody_of(str(path))), dump(head).encode() + b"\n")
    return path


@pytest.mark.parametrize(
    "changes",
    [{"version": 7}, {"arguments": "x"}, {"arguments": [7]}, {"counts": {"items": "x"}}, {"profile": []}, {"ended": 7}],
)
def test_a_damaged_log_is_an_error(tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(SavedError, match="custody"):
        Saved(custody(tmp_path, **changes))


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e400"])
def test_a_run_that_is_no_json_is_an_error(tmp_path: Path, number: str) -> None:
    """It would be written on as it is."""
    log = Path(custody_of(str(custody(tmp_path, options={"timeout": 5}))))
    save(log, log.read_bytes().replace(b'"timeout":5', f'"timeout":{number}'.encode()))
    with pytest.raises(SavedError, match="the run is damaged"):
        Saved(tmp_path / "case.jsonl")
    store = tmp_path / "case.sqlite"
    with open_outputs([store], run(timeout=5)) as outputs:
        outputs.finish()
    with closing(sqlite3.connect(store)) as data, data:
        data.execute("UPDATE runs SET options = ?", (f'{{"timeout":{number}}}',))
    with pytest.raises(SavedError, match="the run is damaged"):
        Saved(store)


def test_a_log_is_believed_as_far_as_it_goes(tmp_path: Path) -> None:
    found = Saved(custody(tmp_path, arguments=[HOSTILE], version="\ud800", more=7)).run
    assert found is not None
    assert (found.arguments, found.version, found.complete) == ((HOSTILE,), "\ufffd", False)


def test_runs_survive_being_written(tmp_path: Path) -> None:
    path = tmp_path / "case.sqlite"
    with open_outputs([path, tmp_path / "case.jsonl"], run("check", "perch\u00e9")) as outputs:
        outputs.add(*record("b.eml", mail(HOSTILE)))
        ended = outputs.finish()
    assert Saved(path).run == Saved(tmp_path / "case.jsonl").run == ended
    assert Run.from_dict(json.loads(dump(ended.to_dict()))) == ended


@pytest.mark.parametrize("value", [None, [], "x", 7, {}, {"schema": "pecdetect/result/1"}])
def test_what_is_no_result(value: object) -> None:
    with pytest.raises(InvalidResultError):
        check_result(value)


def test_fields_of_a_later_version_pass() -> None:
    value = json.loads(LINE)
    value["verdict"]["pec_trust"] = {"new": 1}
    value["more"] = []
    assert check_result(value) == value


def test_the_schemas_use_nothing_that_is_not_checked() -> None:
    """Whoever adds a keyword to a schema learns here that it must be taught."""
    known = {
        "$defs", "$id", "$ref", "$schema", "additionalProperties", "anyOf", "const", "description", "enum", "items",
        "minLength", "minimum", "pattern", "properties", "required", "title", "type", "uniqueItems", "oneOf",
    }  # fmt: skip

    def keywords(schema: Any) -> set[str]:
        if isinstance(schema, list):
            return {word for entry in schema for word in keywords(entry)}
        if not isinstance(schema, dict):
            return set()
        named = [inner for key in ("properties", "$defs") for inner in schema.get(key, {}).values()]
        rest = [value for key, value in schema.items() if key not in ("properties", "$defs", "enum", "const")]
        return {*schema, *keywords(named), *keywords(rest)}

    folder = Path(module.__file__).parents[2] / "schema"
    for name in ("verdict-1.json", "result-1.json"):
        assert keywords(json.loads((folder / name).read_text("utf-8"))) <= known


def test_the_schemas_and_the_check_agree() -> None:
    """A second opinion, on values with one thing changed."""
    jsonschema = pytest.importorskip("jsonschema")
    referencing = pytest.importorskip("referencing")
    folder = Path(module.__file__).parents[2] / "schema"
    verdict, result = (json.loads((folder / f"{name}-1.json").read_text("utf-8")) for name in ("verdict", "result"))
    resource = referencing.Resource.from_contents(verdict)
    registry = referencing.Registry().with_resource(verdict["$id"], resource)
    validator = jsonschema.Draft202012Validator(result, registry=registry)
    base = json.loads(mixed()[1][0].line)
    places: list[tuple[tuple[Any, ...], Any]] = [((), base)]
    for path, value in places:
        inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        places += [((*path, key), entry) for key, entry in inner if len(path) < 6]
    judged = 0
    for path, value in places[1:]:
        other: Any
        for other in ("x y", 7, None, [], {}, True):
            if other == value:
                continue
            changed = json.loads(json.dumps(base))
            holder = changed
            for key in path[:-1]:
                holder = holder[key]
            holder[path[-1]] = other
            judged += 1
            try:
                check_result(changed)
                valid = True
            except InvalidResultError:
                valid = False
            assert valid == validator.is_valid(changed), (path, other)
            break
    assert judged > 100
