"""What a language model learns from, and how."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from sklearn.exceptions import NotFittedError
from skorch.callbacks import Callback

from skrnn import RNNLanguageModel
from tests.language.texts import TEXTS, TINY

# A bell after every twentieth beat: within a window of eight nothing tells when.
BEATS = [" ".join((["tick"] * 19 + ["bell"]) * 60)]
COUNTING = {
    "cell": "gru",
    "hidden_size": 24,
    "sequence_length": 8,
    "batch_size": 4,
    "dropout": 0.0,
    "learning_rate": 0.01,
    "max_epochs": 60,
    "random_state": 0,
}


@pytest.mark.slow
def test_carrying_the_state_over_the_borders_of_windows_matters():
    carried = RNNLanguageModel(**COUNTING).fit(BEATS)
    forgetful = RNNLanguageModel(carry_state=False, **COUNTING).fit(BEATS)
    # Knowing when costs nothing; not knowing costs the entropy of a bell in twenty beats.
    entropy = -(0.05 * np.log(0.05) + 0.95 * np.log(0.95))
    assert carried.loss_curve_[-1] < 0.5 * entropy
    assert forgetful.loss_curve_[-1] > 0.8 * entropy
    # when a text is read from end to end, too
    assert -carried.score(BEATS) < 0.5 * entropy


@pytest.mark.slow
def test_automatic_epochs_make_about_a_thousand_updates_of_the_windows_that_there_are():
    text = [" ".join(["tick"] * 999)]
    params = {"hidden_size": 2, "random_state": 0, "embedding_dim": 2}
    for given, n_windows in [
        ({}, 8),  # 128 timesteps of the whole text
        ({"sequence_length": 10, "batch_size": 5}, 20),
        ({"batch_size": 4}, 2),
    ]:
        model = RNNLanguageModel(**params, **given).fit(text)
        # at least 40 epochs of so short a text, at most 150
        assert model.n_iter_ == min(max(40, math.ceil(1000 / n_windows)), 150)


def test_a_window_goes_on_from_where_the_last_one_ended():
    model = RNNLanguageModel(**TINY).fit(TEXTS)
    module = model.net_.module_
    ids = torch.randint(0, model.n_tokens_, (3, 21), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        whole = module(ids[:, :-1], ids[:, 1:], torch.tensor(0.0))
        first = module(ids[:, :10], ids[:, 1:11], torch.tensor(0.0))
        second = module(ids[:, 10:-1], ids[:, 11:], torch.tensor(1.0))
        fresh = module(ids[:, 10:-1], ids[:, 11:], torch.tensor(0.0))
    torch.testing.assert_close((first + second) / 2, whole)
    assert not torch.allclose(fresh, second)


def test_the_gradient_ends_at_the_border_of_a_window():
    module = RNNLanguageModel(tie_weights=False, **TINY).fit(TEXTS).net_.module_
    # training leaves its last gradients behind.
    module.zero_grad()
    ids = torch.tensor([[2, 3, 4, 5, 6]])
    module(ids[:, :2], ids[:, 1:3], torch.tensor(0.0))
    module(ids[:, 2:4], ids[:, 3:], torch.tensor(1.0)).sum().backward()
    # tokens of the first window alone have no part in the second one's loss
    touched = module.token_vectors.grad.abs().sum(dim=1) > 0
    assert touched.nonzero().flatten().tolist() == [4, 5]


def test_every_token_is_read_once_an_epoch():
    from skrnn._language.contiguous_text import ContiguousText

    ids = np.arange(1, 102)
    data = ContiguousText(ids, 4, 7, torch.device("cpu"))
    rng = np.random.default_rng(0)
    for _ in range(5):
        windows = data.training_batches(7, rng)
        np.testing.assert_array_equal(np.concatenate(windows), np.arange(25))
        seen = [data.batch(window) for window in windows]
        read = torch.cat([batch.inputs[0] for batch in seen], dim=1)
        np.testing.assert_array_equal(read.flatten(), ids[:-1])
        following = torch.cat([batch.y for batch in seen], dim=1)
        np.testing.assert_array_equal(following.flatten(), ids[1:])
        assert [float(batch.inputs[2]) for batch in seen] == [0.0] + [1.0] * (len(windows) - 1)


def test_validation_texts_stop_the_training_and_the_best_weights_are_kept():
    model = RNNLanguageModel(
        hidden_size=16, max_epochs=60, n_iter_no_change=3, learning_rate=0.03, random_state=0
    )
    model.fit(TEXTS, X_val=["the bird sat on the rug .", "the cat barked"])
    losses = [epoch["valid_loss"] for epoch in model.history_]
    assert model.n_iter_ < 60
    assert model.best_epoch_ == int(np.argmin(losses)) + 1


def test_the_end_of_the_text_is_held_out():
    model = RNNLanguageModel(early_stopping=True, validation_fraction=0.25, **TINY)
    model.fit(TEXTS)
    n_tokens = sum(len(text.split()) + 1 for text in TEXTS)
    held_out, kept = model._hold_out(np.arange(n_tokens + 1))[::-1]
    assert len(held_out) - 1 == round(0.25 * n_tokens)
    assert kept[-1] == held_out[0]
    assert "valid_loss" in model.history_[0]


def test_warm_start_trains_on():
    model = RNNLanguageModel(warm_start=True, **TINY).fit(TEXTS)
    before = model.score(TEXTS)
    assert model.fit(TEXTS).score(TEXTS) > before
    with pytest.raises(ValueError, match="max_tokens: got 3"):
        model.set_params(max_tokens=3).fit(TEXTS)


class Interrupt(Callback):
    """Interrupts in the given epoch."""

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch

    def on_batch_end(self, net, training, **kwargs):
        if training and len(net.history) == self.epoch:
            raise KeyboardInterrupt


def test_ctrl_c_keeps_the_best_weights_and_raises():
    model = RNNLanguageModel(callbacks=[Interrupt(3)], **(TINY | {"max_epochs": 5}))
    with pytest.raises(KeyboardInterrupt):
        model.fit(TEXTS)
    assert model.n_iter_ == 2
    assert np.isfinite(model.score(TEXTS))
    unfitted = RNNLanguageModel(callbacks=[Interrupt(1)], **TINY)
    with pytest.raises(KeyboardInterrupt):
        unfitted.fit(TEXTS)
    with pytest.raises(NotFittedError):
        unfitted.score(TEXTS)
