"""How labels mark spans of timesteps: the prefixes of a scheme, and what they stand for."""

from __future__ import annotations

from typing import Any

__all__ = ["PREFIXES", "take_apart"]

# The letters of each scheme, and what they stand for: B begins a span, I goes on inside it, E is
# its last timestep and S its only one.
PREFIXES = {
    "conll": {"B": "B", "I": "I", "E": "E", "S": "S"},
    "iob2": {"B": "B", "I": "I"},
    "iobes": {"B": "B", "I": "I", "E": "E", "S": "S"},
    "bilou": {"B": "B", "I": "I", "L": "E", "U": "S"},
    "bmes": {"B": "B", "M": "I", "E": "E", "S": "S"},
}
PREFIXES |= {"bio": PREFIXES["iob2"], "bioes": PREFIXES["iobes"]}


def take_apart(label: Any, scheme: str, name: str, remedy: str) -> tuple[str, str]:
    """Return what a label's prefix stands for, or "O" for outside, and its type.

    Parameters
    ----------
    label : object
        Such as "B-PER"; a prefix alone has the type "_".
    scheme : str
        One of ``PREFIXES``.
    name : str
        The argument's name in error messages.
    remedy : str
        What to do about labels that mark no spans.
    """
    prefixes = PREFIXES[scheme]
    prefix, dash, kind = label.partition("-") if isinstance(label, str) else ("", "", "")
    if label == "O":
        return "O", "_"
    if prefix in prefixes and bool(dash) == bool(kind):
        return prefixes[prefix], kind or "_"
    raise ValueError(
        f"{name}: got the label {label!r}. Expected 'O', or a type after one of the prefixes "
        f"{', '.join(one + '-' for one in prefixes)}, such as 'B-PER'. {remedy}"
    )
