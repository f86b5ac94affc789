"""AdamW as the estimators use it: torch's own, without the import of torch's compiler."""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import torch

__all__ = ["EagerAdamW", "without_state"]


class EagerAdamW(torch.optim.AdamW):
    """``torch.optim.AdamW`` that does not import ``torch._dynamo``.

    torch wraps these methods so that ``torch.compile`` does not trace them. When such a wrapper is
    first called it imports the compiler, which takes about as long as importing torch: more than
    everything else in a small fit. The methods here are the ones inside the wrappers.

    Parameters, attributes, hooks and numbers are those of ``torch.optim.AdamW``.
    """

    add_param_group = inspect.unwrap(torch.optim.AdamW.add_param_group)
    load_state_dict = inspect.unwrap(torch.optim.AdamW.load_state_dict)
    state_dict = inspect.unwrap(torch.optim.AdamW.state_dict)
    zero_grad = inspect.unwrap(torch.optim.AdamW.zero_grad)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Make one update; ``closure`` computes the loss and its gradients before it.

        Gradients of the update itself are recorded only if the optimizer is ``differentiable``,
        which torch leaves to one of the wrappers.
        """
        with torch.set_grad_enabled(self.defaults["differentiable"]):
            return inspect.unwrap(torch.optim.AdamW.step)(self, closure)


def without_state(optimizer: torch.optim.Optimizer) -> torch.optim.Optimizer:
    """Return an optimizer of the same weights and settings as if it had made no update yet."""
    fresh: torch.optim.Optimizer = object.__new__(type(optimizer))
    fresh.__dict__ |= optimizer.__dict__
    fresh.state = defaultdict(dict)
    return fresh
