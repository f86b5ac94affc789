"""Bounds of what can be forecast: a number that sales, rates or levels never leave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

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
        series = panel.series_of(np.array([row]))
        label = describe_ids(panel.ids[series])
        time = describe_times(panel.clock.index(panel.positions_of(np.array([row]))))
        value = float(panel.values[row])
        is_low = value < self.lower
        bound_name = "lower_bound" if is_low else "upper_bound"
        side = "below" if is_low else "above"
        sign = ">=" if is_low else "<="
        bound = self.lower if is_low else self.upper
        observed = panel.values[~np.isnan(panel.values)]
        furthest = float(observed.min() if is_low else observed.max())
        raise ValueError(
            f"{name}: got {value!r} in series {label} at {time}, {side} {bound_name}={bound!r}. "
            f"Expected values of {bound!r} or {'more' if is_low else 'less'}, NaN where one is "
            f"missing. Set {bound_name}={furthest!r} in the forecaster, or None; or read such "
            f"values as missing, {_missing(panel, name, sign, bound)}."
        )

    @property
    def _both(self) -> tuple[float, float]:
        return self.lower, self.upper


NO_BOUNDS = Bounds()


def check_bounds(forecaster: Any) -> None:
    """Raise an error unless the bounds of a forecaster go together and with its loss.

    Parameters
    ----------
    forecaster : RNNForecaster
        Each of its parameters has an allowed value.
    """
    lower, upper = forecaster.lower_bound, forecaster.upper_bound
    if lower is not None and upper is not None and lower >= upper:
        raise ValueError(
            f"lower_bound: got {lower!r} with upper_bound={upper!r}. Expected a lower bound below "
            "the upper one. Swap them, or set one of them to None."
        )
    if forecaster.loss != "negative_binomial":
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


def _missing(panel: Panel, name: str, sign: str, bound: float) -> str:
    """Return the code that makes values outside a bound missing."""
    if panel.layout.container == "array":
        return f"np.where({name} {sign} {bound!r}, {name}, np.nan)"
    return f"{name}.where({name} {sign} {bound!r})"
