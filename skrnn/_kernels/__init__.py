"""Recurrences for the CPU in which the time loop and the gates are one compiled function."""

from skrnn._kernels.adamw import AdamWSteps
from skrnn._kernels.label_chain import best_labels, label_probabilities
from skrnn._kernels.linear_rows import linear
from skrnn._kernels.pooled_states import pool_fused
from skrnn._kernels.recurrence import can_run_fused, run_fused

__all__ = [
    "AdamWSteps",
    "best_labels",
    "can_run_fused",
    "label_probabilities",
    "linear",
    "pool_fused",
    "run_fused",
]
