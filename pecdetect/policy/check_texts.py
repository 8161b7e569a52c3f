"""What each check of a PEC says: whole sentences, chosen and filled by the facts of the check.

Two values that are compared give the fact ``PAIR_agrees`` and the values themselves. ``missing`` says why a check is
not applicable.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from pecdetect.sentences import Sentence, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pecdetect.contract import CheckResult
    from pecdetect.sentences import Detail, FactValue


def _pair(name: str, agrees: str, differs: str) -> tuple[Sentence, Sentence]:
    fact = f"{name}_agrees"
    return Sentence(agrees, when=(fact, True)), Sentence(differs, when=(fact, False))


_NOTHING = Sentence("There is nothing to compare.", when=("missing", "nothing-to-compare"))
_NO_DATICERT = Sentence("There is no readable daticert.xml.", when=("missing", "daticert"))

_CHECKS: dict[str, Detail] = {
    "A2": (
        Sentence(
            "The {digest} digest of the signed content is the one that the signature states.", when=("result", "pass")
        ),
        Sentence(
            "The {digest} digest of the signed content differs from the one that the signature states.",
            when=("result", "fail"),
        ),
        Sentence("There is no readable signature with a message digest.", when=("missing", "signature")),
    ),
    "A9": (
        *_pair(
            "type",
            "The header field and daticert.xml state the same type.",
            'The header field states "{marker}", daticert.xml states "{type}".',
        ),
        *_pair(
            "receipt",
            "X-TipoRicevuta and daticert.xml state the same kind of receipt.",
            'X-TipoRicevuta states "{asked_receipt}", daticert.xml states "{receipt}".',
        ),
        _NO_DATICERT,
        _NOTHING,
    ),
    "A10": (
        *_pair(
            "message_id",
            "The Message-ID is the identificativo.",
            'The Message-ID is "{message_id}", the identificativo is "{identifier}".',
        ),
        *_pair(
            "in_text",
            "The provider's text names the identificativo.",
            "The provider's text does not name the identificativo.",
        ),
        *_pair(
            "inner",
            "The Message-ID of the original is the identificativo.",
            'The Message-ID of the original is "{inner}", the identificativo is "{identifier}".',
        ),
        Sentence("daticert.xml states no identificativo.", when=("missing", "identifier")),
        _NOTHING,
    ),
    "A11": (
        *_pair(
            "stated",
            "X-Riferimento-Message-ID is the msgid of daticert.xml.",
            'X-Riferimento-Message-ID is "{outer}", the msgid of daticert.xml is "{stated}".',
        ),
        *_pair(
            "inner",
            "The envelope and the original have the same X-Riferimento-Message-ID.",
            'X-Riferimento-Message-ID is "{outer}" in the envelope and "{inner}" in the original.',
        ),
        _NOTHING,
    ),
    "A12": (
        *_pair(
            "behalf",
            '"Per conto di" names the mittente.',
            '"Per conto di" names "{behalf}", the mittente is "{sender}".',
        ),
        *_pair(
            "original",
            "The From of the original is the mittente.",
            'The From of the original is "{original}", the mittente is "{sender}".',
        ),
        *_pair(
            "reply_to",
            "Reply-To is the risposte of daticert.xml.",
            'Reply-To is "{reply_to}", the risposte of daticert.xml is "{risposte}".',
        ),
        Sentence("daticert.xml states no mittente.", when=("missing", "sender")),
        _NOTHING,
    ),
    "A13": (
        *_pair(
            "stated",
            "The subject without its prefix is the oggetto.",
            'The subject without its prefix is "{subject}", the oggetto is "{stated}".',
        ),
        *_pair(
            "inner",
            "The subject of the original is the oggetto.",
            'The subject of the original is "{inner}", the oggetto is "{stated}".',
        ),
        _NOTHING,
    ),
    "A14": (
        Sentence("The recipients agree.", when=("result", "pass")),
        Sentence(
            "These destinatari are not in To or Cc: {absent}.",
            one="The destinatario {absent} is not in To or Cc.",
            number="absent_count",
        ),
        Sentence('The consegna "{delivered_to}" is not among the destinatari.', when=("delivered_to_agrees", False)),
        Sentence("daticert.xml states no destinatari.", when=("missing", "recipients")),
    ),
    "A15": (
        Sentence("The times are {minutes} minutes apart.", one="The times are 1 minute apart.", number="minutes"),
        Sentence("Date states {date}."),
        Sentence("daticert.xml states {daticert_time}."),
        Sentence("The signer states {signing_time}."),
        Sentence("Fewer than two times have a time zone.", when=("missing", "times")),
    ),
    "A17": (
        Sentence("An anomaly envelope has no daticert.xml of its own, but this one does.", when=("part", "daticert")),
        Sentence("This type of notice carries no original message, but this one does.", when=("part", "postacert")),
        Sentence("The message contains nothing that its type excludes.", when=("result", "pass")),
        Sentence("This type excludes nothing.", when=("missing", "exclusion")),
    ),
    "A18": (
        Sentence("Nothing is outside the signed entity.", when=("result", "pass")),
        Sentence("multipart/signed has more than two parts.", when=("more_parts", True)),
        Sentence("There is data after the close delimiter.", when=("after_end", True)),
        Sentence(
            "The signature does not cover the parts {siblings}.",
            one="The signature does not cover the part {siblings}.",
            number="siblings_count",
        ),
        Sentence("There is no multipart/signed.", when=("missing", "multipart-signed")),
    ),
    "A19": (
        Sentence("Each field that matters occurs once.", when=("result", "pass")),
        Sentence(
            "These fields are repeated: {repeated}.", one="The field {repeated} is repeated.", number="repeated_count"
        ),
    ),
}


def _nothing() -> None:
    """Give the fact that a check did not state."""


def check_detail(ident: str, result: CheckResult, facts: Mapping[str, FactValue]) -> str:
    """Say in English what a check found."""
    return say(_CHECKS[ident], defaultdict(_nothing, facts, result=result))
