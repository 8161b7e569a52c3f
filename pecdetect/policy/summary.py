"""The verdict in one to three short sentences that an administrator understands.

They follow from outcome and channel and from the codes and bases of the deciding reasons; each can be translated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pecdetect.contract import Basis, Effect, Outcome
from pecdetect.policy.rules import RULES
from pecdetect.profile import Channel
from pecdetect.sentences import ENGLISH, Sentence, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pecdetect.contract import Reason
    from pecdetect.sentences import English, FactValue

CHANNELS = {
    Channel.EXCHANGE: "Server-Side Synchronization with Exchange",
    Channel.POP_IMAP: "Server-Side Synchronization with POP3, IMAP or Gmail",
    Channel.EMAIL_ROUTER: "the Email Router",
    Channel.APP_FOR_OUTLOOK: "Dynamics 365 App for Outlook",
}
"""What takes ``{channel}`` in a sentence; the place is never the beginning."""

_OPENINGS = {
    (Effect.BLOCKS, Basis.DOCUMENTED): "Blocked for {channel}, according to Microsoft's documentation.",
    (Effect.BLOCKS, Basis.DERIVED): "Blocked for {channel}; this follows from Microsoft's documentation.",
    (Effect.UNDETERMINED, Basis.DOCUMENTED): (
        "It is not certain whether {channel} records this message: Microsoft's documents leave it open, or a setting "
        "decides."
    ),
    (Effect.DEGRADES, Basis.DOCUMENTED): (
        "According to Microsoft's documentation, {channel} should record this message with part of its content missing "
        "or unreadable."
    ),
    (Effect.DEGRADES, Basis.DERIVED): (
        "It follows from Microsoft's documentation that {channel} should record this message with part of its "
        "content missing or unreadable."
    ),
    (Effect.DEGRADES, Basis.ASSUMED): (
        "Our assumption is that {channel} records this message with part of its content missing or unreadable."
    ),
}
_UNCERTAIN = "It is not certain whether {channel} records this message."
_NOT_ONE = "There is no single message to judge."
_NOT_ONE_CODES = ("not-a-message", "not-one-message")

_MORE = Sentence("There are {count} more reasons.", one="There is 1 more reason.", number="count")

_ALL_CLEAR = (
    "Nothing in this file prevents {channel} from recording the message.",
    "The mailbox filter, correlation, permissions or duplicates can still prevent it; a file does not show them.",
)
_DASHBOARD = "If the record is missing, check the item-level monitoring dashboard of Server-Side Synchronization."
_DASHBOARD_AND_CATEGORY = (
    "If the record is missing, check the item-level monitoring dashboard of Server-Side Synchronization, and whether "
    "the message in the mailbox has the category “Undeliverable”."
)
_WHERE_TO_LOOK = {
    Channel.EXCHANGE: _DASHBOARD_AND_CATEGORY,
    Channel.POP_IMAP: _DASHBOARD,
    Channel.EMAIL_ROUTER: "If the record is missing, check the Router's log and the mailbox's alerts.",
    Channel.APP_FOR_OUTLOOK: _DASHBOARD_AND_CATEGORY,
}
_ROUTER_IS_GONE = "The Email Router stopped working on 12 April 2021."


def summarise(outcome: Outcome, decisive: Sequence[Reason], channel: Channel, language: English = ENGLISH) -> str:
    """Say the outcome and the strongest reason for it; ``decisive`` are the reasons that decided, strongest first.

    For the Email Router a sentence says that it no longer exists.
    """
    said: list[str | Sentence]
    if decisive:
        first = decisive[0]
        said = [_opening(outcome, first), RULES[first.code].summary]
        if len(decisive) > 1:
            said.append(_MORE)
    else:
        said = [*_ALL_CLEAR, _WHERE_TO_LOOK[channel]]
    if channel is Channel.EMAIL_ROUTER:
        said.append(_ROUTER_IS_GONE)
    facts: dict[str, FactValue] = {"channel": language.text(CHANNELS[channel]), "count": len(decisive) - 1}
    return say(tuple(said), facts, language)


def _opening(outcome: Outcome, first: Reason) -> str:
    if first.code in _NOT_ONE_CODES:
        return _NOT_ONE
    # What blocks by assumption, or in another reading only, leaves the outcome open and says nothing of documents.
    weakened = outcome is Outcome.UNDETERMINED and first.effect is not Effect.UNDETERMINED
    return _UNCERTAIN if weakened else _OPENINGS.get((first.effect, first.basis), _UNCERTAIN)
