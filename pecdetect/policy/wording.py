"""The texts of reasons from their ids and facts, in any language: what renderers of stored results ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pecdetect.policy.rules import RULES
from pecdetect.sentences import ENGLISH, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pecdetect.sentences import English, FactValue


def reason_title(code: str, stored: str, language: English = ENGLISH) -> str:
    """Give the title of a reason; ``stored`` where its rule is not known here. Never raises."""
    return language.text(RULES[code].title) if code in RULES else stored


def reason_detail(
    code: str, variant: str, facts: Mapping[str, FactValue], stored: str, language: English = ENGLISH
) -> str:
    """Give the text of a reason; ``stored``, its English text, where ids or facts are not known here. Never raises."""
    rows = RULES[code].rows if code in RULES else ()
    row = next((row for row in rows if row.variant == variant), None)
    if row is None:
        return stored
    try:
        return say(row.detail, facts, language)
    except (KeyError, TypeError):  # facts of another version, or made by another program
        return stored
