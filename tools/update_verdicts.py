"""Write the verdict of each sample into ``samples/verdicts/``: ``python tools/update_verdicts.py [--check]``.

The verdicts are what the library says today. Read the difference before you commit it: a verdict that changed is
either a mistake mended or one made.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pecdetect
from samples import places

if TYPE_CHECKING:
    from pathlib import Path


def verdict_text(path: Path) -> str:
    """The verdict of a sample as the JSON that is kept of it."""
    verdict = pecdetect.classify(path, hash=True).to_dict()
    return json.dumps(verdict, indent=1, ensure_ascii=False, sort_keys=False) + "\n"


def main() -> int:
    """Write the verdicts, or with ``--check`` say which differ."""
    check = "--check" in sys.argv[1:]
    stale = []
    for sample in places.sample_paths():
        text = verdict_text(sample)
        path = places.verdict_path(sample.name)
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(path.name)
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
    print("\n".join(stale) if stale else "all verdicts are as written")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
