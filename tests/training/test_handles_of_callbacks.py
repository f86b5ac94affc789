"""Callbacks are copied before use; what they were given from outside stays the caller's own."""

from __future__ import annotations

import copy
import threading
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from skorch.callbacks import (
    Callback,
    Checkpoint,
    EpochScoring,
    Freezer,
    LoadInitState,
    LRScheduler,
    MlflowLogger,
    TensorBoard,
    TrainEndCheckpoint,
    WandbLogger,
)

from skrnn import RNNClassifier, RNNForecaster, RNNRegressor
from skrnn._training.callbacks import copy_callbacks
from tests.sequences.small_networks import CONSTANT, TARGETS, TINY, X_NEW, X, Y, both, scores
from tests.training.test_recorded_losses import every

# They train many networks: they are for the whole suite, not for every day.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::skrnn.exceptions.SeasonalNaiveWarning"),
]


class Writer:
    """As tensorboard's SummaryWriter: it has a lock, and cannot be copied."""

    def __init__(self):
        self.lock = threading.Lock()
        self.scalars, self.n_closed = [], 0

    def add_scalar(self, tag, scalar_value, global_step):
        self.scalars.append((tag, scalar_value, global_step))

    def close(self):
        self.n_closed += 1


class Study:
    """An in-memory study of a search: what its trials report is compared."""

    def __init__(self):
        self.reports: list[float] = []


class Trial:
    def __init__(self, study):
        self.study = study

    def report(self, value, step):
        self.study.reports.append(value)

    def should_prune(self):
        return len(self.study.reports) >= 5


class Pruned(Exception):
    pass


class Pruning(Callback):
    """As optuna_integration's SkorchPruningCallback."""

    def __init__(self, trial, monitor):
        self._trial, self._monitor = trial, monitor

    def on_epoch_end(self, net, **kwargs):
        self._trial.report(net.history[-1, self._monitor], len(net.history) - 1)
        if self._trial.should_prune():
            raise Pruned


class Journal(Callback):
    """Write a line for each epoch into a file that is opened in initialize."""

    def __init__(self, path):
        self.path = path

    def initialize(self):
        self.file = self.path.open("a")
        return self

    def on_epoch_end(self, net, **kwargs):
        self.file.write("epoch\n")
        self.file.flush()


class Refusing(Callback):
    """A callback that itself cannot be copied."""

    n_epochs = 0

    def __reduce_ex__(self, protocol):
        raise TypeError("cannot pickle this")

    def on_epoch_end(self, net, **kwargs):
        self.n_epochs += 1


@every
def test_a_writer_with_a_lock_logs_the_losses(fit):
    writer = Writer()
    model = fit(early_stopping=False, callbacks=[TensorBoard(writer)])
    losses = [value for tag, value, _ in writer.scalars if tag == "Loss/train_loss"]
    assert losses[-model.n_iter_ :] == model.loss_curve_
    assert writer.n_closed >= 1


@every
def test_a_search_prunes_by_the_callers_own_trial(fit):
    study = Study()
    with pytest.raises(Pruned):
        fit(early_stopping=False, max_epochs=8, callbacks=[Pruning(Trial(study), "train_loss")])
    assert len(study.reports) == 5


def test_trials_of_one_study_are_compared():
    study = Study()
    RNNClassifier(**TINY, callbacks=[Pruning(Trial(study), "train_loss")]).fit(X, Y)
    with pytest.raises(Pruned):
        RNNRegressor(**TINY, callbacks=[Pruning(Trial(study), "train_loss")]).fit(X, TARGETS)
    assert len(study.reports) == 5


@both
def test_a_file_that_a_callback_opens_is_written_to_by_every_call(make, y, y_val, tmp_path):
    model = make(**CONSTANT, callbacks=[Journal(tmp_path / "journal.txt")])
    first = {"classes": [0, 1]} if make is RNNClassifier else {}
    model.partial_fit(X, y, **first)
    for _ in range(3):
        model.partial_fit(X, y)
    assert (tmp_path / "journal.txt").read_text() == 4 * "epoch\n"
    usual = make(**CONSTANT)
    for call in range(4):
        usual.partial_fit(X, y, **({} if call else first))
    np.testing.assert_array_equal(scores(model), scores(usual))
    dict(model.net_.callbacks_)["Journal"].file.close()


@pytest.mark.parametrize("name", ["file", "file_"])
@pytest.mark.parametrize("make", [threading.Lock, lambda: open(Path(__file__))])
def test_handles_of_any_name_survive_partial_fit(name, make):
    class Holding(Callback):
        def initialize(self):
            setattr(self, name, handle)
            return self

    handle = make()
    model = RNNClassifier(**CONSTANT, callbacks=[Holding()])
    for _ in range(3):
        model.partial_fit(X, Y, classes=[0, 1])
    assert getattr(dict(model.net_.callbacks_)["Holding"], name) is handle
    if hasattr(handle, "close"):
        handle.close()


def test_a_callback_that_cannot_be_copied_is_used_itself():
    refusing = Refusing()
    model = RNNClassifier(**CONSTANT, callbacks=[refusing])
    model.partial_fit(X, Y, classes=[0, 1]).partial_fit(X, Y)
    assert refusing.n_epochs == 2


def test_loggers_of_other_services_get_the_callers_own_run(tmp_path):
    metrics = []
    client = SimpleNamespace(
        lock=threading.Lock(),
        log_metric=lambda run, key, value, step: metrics.append((key, value)),
    )
    run = SimpleNamespace(info=SimpleNamespace(run_id="one"), lock=threading.Lock())
    mlflow = MlflowLogger(run, client, create_artifact=False, terminate_after_train=False)
    model = RNNClassifier(**TINY, callbacks=[mlflow]).fit(X, Y)
    assert [value for key, value in metrics if key == "train_loss"] == model.loss_curve_

    logged = []
    wandb = SimpleNamespace(
        watch=lambda module: None, log=logged.append, dir=tmp_path, lock=threading.Lock()
    )
    RNNClassifier(**TINY, callbacks=[WandbLogger(wandb, save_model=False)]).fit(X, Y)
    assert len(logged) == TINY["max_epochs"]


@every
def test_hooks_set_on_the_instance_are_heard(fit):
    heard = []
    callback = Callback()
    callback.on_batch_end = lambda net, batch=None, training=None, **facts: heard.append(training)
    callback.on_epoch_end = lambda net, **facts: heard.append("epoch")
    model = fit(early_stopping=False, callbacks=[callback])
    assert heard.count("epoch") >= model.n_iter_
    assert heard.count(True) >= model.n_iter_


@pytest.mark.parametrize("event", ["on_batch_begin", "on_batch_end", "on_grad_computed"])
def test_each_hook_of_batches_is_heard_on_the_instance(event):
    heard = []
    callback = Callback()
    setattr(callback, event, lambda net, **facts: heard.append(event))
    RNNClassifier(**TINY, callbacks=[callback]).fit(X, Y)
    assert len(heard) >= TINY["max_epochs"]


def test_a_bound_hook_belongs_to_the_copy():
    class Counter(Callback):
        n = 0

        def count(self, net, **facts):
            self.n += 1

    counter = Counter()
    counter.on_batch_end = counter.count
    model = RNNClassifier(**TINY, callbacks=[counter]).fit(X, Y)
    assert counter.n == 0
    assert dict(model.net_.callbacks_)["Counter"].n >= TINY["max_epochs"]


def test_data_of_callbacks_are_copied():
    class Holding(Callback):
        def __init__(self, **parts):
            vars(self).update(parts)

    data = {
        "array": np.zeros(3),
        "tensor": torch.zeros(3),
        "rng": np.random.default_rng(0),
        "numbers": [1, [2, {"three": 3}]],
        "table": {"key": [1]},
        "module": torch.nn.Linear(1, 1),
        "other": EpochScoring("accuracy"),
    }
    original = Holding(**data, trial=Trial(Study()), trials=[Trial(Study())])
    ((name, copied),) = copy_callbacks([("mine", original)])
    assert name == "mine"
    assert copied is not original
    for key, value in data.items():
        assert getattr(copied, key) is not value
    assert copied.trial is original.trial
    assert copied.trials is not original.trials
    assert copied.trials[0] is original.trials[0]


def test_callbacks_that_name_each_other_are_copied_together():
    checkpoint, end = Checkpoint(f_params=None), TrainEndCheckpoint(f_params=None)
    copied = copy_callbacks(
        [end, ("load", LoadInitState(end)), checkpoint, LoadInitState(checkpoint)]
    )
    assert copied[1][1].checkpoint is copied[0] is not end
    assert copied[3].checkpoint is copied[2] is not checkpoint


def test_a_callback_that_holds_the_net_follows_its_copy():
    class Holding(Callback):
        def on_train_begin(self, net, X=None, y=None, **kwargs):
            self.net_, self.optimizer, self.module = net, net.optimizer_, net.module_
            self.parts = [net.optimizer_]

    model = RNNClassifier(**CONSTANT, callbacks=[Holding])
    model.partial_fit(X, Y, classes=[0, 1])
    before = copy.deepcopy(scores(model)), model.net_
    model.partial_fit(X, Y)
    usual = RNNClassifier(**CONSTANT).partial_fit(X, Y, classes=[0, 1])
    np.testing.assert_array_equal(scores(usual), before[0])
    np.testing.assert_array_equal(scores(usual.partial_fit(X, Y)), scores(model))
    holding = dict(model.net_.callbacks_)["Holding"]
    assert holding.net_ is model.net_ is not before[1]


def test_schedules_and_freezers_go_on_in_partial_fit():
    halving = LRScheduler(policy="StepLR", step_size=1, gamma=0.5)
    model = RNNClassifier(**CONSTANT, callbacks=[halving, Freezer("encoder*")])
    for _ in range(3):
        model.partial_fit(X, Y, classes=[0, 1])
    rates = [epoch["learning_rate"] for epoch in model.history_]
    # skorch makes a new schedule in each call, which steps at the end of its epoch.
    assert rates[1] == 0.5 * rates[0]


def test_clones_and_searches_take_callbacks_with_handles():
    writer = Writer()
    model = RNNClassifier(**TINY, callbacks=[TensorBoard(writer)])
    copied = clone(model)
    assert copied.callbacks[0] is model.callbacks[0]
    assert copied.callbacks is not model.callbacks
    assert len(cross_val_score(model, np.stack([x[:3] for x in X]), Y, cv=2)) == 2
    search = GridSearchCV(model, {"hidden_size": [2, 3]}, cv=2)
    search.fit(np.stack([x[:3] for x in X]), Y)
    n_epochs = sum(tag == "Loss/train_loss" for tag, *_ in writer.scalars)
    assert n_epochs == 7 * TINY["max_epochs"]


def test_a_forecaster_backtests_with_a_writer():
    writer = Writer()
    model = RNNForecaster(
        horizon=2,
        context_length=6,
        seasonal_period=1,
        hidden_size=2,
        max_epochs=1,
        random_state=0,
        callbacks=[TensorBoard(writer)],
    )
    model.backtest(np.arange(40.0), n_windows=1)
    assert writer.scalars


def test_a_failed_call_leaves_the_history_as_it_was():
    class Failing(Callback):
        def on_epoch_end(self, net, **kwargs):
            net.history[0]["touched"] = True
            if len(net.history) == 2:
                raise OSError("no space")

    model = RNNClassifier(**CONSTANT, callbacks=[Failing()]).partial_fit(X, Y, classes=[0, 1])
    history, answers = copy.deepcopy(model.history_), scores(model, X_NEW)
    with pytest.raises(OSError, match="no space"):
        model.partial_fit(X, Y)
    assert model.history_ == history
    assert len(model.net_.history) == 1
    np.testing.assert_array_equal(scores(model, X_NEW), answers)
