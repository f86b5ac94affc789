"""Integrated gradients: they add up, and are what finite differences of predict say."""

from __future__ import annotations

import pickle

import matplotlib
import numpy as np
import pandas as pd
import pytest
import torch
from scipy.special import logit
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skrnn import (
    RNNClassifier,
    RNNForecaster,
    RNNLanguageModel,
    RNNRegressor,
    RNNTagger,
    RNNTranscriber,
)
from skrnn.inspection import IntegratedGradientsDisplay, _path_integral, integrated_gradients
from skrnn.preprocessing import SequenceScaler, TokenEncoder
from tests.conftest import make_ragged

matplotlib.use("Agg")

TINY = {"hidden_size": 5, "max_epochs": 4, "batch_size": 16, "random_state": 0}
TEXTS = ["win a prize now", "see you at home", "a prize for you", "are you at home now"] * 5
IS_SPAM = [1, 0, 1, 0] * 5


def with_gaps(X):
    """Take some values out, the first ones of feature 1 in every second sample among them."""
    X = [x.copy() for x in X]
    for number, x in enumerate(X):
        x[2, 0] = np.nan
        if number % 2:
            x[:2, 1] = np.nan
    return X


def total(result):
    return result.attributions["attribution"].sum()


def assert_complete(result, tolerance=1e-3):
    difference = result.output - result.baseline_output
    assert total(result) - difference == pytest.approx(result.gap, abs=1e-9)
    assert abs(result.gap) <= tolerance
    assert abs(difference) > 5 * tolerance  # else the sum would say nothing


@pytest.fixture(scope="module")
def data():
    return make_ragged()


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


# -- tokens --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def spam_filter():
    classifier = RNNClassifier(embedding_dim=6, **{**TINY, "max_epochs": 20}, learning_rate=0.02)
    return make_pipeline(TokenEncoder(), classifier).fit(TEXTS, IS_SPAM)


@pytest.mark.parametrize("baseline", [None, "unknown", "padding"])
def test_tokens_of_a_text_add_up(spam_filter, baseline):
    result = integrated_gradients(spam_filter, TEXTS[0], target=1, baseline=baseline)
    assert_complete(result)
    assert result.attributions["value"].tolist() == ["win", "a", "prize", "now"]
    assert set(result.attributions["feature"]) == {0}
    largest = result.attributions["attribution"].idxmax()
    assert result.attributions.loc[largest, "value"] in ("win", "prize")


def test_the_baseline_of_a_text_is_one_of_unknown_words(spam_filter):
    result = integrated_gradients(spam_filter, "win this prize", target=1, output="probability")
    unknown = spam_filter.predict_proba(["brown foxes jump"])[0, 1]
    assert result.baseline_output == pytest.approx(unknown, abs=1e-6)
    # a word that training did not show is the baseline.
    assert result.attributions.loc[1, "attribution"] == 0
    assert result.attributions.loc[0, "attribution"] != 0


def test_several_ids_of_a_token_are_features(spam_filter):
    encoder = TokenEncoder(affix_length=2).fit(TEXTS)
    ids = encoder.transform(TEXTS)
    classifier = RNNClassifier(embedding_dim=6, **{**TINY, "max_epochs": 20}, learning_rate=0.02)
    classifier.fit(ids, IS_SPAM)
    result = integrated_gradients(classifier, ids[0], target=1)
    assert_complete(result)
    assert len(result.attributions) == 4 * ids.shape[2]
    assert set(result.attributions["feature"]) == set(range(ids.shape[2]))


# -- forecasts -----------------------------------------------------------------------------

SERIES = pd.Series(
    np.exp(np.sin(np.arange(60) * np.pi / 6) + np.arange(60) / 40).round() + 1,
    index=pd.date_range("2020-01-01", periods=60, freq="D"),
)
MONTHLY = {"horizon": 4, "seasonal_period": 12, "validation_fraction": 0, "dtype": "float64"}


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"decoder": "direct", "target_transform": "log"},
        {"decoder": "recursive", "loss": "negative_binomial", "cell": "gru"},
        {"loss": "quantile", "n_members": 2},
        {"loss": "student_t", "n_members": 3, "context_length": 100},
    ],
)
def test_attributions_sum_to_what_a_forecast_is_more_than_the_level(params):
    forecaster = RNNForecaster(**MONTHLY, **TINY, **params).fit(SERIES)
    history = SERIES[:50].copy()
    history.iloc[[20, 45]] = np.nan
    forecast = forecaster.predict(history=history)
    for target in (0, 3):
        result = integrated_gradients(forecaster, history, target=target)
        assert_complete(result, 1e-3 * SERIES.std())
        assert result.output == pytest.approx(forecast.iloc[target], rel=1e-9)
        assert result.explained == f"forecast for {forecast.index[target].date()}"
    values = result.attributions.set_index("timestep")["value"]
    np.testing.assert_array_equal(values, history.iloc[values.index])
    assert values.index[-1] == 49
    attributions = result.attributions["attribution"].to_numpy()
    assert (attributions[values.isna()] == 0).all()
    assert (attributions != 0).sum() > 20


@pytest.mark.parametrize("gap", [False, True])
def test_a_seasonal_naive_forecast_goes_by_the_timestep_that_it_repeats(gap):
    forecaster = RNNForecaster(**MONTHLY, **TINY).fit(SERIES)
    forecaster._fitted.networks.set_weight(0.0)
    history, repeated = SERIES[:50].copy(), 50 + 2 - 12
    if gap:
        history.iloc[repeated] = np.nan
        repeated -= 12  # the gap is filled with the season before
    result = integrated_gradients(forecaster, history, target=2)
    expected = np.zeros(len(result.attributions))
    timesteps = result.attributions["timestep"].to_numpy()
    filled = history.fillna(SERIES.shift(12))
    expected[timesteps == repeated] = history.iloc[repeated] - filled[-12:].mean()
    np.testing.assert_allclose(result.attributions["attribution"], expected, atol=1e-9)
    assert result.baseline_output == pytest.approx(filled[-12:].mean())


def test_the_only_timestep_of_a_horizon_need_not_be_named():
    forecaster = RNNForecaster(**{**MONTHLY, "horizon": 1}, **TINY).fit(SERIES)
    result = integrated_gradients(forecaster, SERIES)
    assert result.target == 0
    assert result.output == pytest.approx(forecaster.predict().iloc[0], rel=1e-9)


def test_a_forecast_wants_a_future_timestep_and_nothing_else():
    forecaster = RNNForecaster(**MONTHLY, **TINY).fit(SERIES)
    for wrong, message in (
        ({}, r"target: got None, while the forecaster has a horizon of 4.*from 0 to 3"),
        ({"target": 4}, r"target: got 4"),
        ({"target": 0, "timestep": 1}, r"timestep: got 1 for an RNNForecaster.*Pass target"),
        ({"target": 0, "baseline": [1.0]}, r"baseline: got \[1.0\] for an RNNForecaster"),
    ):
        with pytest.raises(ValueError, match=message):
            integrated_gradients(forecaster, SERIES, **wrong)
    with pytest.raises(ValueError, match=r"x: got DataFrame.*2 series"):
        integrated_gradients(forecaster, pd.DataFrame({"a": SERIES, "b": SERIES}), target=0)
    with_features = RNNForecaster(**MONTHLY, **TINY).fit(SERIES.to_frame("f"), SERIES)
    with pytest.raises(ValueError, match=r"estimator: got an RNNForecaster.*\['f'\]"):
        integrated_gradients(with_features, SERIES, target=0)


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
    classifier = RNNClassifier(**TINY).fit(X, y)
    frame = pd.DataFrame(X[0], columns=["speed", "load"])
    attributions = integrated_gradients(classifier, frame).attributions
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
    with pytest.raises(ValueError, match=r"x: got list of length 2.*X\[0\]"):
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
