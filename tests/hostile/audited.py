"""Classifies files under an audit hook and says everything that is done beyond reading them: a process of its own.

``python -I audited.py FOLDER_OF_THE_PACKAGE FILE...`` prints a JSON array of [file, event, arguments].
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import sys
from typing import Any

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC
TEXTS = (
    ("Perché è così: in allegato la nostra offerta, valida trenta giorni.\r\nBuongiorno, Anna Esempio\r\n", "cp1252"),
    ("perché città", "cp1252"),
    ("Добрый день, во вложении наше предложение.", "cp1251"),
    ("日本語です", "shift_jis"),
)
"""Texts for which chardet needs all of its tables."""
HARMLESS = frozenset({"array.__new__", "object.__getattr__", "sys._getframe"})
"""Events that leave the process as it is; ``open`` is judged by its path and flags."""


def warm_up() -> None:
    """Load all that is loaded at first use: our modules, the codecs of Python, the tables of chardet."""
    import encodings

    import chardet

    import pecdetect

    for package in (pecdetect, encodings):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.startswith(("pecdetect.cli", "pecdetect.__main__")):
                try:
                    importlib.import_module(module.name)
                except ImportError:  # codecs of other systems
                    continue
    importlib.import_module("pyexpat")
    for text, codec in TEXTS:
        chardet.detect(text.encode(codec))
    letter = b"From: a@example.org\r\nSubject: citt\xe0\r\n\r\nperch\xe9 citt\xe0\r\n"
    pecdetect.classify(letter, hash=True).to_dict()


def main() -> None:
    """Watch every event while the files are classified."""
    folder, *paths = sys.argv[1:]
    sys.path.insert(0, folder)
    warm_up()
    import pecdetect

    seen: list[tuple[str, str, str]] = []
    current = ""

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if not current or event in HARMLESS:
            return
        if event == "open" and arguments[0] == current and not arguments[2] & WRITES:
            return
        seen.append((current, event, repr(arguments)[:200]))

    sys.addaudithook(watch)
    for path in paths:
        current = path
        pecdetect.classify(path, hash=True).to_dict()
        current = ""
    sys.stdout.write(json.dumps(seen))


if __name__ == "__main__":
    main()
