"""Check results that come back from a file against the published schemas, before anything relies on them.

A saved scan is a file like any other: it may be damaged, or made to do damage. The schemas in ``schema/`` are turned
into functions once; their own depth, not that of the value, bounds the calls. Fields that a later version adds are
let pass, for the contract allows them.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Check = Callable[[Any], None]

_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "boolean": (bool,),
    "null": (type(None),),
}
_LARGEST: Final = 2**63 - 1
"""What a column of SQLite or Arrow holds."""


class InvalidResultError(ValueError):
    """A value that is no ``pecdetect/result/1``."""

    def __init__(self, expected: str) -> None:
        super().__init__(expected)
        self.place: list[str] = []
        """Names of the fields that lead to it, innermost first."""

    def __str__(self) -> str:
        return f"{'.'.join(reversed(self.place)) or 'the result'} must be {self.args[0]}"


def check_result(value: object) -> dict[str, Any]:
    """Give ``value`` back when it is a result of the contract; raises ``InvalidResultError`` otherwise."""
    _compiled()(value)
    if not isinstance(value, dict) or sum(value[key] is not None for key in ("verdict", "skipped", "error")) != 1:
        raise InvalidResultError("a verdict, or skipped, or an error: exactly one of the three")
    return value


@cache
def _compiled() -> Check:
    root = files("pecdetect").joinpath("schema")
    documents = {
        f"urn:pecdetect:schema:{name}": json.loads(root.joinpath(f"{name}.json").read_text("utf-8"))
        for name in ("verdict-1", "result-1")
    }
    verdict, result = documents.values()
    known: dict[str, Check] = {}
    for document in (verdict, result):
        for name, schema in document.get("$defs", {}).items():
            # Definitions may refer to later ones, so that they are looked up when they are used.
            known[f"#/$defs/{name}"] = _compile(schema, known)
        known[document["$id"]] = _compile(document, known)
    return known[result["$id"]]


def _compile(schema: Mapping[str, Any], known: Mapping[str, Check]) -> Check:
    """Make the check for one schema; ``known`` holds the definitions by their references."""
    if "$ref" in schema:
        reference = schema["$ref"]
        return known.get(reference) or (lambda value: known[reference](value))  # noqa: PLW0108 - not there yet
    if "anyOf" in schema:
        return _optional(schema["anyOf"], known)
    if "const" in schema or "enum" in schema:
        return _words(frozenset(schema.get("enum", [schema.get("const")])))
    kinds = _kinds(schema)
    if dict in kinds:
        return _object(schema, known)
    if list in kinds:
        return _array(kinds, schema.get("items", {}), known)
    return _scalar(kinds, schema.get("pattern"), schema.get("minimum", -_LARGEST))


def _refuse(expected: str) -> NoReturn:
    raise InvalidResultError(expected)


def _kinds(schema: Mapping[str, Any]) -> frozenset[type]:
    names = schema.get("type", [])
    return frozenset(kind for name in ([names] if isinstance(names, str) else names) for kind in _TYPES[name])


def _shown(kinds: frozenset[type]) -> str:
    return " or ".join(name for name, classes in _TYPES.items() if classes[0] in kinds)


def _plain(schema: Mapping[str, Any]) -> frozenset[type]:
    """Types of a field of which nothing else is asked; empty for one of which something is."""
    asked = {"$ref", "anyOf", "const", "enum", "pattern", "minimum"} & schema.keys()
    kinds = _kinds(schema)
    return frozenset() if asked or {int, dict, list} & kinds else kinds


def _optional(choices: list[Mapping[str, Any]], known: Mapping[str, Check]) -> Check:
    """Something or null: the one use of ``anyOf`` in the schemas."""
    inner = _compile(next(choice for choice in choices if choice.get("type") != "null"), known)

    def check(value: Any) -> None:
        if value is not None:
            inner(value)

    return check


def _words(allowed: frozenset[str]) -> Check:
    shown = f"one of {', '.join(sorted(allowed))}"

    def check(value: Any) -> None:
        if type(value) is not str or value not in allowed:
            raise InvalidResultError(shown)

    return check


def _object(schema: Mapping[str, Any], known: Mapping[str, Check]) -> Check:
    """Check an object. Fields that need but be of a type are told at once: they are most of what there is."""
    required = frozenset(schema.get("required", ()))
    fields = schema.get("properties", {})
    plain = [(key, kinds) for key, inner in fields.items() if (kinds := _plain(inner))]
    others = [(key, _compile(inner, known)) for key, inner in fields.items() if not _plain(inner)]

    def check(value: Any) -> None:
        if type(value) is not dict:
            raise InvalidResultError("an object")
        key = ""
        try:
            if not required <= value.keys():
                key = min(required - value.keys())
                _refuse("given")
            for key, kinds in plain:
                if key in value and type(value[key]) not in kinds:
                    _refuse(_shown(kinds))
            for key, inner in others:
                if key in value:
                    inner(value[key])
        except InvalidResultError as error:
            error.place.append(key)
            raise

    return check


def _array(kinds: frozenset[type], schema: Mapping[str, Any], known: Mapping[str, Check]) -> Check:
    plain, inner = _plain(schema), _compile(schema, known)

    def check(value: Any) -> None:
        if type(value) not in kinds:
            raise InvalidResultError("a list")
        if type(value) is not list:
            return
        # Blocked extensions are the longest list of most results.
        if plain and not plain.issuperset(map(type, value)):
            raise InvalidResultError(f"a list of {_shown(plain)}")
        if not plain:
            for entry in value:
                inner(entry)

    return check


def _scalar(kinds: frozenset[type], pattern: str | None, least: int) -> Check:
    shown = _shown(kinds)
    search = re.compile(pattern.replace("$", r"\Z")).search if pattern else None

    def check(value: Any) -> None:
        # type() and not isinstance(): true is an int for the latter.
        kind = type(value)
        if kinds and kind not in kinds:
            raise InvalidResultError(shown)
        if kind is int and not least <= value <= _LARGEST:
            raise InvalidResultError(f"from {least} to {_LARGEST}")
        if search is not None and kind is str and search(value) is None:
            raise InvalidResultError(f"like {pattern}")

    return check
