"""``python -m pecdetect`` and the ``pecdetect`` command."""

from __future__ import annotations


def main() -> None:
    """Run the command line; ends with ``SystemExit`` (docs/exit-codes.md)."""
    try:
        _run()
    except KeyboardInterrupt:
        # While it is loaded.
        raise SystemExit(130) from None


def _run() -> None:
    # Click is loaded here and not on import: worker processes import the main module again.
    from pecdetect.cli import streams
    from pecdetect.cli.app import app
    from pecdetect.cli.exits import ExitCode

    try:
        streams.prepare()
        app(prog_name="pecdetect")
    except BrokenPipeError:
        # Outside of any command: completion, or the words about wrong usage.
        streams.abandon_output()
        raise SystemExit(ExitCode.PIPE_CLOSED) from None
    except OSError as error:
        # The output cannot be written: a full disk must not look like a blocked message.
        streams.complain(f"cannot write the output: {error.strerror or error}")
        streams.abandon_output()
        raise SystemExit(ExitCode.UNREADABLE) from None


if __name__ == "__main__":
    main()
