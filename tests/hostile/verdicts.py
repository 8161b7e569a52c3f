"""Prints the verdicts on files as JSON, one a line, under odd circumstances: a process of its own.

``python verdicts.py FOLDER_OF_THE_PACKAGE OPTIONS FILE...``; options, joined by commas: ``recursion`` (a limit of
200), ``thread`` (a stack of 256 KiB), ``backwards`` (the last file first), ``-`` none.
"""

from __future__ import annotations

import json
import sys
import threading

RECURSION_LIMIT = 200
STACK = 256 * 1024


def main() -> None:
    """Print the verdicts in the order of the files, whatever the order in which they were reached."""
    folder, options, *paths = sys.argv[1:]
    sys.path.insert(0, folder)
    import pecdetect
    from pecdetect import flow

    flow.SAFETY_NET = False
    lines: dict[str, str] = {}

    def run() -> None:
        if "recursion" in options:
            sys.setrecursionlimit(RECURSION_LIMIT)
        for path in reversed(paths) if "backwards" in options else paths:
            lines[path] = json.dumps(pecdetect.classify(path, hash=True).to_dict(), ensure_ascii=False)

    if "thread" in options:
        threading.stack_size(STACK)
        worker = threading.Thread(target=run)
        worker.start()
        worker.join()
    else:
        run()
    sys.stdout.buffer.write("\n".join(lines[path] for path in paths).encode("utf-8", "surrogatepass"))


if __name__ == "__main__":
    main()
