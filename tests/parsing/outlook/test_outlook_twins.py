"""A PEC saved as .msg and the same PEC as .eml: one outcome, the same reasons, the same envelope."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pecdetect
from samples.msg import item_of, msg_file
from support.each import for_each
from support.samples import all_samples, sample

if TYPE_CHECKING:
    from pathlib import Path

LOST = {
    "pec-lf-only.eml": "the item is made from lines that end in CRLF",
    "pec-relayed.eml": "the multipart around the signed one is taken apart",
    "pec-unsigned-copy.eml": "the alternative bodies are no parts of their own level, so that sections differ",
    "pec-unsigned-copy-receipt.eml": "as above",
}
"""What the container really loses."""
CUT_OFF = {"pec-no-close-delimiter.eml", "pec-truncated.eml"}
"""The file ends early; the .msg around it does not."""
SAMPLES = [path for path in all_samples("pec-*.eml") if path.name not in LOST]


def essence(verdict: dict[str, Any]) -> dict[str, Any]:
    """What must not depend on the container."""
    return {
        "outcome": verdict["outcome"],
        "decided_by": verdict["decided_by"],
        "reasons": [(reason["code"], reason["effect"]) for reason in verdict["reasons"]],
        "pec": verdict["pec"],
        "message": {key: value for key, value in verdict["message"].items() if key != "message_class"},
        "attachments": [
            {key: entry[key] for key in ("part", "name", "type", "hidden_in")} for entry in verdict["attachments"]
        ],
    }


@for_each(SAMPLES)
def test_a_pec_is_the_same_in_either_container(path: Path) -> None:
    data = path.read_bytes()
    eml = essence(pecdetect.classify(data).to_dict())
    msg = essence(pecdetect.classify(msg_file(item_of(data))).to_dict())
    if path.name in CUT_OFF:
        eml["reasons"] = [reason for reason in eml["reasons"] if reason[0] != "truncated-file"]
    if eml["pec"] is not None and eml["pec"]["layout"] in ("forwarded", "unsigned"):
        del eml["attachments"], msg["attachments"]
    assert msg == eml


def test_there_are_twins_and_known_losses() -> None:
    assert len(SAMPLES) > 50
    assert all(sample(name).is_file() for name in LOST | dict.fromkeys(CUT_OFF))
