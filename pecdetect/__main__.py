"""``python -m pecdetect`` and the ``pecdetect`` command."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; ends with ``SystemExit`` (docs/exit-codes.md)."""
    # Click is loaded here and not on import: worker processes import the main module again.
    from pecdetect.cli import streams
    from pecdetect.cli.app import app

    streams.prepare()
    try:
        app(prog_name="pecdetect")
    except OSError as error:
        # The output cannot be written: a full disk must not look like a blocked message.
        streams.abandon_output()
        sys.stderr.write(f"pecdetect: cannot write the output: {error.strerror or error}\n")
        raise SystemExit(2) from None


if __name__ == "__main__":
    main()
