"""skorch's callbacks: copied before use, what they are handed, and what they watch."""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterable, Iterator
from types import MethodType
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from skorch.callbacks import (
    Callback,
    Checkpoint,
    InputShapeSetter,
    LRScheduler,
    TrainEndCheckpoint,
    WandbLogger,
)
from skorch.dataset import Dataset

from skrnn._training.batching import NetData

if TYPE_CHECKING:
    from skorch import NeuralNet

__all__ = [
    "UNSCORED",
    "CallbackDataset",
    "brings_schedule",
    "callbacks_without_validation",
    "check_callbacks",
    "copy_callbacks",
    "copy_net",
    "hears",
    "lacks_validation",
    "loaded_epoch",
]

# What a callback holds as data of its own: copied, as the containers are. Every other object is a
# handle on something outside, such as a writer, a run or a trial, and stays the caller's.
_DATA = (
    *(np.ndarray, np.random.Generator, np.random.RandomState),
    *(torch.Tensor, torch.Generator, torch.nn.Module),
    *(torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler),
)

# Why scorers cannot read what a network writes, by the name of its loss or the kind of its outputs.
UNSCORED = {
    "ctc": (
        "callbacks: got one that asks for labels or their probabilities, as EpochScoring does, "
        "while this network writes texts that are aligned to no timestep. Expected callbacks that "
        "watch 'train_loss' or, with X_val and y_val, 'valid_loss'. Leave it out, and call score "
        "after fit."
    ),
    "given": (
        "callbacks: got one that scores predictions, as EpochScoring does, while this network "
        "reads all texts as one stream, whose score is its loss. Expected callbacks that watch "
        "'train_loss' or, with X_val, 'valid_loss', and scoring functions that read net.history "
        "alone, with use_caching=False. Leave it out, and call score or perplexity after fit."
    ),
    "timesteps": (
        "callbacks: got one that scores the predictions of a batch, as BatchScoring does, while "
        "this network labels timesteps, of which a batch is padded. Expected one that scores all "
        "samples. Make it with EpochScoring."
    ),
    "windows": (
        "callbacks: got one that scores predictions, as EpochScoring does, while this network is "
        "trained on windows of normalised values, from which scores are not comparable with those "
        "of the forecast. Expected callbacks that watch 'train_loss' or, with early_stopping=True, "
        "'valid_loss'. Leave it out, and call score or backtest after fit."
    ),
}

# Attributes of a net that hold its callbacks.
_CALLBACKS = ("callbacks", "callbacks_")


def check_callbacks(callbacks: Any) -> None:
    """Raise an error unless these are skorch callbacks.

    Parameters
    ----------
    callbacks : list of skorch callbacks, callback classes or (name, callback) pairs, or None

    Raises
    ------
    TypeError
        If an entry is none of these.
    """
    if callbacks is None:
        return
    if isinstance(callbacks, (str, bytes)) or not isinstance(callbacks, Iterable):
        raise TypeError(
            f"callbacks: got {callbacks!r}. Expected a list of skorch callbacks or None. "
            "Wrap a single callback in a list."
        )
    for entry in callbacks:
        callback = entry[1] if isinstance(entry, tuple) and len(entry) == 2 else entry
        is_class = isinstance(callback, type) and issubclass(callback, Callback)
        if not (is_class or isinstance(callback, Callback)):
            raise TypeError(
                f"callbacks: got {callback!r} of type {type(callback).__name__}. Expected skorch "
                "callbacks (skorch.callbacks.Callback), classes of them, or (name, callback) "
                "pairs."
            )
        if (callback if is_class else type(callback)) is InputShapeSetter:
            raise TypeError(
                "callbacks: got InputShapeSetter, which sets the number of features of a module. "
                "Expected callbacks that leave the module to the estimator, which learns that "
                "number from X. Leave it out."
            )
        if callback is not entry and not isinstance(entry[0], str):
            raise TypeError(
                f"callbacks: got the name {entry[0]!r} of type {type(entry[0]).__name__}. Expected "
                "a string in a (name, callback) pair."
            )


def copy_callbacks(callbacks: Any) -> list[Any]:
    """Return copies of skorch callbacks, so that a fit never changes the caller's.

    Callbacks and their containers, arrays and tensors are copied. Other objects that a callback was
    given stay the caller's own, because they stand for something outside: a file, a writer, a run,
    or a trial whose study compares it with others. So does what cannot be copied.

    Parameters
    ----------
    callbacks : list of skorch callbacks, callback classes or (name, callback) pairs, or None

    Raises
    ------
    TypeError
        If an entry is none of these.
    """
    check_callbacks(callbacks)
    entries = list(callbacks or [])
    # One copy of the whole list: a callback that refers to another one refers to its copy.
    copies = _copy_with_handles(entries, entries)
    for entry in copies:
        callback = entry[1] if isinstance(entry, tuple) else entry
        checkpoint = getattr(callback, "checkpoint", None)
        if isinstance(checkpoint, TrainEndCheckpoint) and not hasattr(checkpoint, "checkpoint_"):
            # LoadInitState reads what only a checkpoint that is a callback itself would be given.
            checkpoint.initialize()
    return copies


def copy_net(net: NeuralNet) -> Any:
    """Return a copy of a net whose callbacks keep their handles."""
    entries = [net.callbacks, net.callbacks_]
    # What belongs to the net is not a handle on something outside, even if a callback holds it.
    own = {id(net)} | {id(part) for name, part in vars(net).items() if name not in _CALLBACKS}
    # Epochs of the past do not change: to copy them all would cost more with every call.
    history = type(net.history)(net.history)
    history[-1:] = map(dict, history[-1:])
    return _copy_with_handles(net, entries, own, {id(net.history): history})


def _copy_with_handles(
    value: Any, callbacks: Any, own: Collection[int] = (), known: dict[int, Any] | None = None
) -> Any:
    """Copy deeply all but the handles of callbacks.

    ``own`` are the ids of what is no handle, ``known`` has the copies that are already made.
    """
    kept = {id(handle): handle for handle in _handles(callbacks, set(own))} | (known or {})
    try:
        return copy.deepcopy(value, dict(kept))
    except Exception:  # any object may refuse to be copied, with any error
        instances = list(_instances(callbacks, set()))
    for callback in instances:
        for part in getattr(callback, "__dict__", {}).values():
            if id(part) not in own and not _is_copyable(part, kept):
                kept[id(part)] = part
    for callback in instances:
        if not _is_copyable(callback, kept):
            kept[id(callback)] = callback
    return copy.deepcopy(value, kept)


def _is_copyable(value: Any, kept: dict[int, Any]) -> bool:
    try:
        copy.deepcopy(value, dict(kept))
    except Exception:  # as above
        return False
    return True


def _parts(value: Any) -> list[Any] | None:
    """Return what a container holds; None if it is not one."""
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    return list(value) if isinstance(value, (list, tuple, set, frozenset)) else None


def _handles(value: Any, seen: set[int]) -> Iterator[Any]:
    """Yield the objects that callbacks were given and that are not data."""
    if id(value) in seen:
        return
    seen.add(id(value))
    parts = _parts(value)
    if isinstance(value, Callback):
        # By skorch's convention a trailing underscore marks what the callback made itself.
        attributes = getattr(value, "__dict__", {}).items()
        parts = [part for name, part in attributes if not name.endswith("_")]
    elif isinstance(value, _DATA) or (
        isinstance(value, MethodType) and isinstance(value.__self__, Callback)
    ):
        return
    if parts is None:
        yield value
    else:
        for part in parts:
            yield from _handles(part, seen)


def _instances(value: Any, seen: set[int]) -> Iterator[Callback]:
    """Yield callbacks; a callback within another one comes before it."""
    if id(value) in seen:
        return
    seen.add(id(value))
    parts = _parts(value) or []
    if isinstance(value, Callback):
        parts = list(getattr(value, "__dict__", {}).values())
    for part in parts:
        yield from _instances(part, seen)
    if isinstance(value, Callback):
        yield value


def hears(callback: Callback, event: str) -> bool:
    """Whether a callback has a hook for an event, of its class or set on the instance."""
    if event in getattr(callback, "__dict__", {}):
        return True
    return getattr(type(callback), event) is not getattr(Callback, event)


def _watched_value(callback: Callback) -> str | None:
    """Return the entry of the history that a callback cannot do without, if it names one."""
    if isinstance(callback, WandbLogger):
        return "valid_loss_best" if callback.save_model else None
    monitor = getattr(callback, "monitor", getattr(callback, "_monitor", None))
    return monitor if isinstance(monitor, str) else None


def brings_schedule(callbacks: Any) -> bool:
    """Whether one of the callbacks changes the learning rate itself."""
    entries = [entry[1] if isinstance(entry, tuple) else entry for entry in callbacks or []]
    kinds = [entry if isinstance(entry, type) else type(entry) for entry in entries]
    return any(issubclass(kind, LRScheduler) for kind in kinds)


def callbacks_without_validation(
    callbacks: list[tuple[str, Callback]], is_repetition: bool
) -> list[Callback]:
    """Return the callbacks that rest in a repetition for want of validation data.

    Those of a trial that may be pruned rest too: it has the reports of the training before.

    Raises
    ------
    ValueError
        If there are any in a training that repeats no other one.
    """
    resting = []
    for name, callback in callbacks:
        if is_repetition and any(hasattr(part, "should_prune") for part in vars(callback).values()):
            resting.append(callback)
            continue
        watched = _watched_value(callback)
        if watched not in ("valid_loss", "valid_loss_best"):
            continue
        resting.append(callback)
        if is_repetition:
            continue
        instead = f"monitor={watched.replace('valid_', 'train_')!r}"
        if isinstance(callback, WandbLogger):
            instead = "save_model=False"
        raise ValueError(
            f"callbacks: got {type(callback).__name__} ({name!r}), which watches {watched!r}, "
            "while there is no validation data. Expected a fit with validation data. Set "
            f"early_stopping=True in a call of fit, or make the callback with {instead}."
        )
    return resting


def loaded_epoch(callback: Callback, net: NeuralNet, history: list[dict[str, Any]]) -> int | None:
    """Return the epoch whose weights a callback loaded at the end of a training, if it did.

    Parameters
    ----------
    callback : skorch callback
    net : skorch.NeuralNet
        Its history is the one that a checkpoint loaded with the weights, if it saved that.
    history : list of dict
        That of the training.
    """
    if not getattr(callback, "load_best", False):
        return None
    if not isinstance(callback, Checkpoint):
        # EarlyStopping counts epochs from 1; 0 is none.
        return getattr(callback, "best_epoch_", None) or None
    if callback.monitor is None:
        return None
    if callback.f_history is not None:
        return int(net.history[-1]["epoch"])
    saved = [epoch["epoch"] for epoch in history if epoch.get(callback.event_name)]
    return saved[-1] if saved else None


def lacks_validation(error: Exception) -> bool:
    """Whether a callback has looked for an entry of the history that is not there."""
    return "was not found in history" in str(error) or error.args[:1] in (
        ("valid_loss",),
        ("valid_loss_best",),
    )


class CallbackDataset(Dataset):
    """What callbacks are handed: skorch's own look for ``X`` and ``y`` in a Dataset of skorch."""

    def __init__(self, data: NetData) -> None:
        y, is_labelled = data.y, getattr(data, "is_labelled", None)
        if y is not None and is_labelled is not None:
            y = y[torch.from_numpy(is_labelled).to(y.device)]
        super().__init__(data, y, length=len(data))
