"""Training that goes on: partial_fit and warm_start."""

from __future__ import annotations

import numpy as np
import pytest
from skorch.callbacks import EpochScoring

from skrnn import RNNClassifier
from skrnn.exceptions import ScaleWarning
from tests.sequences.small_networks import CONSTANT, TINY, X_NEW, Watcher, X, Y, both, scores


def partially_fitted(make, y, n_calls: int, **changes):
    model = make(**(CONSTANT | changes))
    first = {"classes": [0, 1]} if make is RNNClassifier else {}
    for call in range(n_calls):
        model.partial_fit(X, y, **(first if call == 0 else {}))
    return model


@both
def test_calls_of_partial_fit_are_epochs_of_a_fit(make, y, y_val):
    parts = partially_fitted(make, y, 3)
    whole = make(**CONSTANT).fit(X, y)
    assert parts.n_iter_ == 3
    assert parts.loss_curve_ == whole.loss_curve_
    np.testing.assert_array_equal(scores(parts), scores(whole))


@both
def test_partial_fit_lowers_the_loss_and_repeats_itself(make, y, y_val):
    model = partially_fitted(make, y, 8)
    assert model.loss_curve_[-1] < 0.8 * model.loss_curve_[0]
    np.testing.assert_array_equal(scores(model), scores(partially_fitted(make, y, 8)))
    other = partially_fitted(make, y, 8, random_state=1)
    assert not np.array_equal(scores(model), scores(other))


# the regressor also warns of targets in another unit
@pytest.mark.filterwarnings("ignore:y. got:skrnn.exceptions.ScaleWarning")
@both
def test_statistics_are_frozen_at_the_first_call(make, y, y_val):
    model = partially_fitted(make, y, 1, learning_rate=1e-30)
    before = scores(model)
    # a step this small leaves the weights; other statistics would still move the predictions.
    far = [x * 100 - 7 for x in X]
    with pytest.warns(ScaleWarning, match="X: got"):
        model.partial_fit(far, y if make is RNNClassifier else y * 50)
    np.testing.assert_allclose(scores(model), before, rtol=1e-6)


def test_classes_are_frozen_at_the_first_call():
    model = RNNClassifier(**CONSTANT).partial_fit(X[:4], ["a", "b"] * 2, classes=["a", "b", "c"])
    assert model.classes_.tolist() == ["a", "b", "c"]
    model.partial_fit(X[:2], ["c", "c"])
    assert model.predict_proba(X_NEW).shape == (len(X_NEW), 3)
    with pytest.raises(ValueError, match="'d'"):
        model.partial_fit(X[:1], ["d"])
    with pytest.raises(ValueError, match="classes: got None in the first call"):
        RNNClassifier(**CONSTANT).partial_fit(X, Y)


@both
def test_partial_fit_holds_nothing_out(make, y, y_val):
    # one sample at a time, as in a stream: nothing could be held out, nor is one epoch stopped.
    model = partially_fitted(make, y, 1, early_stopping=True)
    model.partial_fit(X[:1], y[:1])
    assert "valid_loss" not in model.history_[-1]


@both
def test_a_warm_start_goes_on_where_the_last_fit_ended(make, y, y_val):
    model = make(**CONSTANT, warm_start=True).fit(X, y)
    first = model.loss_curve_
    model.fit(X, y)
    longer = make(**(CONSTANT | {"max_epochs": 6})).fit(X, y)
    assert model.n_iter_ == 6
    assert model.loss_curve_[:3] == first
    assert model.loss_curve_[-1] < first[-1]
    np.testing.assert_array_equal(scores(model), scores(longer))


@both
def test_a_warm_start_keeps_the_statistics_and_a_cold_one_does_not(make, y, y_val):
    far = [x * 100 for x in X]
    warm = make(**CONSTANT, warm_start=True).fit(X, y)
    mean = warm.statistics_.mean.copy()
    with pytest.warns(ScaleWarning, match="X: got"):
        warm.fit(far, y)
    np.testing.assert_array_equal(warm.statistics_.mean, mean)
    cold = make(**CONSTANT).fit(X, y)
    np.testing.assert_allclose(cold.fit(far, y).statistics_.mean, 100 * mean)


@both
def test_a_warm_start_takes_the_settings_of_training_as_they_now_are(make, y, y_val, capsys):
    model = make(**CONSTANT, warm_start=True, callbacks=[Watcher()]).fit(X, y)
    rate = EpochScoring("neg_mean_squared_error", on_train=True, name="fit")
    changed = {"learning_rate": 0.125, "weight_decay": 0.5, "batch_size": 4, "gradient_clip": None}
    model.set_params(**changed, verbose=1, callbacks=[rate]).fit(X, y)
    group = model.net_.optimizer_.param_groups[0]
    assert (group["lr"], group["weight_decay"]) == (0.125, 0.5)
    assert model.net_.batch_size == 4
    assert model.net_.gradient_clip is None
    assert "fit" in model.history_[-1]
    assert "fit" not in model.history_[0]
    assert "train_loss" in capsys.readouterr().out
    assert not any(isinstance(callback, Watcher) for _, callback in model.net_.callbacks_)


@both
def test_fitting_anew_forgets_everything(make, y, y_val):
    model = make(**TINY).fit([x[:, :1] * 3 for x in X], y)
    model.fit(X, y)
    np.testing.assert_array_equal(scores(model), scores(make(**TINY).fit(X, y)))
    assert model.n_iter_ == TINY["max_epochs"]
    assert model.n_features_in_ == 2
