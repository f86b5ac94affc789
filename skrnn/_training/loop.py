"""The training loop: epochs of updates, the loss that is watched, and the weights worth keeping."""

from __future__ import annotations

import math
from operator import mul
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from skrnn import _kernels
from skrnn._input.caller_warnings import warn_caller
from skrnn._training.batching import Batch, NetData
from skrnn._training.callbacks import CallbackDataset
from skrnn._training.cuda_graph import UpdateRecorder
from skrnn._training.kept_weights import KeptWeights
from skrnn._training.optimizer import EagerAdamW
from skrnn._training.schedules import schedule_factor
from skrnn.exceptions import DivergenceWarning

if TYPE_CHECKING:
    from skrnn._training.net import RecurrentNet

__all__ = ["TrainingLoop"]

_REMEDY = (
    "Lower learning_rate, gradient_clip, weight_decay or the noise of the inputs, and look at the "
    "data for extreme values."
)


class _Parts:
    """A batch of an update, as the parts that are computed one after the other.

    Parameters
    ----------
    data : NetData
    numbers : ndarray of int64
        The samples of the batch.
    samples : Tensor
        The same on the device.
    """

    def __init__(self, data: NetData, numbers: np.ndarray, samples: Tensor) -> None:
        self._data, self._numbers, self._samples = data, numbers, samples
        self._positions = data.parts(numbers)
        self.is_whole = len(self._positions) == 1
        if self.is_whole:
            self.batches = [data.batch(numbers, samples)]
        else:
            self.batches = [
                data.batch(numbers[part], samples[torch.from_numpy(part).to(samples.device)])
                for part in self._positions
            ]

    def __len__(self) -> int:
        return len(self._numbers)

    def whole(self) -> Batch:
        """Return all samples in one padded batch."""
        if self.is_whole:
            return self.batches[0]
        return self._data.batch(self._numbers, self._samples)

    def joined(self, outputs: list[Tensor]) -> Tensor:
        """Put the outputs of the parts into one tensor, in the order of the batch."""
        widest = max(output.shape[1] for output in outputs)
        shape = (len(self), widest, *outputs[0].shape[2:])
        together = outputs[0].new_zeros(shape)
        for positions, output in zip(self._positions, outputs, strict=True):
            rows = torch.from_numpy(positions).to(output.device)
            together[rows, : output.shape[1]] = output
        return together


class TrainingLoop:
    """Trains a net from the weights it has.

    Parameters
    ----------
    net : RecurrentNet
        Its ``batch_size``, ``schedule``, ``gradient_clip`` and ``patience`` say how.
    data : NetData
        What is trained on.
    valid : NetData or None
        What the validation loss is computed on.
    epochs : int or None
        None takes the net's ``max_epochs``.

    Attributes
    ----------
    kept : KeptWeights
        The weights of the best epoch so far, or of the last one if no loss is watched.
    """

    def __init__(
        self,
        net: RecurrentNet,
        data: NetData,
        valid: NetData | None = None,
        epochs: int | None = None,
    ) -> None:
        self.kept = KeptWeights(net.module_)
        self._net = net
        self._data = data
        self._valid = valid
        self._epochs = net.max_epochs if epochs is None else epochs
        self._n_updates = max(1, self._epochs * -(-len(data) // net.batch_size))
        self._update_number = 0
        self._best_loss, self._epochs_since_best = math.inf, 0
        self._look_for_listeners()
        self._recorder = self._make_recorder()
        for group in net.optimizer_.param_groups:
            group["initial_lr"] = group["lr"]

    def _make_recorder(self) -> UpdateRecorder | None:
        is_recordable = getattr(self._net.criterion_, "is_recordable", True) and not self._is_heard
        if not is_recordable or not UpdateRecorder.is_wanted(self._data.device):
            return None
        net = self._net
        return UpdateRecorder(self._data.device, net.compute, net.optimized_parameters())

    def _look_for_listeners(self) -> None:
        """Ask who listens to batches; a callback may add another one between epochs."""
        self._is_heard = self._net.has_batch_listeners()
        # Callbacks that hear of epochs alone, such as checkpoints, look up the batches afterwards.
        self._records_afterwards = bool(self._net.callbacks) and not self._is_heard

    # -- epochs --------------------------------------------------------------------------

    def run(self) -> None:
        """Run the epochs, until the watched loss has not improved for the net's patience.

        Raises
        ------
        ValueError
            If the loss diverges before any useful weights were found.

        Warns
        -----
        DivergenceWarning
            If it diverges later: training stops.
        """
        net = self._net
        watched = {
            "dataset_train": CallbackDataset(self._data),
            "dataset_valid": None if self._valid is None else CallbackDataset(self._valid),
        }
        for _epoch in range(self._epochs):
            net.notify("on_epoch_begin", **watched)
            train_loss, is_finite = self._train_epoch()
            net.record_loss("train_loss", train_loss)
            valid_loss = None if self._valid is None else self._validate_epoch(self._valid)
            if valid_loss is not None:
                net.record_loss("valid_loss", valid_loss)
            if not is_finite:
                self._report_divergence(train_loss)
                break
            if valid_loss is not None and not math.isfinite(valid_loss):
                self._refuse_validation_data(train_loss, valid_loss)
            net.history.record("learning_rate", net.optimizer_.param_groups[0]["lr"])
            self._keep_good_weights(valid_loss)
            net.notify("on_epoch_end", **watched)
            if net.patience is not None and self._epochs_since_best >= net.patience:
                break

    def _keep_good_weights(self, valid_loss: float | None) -> None:
        if valid_loss is None or self._net.patience is None:
            self.kept.keep(len(self._net.history))
        elif valid_loss < self._best_loss:
            self._best_loss, self._epochs_since_best = valid_loss, 0
            self.kept.keep(len(self._net.history))
        else:
            self._epochs_since_best += 1

    def _report_divergence(self, loss: float) -> None:
        if self.kept.epoch is None:
            raise ValueError(
                f"The training loss became {loss} in the first epoch, or its weights not finite, "
                f"before any useful weights were found. {_REMEDY}"
            )
        warn_caller(
            f"The training loss became {loss} in epoch {len(self._net.history)}, or its weights "
            f"not finite; training stopped, and the weights of epoch {self.kept.epoch} are kept. "
            f"{_REMEDY}",
            DivergenceWarning,
        )

    def _refuse_validation_data(self, train_loss: float, valid_loss: float) -> None:
        raise ValueError(
            f"X_val, y_val: the validation loss became {valid_loss} in epoch "
            f"{len(self._net.history)}, while the training loss is {train_loss:.3g}. Expected "
            "validation data of about the scale of the training data. Check its unit and its "
            "extreme values."
        )

    def _train_epoch(self) -> tuple[float, bool]:
        """Run one epoch; return its mean loss, and whether loss and weights are finite."""
        self._look_for_listeners()
        net, data, epoch = self._net, self._data, len(self._net.history)
        recorder = self._recorder
        generator = torch.Generator(data.device) if recorder is None else recorder.generator
        net.module_.set_generator(generator.manual_seed(net.derived_seed(1, epoch)))
        net.set_training(True)
        order = data.training_batches(
            net.batch_size, np.random.default_rng(net.derived_seed(2, epoch))
        )
        # One transfer of all indices, one synchronisation for all results.
        samples = torch.from_numpy(np.concatenate(order)).to(data.device)
        losses, steps = [], _kernels.AdamWSteps()
        try:
            for numbers, part in zip(order, samples.split([*map(len, order)]), strict=True):
                # Midpoints: a single update is not one at the very start of the warm-up.
                self._set_learning_rate((self._update_number + 0.5) / self._n_updates)
                losses.append(self._update(_Parts(data, numbers, part), steps).detach())
                self._update_number += 1
        finally:
            # A generator cannot be pickled, and an interrupted net must be.
            net.module_.set_generator(None)
        # A loss is measured before its update: it says nothing about the last one. A weight that is
        # not finite makes its sum so; else only weights near the largest number do, lost as well.
        sums = [parameter.detach().sum() for parameter in net.module_.parameters()]
        results = torch.stack([*losses, torch.stack(sums).isfinite().all().to(losses[0])])
        *fetched, weights_are_finite = results.cpu().tolist()
        self._record_batches("train", fetched, [*map(len, order)])
        loss = sum(map(mul, fetched, map(len, order))) / len(data)
        return loss, math.isfinite(loss) and weights_are_finite == 1

    def _validate_epoch(self, data: NetData) -> float:
        """Return the mean loss over ``data``, outside training mode."""
        self._look_for_listeners()
        net = self._net
        net.set_training(False)
        losses, sizes, weights = [], [], []
        with torch.no_grad():
            for samples, n_valid in data.prediction_batches():
                batch = data.batch(samples[:n_valid])
                self._tell("on_batch_begin", batch, training=False)
                loss, output = net.compute(batch)
                losses.append(loss)
                sizes.append(n_valid)
                if batch.weight is not None:
                    weights.append(batch.weight.sum())
                self._record_batch("valid", loss, n_valid)
                self._tell("on_batch_end", batch, training=False, loss=loss, y_pred=output)
        # Fetched at once, as in training.
        fetched = torch.stack([*losses, *weights]).cpu().tolist()
        self._record_batches("valid", fetched[: len(sizes)], sizes)
        total = sum(map(mul, fetched, sizes))
        return total / sum(fetched[len(sizes) :] or sizes)

    # -- updates -------------------------------------------------------------------------

    def _set_learning_rate(self, progress: float) -> None:
        """Follow the schedule at a share of the updates."""
        if self._net.schedule != "constant":
            factor = schedule_factor(self._net.schedule, progress)
            for group in self._net.optimizer_.param_groups:
                group["lr"] = group["initial_lr"] * factor

    def restore_learning_rate(self) -> None:
        """Return to the rate that the next call starts from."""
        if self._net.schedule != "constant":
            for group in self._net.optimizer_.param_groups:
                group["lr"] = group["initial_lr"]

    def _update(self, parts: _Parts, steps: _kernels.AdamWSteps) -> Tensor:
        """Make one update, by ``steps`` if they can; return the loss before it."""
        net = self._net
        batch = parts.whole() if self._is_heard else None
        self._tell("on_batch_begin", batch, training=True)
        # An optimizer may compute the loss several times (LBFGS): the first one is the batch's.
        first: dict[str, Tensor] = {}

        def compute_gradients() -> Tensor:
            loss, output = self._compute_gradients(parts, batch)
            first.setdefault("loss", loss)
            first.setdefault("y_pred", output)
            return loss

        def closure() -> Tensor:
            loss = compute_gradients()
            self._clip_gradients()
            return loss

        if type(net.optimizer_) in (EagerAdamW, torch.optim.AdamW):
            compute_gradients()
            if not steps.step(net.optimizer_, net.gradient_clip):
                self._clip_gradients()
                net.optimizer_.step()
        else:
            net.optimizer_.step(closure)
        self._record_batch("train", first["loss"], len(parts))
        self._tell("on_batch_end", batch, training=True, **first)
        return first["loss"]

    def _compute_gradients(self, parts: _Parts, batch: Batch | None) -> tuple[Tensor, Tensor]:
        """Compute mean loss, outputs and gradients."""
        # Asked every time: a callback may add parameters to the optimizer, or replace them.
        for parameter in self._net.optimized_parameters():
            parameter.grad = None
        if parts.is_whole:
            loss, output = self._backward(parts.batches[0])
        else:
            loss, output = self._backward_by_parts(parts)
        if self._is_heard:
            named = self._net.get_all_learnable_params()
            self._tell("on_grad_computed", batch, named_parameters=named, training=True)
        return loss, output

    def _backward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        recorded = None if self._recorder is None else self._recorder.backward(batch)
        if recorded is not None:
            return recorded
        loss, output = self._net.compute(batch)
        loss.backward()
        return loss, output

    def _backward_by_parts(self, parts: _Parts) -> tuple[Tensor, Tensor]:
        """Add up the gradients of the parts: those of the whole batch, but for rounding."""
        losses, outputs = [], []
        for batch in parts.batches:
            loss, output = self._net.compute(batch)
            loss = loss * (len(batch) / len(parts))
            loss.backward()
            losses.append(loss.detach())
            outputs.append(output.detach())
        # the outputs are for callbacks only.
        output = parts.joined(outputs) if self._is_heard else outputs[-1]
        return torch.stack(losses).sum(), output

    def _clip_gradients(self) -> None:
        if self._net.gradient_clip is not None:
            parameters = self._net.optimized_parameters()
            torch.nn.utils.clip_grad_norm_(parameters, self._net.gradient_clip)

    # -- callbacks -----------------------------------------------------------------------

    def _tell(self, event: str, batch: Batch | None, **facts: Any) -> None:
        """Tell callbacks of a batch, if any of them listens to batches."""
        if self._is_heard:
            assert batch is not None
            self._net.notify(event, batch=(batch.inputs, batch.y), **facts)
            # A callback may have asked for predictions, which are not made in training mode.
            self._net.set_training(facts["training"])

    def _record_batches(self, part: str, losses: list[float], sizes: list[int]) -> None:
        """Record the batches of an epoch at its end, if no callback listens to single batches."""
        if self._records_afterwards:
            self._net.history[-1]["batches"] += [
                {f"{part}_loss": loss, f"{part}_batch_size": size}
                for loss, size in zip(losses, sizes, strict=True)
            ]

    def _record_batch(self, part: str, loss: Tensor, size: int) -> None:
        if self._is_heard:
            self._net.history.record_batch(f"{part}_loss", loss.item())
            self._net.history.record_batch(f"{part}_batch_size", size)
