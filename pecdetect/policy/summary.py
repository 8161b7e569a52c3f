"""The verdict in a sentence that an administrator understands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pecdetect.contract import Basis, Outcome
from pecdetect.policy.rules import RULES
from pecdetect.profile import Channel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pecdetect.contract import Reason

_WAYS = {
    Channel.EXCHANGE: "Server-Side Synchronization with Exchange",
    Channel.POP_IMAP: "Server-Side Synchronization over POP3 or IMAP",
    Channel.EMAIL_ROUTER: "the Email Router",
    Channel.APP_FOR_OUTLOOK: "Dynamics 365 App for Outlook",
}

_DASHBOARD = "the item-level monitoring dashboard of Server-Side Synchronization"
_WHERE_TO_LOOK = {
    Channel.EXCHANGE: f"{_DASHBOARD} and for the category “Undeliverable” on the message in the mailbox",
    Channel.POP_IMAP: _DASHBOARD,
    Channel.EMAIL_ROUTER: "the Router's log and the mailbox's alerts",
    Channel.APP_FOR_OUTLOOK: f"{_DASHBOARD} and for the category “Undeliverable” on the message in the mailbox",
}

_LEADS = {
    Outcome.BLOCKED: "Blocked for {way}: {clause}{basis}{more}.",
    Outcome.UNDETERMINED: "Whether {way} takes this message cannot be told: {clause}{basis}{more}.",
    Outcome.DEGRADED: "{way} should record this message, with part of it missing or unreadable: {clause}{basis}{more}.",
    Outcome.SYNCS: "This file holds nothing that keeps {way} from recording the message; what no file shows (mailbox "
    "filter, correlation, permissions, duplicates) still may, so if the record is missing look at {where}.",
}
_BASES = {
    (Outcome.BLOCKED, Basis.DOCUMENTED): " (documented)",
    (Outcome.BLOCKED, Basis.DERIVED): " (follows from what is documented)",
    (Outcome.UNDETERMINED, Basis.DOCUMENTED): " (documents leave it open, or a setting decides)",
    (Outcome.DEGRADED, Basis.DOCUMENTED): " (documented)",
    (Outcome.DEGRADED, Basis.DERIVED): " (follows from what is documented)",
    (Outcome.DEGRADED, Basis.ASSUMED): " (assumed)",
}
_NOT_ONE = "There is no single message to judge: {clause}{more}."
_ROUTER_IS_GONE = " The Email Router stopped working on 12 April 2021."


def summarise(outcome: Outcome, decisive: Sequence[Reason], channel: Channel) -> str:
    """Say the outcome and the strongest reason for it; ``decisive`` are the reasons that decided, strongest first.

    One sentence; for the Email Router a second one, because it no longer exists.
    """
    first = decisive[0] if decisive else None
    more = len(decisive) - 1
    lead = _NOT_ONE if first and first.code in ("not-a-message", "not-one-message") else _LEADS[outcome]
    text = lead.format(
        way=_WAYS[channel],
        where=_WHERE_TO_LOOK[channel],
        clause=RULES[first.code].clause if first else "",
        basis=_BASES.get((outcome, first.basis), "") if first else "",
        more=f", and {more} more reason{'s' * (more > 1)}" if more > 0 else "",
    )
    text = text[0].upper() + text[1:]
    return text + _ROUTER_IS_GONE if channel is Channel.EMAIL_ROUTER else text
