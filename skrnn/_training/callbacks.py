"""skorch's callbacks: copied before use, and what they are handed."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from skorch.callbacks import (
    Callback,
    LRScheduler,
)
from skorch.dataset import Dataset

from skrnn._training.batching import NetData

if TYPE_CHECKING:
    pass

__all__ = ["CallbackDataset", "brings_schedule", "copy_callbacks"]


def copy_callbacks(callbacks: Any) -> list[Any]:
    """Return deep copies of skorch callbacks, so that a fit never changes the caller's.

    Parameters
    ----------
    callbacks : list of skorch callbacks, callback classes or (name, callback) pairs, or None

    Raises
    ------
    TypeError
        If an entry is none of these.
    """
    if callbacks is None:
        return []
    if isinstance(callbacks, (str, bytes)) or not isinstance(callbacks, Iterable):
        raise TypeError(
            f"callbacks: got {callbacks!r}. Expected a list of skorch callbacks or None. "
            "Wrap a single callback in a list."
        )
    for entry in callbacks:
        callback = entry[1] if isinstance(entry, tuple) and len(entry) == 2 else entry
        is_class = isinstance(callback, type) and issubclass(callback, Callback)
        if not (is_class or isinstance(callback, Callback)):
            raise TypeError(
                f"callbacks: got {callback!r} of type {type(callback).__name__}. Expected skorch "
                "callbacks (skorch.callbacks.Callback), classes of them, or (name, callback) "
                "pairs."
            )
        if callback is not entry and not isinstance(entry[0], str):
            raise TypeError(
                f"callbacks: got the name {entry[0]!r} of type {type(entry[0]).__name__}. Expected "
                "a string in a (name, callback) pair."
            )
    return [copy.deepcopy(entry) for entry in callbacks]


def brings_schedule(callbacks: Any) -> bool:
    """Whether one of the callbacks changes the learning rate itself."""
    entries = [entry[1] if isinstance(entry, tuple) else entry for entry in callbacks or []]
    kinds = [entry if isinstance(entry, type) else type(entry) for entry in entries]
    return any(issubclass(kind, LRScheduler) for kind in kinds)


class CallbackDataset(Dataset):
    """What callbacks are handed: skorch's own look for ``X`` and ``y`` in a Dataset of skorch."""

    def __init__(self, data: NetData) -> None:
        super().__init__(data, data.y, length=len(data))
