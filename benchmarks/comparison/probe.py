"""One reader and one file in a process of its own: whether it gets through, and how far its memory grows.

``python -m comparison.probe READER FILE`` prints a JSON object; :func:`probe` starts that and reads it.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from comparison.outlook import OUTLOOK_READERS
from comparison.readers import READERS

HERE = Path(__file__).resolve().parents[1]
TIMEOUT = 300
"""Seconds after which a reader is given up."""


@dataclass(frozen=True, slots=True)
class Probe:
    """What one reader made of one file."""

    files: tuple[str, ...] = ()
    """Names of the attachments that it found."""
    growth: int | None = None
    """Bytes by which the peak of resident memory rose above that after import; None where not measured."""
    failure: str | None = None
    """Why there is no result: what was raised, or how the process ended."""


def environment() -> dict[str, str]:
    """Environment of a child process that finds this package and this checkout's pecdetect."""
    paths = [str(HERE), str(HERE.parent), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


def probe(name: str, path: Path) -> Probe:
    """Run a reader on a file in a fresh process."""
    command = [sys.executable, "-m", "comparison.probe", name, str(path)]
    try:
        ended = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=TIMEOUT, check=False)
    except subprocess.TimeoutExpired:
        return Probe(failure=f"no result within {TIMEOUT} s")
    if ended.returncode:
        # Negative: a signal, as after an overflow of the C stack.
        return Probe(failure=f"ended with code {ended.returncode}")
    said = json.loads(ended.stdout)
    return Probe(tuple(said["files"]), said["growth"], said["failure"])


def _peak() -> int | None:
    """Peak of this process's resident memory in bytes, None where the platform does not say."""
    status = Path("/proc/self/status")
    if status.exists():
        # Not ru_maxrss: Linux lets a child inherit that from the process that started it.
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _forget_peak() -> None:
    """Let the peak start again from what is resident now, where the platform can (Linux, proc(5))."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def measure(name: str, path: Path) -> Probe:
    """Run a reader on a file here and now; whatever it raises is its result."""
    reader = next(reader for reader in (*READERS, *OUTLOOK_READERS) if reader.name == name)
    try:
        read = reader.load()
        _forget_peak()
        before = _peak()
        files = tuple(read(path))
    except Exception as error:  # noqa: BLE001 - what a reader raises is what is measured
        first = (str(error).splitlines() or [""])[0]
        return Probe(failure=f"{type(error).__name__}: {first}".rstrip(": "))
    after = _peak()
    return Probe(files, None if before is None or after is None else after - before)


if __name__ == "__main__":
    logging.disable()
    print(json.dumps(asdict(measure(sys.argv[1], Path(sys.argv[2])))))
