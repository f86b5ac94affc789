"""What a language model refuses, and what it says then."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.exceptions import NotFittedError

from skrnn import RNNLanguageModel
from tests.language.texts import TEXTS, TINY


@pytest.mark.parametrize(
    "X, message",
    [
        ("one text", "Pass \\[X\\]"),
        (None, "X: got None"),
        ([], "minimum of 1"),
        ([""], "at least one token"),
        ([None], "neither a text nor a token"),
        ({"a text", "another"}, "no order"),
        ([1, 2], r"X: got a list of single numbers.*Pass \[X\]"),
        (np.array([1.5, 2.5]), r"X: got a ndarray of single numbers.*Pass \[X\]"),
        (pd.Series([3, 4]), r"X: got a Series of single numbers.*Pass \[X\]"),
        ([np.nan, "text"], "neither a text nor a token"),
        ([(np.zeros(9), 8000)], r"X\[0\]\[0\]: got a ndarray where a token is expected"),
        ([[1.5, 2.5]], "not integers.*RNNForecaster"),
        (np.zeros((2, 3)), "padding"),
        (np.array([[0, 4, 5]]), "padding at the end only"),
        ([[-1, 2]], "negative token id"),
        ({"a": "text"}, r"list\(X\.values"),
        ([["a text"], ["another one"]], r"X\[0\]\[0\]: got 'a text'.*\[row\[0\] for row in X\]"),
        (np.array([["a text"], ["another"]], dtype=object), r"X\[:, 0\]"),
        ([("a text",), ("another",)], r"\[row\[0\] for row in X\]"),
        ([["a", b"text"]], r"X\[0\]\[1\]: got the bytes"),
        ([["a", {"b": 1}]], r"X\[0\]\[1\]: got a dict"),
    ],
)
def test_what_is_no_text_is_refused(X, message):
    with pytest.raises((TypeError, ValueError), match=message) as caught:
        RNNLanguageModel(**TINY).fit(X)
    # which a language model does not leave at None
    assert "embedding_dim" not in str(caught.value)


def test_rows_of_one_text_are_refused_by_the_name_of_their_argument(model):
    rows = [["the cat sat"], ["the dog"]]
    for method in (model.score, model.log_prob, model.predict_next, model.transform):
        with pytest.raises(ValueError, match=r"^X\[0\]\[0\]: .*for row in X\]"):
            method(rows)
    with pytest.raises(ValueError, match=r"^X_val\[0\]\[0\]: .*for row in X_val\]"):
        RNNLanguageModel(**TINY).fit(TEXTS, X_val=rows)


@pytest.mark.parametrize(
    "params, message",
    [
        ({"hidden_size": 0}, "hidden_size"),
        ({"output_layer": "tree"}, "output_layer"),
        ({"tie_weights": True, "output_layer": "adaptive"}, "tie_weights"),
        ({"sequence_length": 0}, "sequence_length"),
        ({"embedding_dim": "wide"}, "embedding_dim"),
        ({"min_df": 100}, "Lower min_df"),
        ({"net_params": {"criterion": torch.nn.MSELoss}}, "net_params: got 'criterion'"),
        ({"net_params": {"criterion__name": "mse"}}, "net_params: got 'criterion__name'"),
    ],
)
def test_settings_that_cannot_be_used_are_named(params, message):
    with pytest.raises(ValueError, match=message):
        RNNLanguageModel(**(TINY | params)).fit(TEXTS)


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"temperature": -1}, "temperature: got -1"),
        ({"temperature": "hot"}, "temperature: got 'hot'"),
        ({"top_k": 0}, "top_k: got 0"),
        ({"top_p": 1.5}, "top_p: got 1.5"),
        ({"max_length": 0}, "max_length: got 0"),
        ({"random_state": "one"}, "random_state: got 'one'"),
        ({"random_state": -1}, "random_state: got -1"),
        ({"random_state": np.random.default_rng(0)}, "random_state: got Generator"),
        ({"prompt": 3}, "prompt: got 3"),
        ({"prompt": None}, "prompt: got None"),
    ],
)
def test_settings_of_generate_that_cannot_be_used_are_named(model, settings, message):
    with pytest.raises((TypeError, ValueError), match=message):
        model.generate(**settings)


def test_a_prompt_may_be_a_list_of_tokens(model):
    settings = {"max_length": 5, "random_state": 0}
    assert model.generate(["the", "cat"], **settings) == model.generate("the cat", **settings)


def test_ids_for_a_model_of_texts_are_refused_and_texts_for_one_of_ids(model):
    with pytest.raises(ValueError, match="token ids, while the model was fitted on texts"):
        model.score([[2, 3], [4]])
    of_ids = RNNLanguageModel(**TINY).fit([[2, 3], [4, 5]])
    for texts in (TEXTS, TEXTS[0], [["the", "cat"]]):
        with pytest.raises(
            ValueError, match="X: got text, while the model was fitted on token ids"
        ):
            of_ids.score(texts)
    with pytest.raises(ValueError, match="prompt: got text, while"):
        of_ids.generate("the cat")


@pytest.mark.parametrize(
    "method", ["score", "perplexity", "log_prob", "predict_next", "predict_next_proba", "transform"]
)
def test_what_is_asked_before_fit_says_so(method):
    with pytest.raises(NotFittedError):
        getattr(RNNLanguageModel(), method)(TEXTS)
    with pytest.raises(NotFittedError):
        RNNLanguageModel().next_tokens_  # noqa: B018 - to look at it is the test
    assert not hasattr(RNNLanguageModel(), "next_tokens_")


def test_a_text_too_short_to_hold_out_says_so():
    model = RNNLanguageModel(warm_start=True, **TINY).fit(TEXTS).set_params(early_stopping=True)
    # the end alone is one token
    with pytest.raises(ValueError, match="early_stopping: got a text of 1 tokens"):
        model.fit([""])
    assert model.n_iter_ == TINY["max_epochs"]


def test_the_shortest_texts_train():
    model = RNNLanguageModel(**TINY).fit(["word"])
    assert np.isfinite(model.perplexity(["word"]))
    assert np.isfinite(model.perplexity(["", ""]))
