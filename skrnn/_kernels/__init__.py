"""Compiled recurrences, linear layers, pooling, label chains and optimizer steps for the CPU.

The names of this package are imported when they are first used. Importing Numba takes about as long
as importing pandas, and neither ``import skrnn`` nor a prediction by torch alone needs it. Use them
as ``_kernels.linear``; ``from skrnn._kernels import linear`` imports Numba immediately.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from skrnn._kernels.adamw import AdamWSteps
    from skrnn._kernels.chain_messages import pass_messages, pass_messages_back
    from skrnn._kernels.fixed_convolutions import (
        N_TAPS,
        FixedConvolutions,
        convolution_values,
        shares_above,
    )
    from skrnn._kernels.label_chain import (
        best_labels,
        label_log_probabilities,
        label_probabilities,
    )
    from skrnn._kernels.linear_rows import linear, product_of_rows
    from skrnn._kernels.long_attention import AttendedStates, attend_in_parts
    from skrnn._kernels.long_ctc import long_ctc_losses
    from skrnn._kernels.pooled_layer import run_pooled, saves_memory_pooled
    from skrnn._kernels.pooled_states import pool_fused
    from skrnn._kernels.recurrence import can_run_fused, run_fused
    from skrnn._kernels.smoothing import smoothing_forecasts
    from skrnn._kernels.stretch_inputs import HeldInputs, TokenInputs
    from skrnn._kernels.stretch_outputs import MappedStates, PooledStates
    from skrnn._kernels.stretched_layer import long_stretches
    from skrnn._kernels.stretched_stack import run_stretched

__all__ = [
    "N_TAPS",
    "AdamWSteps",
    "AttendedStates",
    "FixedConvolutions",
    "HeldInputs",
    "MappedStates",
    "PooledStates",
    "TokenInputs",
    "attend_in_parts",
    "best_labels",
    "can_run_fused",
    "convolution_values",
    "label_log_probabilities",
    "label_probabilities",
    "linear",
    "long_ctc_losses",
    "long_stretches",
    "pass_messages",
    "pass_messages_back",
    "pool_fused",
    "product_of_rows",
    "run_fused",
    "run_pooled",
    "run_stretched",
    "saves_memory_pooled",
    "shares_above",
    "smoothing_forecasts",
]

_FILES = {
    "AdamWSteps": "adamw",
    "AttendedStates": "long_attention",
    "FixedConvolutions": "fixed_convolutions",
    "HeldInputs": "stretch_inputs",
    "N_TAPS": "fixed_convolutions",
    "MappedStates": "stretch_outputs",
    "PooledStates": "stretch_outputs",
    "TokenInputs": "stretch_inputs",
    "attend_in_parts": "long_attention",
    "best_labels": "label_chain",
    "convolution_values": "fixed_convolutions",
    "can_run_fused": "recurrence",
    "label_log_probabilities": "label_chain",
    "label_probabilities": "label_chain",
    "linear": "linear_rows",
    "long_ctc_losses": "long_ctc",
    "long_stretches": "stretched_layer",
    "pass_messages": "chain_messages",
    "pass_messages_back": "chain_messages",
    "pool_fused": "pooled_states",
    "product_of_rows": "linear_rows",
    "run_fused": "recurrence",
    "run_pooled": "pooled_layer",
    "run_stretched": "stretched_stack",
    "saves_memory_pooled": "pooled_layer",
    "shares_above": "fixed_convolutions",
    "smoothing_forecasts": "smoothing",
}


def __getattr__(name: str) -> Any:
    if name not in _FILES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_FILES[name]}"), name)
    globals()[name] = found  # later lookups do not reach this function
    return found
