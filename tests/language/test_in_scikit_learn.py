"""Seeds, clones, pickles, searches and pipelines of language models."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skrnn import RNNLanguageModel
from tests.language.texts import TEXTS, TINY


def weights_of(model: RNNLanguageModel) -> list[np.ndarray]:
    return [parameter.detach().numpy() for parameter in model.net_.module_.parameters()]


def test_one_seed_gives_the_same_bits_and_global_state_stays(model):
    torch.manual_seed(3)
    np.random.seed(3)  # noqa: NPY002
    states = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    n_threads = torch.get_num_threads()
    other = RNNLanguageModel(**TINY).fit(TEXTS)
    other.generate(random_state=0)
    assert torch.equal(torch.get_rng_state(), states[0])
    np.testing.assert_array_equal(np.random.get_state()[1], states[1])  # noqa: NPY002
    assert torch.get_num_threads() == n_threads
    for one, two in zip(weights_of(model), weights_of(other), strict=True):
        np.testing.assert_array_equal(one, two)
    different = RNNLanguageModel(**(TINY | {"random_state": 1})).fit(TEXTS)
    assert different.loss_curve_ != model.loss_curve_


def test_bits_do_not_depend_on_the_number_of_threads():
    params = TINY | {"hidden_size": 96, "num_layers": 2, "batch_size": 16}
    curves = []
    before = torch.get_num_threads()
    try:
        for n_threads in (1, 3):
            torch.set_num_threads(n_threads)
            curves.append(RNNLanguageModel(**params).fit(TEXTS * 20).loss_curve_)
    finally:
        torch.set_num_threads(before)
    assert curves[0] == curves[1]


def test_clones_and_pickles_say_the_same(model):
    assert clone(model).get_params() == model.get_params()
    restored = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(restored.log_prob(TEXTS), model.log_prob(TEXTS))
    assert restored.generate(random_state=5) == model.generate(random_state=5)


@pytest.mark.parametrize("n_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_search_takes_it_in_any_number_of_processes(n_jobs):
    grid = {"hidden_size": [4, 8], "dropout": [0.0, 0.3]}
    search = GridSearchCV(RNNLanguageModel(**TINY), grid, cv=2, n_jobs=n_jobs).fit(TEXTS)
    alone = cross_val_score(search.best_estimator_, TEXTS, cv=2)
    assert search.best_score_ == pytest.approx(alone.mean(), abs=0)


def test_it_stands_in_a_pipeline():
    upper = FunctionTransformer(lambda texts: [text.upper() for text in texts])
    pipeline = make_pipeline(upper, RNNLanguageModel(**TINY)).fit(TEXTS)
    assert pipeline.transform(TEXTS[:3]).shape == (3, 12)
    assert "CAT" in pipeline[-1].encoder_.vocabulary_
    assert pipeline.score(TEXTS) < 0


def test_states_of_texts_are_named(model):
    assert model.get_feature_names_out()[0] == "rnnlanguagemodel0"
    frame = clone(model).set_output(transform="pandas").fit(TEXTS).transform(TEXTS[:3])
    assert frame.shape == (3, 12)
