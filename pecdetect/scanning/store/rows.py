"""A result as rows of the store: columns and how they are filled, each beside the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pecdetect.contract import dump

if TYPE_CHECKING:
    from pecdetect.scanning.store.item import Item

ITEM_COLUMNS: Final = (
    "source", "file", "file_size", "mtime_ns", "size", "sha256", "md5", "sha1", "container", "kind",
    "outcome", "outcome_basis", "decided_by", "summary", "channel",
    "message_id", "date", "sender", "sender_domain", "recipients", "subject", "message_class",
    "pec_type", "pec_layout", "pec_provider", "pec_sender", "pec_identifier",
    "skipped", "error", "detail", "result",
)  # fmt: skip
CHILDREN: Final = {
    "reasons": ("code", "effect", "basis", "decides", "title", "detail", "evidence"),
    "attachments": ("part", "name", "type", "size", "hidden_in"),
    "parts": ("section", "stream", "type", "name", "encoding", "first", "past", "size"),
    "anomalies": ("code", "severity", "part", "stream", "first", "past", "reading"),
}
_PEC: Final = ("type", "layout", "provider", "sender", "identifier")
_FROM: Final = {"first": "start", "past": "end"}
"""Columns that are no words of SQL, for keys that are."""


def item_row(item: Item) -> tuple[Any, ...]:
    """Values of :data:`ITEM_COLUMNS`."""
    size, mtime_ns = item.fingerprint or (None, None)
    result = item.result
    skipped, error = (result[key] or {} for key in ("skipped", "error"))
    return (
        item.source,
        item.file,
        size,
        mtime_ns,
        *_verdict(result["verdict"], item),
        skipped.get("code"),
        error.get("code"),
        skipped.get("detail") or error.get("detail"),
        item.line,
    )


def _verdict(verdict: dict[str, Any] | None, item: Item) -> tuple[Any, ...]:
    hashes = (item.sha256, item.md5, item.sha1)
    if verdict is None:
        return (None, *hashes, *(None,) * 19)
    message, pec = verdict["message"], verdict["pec"] or {}
    return (
        verdict["source"]["size"],
        *hashes,
        verdict["container"],
        message["kind"],
        verdict["outcome"],
        verdict["outcome_basis"],
        " ".join(verdict["decided_by"]),
        verdict["summary"],
        verdict["profile"]["channel"],
        message["message_id"],
        message["date"],
        message["from"],
        domain_of(message["from"]),
        dump(message["to"] + message["cc"]),
        message["subject"],
        message["message_class"],
        *(pec.get(key) for key in _PEC),
    )


def domain_of(address: str | None) -> str | None:
    """Domain of an address, lower case."""
    return (address or "").rpartition("@")[2].lower() or None if "@" in (address or "") else None


def child_rows(result: dict[str, Any]) -> dict[str, list[tuple[Any, ...]]]:
    """Rows of each of :data:`CHILDREN`, without the item and the number."""
    verdict = result["verdict"]
    if verdict is None:
        return {}
    decides = set(verdict["decided_by"])
    rows: dict[str, list[tuple[Any, ...]]] = {}
    for table, columns in CHILDREN.items():
        keys = [_FROM.get(column, column) for column in columns]
        rows[table] = [
            tuple([_value(key, entry, decides) for key in keys])
            for entry in verdict[table]
        ]  # fmt: skip
    return rows


def _value(key: str, entry: dict[str, Any], decides: set[str]) -> Any:
    if key == "decides":
        return entry["code"] in decides
    return dump(entry[key]) if key == "evidence" else entry[key]
