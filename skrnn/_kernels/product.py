"""A matrix product that keeps its results in registers, and how functions are compiled."""

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


# Numba's settings are created at run time, where a type checker does not find them.
_SETTINGS: Any = config


def _has_wide_vectors() -> bool:
    """Whether the processor that Numba compiles for has AVX-512."""
    if _SETTINGS.CPU_FEATURES is not None:
        return "+avx512f" in _SETTINGS.CPU_FEATURES
    host = llvmlite.binding.get_host_cpu_name()
    features = llvmlite.binding.get_host_cpu_features()
    return _SETTINGS.CPU_NAME in (None, "host", host) and bool(features.get("avx512f", False))


# Bytes of a vector register, and rows of a tile of the product. A tile of three vectors of columns
# takes 24 of the 32 registers of AVX-512, or 12 of the 16 of AVX2, and each weight that is loaded
# is used for all rows of the tile. NEON uses registers of 16 bytes in pairs. The order of the terms
# of an element's sum does not depend on these numbers.
_VECTOR_BYTES, TILE_ROWS = (64, 8) if _has_wide_vectors() else (32, 4)

# Rows whose addresses differ by a multiple of this many bytes compete for few lines of a cache.
_CACHE_STRIDE_BYTES = 2048

# The compiler may contract a product and a sum to a fused multiply-add, but may not reorder sums:
# a row of a result has the same bits at any position. Kernels release Python's interpreter lock.
_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": {"contract"}}


def _fingerprint() -> str:
    sources = b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
    return hashlib.sha256(sources).hexdigest()


# What the machine code of any function here depends on: it contains that of the functions called
# from other files.
_CODE_VERSION = (_fingerprint(), _VECTOR_BYTES)


def compiled(function: Callable[..., Any]) -> Any:
    """Compile a function when it is first called, and cache the machine code on disk.

    Numba keeps it in the module's ``__pycache__``, or in the user's cache folder if that cannot be
    written to. If neither can, every process compiles the function again.
    """
    try:
        dispatcher = njit(cache=True, **_OPTIONS)(function)
    except RuntimeError:
        return njit(**_OPTIONS)(function)
    # Numba recompiles a function when its own file changes, but not when one that it calls changes.
    # It has no public name for the stamp that it compares.
    cache_file = getattr(getattr(dispatcher, "_cache", None), "_cache_file", None)
    if hasattr(cache_file, "_source_stamp"):
        attributes = vars(cache_file)
        attributes["_source_stamp"] = (attributes["_source_stamp"], *_CODE_VERSION)
    return dispatcher


def in_wide_registers() -> None:
    """Let loops of the compiled function that calls this use whole registers of AVX-512.

    For many processors LLVM uses half of each register by default, as whole ones lower the clock
    rate. The products between these loops use whole ones in any case.
    """


@intrinsic
def _prefer_wide_registers(_: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        attributes = builder.function.attributes
        # llvmlite's own add() refuses attributes that it does not know.
        if _VECTOR_BYTES == 64 and isinstance(attributes, set):
            set.add(attributes, '"prefer-vector-width"="512"')
        return context.get_dummy_value()

    return types.void(), generate


@overload(in_wide_registers, inline="always")
def _compile_in_wide_registers():  # type: ignore[no-untyped-def]
    # callers omit the first argument of an intrinsic, which a type checker does not know.
    return lambda: _prefer_wide_registers()  # type: ignore[call-arg]


def is_compiling() -> bool:
    """Whether Numba compiles functions; with ``NUMBA_DISABLE_JIT=1`` they run as plain Python."""
    return not _SETTINGS.DISABLE_JIT


def padded_width(n_columns: int, itemsize: int) -> int:
    """Return ``n_columns`` rounded up to whole vectors, avoiding strides that are slow to read."""
    lanes = _VECTOR_BYTES // itemsize
    width = -(-n_columns // lanes) * lanes
    return width + lanes if width * itemsize % _CACHE_STRIDE_BYTES == 0 else width


# Types of LLVM: an index, and the number of a lane.
_WORD, _LANE_NUMBER = ir.IntType(64), ir.IntType(32)


class _TileCode:
    """Writes the instructions for one tile, in LLVM's vector types.

    Parameters
    ----------
    context, builder, signature, arguments
        As Numba hands them to the code generator of an intrinsic; the arguments are those of
        :func:`multiply` for one tile: left, right, out, row, column and add.
    n_rows, n_vectors : int
        Size of the tile: rows, and vectors of columns.
    """

    def __init__(
        self,
        context: Any,
        builder: Any,
        signature: Any,
        arguments: Any,
        n_rows: int,
        n_vectors: int,
    ) -> None:
        self.builder = builder
        self.bits = signature.args[0].dtype.bitwidth
        self.lanes = 8 * _VECTOR_BYTES // self.bits
        self.scalar = ir.FloatType() if self.bits == 32 else ir.DoubleType()
        self.vector = ir.VectorType(self.scalar, self.lanes)
        self.left, self.right, self.out = (
            context.make_array(kind)(context, builder, value)
            for kind, value in zip(signature.args[:3], arguments[:3], strict=True)
        )
        _, _, _, first_row, self.first_column, self.add = arguments
        self.rows = [builder.add(first_row, ir.Constant(_WORD, row)) for row in range(n_rows)]
        self.columns = range(n_vectors)

    def write(self) -> None:
        """Write the whole tile: sums are kept in registers from the first product to the last."""
        results = [
            [self.vector_at(self.out, row, column) for column in self.columns] for row in self.rows
        ]
        sums = [
            [cgutils.alloca_once(self.builder, self.vector) for _ in self.columns]
            for _ in self.rows
        ]
        self.begin_sums(sums, results)
        self.add_products(sums)
        for row_of_results, row_of_sums in zip(results, sums, strict=True):
            for result, total in zip(row_of_results, row_of_sums, strict=True):
                stored = self.builder.store(self.builder.load(total), result)
                stored.align = self.bits // 8

    def begin_sums(self, sums: list[list[Any]], results: list[list[Any]]) -> None:
        """Begin from the results that are there, if they are added to, else from zeros."""
        zeros = ir.Constant(self.vector, [0.0] * self.lanes)
        with self.builder.if_else(self.add) as (adds, sets):
            with adds:
                for row_of_results, row_of_sums in zip(results, sums, strict=True):
                    for result, total in zip(row_of_results, row_of_sums, strict=True):
                        self.builder.store(self.load(result), total)
            with sets:
                for row_of_sums in sums:
                    for total in row_of_sums:
                        self.builder.store(zeros, total)

    def add_products(self, sums: list[list[Any]]) -> None:
        """Add each column of ``left`` times the row of ``right`` that belongs to it."""
        builder, vector = self.builder, self.vector
        multiply_add = cgutils.get_or_insert_function(
            builder.module,
            ir.FunctionType(vector, [vector] * 3),
            f"llvm.fmuladd.v{self.lanes}f{self.bits}",
        )
        first_lane = ir.Constant(ir.VectorType(_LANE_NUMBER, self.lanes), [0] * self.lanes)
        undefined = ir.Constant(vector, ir.Undefined)
        with cgutils.for_range(builder, builder.extract_value(self.right.shape, 0)) as loop:
            weights = [
                self.load(self.vector_at(self.right, loop.index, column)) for column in self.columns
            ]
            for row, row_of_sums in zip(self.rows, sums, strict=True):
                factor = builder.load(self.address(self.left, row, loop.index))
                factor = builder.insert_element(undefined, factor, ir.Constant(_LANE_NUMBER, 0))
                factor = builder.shuffle_vector(factor, undefined, first_lane)
                for weight, place in zip(weights, row_of_sums, strict=True):
                    total = builder.load(place)
                    builder.store(builder.call(multiply_add, [factor, weight, total]), place)

    def address(self, array: Any, row: Any, column: Any) -> Any:
        """Return the address of an element."""
        builder = self.builder
        strides = [builder.extract_value(array.strides, axis) for axis in (0, 1)]
        offset = builder.add(builder.mul(strides[0], row), builder.mul(strides[1], column))
        start = builder.gep(builder.bitcast(array.data, ir.IntType(8).as_pointer()), [offset])
        return builder.bitcast(start, self.scalar.as_pointer())

    def vector_at(self, array: Any, row: Any, number: int) -> Any:
        """Return the address of a vector of the tile's columns."""
        column = self.builder.add(self.first_column, ir.Constant(_WORD, number * self.lanes))
        return self.builder.bitcast(self.address(array, row, column), self.vector.as_pointer())

    def load(self, pointer: Any) -> Any:
        """Load a vector from an address that is aligned for its elements only."""
        loaded = self.builder.load(pointer)
        loaded.align = self.bits // 8
        return loaded


def _tile_of(n_rows: int, n_vectors: int) -> Any:
    """Return a compiled function for a tile of ``n_rows`` rows and ``n_vectors`` vectors.

    See :func:`multiply` for the arguments.
    """

    @intrinsic
    def tile(
        typing_context: Any, left: Any, right: Any, out: Any, row: Any, column: Any, add: Any
    ) -> Any:
        signature = types.void(left, right, out, types.intp, types.intp, types.boolean)

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            _TileCode(context, builder, signature, arguments, n_rows, n_vectors).write()
            return context.get_dummy_value()

        return signature, generate

    return tile


_high_of_1, _high_of_2, _high_of_3 = (_tile_of(TILE_ROWS, n_vectors) for n_vectors in (1, 2, 3))
# In a tile of one row each addition waits for the one before it. Remaining rows are therefore taken
# as half a tile if there are enough.
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
    """Do for one tile what :func:`multiply` does; ``shape`` is in rows and vectors of columns."""
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
    """Write ``left @ right`` to ``out``; a row's bits do not depend on the other rows.

    Parameters
    ----------
    left : ndarray of shape (n_rows, n_inner)
        With any strides: a transposed matrix is as fast as any other. Callers pass ``left[:, :]``,
        which Numba takes for an array of unknown strides, so that only one version is compiled.
    right : ndarray of shape (n_inner, n_columns)
        Rows are contiguous and consist of whole vectors, see :func:`padded_width`.
    out : ndarray of shape (n_rows, n_columns)
        Laid out as ``right``.
    add : bool
        Whether to add the product to ``out`` instead of overwriting it.
    """
    # True and False are types of their own to Numba, for each of which it would compile the tiles.
    _multiply(left, right, out, bool(add))


@compiled
def _multiply(left: np.ndarray, right: np.ndarray, out: np.ndarray, add: bool) -> None:
    n_rows, n_columns = out.shape
    lanes = _lanes(out)
    n_high = n_rows // TILE_ROWS * TILE_ROWS
    column = 0
    while column < n_columns:
        n_left = (n_columns - column) // lanes
        # two tiles of two vectors are faster than one of three and one of one.
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
