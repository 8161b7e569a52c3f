"""One harness under atheris, in a process of its own: ``python fuzz/harness.py NAME CRASHES [libFuzzer options]``.

An input that raises is saved under the exception's name and place, and fuzzing goes on: one known defect does not
end the search for others. Each place is saved once.
"""

from __future__ import annotations

import hashlib
import re
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import atheris

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
_UNFIT = re.compile(r"[^A-Za-z0-9_]+")


class Keeper:
    """Saves what raises, once for each place in the library that raised."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.folder = folder

    def save(self, error: Exception, data: bytes) -> None:
        """Write the input and its traceback."""
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "pecdetect" in frame.filename]
        last = f"{Path(frames[-1].filename).stem}-{frames[-1].name}" if frames else str(error)
        place = f"{self.name}-{type(error).__name__}-{_UNFIT.sub('-', last)[:60].strip('-')}"
        path = self.folder / place
        if path.exists():
            return
        path.write_bytes(data)
        text = "".join(traceback.format_exception(error))
        path.with_name(f"{place}.txt").write_text(f"sha256 {hashlib.sha256(data).hexdigest()}\n{text}", "utf-8")
        print(f"FOUND {place}", file=sys.stderr, flush=True)


def main() -> None:
    """Load the library instrumented, then fuzz until libFuzzer's options say stop."""
    name, crashes, *options = sys.argv[1:]
    sys.path[:0] = [str(ROOT), str(ROOT / "tools")]
    with atheris.instrument_imports(include=["pecdetect"], enable_loader_override=False):
        import targets

        targets.load_library()
    target: Callable[[bytes], None] = targets.TARGETS[name]
    keeper = Keeper(name, Path(crashes))
    keeper.folder.mkdir(parents=True, exist_ok=True)

    def one_input(data: bytes) -> None:
        try:
            targets.both_ways(target, data)
        except Exception as error:  # noqa: BLE001 - any exception is what is looked for
            keeper.save(error, data)

    atheris.Setup([sys.argv[0], *options], one_input, internal_libfuzzer=True)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
