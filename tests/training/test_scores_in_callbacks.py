"""skorch's scoring callbacks in every estimator: right scores, or the right reason for none."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import pytest
from skorch.callbacks import BatchScoring, Callback, EpochScoring, InputShapeSetter

from skrnn import (
    RNNClassifier,
    RNNForecaster,
    RNNLanguageModel,
    RNNRegressor,
    RNNTagger,
    RNNTranscriber,
)

RNG = np.random.default_rng(0)
X = [RNG.normal(size=(n, 2)) for n in (5, 6, 7, 5)]
TARGETS = RNG.normal(size=4)
TAGS = [np.arange(len(x)) % 2 for x in X]
TEXTS = ["the cat sat on the mat and ran", "a dog ran to the cat and sat"] * 2
pytestmark = pytest.mark.filterwarnings("ignore::skrnn.exceptions.SeasonalNaiveWarning")

SERIES = pd.Series(np.sin(np.arange(40.0)), pd.date_range("2024", periods=40))
TINY = {"hidden_size": 2, "max_epochs": 2, "random_state": 0}

FITS = {
    "classifier": lambda **more: RNNClassifier(**TINY, **more).fit(X, [0, 1, 0, 1]),
    "regressor": lambda **more: RNNRegressor(**TINY, **more).fit(X, TARGETS),
    "tagger": lambda **more: RNNTagger(**TINY, **more).fit(X, TAGS),
    "chain": lambda **more: RNNTagger(output_layer="crf", **TINY, **more).fit(X, TAGS),
    "words": lambda **more: RNNLanguageModel(**TINY, **more).fit(TEXTS),
    "characters": lambda **more: RNNLanguageModel(analyzer="char", **TINY, **more).fit(TEXTS),
    "transcriber": lambda **more: RNNTranscriber(segment_length=1, **TINY, **more).fit(
        X, ["ab", "ba", "ab", "ba"]
    ),
    "forecaster": lambda **more: RNNForecaster(
        2, context_length=4, seasonal_period=1, validation_fraction=0, **TINY, **more
    ).fit(SERIES),
}
REASONS = {
    "words": "reads all texts as one stream",
    "characters": "reads all texts as one stream",
    "transcriber": "writes texts that are aligned to no timestep",
    "forecaster": "trained on windows of normalised values",
}


@pytest.mark.parametrize("name", REASONS)
@pytest.mark.parametrize("use_caching", [True, False])
@pytest.mark.parametrize("scoring", ["accuracy", "neg_mean_absolute_error", "neg_log_loss"])
def test_scores_of_what_has_none_are_refused_with_the_reason(name, use_caching, scoring):
    scored = EpochScoring(scoring, on_train=True, use_caching=use_caching)
    with pytest.raises(ValueError, match=f"^callbacks: got one .*{REASONS[name]}.*Leave it out"):
        FITS[name](callbacks=[scored])


@pytest.mark.parametrize("name", ["tagger", "chain"])
def test_scores_of_batches_of_labels_are_refused_with_the_reason(name):
    scored = BatchScoring("accuracy", on_train=True, name="score")
    with pytest.raises(ValueError, match=r"a batch is padded.*Make it with EpochScoring"):
        FITS[name](callbacks=[scored])
    scored = EpochScoring("accuracy", on_train=True, name="score", lower_is_better=False)
    assert 0 <= FITS[name](callbacks=[scored]).history_[-1]["score"] <= 1


@pytest.mark.parametrize("name", ["words", "characters", "transcriber", "forecaster"])
def test_scores_of_batches_are_refused_with_the_reason_of_the_estimator(name):
    with pytest.raises(ValueError, match=REASONS[name]):
        FITS[name](callbacks=[BatchScoring("accuracy", on_train=True, name="score")])


@pytest.mark.parametrize("name", ["classifier", "regressor"])
@pytest.mark.parametrize("make", [EpochScoring, BatchScoring])
@pytest.mark.parametrize("on_train", [True, False])
def test_scores_without_caching_are_those_with_it(name, make, on_train):
    def fit(**how):
        scored = make("neg_log_loss", on_train=on_train, name="score", **how)
        if name == "regressor":
            scored.scoring = "neg_mean_absolute_error"
        # without what is random in training alone, predictions for it are those of the loss.
        more = {"dropout": 0, "input_noise": 0, "early_stopping": not on_train}
        return FITS[name](callbacks=[scored], validation_fraction=0.5, learning_rate=1e-20, **more)

    cached, computed = fit(use_caching=True), fit(use_caching=False)
    expected = [epoch["score"] for epoch in cached.history_]
    np.testing.assert_allclose([e["score"] for e in computed.history_], expected, rtol=1e-6)
    assert cached.loss_curve_ == computed.loss_curve_


@pytest.mark.parametrize("name", ["tagger", "chain", "words", "transcriber", "forecaster"])
@pytest.mark.parametrize("scoring", ["accuracy", None])
def test_scores_of_batches_are_refused_with_the_same_reason_without_caching(name, scoring):
    scored = BatchScoring(scoring, on_train=True, name="score", use_caching=False)
    with pytest.raises(ValueError, match=REASONS.get(name, "a batch is padded")):
        FITS[name](callbacks=[scored])


@pytest.mark.parametrize("name", ["classifier", "regressor", "tagger", "chain"])
@pytest.mark.parametrize("use_caching", [True, False])
def test_the_score_of_the_estimator_is_recorded_where_no_scorer_is_named(name, use_caching):
    usual = "r2" if name == "regressor" else "accuracy"
    scorings = [
        (kind, EpochScoring(kind, on_train=True, name=str(kind), use_caching=use_caching))
        for kind in (None, usual)
    ]
    model = FITS[name](callbacks=[(str(kind), scoring) for kind, scoring in scorings])
    assert [epoch["None"] for epoch in model.history_] == [e[usual] for e in model.history_]


@pytest.mark.parametrize("name", FITS)
@pytest.mark.parametrize("use_caching", [True, False])
def test_a_function_that_reads_the_history_scores_every_estimator(name, use_caching):
    def last(net, X, y=None):
        return -net.history[-1]["train_loss"]

    scored = EpochScoring(last, on_train=True, use_caching=use_caching)
    model = FITS[name](callbacks=[scored])
    assert [epoch["last"] for epoch in model.history_] == [-loss for loss in model.loss_curve_]


@pytest.mark.parametrize("given", [InputShapeSetter, InputShapeSetter(), ("a", InputShapeSetter())])
@pytest.mark.parametrize("name", ["classifier", "words", "forecaster"])
def test_what_sets_the_number_of_features_is_refused_by_name(name, given):
    with pytest.raises(TypeError, match=r"callbacks: got InputShapeSetter.*Leave it out"):
        FITS[name](callbacks=[given])


class Trial:
    """A trial of a search, which says what Optuna warns of: a step that is reported twice."""

    def __init__(self):
        self.steps: list[int] = []

    def report(self, value, step):
        assert step not in self.steps
        self.steps.append(step)

    def should_prune(self):
        return False


class Pruning(Callback):
    def __init__(self, trial, monitor):
        self._trial, self._monitor = trial, monitor

    def on_epoch_end(self, net, **kwargs):
        self._trial.report(net.history[-1, self._monitor], len(net.history) - 1)


@pytest.mark.parametrize("name", [name for name in FITS if name not in ("words", "characters")])
@pytest.mark.parametrize("monitor", ["train_loss", "valid_loss"])
def test_a_trial_hears_of_every_epoch_once(name, monitor):
    trial = Trial()
    more = {"early_stopping": True, "validation_fraction": 0.3}
    fit = partial(FITS[name], **more)
    if name == "forecaster":
        model = RNNForecaster(2, context_length=4, seasonal_period=1, **TINY, **more)
        fit = lambda **own: model.set_params(**own).fit(SERIES)  # noqa: E731
    fit(callbacks=[Pruning(trial, monitor)])
    assert trial.steps == [0, 1]


@pytest.mark.parametrize("share", [0.0, 0.3])
def test_a_trial_hears_of_a_forecaster_without_early_stopping_once(share):
    trial = Trial()
    model = RNNForecaster(2, context_length=4, seasonal_period=1, **TINY, validation_fraction=share)
    model.set_params(callbacks=[Pruning(trial, "train_loss")]).fit(SERIES)
    assert trial.steps == [0, 1]
