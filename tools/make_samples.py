"""Writes the synthetic messages of ``samples/`` and the table that says what each shows.

``python tools/make_samples.py`` writes what changed and removes samples that are no longer made;
``--check`` writes nothing and ends with 1 when the folder is not what would be made.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parent))

from samples import all_samples, places

if TYPE_CHECKING:
    from samples import Sample

GROUPS = {
    "pec": "PEC (RFC 6109)",
    "smime": "S/MIME (RFC 8551)",
    "pgp": "PGP (RFC 3156)",
    "rights": "Rights management and labels",
    "systems": "Other certified mail and secure-message wrappers",
    "items": "Reports, meetings and other kinds of item",
    "delivery": "Addresses, attachments, sizes and characters",
    "ordinary": "Ordinary mail",
    "malformed": "Malformed files",
    "outlook": "Outlook items and TNEF (MS-OXMSG, MS-OXTNEF)",
}
INTRODUCTION = """# Samples

One small message for each thing that pecdetect detects, and one that only looks like it. All are
synthetic: the people, companies and domains do not exist, the certificates come from a test CA whose keys are
public (`tools/samples/keys/`), and the signatures verify with `openssl cms` except where a sample is about a
bad one. `GROUP/NAME.eml` or `GROUP/NAME.msg` is a sample, `verdicts/GROUP/NAME.json` its verdict.

`python tools/make_samples.py` writes the messages and this page.
"""


def readme(samples: list[Sample]) -> bytes:
    """Return the page that says what each sample shows."""
    rows = [INTRODUCTION]
    for group, title in GROUPS.items():
        members = [sample for sample in samples if sample.group == group]
        if members:
            rows += [f"## {title}: `{group}/`", "", "| sample | what it shows |", "|---|---|"]
            rows += [f"| `{sample.name}` | {sample.shows.replace('|', '&#124;')} |" for sample in members]
            rows.append("")
    return "\n".join(rows).encode()


def wanted() -> dict[str, bytes]:
    """Return the content of the folder by path below it, verdicts apart."""
    samples = list(all_samples())
    files = {f"{places.group_of(sample.name)}/{sample.name}": sample.data for sample in samples}
    if len(files) != len(samples):
        raise ValueError("two samples have the same name")
    return {**files, "README.md": readme(samples)}


def differences(files: dict[str, bytes], folder: Path) -> list[str]:
    """Return the paths of files that are missing, changed or no longer made."""
    stale = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.suffix in places.SUFFIXES} - set(
        files
    )
    changed = {
        name for name, data in files.items() if not (folder / name).is_file() or (folder / name).read_bytes() != data
    }
    return sorted(stale | changed)


def main() -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(description="Make the messages of samples/.")
    parser.add_argument("--check", action="store_true", help="write nothing; end with 1 when something differs")
    arguments = parser.parse_args()
    files = wanted()
    names = differences(files, places.FOLDER)
    if arguments.check:
        for name in names:
            print(f"differs: {name}")
        return 1 if names else 0
    for name in names:
        path = places.FOLDER / name
        if name in files:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(files[name])
        else:
            path.unlink()
    print(f"{len(files) - 1} samples, {len(names)} files written or removed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
