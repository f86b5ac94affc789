"""A product of matrices whose results stay in registers while it runs over the inner axis."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import llvmlite.binding
import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils, config
from numba.extending import intrinsic, overload

__all__ = [
    "TILE_ROWS",
    "compiled",
    "in_wide_registers",
    "is_compiling",
    "multiply",
    "padded_width",
]


# Numba's settings, which are made at run time: no type checker knows them.
_SETTINGS: Any = config


def _has_wide_vectors() -> bool:
    """Whether the processor that Numba compiles for has AVX-512."""
    if _SETTINGS.CPU_FEATURES is not None:
        return "+avx512f" in _SETTINGS.CPU_FEATURES
    host = llvmlite.binding.get_host_cpu_name()
    features = llvmlite.binding.get_host_cpu_features()
    return _SETTINGS.CPU_NAME in (None, "host", host) and bool(features.get("avx512f", False))


# Bytes of a vector register, and rows that are multiplied together. Their results, for three
# vectors of columns, are 24 registers of the 32 that AVX-512 has, or 12 of the 16 of AVX2, and
# every load of a weight serves as many products as there are rows. NEON takes vectors in pairs.
# An element's sum is taken in the same order whatever the vectors are.
_VECTOR_BYTES, TILE_ROWS = (64, 8) if _has_wide_vectors() else (32, 4)

# Rows that lie a multiple of this many bytes apart share few places of a cache.
_CROWDED_BYTES = 2048

# Sums may be contracted to fused multiply-adds, and nothing else changed: no reordering, so that a
# row has the same bits wherever it stands. Kernels give the interpreter lock free.
_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": {"contract"}}


def _fingerprint() -> str:
    sources = b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
    return hashlib.sha256(sources).hexdigest()


# What machine code is made of: a function has those it calls from other files compiled into it.
_MADE_OF = (_fingerprint(), _VECTOR_BYTES)


def compiled(function: Callable[..., Any]) -> Any:
    """Compile a function when it is first called, and keep the machine code for other processes.

    Numba keeps it beside the module, like Python its own byte code, or in the user's cache folder
    if that place cannot be written to. Without either, every process compiles anew.
    """
    try:
        dispatcher = njit(cache=True, **_OPTIONS)(function)
    except RuntimeError:
        return njit(**_OPTIONS)(function)
    # Numba looks at the function's own file only, and would go on with old code of the others.
    cache_file = getattr(getattr(dispatcher, "_cache", None), "_cache_file", None)
    if cache_file is not None and hasattr(cache_file, "_source_stamp"):
        cache_file._source_stamp = (cache_file._source_stamp, *_MADE_OF)
    return dispatcher


def in_wide_registers() -> None:
    """Let the loops of the compiled function that calls this fill whole registers of AVX-512.

    For many processors LLVM takes half of them, to spare their clock rate; here products take whole
    ones anyway.
    """


@intrinsic
def _prefer_wide_registers(_: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        attributes = builder.function.attributes
        # llvmlite writes down whatever is in there, but has no name for this one.
        if _VECTOR_BYTES == 64 and isinstance(attributes, set):
            set.add(attributes, '"prefer-vector-width"="512"')
        return context.get_dummy_value()

    return types.void(), generate


@overload(in_wide_registers, inline="always")
def _compile_in_wide_registers():  # type: ignore[no-untyped-def]
    # the first argument is left out, which no type checker knows.
    return lambda: _prefer_wide_registers()  # type: ignore[call-arg]


def is_compiling() -> bool:
    """Whether Numba compiles at all: ``NUMBA_DISABLE_JIT=1`` lets it run everything as Python."""
    return not _SETTINGS.DISABLE_JIT


def padded_width(n_columns: int, itemsize: int) -> int:
    """Return the number of columns of a matrix with room for ``n_columns`` in whole vectors."""
    lanes = _VECTOR_BYTES // itemsize
    width = -(-n_columns // lanes) * lanes
    return width + lanes if width * itemsize % _CROWDED_BYTES == 0 else width


def _tile_of(n_rows: int, n_vectors: int) -> Any:
    """Return a function for one tile of the product, written in LLVM's vector types."""

    @intrinsic
    def tile(
        typing_context: Any, left: Any, right: Any, out: Any, row: Any, column: Any, add: Any
    ) -> Any:
        signature = types.void(left, right, out, types.intp, types.intp, types.boolean)
        bits = left.dtype.bitwidth
        lanes = 8 * _VECTOR_BYTES // bits

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            scalar = ir.FloatType() if bits == 32 else ir.DoubleType()
            vector = ir.VectorType(scalar, lanes)
            word, byte, lane_number = ir.IntType(64), ir.IntType(8), ir.IntType(32)
            left, right, out = (
                context.make_array(kind)(context, builder, value)
                for kind, value in zip(signature.args[:3], arguments[:3], strict=True)
            )

            def place(array: Any, row: Any, column: Any) -> Any:
                """Return the address of an element."""
                strides = [builder.extract_value(array.strides, axis) for axis in (0, 1)]
                offset = builder.add(builder.mul(strides[0], row), builder.mul(strides[1], column))
                start = builder.gep(builder.bitcast(array.data, byte.as_pointer()), [offset])
                return builder.bitcast(start, scalar.as_pointer())

            def vector_at(array: Any, row: Any, number: int) -> Any:
                column = builder.add(arguments[4], ir.Constant(word, number * lanes))
                return builder.bitcast(place(array, row, column), vector.as_pointer())

            def load(address: Any) -> Any:
                loaded = builder.load(address)
                loaded.align = bits // 8
                return loaded

            rows = [builder.add(arguments[3], ir.Constant(word, row)) for row in range(n_rows)]
            places = [[vector_at(out, row, number) for number in range(n_vectors)] for row in rows]
            zeros = ir.Constant(vector, [0.0] * lanes)
            sums = [[cgutils.alloca_once(builder, vector) for _ in of_row] for of_row in places]
            with builder.if_else(arguments[5]) as (adds, sets):
                with adds:
                    for of_row, of_sums in zip(places, sums, strict=True):
                        for place_of_sum, total in zip(of_row, of_sums, strict=True):
                            builder.store(load(place_of_sum), total)
                with sets:
                    for of_sums in sums:
                        for total in of_sums:
                            builder.store(zeros, total)
            multiply_add = cgutils.get_or_insert_function(
                builder.module,
                ir.FunctionType(vector, [vector] * 3),
                f"llvm.fmuladd.v{lanes}f{bits}",
            )
            everywhere = ir.Constant(ir.VectorType(lane_number, lanes), [0] * lanes)
            nothing = ir.Constant(vector, ir.Undefined)
            with cgutils.for_range(builder, builder.extract_value(right.shape, 0)) as loop:
                weights = [
                    load(vector_at(right, loop.index, number)) for number in range(n_vectors)
                ]
                for row in range(n_rows):
                    one = builder.load(place(left, rows[row], loop.index))
                    one = builder.insert_element(nothing, one, ir.Constant(lane_number, 0))
                    one = builder.shuffle_vector(one, nothing, everywhere)
                    for number in range(n_vectors):
                        total = builder.load(sums[row][number])
                        total = builder.call(multiply_add, [one, weights[number], total])
                        builder.store(total, sums[row][number])
            for row in range(n_rows):
                for number in range(n_vectors):
                    stored = builder.store(builder.load(sums[row][number]), places[row][number])
                    stored.align = bits // 8
            return context.get_dummy_value()

        return signature, generate

    return tile


_high_of_1, _high_of_2, _high_of_3 = (_tile_of(TILE_ROWS, n_vectors) for n_vectors in (1, 2, 3))
# A tile of one row waits for a sum before it adds to it again: rows left over are first taken as
# half a tile.
_HALF_TILE = TILE_ROWS // 2
_half_of_1, _half_of_2, _half_of_3 = (_tile_of(_HALF_TILE, n_vectors) for n_vectors in (1, 2, 3))
_flat_of_1, _flat_of_2, _flat_of_3, _flat_of_4 = (
    _tile_of(1, n_vectors) for n_vectors in (1, 2, 3, 4)
)


def _tile(
    left: np.ndarray,
    right: np.ndarray,
    out: np.ndarray,
    row: int,
    column: int,
    shape: tuple[int, int],
    add: bool,
) -> None:
    """Do for one tile, of (rows, vectors of columns), what :func:`multiply` does for all."""
    rows, columns = slice(row, row + shape[0]), slice(column, column + shape[1] * _lanes(out))
    out[rows, columns] = left[rows] @ right[:, columns] + add * out[rows, columns]


@overload(_tile, inline="always")
def _compile_tile(left, right, out, row, column, shape, add):  # type: ignore[no-untyped-def]
    def tile(left, right, out, row, column, shape, add):  # type: ignore[no-untyped-def]
        n_rows, n_vectors = shape
        if n_rows == TILE_ROWS:
            if n_vectors == 3:
                _high_of_3(left, right, out, row, column, add)
            elif n_vectors == 2:
                _high_of_2(left, right, out, row, column, add)
            else:
                _high_of_1(left, right, out, row, column, add)
        elif n_rows == _HALF_TILE:
            if n_vectors == 3:
                _half_of_3(left, right, out, row, column, add)
            elif n_vectors == 2:
                _half_of_2(left, right, out, row, column, add)
            else:
                _half_of_1(left, right, out, row, column, add)
        elif n_vectors == 4:
            _flat_of_4(left, right, out, row, column, add)
        elif n_vectors == 3:
            _flat_of_3(left, right, out, row, column, add)
        elif n_vectors == 2:
            _flat_of_2(left, right, out, row, column, add)
        else:
            _flat_of_1(left, right, out, row, column, add)

    return tile


@compiled
def _lanes(array: np.ndarray) -> int:
    return _VECTOR_BYTES // array.itemsize


@compiled
def multiply(left: np.ndarray, right: np.ndarray, out: np.ndarray, add: bool) -> None:
    """Write ``left @ right`` into ``out``; a row's bits do not depend on the other rows.

    Parameters
    ----------
    left : ndarray of shape (n_rows, n_inner)
        Of any strides: a transposed matrix is as fast as another. Callers pass ``left[:, :]``,
        which has strides of its own for Numba, so that one version is compiled for all.
    right : ndarray of shape (n_inner, n_columns)
        Rows are contiguous and of whole vectors, see :func:`padded_width`.
    out : ndarray of shape (n_rows, n_columns)
        As ``right``.
    add : bool
        Whether the product is added to what is in ``out``.
    """
    n_rows, n_columns = out.shape
    lanes = _lanes(out)
    n_high = n_rows // TILE_ROWS * TILE_ROWS
    column = 0
    while column < n_columns:
        n_left = (n_columns - column) // lanes
        # four are two and two: a tile of one vector keeps fewer sums on their way.
        n_vectors = 2 if n_left == 4 else min(n_left, 3)
        for row in range(0, n_high, TILE_ROWS):
            _tile(left, right, out, row, column, (TILE_ROWS, n_vectors), add)
        if n_rows - n_high >= _HALF_TILE:
            _tile(left, right, out, n_high, column, (_HALF_TILE, n_vectors), add)
        column += n_vectors * lanes
    n_tiled = n_rows // _HALF_TILE * _HALF_TILE
    for row in range(n_tiled, n_rows):
        column = 0
        while column < n_columns:
            n_vectors = min((n_columns - column) // lanes, 4)
            _tile(left, right, out, row, column, (1, n_vectors), add)
            column += n_vectors * lanes
