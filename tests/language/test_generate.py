"""The texts that a language model writes."""

from __future__ import annotations

import numpy as np
import pytest

from skrnn import RNNLanguageModel
from tests.language.texts import TEXTS, TINY


def test_the_most_probable_text_is_the_most_probable_token_again_and_again(trained):
    written = "the"
    for _ in range(4):
        (token,) = trained.predict_next([written])
        if token == "<end>":
            break
        written += " " + token
    expected = written.removeprefix("the ")
    assert trained.generate("the", max_length=4, temperature=0) == expected
    assert trained.generate("the", max_length=4, top_k=1, random_state=0) == expected
    assert trained.generate("the", max_length=4, top_p=1e-9, random_state=1) == expected
    assert trained.generate("the", max_length=4, temperature=1e-300, random_state=2) == expected


def test_a_long_prompt_is_read_in_windows(trained, monkeypatch):
    widths = []
    module = trained.net_.module_
    run_on = module.run_on

    def watched(ids, state):
        widths.append(ids.shape[1])
        return run_on(ids, state)

    monkeypatch.setattr(module, "run_on", watched, raising=True)
    prompt = " ".join((TEXTS[0].split() * 200)[:-3])
    written = trained.generate(prompt, max_length=1, temperature=0)
    assert written == trained.predict_next([prompt])[0]
    assert max(widths) <= 256
    assert sum(widths) == len(prompt.split()) + 1


@pytest.mark.parametrize("params", [{}, {"cell": "gru", "num_layers": 2}])
def test_a_text_too_long_for_memory_is_read_in_windows(params, monkeypatch):
    model = RNNLanguageModel(**(TINY | params)).fit(TEXTS)
    texts = [TEXTS[0], " ".join(TEXTS * 8), "the cat", " ".join(TEXTS * 9)]
    whole = model.log_prob(texts, per_token=True)
    states, proba = model.transform(texts), model.predict_next_proba(texts)
    monkeypatch.setattr("skrnn._language.learning._LONG_TEXT", 500)
    monkeypatch.setattr("skrnn._training.batching._MAX_PREDICTION_STEPS", 1000)
    assert [len(part) > 500 for part in whole] == [False, True, False, True]
    for one, two in zip(model.log_prob(texts, per_token=True), whole, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-5)
    np.testing.assert_allclose(model.log_prob(texts[1:2]), [whole[1].sum()], rtol=1e-5)
    np.testing.assert_allclose(model.transform(texts), states, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(model.predict_next_proba(texts), proba, rtol=1e-4)


def test_a_stream_is_the_text_piece_by_piece(trained):
    settings = {"max_length": 30, "temperature": 1.5, "random_state": 4}
    pieces = trained.generate("the", stream=True, **settings)
    first = next(pieces)
    assert first + "".join(pieces) == trained.generate("the", **settings)


def test_a_seed_fixes_what_is_written(trained):
    settings = {"max_length": 40, "temperature": 2.0}
    one, two, three = (trained.generate(random_state=s, **settings) for s in (0, 0, 1))
    assert one == two != three


@pytest.mark.slow
def test_tokens_are_drawn_by_their_probabilities(model):
    proba = model.predict_next_proba(["the"])[0]
    proba[1] = 0.0
    drawn = [model.generate("the", max_length=1, random_state=seed) for seed in range(1500)]
    names = model.next_tokens_.tolist()
    counts = np.bincount([names.index(token or "<end>") for token in drawn], minlength=len(names))
    expected = proba / proba.sum() * len(drawn)
    # Pearson's statistic is near its degrees of freedom, with a standard deviation of sqrt(2 df).
    keep = expected > 5
    statistic = ((counts - expected)[keep] ** 2 / expected[keep]).sum()
    assert statistic < keep.sum() + 4 * np.sqrt(2 * keep.sum())
