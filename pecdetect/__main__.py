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


def _leave_working_directory() -> None:
    """Take off the path what ``python -m`` put first: what is loaded from here on is not to come from the evidence.

    Unless the package itself was found there.
    """
    import os
    import sys

    home = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 - pathlib may be theirs
    try:
        here = os.getcwd()  # noqa: PTH109 - as above
    except OSError:  # it was deleted, so there is nothing in it
        return
    if sys.path[0] == here != home and not sys.flags.safe_path:
        del sys.path[0]


if __name__ == "__main__":
    _leave_working_directory()
    main()
