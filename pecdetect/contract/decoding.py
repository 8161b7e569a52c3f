"""Results and verdicts read back from JSON, and validated on the way."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

from pecdetect.contract.strings import clipped
from pecdetect.contract.verdict import Result, Verdict


class ContractError(ValueError):
    """Bytes that are no result of the contract: torn, edited, or never one."""


def decode(line: bytes | str) -> Result:
    """Read and validate a result; raises :class:`ContractError` for anything else. Unknown fields are ignored."""
    result: Result = _decoded(Result, line)
    return result


def decode_verdict(line: bytes | str) -> Verdict:
    """Read and validate a verdict; raises :class:`ContractError` for anything else. Unknown fields are ignored."""
    verdict: Verdict = _decoded(Verdict, line)
    return verdict


@cache
def _decoder(form: type[Result | Verdict]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(form)


def _decoded(form: type[Result | Verdict], line: bytes | str) -> Any:
    try:
        return _decoder(form).decode(line)
    except RecursionError:
        raise ContractError("the JSON is nested too deeply") from None
    except (msgspec.MsgspecError, ValueError) as error:  # ValueError: bytes or surrogates that are no text
        raise ContractError(clipped(str(error), 300)) from None
