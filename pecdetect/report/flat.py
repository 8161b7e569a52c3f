"""A result as one row of a table: the values that CSV and Parquet have in common, by the names of their columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import fields

from pecdetect.columns import columns_of
from pecdetect.contract import Envelope, Pec

if TYPE_CHECKING:
    from pecdetect.contract import Result

MESSAGE: Final = {entry.encode_name: entry.name for entry in fields(Envelope)}
"""Columns of the message, and where the contract has them."""
PEC: Final = {f"pec_{entry.encode_name}": entry.name for entry in fields(Pec)}
"""Columns of the PEC, and where the contract has them."""


def flat(result: Result) -> dict[str, Any]:
    """Give the row; values are the contract's, what is absent is left out."""
    columns = columns_of(result)
    values: dict[str, Any] = {
        "source": result.source,
        "skipped": columns.skipped,
        "error": columns.error,
        "detail": columns.detail,
    }
    verdict = result.verdict
    if verdict is None:
        return values
    direct = ("outcome", "can_sync", "outcome_basis", "decided_by", "summary", "container")
    values |= {name: getattr(verdict, name) for name in direct}
    values |= {column: getattr(verdict.message, name) for column, name in MESSAGE.items()}
    if verdict.pec is not None:
        values |= {column: getattr(verdict.pec, name) for column, name in PEC.items()}
    return values | {
        "sender": columns.sender,
        "sender_domain": columns.sender_domain,
        "provider_domain": columns.provider_domain,
        "size": verdict.source.size,
        "sha256": verdict.source.sha256,
        "channel": verdict.profile.channel,
        "version": verdict.generator.version,
        "rules": verdict.generator.rules,
    }
