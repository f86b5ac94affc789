"""Beams, word lists and language models choose what a transcriber writes."""

from __future__ import annotations

import pickle
from collections import Counter

import numpy as np
import pytest
import torch
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator

from skrnn import RNNLanguageModel, RNNTranscriber
from tests.transcription.morse import LEARNING, PARAMS, X, Y, keyed

# They train many networks: they are for the whole suite, not for every day.
pytestmark = pytest.mark.slow


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


@pytest.mark.slow
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
