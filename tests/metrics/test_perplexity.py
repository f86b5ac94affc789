"""Perplexity, held against its definition and against the model's own."""

import numpy as np
import pytest

from skrnn import RNNLanguageModel
from skrnn.metrics import perplexity


def test_a_model_that_spreads_evenly_hesitates_between_all_tokens():
    assert perplexity(np.log(np.full(30, 1 / 7))) == pytest.approx(7)


def test_it_is_the_inverse_geometric_mean_of_the_probabilities():
    probabilities = np.random.default_rng(0).uniform(0.01, 1, size=12)
    expected = np.prod(probabilities) ** (-1 / 12)
    assert perplexity(np.log(probabilities)) == pytest.approx(expected)
    # worked by hand: (1/2 * 1/8 * 1/4) ** (-1/3) = 64 ** (1/3)
    assert perplexity([np.log([0.5, 0.125]), np.log([0.25])]) == pytest.approx(4)


def test_the_texts_of_a_language_model_are_read():
    texts = ["a b a c", "a b"] * 3
    model = RNNLanguageModel(hidden_size=4, max_epochs=1, random_state=0).fit(texts)
    log_probs = model.log_prob(["a b a c"], per_token=True)
    assert perplexity(log_probs) == pytest.approx(model.perplexity(["a b a c"]), rel=1e-6)


def test_what_is_held_impossible_and_happens_is_infinitely_surprising():
    assert perplexity([-np.inf, -1.0]) == np.inf
    assert perplexity([-1e6]) == np.inf


@pytest.mark.parametrize("bad", [[], [[]], [0.5], [np.nan], ["a"], [None], [0.3, -1]])
def test_what_are_no_log_probabilities_is_refused(bad):
    with pytest.raises(ValueError, match="log_prob: got"):
        perplexity(bad)
