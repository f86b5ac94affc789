"""How the learning rate changes over a fit."""

from __future__ import annotations

import math

__all__ = ["SCHEDULES", "schedule_factor"]

SCHEDULES = ("one_cycle", "cosine", "constant")


def schedule_factor(schedule: str, progress: float) -> float:
    """Share of the learning rate to use after the given share of all updates.

    Parameters
    ----------
    schedule : {"one_cycle", "cosine", "constant"}
        "one_cycle" rises from 1/25 to 1 in the first 10% and falls along a cosine to almost 0;
        "cosine" only falls.
    progress : float
        In [0, 1].

    References
    ----------
    Smith and Topin (2019), "Super-Convergence: Very Fast Training of Neural Networks Using Large
    Learning Rates"; Loshchilov and Hutter (2017), "SGDR".
    """
    if schedule == "constant":
        return 1.0
    warm_up = 0.1 if schedule == "one_cycle" else 0.0
    if progress < warm_up:
        low, high, part = 1 / 25, 1.0, progress / warm_up
    else:
        low, high, part = 1.0, 1e-4, (progress - warm_up) / (1 - warm_up)
    return high + (low - high) * (1 + math.cos(math.pi * part)) / 2
