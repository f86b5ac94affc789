"""Memory that one call of fit or predict reuses.

Memory that is new to a process costs a page fault every 4 kB, which on virtual machines takes
longer than the computation that uses it. The C library returns large pieces of memory to the system
as soon as they are free.
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

# Smaller arrays, in bytes, need no pool: the C library itself keeps their memory.
_MIN_BYTES = 1 << 16
# Alignment of the widest vector registers, in bytes.
_ALIGNMENT = 64


class _BufferPool:
    """Memory of arrays that no longer exist, for new ones."""

    def __init__(self) -> None:
        # re-entrant: garbage collection, which ends arrays, may run at any time.
        self._lock = threading.RLock()
        self._free: list[np.ndarray] = []
        # references that report the end of an array, by the id of its memory
        self._watchers: dict[int, weakref.ref] = {}
        self.is_open = True

    def array(self, shape: tuple[int, ...], dtype: np.dtype, n_bytes: int) -> np.ndarray:
        """Return an array in free or new memory, which is free again when the array is deleted."""
        memory = self._take(n_bytes)
        array = np.ndarray(shape, dtype, memory)

        def give_back(_: Any) -> None:
            with self._lock:
                self._watchers.pop(id(memory), None)
                if self.is_open:
                    self._free.append(memory)

        self._watchers[id(memory)] = weakref.ref(array, give_back)
        return array

    def _take(self, n_bytes: int) -> np.ndarray:
        """Return the smallest free memory that is large enough, or new memory."""
        with self._lock:
            sizes = [len(memory) for memory in self._free]
            fitting = [number for number, size in enumerate(sizes) if size >= n_bytes]
            if fitting:
                return self._free.pop(min(fitting, key=lambda number: sizes[number]))
            if self._free:
                # the new memory can replace the largest of the old ones in every use.
                self._free.pop(int(np.argmax(sizes)))
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
    """Let :func:`empty` and :func:`zeros` reuse memory, in this thread and within the context."""
    before = getattr(_inside, "pool", None)
    _inside.pool = _BufferPool()
    try:
        yield
    finally:
        _inside.pool.close()
        _inside.pool = before


def empty(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """Return an uninitialised array.

    Its memory is reused when the array is deleted. A view does not keep the array alive: hold a
    reference to the array itself for as long as a view is used. A tensor made from the array by
    ``torch.from_numpy`` holds one.
    """
    n_bytes = math.prod(shape) * dtype.itemsize
    pool = getattr(_inside, "pool", None)
    if pool is None or n_bytes < _MIN_BYTES:
        return np.empty(shape, dtype)
    array: np.ndarray = pool.array(shape, dtype, n_bytes)
    return array


def zeros(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """Return an array of zeros, whose memory is reused like that of :func:`empty`."""
    array = empty(shape, dtype)
    array.fill(0)
    return array
