"""The profile on the command line: a TOML file, and single fields that override it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from pecdetect.profile import Profile
from pecdetect.report.escape import escape

if TYPE_CHECKING:
    from pathlib import Path


def build(file: Path | None, fields: dict[str, Any]) -> Profile:
    """The profile of ``file`` with the ``fields`` that were given (neither None nor empty) put over it.

    Raises ``click.BadParameter`` for a file that cannot be read or a value that makes no sense.
    """
    try:
        base = Profile() if file is None else Profile.from_toml(file)
    except OSError as error:
        raise click.BadParameter(escape(error.strerror or str(error)), param_hint="--profile") from error
    except (ValueError, TypeError) as error:
        raise click.BadParameter(escape(str(error)), param_hint="--profile") from error
    values = {name: getattr(base, name) for name in base.given}
    values |= {name: value for name, value in fields.items() if value is not None and value != ()}
    try:
        return Profile.from_mapping(values)
    except (ValueError, TypeError) as error:
        raise click.BadParameter(escape(str(error))) from error
