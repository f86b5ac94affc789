"""What an interrupted or failed fit of the forecaster leaves."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError
from skorch.callbacks import Callback

from skrnn.exceptions import SeasonalNaiveWarning
from tests.forecasting.series import HELD_OUT, interrupted, tiny, walk, weights_of

# They train many networks: they are for the whole suite, not for every day.
pytestmark = pytest.mark.slow


def test_interrupted_before_an_epoch_has_ended_a_forecaster_stays_unfitted():
    forecaster = tiny(**HELD_OUT)
    before = set(vars(forecaster))
    interrupted(1, "at once", forecaster, walk(60))
    assert set(vars(forecaster)) == before
    with pytest.raises(NotFittedError):
        forecaster.predict()


@pytest.mark.parametrize(
    ("training", "when", "n_networks"), [(1, "later", 1), (2, "at once", 1), (2, "later", 2)]
)
def test_interrupted_before_the_errors_are_known_what_was_trained_is_kept(
    early_networks, training, when, n_networks
):
    fitted = interrupted(training, when, tiny(**HELD_OUT), walk(60))
    assert len(fitted.nets_) == n_networks
    assert fitted.n_iter_ == (1 if training == 1 else 3)
    assert np.isfinite(fitted.predict()).all()
    assert np.isnan(fitted.skill_)
    if training == 2:
        size = len(weights_of(early_networks)) // 2
        np.testing.assert_array_equal(weights_of(fitted)[:size], weights_of(early_networks)[:size])


@pytest.mark.parametrize(
    ("training", "when"), [(3, "at once"), (3, "later"), (4, "at once"), (4, "later")]
)
def test_interrupted_in_the_last_training_the_networks_before_it_are_kept(
    early_networks, training, when
):
    fitted = interrupted(training, when, tiny(**HELD_OUT), walk(60))
    np.testing.assert_array_equal(weights_of(fitted), weights_of(early_networks))
    assert fitted.n_iter_ == 3 and np.isfinite(fitted.skill_)
    assert np.isfinite(fitted.predict_interval()).all(axis=None)


def test_interrupted_while_errors_are_learned_the_networks_are_kept(early_networks, monkeypatch):
    def press_ctrl_c(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("skrnn._forecasting.held_out.mean_skill", press_ctrl_c)
    fitted = tiny(**HELD_OUT)
    with pytest.raises(KeyboardInterrupt):
        fitted.fit(walk(60))
    np.testing.assert_array_equal(weights_of(fitted), weights_of(early_networks))
    assert np.isfinite(fitted.predict()).all()


@pytest.mark.parametrize("method", ["fit", "update"])
def test_interrupted_at_once_training_that_goes_on_leaves_the_forecaster_as_it_was(method):
    fitted = tiny(n_members=2, warm_start=True).fit(walk(40))
    before, expected = dict(vars(fitted)), fitted.predict()
    more = walk(44)[40:] if method == "update" else walk(44)
    refit = {"refit": True} if method == "update" else {}
    interrupted(1, "at once", fitted, more, method, **refit)
    assert vars(fitted).keys() == before.keys()
    assert all(vars(fitted)[name] is value for name, value in before.items())
    pd.testing.assert_series_equal(fitted.predict(), expected)


@pytest.mark.parametrize("method", ["fit", "update"])
@pytest.mark.parametrize(("training", "when"), [(1, "later"), (2, "at once"), (2, "later")])
def test_interrupted_later_training_that_goes_on_keeps_what_it_has(method, training, when):
    fitted = tiny(warm_start=True, **HELD_OUT | {"max_epochs": 2})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeasonalNaiveWarning)
        fitted.fit(walk(40))
    first = weights_of(fitted)
    more = walk(44)[40:] if method == "update" else walk(44)
    refit = {"refit": True} if method == "update" else {}
    interrupted(training, when, fitted, more, method, **refit)
    size = len(first) // 2
    is_new = [
        not np.array_equal(a, b)
        for a, b in zip(np.split(weights_of(fitted), 2), np.split(first, 2), strict=True)
    ]
    assert is_new == [True, (training, when) == (2, "later")]
    assert fitted.n_iter_ == 3 if training == 1 else fitted.n_iter_ == 4
    assert fitted.cutoff_ == walk(44).index[-1]
    assert size and np.isfinite(fitted.predict()).all()


def test_a_warm_start_adds_the_networks_that_an_interruption_left_out():
    fitted = interrupted(1, "later", tiny(warm_start=True, **HELD_OUT), walk(60))
    assert len(fitted.nets_) == 1
    fitted.fit(walk(60))
    assert len(fitted.nets_) == 2 and np.isfinite(fitted.predict()).all()


def test_a_failed_fit_leaves_the_earlier_one_as_it_was():
    class Fail(Callback):
        def on_epoch_end(self, net, **kwargs):
            raise RuntimeError("disk full")

    fitted = tiny().fit(walk(40))
    expected = fitted.predict()
    with pytest.raises(RuntimeError, match="disk full"):
        fitted.set_params(callbacks=[Fail]).fit(walk(60))
    pd.testing.assert_series_equal(fitted.predict(), expected)
