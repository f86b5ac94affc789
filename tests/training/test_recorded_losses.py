"""skorch's checkpoints, early stopping and scores read the history of every estimator."""

from __future__ import annotations

import json
import re
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from skorch.callbacks import (
    BatchScoring,
    Callback,
    Checkpoint,
    EarlyStopping,
    EpochScoring,
    LoadInitState,
    LRScheduler,
    PassthroughScoring,
    TrainEndCheckpoint,
    WandbLogger,
)

from skrnn import (
    RNNClassifier,
    RNNForecaster,
    RNNLanguageModel,
    RNNRegressor,
    RNNTagger,
    RNNTranscriber,
)
from tests.sequences.small_networks import TARGETS, TINY, X_VAL, Y_VAL, X, Y

# They train many networks: they are for the whole suite, not for every day.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::skrnn.exceptions.SeasonalNaiveWarning"),
]

LABELS = [["low" if row[0] < 10 else "high" for row in x] for x in X]
SENTENCES = ["a b c a b c d e f", "f e d c b a"] * 12
SERIES = np.sin(np.arange(60) * 0.5) + np.arange(60) / 50
WINDOWS = {
    "horizon": 2,
    "context_length": 8,
    "seasonal_period": 1,
    "hidden_size": 4,
    "max_epochs": 3,
}
TEXTS = {"hidden_size": 4, "max_epochs": 3, "random_state": 0}

FITS = {
    "classifier": lambda **more: RNNClassifier(**TINY | more).fit(X, Y),
    "regressor": lambda **more: RNNRegressor(**TINY | more).fit(X, TARGETS),
    "tagger": lambda **more: RNNTagger(**TINY | more).fit(X, LABELS),
    "transcriber": lambda **more: RNNTranscriber(
        **TINY | {"segment_length": 1, "bidirectional": True} | more
    ).fit([x[[0, 0, 0, 0, 0, 0]] for x in X], ["a" if y else "b" for y in Y]),
    "language model": lambda **more: RNNLanguageModel(**TEXTS | more).fit(SENTENCES),
    "forecaster": lambda **more: RNNForecaster(random_state=0, **WINDOWS | more).fit(SERIES),
}
every = pytest.mark.parametrize("fit", FITS.values(), ids=FITS.keys())


def best_so_far(losses) -> list[bool]:
    return [loss < min(losses[:i], default=np.inf) for i, loss in enumerate(losses)]


@every
def test_the_history_says_which_epoch_was_the_best_so_far(fit):
    model = fit(early_stopping=False)
    losses = [epoch["train_loss"] for epoch in model.history_]
    assert [epoch["train_loss_best"] for epoch in model.history_] == best_so_far(losses)
    assert all("valid_loss_best" not in epoch for epoch in model.history_)


@every
def test_a_checkpoint_of_the_best_training_loss_is_written_and_loaded(fit, tmp_path):
    checkpoint = Checkpoint(monitor="train_loss_best", dirname=str(tmp_path), load_best=True)
    model = fit(early_stopping=False, callbacks=[checkpoint])
    assert {path.name for path in tmp_path.iterdir()} == {
        *("params.pt", "optimizer.pt", "criterion.pt", "history.json"),
    }
    saved = torch.load(tmp_path / "params.pt", weights_only=True)
    # Buffers, such as the weight of a forecaster's networks, may be set when training has ended.
    for name, tensor in model.net_.module_.named_parameters():
        torch.testing.assert_close(saved[name], tensor.detach(), rtol=0, atol=0)
    saves = [epoch["epoch"] for epoch in model.history_ if epoch["event_cp"]]
    assert model.best_epoch_ == saves[-1] == model.n_iter_
    assert json.loads((tmp_path / "history.json").read_text())[-1]["batches"]


@every
def test_a_checkpoint_of_the_best_validation_loss_is_written(fit, tmp_path):
    names = {"params": "epoch_{last_epoch[epoch]}_{last_batch[valid_batch_size]}.pt"}
    checkpoint = Checkpoint(dirname=str(tmp_path), f_params=names["params"])
    fit(early_stopping=True, callbacks=[checkpoint])
    assert any(path.name.startswith("epoch_1_") for path in tmp_path.iterdir())


@every
@pytest.mark.parametrize(
    ("callback", "watched", "remedy"),
    [
        (Checkpoint(f_params=None), "valid_loss_best", "monitor='train_loss_best'"),
        (EarlyStopping(), "valid_loss", "monitor='train_loss'"),
        (WandbLogger(SimpleNamespace(watch=print)), "valid_loss_best", "save_model=False"),
    ],
)
def test_what_watches_validation_data_says_so_where_there_are_none(fit, callback, watched, remedy):
    kind = type(callback).__name__
    message = f"callbacks: got {kind} ('{kind}'), which watches '{watched}'"
    with pytest.raises(ValueError, match=re.escape(message)) as raised:
        fit(early_stopping=False, callbacks=[callback])
    assert remedy in str(raised.value)


@every
def test_what_watches_something_unknown_is_refused_by_name(fit):
    for callback in (EarlyStopping(monitor="nothing"), Checkpoint("nothing", f_params=None)):
        with pytest.raises(ValueError, match=r"callbacks: got .*'nothing' was not found") as raised:
            fit(early_stopping=False, callbacks=[("mine", callback)])
        assert "'train_loss_best'" in str(raised.value)
        assert "'mine'" in str(raised.value)


@every
def test_early_stopping_by_callback_follows_the_validation_loss(fit):
    # nothing is an improvement of 99%: the second epoch is the last.
    stop = EarlyStopping(patience=1, threshold=0.99, sink=lambda _: None)
    model = fit(early_stopping=True, callbacks=[stop], max_epochs=8)
    # A forecaster trains again, for the epochs that were best.
    assert model.n_iter_ == (model.best_epoch_ if isinstance(model, RNNForecaster) else 2) < 8


@every
def test_losses_of_batches_are_passed_through(fit):
    again = PassthroughScoring("train_loss", on_train=True)
    usual, passed = fit(early_stopping=False), fit(early_stopping=False, callbacks=[again])
    np.testing.assert_allclose(passed.loss_curve_, usual.loss_curve_, rtol=1e-6)
    assert [e["train_loss_best"] for e in passed.history_] == best_so_far(passed.loss_curve_)


@every
def test_training_goes_on_from_a_checkpoint_of_its_end(fit, tmp_path):
    end = TrainEndCheckpoint(dirname=str(tmp_path))
    settings = {"early_stopping": False, "callbacks": [end, LoadInitState(end)]}
    if fit is FITS["forecaster"]:
        # Too short to hold anything out, so that there is a single training.
        settings["horizon"] = 30
    first = fit(**settings)
    second = fit(**settings)
    assert second.n_iter_ == 2 * first.n_iter_
    assert second.loss_curve_[: first.n_iter_] == first.loss_curve_
    assert second.history_[-1]["epoch"] == second.n_iter_
    rates = [epoch["learning_rate"] for epoch in second.history_]
    np.testing.assert_allclose(rates[first.n_iter_ :], rates[: first.n_iter_])


@every
def test_a_checkpoint_of_the_end_may_be_named_again_to_load_it(fit, tmp_path):
    settings = {"early_stopping": False}
    if fit is FITS["forecaster"]:
        settings["horizon"] = 30
    first = fit(**settings, callbacks=[TrainEndCheckpoint(dirname=str(tmp_path))])
    load = LoadInitState(TrainEndCheckpoint(dirname=str(tmp_path)))
    second = fit(**settings, callbacks=[("load", load)])
    assert second.loss_curve_[: first.n_iter_] == first.loss_curve_
    assert second.n_iter_ == 2 * first.n_iter_
    with pytest.raises(ValueError, match=r"^callbacks: got LoadInitState \('load'\), whose check"):
        fit(**settings, hidden_size=5, callbacks=[("load", load)])


def test_a_loaded_history_says_what_the_best_loss_was(tmp_path):
    end = TrainEndCheckpoint(dirname=str(tmp_path))
    model = RNNClassifier(**TINY, callbacks=[end, LoadInitState(end)])
    losses = model.fit(X, Y).fit(X, Y).loss_curve_
    assert [epoch["train_loss_best"] for epoch in model.history_] == best_so_far(losses)


def test_the_best_loss_is_remembered_between_calls_of_partial_fit():
    model = RNNClassifier(**TINY | {"learning_rate": 1.0})
    for _ in range(6):
        model.partial_fit(X, Y, classes=[0, 1])
    losses = model.loss_curve_
    assert [epoch["train_loss_best"] for epoch in model.history_] == best_so_far(losses)


def test_callbacks_change_nothing_of_what_is_learned(tmp_path):
    usual = RNNClassifier(**TINY).fit(X, Y, X_val=X_VAL, y_val=Y_VAL)
    callbacks = [Checkpoint(dirname=str(tmp_path)), PassthroughScoring("valid_loss")]
    watched = RNNClassifier(**TINY, callbacks=callbacks).fit(X, Y, X_val=X_VAL, y_val=Y_VAL)
    np.testing.assert_array_equal(usual.predict_proba(X_VAL), watched.predict_proba(X_VAL))
    assert usual.net_.history[-1]["batches"] == []
    sizes = [batch["train_batch_size"] for batch in watched.net_.history[0]["batches"][:4]]
    assert sum(sizes) == len(X)


def test_wandb_saves_the_best_model(tmp_path):
    logged: list[dict] = []
    run = SimpleNamespace(watch=lambda module: None, log=logged.append, dir=tmp_path)
    model = RNNClassifier(**TINY, callbacks=[WandbLogger(run)])
    model.fit(X, Y, X_val=X_VAL, y_val=Y_VAL)
    assert (tmp_path / "best_model.pth").exists()
    assert [entry["valid_loss"] for entry in logged] == [e["valid_loss"] for e in model.history_]


@pytest.mark.parametrize("scoring", ["r2", "neg_mean_absolute_error", "accuracy", None])
@pytest.mark.parametrize("make", [EpochScoring, BatchScoring, partial(EpochScoring, on_train=True)])
def test_scores_of_windows_are_refused_in_words(make, scoring):
    scored = make(scoring, name="score")
    with pytest.raises(
        ValueError, match=r"^callbacks: got .*Leave it out, and call score"
    ) as error:
        FITS["forecaster"](early_stopping=True, callbacks=[scored])
    assert "dim 3" not in str(error.value)


@pytest.mark.parametrize("name", ["language model", "transcriber"])
def test_scores_of_texts_are_refused_in_words(name):
    scored = EpochScoring("accuracy", on_train=True)
    with pytest.raises(ValueError, match=r"^callbacks: got .*Leave it out, and call score"):
        FITS[name](early_stopping=False, callbacks=[scored])


def test_a_scoring_that_only_reads_the_history_works_for_windows():
    def largest(net, X, y):
        return max(net.history[-1, "batches", :, "train_loss"])

    scored = EpochScoring(largest, on_train=True)
    model = FITS["forecaster"](early_stopping=False, callbacks=[scored])
    assert all(epoch["largest"] >= epoch["train_loss"] for epoch in model.history_)


class Hearing(Callback):
    """Count the trainings whose beginning and end are heard, and read the validation loss."""

    def __init__(self, seen):
        self.seen = seen

    def on_train_begin(self, net, X=None, y=None, **kwargs):
        self.seen.events.append("begin")

    def on_epoch_end(self, net, **kwargs):
        self.seen.losses.append(net.history[-1, "valid_loss"])

    def on_train_end(self, net, X=None, y=None, **kwargs):
        self.seen.events.append("end")


def test_the_second_training_of_a_forecaster_spares_what_watches_validation(tmp_path):
    # The first one has held-out windows; the second takes all windows and has none.
    seen = SimpleNamespace(events=[], losses=[])
    saving = Checkpoint(dirname=str(tmp_path), load_best=True)
    stopping = EarlyStopping(patience=5, load_best=True, sink=lambda _: None)
    dynamic = Checkpoint(
        lambda net: net.history[-1, "valid_loss_best"],
        dirname=str(tmp_path),
        fn_prefix="other_",
        load_best=True,
    )
    usual = FITS["forecaster"](early_stopping=True)
    model = FITS["forecaster"](
        early_stopping=True, callbacks=[Hearing(seen), saving, stopping, dynamic]
    )
    assert seen.events == ["begin", "end"] * 2
    assert 1 <= len(seen.losses) <= 3
    np.testing.assert_array_equal(model.predict(), usual.predict())
    assert (tmp_path / "params.pt").exists()
    assert (tmp_path / "other_params.pt").exists()


def test_a_schedule_by_callback_may_watch_the_validation_loss():
    plateau = LRScheduler("ReduceLROnPlateau", monitor="valid_loss", patience=0, factor=0.5)
    settings = TINY | {"learning_rate_schedule": "constant"}
    model = RNNClassifier(**settings, callbacks=[plateau])
    assert model.fit(X, Y, X_val=X_VAL, y_val=Y_VAL).n_iter_ == 3
    with pytest.raises(ValueError, match=r"LRScheduler.*'valid_loss'"):
        model.fit(X, Y)


def test_partial_fit_names_what_it_lacks():
    model = RNNClassifier(**TINY, callbacks=[EarlyStopping()])
    with pytest.raises(ValueError, match=r"'valid_loss'.*in a call of fit"):
        model.partial_fit(X, Y, classes=[0, 1])
    assert not hasattr(model, "net_")
