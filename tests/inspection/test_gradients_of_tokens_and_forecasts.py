"""Integrated gradients of the tokens of a text and of the past of a forecast."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from skrnn import (
    RNNClassifier,
    RNNForecaster,
)
from skrnn.inspection import integrated_gradients
from skrnn.preprocessing import TokenEncoder
from tests.inspection.attributions import IS_SPAM, TEXTS, TINY, assert_complete

# -- tokens --------------------------------------------------------------------------------


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
        pytest.param(
            {"decoder": "recursive", "loss": "negative_binomial", "cell": "gru"},
            marks=pytest.mark.slow,
        ),
        pytest.param({"loss": "quantile", "n_members": 2}, marks=pytest.mark.slow),
        pytest.param(
            {"loss": "student_t", "n_members": 3, "context_length": 100}, marks=pytest.mark.slow
        ),
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


@pytest.mark.slow
def test_the_part_of_exponential_smoothing_stays():
    forecaster = RNNForecaster(**MONTHLY, **TINY).fit(SERIES)
    whole = integrated_gradients(forecaster, SERIES[:50], target=2)
    weight = forecaster.network_weight_
    forecaster._fitted.networks.set_weight(0.0)
    nothing = integrated_gradients(forecaster, SERIES[:50], target=2)
    assert (nothing.attributions["attribution"] == 0).all()
    assert nothing.output == nothing.baseline_output
    forecaster._fitted.networks.set_weight(1.0)
    networks = integrated_gradients(forecaster, SERIES[:50], target=2)
    assert whole.output == pytest.approx(
        weight * networks.output + (1 - weight) * nothing.output, rel=1e-9
    )
    np.testing.assert_allclose(
        whole.attributions["attribution"],
        weight * networks.attributions["attribution"],
        atol=1e-2 * SERIES.std(),
    )


def test_the_only_timestep_of_a_horizon_need_not_be_named():
    forecaster = RNNForecaster(**{**MONTHLY, "horizon": 1}, **TINY).fit(SERIES)
    result = integrated_gradients(forecaster, SERIES)
    assert result.target == 0
    assert result.output == pytest.approx(forecaster.predict().iloc[0], rel=1e-9)


@pytest.mark.slow
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
