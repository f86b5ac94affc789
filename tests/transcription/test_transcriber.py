"""RNNTranscriber: from sequences to texts that are aligned to none of their timesteps."""

from __future__ import annotations

import pickle
from collections import Counter

import joblib
import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import make_scorer
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from skorch.callbacks import Callback, EpochScoring

from skrnn import RNNLanguageModel, RNNTranscriber
from skrnn._transcription.prefix_beam import best_path
from skrnn.metrics import character_error_rate, word_error_rate
from skrnn.modules.transcription_model import TranscriptionLoss, TranscriptionModel
from skrnn.preprocessing import SequencePadder, SequenceScaler

# Signals of the code "dots and dashes": pulses of two lengths, pauses of two lengths.
LENGTHS = {".": 2, "-": 5, " ": 5}


def key(text, rng):
    """The signal of a text, with a noise that hides no pulse."""
    parts = [[0.0]]
    for sign in text:
        parts.append([float(sign != " ")] * LENGTHS[sign])
        parts.append([0.0] * 2)
    signal = np.concatenate(parts)
    return (signal + rng.normal(0, 0.1, len(signal)))[:, None]


def keyed(n_samples, seed=0, words=("..", "-", ".-.", "--")):
    rng = np.random.default_rng(seed)
    y = [" ".join(rng.choice(words, rng.integers(1, 4))) for _ in range(n_samples)]
    return [key(text, rng) for text in y], y


X, Y = keyed(40)
PARAMS = {"hidden_size": 6, "max_epochs": 3, "batch_size": 8, "random_state": 0}
LEARNING = {
    **{"hidden_size": 16, "num_layers": 1, "dropout": 0, "input_noise": 0.1, "random_state": 0},
    **{"max_epochs": 25, "batch_size": 8, "learning_rate": 0.01, "segment_length": 2},
}


@pytest.fixture(scope="session")
def operator():
    """One that has learned the code, forwards only."""
    return RNNTranscriber(**LEARNING, bidirectional=False, standardize=True).fit(*keyed(150))


def as_objects(values):
    objects = np.empty(len(values), dtype=object)
    objects[:] = values
    return objects


# --------------------------------------------------------------------------------------
# what is learned, and what comes out
# --------------------------------------------------------------------------------------


def test_texts_are_learned_from_signals_without_an_alignment(operator):
    X_new, y_new = keyed(60, seed=1)
    assert operator.score(X_new, y_new) > 0.95
    assert operator.score(X_new, y_new) == 1 - word_error_rate(y_new, operator.predict(X_new))


def test_words_may_be_the_tokens():
    transcriber = RNNTranscriber(**LEARNING, analyzer="word").fit(*keyed(150))
    assert list(transcriber.tokens_) == [None, "-", "--", ".-.", ".."]
    assert transcriber.score(*keyed(60, seed=1)) > 0.9


def test_the_best_path_is_what_the_probabilities_say(operator):
    for text, proba in zip(operator.predict(X), operator.predict_proba(X), strict=True):
        assert "".join(operator.tokens_[k] for k in best_path(proba)[0]) == text


def test_the_loss_is_the_log_likelihood_of_a_token(operator):
    fresh = clone(operator).fit(X, Y, X_val=X, y_val=Y)
    tokens = {token: number for number, token in enumerate(fresh.tokens_)}
    losses = [
        torch.nn.functional.ctc_loss(
            torch.tensor(np.log(proba))[:, None],
            torch.tensor([[tokens[sign] for sign in text]]),
            torch.tensor([len(proba)]),
            torch.tensor([len(text)]),
            reduction="sum",
        ).item()
        for text, proba in zip(Y, fresh.predict_proba(X), strict=True)
    ]
    shown = fresh.history_[fresh.best_epoch_ - 1]["valid_loss"]
    assert shown == pytest.approx(sum(losses) / sum(map(len, Y)), rel=1e-4)


def test_what_stands_behind_a_sequence_does_not_change_its_loss_or_gradient():
    model = TranscriptionModel(2, 4, hidden_size=3, segment_length=2)
    model.reset_parameters(torch.Generator().manual_seed(0))
    model.train()
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(1, 9, 2, generator=generator, dtype=torch.float32)
    longer = torch.cat([x, torch.zeros(1, 8, 2, dtype=torch.float32)], dim=1)
    target = torch.tensor([[1, 3, 3]])
    loss = TranscriptionLoss("ctc")
    results = []
    for values, lengths in ((x, None), (longer, torch.tensor([9]))):
        model.zero_grad()
        one = loss(model(values, lengths), target)
        one.sum().backward()
        results.append((one.item(), model.encoder.weight_hh_l0.grad.clone()))
    assert results[0][0] == pytest.approx(results[1][0], rel=1e-6)
    torch.testing.assert_close(results[0][1], results[1][1])


def test_silence_is_an_empty_text():
    rng = np.random.default_rng(0)
    X_some = [*X, *(rng.normal(0, 0.1, (12, 1)) for _ in range(20))]
    transcriber = RNNTranscriber(**LEARNING).fit(X_some, [*Y, *[""] * 20])
    assert transcriber.predict(X_some[-1:])[0] == ""


def test_segments_leave_every_transcript_the_steps_that_it_needs():
    # twelve timesteps for three tokens, two of them the same: four steps at least
    X_short, y_short = [np.zeros((12, 1))] * 20, ["abb"] * 20
    transcriber = RNNTranscriber(**PARAMS).fit(X_short, y_short)
    assert transcriber.segment_length_ == 1
    with pytest.raises(ValueError, match=r"y: got 'abb', which takes 4 recurrent steps"):
        RNNTranscriber(**PARAMS, segment_length=4).fit(X_short, y_short)
    assert RNNTranscriber(**PARAMS, segment_length=3).fit(X_short, y_short).segment_length_ == 3


# --------------------------------------------------------------------------------------
# the search
# --------------------------------------------------------------------------------------


def test_a_beam_writes_what_is_at_least_as_probable_as_the_best_path():
    half = RNNTranscriber(**(LEARNING | {"max_epochs": 3})).fit(*keyed(100))
    X_new, _ = keyed(40, seed=2)
    log_probs = [torch.tensor(np.log(proba))[:, None] for proba in half.predict_proba(X_new)]
    numbers = {token: number for number, token in enumerate(half.tokens_)}

    def losses():
        """Of each text, minus its log-probability over all alignments."""
        texts = half.predict(X_new)
        targets = [torch.tensor([[numbers[sign] for sign in text]]) for text in texts]
        return texts, np.array(
            [
                torch.nn.functional.ctc_loss(
                    part, target, (len(part),), (target.shape[1],), reduction="sum"
                )
                for part, target in zip(log_probs, targets, strict=True)
            ]
        )

    greedy, of_greedy = losses()
    half.set_params(decoding="beam")
    searched, of_searched = losses()
    assert (of_searched <= of_greedy + 1e-4).all()
    assert (searched != greedy).any()


def test_only_words_of_the_list_are_written():
    half = RNNTranscriber(**(LEARNING | {"max_epochs": 3})).fit(*keyed(100))
    X_new, y_new = keyed(40, seed=1)
    assert not {word for text in half.predict(X_new) for word in text.split()} <= set(half.words_)
    bare = half.score(X_new, y_new)
    for words in ("transcripts", [".-.", "--", "-", ".."], ["..", "-", "öö", "--", ".-."]):
        half.set_params(word_list=words)
        written = {word for text in half.predict(X_new) for word in text.split()}
        assert written <= {"..", "-", ".-.", "--"}
    assert half.score(X_new, y_new) > bare
    half.set_params(word_list=["--"])
    assert {word for text in half.predict(X_new) for word in text.split()} == {"--"}


def test_a_language_model_is_fitted_to_the_transcripts_and_chooses():
    # the signal cannot tell "." from "-" here; what was written before can: they alternate.
    rng = np.random.default_rng(0)
    y_long = [" ".join((["..", "--"] * 5)[k : k + n]) for k, n in rng.integers(1, 5, (60, 2))]
    X_long = [rng.normal(0, 1, (4 * len(text), 1)) for text in y_long]
    model = RNNLanguageModel(analyzer=str.split, hidden_size=8, max_epochs=20, random_state=0)
    params = PARAMS | {"max_epochs": 10}
    transcriber = RNNTranscriber(**params, language_model=model, language_weight=50.0)
    transcriber.fit(X_long, y_long)
    assert not hasattr(model, "net_")
    expected = clone(model).fit(y_long)
    np.testing.assert_array_equal(
        transcriber.language_model_.log_prob(y_long), expected.log_prob(y_long)
    )
    chosen = transcriber.predict(X_long[:20])
    transcriber.set_params(language_weight=0.0)
    bare = transcriber.predict(X_long[:20])
    assert expected.log_prob(list(chosen)).sum() > expected.log_prob(list(bare)).sum()


def test_a_frozen_language_model_is_used_as_it_is(operator):
    model = RNNLanguageModel(analyzer="char", hidden_size=8, max_epochs=2, random_state=0).fit(Y)
    frozen = RNNTranscriber(**PARAMS, language_model=FrozenEstimator(model)).fit(X, Y)
    np.testing.assert_array_equal(frozen.language_model_.log_prob(Y), model.log_prob(Y))
    after = pickle.loads(pickle.dumps(operator)).set_params(language_model=FrozenEstimator(model))
    assert len(after.predict(X)) == len(X)
    after.set_params(language_model=model)
    with pytest.raises(ValueError, match=r"(?s)language_model: got .*FrozenEstimator"):
        after.predict(X)


class WordCounts(BaseEstimator):
    """A language model that is none of skrnn's: how often each word was said."""

    def __init__(self, smoothing=0.5):
        self.smoothing = smoothing

    def fit(self, texts):
        self.counts_ = Counter(word for text in texts for word in text.split())
        return self

    def log_prob(self, texts):
        counts = [[self.counts_[w] + self.smoothing for w in text.split()] for text in texts]
        with np.errstate(divide="ignore"):
            return [float(np.log(count).sum()) for count in counts]


def test_any_estimator_with_fit_and_log_prob_is_a_language_model():
    transcriber = RNNTranscriber(**PARAMS, language_model=WordCounts()).fit(X, Y)
    assert transcriber.language_model_.counts_ == WordCounts().fit(Y).counts_
    assert len(transcriber.predict(X)) == len(X)
    # words that it never saw are impossible, yet not with a weight of 0
    strict = RNNTranscriber(**PARAMS, language_model=WordCounts(0.0), language_weight=0).fit(X, Y)
    beam = RNNTranscriber(**PARAMS, decoding="beam").fit(X, Y)
    np.testing.assert_array_equal(strict.predict(X), beam.predict(X))


class WithoutAnswer(WordCounts):
    def log_prob(self, texts):
        return [float("nan")]


def test_a_language_model_that_cannot_be_used_is_refused():
    unfitted = FrozenEstimator(RNNLanguageModel())
    with pytest.raises(NotFittedError, match="language_model: got a FrozenEstimator"):
        RNNTranscriber(**PARAMS, language_model=unfitted).fit(X, Y)
    with pytest.raises(NotFittedError, match="language_model: got a FrozenEstimator"):
        RNNTranscriber(**PARAMS).fit(X, Y).set_params(language_model=unfitted).predict(X)
    with pytest.raises(TypeError, match=r"language_model: got the class .*RNNLanguageModel\(\)"):
        RNNTranscriber(**PARAMS, language_model=RNNLanguageModel).fit(X, Y)
    with pytest.raises(ValueError, match=r"language_model: got .* from log_prob"):
        RNNTranscriber(**PARAMS, language_model=WithoutAnswer()).fit(X, Y).predict(X)
    of_lists = RNNLanguageModel(analyzer=None, hidden_size=4, max_epochs=1).fit([["-"], ["."]])
    with pytest.raises(ValueError, match="language_model: got one whose log_prob cannot read"):
        RNNTranscriber(**PARAMS, language_model=FrozenEstimator(of_lists)).fit(X, Y).predict(X)


def test_another_language_model_after_fit_is_not_taken_for_the_fitted_one():
    transcriber = RNNTranscriber(**PARAMS, language_model=WordCounts()).fit(X, Y)
    pickle.loads(pickle.dumps(transcriber)).predict(X)
    with pytest.raises(ValueError, match=r"language_model: got .* which has not fitted it"):
        transcriber.set_params(language_model=WordCounts(1.0)).predict(X)
    transcriber.set_params(warm_start=True).fit(X, Y)
    assert transcriber.language_model_.smoothing == 1.0
    counts = transcriber.language_model_.counts_
    transcriber.partial_fit(X[:3], Y[:3]).fit(X[:3], Y[:3])
    assert transcriber.language_model_.counts_ is counts
    transcriber.set_params(warm_start=False).fit(X[:3], Y[:3])
    assert transcriber.language_model_.counts_ == WordCounts().fit(Y[:3]).counts_


def test_one_random_state_fixes_the_language_model_too():
    model = RNNLanguageModel(analyzer="char", hidden_size=4, max_epochs=1)
    one, two = (RNNTranscriber(**PARAMS, language_model=model).fit(X, Y) for _ in range(2))
    np.testing.assert_array_equal(*(t.language_model_.log_prob(Y) for t in (one, two)))
    assert model.random_state is None


def test_a_bonus_writes_more_words(operator):
    model = FrozenEstimator(RNNLanguageModel(hidden_size=4, max_epochs=1, random_state=0).fit(Y))
    searched = pickle.loads(pickle.dumps(operator)).set_params(language_model=model)
    counts = [
        sum(len(text.split()) for text in searched.set_params(word_bonus=bonus).predict(X))
        for bonus in (-100.0, 0.0, 100.0)
    ]
    assert counts[0] < counts[1] < counts[2]


# --------------------------------------------------------------------------------------
# streams
# --------------------------------------------------------------------------------------


def cut(x, rng):
    """Pieces of any length, none among them, too."""
    return np.split(x, np.sort(rng.integers(0, len(x) + 1, size=rng.integers(0, 8))))


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize("segment_length", [1, 2, 3])
@pytest.mark.parametrize("analyzer", ["char", "word"])
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
        {"decoding": "beam", "beam_width": 4},
        {"word_list": ["..", "--", ".-."]},
        {"language_model": FrozenEstimator(RNNLanguageModel(max_epochs=1, hidden_size=4).fit(Y))},
    ],
)
def test_a_stream_searches_as_for_the_whole(operator, settings):
    searched = pickle.loads(pickle.dumps(operator)).set_params(**settings)
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


# --------------------------------------------------------------------------------------
# scikit-learn's manners
# --------------------------------------------------------------------------------------


def test_it_is_no_classifier_and_reads_ragged_texts_in_a_search():
    assert not is_classifier(RNNTranscriber())
    pipe = make_pipeline(SequencePadder(), SequenceScaler(), RNNTranscriber(**PARAMS))
    grid = {"rnntranscriber__hidden_size": [4, 6], "rnntranscriber__decoding": ["greedy", "beam"]}
    searches = [GridSearchCV(pipe, grid, cv=2, n_jobs=n_jobs).fit(X, Y) for n_jobs in (1, 2)]
    for key_name in ("mean_test_score", "std_test_score"):
        np.testing.assert_array_equal(*(search.cv_results_[key_name] for search in searches))
    scorer = make_scorer(character_error_rate, greater_is_better=False)
    assert (cross_val_score(RNNTranscriber(**PARAMS), X, Y, cv=2, scoring=scorer) <= 0).all()
    predicted = cross_val_predict(RNNTranscriber(**PARAMS), as_objects(X), Y, cv=2)
    assert len(predicted) == len(X)


def test_the_same_bits_whatever_the_threads():
    outputs = []
    for n_threads in (1, 2):
        torch.set_num_threads(n_threads)
        outputs.append(np.concatenate(RNNTranscriber(**PARAMS).fit(X, Y).predict_proba(X)))
    torch.set_num_threads(2)
    np.testing.assert_array_equal(*outputs)


def test_a_pickle_writes_the_same(operator, tmp_path):
    joblib.dump(operator, tmp_path / "operator.joblib")
    for copy in (
        pickle.loads(pickle.dumps(operator)),
        joblib.load(tmp_path / "operator.joblib"),
    ):
        np.testing.assert_array_equal(copy.predict(X), operator.predict(X))


def test_training_goes_on_from_where_it_stopped():
    transcriber = RNNTranscriber(**PARAMS)
    transcriber.partial_fit(X[:20], Y[:20], tokens="-. ,")
    assert list(transcriber.tokens_) == [None, " ", ",", "-", "."]
    first = transcriber.loss_curve_[-1]
    for _ in range(5):
        transcriber.partial_fit(X, Y)
    assert transcriber.loss_curve_[-1] < first
    warm = RNNTranscriber(**PARAMS, warm_start=True).fit(X, Y)
    before = warm.loss_curve_[-1]
    assert warm.fit(X, Y).loss_curve_[-1] < before


def test_tokens_that_may_come_later_are_read_like_texts():
    by_word = RNNTranscriber(**PARAMS, analyzer="word").partial_fit(X, Y, tokens="... -.-")
    assert {"...", "-.-"} < set(by_word.tokens_) and "." not in by_word.tokens_
    of_lists = RNNTranscriber(**PARAMS).partial_fit(X, [[1, 2]] * len(X), tokens={3})
    assert of_lists.tokens_.tolist() == [None, 1, 2, 3]


@pytest.mark.parametrize(
    ("params", "y", "tokens", "error"),
    [
        ({}, Y, 5, TypeError),
        ({}, Y, [1], ValueError),
        ({}, Y, ["ab"], ValueError),
        ({"analyzer": "word"}, Y, ["a b"], ValueError),
        ({}, [["a"]] * 40, "abc", TypeError),
        ({}, [["a"]] * 40, [None], TypeError),
    ],
)
def test_tokens_that_cannot_come_are_refused(params, y, tokens, error):
    with pytest.raises(error, match="tokens: got"):
        RNNTranscriber(**PARAMS, **params).partial_fit(X, y, tokens=tokens)


@pytest.mark.parametrize("batch_size", ["auto", 4, 40])
def test_epochs_make_the_updates_that_are_documented(batch_size):
    stop = RNNTranscriber(
        **PARAMS | {"batch_size": batch_size, "max_epochs": "auto"}, callbacks=[InterruptAfter(1)]
    )
    with pytest.raises(KeyboardInterrupt):
        stop.fit(X, Y)
    n_batches = -(-len(X) // stop.net_.batch_size)
    assert stop.net_.max_epochs == np.clip(round(2500 / n_batches), 10, 150)


@pytest.mark.parametrize("scoring", ["accuracy", "neg_log_loss"])
def test_a_callback_that_asks_for_labels_is_refused(scoring):
    with pytest.raises(ValueError, match=r"callbacks: got one that asks for labels .*valid_loss"):
        RNNTranscriber(**PARAMS, callbacks=[EpochScoring(scoring)]).fit(X, Y, X_val=X, y_val=Y)


def test_a_column_of_texts_holds_a_text_for_each_sample():
    columns = (as_objects(Y)[:, None], np.array(Y)[:, None], pd.DataFrame({"text": Y}))
    expected = RNNTranscriber(**PARAMS).fit(X, Y).predict(X)
    for y in columns:
        np.testing.assert_array_equal(RNNTranscriber(**PARAMS).fit(X, y).predict(X), expected)


def test_weights_count_and_zero_leaves_out():
    weight = np.r_[np.ones(20), np.zeros(20)]
    y_other = [*Y[:20], *["?"] * 20]
    one = RNNTranscriber(**PARAMS).fit(X, y_other, sample_weight=weight)
    assert "?" not in one.tokens_
    two = RNNTranscriber(**PARAMS).fit(X[:20], Y[:20])
    np.testing.assert_array_equal(
        np.concatenate(one.predict_proba(X)), np.concatenate(two.predict_proba(X))
    )
    assert one.score(X, Y, sample_weight=weight) == one.score(X[:20], Y[:20])
    with pytest.raises(ValueError, match=r"^y: got 2 transcripts without a single word"):
        one.score(X[:2], ["", " "])


class InterruptAfter(Callback):
    def __init__(self, n_epochs):
        self.n_epochs = n_epochs

    def on_epoch_begin(self, net, **kwargs):
        if len(net.history) > self.n_epochs:
            raise KeyboardInterrupt


def test_an_interrupted_fit_leaves_nothing_or_a_whole_model():
    with pytest.raises(KeyboardInterrupt):
        unfitted = RNNTranscriber(**PARAMS, callbacks=[InterruptAfter(0)])
        unfitted.fit(X, Y)
    assert not hasattr(unfitted, "net_") and not hasattr(unfitted, "tokens_")
    stopped = RNNTranscriber(**PARAMS, callbacks=[InterruptAfter(2)])
    with pytest.raises(KeyboardInterrupt):
        stopped.fit(X, Y)
    assert stopped.best_epoch_ == 2
    assert len(stopped.predict(X)) == len(X)


@pytest.mark.parametrize(
    ("y", "error", "message"),
    [
        (None, ValueError, "y: requires y to be passed"),
        ("one text", TypeError, "y: got 'one text'"),
        ([1] * 40, TypeError, r"y: got 1 at position 0.*RNNClassifier"),
        ([None] * 40, TypeError, "y: got None at position 0.*Leave out samples"),
        (pd.Series([*Y[:-1], pd.NA], dtype="string"), TypeError, "y: got <NA> at .*Leave out"),
        ([*Y[:-1], float("nan")], TypeError, "y: got nan at position 39.*Leave out"),
        ([text.encode() for text in Y], TypeError, r"y: got b'.*y\[0\]\.decode\(\)"),
        ([*Y[:-1], ["."]], TypeError, "strings and lists of tokens side by side"),
        ([[1], ["a"]] * 20, TypeError, "types"),
        ([[1.0, float("nan")]] * 40, TypeError, "the token nan at position 0"),
        ([[[1]]] * 40, TypeError, r"the token \[1\]"),
        ([""] * 40, ValueError, "without a single token"),
        (Y[:-1], ValueError, "39"),
        ([*Y[:-1], "." * 500], ValueError, "recurrent steps"),
        ([["."] * len(x) for x in X], ValueError, "recurrent steps.*use RNNTagger"),
    ],
)
def test_transcripts_that_cannot_be_read_are_refused(y, error, message):
    with pytest.raises(error, match=message):
        RNNTranscriber(**PARAMS, segment_length=1).fit(X, y)


def test_transcripts_of_another_kind_than_in_fit_are_refused(operator):
    with pytest.raises(TypeError, match="y: got lists of tokens, while fit was given strings"):
        operator.score(X, [list(text) for text in Y])
    with pytest.raises(ValueError, match=r"y_val: got '\?', which no transcript held"):
        RNNTranscriber(**PARAMS).fit(X, Y, X_val=X[:1], y_val=["?"])
    assert operator.score(X[:1], ["?"]) < 1


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"word_list": [1, 2]}, TypeError, "word_list: got 1 among the words"),
        ({"word_list": ["yes", "no"]}, ValueError, "word_list: .* no word can be written"),
        ({"word_list": []}, ValueError, "word_list: "),
        ({"word_list": [".. -", "-"]}, ValueError, r"word_list: got '.. -', .*word\.split"),
        ({"word_list": ["-\n"]}, ValueError, "word_list: got .* blank"),
        ({"word_list": "hello"}, ValueError, "'word_list' .*'transcripts'"),
        ({"word_list": 5}, ValueError, "'word_list'"),
        ({"word_list": ["-"], "decoding": "greedy"}, ValueError, "decoding: got 'greedy' while"),
        ({"decoding": "best"}, ValueError, "'decoding' .*'greedy'"),
        ({"decoding": "beam", "beam_width": 0}, ValueError, "'beam_width'"),
        ({"decoding": "beam", "beam_width": 2.5}, ValueError, "'beam_width'"),
        ({"language_weight": float("nan")}, ValueError, "'language_weight'"),
        ({"word_bonus": float("inf")}, ValueError, "'word_bonus'"),
        ({"language_model": "trigrams"}, ValueError, "'language_model' .* 'log_prob'"),
    ],
)
def test_settings_of_the_search_that_cannot_be_are_refused(operator, params, error, message):
    with pytest.raises(error, match=message):
        pickle.loads(pickle.dumps(operator)).set_params(**params).predict(X)
    # before the training, not when it is over
    unfitted = RNNTranscriber(**PARAMS, callbacks=[InterruptAfter(0)]).set_params(**params)
    with pytest.raises(error, match=message):
        unfitted.fit(X, Y)


def test_a_word_list_is_any_collection(operator):
    searched = pickle.loads(pickle.dumps(operator))
    words = ["..", "-", ".-."]
    written = [
        searched.set_params(word_list=some).predict(X).tolist()
        for some in (words, set(words), np.array(words), pd.Series(words), [*words, *words, ""])
    ]
    assert all(texts == written[0] for texts in written)


@pytest.mark.parametrize("argument", ["word_list", "language_model"])
def test_lists_of_tokens_know_no_words(argument):
    value = ["-"] if argument == "word_list" else RNNLanguageModel()
    with pytest.raises(ValueError, match=rf"{argument}: got .* lists of tokens"):
        RNNTranscriber(**PARAMS, **{argument: value}).fit(X, [list(text) for text in Y]).predict(X)
