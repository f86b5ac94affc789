"""Recurrences for the CPU in which the time loop and the gates are one compiled function."""

from skrnn.kernels._linear import linear
from skrnn.kernels._recurrence import can_run_fused, run_fused, run_in_torch

__all__ = ["can_run_fused", "linear", "run_fused", "run_in_torch"]
