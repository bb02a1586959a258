"""Answers that refuse (RFC 9457 problem documents) as failures, with every fault at its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vamp.cli.failure import Failure, FaultLine, exit_of

if TYPE_CHECKING:
    from requests import Response

Place = tuple[str, str, int | None, int | None]
"""Pointer, file, line and column of something that was written."""

Locate = Callable[[str, str], Place]
"""From a fault's pointer and code to the place of what was written."""


def failure_of(answer: Response, server: str) -> Failure:
    """Return the failure that an answer with an error's status is."""
    status = answer.status_code
    problem = _problem(answer)
    if problem is None:
        if 300 <= status < 400:
            target = answer.headers.get("Location", "elsewhere")
            message = f"{server} sends callers to {target}: give that address with --server"
        else:
            message = f"{server} answers {status} {answer.reason or ''}".rstrip()
        return Failure(message, exit_of(status), status=status)
    faults = [_fault(each) for each in problem.get("errors") or [] if isinstance(each, Mapping)]
    code = str(problem.get("type", "")).rpartition(":")[2]
    title, detail = str(problem.get("title") or ""), str(problem.get("detail") or "")
    message = title if faults else detail or title
    return Failure(message or f"{status}", exit_of(status), faults=faults, status=status, code=code)


def _problem(answer: Response) -> Mapping[str, Any] | None:
    try:
        found = answer.json()
    except ValueError:
        return None
    return found if isinstance(found, Mapping) and ("title" in found or "type" in found) else None


def _fault(error: Mapping[str, Any]) -> FaultLine:
    return FaultLine(
        str(error.get("pointer") or ""),
        str(error.get("message") or ""),
        str(error.get("hint") or ""),
        line=error.get("line"),
        column=error.get("column"),
        code=str(error.get("code") or ""),
    )


def located(failure: Failure, locate: Locate) -> Failure:
    """Return the failure with its faults at the places of the files that were sent."""

    def placed(fault: FaultLine) -> FaultLine:
        pointer, file, line, column = locate(fault.pointer, fault.code)
        return replace(fault, pointer=pointer, file=file, line=line, column=column)

    return Failure(
        failure.message,
        failure.exit,
        faults=[placed(fault) for fault in failure.faults] or _nowhere(failure, locate),
        status=failure.status,
        code=failure.code,
    )


def _nowhere(failure: Failure, locate: Locate) -> list[FaultLine]:
    """A refusal without faults is of the document as a whole."""
    pointer, file, line, _ = locate("", "")
    return [FaultLine(pointer, "", file=file, line=line)] if file else []
