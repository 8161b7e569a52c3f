"""Results as Arrow batches, the rows of Parquet: one constant schema, whatever the results hold.

Needs pyarrow, the extra ``arrow``; it is loaded when a function is called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pecdetect.contract import Problem, Result
from pecdetect.limits import Limits
from pecdetect.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import BinaryIO

    import pyarrow as pa
    import pyarrow.parquet as pq

_DEFAULT_PROFILE = Profile()
_DEFAULT_LIMITS = Limits()
SCHEMA_NAME: Final = "pecdetect/table/1"
"""In the metadata of the schema, under the key ``pecdetect``."""
_TEXT: Final = "text"
_PLACE: Final = {"position": _TEXT, "part": _TEXT, "reading": _TEXT, "inside": _TEXT}
_SPAN: Final = {"stream": _TEXT, "start": "number", "end": "number", "reading": _TEXT}
_EVIDENCE: Final = {"part": _TEXT, **_SPAN, "excerpt": _TEXT, "dialect": _TEXT}
_LISTS: Final[dict[str, dict[str, Any]]] = {
    "smime": {"kind": _TEXT, **_PLACE, "signer": _TEXT, "digest": _TEXT, "smime_type": _TEXT},
    "pgp": {"kind": _TEXT, "form": _TEXT, **_PLACE},
    "rights": {"kind": _TEXT, **_PLACE},
    "systems": {"name": _TEXT, "confidence": _TEXT, "position": _TEXT, "part": _TEXT, "reading": _TEXT},
    "reasons": {
        **dict.fromkeys(("code", "effect", "basis", "title", "detail"), _TEXT),
        "evidence": [_EVIDENCE],
        "remedies": [_TEXT],
        "references": [_TEXT],
    },
    "attachments": {"part": _TEXT, "name": _TEXT, "type": _TEXT, "size": "number", "hidden_in": _TEXT},
    "anomalies": {"code": _TEXT, "severity": _TEXT, "part": _TEXT, **_SPAN},
    "limits_hit": {"name": _TEXT, "value": "number", "limit": "number", "part": _TEXT},
}
_MESSAGE: Final = ("message_id", "date", "from", "to", "cc", "subject", "message_class", "kind")
_PEC: Final = (
    "type", "layout", "consistent", "provider", "sender", "identifier", "original_message_id", "subject", "time",
)  # fmt: skip
COLUMNS: Final[dict[str, Any]] = {
    "source": _TEXT,
    "outcome": _TEXT,
    "can_sync": "flag",
    "outcome_basis": _TEXT,
    "decided_by": [_TEXT],
    "summary": _TEXT,
    **{name: [_TEXT] if name in ("to", "cc") else _TEXT for name in _MESSAGE},
    "container": _TEXT,
    "size": "number",
    "sha256": _TEXT,
    "channel": _TEXT,
    "version": _TEXT,
    "rules": _TEXT,
    **{f"pec_{name}": "flag" if name == "consistent" else _TEXT for name in _PEC},
    **{name: [fields] for name, fields in _LISTS.items()},
    "skipped": _TEXT,
    "error": _TEXT,
    "detail": _TEXT,
}
"""Columns and their types: ``text``, ``number`` (64 bits), ``flag``; a list of them, or of structures."""


def schema() -> pa.Schema:
    """Give the Arrow schema. Raises ``ImportError`` without pyarrow."""
    import pyarrow as pa

    fields = [pa.field(name, _type(kind)) for name, kind in COLUMNS.items()]
    return pa.schema(fields, metadata={"pecdetect": SCHEMA_NAME})


def _type(kind: Any) -> pa.DataType:
    import pyarrow as pa

    if isinstance(kind, list):
        # As Parquet names the field; Arrow's own word is "item", and the schema would not come back as it went.
        return pa.list_(pa.field("element", _type(kind[0])))
    if isinstance(kind, dict):
        return pa.struct([pa.field(name, _type(inner)) for name, inner in kind.items()])
    return {"text": pa.string(), "number": pa.int64(), "flag": pa.bool_()}[kind]


def batch(results: Iterable[Mapping[str, Any]]) -> pa.RecordBatch:
    """Give results (``pecdetect/result/1`` as JSON values) as one record batch of :func:`schema`."""
    import pyarrow as pa

    return pa.RecordBatch.from_pylist([row(result) for result in results], schema=schema())


def judged(
    batches: Iterable[pa.RecordBatch], *, profile: Profile = _DEFAULT_PROFILE, limits: Limits = _DEFAULT_LIMITS
) -> Iterator[pa.RecordBatch]:
    """Judge batches of messages: columns ``path`` (text) and ``content`` (octets) in, one batch of :func:`schema` out.

    A row for each row, in order, with the SHA-256 of its content; one without content is an error. Spark's
    ``mapInArrow`` calls it as it is. Raises ``KeyError`` where a column is missing.
    """
    from pecdetect.flow import classify

    missing = Problem("unreadable", "no content")
    for given in batches:
        results = []
        for path, content in zip(given.column("path").to_pylist(), given.column("content").to_pylist(), strict=True):
            if content is None:
                result = Result(path or "", error=missing)
            else:
                result = Result(path or "", classify(content, profile=profile, limits=limits, hash=True))
            results.append(result.to_dict())
        yield batch(results)


def row(result: Mapping[str, Any]) -> dict[str, Any]:
    """Give one result as a row: what is absent is left out, and null in the batch."""
    skipped, error = result["skipped"], result["error"]
    values = {
        "source": result["source"],
        "skipped": skipped and skipped["code"],
        "error": error and error["code"],
        "detail": (skipped or error or {}).get("detail"),
    }
    verdict = result["verdict"]
    return values if verdict is None else values | _judged(verdict)


def _judged(verdict: Mapping[str, Any]) -> dict[str, Any]:
    direct = ("outcome", "can_sync", "outcome_basis", "decided_by", "summary", "container", *_LISTS)
    pec = verdict["pec"] or {}
    return {
        **{name: verdict[name] for name in direct},
        **{name: verdict["message"][name] for name in _MESSAGE},
        **{f"pec_{name}": pec.get(name) for name in _PEC},
        "size": verdict["source"]["size"],
        "sha256": verdict["source"]["sha256"],
        "channel": verdict["profile"]["channel"],
        "version": verdict["generator"]["version"],
        "rules": verdict["generator"]["rules"],
    }


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
