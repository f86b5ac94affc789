"""What is left of a fit that was interrupted, that failed or that diverged."""

from __future__ import annotations

import pickle
import signal
import warnings

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from skorch.callbacks import Callback, EarlyStopping

from skrnn import RNNClassifier, RNNRegressor
from skrnn.exceptions import DivergenceWarning
from tests.conftest import make_ragged

X, Y = make_ragged(24)
PARAMS = {"hidden_size": 4, "max_epochs": 4, "batch_size": 8, "random_state": 0}


def press_ctrl_c() -> None:
    raise KeyboardInterrupt


def send_sigint() -> None:
    # what a terminal does: Python turns the signal into a KeyboardInterrupt between two opcodes.
    signal.raise_signal(signal.SIGINT)


@pytest.fixture(autouse=True)
def _sigint_is_heard():
    # a run that was started in the background ignores the signal, and Python with it.
    earlier = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, earlier)


class Interrupt(Callback):
    """Interrupts in the given epoch, after the given number of its batches or at its end."""

    def __init__(self, epoch, batch=None, how=press_ctrl_c):
        self.epoch = epoch
        self.batch = batch
        self.how = how

    def on_epoch_begin(self, net, **kwargs):
        self.n_batches_ = 0

    def on_batch_end(self, net, training, **kwargs):
        self.n_batches_ += training
        if len(net.history) == self.epoch and self.n_batches_ == self.batch:
            self.how()

    def on_epoch_end(self, net, **kwargs):
        if self.batch is None and len(net.history) == self.epoch:
            self.how()


class RecordWeights(Callback):
    """Keeps the weights of every epoch on the class, where the copy of a fit can be reached."""

    seen: list = []

    def on_epoch_end(self, net, **kwargs):
        type(self).seen.append(weights_of(net.module_))


def weights_of(module) -> np.ndarray:
    return np.concatenate([p.detach().numpy().ravel().copy() for p in module.parameters()])


@pytest.fixture(autouse=True)
def _nothing_recorded():
    RecordWeights.seen = []


@pytest.fixture(params=[RNNClassifier, RNNRegressor], ids=lambda kind: kind.__name__)
def kind(request):
    return request.param


# --------------------------------------------------------------------------------------
# interrupted after an epoch has ended
# --------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [press_ctrl_c, send_sigint])
@pytest.mark.parametrize("batch", [None, 1, 2])
def test_an_interrupted_fit_keeps_the_last_whole_epoch_and_raises(kind, how, batch):
    # at the end of the second epoch, or within the third
    epoch = 2 if batch is None else 3
    callbacks = [RecordWeights(), Interrupt(epoch, batch, how)]
    estimator = kind(**PARAMS, callbacks=callbacks)
    with pytest.raises(KeyboardInterrupt):
        estimator.fit(X, Y)
    assert len(RecordWeights.seen) == 2
    np.testing.assert_array_equal(weights_of(estimator.net_.module_), RecordWeights.seen[1])
    assert estimator.n_iter_ == estimator.best_epoch_ == 2
    assert len(estimator.history_) == len(estimator.loss_curve_) == 2
    assert np.isfinite(estimator.loss_curve_).all()


def test_an_interrupted_estimator_is_as_usable_as_any(kind):
    estimator = kind(**PARAMS, callbacks=[Interrupt(2)])
    with pytest.raises(KeyboardInterrupt):
        estimator.fit(X, Y)
    predicted = estimator.predict(X)
    assert predicted.shape == Y.shape
    assert np.isfinite(estimator.score(X, Y))
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(estimator)).predict(X), predicted)
    estimator.set_params(callbacks=None).fit(X, Y)
    assert estimator.n_iter_ == 4


def test_an_interrupted_fit_with_early_stopping_keeps_the_best_epoch():
    rng = np.random.default_rng(0)
    wrong = 1 - Y  # a validation set that gets worse the more is learned
    noisy = [x + rng.normal(0, 0.1, x.shape) for x in X]
    estimator = RNNClassifier(
        **PARAMS, early_stopping=True, learning_rate=0.05, learning_rate_schedule="constant"
    )
    estimator.set_params(max_epochs=9, callbacks=[RecordWeights(), Interrupt(6)])
    with pytest.raises(KeyboardInterrupt):
        estimator.fit(X, Y, X_val=noisy, y_val=wrong)
    losses = [epoch["valid_loss"] for epoch in estimator.history_]
    best = int(np.argmin(losses))
    assert len(losses) == 6 and best < 5
    assert estimator.best_epoch_ == best + 1
    np.testing.assert_array_equal(weights_of(estimator.net_.module_), RecordWeights.seen[best])


def test_training_goes_on_from_an_interrupted_fit(kind):
    estimator = kind(**PARAMS, warm_start=True, callbacks=[Interrupt(3, batch=1)])
    with pytest.raises(KeyboardInterrupt):
        estimator.fit(X, Y)
    before = weights_of(estimator.net_.module_)
    estimator.net_.callbacks = []
    estimator.net_.initialize_callbacks()
    estimator.set_params(callbacks=None, max_epochs=2).fit(X, Y)
    assert estimator.n_iter_ == 4
    assert not np.array_equal(weights_of(estimator.net_.module_), before)


# --------------------------------------------------------------------------------------
# interrupted before anything was learned
# --------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [press_ctrl_c, send_sigint])
def test_a_fit_interrupted_in_its_first_epoch_leaves_the_estimator_unfitted(kind, how):
    estimator = kind(**PARAMS, callbacks=[Interrupt(1, batch=2, how=how)])
    before = set(vars(estimator))
    with pytest.raises(KeyboardInterrupt):
        estimator.fit(X, Y)
    assert set(vars(estimator)) == before
    with pytest.raises(NotFittedError):
        estimator.predict(X)


@pytest.mark.parametrize("method", ["fit", "warm_start", "partial_fit"])
def test_an_interruption_in_the_first_epoch_leaves_the_earlier_fit_as_it_was(kind, method):
    estimator = kind(**PARAMS, warm_start=method == "warm_start").fit(X, Y)
    epoch = 1 if method == "fit" else 5
    _break_off(estimator, method, Interrupt(epoch, batch=2), KeyboardInterrupt)


def _break_off(estimator, method, callback, error) -> None:
    """Let training fail once more, and show that nothing of the earlier fit has changed."""
    fitted = dict(vars(estimator))
    expected, weights = estimator.predict(X), weights_of(estimator.net_.module_)
    history = [dict(epoch) for epoch in estimator.history_]
    n_rows = len(estimator.net_.history)
    if method in ("fit", "warm_start"):
        estimator.set_params(callbacks=[callback])
        train = estimator.fit
    else:
        # a resumed net keeps the callbacks that it was built with.
        estimator.net_.callbacks = [callback]
        estimator.net_.initialize_callbacks()
        train = estimator.partial_fit
    with pytest.raises(error):
        train(X, Y)
    learned = {name: value for name, value in vars(estimator).items() if name != "callbacks"}
    assert learned.keys() == fitted.keys() - {"callbacks"}
    assert all(fitted[name] is value for name, value in learned.items())
    assert estimator.history_ == history and len(estimator.net_.history) == n_rows
    np.testing.assert_array_equal(weights_of(estimator.net_.module_), weights)
    np.testing.assert_array_equal(estimator.predict(X), expected)


# --------------------------------------------------------------------------------------
# what stands around the fit
# --------------------------------------------------------------------------------------


class CountFits(Interrupt):
    """Interrupts, and counts how many fits came that far."""

    n_fits = 0

    def on_train_begin(self, net, **kwargs):
        type(self).n_fits += 1


@pytest.mark.parametrize("epoch", [1, 2])
@pytest.mark.parametrize("error_score", [np.nan, "raise"])
def test_a_search_around_an_interrupted_fit_stops(epoch, error_score):
    CountFits.n_fits = 0
    estimator = RNNClassifier(**PARAMS, callbacks=[CountFits(epoch, batch=1)])
    search = GridSearchCV(estimator, {"hidden_size": [3, 4]}, cv=2, error_score=error_score)
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, Y)
    assert CountFits.n_fits == 1
    assert not hasattr(search, "best_estimator_")


def test_cross_validation_around_an_interrupted_fit_stops():
    CountFits.n_fits = 0
    estimator = RNNRegressor(**PARAMS, callbacks=[CountFits(2)])
    with pytest.raises(KeyboardInterrupt):
        cross_val_score(estimator, X, Y, cv=2)
    assert CountFits.n_fits == 1


class FailsAtTheEnd(Callback):
    def on_train_end(self, net, **kwargs):
        raise RuntimeError("no file to close")


def test_an_error_in_a_callback_does_not_hide_the_interruption():
    estimator = RNNClassifier(**PARAMS, callbacks=[Interrupt(2), FailsAtTheEnd()])
    with pytest.raises(KeyboardInterrupt):
        estimator.fit(X, Y)


class NotesItsEnd(Callback):
    ended = 0

    def on_train_end(self, net, **kwargs):
        type(self).ended += 1


def test_callbacks_hear_of_the_end_of_an_interrupted_training():
    NotesItsEnd.ended = 0
    with pytest.raises(KeyboardInterrupt):
        RNNClassifier(**PARAMS, callbacks=[Interrupt(2), NotesItsEnd()]).fit(X, Y)
    assert NotesItsEnd.ended == 1


def test_early_stopping_of_skorch_ends_the_fit_without_raising(kind):
    # a threshold that no epoch reaches: every epoch counts as a miss.
    stop = EarlyStopping(monitor="train_loss", patience=2, threshold=0.999, threshold_mode="rel")
    estimator = kind(**PARAMS, callbacks=[("stop", stop)]).set_params(max_epochs=20)
    estimator.fit(X, Y)
    assert 2 <= estimator.n_iter_ < 20
    assert np.isfinite(estimator.score(X, Y))


def test_ctrl_c_beside_early_stopping_of_skorch_is_still_an_interruption():
    stop = EarlyStopping(monitor="train_loss", patience=10)
    estimator = RNNClassifier(**PARAMS, callbacks=[("stop", stop), Interrupt(2)])
    with pytest.raises(KeyboardInterrupt):
        estimator.fit(X, Y)


# --------------------------------------------------------------------------------------
# failures
# --------------------------------------------------------------------------------------


class Fail(Interrupt):
    def __init__(self, epoch):
        super().__init__(epoch, how=self._fail)

    @staticmethod
    def _fail():
        raise RuntimeError("disk full")


@pytest.mark.parametrize("method", ["fit", "warm_start", "partial_fit"])
def test_a_failure_in_any_epoch_leaves_the_earlier_fit_as_it_was(kind, method):
    estimator = kind(**PARAMS, warm_start=method == "warm_start").fit(X, Y)
    _break_off(estimator, method, Fail(2 if method == "fit" else 5), RuntimeError)


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_bad_data_leaves_the_earlier_fit_as_it_was(kind, method):
    estimator = kind(**PARAMS).fit(X, Y)
    expected, fitted = estimator.predict(X), dict(vars(estimator))
    wrong = [np.full((3, 5), np.inf)] * len(X)
    with pytest.raises(ValueError, match="infinity"):
        getattr(estimator, method)(wrong, Y)
    assert vars(estimator).keys() == fitted.keys()
    assert all(fitted[name] is value for name, value in vars(estimator).items())
    np.testing.assert_array_equal(estimator.predict(X), expected)


def test_a_failed_first_fit_leaves_the_estimator_unfitted(kind):
    estimator = kind(**PARAMS, callbacks=[Fail(3)])
    with pytest.raises(RuntimeError, match="disk full"):
        estimator.fit(X, Y)
    with pytest.raises(NotFittedError):
        estimator.predict(X)


# --------------------------------------------------------------------------------------
# divergence
# --------------------------------------------------------------------------------------


class SpoilWeights(Callback):
    """Makes the loss NaN from the given epoch on."""

    def __init__(self, epoch):
        self.epoch = epoch

    def on_epoch_begin(self, net, **kwargs):
        if len(net.history) == self.epoch:
            with torch.no_grad():
                next(net.module_.parameters()).fill_(np.nan)


def test_a_loss_that_becomes_nan_warns_and_keeps_the_last_good_weights(kind):
    estimator = kind(**PARAMS, callbacks=[RecordWeights(), SpoilWeights(3)])
    with pytest.warns(DivergenceWarning, match=r"nan in epoch 3.*of epoch 2.*learning_rate"):
        estimator.fit(X, Y)
    assert estimator.best_epoch_ == 2
    np.testing.assert_array_equal(weights_of(estimator.net_.module_), RecordWeights.seen[1])
    assert np.isfinite(np.asarray(estimator.predict(X), dtype=float)).all()
    assert np.isfinite(estimator.transform(X)).all()


def test_a_loss_that_is_nan_in_the_first_epoch_is_an_error(kind):
    estimator = kind(**PARAMS, callbacks=[SpoilWeights(1)])
    with pytest.raises(ValueError, match=r"nan in the first epoch.*learning_rate"):
        estimator.fit(X, Y)
    assert not hasattr(estimator, "net_")


def test_a_divergence_warning_that_is_an_error_leaves_the_estimator_unfitted(kind):
    estimator = kind(**PARAMS, callbacks=[SpoilWeights(3)])
    with warnings.catch_warnings():
        warnings.simplefilter("error", DivergenceWarning)
        with pytest.raises(DivergenceWarning):
            estimator.fit(X, Y)
    assert not hasattr(estimator, "net_")


@pytest.mark.parametrize("learning_rate", [1e6, 1e30])
def test_a_huge_learning_rate_gives_finite_weights_or_a_clear_error(kind, learning_rate):
    estimator = kind(
        **PARAMS,
        learning_rate=learning_rate,
        learning_rate_schedule="constant",
        gradient_clip=None,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DivergenceWarning)
        try:
            estimator.fit(X, Y)
        except ValueError as error:
            assert "learning_rate" in str(error)
            return
    assert np.isfinite(weights_of(estimator.net_.module_)).all()
    assert np.isfinite(estimator.transform(X)).all()


def test_a_clone_of_an_interrupted_estimator_is_unfitted():
    estimator = RNNClassifier(**PARAMS, callbacks=[Interrupt(2)])
    with pytest.raises(KeyboardInterrupt):
        estimator.fit(X, Y)
    assert not hasattr(clone(estimator), "net_")
