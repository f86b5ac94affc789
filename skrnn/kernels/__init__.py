"""Recurrences for the CPU in which the time loop and the gates are one compiled function."""

from skrnn.kernels._adamw import AdamWSteps
from skrnn.kernels._label_chain import best_labels, label_probabilities
from skrnn.kernels._linear import linear
from skrnn.kernels._pooling import pool_fused
from skrnn.kernels._recurrence import can_run_fused, run_fused

__all__ = [
    "AdamWSteps",
    "best_labels",
    "can_run_fused",
    "label_probabilities",
    "linear",
    "pool_fused",
    "run_fused",
]
