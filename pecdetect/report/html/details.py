"""What the page shows of one item when it is opened: sections of facts, reasons and tables, in words.

The wording stands here, so that the script in the page only has to draw. Strings go through a table of their own
for each block of items: most of them are the same from message to message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pecdetect.evidence import Evidence
from pecdetect.report.html.foreign import MAX_CELL, foreign
from pecdetect.report.html.reading import entries, listed, mapping, number, text, words
from pecdetect.report.message import PEC_TITLES
from pecdetect.report.terminal.console import counted, octets, place, where

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    Facts = list[tuple[str, list[str]]]
    Cells = list[str]

MAX_REASONS = 40
MAX_EVIDENCE = 12
MAX_ROWS = 60
"""Rows of a table in the details."""
MAX_LIST = 20
"""Addresses or lines of one fact."""


class Strings:
    """A table of strings: each stands in it once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def __call__(self, value: str) -> int:
        """Return the number of a string."""
        return self._numbers.setdefault(value, len(self._numbers))

    def table(self) -> list[str]:
        """All of them, by number."""
        return list(self._numbers)


def detail(result: Mapping[str, Any], put: Strings) -> list[Any]:
    """One item as nested lists of string numbers: summary, about, sections of facts, reasons, tables.

    The script in the page, ``report.js``, reads them by position.
    """
    verdict = mapping(result, "verdict")
    if not verdict:
        problem = mapping(result, "error") or mapping(result, "skipped")
        facts: Facts = [("Code", [foreign(text(problem, "code"))]), ("Detail", [foreign(text(problem, "detail"))])]
        return [put(""), [], [_section("Why there is no verdict", facts, put)], [], []]
    sections = (("Message", _message(verdict)), ("PEC", _pec(mapping(verdict, "pec"))), ("Protection", _seen(verdict)))
    return [
        put(foreign(text(verdict, "summary"))),
        [put(line) for line in _about(verdict)],
        [_section(title, facts, put) for title, facts in sections if facts],
        _reasons(verdict, put),
        [_table(title, heads, rows, put) for title, heads, rows in _tables(verdict) if rows],
    ]


def _section(title: str, facts: Facts, put: Strings) -> list[Any]:
    return [put(title), [[put(label), [put(value) for value in values]] for label, values in facts]]


def _about(verdict: Mapping[str, Any]) -> Iterator[str]:
    """The file itself: size, container, hash."""
    origin = mapping(verdict, "source")
    yield f"{octets(number(origin, 'size'))}, {foreign(text(verdict, 'container'), 40)}"
    digest = text(origin, "sha256")
    yield f"sha256 {foreign(digest, 100)}" if digest else "no sha256 was computed"


def _listed(values: Iterable[str], limit: int = MAX_LIST) -> list[str]:
    """Foreign values, so many of them, and how many more there are."""
    every = list(values)
    shown = [foreign(value, MAX_CELL) for value in every[:limit]]
    if len(every) > limit:
        shown.append(f"and {len(every) - limit:,} more")
    return shown


def _message(verdict: Mapping[str, Any]) -> Facts:
    message = mapping(verdict, "message")
    facts: Facts = [("From", _listed([text(message, "from") or "no address"]))]
    facts += [(label, _listed(words(message, key))) for label, key in (("To", "to"), ("Cc", "cc"))]
    facts += [
        (label, [foreign(text(message, key))])
        for label, key in (("Subject", "subject"), ("Date", "date"), ("Message-ID", "message_id"))
        if text(message, key)
    ]
    kind = [word for word in (text(message, "kind"), text(message, "message_class")) if word]
    if kind != ["email"]:
        facts.append(("Kind", [foreign(", ".join(kind))]))
    return [(label, values) for label, values in facts if values]


def _pec(pec: Mapping[str, Any]) -> Facts:
    """What the envelope says of itself, and how far that holds together."""
    if not pec:
        return []
    kind = text(pec, "type")
    kind_words = f"{kind} ({PEC_TITLES.get(kind) or text(pec, 'type_raw') or 'not named'})"
    notes = [note for note, key in (("last notice", "final"), ("about a virus", "virus")) if pec.get(key) is True]
    facts: Facts = [
        ("Type", [foreign(kind_words, MAX_CELL)]),
        ("Layout", [foreign(", ".join([text(pec, "layout"), *notes]), MAX_CELL)]),
    ]
    facts += [
        (label, [foreign(text(pec, key))])
        for label, key in (
            ("Provider", "provider"),
            ("Sender", "sender"),
            ("Subject", "subject"),
            ("Time", "time"),
            ("Identifier", "identifier"),
            ("Original ID", "original_message_id"),
            ("Receipt", "receipt"),
            ("Error", "error"),
        )
        if text(pec, key)
    ]
    facts.append(("Recipients", _listed(text(entry, "address") for entry in entries(pec, "recipients"))))
    facts.append(("Signature", [_signature(mapping(pec, "signature"))]))
    if isinstance(pec.get("certified"), bool):
        certified = "yes" if pec["certified"] else "no: a claim without the signed structure"
        facts.append(("Certified", [certified]))
    if pec.get("consistent") is False:
        claims = (f"{text(claim, 'source')}: {text(claim, 'value')}" for claim in entries(pec, "claimed_by"))
        facts.append(("Claims", _listed(claims)))
    facts.append(("Checks", _checks(pec)))
    return [(label, values) for label, values in facts if values]


def _signature(signature: Mapping[str, Any]) -> str:
    """What was checked of a signature, and what was not."""
    if not signature.get("present"):
        return "none"
    checks = (("digest", "intact"), ("signature value", "valid"), ("trust", "trusted"))
    said = ["present"]
    said += [
        f"{name} {'holds' if signature[key] else 'fails'}" for name, key in checks if signature.get(key) is not None
    ]
    open_ = [name for name, key in checks if signature.get(key) is None]
    return "; ".join([*said, f"not checked: {', '.join(open_)}"] if open_ else said)


def _checks(pec: Mapping[str, Any]) -> list[str]:
    checks = entries(pec, "checks")
    passed = [text(check, "id") for check in checks if check.get("result") == "pass"]
    failed = [check for check in checks if check.get("result") in {"warn", "fail"}]
    lines = [f"{text(check, 'id')} {text(check, 'result')}: {text(check, 'detail')}" for check in failed]
    if passed:
        lines.append(f"passed: {', '.join(passed)}")
    return _listed(lines)


def _seen(verdict: Mapping[str, Any]) -> Facts:
    """S/MIME, PGP, rights management and the other systems."""
    facts: Facts = []
    for label, key, names in (
        ("S/MIME", "smime", ("kind",)),
        ("PGP", "pgp", ("kind", "form")),
        ("Rights", "rights", ("kind",)),
        ("System", "systems", ("name", "confidence")),
    ):
        lines = _listed(_entity(entry, names) for entry in entries(verdict, key))
        if lines:
            facts.append((label, lines))
    return facts


def _entity(entity: Mapping[str, Any], names: tuple[str, ...]) -> str:
    position, section = text(entity, "position"), text(entity, "part")
    standing = "the message itself" if position == "top" else f"{position}, {place(section)}"
    if position == "floor":
        standing = "mentioned in raw bytes only"
    said = [*(text(entity, name) for name in names), standing, text(entity, "digest")]
    if text(entity, "signer"):
        said.append(f"signer {text(entity, 'signer')} (not verified)")
    if text(entity, "reading") == "alternate":
        said.append("in another reading only")
    if text(entity, "inside"):
        said.append(f"within {text(entity, 'inside')}")
    return ", ".join(word for word in said if word)


def _reasons(verdict: Mapping[str, Any], put: Strings) -> list[Any]:
    """Code, effect, basis, title, detail, evidence, places left out, assumptions, remedies, sources."""
    shown = []
    for reason in entries(verdict, "reasons")[:MAX_REASONS]:
        places = entries(reason, "evidence")
        shown.append(
            [
                *(put(foreign(text(reason, key))) for key in ("code", "effect", "basis", "title", "detail")),
                [[put(spot(seen)), put(foreign(text(seen, "excerpt")))] for seen in places[:MAX_EVIDENCE]],
                max(0, len(places) - MAX_EVIDENCE),
                [put(foreign(_assumption(entry), MAX_CELL)) for entry in entries(reason, "assumes")],
                [put(foreign(ident, 60)) for ident in words(reason, "remedies")],
                [put(foreign(ident, 60)) for ident in words(reason, "references")],
            ]
        )
    return shown


def spot(seen: Mapping[str, Any]) -> str:
    """Part, octets, stream and reading of an evidence, in words and harmless."""
    stands = Evidence(
        part=text(seen, "part"),
        start=number(seen, "start"),
        end=number(seen, "end"),
        stream=text(seen, "stream") or None,
        reading=seen.get("reading", "primary"),
        dialect=text(seen, "dialect"),
    )
    return foreign(where(stands), MAX_CELL)


def _assumption(assumed: Mapping[str, Any]) -> str:
    """A profile field, its value, and whether anybody said so."""
    return (
        f"{text(assumed, 'field')} = {setting(assumed.get('value'))} ({'given' if assumed.get('given') else 'default'})"
    )


def setting(value: Any) -> str:
    """A value of a profile in words."""
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value)) if len(value) <= 6 else f"{len(value):,} values"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _tables(verdict: Mapping[str, Any]) -> Iterator[tuple[str, Cells, list[Cells]]]:
    yield _limited(
        verdict,
        "attachments",
        ("Attachments", ["Part", "Name", "Type", "Size", "Hidden in"]),
        lambda row: [text(row, "part"), text(row, "name"), text(row, "type"), _size(row), text(row, "hidden_in")],
    )
    yield _limited(
        verdict,
        "parts",
        ("Parts", ["Part", "Type", "Name", "Encoding", "Bytes"]),
        lambda row: [
            text(row, "section") or "(message)",
            text(row, "type"),
            text(row, "name"),
            text(row, "encoding"),
            _range(row),
        ],
    )
    yield _limited(
        verdict,
        "anomalies",
        ("Anomalies", ["Severity", "Code", "Part", "Bytes", "Reading"]),
        lambda row: [
            text(row, "severity"),
            text(row, "code"),
            text(row, "part") or "(message)",
            _range(row),
            text(row, "reading"),
        ],
    )
    yield _limited(
        verdict,
        "limits_hit",
        ("Limits reached", ["Limit", "Met", "Allowed", "Part"]),
        lambda row: [
            text(row, "name"),
            f"{number(row, 'value'):,}",
            f"{number(row, 'limit'):,}",
            text(row, "part") or "(message)",
        ],
    )


def _size(row: Mapping[str, Any]) -> str:
    return octets(number(row, "size"))


def _range(row: Mapping[str, Any]) -> str:
    span = f"{number(row, 'start')}-{number(row, 'end')}"
    stream = text(row, "stream")
    return f"{span} of {stream}" if stream else span


def _limited(
    verdict: Mapping[str, Any],
    key: str,
    head: tuple[str, Cells],
    cells: Callable[[Mapping[str, Any]], Cells],
) -> tuple[str, Cells, list[Cells]]:
    """The first rows of a table; the title says how many there are."""
    title, heads = head
    rows = [[foreign(cell, MAX_CELL) for cell in cells(row)] for row in entries(verdict, key)[:MAX_ROWS]]
    every = len(listed(verdict, key))
    noun = f"{title}: the first {len(rows)} of {counted(every, 'row')}" if every > len(rows) else title
    return noun, heads, rows


def _table(title: str, heads: Cells, rows: list[Cells], put: Strings) -> list[Any]:
    return [put(title), [put(head) for head in heads], [[put(cell) for cell in row] for row in rows]]
