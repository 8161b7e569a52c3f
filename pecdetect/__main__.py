"""``python -m pecdetect`` and the ``pecdetect`` command."""

from __future__ import annotations


def main() -> None:
    """Run the command line; ends with ``SystemExit`` (docs/exit-codes.md)."""
    # Typer is loaded here and not on import: worker processes import the main module again.
    from pecdetect.cli import streams
    from pecdetect.cli.app import app

    streams.prepare()
    app(prog_name="pecdetect")


if __name__ == "__main__":
    main()
