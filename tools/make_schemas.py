#!/usr/bin/env python3
"""Make the JSON Schemas of verdicts and results from the contract, or check that they are up to date.

    python tools/make_schemas.py [--check]

The shapes come from the values themselves (``pecdetect.contract``), the descriptions from the docstrings of their
fields. A reader ignores fields that it does not know, so no object is closed.
"""

from __future__ import annotations

import ast
import json
import sys
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec

from pecdetect import contract

CONTRACT = Path(contract.__file__).parent
FOLDER = CONTRACT.parent / "schema"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
ONE_OF_THREE = ("verdict", "skipped", "error")


def docstrings() -> dict[str, dict[str, str]]:
    """The docstring below each field of each class of the contract, as one line."""
    found: dict[str, dict[str, str]] = {}
    for node in chain.from_iterable(ast.parse(path.read_text("utf-8")).body for path in CONTRACT.glob("*.py")):
        if isinstance(node, ast.ClassDef):
            fields = found.setdefault(node.name, {})
            for line, after in zip(node.body, node.body[1:], strict=False):
                text = (
                    after.value.value if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) else ""
                )
                if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and text:
                    fields[line.target.id] = " ".join(str(text).split()).replace("``", "`")
    return found


def definitions() -> dict[str, dict[str, Any]]:
    """The schema of every value, its fields described."""
    _, components = msgspec.json.schema_components((contract.Result,), ref_template="#/$defs/{name}")
    texts = docstrings()
    for name, schema in components.items():
        for field, value in schema.get("properties", {}).items():
            text = texts.get(name, {}).get("from_" if field == "from" else field)
            if text is not None and "description" not in value:
                schema["properties"][field] = {"description": text, **value}
    return components


def document(name: str, root: dict[str, Any], defs: dict[str, Any]) -> dict[str, Any]:
    """One published schema."""
    identity = {"$schema": DIALECT, "$id": f"urn:pecdetect:schema:{name}-1"}
    return identity | {"title": f"pecdetect/{name}/1"} | {key: root[key] for key in root if key != "title"} | defs


def schemas() -> dict[str, str]:
    """The published schemas, each file's name with its text."""
    known = definitions()
    result, verdict, problem = (known.pop(name) for name in ("Result", "Verdict", "Problem"))
    null = {"type": "null"}
    result["properties"]["verdict"] = {"anyOf": [{"$ref": "urn:pecdetect:schema:verdict-1"}, null]}
    result["oneOf"] = [
        {"properties": {name: {"type": "object" if name == given else "null"} for name in ONE_OF_THREE}}
        for given in ONE_OF_THREE
    ]
    documents = {
        "verdict": document("verdict", verdict, {"$defs": dict(sorted(known.items()))}),
        "result": document("result", result, {"$defs": {"Problem": problem}}),
    }
    return {f"{name}-1.json": json.dumps(value, indent=2) + "\n" for name, value in documents.items()}


def main() -> int:
    """Write the schemas; with ``--check`` only say whether they would change."""
    check = sys.argv[1:] == ["--check"]
    stale = [
        name
        for name, text in schemas().items()
        if not (FOLDER / name).exists() or (FOLDER / name).read_text("utf-8") != text
    ]
    for name in stale:
        if check:
            print(f"{name} is not what the contract says: run tools/make_schemas.py")
        else:
            (FOLDER / name).write_text(schemas()[name], "utf-8")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
