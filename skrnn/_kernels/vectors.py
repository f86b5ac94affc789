"""Loops over whole vectors, for compiled functions: faster to compile than slice assignment."""

from __future__ import annotations

import numpy as np

from skrnn._kernels.product import compiled

__all__ = ["add_to", "clear", "copy"]


@compiled
def copy(source: np.ndarray, target: np.ndarray) -> None:
    """Copy as many elements as ``target`` has."""
    for j in range(len(target)):
        target[j] = source[j]


@compiled
def add_to(source: np.ndarray, target: np.ndarray) -> None:
    """Add ``source`` to ``target``."""
    for j in range(len(target)):
        target[j] += source[j]


@compiled
def clear(target: np.ndarray) -> None:
    """Fill ``target`` with zeros."""
    for j in range(len(target)):
        target[j] = 0
