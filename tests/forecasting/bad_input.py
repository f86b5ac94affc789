"""Bad input to the forecaster: its cases, and what every refusal must do.

Every case is one defect of one argument, as in ``tests.sequences.bad_input``.
`pytest -k <argument>` runs an argument's cases.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pytest

from skrnn import RNNForecaster
from skrnn._forecasting.fitted import fitted_forecaster
from tests.refusals import WAY_OUT, is_ours, photograph, raised_by

N = 40
_rng = np.random.default_rng(0)
DAYS = pd.date_range("2024-01-01", periods=N, name="day")
LATER = pd.date_range("2024-02-10", periods=6, name="day")
Y = pd.Series(_rng.normal(size=N).cumsum() + 50, index=DAYS, name="sales")
MORE = pd.Series(_rng.normal(size=6) + 50, index=LATER, name="sales")
WIDE = pd.DataFrame({"a": Y, "b": 2 * Y})
MORE_WIDE = pd.DataFrame({"a": MORE, "b": 2 * MORE})
PANEL = WIDE.T.stack().rename_axis(["shop", "day"])
MORE_PANEL = MORE_WIDE.T.stack().rename_axis(["shop", "day"])
X = pd.DataFrame({"warmth": _rng.normal(size=N), "promo": np.arange(N) % 2.0}, index=DAYS)
X_LATER = pd.DataFrame({"warmth": _rng.normal(size=6), "promo": np.arange(6) % 2.0}, index=LATER)
X_PANEL = pd.DataFrame({"warmth": 1.0, "kind": "street"}, index=PANEL.index)
COUNTS = pd.Series(_rng.poisson(5.0, size=N), index=DAYS, name="sold")
TINY: dict[str, Any] = {
    "horizon": 3,
    "context_length": 8,
    "seasonal_period": 7,
    "hidden_size": 2,
    "max_epochs": 1,
    "batch_size": 512,
    "validation_fraction": 0,
    "random_state": 0,
}
# What the forecasters were fitted on that cases begin with.
FITTED: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
    "series": ((Y,), {}),
    "series, held out": ((Y,), {"validation_fraction": 0.2}),
    "features": ((X, Y), {}),
    "features of an array": ((X.to_numpy(), Y), {}),
    "table": ((WIDE,), {}),
    "panel": ((PANEL,), {}),
    "panel with features": ((X_PANEL, PANEL), {"static_features": "kind"}),
    "array": ((Y.to_numpy(),), {}),
    "odd numbers": ((Y.set_axis(range(1, 2 * N, 2)),), {}),
    "logarithms": ((Y,), {"target_transform": "log"}),
    "counts": ((COUNTS,), {"loss": "negative_binomial"}),
}


@dataclass(frozen=True)
class Case:
    """One argument with one defect.

    `says` are patterns that the message must match besides the argument's name and a way out.
    `given` is what the method is called with; with `first`, it is called on that forecaster, after
    it was set to `params`.
    """

    argument: str
    defect: str
    says: tuple[str, ...]
    given: dict[str, Any]
    method: str = "fit"
    first: str | None = None
    params: dict[str, Any] = field(default_factory=dict)
    # an outside library warns before it fails
    warns: bool = False

    @property
    def id(self) -> str:
        return f"{self.argument}-{self.defect}".replace(" ", "_")


class Cases(list[Case]):
    """The cases of a chapter."""

    def add(
        self, argument: str, defect: str, *says: str, given: dict[str, Any], **details: Any
    ) -> None:
        self.append(Case(argument, defect, says, given, **details))


def having(data: Any, value: Any, at: Any = 4) -> Any:
    """A copy of a Series or a DataFrame with one value replaced."""
    copied = data.copy()
    copied.iloc[at] = value
    return copied


def at_times(data: Any, index: Any) -> Any:
    return data.set_axis(index)


def forecast_of(forecaster) -> np.ndarray:
    rows = {"features": X_LATER, "features of an array": X_LATER.to_numpy()}
    data = fitted_forecaster(forecaster).data
    if data.panel.layout.rows_are_panel and data.rows:
        return forecaster.fitted_values().to_numpy()
    for name, X_ahead in rows.items():
        if data.rows and (name == "features") == hasattr(forecaster, "feature_names_in_"):
            return np.asarray(forecaster.predict(X_ahead))
    return np.asarray(forecaster.predict())


def assert_refused(bad: Case, fitted: Callable[[str], RNNForecaster]) -> None:
    """The bad call says a way out, and leaves the forecaster and the arguments as they were."""
    if bad.first is None:
        model = RNNForecaster(**TINY | bad.params)
    else:
        model = fitted(bad.first)
        expected = forecast_of(model)
        started_with = model.get_params()
        model.set_params(**bad.params)
    learned = dict(vars(model))
    before = photograph(bad.given)

    with warnings.catch_warnings():
        if bad.warns:
            warnings.simplefilter("ignore")
        with pytest.raises((ValueError, TypeError)) as caught:
            getattr(model, bad.method)(**bad.given)

    message = str(caught.value)
    for pattern in (rf"\b{bad.argument}\b", *bad.says, WAY_OUT):
        assert re.search(pattern, message), f"{pattern} is not said in: {message}"
    assert is_ours(raised_by(caught.value)), f"raised by {raised_by(caught.value)}: {message}"
    assert photograph(bad.given) == before
    assert vars(model).keys() == learned.keys()
    assert all(vars(model)[name] is value for name, value in learned.items())
    if bad.first is not None:
        model.set_params(**started_with)
        np.testing.assert_array_equal(forecast_of(model), expected)


ROWS = X_LATER[[]]
