"""A small matrix product that keeps its results in registers while it runs over the inner axis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

__all__ = ["COLUMN_MULTIPLE", "N_ROWS", "compiled", "multiply_rows", "project"]

# Rows that are multiplied together: their results, for three vectors of columns, are twelve
# registers of the sixteen there are, and every load of a weight serves four products.
N_ROWS = 4
# Bytes of a vector register. Wider ones (AVX-512) are used as two; narrower ones (NEON) in pairs.
_VECTOR_BYTES = 32
# Columns have to be a multiple of this: a vector of float32.
COLUMN_MULTIPLE = 8

# Sums may be contracted to fused multiply-adds, and nothing else changed: no reordering, so that a
# row has the same bits wherever it stands. Kernels give the interpreter lock free.
_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": {"contract"}}


def compiled(function: Callable[..., Any]) -> Any:
    """Compile a function when it is first called, and keep the machine code for other processes.

    Numba keeps it beside the module, like Python its own byte code, or in the user's cache folder
    if that place cannot be written to. Without either, every process compiles anew.
    """
    try:
        return njit(cache=True, **_OPTIONS)(function)
    except RuntimeError:
        return njit(**_OPTIONS)(function)


def _tile(n_vectors: int) -> Callable[..., None]:
    """Return a function that multiplies four rows with ``n_vectors`` vectors of columns."""

    @intrinsic
    def tile(typing_context: Any, left: Any, right: Any, out: Any, column: Any) -> Any:
        signature = types.void(left, right, out, types.intp)
        bits = left.dtype.bitwidth
        lanes = 8 * _VECTOR_BYTES // bits

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            scalar = ir.FloatType() if bits == 32 else ir.DoubleType()
            vector = ir.VectorType(scalar, lanes)
            word, byte, lane_type = ir.IntType(64), ir.IntType(8), ir.IntType(32)

            def constant(number: int) -> Any:
                return ir.Constant(word, number)

            arrays = [
                context.make_array(kind)(context, builder, value)
                for kind, value in zip(signature.args[:3], arguments[:3], strict=True)
            ]
            strides = [builder.extract_value(array.strides, 0) for array in arrays]
            first = builder.mul(arguments[3], constant(bits // 8))

            def place(array: Any, row: Any, offset: Any, kind: Any) -> Any:
                start = builder.bitcast(arrays[array].data, byte.as_pointer())
                here = builder.gep(start, [builder.add(builder.mul(strides[array], row), offset)])
                return builder.bitcast(here, kind.as_pointer())

            def vector_offset(number: int) -> Any:
                return builder.add(first, constant(number * _VECTOR_BYTES))

            zeros = ir.Constant(vector, [0.0] * lanes)
            sums = [
                [cgutils.alloca_once_value(builder, zeros) for _ in range(n_vectors)]
                for _ in range(N_ROWS)
            ]
            for of_row in sums:
                for one in of_row:
                    builder.store(zeros, one)
            multiply_add = cgutils.get_or_insert_function(
                builder.module,
                ir.FunctionType(vector, [vector] * 3),
                f"llvm.fmuladd.v{lanes}f{bits}",
            )
            rows = [place(0, constant(row), constant(0), scalar) for row in range(N_ROWS)]
            n_inner = builder.extract_value(arrays[1].shape, 0)
            everywhere = ir.Constant(ir.VectorType(lane_type, lanes), [0] * lanes)
            nothing = ir.Constant(vector, ir.Undefined)
            with cgutils.for_range(builder, n_inner) as loop:
                weights = []
                for number in range(n_vectors):
                    weight = builder.load(place(1, loop.index, vector_offset(number), vector))
                    weight.align = bits // 8
                    weights.append(weight)
                for row in range(N_ROWS):
                    one = builder.load(builder.gep(rows[row], [loop.index]))
                    one = builder.insert_element(nothing, one, ir.Constant(lane_type, 0))
                    one = builder.shuffle_vector(one, nothing, everywhere)
                    for number in range(n_vectors):
                        total = builder.load(sums[row][number])
                        total = builder.call(multiply_add, [one, weights[number], total])
                        builder.store(total, sums[row][number])
            for row in range(N_ROWS):
                for number in range(n_vectors):
                    target = place(2, constant(row), vector_offset(number), vector)
                    stored = builder.store(builder.load(sums[row][number]), target)
                    stored.align = bits // 8
            return context.get_dummy_value()

        return signature, generate

    return tile


_tile_of_one, _tile_of_two, _tile_of_three = _tile(1), _tile(2), _tile(3)


@compiled
def multiply_rows(left: np.ndarray, right: np.ndarray, out: np.ndarray) -> None:
    """Write ``left @ right`` into ``out``.

    Parameters
    ----------
    left : ndarray of shape (4, n_inner)
        Contiguous rows, which may lie apart.
    right : ndarray of shape (n_inner, n_columns)
        Contiguous; ``n_columns`` is a multiple of eight.
    out : ndarray of shape (4, n_columns)
        As ``left``.
    """
    n_columns = right.shape[1]
    lanes = 32 // right.itemsize
    column = 0
    while column + 3 * lanes <= n_columns:
        _tile_of_three(left, right, out, column)
        column += 3 * lanes
    if column + 2 * lanes <= n_columns:
        _tile_of_two(left, right, out, column)
        column += 2 * lanes
    if column + lanes <= n_columns:
        _tile_of_one(left, right, out, column)


@compiled
def project(x: np.ndarray, weight: np.ndarray, bias: np.ndarray, out: np.ndarray) -> None:
    """Write ``x @ weight + bias`` into ``out``; a row's bits do not depend on the other rows.

    Parameters
    ----------
    x : ndarray of shape (n_rows, n_inner)
        ``n_rows`` is a multiple of four.
    weight : ndarray of shape (n_inner, n_columns)
        As for :func:`multiply_rows`.
    bias : ndarray of shape (n_columns,)
        Added to every row.
    out : ndarray of shape (n_rows, n_columns)
        Filled in.
    """
    for first in range(0, len(x), N_ROWS):
        rows = out[first : first + N_ROWS]
        multiply_rows(x[first : first + N_ROWS], weight, rows)
        for row in range(N_ROWS):
            of_row = rows[row]
            for column in range(len(bias)):
                of_row[column] += bias[column]
