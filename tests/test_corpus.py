"""Real messages that nobody here wrote, where a collection of them is at hand: kinds, types, no false alarms.

``PECDETECT_CORPUS`` names a folder with a MANIFEST.jsonl: an object a line with ``path``, ``sha256`` and ``truth``
(what is known of the outermost entity; null: not known).
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

import pecdetect
from support.corpus import CORPUS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pecdetect import Verdict

MANIFEST = CORPUS / "MANIFEST.jsonl"
MOST_WRONG = 5
"""Labels are sometimes wrong too."""
KINDS = {"enveloped": "encrypted", "authEnveloped": "auth-encrypted"}
ALARMS = ("pec-", "smime-", "pgp-", "irm-")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not MANIFEST.is_file(), reason="no corpus at hand (PECDETECT_CORPUS)"),
]


def smime(truth: dict[str, Any], verdict: Verdict) -> Iterator[tuple[str, Any, Any]]:
    if truth.get("smime") is not None:
        kinds = {e.kind for e in verdict.smime if e.position == "top" and e.reading == "primary"}
        yield "smime", {KINDS.get(truth["smime"], truth["smime"])} - {"none"}, kinds


def pec(truth: dict[str, Any], verdict: Verdict) -> Iterator[tuple[str, Any, Any]]:
    if "pec_type" not in truth:
        return
    found = verdict.pec
    own = found.type if found is not None and found.layout != "forwarded" else None
    if truth["pec_type"] is None and found is not None and found.layout in ("stripped", "unsigned"):
        # The labels come from the header fields; these are recognised without.
        own = None
    yield "pec", truth["pec_type"], own


def pgp(truth: dict[str, Any], verdict: Verdict) -> Iterator[tuple[str, Any, Any]]:
    known = truth.get("pgp")
    if known not in ("none", "mime-signed", "mime-encrypted", "inline"):
        return
    primary = [entry for entry in verdict.pgp if entry.reading == "primary"]
    mime = {f"mime-{entry.kind}" for entry in primary if entry.form == "mime" and entry.position == "top"}
    inline = {"inline"} if any(entry.form == "inline" for entry in primary) else set()
    yield "pgp", {known} - {"none"}, inline if known == "inline" else mime or inline


def rights(truth: dict[str, Any], verdict: Verdict) -> Iterator[tuple[str, Any, Any]]:
    if truth.get("rpmsg") is not None:
        yield "rights", bool(truth["rpmsg"]), any(entry.kind == "rpmsg" for entry in verdict.rights)


def quiet(truth: dict[str, Any], verdict: Verdict) -> Iterator[tuple[str, Any, Any]]:
    """What is none of all this is not blocked for being one of it."""
    none = (truth.get("smime"), truth.get("pgp"), truth.get("rpmsg"), truth.get("pec_type", 0))
    if none == ("none", "none", False, None):
        blocking = [r.code for r in verdict.reasons if r.effect == "blocks" and r.code.startswith(ALARMS)]
        yield "quiet", [], blocking


def rows() -> list[dict[str, Any]]:
    lines = MANIFEST.read_text("utf-8").splitlines()
    found = [json.loads(line) for line in lines if line]
    return [
        row for row in found if row["truth"].get("container") in ("eml", "emlx") and (CORPUS / row["path"]).is_file()
    ]


def test_real_messages_are_what_they_are_known_to_be() -> None:
    messages = rows()
    assert len(messages) > 1000
    wrong = []
    agreed = 0
    for row in messages:
        path = CORPUS / row["path"]
        verdict = pecdetect.classify(path, hash=True)
        verdict.to_dict()
        assert verdict.source.sha256 == row["sha256"], f"{path}: not the file that was labelled"
        assert "internal-error" not in {reason.code for reason in verdict.reasons}, path
        for compare in (smime, pec, pgp, rights, quiet):
            for aspect, known, found in compare(row["truth"], verdict):
                if known == found:
                    agreed += 1
                else:
                    wrong.append(f"{aspect}: {row['path']}: known {known}, found {found}")
    assert len(wrong) <= MOST_WRONG, "\n".join(wrong)
    assert not [entry for entry in wrong if entry.startswith(("rights", "quiet"))]
    assert agreed > 8 * len(messages) // 2
    for row in messages:
        data = (CORPUS / row["path"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == row["sha256"], f"{row['path']} was modified"
