"""Texts as whole sentences with placeholders, raw facts, and how a language puts the two together.

A text is kept once, as a template, where it is said; what is stored with a message are ids and facts.
:class:`English` is what JSON holds. Another language is a subclass that translates whole templates and writes numbers
and lists its own way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FactValue: TypeAlias = str | int | bool | tuple[str, ...] | None
"""A raw value: no phrase of any language, no formatted number, no list joined into a string.

A list that may be long holds its first entries only; how many there are in all is the fact ``LIST_count``.
"""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One or more whole sentences that are said only of some messages, or otherwise of several things than of one.

    A sentence that names a fact which is None or an empty list is left out.
    """

    text: str
    """May hold ``{fact}``, and ``{fact:ids}`` for a list of ids that have :data:`WORDS`."""
    one: str = ""
    """Said instead of ``text`` where the fact ``number`` is one; empty: there is no such fact."""
    number: str = ""
    when: tuple[str, *tuple[FactValue, ...]] | None = None
    """Said only where this fact (the first entry) has one of these values (the others); None: always."""
    general: str = ""
    """What a page says instead; empty: nothing if the sentence depends on facts, else ``text``."""


Detail: TypeAlias = str | tuple[str | Sentence, ...]
"""A text, whole or sentence by sentence; a string is always said."""

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
"""Ids in lists of facts, and what a text calls them; an id that is not here is shown as it is."""

_PLACEHOLDER = re.compile(r"\{(\w+)(:ids)?\}")


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
    """Give a text with the facts of one message. Raises ``KeyError`` where it needs a fact that is missing."""
    said = []
    for part in _parts(detail):
        if isinstance(part, str):
            said.append(_filled(language.text(part), facts, language))
        elif part.when is None or _plain(facts[part.when[0]]) in part.when[1:]:
            said.append(_filled(_template(part, facts, language), facts, language))
    return " ".join(filter(None, said))


def say_in_general(detail: Detail, language: English = ENGLISH) -> str:
    """Give a text without a message: the sentences that depend on no fact, and those made for this."""
    said = []
    for part in _parts(detail):
        sentence = Sentence(part) if isinstance(part, str) else part
        if sentence.general:
            said.append(language.text(sentence.general))
        elif sentence.when is None and not _PLACEHOLDER.search(sentence.text):
            said.append(language.text(sentence.text))
    return " ".join(said)


def _parts(detail: Detail) -> tuple[str | Sentence, ...]:
    return (detail,) if isinstance(detail, str) else detail


def _template(sentence: Sentence, facts: Mapping[str, FactValue], language: English) -> str:
    number = facts[sentence.number] if sentence.one else None
    if isinstance(number, int):
        return language.plural(sentence.one, sentence.text, number)
    return language.text(sentence.text)


def _plain(fact: FactValue | list[str]) -> FactValue:
    """Give a fact as it was before it went through JSON: lists become tuples."""
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
