"""A stream is transcribed as the whole sequence."""

from __future__ import annotations

import itertools
import pickle

import numpy as np
import pytest
import torch
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator

from skrnn import RNNLanguageModel, RNNTranscriber
from tests.transcription.morse import LEARNING, PARAMS, X, Y, key, keyed


def cut(x, rng):
    """Pieces of any length, none among them, too."""
    return np.split(x, np.sort(rng.integers(0, len(x) + 1, size=rng.integers(0, 8))))


# Each cell, each length of a segment and each kind of token is in one that is always run.
ALWAYS = [("char", 2, "lstm"), ("word", 1, "gru"), ("char", 3, "rnn")]
COMBINATIONS = [
    pytest.param(*both, marks=() if both in ALWAYS else pytest.mark.slow)
    for both in itertools.product(["char", "word"], [1, 2, 3], ["lstm", "gru", "rnn"])
]


@pytest.mark.slow
@pytest.mark.parametrize(("analyzer", "segment_length", "cell"), COMBINATIONS)
def test_a_stream_writes_what_the_whole_says(cell, segment_length, analyzer):
    params = LEARNING | {"segment_length": segment_length, "cell": cell, "learning_rate": 0.02}
    params |= {"max_epochs": 40}
    transcriber = RNNTranscriber(**params, analyzer=analyzer, bidirectional=False, standardize=True)
    transcriber.fit(*keyed(100))
    X_new, _ = keyed(15, seed=3)
    rng = np.random.default_rng(0)
    expected = transcriber.predict(X_new)
    assert sum(map(bool, expected)) > 5
    for x, text in zip(X_new, expected, strict=True):
        for chunks in (cut(x, rng), [x], list(x[:, None])):
            assert "".join(transcriber.stream(chunks)) == text


@pytest.mark.parametrize(
    "settings",
    [
        lambda: {"decoding": "beam", "beam_width": 4},
        lambda: {"word_list": ["..", "--", ".-."]},
        lambda: {
            "language_model": FrozenEstimator(RNNLanguageModel(max_epochs=1, hidden_size=4).fit(Y))
        },
    ],
    ids=["beam", "word list", "language model"],
)
def test_a_stream_searches_as_for_the_whole(operator, settings):
    searched = pickle.loads(pickle.dumps(operator)).set_params(**settings())
    X_new, _ = keyed(15, seed=3)
    rng = np.random.default_rng(0)
    for x, text in zip(X_new, searched.predict(X_new), strict=True):
        assert "".join(searched.stream(cut(x, rng))) == text


def test_a_stream_writes_before_its_end_is_known(operator):
    x = np.concatenate([key(".. -- ..", np.random.default_rng(0))] * 3)
    written = []

    def chunks():
        for start in range(0, len(x), 10):
            written.append(len("".join(pieces)))
            yield x[start : start + 10]

    pieces: list[str] = []
    for piece in operator.stream(chunks()):
        pieces.append(piece)
    assert written[len(written) // 2] > 3
    assert "".join(pieces) == operator.predict([x])[0]


def test_missing_values_in_a_stream_are_filled_as_in_the_whole():
    rng = np.random.default_rng(0)

    def with_gaps(sequences):
        gaps = [np.concatenate([x, 0.5 * x], axis=1) for x in sequences]
        for x in gaps:
            x[rng.random(x.shape) < 0.15] = np.nan
            x[rng.integers(2, len(x) - 1)] = np.nan  # a whole timestep
            x[0] = 0.0
        return gaps

    X_gaps, y_gaps = keyed(60)
    params = LEARNING | {"max_epochs": 8, "bidirectional": False, "standardize": True}
    transcriber = RNNTranscriber(**params).fit(with_gaps(X_gaps), y_gaps)
    X_new = with_gaps(keyed(10, seed=3)[0])
    expected = transcriber.predict(X_new)
    assert sum(map(bool, expected)) > 5
    for x, text in zip(X_new, expected, strict=True):
        assert "".join(transcriber.stream(cut(x, rng))) == text
        assert "".join(transcriber.stream(list(x[:, None]))) == text


def test_token_ids_and_lists_of_tokens_in_a_stream():
    rng = np.random.default_rng(0)
    words = [rng.integers(2, 6, size=rng.integers(6, 12)) for _ in range(60)]
    # each id twice, so that there is a step for the blank between two that are the same
    X_ids, y_ids = [np.repeat(x, 2) for x in words], [[int(k) for k in x if k > 3] for x in words]
    params = LEARNING | {"segment_length": 1, "max_epochs": 60, "bidirectional": False}
    transcriber = RNNTranscriber(**params, embedding_dim=4).fit(X_ids, y_ids)
    assert transcriber.score(X_ids, y_ids) > 0.8
    for x, tokens in zip(X_ids[:5], transcriber.predict(X_ids[:5]), strict=True):
        pieces = list(transcriber.stream(np.array_split(x, 3)))
        assert [token for piece in pieces for token in piece] == tokens
        padded = [*np.array_split(x, 3), [], [0, 0], torch.zeros(2, dtype=torch.int64)]
        assert list(transcriber.stream(padded)) == pieces
    for chunks in ([[2, 0], [3]], [[0], [3]]):
        with pytest.raises(ValueError, match=r"chunks: got 0 \(padding\) before a token"):
            list(transcriber.stream(chunks))
    for chunks in ([2, 3], np.array([2, 3]), [None]):
        with pytest.raises(ValueError, match=r"chunks: got a chunk .*np\.array_split"):
            list(transcriber.stream(chunks))


def test_a_stream_goes_on_as_it_began(operator):
    x, other = X[0], X[1]
    estimator = pickle.loads(pickle.dumps(operator))
    expected = [estimator.predict([one])[0] for one in (x, other)]

    def chunks():
        for number, chunk in enumerate(np.array_split(x, 9)):
            if number == 4:
                estimator.fit([10 * one for one in X], ["x" + text for text in Y])
            yield chunk

    beside = operator.stream(np.array_split(other, 5))
    pieces, pieces_beside = [], [next(beside)]
    for piece in estimator.stream(chunks()):
        pieces.append(piece)
        pieces_beside.append(next(beside, ""))
    assert "".join(pieces) == expected[0]
    assert "".join([*pieces_beside, *beside]) == expected[1]


def test_masked_timesteps_of_a_stream_are_missing():
    x = np.ma.array(X[0], mask=np.arange(len(X[0]))[:, None] % 4 == 1)
    params = LEARNING | {"max_epochs": 5, "bidirectional": False, "standardize": True}
    transcriber = RNNTranscriber(**params).fit(X, Y)
    assert "".join(transcriber.stream([x[:7], x[7:]])) == transcriber.predict([x])[0]
    assert transcriber.predict([x])[0] != transcriber.predict([x.data])[0]


def test_a_stream_that_cannot_be_is_refused_before_it_begins(operator):
    both = RNNTranscriber(**PARAMS).fit(X, Y)
    with pytest.raises(ValueError, match="bidirectional: got True"):
        both.stream([])
    with pytest.raises(NotFittedError):
        RNNTranscriber().stream([])
    for chunks in (None, 5):
        with pytest.raises(TypeError, match="chunks: got"):
            operator.stream(chunks)
    searched = pickle.loads(pickle.dumps(operator))
    for params in (
        {"word_list": ["zz"]},
        {"decoding": "best"},
        {"language_model": RNNLanguageModel()},
    ):
        with pytest.raises(ValueError, match=next(iter(params))):
            searched.set_params(**({"word_list": None, "decoding": "auto"} | params)).stream([])
    for chunk in (np.zeros((3, 2)), np.zeros((2, 3, 1)), 1.0):
        with pytest.raises(ValueError, match=r"chunks: got a chunk of shape"):
            list(operator.stream([chunk]))
    with pytest.raises(ValueError, match="chunks"):
        list(operator.stream([np.array([[np.inf]])]))
    assert list(operator.stream([])) == []
    assert list(operator.stream([np.full((3, 1), np.nan)])) == []
