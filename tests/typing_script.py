"""What a user writes, with the types that mypy and pyright are to see. test_typing.py runs it.

Every estimator and transformer, fitted on every container that the documentation names.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, assert_type

import numpy as np
import pandas as pd
import torch
from matplotlib.figure import Figure
from scipy.io import wavfile
from sklearn.base import BaseEstimator
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skrnn import (
    RNNClassifier,
    RNNForecaster,
    RNNLanguageModel,
    RNNRegressor,
    RNNTagger,
    RNNTranscriber,
)
from skrnn.datasets import load_air_passengers, load_digit_rows
from skrnn.inspection import (
    BacktestDisplay,
    ForecastDisplay,
    IntegratedGradientsDisplay,
    PermutationImportanceDisplay,
    RecurrentStatesDisplay,
    TrainingHistoryDisplay,
    attention_weights,
    integrated_gradients,
    permutation_importance,
    recurrent_states,
)
from skrnn.metrics import (
    mase,
    owa,
    perplexity,
    span_f1_score,
    token_accuracy_score,
    word_error_rate,
)
from skrnn.model_selection import PanelTimeSeriesSplit
from skrnn.preprocessing import (
    LogMelSpectrogram,
    PerTimestep,
    SequencePadder,
    SequenceScaler,
    TimeDifferences,
    TokenEncoder,
    from_long,
    panel_from_long,
    panel_to_long,
    sliding_windows,
)
from skrnn.testing import check_sequence_estimator
from skrnn.typing import Labels, Sequences, SeriesLike


def classify() -> None:
    X, y = load_digit_rows(return_X_y=True)
    X, y = X[:40], y[:40]
    classifier = RNNClassifier(hidden_size=4, max_epochs=1, random_state=0)
    assert_type(classifier.fit(X, y), RNNClassifier)
    assert_type(RNNClassifier(max_epochs=1).fit(X, y).partial_fit(X, y), RNNClassifier)
    assert_type(classifier.predict(X), np.ndarray)
    assert_type(classifier.transform(X), np.ndarray)
    assert_type(classifier.score(X, y, sample_weight=np.ones(40)), float)
    proba: np.ndarray = classifier.predict_proba(X)
    assert proba.shape == (40, 10)

    # Lists of arrays, of lists and of tables; labels that are strings; weights, groups, validation.
    ragged = [np.arange(n, dtype=float) for n in (3, 4, 5, 6)]
    words = ["up", "down", "up", "down"]
    weighted = RNNClassifier(max_epochs=1, class_weight={"up": 2, "down": 1})
    weighted.fit(ragged, words, sample_weight=[1.0, 2.0, 1.0, 2.0])
    weighted.fit(ragged, words, X_val=ragged, y_val=words)
    weighted.fit(ragged, np.array(words), groups=[0, 0, 1, 1])
    weighted.fit([x.tolist() for x in ragged], words)
    weighted.fit([[1.0, 2.0], [3.0, 4.0, 5.0], [1.0, 2.0], [3.0, 4.0, 5.0]], pd.Series(words))
    weighted.fit([pd.DataFrame({"a": x, "b": x}) for x in ragged], pd.Index(words))
    weighted.fit(pd.Series(ragged), words)
    weighted.fit(pd.DataFrame(np.eye(4)), words)
    weighted.fit(np.eye(4), words)
    tensors = [torch.ones(3), torch.zeros(4), torch.ones(3), torch.zeros(2)]
    RNNClassifier(max_epochs=1).fit(tensors, torch.tensor([1, 0, 1, 0]))
    RNNClassifier(max_epochs=1).fit(torch.eye(4), words)
    # Several labels for a sample.
    RNNClassifier(max_epochs=1).fit(ragged, np.array([[0, 1], [1, 0], [1, 1], [0, 0]]))
    # Token ids.
    tokens = RNNClassifier(embedding_dim=2, max_epochs=1)
    assert_type(tokens.fit([[2, 3], [3, 2, 4], [2, 2], [4]], words), RNNClassifier)


def search(X: Sequences, y: Labels) -> None:
    model = make_pipeline(SequenceScaler(), RNNClassifier(max_epochs=1, random_state=0))
    found = GridSearchCV(model, {"rnnclassifier__hidden_size": [2, 3]}, cv=2).fit(X, y)
    assert found.best_params_["rnnclassifier__hidden_size"] in (2, 3)
    assert cross_val_score(RNNRegressor(max_epochs=1), np.eye(6), np.arange(6.0), cv=2).size == 2


def regress() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(12, 5, 2))
    y = X.sum(axis=(1, 2))
    regressor = RNNRegressor(hidden_size=4, max_epochs=1, random_state=0)
    assert_type(regressor.fit(X, y), RNNRegressor)
    assert_type(regressor.partial_fit(X, y), RNNRegressor)
    assert_type(regressor.predict(X), np.ndarray)
    assert_type(regressor.score(X, y), float)
    regressor.fit(list(X), list(y))
    regressor.fit(X, pd.DataFrame({"sum": y, "mean": y / 10}))
    regressor.fit(torch.from_numpy(X), torch.from_numpy(y))


def tag() -> None:
    X = [np.array([1.0, -1.0, 2.0]), np.array([-1.0, 1.0])]
    y = [["up", "down", "up"], ["down", "up"]]
    tagger = RNNTagger(hidden_size=4, max_epochs=1, random_state=0)
    assert_type(tagger.fit(X, y), RNNTagger)
    assert_type(tagger.partial_fit(X, y), RNNTagger)
    predicted = assert_type(tagger.predict(X), np.ndarray)
    assert_type(token_accuracy_score(y, predicted), float)
    tagger.fit([[1.0, -1.0], [2.0, -2.0]], np.array([[1, 0], [1, 0]]))
    tagger.fit([pd.DataFrame({"a": x}) for x in X], [pd.Series(labels) for labels in y])
    assert span_f1_score([["B-LOC", "O"]], [["B-LOC", "O"]]) == 1


def transcribe() -> None:
    X = [np.repeat([[1.0], [-1.0], [1.0]], 4, axis=0), np.repeat([[-1.0], [1.0]], 4, axis=0)]
    y = ["aba", "ba"]
    transcriber = RNNTranscriber(hidden_size=4, max_epochs=1, random_state=0)
    assert_type(transcriber.fit(X, y), RNNTranscriber)
    assert_type(transcriber.partial_fit(X, y), RNNTranscriber)
    predicted = assert_type(transcriber.predict(X), np.ndarray)
    assert_type(word_error_rate(y, predicted), float)
    transcriber.fit(X, [["a", "b", "a"], ["b", "a"]])
    model = RNNLanguageModel(analyzer="char", hidden_size=4, max_epochs=1)
    RNNTranscriber(hidden_size=4, max_epochs=1, decoding="beam", language_model=model).fit(X, y)


def write() -> None:
    texts = ["the cat sat on the mat", "the dog sat"] * 4
    model = RNNLanguageModel(hidden_size=4, max_epochs=1, random_state=0)
    assert_type(model.fit(texts), RNNLanguageModel)
    assert_type(model.perplexity(texts), float)
    assert_type(perplexity(model.log_prob(texts)), float)
    assert isinstance(model.generate("the cat", max_length=3, random_state=0), str)
    model.fit([text.split() for text in texts])
    model.fit(pd.Series(texts), X_val=texts)
    # Token ids.
    RNNLanguageModel(analyzer=None, hidden_size=4, max_epochs=1).fit([[2, 3, 4], [3, 4, 2]] * 4)


class Halves:
    """A tokenizer of one's own; those of the library tokenizers look like this."""

    class Encoding:
        def __init__(self, tokens: list[str]) -> None:
            self.tokens = tokens
            self.attention_mask = [1] * len(tokens)

    def encode(self, text: str, *, add_special_tokens: bool = True) -> Encoding:
        return self.Encoding([text[: len(text) // 2], text[len(text) // 2 :]])


def characters(text: str) -> Iterator[str]:
    yield from text


def prepare() -> None:
    X = [np.ones((3, 2)), np.zeros((4, 2))]
    assert_type(SequencePadder().fit(X), SequencePadder)
    padded = assert_type(SequencePadder().fit(X).transform(X), np.ndarray)
    assert_type(SequenceScaler().fit(padded), SequenceScaler)
    assert_type(TimeDifferences(lags=[1, 2]).fit(X), TimeDifferences)
    assert_type(PerTimestep(StandardScaler()).fit(X), PerTimestep)
    assert SequenceScaler().fit(X).transform(X)[0].shape == (3, 2)

    texts = ["a cat", "two dogs"]
    encoder = assert_type(TokenEncoder().fit(texts), TokenEncoder)
    ids: np.ndarray = encoder.transform(texts)
    assert_type(encoder.inverse_transform(ids), list[list[str]])
    assert_type(TokenEncoder(analyzer=characters).fit(texts), TokenEncoder)
    assert_type(TokenEncoder(analyzer=Halves()).fit(texts), TokenEncoder)

    tones = [np.sin(np.arange(n) / 5) for n in (2000, 3000)]
    spectrogram = LogMelSpectrogram(sampling_rate=8000)
    assert_type(spectrogram.fit(tones), LogMelSpectrogram)
    for frames in spectrogram.stream(iter([tones[0], tones[1]])):
        assert_type(frames, np.ndarray)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tone.wav"
        wavfile.write(path, 8000, (tones[0] * 30000).astype(np.int16))
        spectrogram.fit([path, path])
        spectrogram.fit([str(path)])

    table = pd.DataFrame({"id": [1, 1, 2], "time": [1, 2, 1], "value": [1.0, 2.0, 3.0], "y": 0})
    features = ["value"]
    sequences, _sample_ids = from_long(table, "id", "time", features)
    assert_type(sequences, list[np.ndarray])
    _, _, y = from_long(table, "id", "time", "value", target="y")
    assert_type(y, np.ndarray)
    assert len(ids) == len(y)
    windows, targets = sliding_windows(np.arange(10.0), context_length=3)
    assert_type(windows, np.ndarray)
    assert len(windows) == len(targets)


def forecast() -> None:
    y = load_air_passengers()
    forecaster = RNNForecaster(horizon=3, hidden_size=4, max_epochs=1, random_state=0)
    assert_type(forecaster.fit(y[:-6]), RNNForecaster)
    assert_type(forecaster.update(y[-6:-3]), RNNForecaster)
    # What comes back is what y was: the type that a user names.
    future: pd.Series = forecaster.predict()
    assert future.index.equals(y.index[-3:])
    quantiles: pd.DataFrame = forecaster.predict_quantiles([0.1, 0.9])
    assert quantiles.shape == (3, 2)
    forecaster.predict_interval(coverage=0.8)
    forecaster.sample_paths(2, horizon=4)
    assert_type(forecaster.score(y[-3:]), float)
    assert np.all(mase(y[-3:], future, y_train=y[:-3]) > 0)
    assert_type(owa(y[-3:], future, y_train=y[:-3], y_reference=future), float)
    frame = forecaster.backtest(y, n_windows=2, refit=False)
    assert_type(frame, pd.DataFrame)
    BacktestDisplay.from_frame(frame, y)

    # Arrays, lists, tensors and tables; features; panels.
    numbers = np.sin(np.arange(60) / 3)
    assert isinstance(forecaster.fit(numbers).predict(), np.ndarray)
    forecaster.fit(numbers.tolist())
    forecaster.fit(torch.from_numpy(numbers))
    wide = pd.DataFrame({"a": numbers, "b": numbers})
    forecaster.fit(wide).predict(history=wide[:40])
    names = ["wind", "sun"]
    weather = pd.DataFrame({"wind": numbers, "sun": numbers, "town": 1.0})
    known = RNNForecaster(
        random_state=0,
        hidden_size=4,
        max_epochs=4,
        past_features=names,
        static_features="town",
        calendar=None,
    )
    assert_type(known.fit(weather, pd.Series(numbers)), RNNForecaster)
    known.fit(weather.assign(town=1.0), numbers)
    long = pd.DataFrame(
        {"unique_id": np.repeat(["a", "b"], 60), "ds": np.tile(np.arange(60), 2), "y": 1.0}
    )
    long["y"] += np.arange(120) % 7
    panel = assert_type(panel_from_long(long), pd.Series)
    assert_type(panel_to_long(panel), pd.DataFrame)
    assert_type(forecaster.fit(panel), RNNForecaster)
    splits = PanelTimeSeriesSplit(n_splits=2, test_size=3)
    for train, test in splits.split(panel):
        assert_type(train, np.ndarray)
        assert len(train) > len(test)
    GridSearchCV(forecaster, {"hidden_size": [2, 3]}, cv=splits).fit(panel)
    skill(forecaster, panel)


def skill(forecaster: RNNForecaster, y: SeriesLike) -> float:
    return forecaster.fit(y).skill_


def look_inside() -> None:
    X, y = load_digit_rows(return_X_y=True)
    classifier = RNNClassifier(hidden_size=4, pooling="attention", max_epochs=1, random_state=0)
    classifier.fit(X[:40], y[:40])
    assert_type(recurrent_states(classifier, X[0]), pd.DataFrame)
    assert_type(attention_weights(classifier, X[0]), pd.DataFrame)
    assert integrated_gradients(classifier, X[0], target=y[0], tolerance=0.1).output is not None
    result = permutation_importance(classifier, X[:20], y[:20], scoring="accuracy", n_repeats=2)
    assert result.importances.shape == (8, 2)
    several = permutation_importance(classifier, X[:20], y[:20], scoring=["accuracy"], n_repeats=1)
    assert several["accuracy"].importances.shape == (8, 1)
    assert_type(
        IntegratedGradientsDisplay.from_estimator(classifier, X[0], tolerance=0.1),
        IntegratedGradientsDisplay,
    )
    assert_type(
        PermutationImportanceDisplay.from_estimator(classifier, X[:20], y[:20], n_repeats=1),
        PermutationImportanceDisplay,
    )
    assert_type(
        RecurrentStatesDisplay.from_estimator(classifier, X[0], quantities="hidden", layers=[0]),
        RecurrentStatesDisplay,
    )
    history = TrainingHistoryDisplay.from_estimator(classifier)
    assert_type(history.plot(ax=Figure().add_subplot()), TrainingHistoryDisplay)
    series = load_air_passengers()
    forecaster = RNNForecaster(horizon=3, hidden_size=4, max_epochs=1, random_state=0).fit(series)
    display = ForecastDisplay.from_estimator(forecaster, coverages=0.5, series="passengers")
    assert_type(display.plot(ax=[Figure().add_subplot()]), ForecastDisplay)


def check(estimator: BaseEstimator) -> list[dict[str, Any]]:
    return check_sequence_estimator(estimator, "3d", on_fail=None)


def main() -> None:
    classify()
    X, y = load_digit_rows(return_X_y=True)
    search(X[:20], y[:20])
    regress()
    tag()
    transcribe()
    write()
    prepare()
    forecast()
    look_inside()
    assert check(RNNRegressor(hidden_size=2, max_epochs=1))


if __name__ == "__main__":
    main()
