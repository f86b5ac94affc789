"""Integers among the arguments: what counts as one, and the refusal of others."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np

from skrnn._input.refusals import describe_value

__all__ = ["check_integer", "is_integer"]


def is_integer(value: Any, at_least: int | None = None) -> bool:
    """Whether a value is an integer, of at least a given size; a bool is not."""
    if not isinstance(value, Integral) or isinstance(value, (bool, np.bool_)):
        return False
    return at_least is None or int(value) >= at_least


def check_integer(
    value: Any, name: str, *, at_least: int, meaning: str = "", remedy: str = ""
) -> int:
    """Return an argument as an int.

    Parameters
    ----------
    value : object
        What the caller passed.
    name : str
        The argument's name in error messages.
    at_least : int
        The smallest allowed integer.
    meaning : str, default=""
        What the number says or may be instead, for the message: "the number of paths".
    remedy : str, default=""
        What to do; the default names an integer to pass.

    Raises
    ------
    TypeError
        If the value is not an integer.
    ValueError
        If it is smaller than allowed.
    """
    expected = f"Expected an integer of {at_least} or more{meaning and f', {meaning}'}."
    remedy = remedy or f"Pass {name}={max(at_least, 1)}, for example."
    if not is_integer(value):
        kind = type(value).__name__
        raise TypeError(f"{name}: got {describe_value(value)}, a {kind}. {expected} {remedy}")
    if value < at_least:
        raise ValueError(f"{name}: got {value}. {expected} {remedy}")
    return int(value)
