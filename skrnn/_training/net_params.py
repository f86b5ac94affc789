"""What users may hand through to skorch, and what has a parameter of its own."""

from __future__ import annotations

import inspect
from typing import Any

from torch import nn

__all__ = ["check_criterion", "check_net_params", "has_weight_decay"]

# Names of net_params that have a constructor parameter of their own, or that skrnn fixes.
_OWNED = {
    "lr": "learning_rate",
    "max_epochs": "max_epochs",
    "batch_size": "batch_size",
    "callbacks": "callbacks",
    "device": "device",
    "verbose": "verbose",
    "warm_start": "warm_start",
    "train_split": "validation_fraction and groups, or X_val and y_val",
    "optimizer__weight_decay": "weight_decay",
    "optimizer__lr": "learning_rate",
    "seed": "random_state",
    "dtype": "dtype",
    "gradient_clip": "gradient_clip",
    "schedule": "learning_rate_schedule",
    "patience": "n_iter_no_change",
    "token_vectors": "embedding_weights",
    "loss_name": "loss, where it has one",
}
_FIXED = ("module", "iterator_train", "iterator_valid", "dataset", "predict_nonlinearity")

# What a network with one answer for each sample gives, by the name of its loss, and the losses of
# torch.nn that read that. Others would learn without an error: of scores read as log-probabilities,
# none is ever large enough.
_NUMBERS = ("standardised numbers", (nn.MSELoss, nn.L1Loss, nn.SmoothL1Loss, nn.HuberLoss))
_READ_BY: dict[str, tuple[str, tuple[type[nn.Module], ...]]] = {
    "cross_entropy": ("a score for each class", (nn.CrossEntropyLoss, nn.MultiMarginLoss)),
    "binary_cross_entropy": (
        "a score for each label",
        (nn.BCEWithLogitsLoss, nn.MultiLabelSoftMarginLoss),
    ),
    **dict.fromkeys(("mse", "mae", "huber"), _NUMBERS),
}


def check_net_params(net_params: dict[str, Any] | None) -> dict[str, Any]:
    """Return ``net_params`` as a new dict; refuse what has a parameter of its own.

    Raises
    ------
    ValueError
        If a key is owned or fixed by the estimator.
    """
    params = dict(net_params or {})
    for key, value in params.items():
        if not isinstance(key, str):
            raise TypeError(
                f"net_params: got the key {key!r}. Expected strings, names of skorch parameters."
            )
        if key in _OWNED:
            raise ValueError(
                f"net_params: got {key!r}. Set the estimator's own parameter instead: "
                f"{_OWNED[key]}."
            )
        if key.split("__")[0] in _FIXED:
            raise ValueError(
                f"net_params: got {key!r}, which the estimator builds from its own parameters. "
                "Expected other parameters of skorch.NeuralNet, such as 'optimizer', "
                "'optimizer__*', 'criterion', 'criterion__*'."
            )
        if key.startswith("compile__") or (key == "compile" and value):
            raise ValueError(
                f"net_params: got {key!r}. torch.compile cannot trace the recurrences: on a CPU "
                "they are compiled already, on a GPU they are cuDNN's. Expected other parameters "
                "of skorch.NeuralNet. Leave it out."
            )
        example = {"optimizer": "torch.optim.SGD", "criterion": "torch.nn.L1Loss"}.get(key)
        if example and not callable(value):
            raise TypeError(
                f"net_params: got {value!r} as {key!r}. Expected a class, or a function "
                f"that makes one. Pass {example}, say; its arguments go under '{key}__*'."
            )
    if "criterion__name" in params and "criterion" not in params:
        raise ValueError(
            "net_params: got 'criterion__name'. Set the estimator's own parameter instead: loss, "
            "where it has one, or pass a 'criterion' too."
        )
    return params


def check_criterion(criterion: Any, loss_name: str | None) -> None:
    """Refuse a loss of torch.nn that reads other outputs than a network gives.

    Parameters
    ----------
    criterion : type or callable
        What ``net_params`` asks for. What is not of torch.nn itself is the caller's own affair.
    loss_name : str or None
        The loss that a network with one answer for each sample would have without it. None is a
        network with outputs for timesteps, whose axes a loss of torch.nn would mistake for others.

    Raises
    ------
    ValueError
        If it is one of the others.
    """
    if not isinstance(criterion, type) or not criterion.__module__.startswith("torch.nn."):
        return
    outputs, losses = _READ_BY[loss_name] if loss_name else ("outputs for each timestep", ())
    if criterion not in losses:
        names = [loss.__name__ for loss in losses]
        expected = f"one of {names}, or a class of your own" if names else "a class of your own"
        raise ValueError(
            f"net_params: got {criterion.__name__} as 'criterion', while this network gives "
            f"{outputs}, which that loss does not read. Expected {expected}. Leave it out to train "
            "with the estimator's own loss."
        )


def has_weight_decay(optimizer: Any) -> bool:
    """Tell whether an optimizer class can decay weights; LBFGS and SparseAdam cannot."""
    try:
        parameters = inspect.signature(optimizer).parameters
    except ValueError:
        # written in C: let the optimizer itself say what it does not take.
        return True
    return "weight_decay" in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())
