"""The catalogue: every rule, in the order in which it lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pecdetect.policy.rules import (
    addresses,
    analysis,
    delivery,
    items,
    pec,
    protection,
    smime,
    smime_parts,
    text,
)

if TYPE_CHECKING:
    from pecdetect.policy.rule import Rule

CATALOGUE: tuple[Rule, ...] = (
    *pec.RULES,
    *smime.RULES,
    *smime_parts.RULES,
    *protection.RULES,
    *items.RULES,
    *addresses.RULES,
    *delivery.RULES,
    *text.RULES,
    *analysis.RULES,
)
"""Every rule; the order breaks ties between reasons of equal strength."""

DOCUMENTATION = "docs/rules/"
"""Folder of the rules' pages in the source distribution; ``pecdetect explain`` prints them offline."""

RULES: dict[str, Rule] = {rule.code: rule for rule in CATALOGUE}
"""Every rule by its code."""


def documentation_url(code: str) -> str:
    """The address of a rule's page, relative to the project (RFC 3986, 4.2): made from the code, never looked up."""
    return f"{DOCUMENTATION}{code}.md"
