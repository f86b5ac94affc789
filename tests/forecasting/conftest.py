"""Fixtures of the tests in this folder."""

from __future__ import annotations

import warnings

import pytest

from skrnn import RNNForecaster
from skrnn.exceptions import SeasonalNaiveWarning
from tests.forecasting import bad_input
from tests.forecasting.series import HELD_OUT, counts, interrupted, tiny, walk


@pytest.fixture(scope="session")
def of_loss():
    """Forecasters by loss, with held-out windows, of counts."""
    made: dict[str, RNNForecaster] = {}

    def fitted(loss):
        if loss not in made:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", SeasonalNaiveWarning)
                made[loss] = tiny(loss=loss, validation_fraction=0.25).fit(counts())
        return made[loss]

    return fitted


@pytest.fixture(scope="session")
def base():
    return tiny(calendar=None).fit(walk(60))


@pytest.fixture(scope="session")
def early_networks():
    """The two networks that are trained without the held-out windows."""
    return interrupted(3, "at once", tiny(**HELD_OUT), walk(60))


@pytest.fixture(scope="session")
def fitted_on():
    """Forecasters by what they were fitted on; a case that changes one is a failure."""
    made: dict[str, RNNForecaster] = {}

    def forecaster(name):
        if name not in made:
            data, params = bad_input.FITTED[name]
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", SeasonalNaiveWarning)
                made[name] = RNNForecaster(**bad_input.TINY | params).fit(*data)
        return made[name]

    return forecaster
