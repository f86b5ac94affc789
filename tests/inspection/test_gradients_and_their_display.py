"""Integrated gradients of pipelines and frames, what is refused, and the picture."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skrnn import (
    RNNClassifier,
    RNNLanguageModel,
    RNNRegressor,
    RNNTagger,
)
from skrnn.inspection import IntegratedGradientsDisplay, _path_integral, integrated_gradients
from skrnn.preprocessing import SequenceScaler
from tests.inspection.attributions import TEXTS, TINY, with_gaps

# -- the container, the estimator ------------------------------------------------------------


def test_a_pipeline_is_explained_by_what_its_estimator_reads(data):
    X, y = data
    pipeline = make_pipeline(SequenceScaler(), RNNClassifier(**TINY)).fit(X, y)
    result = integrated_gradients(pipeline, X[0])
    scaled = pipeline[0].transform(X[:1])[0]
    np.testing.assert_array_equal(result.attributions["value"], scaled.ravel())
    pd.testing.assert_frame_equal(
        result.attributions, integrated_gradients(pipeline[-1], scaled).attributions
    )


def test_columns_of_a_frame_name_the_features(data):
    X, y = data
    frames = [pd.DataFrame(x, columns=["speed", "load"]) for x in X]
    classifier = RNNClassifier(**TINY).fit(frames, y)
    attributions = integrated_gradients(classifier, frames[0]).attributions
    assert attributions["feature"].tolist()[:2] == ["speed", "load"]
    assert list(attributions.columns) == ["timestep", "feature", "value", "attribution"]


def test_nothing_is_changed_by_explaining(data):
    X, y = data
    classifier = RNNClassifier(**TINY, dropout=0.5).fit(X, y)
    x = X[0].copy()
    before, randomness = pickle.dumps(classifier), torch.get_rng_state()
    with torch.inference_mode():  # a caller's mode does not reach inside
        result = integrated_gradients(classifier, x)
    assert pickle.dumps(classifier) == before
    assert torch.equal(torch.get_rng_state(), randomness)
    np.testing.assert_array_equal(x, X[0])
    again = integrated_gradients(classifier, x)
    pd.testing.assert_frame_equal(result.attributions, again.attributions)


def test_a_tolerance_out_of_reach_is_told(data, monkeypatch):
    X, y = data
    classifier = RNNClassifier(**TINY, pooling="max").fit(X, y)
    monkeypatch.setattr(_path_integral, "_MOST_NODES", 32)
    with pytest.warns(ConvergenceWarning, match=r"tolerance: got 1e-13, which 32 gradients"):
        integrated_gradients(classifier, X[1], tolerance=1e-13)


# -- what cannot be used -----------------------------------------------------------------------


def test_wrong_arguments_are_refused(data):
    X, y = data
    classifier = RNNClassifier(**TINY).fit(X, y)
    for wrong, message in (
        ({"target": 7}, r"target: got 7. Expected one of the classes \[0, 1\]"),
        ({"target": "1"}, "target: got '1'"),
        ({"output": "logit"}, r"output: got 'logit'. Expected one of \('log_odds'"),
        ({"timestep": 1}, "timestep: got 1 for an RNNClassifier.*RNNTagger and RNNTranscriber"),
        ({"tolerance": 0}, "tolerance: got 0. Expected a number above 0"),
        ({"baseline": [1.0]}, r"baseline: got list of length 1. Expected.*\(2,\)"),
        ({"baseline": [1.0, np.nan]}, "baseline: got list.*finite"),
        ({"baseline": "unknown"}, "baseline: got str.*finite numbers"),
    ):
        with pytest.raises(ValueError, match=message):
            integrated_gradients(classifier, X[0], **wrong)
    with pytest.raises(ValueError, match=r"x: got list of length 2.*x\[0\]"):
        integrated_gradients(classifier, X[:2])
    with pytest.raises(ValueError, match=r"x has 3 features"):
        integrated_gradients(classifier, np.zeros((4, 3)))


def test_a_regressor_wants_the_number_of_a_target(data):
    X, y = data
    regressor = RNNRegressor(**TINY).fit(X, np.stack([y, y], axis=1))
    for target in (None, 2, True):
        with pytest.raises(ValueError, match=f"target: got {target}, while.*2 target"):
            integrated_gradients(regressor, X[0], target=target)


def test_a_tagger_wants_a_timestep(data):
    X, _ = data
    tagger = RNNTagger(**TINY).fit(X, [(x[:, 0] > 0).astype(int) for x in X])
    for timestep in (None, 20, 1.0):
        with pytest.raises(ValueError, match=f"timestep: got {timestep} for an RNNTagger"):
            integrated_gradients(tagger, X[0], timestep=timestep)


def test_tokens_want_a_named_baseline(spam_filter):
    with pytest.raises(ValueError, match=r"baseline: got \[0.0\].*\['unknown', 'padding'\]"):
        integrated_gradients(spam_filter, TEXTS[0], baseline=[0.0])


def test_other_estimators_are_refused(data):
    with pytest.raises(NotFittedError):
        integrated_gradients(RNNClassifier(), data[0][0])
    with pytest.raises(TypeError, match=r"estimator: got a LogisticRegression"):
        integrated_gradients(LogisticRegression(), data[0][0])
    model = RNNLanguageModel(**{**TINY, "max_epochs": 1}).fit(TEXTS)
    with pytest.raises(TypeError, match=r"got an RNNLanguageModel, which has no answer"):
        integrated_gradients(model, "win")


# -- the picture ---------------------------------------------------------------------------


def test_the_display_draws_features_over_time_with_gaps_in_grey(data):
    import matplotlib.pyplot as plt

    X, y = data
    X = with_gaps(X)
    classifier = RNNClassifier(**TINY).fit(X, y)
    display = IntegratedGradientsDisplay.from_estimator(classifier, X[1])
    figure, ax = plt.subplots()
    assert display.plot(ax=ax) is display
    assert display.ax_ is ax
    cells = display.mesh_.get_array().reshape(2, -1)
    np.testing.assert_array_equal(np.ma.getmaskarray(cells), np.isnan(X[1]).T)
    expected = display.attributions["attribution"].to_numpy().reshape(-1, 2).T
    np.testing.assert_array_equal(cells.filled(0.0), expected)
    plt.close(figure)


def test_the_display_draws_one_feature_as_a_curve(data):
    import matplotlib.pyplot as plt

    X, y = data
    classifier = RNNClassifier(**TINY).fit([x[:, 0] for x in X], y)
    display = IntegratedGradientsDisplay.from_estimator(classifier, X[0][:, 0]).plot()
    np.testing.assert_array_equal(display.ax_.lines[-1].get_ydata(), X[0][:, 0])
    plt.close(display.figure_)


def test_the_display_colours_the_tokens_of_a_text(spam_filter):
    import matplotlib.pyplot as plt

    text = " ".join(TEXTS[:4] * 3)
    display = IntegratedGradientsDisplay.from_estimator(spam_filter, text, target=1).plot()
    words = [drawn.get_text() for drawn in display.texts_]
    assert words == text.split()
    assert len({drawn.get_position()[1] for drawn in display.texts_}) > 1  # lines
    colours = {word: box.get_facecolor() for word, box in zip(words, display.mesh_, strict=True)}
    strongest = words[display.attributions["attribution"].argmax()]
    assert colours[strongest][0] > colours[strongest][2]  # red
    plt.close(display.figure_)
