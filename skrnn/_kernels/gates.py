"""The activation functions of the gates: logistic function and hyperbolic tangent."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import types
from numba.extending import overload

from skrnn._kernels.product import compiled

__all__ = ["sigmoid", "tanh"]

# tanh(x) / x as a ratio of polynomials in x ** 2, fitted on [0, 9] to the smallest maximum relative
# error, 2e-8: in float32 the result is correct to a few units in the last place. From 9 on tanh is
# 1 in float32. Rounding must not exceed 1, as 1 - tanh(x) ** 2 is a factor of gradients. Unlike a
# call of tanh, this is computed for a whole vector at once.
_LARGEST_X = np.float32(9.0)
_UP_0, _UP_1, _UP_2, _UP_3, _UP_4 = map(
    np.float32, (0.99999998, 0.1338101729, 3.495578108e-3, 2.060891310e-5, 1.335441835e-8)
)
_DOWN_1, _DOWN_2, _DOWN_3, _DOWN_4 = map(
    np.float32, (0.4671433288, 2.587694435e-2, 3.285618249e-4, 7.776460644e-7)
)
_ONE, _HALF = np.float32(1.0), np.float32(0.5)


def _tanh_of_float32(x: Any) -> Any:
    x = min(max(x, -_LARGEST_X), _LARGEST_X)
    s = x * x
    numerator = (((_UP_4 * s + _UP_3) * s + _UP_2) * s + _UP_1) * s + _UP_0
    denominator = (((_DOWN_4 * s + _DOWN_3) * s + _DOWN_2) * s + _DOWN_1) * s + _ONE
    return min(max(x * numerator / denominator, -_ONE), _ONE)


_compiled_tanh_of_float32 = compiled(_tanh_of_float32)


def tanh(x: Any) -> Any:
    """Return the hyperbolic tangent of a number, in its own precision.

    Compiled functions use the overload below instead; this is for functions run as plain Python.
    """
    return _tanh_of_float32(x) if isinstance(x, np.float32) else math.tanh(x)


def sigmoid(x: Any) -> Any:
    """Return the logistic function of a number, in its own precision; see :func:`tanh`."""
    half = type(x)(0.5)
    return half * tanh(half * x) + half


@overload(tanh, inline="always")
def _compile_tanh(x):  # type: ignore[no-untyped-def]
    if x == types.float32:
        return lambda x: _compiled_tanh_of_float32(x)
    return lambda x: math.tanh(x)


@overload(sigmoid, inline="always")
def _compile_sigmoid(x):  # type: ignore[no-untyped-def]
    if x == types.float32:
        return lambda x: _HALF * _compiled_tanh_of_float32(_HALF * x) + _HALF
    return lambda x: 0.5 * math.tanh(0.5 * x) + 0.5
