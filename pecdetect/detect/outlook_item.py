"""What an Outlook item's class and flags say of it (MS-OXCMSG, 2.2.1; MS-OXOMSG; MS-OXOCAL; MS-OXCMAIL, 2.2.3.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pecdetect.detect.findings import Outlook

if TYPE_CHECKING:
    from pecdetect.contract import Kind
    from pecdetect.detect.findings import Envelope
    from pecdetect.parsing.message import OutlookItem

_UNSENT = 0x08
_FROM_ME = 0x20
"""PidTagMessageFlags (MS-OXCMSG, 2.2.1.6)."""

CLASSES: tuple[tuple[str, Kind], ...] = (
    ("report", "report"),
    ("ipm.schedule.meeting", "meeting"),
    ("ipm.note.rules.ooftemplate", "auto-reply"),
    ("ipm.note.rules.externalooftemplate", "auto-reply"),
    ("ipm.note.microsoft.voicemail", "other-item"),
    ("ipm.note.microsoft.fax", "other-item"),
    ("ipm.note.microsoft.missed", "other-item"),
    ("ipm.note.microsoft.conversation", "other-item"),
    ("ipm.note", "email"),
    ("ipm", "other-item"),
)
"""Message classes in lower case, the more special first, and the kind of item that they and their sub-classes are.

What is no message at all (contacts, tasks, notes, appointments) is of kind ``other-item`` like every other class.
"""

_METHODS = (("request", "request"), ("canceled", "cancel"), ("resp", "reply"))
"""What follows ``IPM.Schedule.Meeting.`` and the iTIP method of it (MS-OXCICAL, 2.1.3.1.1.1)."""
_PLAIN = frozenset({"", "ipm"})


def kind_of_class(value: str) -> Kind | None:
    """The kind of item of a message class; None where there is no class."""
    name = value.strip().lower()
    if name in _PLAIN:
        return None
    return next((kind for known, kind in CLASSES if name == known or name.startswith(known + ".")), "other-item")


def with_class(envelope: Envelope, outlook: OutlookItem) -> Envelope:
    """The item, with what its class and flags add to what its content says."""
    value = outlook.message_class or ""
    kind = kind_of_class(value)
    evidence = outlook.class_evidence
    envelope = envelope._replace(message_class=outlook.message_class)
    if kind is not None and kind != "email" and evidence is not None:
        envelope = envelope._replace(
            kind=kind,
            kind_evidence=(evidence,),
            meeting_method=_method(value) if kind == "meeting" else None,
            other_class=evidence if kind == "other-item" else envelope.other_class,
        )
    # Every item that was never sent bears the flag, a contact too: it makes a draft of a message only.
    unsent = bool(outlook.flags & _UNSENT) and envelope.kind != "other-item"
    return envelope._replace(draft=envelope.draft or unsent)


def outlook_findings(outlook: OutlookItem) -> Outlook:
    """What only an Outlook item says, as findings."""
    return Outlook(
        smime_class_mismatch=outlook.class_mismatch,
        headers_synthesised=outlook.headers_synthesised,
        address_not_in_file=outlook.unknown_address,
        from_me=outlook.flags_evidence if outlook.flags & _FROM_ME else None,
    )


def _method(value: str) -> str | None:
    rest = value.lower().removeprefix("ipm.schedule.meeting").removeprefix(".")
    return next((method for known, method in _METHODS if rest.startswith(known)), None)
