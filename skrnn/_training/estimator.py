"""What every estimator that trains a net shares: settings of the training, the net, the draft."""

from __future__ import annotations

import copy
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np
import torch
from sklearn.base import BaseEstimator

from skrnn._input.validation import Interval, StrOptions
from skrnn._training.arithmetic import is_out_of_memory
from skrnn._training.callbacks import (
    brings_schedule,
    check_callbacks,
    copy_callbacks,
    copy_net,
)
from skrnn._training.draft import DraftedEstimator
from skrnn._training.net import RecurrentNet
from skrnn._training.net_params import check_criterion, check_net_params, has_weight_decay
from skrnn._training.optimizer import EagerAdamW
from skrnn._training.schedules import SCHEDULES
from skrnn.modules.losses import PerSampleLoss
from skrnn.modules.recurrent import CELLS

__all__ = ["NetEstimator"]


def _equal(one: Any, other: Any) -> bool:
    """Whether two settings are equal, tensors and arrays within containers included."""
    if one is other:
        return True
    if isinstance(one, torch.Tensor) or isinstance(other, torch.Tensor):
        same_kind = isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor)
        return same_kind and one.dtype == other.dtype and torch.equal(one.cpu(), other.cpu())
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)) and type(one) is type(other):
        return len(one) == len(other) and all(map(_equal, one, other))
    try:
        return bool(np.all(one == other))
    except (TypeError, ValueError, RuntimeError):
        return False


def _sentence(error: Exception) -> str:
    return str(error).strip().rstrip(".") + "."


class NetEstimator(DraftedEstimator):
    """Checks the settings of the training, builds and trains a net, and keeps the result.

    A subclass names in ``_FROZEN`` the parameters that training which goes on cannot change: they
    are built into the network, its optimizer, or into statistics that stay.
    """

    _FROZEN: ClassVar[tuple[str, ...]] = ("net_params", "device")

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "cell": [StrOptions(set(CELLS))],
        "hidden_size": [Interval(Integral, 1, None, closed="left")],
        # more would be built one by one for hours, and never learn.
        "num_layers": [Interval(Integral, 1, 1000, closed="both")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "learning_rate_schedule": [StrOptions(set(SCHEDULES))],
        "max_epochs": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "early_stopping": ["boolean", StrOptions({"auto"})],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "weight_decay": [Interval(Real, 0, None, closed="left")],
        "gradient_clip": [Interval(Real, 0, None, closed="neither"), None],
        "random_state": ["random_state"],
        "device": [str],
        "dtype": [StrOptions({"float32", "float64", "bfloat16"})],
        "warm_start": ["boolean"],
        "callbacks": [list, tuple, None],
        "net_params": [dict, None],
        "verbose": ["verbose"],
    }

    def __sklearn_clone__(self) -> Self:
        # Callbacks are copied by ``fit``, which knows what in them is a handle that stays the
        # caller's; scikit-learn would copy handles, or fail to.
        plain = copy.copy(self)
        plain.callbacks = None
        clone = BaseEstimator.__sklearn_clone__(plain)
        clone.callbacks = list(self.callbacks) if type(self.callbacks) is list else self.callbacks
        return clone

    # -- fit -----------------------------------------------------------------------------

    def _is_warm_start(self) -> bool:
        """Whether ``fit`` goes on from the weights and statistics of the last one."""
        return bool(self.warm_start) and hasattr(self, "net_")

    def _check_settings(self) -> None:
        check_net_params(self.net_params)
        check_callbacks(self.callbacks)
        if brings_schedule(self.callbacks) and self.learning_rate_schedule != "constant":
            raise ValueError(
                f"callbacks: got an LRScheduler, while learning_rate_schedule is "
                f"{self.learning_rate_schedule!r}, and both set the learning rate. Expected one of "
                "them. Set learning_rate_schedule='constant' to let the callback decide."
            )

    def _remember_frozen_settings(self) -> None:
        self._started_with = {name: getattr(self, name, None) for name in self._FROZEN}

    def _check_frozen_settings(self) -> None:
        for name in self._FROZEN:
            was, now = self._started_with[name], getattr(self, name, None)
            if was is not now and not _equal(was, now):
                raise ValueError(
                    f"{name}: got {now!r}, while training goes on from a fit with {was!r}. "
                    f"Expected the same {name} until a new fit. Set warm_start=False to build a "
                    "new network."
                )

    # -- the net -------------------------------------------------------------------------

    @property
    def _weight_dtype(self) -> str:
        """Type of weights and inputs: bfloat16 is what they are multiplied in, no more."""
        return "float32" if self.dtype == "bfloat16" else self.dtype

    def _make_net(
        self,
        module: type[torch.nn.Module],
        module_params: dict[str, Any],
        criterion: type[torch.nn.Module],
        training_params: dict[str, Any],
        *,
        loss_name: str,
        seed: int,
        device: torch.device,
        token_vectors: np.ndarray | None = None,
        is_trial: bool = False,
    ) -> RecurrentNet:
        """Return a net that is not trained yet; a trial is silent, and calls nobody back."""
        callbacks = None if is_trial else self.callbacks
        if is_trial:
            training_params = training_params | {"verbose": 0}
        settings: dict[str, Any] = {"criterion": criterion, "optimizer": EagerAdamW}
        custom = check_net_params(self.net_params)
        if "criterion" not in custom:
            settings["criterion__name"] = loss_name
        else:
            of_samples = criterion is PerSampleLoss
            check_criterion(custom["criterion"], loss_name if of_samples else None)
        optimizer = custom.get("optimizer", EagerAdamW)
        if has_weight_decay(optimizer):
            settings["optimizer__weight_decay"] = float(self.weight_decay)
        if optimizer in (EagerAdamW, torch.optim.AdamW):
            settings["optimizer__fused"] = device.type in ("cpu", "cuda")
        try:
            net = RecurrentNet(
                module,
                seed=seed,
                dtype=getattr(torch, self._weight_dtype),
                autocast=self.dtype == "bfloat16",
                loss_name=loss_name,
                token_vectors=token_vectors,
                callbacks=copy_callbacks(callbacks),
                device=str(device),
                **{f"module__{name}": value for name, value in module_params.items()},
                **training_params,
                **(settings | custom),
            )
            return net.initialize()
        except (TypeError, ValueError, AttributeError, LookupError) as error:
            if custom:
                raise ValueError(
                    f"net_params: got {custom}, refused by skorch: {_sentence(error)} Expected "
                    "parameters of skorch.NeuralNet, 'optimizer__*' for the optimizer's own. "
                    "Remove what is not one of them."
                ) from error
            if callbacks:
                raise ValueError(
                    f"callbacks: got {callbacks}, refused by skorch: {_sentence(error)} "
                    "Expected skorch callbacks of different names; pass an instance where a class "
                    "needs arguments."
                ) from error
            raise

    def _renew_net(
        self,
        net: RecurrentNet,
        module_params: dict[str, Any],
        training_params: dict[str, Any],
        *,
        loss_name: str,
    ) -> RecurrentNet:
        """Return a copy of a net that trains on, with the current training settings."""
        old = net.get_params_for("module")
        new = dict(module_params)
        old |= {"dtype": str(net.dtype).removeprefix("torch.")}
        new |= {"dtype": self._weight_dtype}
        if "name" in (criterion := net.get_params_for("criterion")):
            old |= {"loss": criterion["name"]}
            new |= {"loss": loss_name}
        changed = [name for name in new if name in old and old[name] != new[name]]
        if changed:
            was = ", ".join(f"{name}={old[name]!r}" for name in changed)
            now = ", ".join(f"{name}={new[name]!r}" for name in changed)
            raise ValueError(
                f"{changed[0]}: training goes on from a network with {was}, but the estimator now "
                f"has {now}. Expected the same network. Set warm_start=False to build a new one."
            )
        net = copy_net(net)
        net.autocast = self.dtype == "bfloat16"
        if "weight_decay" in net.optimizer_.defaults:
            training_params = training_params | {
                "optimizer__weight_decay": float(self.weight_decay)
            }
        net.set_params(**training_params)
        return net

    def _renew_callbacks(self, net: RecurrentNet) -> None:
        net.callbacks = copy_callbacks(self.callbacks)
        net.initialize_callbacks()

    def _train_net(
        self,
        net: RecurrentNet,
        data: Any,
        valid: Any,
        epochs: int | None = None,
        is_repetition: bool = False,
        goes_on: bool = False,
    ) -> KeyboardInterrupt | None:
        """Train; return the interruption, if there was one after a first epoch.

        Where training does not go on, the optimizer's state is not kept: a model would be three
        times as large with it, in memory and in a file.
        """
        try:
            net.partial_fit(data, valid=valid, epochs=epochs, is_repetition=is_repetition)
        except KeyboardInterrupt as error:
            if net.kept_epoch_ is None:
                raise
            return error
        except RuntimeError as error:
            if not self.net_params or is_out_of_memory(error):
                raise
            raise ValueError(
                f"net_params: got {self.net_params}, with which torch cannot train this network: "
                f"{_sentence(error)} Expected an optimizer and a criterion for dense weights and "
                "these targets. Leave them out to train with AdamW."
            ) from error
        finally:
            if not (goes_on or self.warm_start):
                net.optimizer_.state.clear()
        return None

    def _keep_history(self, net: RecurrentNet) -> None:
        # Earlier epochs stay as they are, so that a call of partial_fit costs the same however many
        # there were. The last one of them may have been written to when this training began.
        rows: list[dict[str, Any]] = getattr(self, "history_", [])
        losses: list[float] = getattr(self, "loss_curve_", [])
        n_kept = max(0, min(net.n_earlier_epochs_ - 1, len(rows)))
        if len(losses) != len(rows):
            n_kept = 0
        epochs: list[dict[str, Any]] = net.history[n_kept:]
        new = [{name: epoch[name] for name in epoch if name != "batches"} for epoch in epochs]
        # New lists, because the old ones may be in the caller's hands.
        self.history_ = [*rows[:n_kept], *new]
        self.loss_curve_ = [
            *losses[:n_kept],
            *(epoch["train_loss"] for epoch in new if "train_loss" in epoch),
        ]
        self.n_iter_ = len(self.history_)
        self.best_epoch_ = net.kept_epoch_
