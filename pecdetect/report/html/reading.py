"""What the report asks of one result: values out of ``pecdetect/result/1``, whoever wrote the file.

A saved result may be torn, edited or made to harm: a value of the wrong type counts as absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pecdetect.contract import Outcome
from pecdetect.report.html.foreign import foreign, plain

OUTCOMES = (*(outcome.value for outcome in Outcome), "skipped", "error")
"""What may become of an item: the outcomes of a verdict, worst first, then what has no verdict."""
MAX_DOMAIN = 100


def outcome_of(result: Mapping[str, Any], number: int) -> str:
    """Return one of :data:`OUTCOMES`; ``number`` says which result it is in the error.

    Raises ``ValueError`` for what is no result.
    """
    if not isinstance(result, Mapping):
        raise ValueError(f"result {number:,} is no object")  # noqa: TRY004 - the file is wrong, not the call
    verdict = result.get("verdict")
    if isinstance(verdict, dict):
        outcome = verdict.get("outcome")
        if outcome in OUTCOMES[:4]:
            return str(outcome)
        raise ValueError(f"result {number:,} has no known outcome: {str(outcome)[:40]!r}")
    for name, key in (("error", "error"), ("skipped", "skipped")):
        if isinstance(result.get(key), dict):
            return name
    raise ValueError(f"result {number:,} has neither a verdict nor a reason for having none")


def mapping(holder: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """An object, or an empty one."""
    value = holder.get(key)
    return value if isinstance(value, dict) else {}


def entries(holder: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """The objects in a list."""
    return [entry for entry in listed(holder, key) if isinstance(entry, dict)]


def listed(holder: Mapping[str, Any], key: str) -> list[Any]:
    """A list, or an empty one."""
    value = holder.get(key)
    return value if isinstance(value, list) else []


def words(holder: Mapping[str, Any], key: str) -> list[str]:
    """The strings in a list."""
    return [entry for entry in listed(holder, key) if isinstance(entry, str)]


def text(holder: Mapping[str, Any], key: str) -> str:
    """A string, or an empty one."""
    value = holder.get(key)
    return value if isinstance(value, str) else ""


def number(holder: Mapping[str, Any], key: str) -> int:
    """A whole number, or nought."""
    value = holder.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def sender(verdict: Mapping[str, Any]) -> str:
    """Address of who wrote the message: of a PEC transport envelope the original sender, else that in From.

    The provider writes a transport envelope's own From field (RFC 6109, 3.1), so that it names nobody who could be
    told anything.
    """
    pec = mapping(verdict, "pec")
    if pec.get("type") == "posta-certificata" and text(pec, "sender"):
        return text(pec, "sender")
    return text(mapping(verdict, "message"), "from")


def sender_domain(verdict: Mapping[str, Any]) -> str:
    """Domain of :func:`sender`, in lower case and harmless; empty where no address stands."""
    return _domain(sender(verdict))


def provider_domain(verdict: Mapping[str, Any]) -> str | None:
    """Domain of the PEC provider; None for what is no PEC, empty where it does not say.

    The identifier is the provider's own (RFC 6109, 4.4) and survives a forward, which From does not.
    """
    pec = mapping(verdict, "pec")
    if not pec:
        return None
    domain = _domain(text(pec, "identifier"))
    if domain or pec.get("layout") in {"forwarded", "relayed"}:
        return domain
    return _domain(text(mapping(verdict, "message"), "from"))


def _domain(address: str) -> str:
    _, at, domain = address[-1000:].rpartition("@")
    return plain(foreign(domain.strip(" <>.").lower(), MAX_DOMAIN)) if at else ""


def instant(verdict: Mapping[str, Any]) -> datetime | None:
    """When the message says it was written; None where it does not, or not readably."""
    try:
        return datetime.fromisoformat(text(mapping(verdict, "message"), "date")[:40])
    except ValueError:
        return None


def minutes(when: datetime) -> int:
    """Minutes since 1970, to sort by; a time without an offset counts as UTC."""
    aware = when if when.tzinfo is not None else when.replace(tzinfo=UTC)
    return int((aware - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() // 60)
