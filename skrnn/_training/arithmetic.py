"""How numbers are computed: in how many threads, from which seed, on which device."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from typing import Any

import numpy as np
import torch

from skrnn._input.integers import check_integer
from skrnn._kernels.buffers import reused_memory
from skrnn._kernels.threads import kernel_threads

__all__ = ["fixed_arithmetic", "is_out_of_memory", "resolve_device", "resolve_seed"]


class _SingleThread:
    """Sets torch's number of threads to one in the threads that train, and gives it back.

    torch keeps the number for each thread, but a new thread takes over what any thread set last.
    So a thread that starts while another trains would find a 1 there, and leave a 1 behind.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = threading.local()
        self._n_inside = 0
        self._found_first = 1

    @contextmanager
    def __call__(self) -> Iterator[None]:
        if getattr(self._inside, "here", False):
            # a callback that predicts while its net trains: what is outside stays unknown here.
            yield
            return
        with self._lock:
            found = torch.get_num_threads()
            if self._n_inside == 0:
                self._found_first = found
            elif found == 1:
                found = self._found_first
            self._n_inside += 1
            self._inside.here = True
            torch.set_num_threads(1)
        try:
            with kernel_threads(found):
                yield
        finally:
            with self._lock:
                self._n_inside -= 1
                self._inside.here = False
                torch.set_num_threads(found)


_single_thread = _SingleThread()


# Devices that autocast may be switched on for.
_AUTOCAST_DEVICES = ("cpu", "cuda", "mps", "xpu")


def _is_plain_torch() -> bool:
    """Whether torch is in its usual modes.

    Then no context has to be entered, which takes as long as a small prediction.
    """
    return (
        torch.is_grad_enabled()
        and not torch.is_inference_mode_enabled()
        and not any([torch.is_autocast_enabled(kind) for kind in _AUTOCAST_DEVICES])
        and torch.get_default_device().type == "cpu"
    )


@contextmanager
def _own_modes() -> Iterator[None]:
    """Leave modes of torch that the caller has switched on, for as long as skrnn computes.

    Under autocast the weights of a fit would be cast once and read from its cache ever after, so
    that updates never reach the forward pass.
    """
    with ExitStack() as modes:
        modes.enter_context(torch.inference_mode(False))
        modes.enter_context(torch.enable_grad())
        for kind in _AUTOCAST_DEVICES:
            if torch.is_autocast_enabled(kind):
                modes.enter_context(torch.autocast(kind, enabled=False))
        modes.enter_context(torch.device("cpu"))
        yield


@contextmanager
def fixed_arithmetic() -> Iterator[None]:
    """Compute so that sums are taken in one order, however many threads the caller lets torch use.

    torch itself computes with one thread. The recurrences use the others: they cut their work by
    its shape alone. Modes of the caller do not reach inside either: grad and inference mode,
    autocast, and the default device.
    """
    modes = nullcontext() if _is_plain_torch() else _own_modes()
    with _single_thread(), reused_memory(), modes:
        yield


def is_out_of_memory(error: RuntimeError) -> bool:
    """Whether torch could not allocate what it needs, on a GPU or in main memory."""
    return isinstance(error, torch.OutOfMemoryError) or "memory" in str(error)


def resolve_seed(random_state: Any) -> int:
    """Turn ``random_state`` into a seed without touching global random state.

    Parameters
    ----------
    random_state : int, numpy.random.RandomState or None
        None draws fresh entropy from the operating system; a RandomState is advanced by one draw.
    """
    if random_state is None:
        return int(np.random.SeedSequence().generate_state(1)[0])
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(np.iinfo(np.int32).max))
    return check_integer(random_state, "random_state", at_least=0, meaning="a RandomState or None")


def resolve_device(device: str) -> torch.device:
    """Return the torch device that ``device`` names; "auto" takes CUDA when there is one."""
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        resolved = torch.device(device)
    except (RuntimeError, TypeError) as error:
        raise ValueError(
            f"device: got {device!r}. Expected 'auto', 'cpu', 'cuda', 'cuda:0' or another device "
            "of torch. Use 'auto' to take a GPU when there is one."
        ) from error
    # torch keeps a module for each kind of device that computes.
    kinds = ("cpu", "cuda", "mps", "xpu", resolved.type)
    available = {
        kind
        for kind in kinds
        if hasattr(torch, kind) and getattr(getattr(torch, kind), "is_available", bool)()
    }
    if resolved.type not in available:
        raise ValueError(
            f"device: got {device!r}, which torch cannot use on this machine. Expected one of "
            f"{sorted(available)}. Use device='auto'."
        )
    return resolved
