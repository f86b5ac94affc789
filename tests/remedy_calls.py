"""Calls that fail, with the data that their errors are about."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
import xarray as xr
from scipy import sparse

from skrnn import RNNClassifier, RNNForecaster, RNNLanguageModel, RNNTagger, RNNTranscriber
from skrnn.metrics import mase
from skrnn.preprocessing import (
    LogMelSpectrogram,
    SequencePadder,
    TimeDifferences,
    TokenEncoder,
    from_long,
    panel_from_long,
    sliding_windows,
)

Function = Callable[[dict[str, Any]], Any]

TINY = {"hidden_size": 2, "max_epochs": 1, "random_state": 0}

SAMPLES = [np.arange(2.0 * n).reshape(n, 2) % 5 for n in (3, 4, 5, 3)]
LABELS = [0, 1, 0, 1]
FRAMES = [pd.DataFrame(x, columns=["a", "b"]) for x in SAMPLES]
TEXTS = ["the cat", "a dog sat", "the dog", "a cat"]
LONG = pd.DataFrame({"who": [1, 1, 2, 2], "when": [0, 1, 0, 1], "x": [1.0, 2.0, 3.0, 4.0]})
SERIES = pd.Series(np.arange(9.0), pd.date_range("2024", periods=9))
LATER = pd.date_range("2024-01-10", periods=2)
MONTHS = [*range(202001, 202013), *range(202101, 202113)]
NAMED = xr.DataArray(
    np.stack([x[:3] for x in SAMPLES]),
    dims=("sample", "time", "feature"),
    coords={"feature": ["a", "b"]},
)


def fit(**params: Any) -> Function:
    return lambda data: RNNClassifier(**TINY | params).fit(**data)


class predict:
    """Predicts with a classifier that was fitted on X."""

    def __init__(self, X: Any) -> None:
        self.X = X

    @cached_property
    def estimator(self) -> RNNClassifier:
        return RNNClassifier(**TINY).fit(self.X, LABELS)

    def __call__(self, data: dict[str, Any]) -> Any:
        return self.estimator.predict(**data)


def tagged(data: dict[str, Any]) -> Any:
    return RNNTagger(**TINY).fit(**data)


def encoded(data: dict[str, Any]) -> Any:
    return TokenEncoder().fit_transform(**data)


def log_mel(data: dict[str, Any]) -> Any:
    return LogMelSpectrogram(8000).fit(**data)


def _tokenizer() -> Any:
    tokenizers = pytest.importorskip("tokenizers")
    words = tokenizers.models.WordLevel({"a": 0, "[UNK]": 1}, unk_token="[UNK]")
    return tokenizers.Tokenizer(words)


def _forecaster() -> RNNForecaster:
    return RNNForecaster(2, context_length=3, seasonal_period=1, validation_fraction=0, **TINY)


def forecaster(data: dict[str, Any]) -> Any:
    return _forecaster().fit(**data)


def predict_later(data: dict[str, Any]) -> Any:
    promo = pd.DataFrame({"promo": np.arange(9.0) % 2}, SERIES.index)
    return _forecaster().fit(promo, SERIES).predict(**data)


CALLS: dict[str, tuple[Function, dict[str, Any]]] = {
    "columns in another order": (predict(FRAMES), {"X": [f[["b", "a"]] for f in FRAMES]}),
    "one more column": (predict(FRAMES), {"X": [f.assign(c=1.0) for f in FRAMES]}),
    "columns of a table in another order": (
        predict(pd.DataFrame(np.eye(4), columns=list("abcd"))),
        {"X": pd.DataFrame(np.eye(4), columns=list("dcba"))},
    ),
    "names of two kinds": (
        fit(),
        {"X": [f.set_axis([0, "b"], axis=1) for f in FRAMES], "y": LABELS},
    ),
    "names of two kinds in a table": (
        fit(),
        {"X": pd.DataFrame(np.eye(4), columns=[0, "b", 1, 2]), "y": LABELS},
    ),
    "columns of two levels": (
        fit(),
        {
            "X": pd.DataFrame(np.eye(4), columns=pd.MultiIndex.from_product([["a", "b"], [0, 1]])),
            "y": LABELS,
        },
    ),
    "infinity among lists": (
        fit(),
        {"X": [[[1.0, np.inf], [1.0, 2.0]], *SAMPLES[1:]], "y": LABELS},
    ),
    "infinity in a frame": (
        fit(),
        {"X": pd.DataFrame(np.eye(4)).replace(1.0, np.inf), "y": LABELS},
    ),
    "infinity in a tensor": (
        fit(),
        {"X": torch.tensor(np.where(np.eye(4) > 0, np.inf, 1.0)), "y": LABELS},
    ),
    "infinity in tensors": (
        fit(),
        {"X": [torch.tensor([[np.inf, 1.0]]), *SAMPLES[1:]], "y": LABELS},
    ),
    "features first in lists": (
        predict(SAMPLES),
        {"X": [x.T.tolist() for x in SAMPLES]},
    ),
    "features first": (predict(SAMPLES), {"X": np.ones((4, 2, 6))}),
    "features first in a tensor": (predict(SAMPLES), {"X": torch.ones((4, 2, 6))}),
    "one recording": (predict(SAMPLES), {"X": SAMPLES[0]}),
    "one recording, features first": (predict(SAMPLES), {"X": np.ones((2, 7))}),
    "a list of numbers": (predict([x[:, 0] for x in SAMPLES]), {"X": [1.0, 2.0]}),
    "an array of numbers": (predict([x[:, 0] for x in SAMPLES]), {"X": np.ones(3)}),
    "a Series of numbers": (predict(np.eye(4)), {"X": pd.Series(np.ones(4))}),
    "four dimensions": (fit(), {"X": np.ones((4, 3, 2, 2)), "y": LABELS}),
    "four dimensions in a tensor": (fit(), {"X": torch.ones((4, 3, 2, 2)), "y": LABELS}),
    "samples of three dimensions": (fit(), {"X": [x[..., None] for x in SAMPLES], "y": LABELS}),
    "samples of three dimensions in lists": (
        fit(),
        {"X": [x[..., None].tolist() for x in SAMPLES], "y": LABELS},
    ),
    "a dict of samples": (fit(), {"X": dict(enumerate(SAMPLES)), "y": LABELS}),
    "values of a dict": (fit(), {"X": dict(enumerate(SAMPLES)).values(), "y": LABELS}),
    "an iterator": (fit(), {"X": map(np.asarray, SAMPLES), "y": LABELS}),
    "sparse X": (fit(), {"X": sparse.eye(4).tocsr(), "y": LABELS}),
    "a sparse sample": (fit(), {"X": [sparse.eye(2).tocsr(), *SAMPLES[1:]], "y": LABELS}),
    "a sparse tensor": (fit(), {"X": torch.eye(4).to_sparse(), "y": LABELS}),
    "mixed labels": (fit(), {"X": SAMPLES, "y": [1, "a", 1, "a"]}),
    "mixed groups": (
        fit(early_stopping=True, validation_fraction=0.5),
        {"X": SAMPLES, "y": LABELS, "groups": [1, "a", 1, "a"]},
    ),
    "sparse weights": (
        fit(),
        {"X": SAMPLES, "y": LABELS, "sample_weight": sparse.csr_matrix(np.ones((4, 1)))},
    ),
    "labels in an iterator": (fit(), {"X": SAMPLES, "y": iter(LABELS)}),
    "sparse labels of timesteps": (tagged, {"X": np.ones((4, 3)), "y": sparse.eye(4, 3).tocsr()}),
    "labels of timesteps in an iterator": (
        tagged,
        {"X": SAMPLES, "y": iter([np.arange(len(x)) % 2 for x in SAMPLES])},
    ),
    "one-hot labels of timesteps": (
        tagged,
        {"X": np.ones((4, 3, 1)), "y": np.eye(3, dtype=int)[None].repeat(4, 0)},
    ),
    "text of labels": (tagged, {"X": [x[:2] for x in SAMPLES], "y": ["A B"] * 4}),
    "transcripts of bytes": (
        lambda data: RNNTranscriber(**TINY).fit(**data),
        {"X": SAMPLES, "y": [b"a", "b", "a", "b"]},
    ),
    "one text": (encoded, {"X": "the cat"}),
    "a column of text": (encoded, {"X": pd.DataFrame({"words": TEXTS})}),
    "a column of text in an array": (encoded, {"X": np.array(TEXTS)[:, None]}),
    "rows of one text": (encoded, {"X": [[text] for text in TEXTS]}),
    "rows of two texts": (encoded, {"X": [[text, text] for text in TEXTS]}),
    "a dict of texts": (encoded, {"X": dict(enumerate(TEXTS))}),
    "an iterator of texts": (encoded, {"X": iter(TEXTS)}),
    "ids of one text": (lambda data: RNNLanguageModel(**TINY).fit(**data), {"X": [1, 2, 3, 2, 1]}),
    "a dict of series": (
        lambda data: sliding_windows(**data, context_length=2),
        {"X": {"a": np.arange(9.0)}},
    ),
    "an iterator of series": (
        lambda data: sliding_windows(**data, context_length=2),
        {"X": iter([np.arange(9.0)])},
    ),
    "unsorted series": (
        lambda data: sliding_windows(**data, context_length=2),
        {"X": SERIES[::-1]},
    ),
    "a column that is no number": (
        lambda data: sliding_windows(**data, context_length=2),
        {"X": SERIES.to_frame("x").assign(kind="a")},
    ),
    "a short series": (
        lambda data: sliding_windows(**data, context_length=4),
        {"X": [np.arange(9.0), np.arange(2.0)]},
    ),
    "a list of rows as a long table": (
        lambda data: from_long(**data, sample="who", time="when"),
        {"frame": LONG.to_dict("list")},
    ),
    "a missing sample id": (
        lambda data: from_long(**data, sample="who", time="when"),
        {"frame": LONG.assign(who=[1, None, 2, 2])},
    ),
    "a time twice in a long table": (
        lambda data: from_long(**data, sample="who", time="when"),
        {"frame": LONG.assign(when=0)},
    ),
    "one recording of sound": (
        lambda data: LogMelSpectrogram(8000).fit(**data),
        {"X": np.zeros(4000)},
    ),
    "sparse recordings": (
        lambda data: LogMelSpectrogram(8000).fit(**data),
        {"X": sparse.csr_matrix(np.ones((2, 4000)))},
    ),
    "values of a dict of recordings": (
        lambda data: LogMelSpectrogram(8000).fit(**data),
        {"X": {0: np.zeros(4000)}.values()},
    ),
    "padding of an iterator": (lambda data: SequencePadder().fit(**data), {"X": iter(SAMPLES)}),
    "differences of a dict": (
        lambda data: TimeDifferences().fit(**data),
        {"X": dict(enumerate(SAMPLES))},
    ),
    "an audio sample of 64-bit integers": (log_mel, {"X": [np.zeros(4000, dtype=np.int64)]}),
    "stereo": (log_mel, {"X": [np.zeros((4000, 2)), np.zeros((4100, 2))]}),
    "stereo, channels first": (log_mel, {"X": [np.zeros((2, 4000))]}),
    "stereo pairs": (log_mel, {"X": [(np.zeros((4000, 2)), 8000)]}),
    "stereo of 16 bits": (log_mel, {"X": [np.zeros((4000, 2), dtype=np.int16)]}),
    "padded pairs": (log_mel, {"X": [(np.append(np.zeros(4000), np.nan), 8000)]}),
    "padded audio": (log_mel, {"X": [np.append(np.zeros(4000), np.nan)]}),
    "text and text": (
        encoded,
        {"X": pd.DataFrame({"title": ["the cat", "a dog"], "body": ["a b", "c d"]})},
    ),
    "half of a character": (
        lambda data: TokenEncoder(_tokenizer()).fit(**data),
        {"X": ["a \ud800", "a"]},
    ),
    "several ids of a timestep": (
        lambda data: RNNLanguageModel(**TINY).fit(**data),
        {"X": np.ones((3, 4, 2), dtype=int)},
    ),
    "one recording of one feature": (predict([x[:, :1] for x in SAMPLES]), {"X": np.ones((5, 1))}),
    "timesteps in lists": (predict(SAMPLES), {"X": [[1.0, 2.0], [3.0, 4.0]]}),
    "features of a DataArray in another order": (predict(NAMED), {"X": NAMED[:, :, ::-1]}),
    "a DataArray of one timestep": (predict(NAMED), {"X": NAMED[0, 0]}),
    "a DataArray without time": (predict(NAMED), {"X": NAMED[:, 0]}),
    "a DataArray without samples": (
        predict(NAMED[:, :, :1]),
        {"X": xr.DataArray(np.ones((3, 4)), dims=("time", "who"))},
    ),
    "a target that changes": (
        lambda data: from_long(**data, sample="who", time="when", target="z"),
        {"frame": LONG.assign(z=[1, 2, 1, 1])},
    ),
    "dates written as text in a long table": (
        lambda data: from_long(**data, sample="who", time="when"),
        {"frame": LONG.assign(when=["1.2.2024", "2.2.2024"] * 2)},
    ),
    "dates written as text in a long panel": (
        lambda data: panel_from_long(**data, series="who", time="when", target="x"),
        {"frame": LONG.assign(when=["2024-02-01", "2024-02-02"] * 2)},
    ),
    "a series of four dimensions": (
        lambda data: sliding_windows(**data, context_length=2),
        {"X": np.ones((9, 2, 2, 2))},
    ),
    "months as integers": (forecaster, {"y": pd.Series(np.arange(24.0), MONTHS)}),
    "months of a panel as integers": (
        forecaster,
        {"y": pd.concat({name: pd.Series(np.arange(24.0), MONTHS) for name in "ab"})},
    ),
    "a column of months": (
        forecaster,
        {"y": pd.DataFrame({"when": MONTHS, "sales": np.arange(24) % 7.0})},
    ),
    "a column of months in an array": (
        forecaster,
        {"y": np.column_stack([MONTHS, np.arange(24) % 7.0])},
    ),
    "times as floats": (forecaster, {"y": pd.Series(np.arange(24.0), np.arange(24.0))}),
    "times without a start": (
        forecaster,
        {"y": pd.Series(np.arange(24.0), pd.timedelta_range("0", periods=24, freq="h"))},
    ),
    "text as times of a panel": (
        forecaster,
        {"y": pd.concat({name: SERIES.set_axis(SERIES.index.astype(str)) for name in "ab"})},
    ),
    "time before series": (forecaster, {"y": pd.concat({"a": SERIES, "b": SERIES}).swaplevel()}),
    "an hour that comes twice": (
        forecaster,
        {
            "y": pd.Series(
                np.arange(49.0),
                pd.date_range("2024-10-26", periods=49, freq="h", tz="Europe/Berlin").tz_localize(
                    None
                ),
            )
        },
    ),
    "a long table as series": (
        forecaster,
        {
            "y": pd.DataFrame(
                {"shop": ["a"] * 9 + ["b"] * 9, "day": [*SERIES.index] * 2, "sales": 1.0}
            )
        },
    ),
    "numbers as text among features": (
        forecaster,
        {"X": pd.DataFrame({"promo": list("123123123")}, SERIES.index), "y": SERIES},
    ),
    "decimal commas among features": (
        forecaster,
        {"X": pd.DataFrame({"promo": ["1,5", "2,5", "3"] * 3}, SERIES.index), "y": SERIES},
    ),
    "an identifier among features": (
        lambda data: RNNForecaster(max_epochs=1).fit(**data),
        {
            "X": pd.DataFrame({"id": [f"n{i}" for i in range(250)]}),
            "y": np.arange(250.0),
        },
    ),
    "a history of another period": (
        lambda data: _forecaster().fit(SERIES.to_period("D")).predict(**data),
        {"history": pd.Series(np.arange(9.0), pd.period_range("2024", periods=9, freq="M"))},
    ),
    "no future feature": (
        predict_later,
        {"X": pd.DataFrame({"promo": [0.0, np.nan]}, LATER), "horizon": None},
    ),
    "no future feature in an array": (
        lambda data: (
            _forecaster().fit(SERIES.to_numpy()[:, None], SERIES.to_numpy()).predict(**data)
        ),
        {"X": np.array([[0.0], [np.nan]])},
    ),
    "a column of three axes": (
        lambda data: mase(**data, y_train=np.arange(9.0)),
        {"y_true": np.arange(6.0).reshape(6, 1, 1), "y_pred": np.zeros(6)},
    ),
    "lists of a metric": (
        lambda data: mase(**data, y_train=np.arange(18.0).reshape(9, 2) ** 2),
        {"y_true": [[1.0, 2.0], [3.0, 4.0]], "y_pred": np.zeros((2, 2))},
    ),
}
