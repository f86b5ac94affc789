"""What a fit leaves: history, copies, clones, and the device and seed it used."""

from __future__ import annotations

import copy
import io
import pickle

import joblib
import numpy as np
import torch
from sklearn.base import clone
from sklearn.metrics import log_loss
from sklearn.pipeline import make_pipeline
from skorch.callbacks import EpochScoring

from skrnn import RNNClassifier
from skrnn.preprocessing import SequencePadder
from tests.sequences.small_networks import CONSTANT, STRICT, TINY, X_NEW, X, Y, both, scores


@both
def test_the_history_has_a_line_for_each_epoch(make, y, y_val):
    model = make(**TINY, early_stopping=True).fit(X, y)
    assert len(model.history_) == model.n_iter_ == len(model.loss_curve_)
    for epoch, loss in zip(model.history_, model.loss_curve_, strict=True):
        assert {"train_loss", "valid_loss", "learning_rate", "dur"} <= set(epoch)
        assert epoch["train_loss"] == loss
        assert epoch["dur"] > 0
        assert "batches" not in epoch
    assert 1 <= model.best_epoch_ <= model.n_iter_


def test_the_training_loss_of_a_full_batch_is_that_of_the_weights_before_the_step():
    model = RNNClassifier(**STRICT | {"learning_rate": 1e-30, "max_epochs": 1}).fit(X, Y)
    np.testing.assert_allclose(model.loss_curve_[0], log_loss(Y, model.predict_proba(X)))


@both
def test_copies_predict_the_same_bits_and_train_on_alike(make, y, y_val):
    model = make(**CONSTANT).fit(X, y)
    buffer = io.BytesIO()
    joblib.dump(model, buffer)
    buffer.seek(0)
    expected = scores(model)
    copies = [pickle.loads(pickle.dumps(model)), copy.deepcopy(model), joblib.load(buffer)]
    model.partial_fit(X, y)
    for other in copies:
        np.testing.assert_array_equal(scores(other), expected)
        other.partial_fit(X, y)
        np.testing.assert_array_equal(scores(other), scores(model))


@both
def test_a_clone_has_the_parameters_and_nothing_else(make, y, y_val):
    callbacks = [EpochScoring("neg_log_loss")]
    model = make(**TINY, pooling=["last"], callbacks=callbacks, net_params={"optimizer__eps": 1e-6})
    fresh = clone(model)
    assert not hasattr(fresh, "net_")
    assert fresh.get_params().keys() == model.get_params().keys()
    for name, value in TINY.items():
        assert getattr(fresh, name) == value
    assert fresh.pooling == ["last"]
    assert fresh.net_params == {"optimizer__eps": 1e-6}


@both
def test_set_params_takes_effect_at_the_next_fit(make, y, y_val):
    model = make(**TINY).fit(X, y)
    model.set_params(hidden_size=3, cell="gru")
    assert model.transform(X_NEW).shape[1] % 4 == 0
    np.testing.assert_array_equal(
        scores(model.fit(X, y)), scores(make(**TINY | {"hidden_size": 3}, cell="gru").fit(X, y))
    )


@both
def test_a_representation_in_html_names_the_estimator(make, y, y_val):
    model = make(**TINY)
    pipe = make_pipeline(SequencePadder(), model)
    for shown in (model, pipe, clone(model).fit(X, y), clone(pipe).fit(X, y)):
        html = shown._repr_html_()
        assert make.__name__ in html
        assert "hidden_size" in html
    assert "SequencePadder" in pipe._repr_html_()


def test_the_device_is_chosen_or_given():
    automatic = RNNClassifier(**TINY, device="auto").fit(X, Y)
    given_cpu = RNNClassifier(**TINY, device="cpu").fit(X, Y)
    expected = "cuda" if torch.cuda.is_available() else "cpu"
    assert torch.device(automatic.net_.device).type == expected
    assert next(given_cpu.net_.module_.parameters()).device.type == "cpu"
    np.testing.assert_allclose(scores(automatic), scores(given_cpu), atol=1e-3)


def test_a_generator_is_advanced_and_no_seed_is_fresh():
    state = np.random.RandomState(3)
    first, second = (
        scores(RNNClassifier(**TINY | {"random_state": state}).fit(X, Y)) for _ in range(2)
    )
    assert not np.array_equal(first, second)
    again = np.random.RandomState(3)
    repeated = RNNClassifier(**TINY | {"random_state": again}).fit(X, Y)
    np.testing.assert_array_equal(scores(repeated), first)
    fresh = [scores(RNNClassifier(**TINY | {"random_state": None}).fit(X, Y)) for _ in range(2)]
    assert not np.array_equal(*fresh)
