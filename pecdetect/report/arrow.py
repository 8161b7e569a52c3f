"""Results as Arrow batches, the rows of Parquet: one constant schema, made from the contract.

Needs pyarrow, the extra ``arrow``; it is loaded when a function is called.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec
from msgspec import inspect

from pecdetect import contract
from pecdetect.contract import Envelope, Pec, Verdict, json_text
from pecdetect.flow import classify
from pecdetect.report.flat import MESSAGE, PEC, flat

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import BinaryIO

    import pyarrow as pa
    import pyarrow.parquet as pq

    from pecdetect.contract import Result
    from pecdetect.limits import Limits
    from pecdetect.profile import Profile

SCHEMA_NAME: Final = "pecdetect/table/1"
"""In the metadata of the schema, under the key ``pecdetect``."""
NO_PATH: Final = "(no path)"
"""The source of a message that was handed over without one."""

Kind: TypeAlias = Any
"""``text``, ``number`` (64 bits), ``flag``, ``json`` (a value of any type, as JSON text); a list of one of them, or of
a structure (a dictionary)."""
_TEXT: Final = "text"
LISTS: Final = ("smime", "pgp", "rights", "systems", "reasons", "attachments", "anomalies", "limits_hit", "unopened")
"""What of a verdict is a column of structures."""


@cache
def columns() -> dict[str, Kind]:
    """Give the columns and their types; those of message, PEC and lists are the contract's."""
    message, pec, verdict = (_fields(struct) for struct in (Envelope, Pec, Verdict))
    direct = {name: verdict[name] for name in ("outcome", "can_sync", "outcome_basis", "decided_by", "summary")}
    texts = ("sender", "sender_domain", "provider_domain", "container")
    return {
        "source": _TEXT,
        **direct,
        **{column: message[column] for column in MESSAGE},
        **dict.fromkeys(texts, _TEXT),
        "size": "number",
        **dict.fromkeys(("sha256", "channel", "version", "rules"), _TEXT),
        **{column: pec[column.removeprefix("pec_")] for column in PEC},
        **{name: verdict[name] for name in LISTS},
        **dict.fromkeys(("skipped", "error", "detail"), _TEXT),
    }


def _fields(struct: type[msgspec.Struct]) -> dict[str, Kind]:
    return {entry.encode_name: _kind(inspect.type_info(entry.type)) for entry in msgspec.structs.fields(struct)}


def _kind(given: inspect.Type) -> Kind:
    """Give the column type of a type of the contract."""
    match given:
        case inspect.UnionType():
            some = [_kind(each) for each in given.types if not isinstance(each, inspect.NoneType)]
            kind = some[0] if len(some) == 1 else "json"
        case inspect.Metadata():
            kind = _kind(given.type)
        case inspect.VarTupleType():
            kind = [_kind(given.item_type)]
        case inspect.StructType():
            kind = {field.encode_name: _kind(field.type) for field in given.fields}
        case inspect.DictType():
            kind = "json"
        case _:
            kind = {inspect.IntType: "number", inspect.BoolType: "flag"}.get(type(given), _TEXT)
    return kind


def schema() -> pa.Schema:
    """Give the Arrow schema. Raises ``ImportError`` without pyarrow."""
    import pyarrow as pa

    fields = [pa.field(name, _type(kind)) for name, kind in columns().items()]
    return pa.schema(fields, metadata={"pecdetect": SCHEMA_NAME})


def _type(kind: Kind) -> pa.DataType:
    import pyarrow as pa

    if isinstance(kind, list):
        # As Parquet names the field; Arrow's own word is "item", and the schema would not come back as it went.
        return pa.list_(pa.field("element", _type(kind[0])))
    if isinstance(kind, dict):
        return pa.struct([pa.field(name, _type(inner)) for name, inner in kind.items()])
    return {_TEXT: pa.string(), "json": pa.string(), "number": pa.int64(), "flag": pa.bool_()}[kind]


def batch(results: Iterable[Result]) -> pa.RecordBatch:
    """Give results as one record batch of :func:`schema`."""
    import pyarrow as pa

    return pa.RecordBatch.from_pylist([row(result) for result in results], schema=schema())


def judged(
    batches: Iterable[pa.RecordBatch], *, profile: Profile | None = None, limits: Limits | None = None
) -> Iterator[pa.RecordBatch]:
    """Judge batches of messages: columns ``path`` (text) and ``content`` (bytes) in, one batch of :func:`schema` out.

    A row for each row, in order, with the SHA-256 of its content; one without content is an error. Spark's
    ``mapInArrow`` calls it as it is. Raises ``KeyError`` where a column is missing.
    """
    missing = contract.problem("unreadable", "no content")
    for given in batches:
        paths, contents = (given.column(name).to_pylist() for name in ("path", "content"))
        results = []
        for path, content in zip(paths, contents, strict=True):
            source = path or NO_PATH
            if content is None:
                results.append(contract.failed(source, missing))
            else:
                results.append(contract.judged(source, classify(content, profile=profile, limits=limits, hash=True)))
        yield batch(results)


def row(result: Result) -> dict[str, Any]:
    """Give one result as a row: what is absent is left out, and null in the batch."""
    values = flat(result)
    if result.verdict is not None:
        values |= {name: getattr(result.verdict, name) for name in LISTS}
    plain: dict[str, Any] = msgspec.to_builtins(values)
    _write_json(plain, _json_inside())
    return plain


@cache
def _json_inside() -> dict[str, Kind]:
    """Give the columns that hold values of any type, or structures that do: of a kind, only what leads to them."""

    def pruned(kind: Kind) -> Kind:
        if isinstance(kind, list):
            return pruned(kind[0])
        if isinstance(kind, dict):
            return {name: inner for name, each in kind.items() if (inner := pruned(each))}
        return kind if kind == "json" else None

    found: dict[str, Kind] = pruned(columns())
    return found


def _write_json(values: dict[str, Any], places: dict[str, Kind]) -> None:
    """Replace values of any type by JSON text, at the places of :func:`_json_inside`; what is absent stays absent."""
    for name, inner in places.items():
        value = values.get(name)
        if value is None:
            continue
        if inner == "json":
            values[name] = json_text(value)
        else:
            for entry in value:
                _write_json(entry, inner)


def writer(stream: BinaryIO) -> pq.ParquetWriter:
    """Open a Parquet file of :func:`schema` on a binary stream, which stays open when the writer is closed."""
    import pyarrow.parquet as pq

    return pq.ParquetWriter(stream, schema(), compression="zstd")


def is_ours(path: str) -> bool:
    """Whether a file is Parquet of a schema of ours."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        metadata = pq.read_schema(path).metadata or {}
    except (pa.ArrowException, OSError):
        return False
    return bool(metadata.get(b"pecdetect", b"").startswith(b"pecdetect/table/"))
