"""How a validator says what is wrong, so that `validated` can make a fault with a hint of it."""

from __future__ import annotations

from pydantic_core import PydanticCustomError


def refusal(
    code: str, message: str, *, hint: str = "", offset: int | None = None
) -> PydanticCustomError:
    """Return the error that a pydantic validator raises.

    Args:
        code: stable word for programs, becomes `Fault.code`.
        message: what is wrong, as a sentence fit to show.
        hint: how to mend it.
        offset: index of the offending character in the refused text, where there is one; the fault
            then points into the text.
    """
    context = {"message": message, "hint": hint, "offset": -1 if offset is None else offset}
    return PydanticCustomError("vamp." + code, "{message}", context)
