"""Building a torch module whose weights are still to be drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

__all__ = ["new_module"]

_Module = TypeVar("_Module", bound=nn.Module)


class _SkipNormalDraws(TorchFunctionMode):
    """Leave out ``nn.init.normal_``, which on the meta device imports torch's compiler."""

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if func is nn.init.normal_:
            return kwargs["tensor"] if "tensor" in kwargs else args[0]
        return func(*args, **kwargs)


def new_module(make: Callable[[], _Module], dtype: torch.dtype) -> _Module:
    """Return the module that ``make`` builds, on the CPU, with uninitialised weights.

    The module is built on the meta device, which has no memory: otherwise the initialisation in
    torch's own constructors would draw from the global random state.

    Parameters
    ----------
    make : callable
        Called without arguments.
    dtype : torch.dtype
        Floating point type of the weights and buffers.
    """
    with torch.device("meta"), _SkipNormalDraws():
        module = make()
    # Module.to_empty would do, but on the meta device it imports sympy.
    in_memory = {
        name: torch.empty(
            tensor.shape, dtype=dtype if tensor.is_floating_point() else tensor.dtype, device="cpu"
        )
        for name, tensor in module.state_dict().items()
    }
    module.load_state_dict(in_memory, assign=True)
    # Buffers that are not saved are not among them.
    for owner in module.modules():
        for name, buffer in owner.named_buffers(recurse=False):
            if buffer.is_meta:
                kind = dtype if buffer.is_floating_point() else buffer.dtype
                setattr(owner, name, torch.empty(buffer.shape, dtype=kind, device="cpu"))
    return module
