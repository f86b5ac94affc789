"""The net, its loop, and what training that goes on may change."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.metrics import log_loss
from skorch.callbacks import Callback, Checkpoint, EarlyStopping, LRScheduler

from skrnn import RNNClassifier, RNNRegressor
from skrnn._training.auto_settings import auto_batch_size, auto_max_epochs, auto_segment_length
from tests.conftest import make_ragged

X, Y = make_ragged(40)
X_VAL, Y_VAL = make_ragged(20, seed=1)
TINY = {"hidden_size": 4, "max_epochs": 3, "batch_size": 16, "random_state": 0}


def test_weights_that_the_last_update_made_infinite_are_not_kept():
    classifier = RNNClassifier(
        **TINY | {"max_epochs": 1, "batch_size": 40},
        learning_rate=1e38,
        learning_rate_schedule="constant",
    )
    with pytest.raises(ValueError, match=r"not finite.*Lower learning_rate"):
        classifier.fit(X, Y)
    assert not hasattr(classifier, "net_")


def test_a_validation_set_that_no_class_weight_counts_is_refused():
    classifier = RNNClassifier(**TINY, class_weight={0: 0.0, 1: 1.0})
    only_0 = [x for x, label in zip(X_VAL, Y_VAL, strict=True) if label == 0]
    with pytest.raises(ValueError, match=r"class_weight: .*no sample of y_val counts"):
        classifier.fit(X, Y, X_val=only_0, y_val=[0] * len(only_0))


@pytest.mark.parametrize(
    "change",
    [
        {"segment_length": 2},
        {"standardize": False},
        {"class_weight": {0: 1, 1: 5}},
        {"net_params": {"optimizer": torch.optim.SGD}},
        {"device": "cpu"},
    ],
    ids=lambda change: next(iter(change)),
)
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_training_that_goes_on_refuses_what_it_cannot_change(change, method):
    classifier = RNNClassifier(**TINY, warm_start=True).fit(X, Y)
    expected = classifier.predict_proba(X)
    (name,) = change
    with pytest.raises(ValueError, match=f"{name}: got .*warm_start=False"):
        getattr(classifier.set_params(**change), method)(X, Y)
    np.testing.assert_array_equal(classifier.predict_proba(X), expected)


def test_training_goes_on_with_equal_settings_that_are_other_objects():
    classifier = RNNClassifier(**TINY, warm_start=True, class_weight={0: 1, 1: 2}).fit(X, Y)
    classifier.set_params(class_weight={0: 1, 1: 2}, max_epochs=1).fit(X, Y)
    assert classifier.n_iter_ == 4


def test_two_masters_of_the_learning_rate_are_refused():
    with pytest.raises(ValueError, match=r"callbacks: got an LRScheduler.*'constant'"):
        RNNClassifier(**TINY, callbacks=[LRScheduler("StepLR", step_size=1)]).fit(X, Y)
    with pytest.raises(ValueError, match=r"callbacks: got an LRScheduler"):
        RNNClassifier(**TINY, callbacks=[("rate", LRScheduler)]).fit(X, Y)


@pytest.mark.filterwarnings("ignore:y_val. got:skrnn.exceptions.ScaleWarning")
def test_targets_beyond_the_networks_type_are_refused_by_name():
    y = np.linspace(0, 1, 40)
    with pytest.raises(ValueError, match=r"y_val: got 1e\+100, too far"):
        RNNRegressor(**TINY).fit(X, y, X_val=X_VAL, y_val=np.full(20, 1e100))


@pytest.mark.filterwarnings("ignore:y_val. got:skrnn.exceptions.ScaleWarning")
def test_a_validation_loss_that_is_not_finite_is_refused():
    y = np.linspace(0, 1, 40)
    with pytest.raises(ValueError, match="X_val, y_val: the validation loss became inf"):
        RNNRegressor(**TINY).fit(X, y, X_val=X_VAL, y_val=np.full(20, 1e30))


def test_held_out_targets_do_not_move_the_scale_of_the_targets():
    y = np.random.default_rng(0).normal(size=40)
    regressor = RNNRegressor(**TINY, early_stopping=True, validation_fraction=0.5)
    regressor.fit(X, y)
    assert abs(regressor._targets.mean[0] - y.mean()) > 1e-6


def test_the_best_epoch_is_the_one_whose_weights_a_callback_loaded():
    # three wrong labels: an answer that is too sure costs more than it gains.
    y_val = np.where(np.arange(len(Y_VAL)) < 3, 1 - np.asarray(Y_VAL), Y_VAL)
    stop = EarlyStopping(patience=2, load_best=True)
    classifier = RNNClassifier(
        **TINY | {"max_epochs": 12},
        learning_rate=0.05,
        learning_rate_schedule="constant",
        early_stopping=False,
        callbacks=[stop],
    ).fit(X, Y, X_val=X_VAL, y_val=y_val)
    losses = [epoch["valid_loss"] for epoch in classifier.history_]
    assert classifier.best_epoch_ == np.argmin(losses) + 1 < classifier.n_iter_
    loss = log_loss(y_val, classifier.predict_proba(X_VAL))
    np.testing.assert_allclose(loss, min(losses), rtol=1e-4)


def second_epoch(net):
    return len(net.history) == 2


@pytest.mark.parametrize("early_stopping", [True, False])
@pytest.mark.parametrize(
    ("files", "n_epochs"),
    [({}, 2), ({"event_name": None}, 2), ({"f_history": None}, 3)],
    ids=["all files", "no event", "no history"],
)
def test_the_best_epoch_is_the_one_that_a_checkpoint_loaded(
    early_stopping, files, n_epochs, tmp_path
):
    saved = Checkpoint(second_epoch, dirname=str(tmp_path), load_best=True, **files)
    settings = TINY | {"early_stopping": early_stopping, "learning_rate_schedule": "constant"}
    classifier = RNNClassifier(**settings, warm_start=True, callbacks=[saved])
    classifier.fit(X, Y, X_val=X_VAL, y_val=Y_VAL)
    assert (classifier.best_epoch_, classifier.n_iter_) == (2, n_epochs)
    assert len(classifier.loss_curve_) == n_epochs
    shorter = RNNClassifier(**settings | {"max_epochs": 2, "early_stopping": False})
    shorter.fit(X, Y, X_val=X_VAL, y_val=Y_VAL)
    np.testing.assert_array_equal(classifier.predict_proba(X), shorter.predict_proba(X))
    # what a checkpoint forgot of the history, the best loss so far forgets as well.
    goes_on = classifier.set_params(callbacks=None).fit(X, Y, X_val=X_VAL, y_val=Y_VAL)
    losses = goes_on.loss_curve_
    best = [loss < min(losses[:i], default=np.inf) for i, loss in enumerate(losses)]
    assert [epoch["train_loss_best"] for epoch in goes_on.history_] == best
    assert len(losses) == n_epochs + 3


def test_a_checkpoint_that_saved_nothing_is_named(tmp_path):
    saved = Checkpoint(lambda net: False, dirname=str(tmp_path), load_best=True)
    with pytest.raises(ValueError, match=r"callbacks: got Checkpoint.*set load_best=False"):
        RNNClassifier(**TINY, callbacks=[saved]).fit(X, Y)


@pytest.mark.parametrize("event", ["on_batch_begin", "on_grad_computed", "on_batch_end"])
def test_predictions_between_updates_leave_dropout_on(event):
    class Asking(Callback):
        def on_epoch_begin(self, net, dataset_train=None, **kwargs):
            self.data = dataset_train

    def ask(self, net, *args, **kwargs):
        net.predict(self.data)

    setattr(Asking, event, ask)
    settings = TINY | {"dropout": 0.5}
    asked = RNNClassifier(**settings, callbacks=[Asking()]).fit(X, Y, X_val=X_VAL, y_val=Y_VAL)
    unasked = RNNClassifier(**settings).fit(X, Y, X_val=X_VAL, y_val=Y_VAL)
    assert asked.loss_curve_ == unasked.loss_curve_
    np.testing.assert_array_equal(asked.predict_proba(X), unasked.predict_proba(X))


def test_a_new_fit_leaves_nothing_of_an_earlier_one_behind():
    classifier = RNNClassifier(**TINY, embedding_dim=2).fit([[2, 3], [3, 2, 2]] * 20, Y)
    assert hasattr(classifier, "token_ids_")
    classifier.set_params(embedding_dim=None).fit(X, Y)
    assert not hasattr(classifier, "token_ids_")
    fresh = RNNClassifier(**TINY).fit(X, Y)
    assert {n for n in vars(classifier) if n.endswith("_")} == {
        n for n in vars(fresh) if n.endswith("_")
    }


def test_one_odd_length_does_not_fold_the_other_sequences_away():
    assert auto_segment_length(np.array([10] * 1000 + [100_000])) == 1
    assert auto_segment_length(np.full(20, 32)) == 1
    assert auto_segment_length(np.full(20, 33)) == 2
    assert auto_segment_length(np.array([20] * 10 + [1280] * 10)) == 21


@pytest.mark.parametrize(("n_samples", "expected"), [(1, 8), (50, 8), (180, 16), (600, 64)])
def test_small_data_gets_small_batches(n_samples, expected):
    assert auto_batch_size(n_samples) == expected


def test_the_number_of_passes_follows_the_budget_of_updates():
    assert auto_max_epochs(200, 16) == round(1000 / 13)
    assert auto_max_epochs(10, 8) == 150
    assert auto_max_epochs(100_000, 64) == 5


def test_a_word_that_training_never_showed_says_nothing():
    tokens = [[2, 3], [4, 5]] * 20
    params = TINY | {"embedding_dim": 3, "input_noise": 0.0}
    classifier = RNNClassifier(**params).fit(tokens, [0, 1] * 20)
    assert not classifier.net_.module_.tokens.weight[1].any()
    unknown = classifier.predict_proba([[2, 99]])
    np.testing.assert_array_equal(unknown, classifier.predict_proba([[2, 77]]))


class Unfreezes(Callback):
    """Lets the optimizer change the head alone at first, and the rest from the third epoch on."""

    def __init__(self):
        self.norms = []

    def on_train_begin(self, net, **_):
        head = set(net.module_.head.parameters())
        self.rest_ = [p for p in net.module_.parameters() if p not in head]
        net.optimizer_.param_groups[0]["params"] = list(head)

    def on_epoch_begin(self, net, **_):
        if len(net.history) == 3:
            net.optimizer_.add_param_group({"params": self.rest_})

    def on_grad_computed(self, net, **_):
        if len(net.history) >= 3:
            self.norms.append(max(float(p.grad.abs().max()) for p in self.rest_))


def test_parameters_that_join_the_optimizer_later_are_reset_and_clipped():
    X, y = make_ragged(40)
    classifier = RNNClassifier(
        hidden_size=4,
        max_epochs=8,
        batch_size=40,
        learning_rate=1e-8,
        learning_rate_schedule="constant",
        callbacks=[("unfreezes", Unfreezes())],
        random_state=0,
    ).fit(X, y)
    norms = dict(classifier.net_.callbacks_)["unfreezes"].norms
    # weights hardly move, so gradients that were not reset would add up.
    assert len(norms) == 6
    assert max(norms) < 3 * min(norms)


def test_a_listener_that_is_added_between_epochs_hears_of_the_batches_after_it():
    heard = []

    class Listener(Callback):
        def on_batch_end(self, net, training, **_):
            heard.append(len(net.history))

    class Adds(Callback):
        def on_epoch_end(self, net, **_):
            if len(net.history) == 2:
                net.callbacks_.append(("listener", Listener().initialize()))

    X, y = make_ragged(40)
    settings = {"hidden_size": 4, "max_epochs": 4, "batch_size": 20, "random_state": 0}
    RNNClassifier(callbacks=[Adds()], **settings).fit(X, y)
    assert heard == [3, 3, 4, 4]
