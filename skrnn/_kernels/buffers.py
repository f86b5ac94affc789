"""Memory that one fit or predict uses again and again.

Memory that is new to a process costs a page fault every 4 kB, on virtual machines more than what is
computed with it, and the C library gives large pieces back to the system as soon as they are free.
"""

from __future__ import annotations

import math
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

__all__ = ["empty", "reused_memory", "zeros"]

# Smaller arrays are not worth the trouble: the C library keeps their memory.
_LARGE = 1 << 16
# What vectors of the widest kind are aligned to, in bytes.
_ALIGNMENT = 64


class _Pool:
    """Memory that arrays have had and that none has now."""

    def __init__(self) -> None:
        # re-entrant: a collection of garbage, and so the end of an array, may come at any time.
        self._lock = threading.RLock()
        self._free: list[np.ndarray] = []
        # what tells that an array is gone, by the address of its memory
        self._watchers: dict[int, weakref.ref] = {}
        self.is_open = True

    def array(self, shape: tuple[int, ...], dtype: np.dtype, n_bytes: int) -> np.ndarray:
        """Return an array in free or new memory, which is free again once the array is gone."""
        memory = self._take(n_bytes)
        array = np.ndarray(shape, dtype, memory)

        def give_back(_: Any, pool: _Pool = self) -> None:
            with pool._lock:
                pool._watchers.pop(id(memory), None)
                if pool.is_open:
                    pool._free.append(memory)

        self._watchers[id(memory)] = weakref.ref(array, give_back)
        return array

    def _take(self, n_bytes: int) -> np.ndarray:
        """Return the smallest free memory that is large enough, or else new one."""
        with self._lock:
            fitting = [number for number, one in enumerate(self._free) if len(one) >= n_bytes]
            if fitting:
                return self._free.pop(min(fitting, key=lambda number: len(self._free[number])))
            if self._free:
                # the new one will serve wherever the largest of the old ones did.
                self._free.pop(int(np.argmax([len(one) for one in self._free])))
        memory = np.empty(n_bytes + _ALIGNMENT, np.uint8)
        start = -memory.ctypes.data % _ALIGNMENT
        return memory[start : start + n_bytes]

    def close(self) -> None:
        with self._lock:
            self.is_open = False
            self._free.clear()


_inside = threading.local()


@contextmanager
def reused_memory() -> Iterator[None]:
    """Let :func:`empty` and :func:`zeros` of this thread use memory again until the end."""
    before = getattr(_inside, "pool", None)
    _inside.pool = _Pool()
    try:
        yield
    finally:
        _inside.pool.close()
        _inside.pool = before


def empty(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """Return an array of anything.

    Its memory is used again once the array is gone. Views of the array do not keep it: whoever has
    one must hold the array, too. A tensor made by ``torch.from_numpy`` does.
    """
    n_bytes = math.prod(shape) * dtype.itemsize
    pool = getattr(_inside, "pool", None)
    if pool is None or n_bytes < _LARGE:
        return np.empty(shape, dtype)
    array: np.ndarray = pool.array(shape, dtype, n_bytes)
    return array


def zeros(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """Return an array of zeros, see :func:`empty`."""
    array = empty(shape, dtype)
    array.fill(0)
    return array
