"""Operations that Numba lacks: atomic access to numbers, arrays and functions by address."""

from __future__ import annotations

import os
import platform
from typing import Any

import numpy as np
from llvmlite import ir
from numba import carray, extending, types
from numba.core import cgutils

from skrnn._kernels.product import compiled

__all__ = [
    "SLOTS",
    "address_of",
    "array_1d",
    "array_2d",
    "array_3d",
    "array_at",
    "call",
    "fetch_add",
    "flush_denormals",
    "pause",
    "put_array",
    "read",
    "restore_denormals",
    "swap",
    "write",
    "yield_core",
]

# Numbers that describe an array: its address and up to three lengths.
SLOTS = 4

# Callers omit the first argument of an intrinsic, which a type checker does not know.
intrinsic: Any = extending.intrinsic

_IS_X86 = platform.machine().lower() in ("x86_64", "amd64")


# -- numbers shared by threads -----------------------------------------------------------
# Elements of an array of int64. All threads see all accesses in the same order.


def _pointer(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    array = context.make_array(signature.args[0])(context, builder, args[0])
    return cgutils.get_item_pointer(context, builder, signature.args[0], array, [args[1]])


@intrinsic
def read(_: Any, numbers: Any, place: Any) -> Any:
    """Return the current value of ``numbers[place]``."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.load_atomic(_pointer(context, builder, signature, args), "seq_cst", 8)

    return types.int64(numbers, types.intp), generate


@intrinsic
def write(_: Any, numbers: Any, place: Any, value: Any) -> Any:
    """Set ``numbers[place]``; other threads then also see everything written before."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer = _pointer(context, builder, signature, args)
        builder.store_atomic(args[2], pointer, "seq_cst", 8)
        return context.get_dummy_value()

    return types.void(numbers, types.intp, types.int64), generate


@intrinsic
def swap(_: Any, numbers: Any, place: Any, before: Any, after: Any) -> Any:
    """Set ``numbers[place]`` to ``after`` if it equals ``before``; return whether it did."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer = _pointer(context, builder, signature, args)
        result = builder.cmpxchg(pointer, args[2], args[3], "seq_cst", "seq_cst")
        return builder.extract_value(result, 1)

    return types.boolean(numbers, types.intp, types.int64, types.int64), generate


@intrinsic
def fetch_add(_: Any, numbers: Any, place: Any) -> Any:
    """Add 1 to ``numbers[place]`` in one atomic operation; return the value before."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer = _pointer(context, builder, signature, args)
        one = context.get_constant(types.int64, 1)
        return builder.atomic_rmw("add", pointer, one, "seq_cst")

    return types.int64(numbers, types.intp), generate


@intrinsic
def pause(_: Any) -> Any:
    """Tell the processor that this thread is waiting for another one."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        if _IS_X86:
            kind = ir.FunctionType(ir.VoidType(), [])
            name = "llvm.x86.sse2.pause"
            builder.call(cgutils.get_or_insert_function(builder.module, kind, name), [])
        return context.get_dummy_value()

    return types.void(), generate


_sched_yield = types.ExternalFunction("sched_yield", types.int32())
_CAN_YIELD = hasattr(os, "sched_yield")


@compiled
def yield_core() -> None:
    """Offer this thread's core to another thread, on systems that can do that."""
    if _CAN_YIELD:
        _sched_yield()
    else:
        pause()


# -- denormal numbers --------------------------------------------------------------------
# Numbers too small for a full mantissa, below 1.2e-38 in float32. Gradients that vanish over some
# hundred timesteps become such numbers, with which many processors are a hundred times slower.

# Bits of the control register of x86 that set denormal results and operands to 0.
_FLUSH = 0x8040


def _with_register(context: Any, builder: Any, name: str, slot: Any) -> None:
    address = ir.IntType(8).as_pointer()
    function = cgutils.get_or_insert_function(
        builder.module, ir.FunctionType(ir.VoidType(), [address]), name
    )
    builder.call(function, [builder.bitcast(slot, address)])


@intrinsic
def _get_control(_: Any) -> Any:
    """Return this thread's control register for floating point numbers; 0 on other processors."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        slot = cgutils.alloca_once_value(builder, ir.Constant(ir.IntType(32), 0))
        if _IS_X86:
            _with_register(context, builder, "llvm.x86.sse.stmxcsr", slot)
        return builder.load(slot)

    return types.int32(), generate


@intrinsic
def _set_control(_: Any, value: Any) -> Any:
    """Set this thread's control register to a value that :func:`_get_control` returned."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        if _IS_X86:
            slot = cgutils.alloca_once_value(builder, args[0])
            _with_register(context, builder, "llvm.x86.sse.ldmxcsr", slot)
        return context.get_dummy_value()

    return types.void(types.int32), generate


@compiled
def flush_denormals() -> int:
    """Set denormal numbers to 0 in this thread; return the setting before.

    On processors other than x86 this does nothing.
    """
    before = _get_control()
    _set_control(np.int32(before | _FLUSH))
    return before


@compiled
def restore_denormals(before: int) -> None:
    """Restore the setting that :func:`flush_denormals` returned."""
    _set_control(np.int32(before))


# -- arrays by address -------------------------------------------------------------------


@compiled
def put_array(numbers: np.ndarray, place: int, array: np.ndarray) -> int:
    """Write the address and the shape of an array; return the next place.

    The array must be contiguous, and must live for as long as the numbers are used.
    """
    numbers[place] = array.ctypes.data
    for axis in range(array.ndim):
        numbers[place + 1 + axis] = array.shape[axis]
    return place + SLOTS


@intrinsic
def _typed_pointer(_: Any, address: Any, like: Any) -> Any:
    """Convert an address to a pointer to numbers of the type of ``like``."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.inttoptr(args[0], context.get_value_type(signature.return_type))

    return types.CPointer(like)(types.int64, like), generate


@compiled
def array_at(address: int, size: int, like: Any) -> np.ndarray:
    """Return the array of ``size`` numbers of the type of ``like`` at an address."""
    return carray(_typed_pointer(address, like), (size,))


@compiled
def array_1d(numbers: np.ndarray, place: int, like: Any) -> np.ndarray:
    """Return the array written by :func:`put_array`, whose numbers are of the type of ``like``."""
    return array_at(numbers[place], numbers[place + 1], like)


@compiled
def array_2d(numbers: np.ndarray, place: int, like: Any) -> np.ndarray:
    """Return an array with two axes, see :func:`array_1d`."""
    shape = numbers[place + 1], numbers[place + 2]
    return carray(_typed_pointer(numbers[place], like), shape)


@compiled
def array_3d(numbers: np.ndarray, place: int, like: Any) -> np.ndarray:
    """Return an array with three axes, see :func:`array_1d`."""
    shape = numbers[place + 1], numbers[place + 2], numbers[place + 3]
    return carray(_typed_pointer(numbers[place], like), shape)


# -- functions by address ----------------------------------------------------------------


def address_of(function: Any, signature: tuple[Any, ...]) -> int:
    """Return the address of a compiled function's machine code for types of Numba.

    The machine code of a function called by address is not compiled into its caller. The address is
    valid for as long as the function exists.
    """
    function.compile(signature)
    result = function.overloads[signature]
    return result.library.get_pointer_to_function(result.fndesc.llvm_func_name)


@intrinsic
def call(_: Any, address: Any, arguments: Any) -> Any:
    """Call a function that returns nothing; return whether it ended without an error.

    The arguments, a tuple, must have exactly the types that were passed to :func:`address_of`: this
    is not checked.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kinds = signature.args[1].types
        convention = context.call_conv
        kind = convention.get_function_type(types.none, kinds)
        function = builder.inttoptr(args[0], kind.as_pointer())
        values = cgutils.unpack_tuple(builder, args[1], len(kinds))
        status, _ = convention.call_function(builder, function, types.none, kinds, values)
        return status.is_ok

    return types.boolean(types.int64, arguments), generate
