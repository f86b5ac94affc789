"""Integrated gradients: they add up, and are what finite differences of predict say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import torch
from scipy.special import logit

from skrnn import (
    RNNClassifier,
    RNNRegressor,
    RNNTagger,
    RNNTranscriber,
)
from skrnn.inspection import _path_integral, integrated_gradients, recurrent_states
from tests.conftest import make_ragged
from tests.inspection.attributions import TINY, assert_complete, total, with_gaps

# -- the integral --------------------------------------------------------------------------


def test_the_mean_gradient_of_a_polynomial_is_exact():
    stop = torch.tensor([[1.0, -2.0], [0.5, 3.0]], dtype=torch.float64)
    path = _path_integral.integrate_gradients(
        lambda points: (points**3).sum(dim=(1, 2)) + points[:, 0, 0] * points[:, 1, 1],
        *(torch.zeros_like(stop), stop, 1e-9),
    )
    # 3 x^2 has the mean x^2 along the path, x y gives half of each.
    expected = stop.numpy() ** 2 + [[1.5, 0.0], [0.0, 0.5]]
    np.testing.assert_allclose(path.gradient, expected, rtol=1e-13)
    assert abs(path.gap) < 1e-13


def test_pieces_are_halved_until_a_kink_is_followed():
    stop = torch.ones(1, 1, dtype=torch.float64)

    def kinked(points):
        return torch.relu(points[:, 0, 0] - 0.3)

    rough, fine = (
        _path_integral.integrate_gradients(kinked, torch.zeros_like(stop), stop, tolerance)
        for tolerance in (1.0, 1e-8)
    )
    assert abs(fine.gap) <= 1e-8 < abs(rough.gap)
    assert rough.n_nodes < fine.n_nodes < 1000
    np.testing.assert_allclose(fine.gradient, [[0.7]], atol=1e-8)


# -- the sum property ----------------------------------------------------------------------


@pytest.mark.parametrize("output", ["log_odds", "probability"])
@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize("segment_length", [1, 3])
def test_attributions_sum_to_the_difference_of_a_classifier(data, cell, output, segment_length):
    X, y = data
    classifier = RNNClassifier(**TINY, cell=cell, segment_length=segment_length, dtype="float64")
    classifier.fit(X, y)
    result = integrated_gradients(classifier, X[1], output=output, target=1)
    assert_complete(result)
    probability = classifier.predict_proba(X[1:2])[0, 1]
    expected = logit(probability) if output == "log_odds" else probability
    assert result.output == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("pooling", ["last", "attention", ("mean", "max")])
def test_attributions_sum_to_the_difference_whatever_the_pooling(data, pooling):
    X, y = data
    classifier = RNNClassifier(**TINY, pooling=pooling, num_layers=2).fit(X, y)
    assert_complete(integrated_gradients(classifier, X[1]))


def test_a_lower_tolerance_makes_the_gap_smaller(data):
    X, y = data
    classifier = RNNClassifier(**TINY).fit(X, y)
    result = integrated_gradients(classifier, X[1], tolerance=1e-5)
    assert_complete(result, 1e-5)
    assert result.n_nodes > integrated_gradients(classifier, X[1], tolerance=0.1).n_nodes


def test_several_classes_are_each_explained_against_the_others(data):
    X, _ = data
    y = np.array(["a", "b", "c"])[np.arange(len(X)) % 3]
    classifier = RNNClassifier(**TINY, dtype="float64").fit(X, y)
    proba = classifier.predict_proba(X[:1])[0]
    for label, probability in zip("abc", proba, strict=True):
        result = integrated_gradients(classifier, X[0], target=label, tolerance=1e-4)
        assert result.output == pytest.approx(logit(probability), abs=1e-10)
        assert abs(total(result) - (result.output - result.baseline_output)) < 1e-4
    assert integrated_gradients(classifier, X[0]).target == "abc"[proba.argmax()]


def test_labels_of_a_multilabel_classifier_are_explained_one_by_one(data):
    X, y = data
    classifier = RNNClassifier(**TINY, dtype="float64").fit(X, np.stack([y, 1 - y, y], axis=1))
    result = integrated_gradients(classifier, X[0], target=1, output="probability")
    assert_complete(result)
    assert result.output == pytest.approx(classifier.predict_proba(X[:1])[0, 1], abs=1e-10)


def test_a_regressor_is_explained_in_the_unit_of_its_target(data):
    X, _ = data
    y = np.array([[1000 * x.mean(), x[-1, 0]] for x in X])
    regressor = RNNRegressor(**TINY, dtype="float64").fit(X, y)
    result = integrated_gradients(regressor, X[1], target=0)
    assert_complete(result, 1e-3 * y[:, 0].std())
    assert result.output == pytest.approx(regressor.predict(X[1:2])[0, 0], rel=1e-10)
    assert result.explained == "prediction of target 0"


@pytest.mark.parametrize("output_layer", ["softmax", "crf"])
def test_a_taggers_label_at_a_timestep_is_explained(data, output_layer):
    X, _ = data
    y = [np.where(x[:, 0] > 0, "up", np.where(x[:, 1] > 0, "mid", "down")) for x in X]
    params = {**TINY, "max_epochs": 30, "learning_rate": 0.03}
    tagger = RNNTagger(**params, output_layer=output_layer, dtype="float64").fit(X, y)
    proba = tagger.predict_proba(X[1:2])[0]
    for timestep in (0, -1):
        result = integrated_gradients(tagger, X[1], timestep=timestep, target="up")
        assert_complete(result)
        expected = logit(proba[timestep, tagger.classes_.tolist().index("up")])
        assert result.output == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("segment_length", [1, 2])
def test_a_transcribers_token_at_a_step_is_explained(data, segment_length):
    X = data[0]
    y = ["b" if x[0, 0] > 0 else "a" for x in X]
    params = {**TINY, "max_epochs": 30, "learning_rate": 0.03, "segment_length": segment_length}
    transcriber = RNNTranscriber(**params, dtype="float64").fit(X, y)
    proba = transcriber.predict_proba(X[1:2])[0]
    for timestep in (0, 3):
        result = integrated_gradients(transcriber, X[1], timestep=timestep, target="b")
        assert_complete(result)
        expected = logit(proba[timestep // segment_length, transcriber.tokens_.tolist().index("b")])
        assert result.output == pytest.approx(expected, abs=1e-9)
    said = integrated_gradients(transcriber, X[1], timestep=0).target
    assert said == transcriber.tokens_[proba[0].argmax()]


# -- what they are -------------------------------------------------------------------------


def test_attributions_are_what_finite_differences_of_predict_say(data):
    X, _ = data
    regressor = RNNRegressor(**TINY, dtype="float64", pooling="mean", segment_length=2)
    regressor.fit(X, [x.sum() for x in X])
    x, baseline = X[3], np.array([0.3, -0.2])
    result = integrated_gradients(regressor, x, baseline=baseline, tolerance=1e-6)
    n_points, width = 200, 1e-5
    difference = x - baseline
    places = (np.arange(n_points) + 0.5) / n_points
    points = baseline + places[:, None, None] * difference
    for (timestep, feature), attribution in zip(
        np.ndindex(x.shape), result.attributions["attribution"], strict=True
    ):
        shift = np.zeros_like(x)
        shift[timestep, feature] = width
        slopes = (regressor.predict(points + shift) - regressor.predict(points - shift)) / width / 2
        expected = slopes.mean() * difference[timestep, feature]
        assert attribution == pytest.approx(expected, abs=1e-5)


def test_the_baseline_is_the_training_mean(data):
    X, y = data
    classifier = RNNClassifier(**TINY, dtype="float64").fit(X, y)
    means = np.concatenate(X).mean(axis=0)
    default = integrated_gradients(classifier, X[1])
    for baseline in (means, np.tile(means, (len(X[1]), 1)), means.tolist()):
        result = integrated_gradients(classifier, X[1], baseline=baseline)
        np.testing.assert_allclose(
            result.attributions["attribution"], default.attributions["attribution"], atol=1e-9
        )
    same = integrated_gradients(classifier, X[1], baseline=X[1])
    assert same.output == same.baseline_output
    assert (same.attributions["attribution"] == 0).all()


def test_a_feature_as_in_the_baseline_adds_nothing(data):
    X, y = data
    classifier = RNNClassifier(**TINY).fit(X, y)
    x = X[1].copy()
    x[:, 1] = 7.0
    attributions = integrated_gradients(classifier, x, baseline=[0.0, 7.0]).attributions
    assert (attributions.query("feature == 1")["attribution"] == 0).all()
    assert (attributions.query("feature == 0")["attribution"] != 0).all()


def test_missing_values_add_nothing_and_the_rest_adds_up(data):
    X, y = data
    X = with_gaps(X)
    for standardize in (True, False):
        classifier = RNNClassifier(**TINY, standardize=standardize).fit(X, y)
        result = integrated_gradients(classifier, X[1])
        assert_complete(result)
        missing = np.isnan(X[1]).ravel()
        values, attributions = (
            result.attributions[column].to_numpy() for column in ("value", "attribution")
        )
        np.testing.assert_array_equal(values, X[1].ravel())
        assert (attributions[missing] == 0).all()
        assert (attributions[~missing] != 0).all()
        given = integrated_gradients(classifier, X[1], baseline=[0.5, 0.5])
        assert_complete(given)
        assert (given.attributions["attribution"].to_numpy()[missing] == 0).all()


def test_what_is_carried_into_a_gap_counts_where_it_was_observed(data):
    """Filling the gap by hand, with an estimator that saw no gaps, moves nothing else."""
    X, y = data
    classifier = RNNClassifier(**TINY, dtype="float64").fit(X, y)
    gap, filled = X[1].copy(), X[1].copy()
    gap[2:4, 0] = np.nan
    filled[2:4, 0] = filled[1, 0]
    with_gap, without = (
        integrated_gradients(classifier, x).attributions.pivot(
            index="timestep", columns="feature", values="attribution"
        )
        for x in (gap, filled)
    )
    np.testing.assert_allclose(with_gap[1], without[1], atol=1e-9)
    assert with_gap.loc[1, 0] == pytest.approx(without.loc[1:3, 0].sum(), abs=1e-9)


def test_samples_of_very_different_scale_add_up():
    X, y = make_ragged()
    X = [x * scale for x, scale in zip(X, np.logspace(-4, 4, len(X)), strict=True)]
    classifier = RNNClassifier(**TINY).fit(X, y)
    assert classifier.statistics_.sample_scale is not None
    for x in (X[0], X[-1], with_gaps(X)[1]):
        result = integrated_gradients(classifier, x, target=1)
        assert abs(total(result) - (result.output - result.baseline_output)) < 1e-3


def test_padding_gets_no_row(data):
    X, y = data
    classifier = RNNClassifier(**TINY).fit(X, y)
    padded = np.concatenate([X[0], np.full((3, 2), np.nan)])
    one, other = (integrated_gradients(classifier, x).attributions for x in (X[0], padded))
    pd.testing.assert_frame_equal(one, other)


@pytest.mark.parametrize(
    "wrap",
    [pd.DataFrame, lambda frame: pl.from_pandas(frame), lambda frame: pa.table(frame)],
    ids=["pandas", "polars", "Arrow"],
)
@pytest.mark.parametrize("explain", [integrated_gradients, recurrent_states])
def test_the_columns_of_the_one_sample_are_selected_as_the_message_says(data, explain, wrap):
    X, y = data
    frames = [pd.DataFrame(x, columns=[f"f{i}" for i in range(x.shape[1])]) for x in X]
    model = RNNClassifier(**TINY | {"max_epochs": 1}).fit([wrap(frame) for frame in frames], y)
    x = wrap(frames[0][frames[0].columns[::-1]])
    with pytest.raises(ValueError, match=r"^x: The feature names should match") as caught:
        explain(model, x)
    code = str(caught.value).rpartition("Pass ")[2].rstrip(".")
    explain(model, eval(code, {"x": x, "estimator": model}))
