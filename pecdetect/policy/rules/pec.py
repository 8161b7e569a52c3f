"""PEC (RFC 6109): certified mail, its receipts, and what is left of it after others have handled it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pecdetect.policy.rule import (
    APP_FOR_OUTLOOK,
    ASSUMED,
    BLOCKS,
    DOCUMENTED,
    EMAIL_ROUTER,
    EVERY,
    EXCHANGE,
    INFORMS,
    POP_IMAP,
    UNDETERMINED,
    Match,
    Row,
    Rule,
)
from pecdetect.policy.rules.common import (
    ENCRYPTED,
    clip,
    clipped,
    listed,
    pec_reading,
    pec_with_layout,
    shown,
    signed_envelope,
)
from pecdetect.sentences import Sentence

if TYPE_CHECKING:
    from pecdetect.detect.findings import Findings, Pec
    from pecdetect.policy.rule import Find
    from pecdetect.profile import Profile
    from pecdetect.sentences import FactValue

_KB = ("KB4490718", "rfc6109")

_UNSIGNED_HEADER = (
    "The provider's signature covers the body, not the outer header fields: From, To, Subject, Date and the X- "
    "fields can be changed without breaking it."
)
_SHAPE = (
    Sentence(
        "It is signed in clear (multipart/signed).",
        when=("layout", "clear-signed"),
        general="A PEC provider signs such a message in clear (multipart/signed).",
    ),
    Sentence("It is signed in one piece (pkcs7-mime, signed-data).", when=("layout", "opaque-signed")),
    Sentence("It is signed, but its PEC header fields are gone.", when=("layout", "stripped")),
    Sentence("It is still multipart/signed, but the signature itself is gone.", when=("layout", "unsigned")),
)
_KEPT = (
    Sentence(
        "The mailbox keeps such a message as the provider's covering text and one smime.p7m that holds the rest.",
        when=("layout", "clear-signed", "stripped", "unsigned"),
        general="The mailbox keeps it as one smime.p7m and, at best, the provider's covering text.",
    ),
    Sentence(
        "The mailbox keeps such a message as one smime.p7m, without text of its own.",
        when=("layout", "opaque-signed"),
    ),
)
_STATE = (
    Sentence("The digest in the signature matches the signed content.", when=("intact", True)),
    Sentence(
        "The content does not match the digest in the signature: it was altered or damaged after signing. A gateway, "
        "a mail server or the way the file was saved can do this as well as a person.",
        when=("intact", False),
    ),
    Sentence(
        "The original in postacert.eml is itself encrypted or rights-protected. Forwarding does not help, because the "
        "copy carries the protected content along.",
        when=("sealed", True),
    ),
)
_TYPE = Sentence("Its PEC type is {type}.")


def _original_is_sealed(findings: Findings) -> bool:
    """Whether the original message of the PEC cannot be read as it is."""
    return (
        any(e.inside == "postacert" and e.kind in ENCRYPTED for e in findings.smime)
        or any(e.inside == "postacert" and e.kind == "encrypted" for e in findings.pgp)
        or any(e.inside == "postacert" and e.kind in ("rpmsg", "wrapper") for e in findings.rights)
    )


def _type(pec: Pec) -> str | None:
    return clipped(pec.type_raw) if pec.type == "other" else pec.type


def _match(findings: Findings, pec: Pec, **facts: FactValue) -> Match:
    sealed = _original_is_sealed(findings)
    return Match(
        evidence=shown(pec.evidence),
        facts={**facts, "intact": pec.signature.intact, "sealed": sealed},
        remedies=("decrypt-original", "ask-unprotected") if sealed else None,
    )


def _envelope(*types: str) -> Find:
    """Make a search for a signed envelope of one of these types."""

    def find(findings: Findings, _: Profile) -> Match | None:
        pec = signed_envelope(findings)
        if pec is None or pec.type not in types:
            return None
        facts = {"type": _type(pec)} if len(types) > 1 else {}
        return _match(findings, pec, layout=pec.layout, **facts)

    return find


def _layout(layout: str) -> Find:
    """Make a search for a PEC that others have handled in this way."""

    def find(findings: Findings, _: Profile) -> Match | None:
        pec = pec_with_layout(findings, layout)
        return _match(findings, pec, type=_type(pec)) if pec else None

    return find


def _unsigned_copy(findings: Findings, _: Profile) -> Match | None:
    pec = pec_with_layout(findings, "unsigned")
    if pec is None or signed_envelope(findings) is not None:
        return None
    # A header field alone is a claim; an anomaly envelope has no certification data to show for it.
    has_parts = pec.daticert_section is not None or pec.postacert_section is not None
    # Where the structure at the top is not reliable, the parts may be there unseen.
    unclear = any(anomaly.severity == "high" and not anomaly.part for anomaly in findings.anomalies)
    found = has_parts or unclear or pec.type == "errore"
    return _match(findings, pec, type=_type(pec)) if found else None


def _inconsistent(findings: Findings, _: Profile) -> Match | None:
    pec = findings.pec
    if pec is None or pec_reading(pec) != "primary":
        return None
    repeated = any(check.id == "A19" and check.result == "fail" for check in pec.checks)
    bare = not pec.signature.present and pec.layout != "forwarded"
    if pec.consistent and not repeated and not bare:
        return None
    claims = [f"{claim.source}: {clip(claim.value)}" for claim in pec.claimed_by]
    facts = {**listed("claims", claims), "consistent": pec.consistent, "repeated": repeated, "bare": bare}
    return Match(evidence=shown(claim.evidence for claim in pec.claimed_by), facts=facts)


def _rows(what: tuple[str | Sentence, ...], named: str) -> tuple[Row, ...]:
    """Give the rows of a signed envelope: what it is, and how far the article goes."""
    return (
        Row(
            variant="exchange",
            channels=EXCHANGE,
            effect=BLOCKS,
            basis=DOCUMENTED,
            detail=(*what, *_SHAPE, named, *_KEPT, *_STATE, _UNSIGNED_HEADER),
            references=(*_KB, "ms-oxosmime"),
        ),
        Row(
            variant="email-router",
            channels=EMAIL_ROUTER,
            effect=BLOCKS,
            basis=DOCUMENTED,
            detail=(
                *what,
                *_SHAPE,
                named,
                "The article also names the Email Router, which tracks plain mail and out-of-office replies only.",
                *_STATE,
                _UNSIGNED_HEADER,
            ),
            references=(*_KB, "hh699695"),
        ),
        Row(
            variant="pop-imap",
            channels=POP_IMAP,
            effect=UNDETERMINED,
            basis=ASSUMED,
            detail=(
                *what,
                *_SHAPE,
                (
                    "Microsoft's article on PEC is about Exchange Web Services only. No document says what becomes of "
                    "such a message over POP3 or IMAP."
                ),
                *_STATE,
                _UNSIGNED_HEADER,
            ),
            references=_KB,
        ),
        Row(
            variant="app-for-outlook",
            channels=APP_FOR_OUTLOOK,
            effect=UNDETERMINED,
            basis=DOCUMENTED,
            detail=(
                *what,
                *_SHAPE,
                (
                    "Two Microsoft documents disagree: one says that PEC is not supported, the other that signed mail "
                    "can be tracked by hand, with its attachments inside one .p7m."
                ),
                *_STATE,
                _UNSIGNED_HEADER,
            ),
            references=(*_KB, "ms-smime-tracking"),
        ),
    )


_NOT_NAMED = (
    "Microsoft says that it does not support PEC (RFC 6109) for synchronisation. Its article does not name this type "
    "of PEC message."
)

RULES = (
    Rule(
        code="pec-transport-envelope",
        title="PEC transport envelope",
        summary="The message is a transport envelope of PEC, the Italian certified mail.",
        detects="A PEC message of type posta-certificata with its signed envelope at the top of the message: "
        "clear-signed as the provider made it, signed in one piece, without its PEC header fields, or still "
        "multipart/signed although the signature part is gone.",
        why="KB 4490718 names PEC as mail that Server-Side Synchronization and the Email Router do not synchronise. "
        "The envelope is signed in clear, not encrypted. The sender's own message is postacert.eml inside the signed "
        "part; the sender of the envelope is the provider.",
        find=_envelope("posta-certificata"),
        rows=_rows(
            ("The message is a PEC transport envelope.",),
            "Microsoft names PEC (RFC 6109) as a type of mail that it does not support for synchronisation.",
        ),
        false_positives="None known where the signed structure is there. The rule goes by the structure, so it also "
        "fires on an envelope that no PEC provider made.",
        example="X-Trasporto: posta-certificata",
        remedies=("forward", "unwrap-at-gateway"),
        dead_ends=("smime-mail-flow-rule",),
        needs="pec",
    ),
    Rule(
        code="pec-receipt",
        title="PEC receipt or notice",
        summary="The message is a receipt or notice of PEC, the Italian certified mail.",
        detects="A signed PEC message of any receipt or notice type: accettazione, non-accettazione, "
        "presa-in-carico, avvenuta-consegna, errore-consegna, preavviso-errore-consegna, rilevazione-virus, or a "
        "type that RFC 6109 does not define if readable certification data names it.",
        why="Receipts have the same signed structure as transport envelopes. KB 4490718 is about PEC and RFC 6109 "
        "and does not name this type.",
        find=_envelope(
            "accettazione",
            "non-accettazione",
            "presa-in-carico",
            "avvenuta-consegna",
            "errore-consegna",
            "preavviso-errore-consegna",
            "rilevazione-virus",
            "other",
        ),
        rows=_rows(("The message is a PEC receipt or notice.", _TYPE), _NOT_NAMED),
        false_positives="A read receipt or a delivery report is not a PEC receipt and does not fire this rule.",
        example="X-Ricevuta: avvenuta-consegna",
        remedies=("forward", "unwrap-at-gateway"),
        dead_ends=("smime-mail-flow-rule",),
        needs="pec",
    ),
    Rule(
        code="pec-anomaly-envelope",
        title="PEC anomaly envelope",
        summary="The message is an anomaly envelope of PEC, the Italian certified mail, around ordinary mail.",
        detects="A signed PEC message of type errore: the provider's envelope around ordinary mail that came to a "
        "PEC address.",
        why="It has the structure of a transport envelope and fails in the same way. Its content is not certified.",
        find=_envelope("errore"),
        rows=_rows(
            ("The message is a PEC anomaly envelope around ordinary mail. Its content is not certified.",),
            _NOT_NAMED,
        ),
        false_positives="None known where the signed structure is there.",
        example="X-Trasporto: errore",
        remedies=("write-to-ordinary-address", "forward"),
        dead_ends=("smime-mail-flow-rule",),
        needs="pec",
    ),
    Rule(
        code="pec-relayed",
        title="PEC relayed by a mailing list",
        summary="The message is a PEC that a mailing list or a similar system relayed.",
        detects="The PEC header fields are at the top and the signed envelope is one level down, as mailing lists "
        "leave it.",
        why="Microsoft does not say which step rejects a PEC: its header fields, its class in the mailbox, or its "
        "structure. Here only some of them are left.",
        find=_layout("relayed"),
        rows=(
            Row(
                variant="relayed",
                channels=EVERY,
                effect=UNDETERMINED,
                basis=ASSUMED,
                detail=(
                    "The message carries the header fields of a PEC, but its signed envelope is one level down.",
                    _TYPE,
                    "Microsoft does not say which step rejects a PEC, so this message may or may not pass.",
                    *_STATE,
                    _UNSIGNED_HEADER,
                ),
                references=_KB,
            ),
        ),
        false_positives="A digest or archive that copies the header fields of a PEC to its own top.",
        example="X-Trasporto: posta-certificata",
        remedies=("forward",),
        needs="pec",
    ),
    Rule(
        code="pec-unsigned-copy",
        title="PEC without its signed envelope",
        summary="The message is a copy of a PEC without its signed envelope.",
        detects="PEC header fields and parts without a multipart/signed around them: a gateway, a converter or a "
        "flattened Outlook file removed it.",
        why="Microsoft does not say which step rejects a PEC. Without the signed envelope the mailbox holds an "
        "ordinary message, which may pass. There is no signature left to verify.",
        find=_unsigned_copy,
        rows=(
            Row(
                variant="unsigned-copy",
                channels=EVERY,
                effect=UNDETERMINED,
                basis=ASSUMED,
                detail=(
                    "The message has the header fields and parts of a PEC, but no signed envelope.",
                    _TYPE,
                    "Microsoft does not say which step rejects a PEC, so this message may or may not pass.",
                    *_STATE,
                    "No signature is left here. In a complete PEC it covers the body, not the outer header fields.",
                ),
                references=_KB,
            ),
        ),
        false_positives="A message with PEC header fields that no PEC provider made.",
        example="X-Ricevuta: accettazione",
        remedies=("forward", "get-original-file"),
        needs="pec",
    ),
    Rule(
        code="pec-forwarded",
        title="Forwarded PEC",
        detects="A PEC, or its daticert.xml or postacert.eml, found only below the top of an ordinary message.",
        why="This is what KB 4490718 advises. A forward sent from a PEC address is itself a new transport envelope "
        "and is judged as one.",
        find=_layout("forwarded"),
        rows=(
            Row(
                variant="forwarded",
                channels=EVERY,
                effect=INFORMS,
                basis=DOCUMENTED,
                detail=(
                    (
                        "This message contains a PEC below its top: the PEC was forwarded, which is the remedy in "
                        "Microsoft's article. That PEC does not certify this message."
                    ),
                    _TYPE,
                    *_STATE,
                    _UNSIGNED_HEADER,
                ),
                references=_KB,
            ),
        ),
        false_positives="An attached XML file or message that happens to be named daticert.xml or postacert.eml.",
        example='Content-Type: message/rfc822; name="postacert.eml"',
        needs="pec",
    ),
    Rule(
        code="pec-inconsistent",
        title="PEC claims that disagree",
        detects="Header fields, subject and daticert.xml name different types, a PEC header field occurs twice, or "
        "the message claims to be a PEC without the signed structure.",
        why="daticert.xml is signed, header fields are not. A disagreement may be a harmless edit; check the message "
        "before you rely on it.",
        find=_inconsistent,
        rows=(
            Row(
                variant="inconsistent",
                channels=EVERY,
                effect=INFORMS,
                basis=DOCUMENTED,
                detail=(
                    Sentence(
                        "The message states its PEC type in places that disagree: {claims}.",
                        when=("consistent", False),
                        general="The places that state the PEC type disagree, one of them is repeated, or no signed "
                        "structure confirms them.",
                    ),
                    Sentence("The message claims to be a PEC: {claims}.", when=("consistent", True)),
                    Sentence("A header field that must occur only once is repeated.", when=("repeated", True)),
                    Sentence("No signed structure confirms the claim.", when=("bare", True)),
                    _UNSIGNED_HEADER,
                ),
                references=("rfc6109",),
            ),
        ),
        false_positives="Software that rewrites the subject, or providers that deviate from the letter of RFC 6109.",
        example="X-Ricevuta: accettazione",
        needs="pec",
    ),
)
