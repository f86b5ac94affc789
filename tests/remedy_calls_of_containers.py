"""Further calls that fail: containers of other libraries, tables of series, labels, recordings."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import torch
from sklearn.pipeline import make_pipeline

from skrnn import RNNForecaster, RNNTagger, RNNTranscriber
from skrnn.exceptions import OneHotWarning
from skrnn.inspection import BacktestDisplay, recurrent_states
from skrnn.metrics import mase
from skrnn.preprocessing import LogMelSpectrogram, TokenEncoder, sliding_windows
from tests.remedy_calls import (
    FRAMES,
    LABELS,
    SAMPLES,
    SERIES,
    TINY,
    Function,
    fit,
    forecaster,
    log_mel,
    predict,
    tagged,
)

DAYS = SERIES.index
COURSES = pd.DataFrame({"a": [x[:, 0] for x in SAMPLES], "b": [x[:, 1] for x in SAMPLES]})
PANEL = pd.concat({"a": SERIES, "b": SERIES + 1}, names=["shop", "day"])
KINDS = pd.DataFrame({"kind": ["1"] * 9 + ["2"] * 9}, PANEL.index)
SOUND = np.sin(np.arange(900.0))
WIDE_LABELS = np.array([[0, 1, 0, 1, 0, 1, 1]] * 4)
PADDED = np.stack([np.pad(x, ((0, 6 - len(x)), (0, 0)), constant_values=np.nan) for x in SAMPLES])


def small(**params: Any) -> RNNForecaster:
    return RNNForecaster(
        2, context_length=3, seasonal_period=1, validation_fraction=0, **TINY, **params
    )


def with_kinds(data: dict[str, Any]) -> Any:
    return small(static_features="kind").fit(KINDS, PANEL).predict(**data)


def one_hot(data: dict[str, Any]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("error", OneHotWarning)
        try:
            return fit()(data)
        except OneHotWarning as warning:
            raise ValueError(str(warning)) from warning


def tags_of_texts(data: dict[str, Any]) -> Any:
    model = make_pipeline(TokenEncoder(), RNNTagger(embedding_dim=2, **TINY))
    return model.fit([["a", "b"], ["b"]], [["A", "B"], ["B"]]).predict(**data)


def kinds_later(values: list[Any]) -> pd.DataFrame:
    later = pd.date_range("2024-01-10", periods=2)
    index = pd.MultiIndex.from_product([["a", "b"], later], names=["shop", "day"])
    return pd.DataFrame({"kind": pd.Series(np.repeat(values, 2), index, dtype=object)})


def quantized() -> torch.Tensor:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.quantize_per_tensor(torch.ones(4, 3), 0.1, 0, torch.qint8)


KINDS_LATER = kinds_later(["1", "2"])
ODD = PANEL.index.get_level_values("day").day % 2 == 1
EARLIER = pd.Series(np.arange(4.0), pd.date_range("2024-01-08", periods=4))
OF_YEARS = pd.Series(np.arange(230.0), pd.date_range("2030", periods=230, freq="YS", unit="ns"))
HOURS = pd.Series(np.arange(96.0), pd.date_range("2024", periods=96, freq="h"))
BACKTEST = pd.DataFrame(
    {"series": "a", "cutoff": DAYS[4], "time": DAYS[5:7], "y": [1.0, 2.0], "prediction": [1.0, 1.5]}
)


CALLS: dict[str, tuple[Function, dict[str, Any]]] = {
    "a category of another type": (with_kinds, {"X": kinds_later([1, 2])}),
    "a category that is new": (with_kinds, {"X": kinds_later(["1", "3"])}),
    "infinity among features in an array": (
        forecaster,
        {"X": np.where(np.eye(9) > 0, np.inf, 1.0), "y": SERIES.to_numpy()},
    ),
    "infinity in an array of series": (
        forecaster,
        {"y": np.where(np.arange(9) == 4, np.inf, SERIES.to_numpy())},
    ),
    "cells of other times": (
        fit(),
        {
            "X": COURSES.assign(
                b=[pd.Series(x, range(1, len(x) + 1)) for x in COURSES["b"]]
            ).assign(a=[pd.Series(x) for x in COURSES["a"]]),
            "y": LABELS,
        },
    ),
    "a single value next to sequences": (fit(), {"X": COURSES.assign(age=3.0), "y": LABELS}),
    "a single value next to sequences of Arrow": (
        fit(),
        {
            "X": pa.table({"a": [x[:, 0].tolist() for x in SAMPLES], "age": [1.0] * 4}),
            "y": LABELS,
        },
    ),
    "timesteps in arrays": (predict(SAMPLES), {"X": [np.ones(2), np.zeros(2)]}),
    "labels of a padded array for lists": (tagged, {"X": SAMPLES, "y": WIDE_LABELS}),
    "labels wider than a padded array": (tagged, {"X": PADDED[..., :1], "y": WIDE_LABELS}),
    "labels of features before time": (
        tagged,
        {"X": np.ones((4, 2, 6)), "y": [[0, 1, 0, 1, 0, 1]] * 4},
    ),
    "a quantized tensor": (fit(), {"X": quantized(), "y": LABELS}),
    "groups of a table": (
        fit(),
        {
            "X": list(pd.concat(FRAMES, keys=range(4)).reset_index(level=0).groupby("level_0")),
            "y": LABELS,
        },
    ),
    "a sentence without words": (tags_of_texts, {"X": [["a"], [], ["b", "a"]]}),
    "one-hot labels": (one_hot, {"X": SAMPLES, "y": np.eye(4)[:, :2] + np.eye(4)[:, 2:]}),
    "lists of one-hot labels": (one_hot, {"X": SAMPLES, "y": [[1, 0], [0, 1], [1, 0], [0, 1]]}),
    "nanoseconds of other centuries": (
        lambda data: small(calendar=None).set_params(horizon=100).fit(**data).predict(),
        {
            "y": pd.Series(
                np.arange(230.0), pd.date_range("2030", periods=230, freq="YS", unit="ns")
            )
        },
    ),
    "a long table with dates of text": (
        forecaster,
        {
            "y": pd.DataFrame(
                {"shop": ["a"] * 9 + ["b"] * 9, "day": [*DAYS.astype(str)] * 2, "sales": 1.0}
            )
        },
    ),
    "a padded tensor with lengths": (
        fit(),
        {"X": (torch.ones(4, 5, 2), torch.tensor([3, 4, 5, 3])), "y": LABELS},
    ),
    "a padded tensor with lengths, time first": (
        fit(),
        {"X": (torch.ones(5, 4, 2), torch.tensor([3, 4, 5, 3])), "y": LABELS},
    ),
    "a history of hours for a panel of days": (
        lambda data: small().fit(PANEL).predict(**data),
        {"history": pd.concat({name: HOURS for name in "ab"}, names=["shop", "day"])},
    ),
    "a backtest of text": (
        lambda data: BacktestDisplay.from_frame(**data),
        {"frame": BACKTEST.astype({"prediction": str})},
    ),
    "a backtest with times of text": (
        lambda data: BacktestDisplay.from_frame(**data),
        {"frame": BACKTEST.astype({"time": str, "cutoff": str})},
    ),
    "a decimal comma": (
        forecaster,
        {"y": pd.DataFrame({"x": [f"{i},5" for i in range(9)]}, DAYS)},
    ),
    "rows between those of a panel": (
        lambda data: small().fit(data["y"]).predict(data["X"]),
        {"X": KINDS_LATER[[]], "y": PANEL[ODD]},
    ),
    "rows between those of a table with a panel": (
        lambda data: small().fit(data["y"]).predict(data["X"]),
        {"X": KINDS_LATER[[]], "y": PANEL.to_frame("sales")[ODD]},
    ),
    "an update of the past": (lambda data: small().fit(SERIES).update(**data), {"y": EARLIER}),
    "an update of the past of a panel": (
        lambda data: small().fit(PANEL).update(**data),
        {"y": pd.concat({name: EARLIER for name in "ab"})},
    ),
    "a sequence in place of chunks": (
        lambda data: list(
            RNNTranscriber(segment_length=1, bidirectional=False, **TINY)
            .fit(SAMPLES, ["a", "b", "a", "b"])
            .stream(**data)
        ),
        {"chunks": SAMPLES[0]},
    ),
    "several rows of a table of sequences": (
        lambda data: recurrent_states(predict(COURSES).estimator, **data),
        {"x": COURSES},
    ),
    "a dict of series in a metric": (
        lambda data: mase(**data, y_train=np.arange(18.0).reshape(9, 2) ** 2),
        {"y_true": {"a": [1.0, 2.0], "b": [3.0, 4.0]}, "y_pred": np.zeros((2, 2))},
    ),
    "series of other features": (
        lambda data: sliding_windows(**data, context_length=2),
        {"X": [np.ones((5, 2)), np.ones((5, 1))]},
    ),
    "a dict of samples without a rate": (
        lambda data: LogMelSpectrogram(16000).fit(**data),
        {"X": [{"array": SOUND}]},
    ),
    "samples written as text": (log_mel, {"X": [SOUND.astype(str)]}),
    "stereo in dicts": (
        log_mel,
        {"X": [{"array": np.stack([SOUND, SOUND]), "sampling_rate": 8000}]},
    ),
    "pairs of scipy": (log_mel, {"X": [(8000, SOUND)]}),
    "pairs for an estimator": (fit(), {"X": [(x, 8000) for x in SAMPLES], "y": LABELS}),
    "pairs of scipy for an estimator": (fit(), {"X": [(8000, x) for x in SAMPLES], "y": LABELS}),
    "dicts of features": (fit(), {"X": [x.to_dict("list") for x in FRAMES], "y": LABELS}),
}
