"""Write the verdict of each sample beside it: ``python tools/update_verdicts.py [--check]``.

The verdicts are what the library says today. Read the difference before you commit it: a verdict that changed is
either a mistake mended or one made.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pecdetect

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
SUFFIXES = (".eml", ".msg")


def verdict_text(path: Path) -> str:
    """The verdict of a sample as the JSON that stands beside it."""
    verdict = pecdetect.classify(path, hash=True).to_dict()
    return json.dumps(verdict, indent=1, ensure_ascii=False, sort_keys=False) + "\n"


def verdict_path(sample: Path) -> Path:
    """Where the verdict of a sample stands."""
    return sample.with_suffix(".json")


def samples() -> list[Path]:
    """All samples, in order."""
    return sorted(path for path in SAMPLES.iterdir() if path.suffix in SUFFIXES)


def main() -> int:
    """Write the verdicts, or with ``--check`` say which differ."""
    check = "--check" in sys.argv[1:]
    stale = []
    for sample in samples():
        text = verdict_text(sample)
        path = verdict_path(sample)
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(path.name)
        if not check:
            path.write_text(text, encoding="utf-8", newline="\n")
    print("\n".join(stale) if stale else "all verdicts are as written")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
