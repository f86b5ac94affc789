"""Probabilities of texts are those of their tokens one after the other."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

from skrnn import RNNLanguageModel
from skrnn.modules.token_outputs import AdaptiveTokenOutput
from tests.language.texts import TEXTS, TINY


@pytest.mark.parametrize("output_layer", ["softmax", "adaptive"])
def test_probabilities_of_all_next_tokens_sum_to_one(output_layer):
    model = RNNLanguageModel(output_layer=output_layer, **TINY).fit(TEXTS)
    proba = model.predict_next_proba(TEXTS[:4])
    assert proba.shape == (4, model.n_tokens_)
    np.testing.assert_allclose(proba.sum(axis=1), 1.0, rtol=1e-9)


@pytest.mark.parametrize("output_layer", ["softmax", "adaptive"])
def test_a_text_is_as_probable_as_its_tokens_one_after_the_other(output_layer):
    model = RNNLanguageModel(output_layer=output_layer, **TINY).fit(TEXTS)
    words = "the cat barked .".split()
    beginnings = [" ".join(words[:n]) for n in range(5)]
    proba = model.predict_next_proba(beginnings)
    position = {token: i for i, token in enumerate(model.next_tokens_)}
    expected = [np.log(proba[n, position[word]]) for n, word in enumerate([*words, "<end>"])]
    (log_probs,) = model.log_prob([" ".join(words)], per_token=True)
    np.testing.assert_allclose(log_probs, expected, rtol=1e-5)
    np.testing.assert_allclose(model.log_prob([" ".join(words)]), [sum(expected)], rtol=1e-5)


def test_a_single_text_scores_the_mean_of_its_tokens(model):
    text = " ".join(TEXTS)
    (log_probs,) = model.log_prob([text], per_token=True)
    assert model.score([text]) == pytest.approx(log_probs.mean(), rel=1e-6)
    assert model.perplexity([text]) == pytest.approx(np.exp(-log_probs.mean()), rel=1e-6)


def test_a_score_reads_texts_in_their_order_as_one(model):
    whole = model.log_prob([" ".join(TEXTS[:2])], per_token=True)[0]
    apart = model.log_prob(TEXTS[:2], per_token=True)
    # up to the end of the first text all is the same; the second one begins in another state.
    np.testing.assert_allclose(whole[:7], apart[0][:7], rtol=1e-5)
    two = model.score(TEXTS[:2]) * 16
    assert two != pytest.approx(sum(part.sum() for part in apart), rel=1e-6)
    assert two == pytest.approx(
        reference_log_prob(
            model, [END, *ids_of(model, TEXTS[0]), END, *ids_of(model, TEXTS[1]), END]
        ),
        rel=1e-5,
    )


END = 0


def ids_of(model: RNNLanguageModel, text: str) -> list[int]:
    return [model.encoder_.vocabulary_[token] for token in text.split()]


def reference_log_prob(model: RNNLanguageModel, ids: list[int]) -> float:
    """The sum by torch's own LSTM and cross-entropy."""
    module = model.net_.module_
    width = module.token_vectors.shape[1]
    lstm = torch.nn.LSTM(width, module.encoder.hidden_size, batch_first=True)
    lstm.load_state_dict(module.encoder.state_dict())
    output = torch.nn.Linear(module.encoder.hidden_size, model.n_tokens_)
    with torch.no_grad():
        output.weight.copy_(module.token_vectors if module.is_tied else module.output.weight)
        output.bias.copy_(module.output.bias)
        hidden, _ = lstm(module.token_vectors[torch.tensor(ids[:-1])][None])
        loss = torch.nn.functional.cross_entropy(
            output(hidden[0]), torch.tensor(ids[1:]), reduction="sum"
        )
    return -float(loss)


@pytest.mark.parametrize("params", [{}, {"embedding_dim": 5}, {"tie_weights": False}])
def test_log_probabilities_are_those_of_torchs_own_layers(params):
    model = RNNLanguageModel(**(TINY | params)).fit(TEXTS)
    for text in TEXTS[:3]:
        expected = reference_log_prob(model, [END, *ids_of(model, text), END])
        assert model.log_prob([text])[0] == pytest.approx(expected, rel=1e-5)


# a quarter of 12 dimensions, and a quarter of that, would be none
@pytest.mark.parametrize("width, divisor", [(16, 4.0), (12, 1.0)])
def test_the_adaptive_output_is_torchs_with_its_gradients(width, divisor):
    ours = AdaptiveTokenOutput(width, 40, cutoffs=(5, 20)).double()
    theirs = torch.nn.AdaptiveLogSoftmaxWithLoss(
        width, 40, [5, 20], div_value=divisor, head_bias=True
    )
    theirs.load_state_dict(ours.groups.double().state_dict())
    theirs.double()
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(30, width, dtype=torch.float64, generator=generator)
    targets = torch.randint(0, 40, (30,), generator=generator)
    one, two = x.clone().requires_grad_(), x.clone().requires_grad_()
    losses = ours.losses(one, targets)
    expected = -theirs(two, targets).output
    torch.testing.assert_close(losses, expected)
    losses.sum().backward()
    expected.sum().backward()
    torch.testing.assert_close(one.grad, two.grad)
    for parameter, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(parameter.grad, other.grad)
    torch.testing.assert_close(ours.log_probs(x), theirs.log_prob(x))


def test_a_model_that_has_learned_nothing_hesitates_between_all_tokens():
    # an update that changes nothing
    model = RNNLanguageModel(hidden_size=8, max_epochs=1, learning_rate=1e-30, random_state=0)
    model.fit(TEXTS)
    assert model.perplexity(TEXTS) == pytest.approx(model.n_tokens_, rel=0.05)


def test_what_was_learned_is_less_surprising_than_word_frequencies(trained):
    tokens = [token for text in TEXTS for token in [*text.split(), "<end>"]]
    shares = pd.Series(tokens).value_counts(normalize=True)
    entropy = -(shares * np.log(shares)).sum()
    assert -trained.score(TEXTS) < 0.3 * entropy
    assert trained.score(TEXTS) > trained.score([text[::-1] for text in TEXTS])


@pytest.mark.parametrize("params", [{}, {"output_layer": "adaptive"}, {"embedding_dim": 5}])
def test_batch_mates_and_order_do_not_change_a_text(params):
    model = RNNLanguageModel(**(TINY | params)).fit(TEXTS)
    together = model.log_prob(TEXTS[:5])
    alone = np.concatenate([model.log_prob([text]) for text in TEXTS[:5]])
    np.testing.assert_array_equal(together, alone)
    np.testing.assert_array_equal(model.transform(TEXTS[:5])[::-1], model.transform(TEXTS[4::-1]))
    np.testing.assert_array_equal(
        model.predict_next_proba(TEXTS[:5])[3], model.predict_next_proba([""])[0]
    )
