"""Bounds of what can be forecast: a number that sales, rates or levels never leave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from skrnn._input.numbers import LARGEST
from skrnn._series.clock import describe_times
from skrnn._series.panel import Panel
from skrnn._series.rows import describe_ids

__all__ = ["NO_BOUNDS", "Bounds", "check_bounds"]


@dataclass(frozen=True)
class Bounds:
    """The smallest and the largest value, on the scale of y.

    Parameters
    ----------
    lower, upper : float, default=-inf, inf
        Both may be reached.
    """

    lower: float = -np.inf
    upper: float = np.inf

    @classmethod
    def of_parameters(cls, lower: Any, upper: Any) -> Bounds:
        """Return the bounds that a forecaster was given, None for none."""
        return cls(
            -np.inf if lower is None else float(lower), np.inf if upper is None else float(upper)
        )

    @property
    def are_none(self) -> bool:
        """Whether every number lies within the bounds."""
        return self.lower == -np.inf and self.upper == np.inf

    def logarithms(self) -> Bounds:
        """Return the bounds of the logarithms of the values, which are above 0."""
        lower, upper = (np.log(bound) if bound > 0 else -np.inf for bound in self._both)
        return Bounds(float(lower), float(upper))

    def clip(self, values: np.ndarray) -> np.ndarray:
        """Return the values, each moved to the nearest one within the bounds."""
        return values if self.are_none else np.clip(values, self.lower, self.upper)

    def refuse_values_outside(self, panel: Panel, name: str) -> None:
        """Raise an error if an observed value of the panel lies outside.

        Parameters
        ----------
        panel : Panel
            The series as they were given.
        name : str
            The argument that they were given as.
        """
        if self.are_none:
            return
        is_outside = (panel.values < self.lower) | (panel.values > self.upper)
        if not is_outside.any():
            return
        row = int(np.argmax(is_outside))
        at = np.array([row])
        label = describe_ids(panel.ids[panel.series_of(at)])
        time = describe_times(panel.clock.index(panel.positions_of(at)))
        value = float(panel.values[row])
        if value < self.lower:
            bound_name, bound, side, more = "lower_bound", self.lower, "below", "more"
            furthest = float(np.nanmin(panel.values))
        else:
            bound_name, bound, side, more = "upper_bound", self.upper, "above", "less"
            furthest = float(np.nanmax(panel.values))
        remedy = f"Set {bound_name}={furthest!r} in the forecaster, or None"
        is_left = ~is_outside & ~np.isnan(panel.values)
        if np.logical_or.reduceat(is_left, panel.starts).all():
            remedy += f"; or read such values as missing, {self._missing(panel, name)}"
        raise ValueError(
            f"{name}: got {value!r} in series {label} at {time}, {side} {bound_name}={bound!r}. "
            f"Expected values of {bound!r} or {more}, NaN where one is missing. {remedy}."
        )

    def _missing(self, panel: Panel, name: str) -> str:
        """Return the code that makes values outside missing."""
        is_array = panel.layout.container == "array"
        conditions = []
        if self.lower > -np.inf:
            conditions.append((">=", self.lower))
        if self.upper < np.inf:
            conditions.append(("<=", self.upper))
        if is_array:
            # A list has no comparison with a number.
            values = f"np.asarray({name}, float)"
            parts = [f"({values} {sign} {bound!r})" for sign, bound in conditions]
            return f"np.where({' & '.join(parts)}, {name}, np.nan)"
        parts = [f"({name} {sign} {bound!r})" for sign, bound in conditions]
        condition = " & ".join(parts) if len(parts) > 1 else parts[0][1:-1]
        return f"{name}.where({condition})"

    @property
    def _both(self) -> tuple[float, float]:
        return self.lower, self.upper


NO_BOUNDS = Bounds()


def check_bounds(lower: float | None, upper: float | None, *, is_count: bool) -> None:
    """Raise an error unless the bounds of a forecaster go together and with its loss.

    Parameters
    ----------
    lower, upper : float or None
        The parameters ``lower_bound`` and ``upper_bound``.
    is_count : bool
        Whether counts are forecast, by ``loss="negative_binomial"``.
    """
    for name, bound in (("lower_bound", lower), ("upper_bound", upper)):
        if bound is not None and abs(int(bound)) > LARGEST:
            raise ValueError(
                f"{name}: got a number beyond {LARGEST:g} in size, which no value of y exceeds. "
                "Expected a smaller one. Set it to None."
            )
    if lower is not None and upper is not None and lower >= upper:
        raise ValueError(
            f"lower_bound: got {lower!r} with upper_bound={upper!r}. Expected a lower bound below "
            "the upper one. Swap them, or set one of them to None."
        )
    if not is_count:
        return
    for name, bound in (("lower_bound", lower), ("upper_bound", upper)):
        if bound is not None and bound != round(float(bound)):
            raise ValueError(
                f"{name}: got {bound!r} with loss='negative_binomial', whose values are counts. "
                "Expected a whole number. Set the next whole number, or use another loss."
            )
    if upper is not None and upper < 0:
        raise ValueError(
            f"upper_bound: got {upper!r} with loss='negative_binomial', whose values are counts. "
            "Expected 0 or more. Use another loss."
        )
