"""Ids and raw facts to the sentences that people read.

A text is kept once, as a template in the catalogue; a reason carries the ids and the facts. :class:`English` is what
JSON holds; another language is a subclass that translates whole templates and writes numbers and lists its own way.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pecdetect.policy.rule import Sentence
from pecdetect.policy.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pecdetect.policy.rule import Detail, Row
    from pecdetect.verdict import FactValue

_PLACEHOLDER = re.compile(r"\{(\w+)(:ids)?\}")

WORDS = {
    "pec": "PEC",
    "pec-pieces": "pieces of a PEC",
    "smime-clear-signed": "S/MIME clear-signed",
    "smime-opaque-signed": "S/MIME opaque-signed",
    "smime-encrypted": "S/MIME encrypted",
    "smime-auth-encrypted": "S/MIME encrypted (authenticated)",
    "smime-compressed": "S/MIME compressed",
    "smime-certs-only": "S/MIME certificates only",
    "smime-unknown": "S/MIME of an unknown kind",
    "pgp-signed": "PGP signed",
    "pgp-encrypted": "PGP encrypted",
    "rpmsg": "rights management (rpmsg)",
    "wrapper": "secure-message wrapper",
}
"""Ids that facts hold, and what a text calls them; an id that is not here is shown as it is."""


class English:
    """How a language says things."""

    def text(self, text: str) -> str:
        """Give a template or a word in this language."""
        return text

    def plural(self, one: str, several: str, number: int) -> str:
        """Give the template for so many things."""
        return one if number == 1 else several

    def number(self, number: int) -> str:
        """Write a whole number."""
        return f"{number:,}"

    def listing(self, names: Sequence[str], more: int) -> str:
        """Write a list that leaves out so many at its end."""
        return f"{', '.join(names)} and {self.number(more)} more" if more > 0 else ", ".join(names)

    def quoted(self, name: str) -> str:
        """Mark a text as one that comes from the message."""
        return f'"{name}"'


ENGLISH = English()


def say(detail: Detail, facts: Mapping[str, FactValue], language: English = ENGLISH) -> str:
    """Give a text with the facts of one message. Raises ``KeyError`` where it names a fact that is missing."""
    said = []
    for part in _parts(detail):
        if isinstance(part, str):
            said.append(_filled(language.text(part), facts, language))
        elif part.when is None or _plain(facts[part.when[0]]) in part.when[1:]:
            said.append(_filled(_template(part, facts, language), facts, language))
    return " ".join(filter(None, said))


def in_general(row: Row, language: English = ENGLISH) -> str:
    """Give a row's text without a message: its sentences that depend on no fact, and those made for this."""
    said = []
    for part in _parts(row.detail):
        sentence = Sentence(part) if isinstance(part, str) else part
        if sentence.general:
            said.append(language.text(sentence.general))
        elif sentence.when is None and not _PLACEHOLDER.search(sentence.text):
            said.append(language.text(sentence.text))
    return " ".join(said)


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
    except (KeyError, TypeError):  # facts of another version, or of somebody else's making
        return stored


def _parts(detail: Detail) -> tuple[str | Sentence, ...]:
    return (detail,) if isinstance(detail, str) else detail


def _template(sentence: Sentence, facts: Mapping[str, FactValue], language: English) -> str:
    number = facts[sentence.number] if sentence.one else None
    if isinstance(number, int):
        return language.plural(sentence.one, sentence.text, number)
    return language.text(sentence.text)


def _plain(fact: FactValue | list[str]) -> FactValue:
    """Give a fact as a match makes it: lists read from JSON become tuples."""
    return tuple(fact) if isinstance(fact, list) else fact


def _filled(template: str, facts: Mapping[str, FactValue], language: English) -> str:
    """Put the facts into a template; empty where one of them is None or an empty list."""
    if "{" not in template:
        return template
    values = {}
    for name, ids in _PLACEHOLDER.findall(template):
        fact = _plain(facts[name])
        if fact is None or fact == ():
            return ""
        if isinstance(fact, tuple):
            shown = [language.text(WORDS.get(entry, entry)) if ids else language.quoted(entry) for entry in fact]
            total = facts.get(f"{name}_count")
            values[name] = language.listing(shown, total - len(fact) if isinstance(total, int) else 0)
        else:
            values[name] = fact if isinstance(fact, str) else language.number(fact)
    return _PLACEHOLDER.sub(lambda found: values[found[1]], template)
