"""A protected message inside another one stays visible."""

from __future__ import annotations

import pytest

from hostile.catalogue.forwards import FORWARDS, Forward, mails
from hostile.catalogue.judging import see


@pytest.mark.parametrize("forward", FORWARDS, ids=lambda forward: forward.ident)
def test_what_is_passed_on_stays_visible(forward: Forward) -> None:
    made, lost = 0, []
    for seed, data in mails(forward):
        made += 1
        if not see(seed, data).readings:
            lost.append(seed.name)
    assert made
    assert not lost, f"{len(lost)} of {made}:\n" + "\n".join(lost)
