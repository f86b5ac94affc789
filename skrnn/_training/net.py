"""The skorch net: how it is built, what it trains on, and what it answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import torch
from sklearn.metrics import accuracy_score, r2_score
from sklearn.utils import ClassifierTags, Tags
from skorch import NeuralNet
from skorch.callbacks import (
    Callback,
    Checkpoint,
    EarlyStopping,
    EpochScoring,
    EpochTimer,
    LoadInitState,
    PrintLog,
)
from skorch.callbacks.scoring import ScoringBase
from skorch.exceptions import SkorchException
from torch import Tensor

from skrnn._training.arithmetic import is_out_of_memory
from skrnn._training.batch_outputs import all_outputs, outputs_of_batch
from skrnn._training.batching import Batch, NetData
from skrnn._training.callback_errors import (
    cannot_score,
    is_of_another_network,
    saved_nothing,
    watches_unrecorded,
)
from skrnn._training.callbacks import (
    UNSCORED,
    CallbackDataset,
    callbacks_without_validation,
    hears,
    lacks_validation,
    loaded_epoch,
)
from skrnn._training.history import EpochHistory
from skrnn._training.loop import TrainingLoop
from skrnn._training.new_module import new_module
from skrnn._training.timestep_data import StepwiseData
from skrnn.modules.linear_chain import ChainScores
from skrnn.modules.losses import PerSampleLoss

__all__ = ["RecurrentNet"]

# Losses whose outputs are scores of classes or labels.
_CLASS_LOSSES = ("cross_entropy", "binary_cross_entropy", "crf")


class RecurrentNet(NeuralNet):
    """A skorch net over :class:`NetData`, with a loop that never leaves the tensors.

    Parameters
    ----------
    module, criterion
        As in skorch. The module is called with the ``inputs`` of a batch; the criterion returns one
        loss per sample, or a mean.
    seed : int, default=0
        Fixes initial weights, order of the samples and dropout.
    dtype : torch.dtype, default=torch.float32
        Floating point type of the weights.
    autocast : bool, default=False
        Whether a GPU multiplies in bfloat16.
    gradient_clip : float or None, default=None
        Largest norm of the gradient of one update.
    schedule : {"one_cycle", "cosine", "constant"}, default="constant"
        How the learning rate changes over one call of ``fit``.
    patience : int or None, default=None
        Epochs without a better validation loss after which training stops, and the best weights
        are restored. None trains all epochs and keeps the last.
    loss_name : str, default="mse"
        What the outputs are, whatever the criterion: scores of classes ("cross_entropy") or of
        labels ("binary_cross_entropy"), else numbers. Scoring callbacks want to know.
    token_vectors : ndarray or None, default=None
        Initial token embedding.
    **kwargs
        As in skorch. ``batch_size`` counts what the data counts as its samples: sequences,
        windows, or the timesteps of a contiguous text.

    Attributes
    ----------
    kept_epoch_ : int or None
        The epoch, counted from 1, whose weights the net holds; None before one has ended.
    n_earlier_epochs_ : int
        Epochs in the history that are of earlier calls, and unchanged by the last one.
    best_losses_ : dict
        The lowest training and validation loss so far.
    """

    def __init__(
        self,
        module: Any,
        criterion: Any,
        *,
        seed: int = 0,
        dtype: torch.dtype = torch.float32,
        autocast: bool = False,
        gradient_clip: float | None = None,
        schedule: str = "constant",
        patience: int | None = None,
        loss_name: str = "mse",
        token_vectors: np.ndarray | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(module, criterion, train_split=None, **kwargs)
        self.seed = seed
        self.dtype = dtype
        self.autocast = autocast
        self.gradient_clip = gradient_clip
        self.schedule = schedule
        self.patience = patience
        self.loss_name = loss_name
        self.token_vectors = token_vectors
        self.kept_epoch_: int | None = None
        self.n_earlier_epochs_ = 0
        self.best_losses_: dict[str, float] = {}
        self._is_repetition = False
        self._resting: list[Callback] = []

    # -- building ----------------------------------------------------------------------

    @property
    def _default_callbacks(self) -> list[tuple[str, Any]]:
        timer = [("epoch_timer", EpochTimer())]
        return [*timer, ("print_log", PrintLog())] if self.verbose else timer

    def initialize_history(self) -> RecurrentNet:
        """Begin a new history."""
        self.history = EpochHistory()
        self.best_losses_ = {}
        return self

    def initialize_module(self) -> RecurrentNet:
        """Build the module with weights drawn from the seed alone."""
        kwargs = self.get_params_for("module")
        try:
            module = new_module(lambda: self.module(**kwargs), self.dtype)
        except (RuntimeError, TypeError, OverflowError) as error:
            sizes = (
                *("n_inputs", "hidden_size", "num_layers", "segment_length", "embedding_dim"),
                "horizon",
            )
            given = ", ".join(f"{size}={kwargs[size]}" for size in sizes if size in kwargs)
            raise ValueError(
                f"hidden_size: got a network of {given}, for which torch cannot get memory "
                f"({str(error).splitlines()[0]}). Expected sizes that fit. Lower the largest of "
                "them."
            ) from error
        module.reset_parameters(torch.Generator().manual_seed(self.derived_seed(0, 0)))
        if self.token_vectors is not None:
            with torch.no_grad():
                module.tokens.weight.copy_(torch.tensor(self.token_vectors))
        self.module_ = module
        return self

    def derived_seed(self, purpose: int, epoch: int) -> int:
        """Return a seed for one purpose in one epoch."""
        sequence = np.random.SeedSequence([self.seed, purpose, epoch])
        return int(sequence.generate_state(1, dtype=np.uint64)[0] >> 1)

    def precision(self) -> AbstractContextManager:
        """Return the context that the network runs in."""
        # the compiled recurrences of a CPU know no bfloat16.
        if self.autocast and torch.device(self.device).type == "cuda":
            return torch.autocast("cuda", torch.bfloat16)
        return nullcontext()

    # -- training ----------------------------------------------------------------------

    def partial_fit(
        self,
        X: NetData,
        y: None = None,
        classes: None = None,
        *,
        valid: NetData | None = None,
        epochs: int | None = None,
        is_repetition: bool = False,
    ) -> RecurrentNet:
        """Train on, from the weights there are.

        Parameters
        ----------
        X : NetData
            Inputs, targets and weights.
        y, classes : None
            Unused, for skorch.
        valid : NetData or None
            What the validation loss is computed on.
        epochs : int or None
            Epochs; None takes ``max_epochs``.
        is_repetition : bool, default=False
            Whether this training repeats an earlier one, on all data or with other features:
            callbacks that watch validation data, or prune a trial, rest.

        Raises
        ------
        ValueError
            If a callback watches what this training does not record.
        KeyboardInterrupt
            When interrupted, after the weights of the last good epoch were restored.
        """
        if not self.initialized_:
            self.initialize()
        self._is_repetition = is_repetition
        self._resting = []
        if valid is None or is_repetition:
            self._resting = callbacks_without_validation(self.callbacks_, is_repetition)
        try:
            return self._train(X, valid, epochs)
        finally:
            self._is_repetition, self._resting = False, []

    def _train(self, X: NetData, valid: NetData | None, epochs: int | None) -> RecurrentNet:
        self.kept_epoch_ = None
        if isinstance(X, StepwiseData):
            for _, callback in self.callbacks_:
                if isinstance(callback, EpochScoring):
                    # what batches give is padded, each to another length, or no scores at all.
                    callback.use_caching = False
        self._begin_training(X)
        loop = TrainingLoop(self, X, valid, epochs)
        interruption = None
        try:
            loop.run()
        except KeyboardInterrupt as error:
            self._forget_unfinished_epoch()
            if not self._stopped_by_callback():
                interruption = error
        loop.kept.restore()
        self.kept_epoch_ = loop.kept.epoch
        loop.restore_learning_rate()
        # what a fit leaves is ready to predict: neither predict nor a user of module_ changes it.
        self._set_training(False)
        history = self.history
        try:
            # callbacks close their files and bars here, so they hear of an interrupted end too.
            self.notify("on_train_end", X=X, y=X.y)
            for _, callback in self._awake_callbacks():
                self.kept_epoch_ = loaded_epoch(callback, self, history) or self.kept_epoch_
            self._take_loaded_history(history)
        finally:
            if interruption is not None:
                raise interruption
        return self

    def _begin_training(self, X: NetData) -> None:
        rates = [group["lr"] for group in self.optimizer_.param_groups]
        history, self.n_earlier_epochs_ = self.history, len(self.history)
        self.notify("on_train_begin", X=X, y=X.y)
        self._take_loaded_history(history)
        if self.schedule != "constant":
            # The schedule starts from the estimator's rate, not from the last one that was saved.
            for group, rate in zip(self.optimizer_.param_groups, rates, strict=True):
                group["lr"] = rate

    def _take_loaded_history(self, history: list) -> None:
        """Go on from the history that a callback, such as LoadInitState, has put in its place."""
        if self.history is not history:
            self.history, self.n_earlier_epochs_ = EpochHistory(self.history), 0
            self.best_losses_ = {
                name: min((epoch[name] for epoch in self.history if name in epoch), default=np.inf)
                for name in ("train_loss", "valid_loss")
            }

    def record_loss(self, name: str, loss: float) -> None:
        """Record a loss of the epoch, and whether it is the best one so far."""
        is_best = loss < self.best_losses_.get(name, np.inf)
        if is_best:
            self.best_losses_[name] = loss
        self.history.record(name, loss)
        self.history.record(f"{name}_best", bool(is_best))

    # -- callbacks ---------------------------------------------------------------------

    def _awake_callbacks(self) -> Iterator[tuple[str, Callback]]:
        for name, callback in self.callbacks_:
            if not any(callback is resting for resting in self._resting):
                yield name, callback

    def notify(self, method_name: str, **cb_kwargs: Any) -> None:
        """Tell the callbacks of an event; those that rest hear nothing."""
        getattr(self, method_name)(self, **cb_kwargs)
        for name, callback in self._awake_callbacks():
            try:
                getattr(callback, method_name)(self, **cb_kwargs)
            except (ValueError, TypeError, AttributeError, RuntimeError) as error:
                if isinstance(callback, LoadInitState) and "loading state_dict" in str(error):
                    raise is_of_another_network(name, callback, error) from error
                is_of_memory = isinstance(error, RuntimeError) and is_out_of_memory(error)
                if not isinstance(callback, ScoringBase) or is_of_memory:
                    raise
                if str(error).startswith("callbacks:"):
                    raise
                self._refuse_unscored(error)
                raise cannot_score(name, callback, error) from error
            except FileNotFoundError as error:
                if isinstance(callback, Checkpoint) and method_name == "on_train_end":
                    raise saved_nothing(name, callback, error) from error
                raise
            except (KeyError, SkorchException) as error:
                if self._is_repetition and lacks_validation(error):
                    if isinstance(callback, Checkpoint):
                        # Else it would load, at the end, what it has saved before.
                        self._resting.append(callback)
                    continue
                if "was not found in history" not in str(error):
                    raise
                recorded = set(self.history[-1]) - {"batches"} if self.history else set()
                raise watches_unrecorded(name, callback, error, recorded) from error

    def _forget_unfinished_epoch(self) -> None:
        # the learning rate is what an epoch records last.
        if len(self.history) and "learning_rate" not in self.history[-1]:
            del self.history[-1]

    def _stopped_by_callback(self) -> bool:
        # skorch's own EarlyStopping stops the loop by raising KeyboardInterrupt.
        return any(
            isinstance(callback, EarlyStopping) and callback.misses_ >= callback.patience
            for _, callback in self.callbacks_
        )

    def set_training(self, training: bool) -> None:
        """Switch module and criterion to training mode, or out of it."""
        self._set_training(training)

    def optimized_parameters(self) -> list[Tensor]:
        """Return what the optimizer changes, parameters of the criterion included."""
        return [p for group in self.optimizer_.param_groups for p in group["params"]]

    def has_batch_listeners(self) -> bool:
        """Whether a callback wants to hear of batches; the loop is leaner when none does."""
        names = ("on_batch_begin", "on_batch_end", "on_grad_computed")
        return any(hears(callback, name) for _, callback in self.callbacks_ for name in names)

    def compute(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return the mean loss and the outputs; of a chain of labels, their scores."""
        with self.precision():
            output = self.module_(*batch.inputs)
        # Compute the loss in the precision of the weights, even under autocast.
        output = output.to(self.dtype)
        scores = output.scores if isinstance(output, ChainScores) else output
        return self.mean_loss(output, batch), scores

    def _losses(self, output: Tensor, y: Tensor) -> Tensor:
        """Return what the criterion gives: a loss for each sample, or their mean."""
        try:
            losses = self.criterion_(output, y)
        except torch.OutOfMemoryError:
            raise
        except Exception as error:
            raise ValueError(
                f"net_params: got a criterion, {self.criterion_}, that refused outputs of shape "
                f"{tuple(output.shape)} with targets of shape {tuple(y.shape)} and type "
                f"{y.dtype}: {str(error).rstrip('.')}. Expected one for such targets. Leave it out "
                "to train with the estimator's own loss."
            ) from error
        if not isinstance(losses, Tensor) or (losses.ndim and len(losses) != len(y)):
            got = f"shape {tuple(losses.shape)}" if isinstance(losses, Tensor) else repr(losses)
            raise ValueError(
                f"net_params: got a criterion that returns {got} for {len(y)} samples. "
                "Expected one loss per sample, or their mean. Pass criterion__reduction='none'."
            )
        return losses

    def mean_loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the mean loss of a batch, weighted if the batch has weights."""
        assert batch.y is not None
        if batch.weight is None and type(self.criterion_) is PerSampleLoss:
            return self.criterion_.mean(output, batch.y)
        if batch.weight is not None and batch.weight.ndim == 2:
            return self._weighted_steps(output, batch.y, batch.weight)
        losses = self._losses(output, batch.y)
        if batch.weight is None:
            return losses.mean()
        if losses.ndim == 0:
            raise ValueError(
                "net_params: got a criterion that returns a mean, while sample or class weights "
                "are given. Expected one loss per sample. Pass criterion__reduction='none'."
            )
        # One loss per sample, also where the criterion gives one for each of its outputs: a weight
        # must never be spread over other samples by broadcasting.
        losses = losses.flatten(1).mean(dim=1) if losses.ndim > 1 else losses
        # Weights have mean 1 over the training data: dividing by the number of samples, not by
        # the sum of weights, makes every batch an unbiased estimate of the whole.
        return (losses * batch.weight).mean()

    def _weighted_steps(self, output: Tensor, y: Tensor, weight: Tensor) -> Tensor:
        """Return the mean loss of a batch whose timesteps have weights of their own."""
        if not hasattr(self.criterion_, "of_timesteps"):
            raise ValueError(
                f"net_params: got a criterion, {self.criterion_}, while timesteps are weighed "
                "(sample_weight or class_weight) or have no label. Expected the estimator's own "
                "loss, which is one of timesteps. Leave the criterion out."
            )
        losses = self.criterion_.of_timesteps(output, y)
        return (losses * weight).sum(dim=1).mean()

    # -- predicting --------------------------------------------------------------------

    def outputs(self, data: NetData, method: str = "forward") -> np.ndarray:
        """Compute the network's outputs in the order of the samples.

        Parameters
        ----------
        data : NetData
            What to predict.
        method : str, default="forward"
            The method of the module that computes them: "pooled" gives the pooled hidden state.

        Returns
        -------
        ndarray of shape (n_samples, width), or (sum of steps, width) for StepwiseData
        """
        return all_outputs(self, data, method)

    def forward_iter(
        self, X: NetData | tuple[Tensor, ...], training: bool = False, device: str = "cpu"
    ) -> Iterator[Tensor]:
        """Yield all outputs at once, for skorch's scoring callbacks; a tuple is one batch."""
        if isinstance(X, tuple):
            yield outputs_of_batch(self, X).to(device)
            return
        data = X.X if isinstance(X, CallbackDataset) else X
        method = "scores" if isinstance(data, StepwiseData) else "forward"
        yield torch.from_numpy(self.outputs(data, method)).to(device)

    # What follows lets scikit-learn's scorers read the net, for skorch's scoring callbacks.

    def _all_outputs(self, X: NetData) -> Tensor:
        # skorch's callbacks put outputs in the place of forward_iter that they kept in training.
        return torch.cat([output.detach() for output in self.forward_iter(X)]).cpu()

    def _of_steps(self, method: str, outputs: np.ndarray, data: StepwiseData) -> np.ndarray:
        self._refuse_unscored()
        of_steps = getattr(self.module_, method)(outputs, data.n_steps)
        return of_steps if data.is_labelled is None else of_steps[data.is_labelled]

    def _refuse_unscored(self, error: Exception | None = None) -> None:
        """Raise an error if no scorer can read the outputs of this network."""
        if self.loss_name in UNSCORED:
            raise ValueError(UNSCORED[self.loss_name]) from error

    def _refuse_batches(self, outputs: Tensor | np.ndarray) -> None:
        """Raise an error if outputs are neither labels nor numbers of samples."""
        self._refuse_unscored()
        if outputs.ndim > 2:
            kind = "timesteps" if hasattr(self.module_, "probabilities") else "windows"
            raise ValueError(UNSCORED[kind])

    def predict(self, X: NetData) -> np.ndarray:
        """Return class indices, label indicators or standardised targets."""
        outputs = self._all_outputs(X).numpy()
        data = X.X if isinstance(X, CallbackDataset) else X
        if isinstance(data, StepwiseData):
            return self._of_steps("decode", outputs, data)
        self._refuse_batches(outputs)
        if self.loss_name == "cross_entropy":
            return outputs.argmax(axis=1)
        return (outputs > 0).astype(int) if self.loss_name == "binary_cross_entropy" else outputs

    def predict_proba(self, X: NetData) -> np.ndarray:
        """Return the probability of each class or label; standardised targets as they are."""
        outputs = self._all_outputs(X)
        data = X.X if isinstance(X, CallbackDataset) else X
        if isinstance(data, StepwiseData):
            return self._of_steps("probabilities", outputs.numpy(), data)
        self._refuse_batches(outputs)
        if self.loss_name == "cross_entropy":
            return outputs.softmax(dim=1).numpy()
        return (outputs.sigmoid() if self.loss_name == "binary_cross_entropy" else outputs).numpy()

    def score(self, X: NetData, y: np.ndarray) -> float:
        """Return the share of right labels, or the R2 of numbers."""
        measure = accuracy_score if self.loss_name in _CLASS_LOSSES else r2_score
        return float(measure(y, self.predict(X)))

    @property
    def classes_(self) -> np.ndarray:
        """Indices of the classes or labels; a net of numbers has none."""
        if self.loss_name not in _CLASS_LOSSES:
            raise AttributeError("classes_: this net predicts numbers.")
        return np.arange(self.module_.head.out_features)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        if self.loss_name in _CLASS_LOSSES:
            tags.estimator_type = "classifier"
            tags.classifier_tags = ClassifierTags()
        return tags
