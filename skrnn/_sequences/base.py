"""What the sequence estimators share: reading, building, training, keeping what was learned."""

from __future__ import annotations

from dataclasses import replace
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
import torch
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from skrnn._input.input_form import InputFormMixin
from skrnn._input.jagged import JaggedSequences
from skrnn._input.token_vectors import read_token_vectors
from skrnn._input.validation import Interval, StrOptions
from skrnn._input.weights import read_groups
from skrnn._sequences.abstract_targets import Targets
from skrnn._sequences.inputs import SequenceInputs, learn_token_ids, read_sequences
from skrnn._sequences.samples import Samples
from skrnn._training.arithmetic import fixed_arithmetic, resolve_device, resolve_seed
from skrnn._training.auto_settings import auto_batch_size, auto_max_epochs
from skrnn._training.batching import TrainingData
from skrnn._training.estimator import NetEstimator
from skrnn._training.holding_out import hold_out
from skrnn._training.net import RecurrentNet
from skrnn.preprocessing._statistics import FeatureStatistics

__all__ = ["BaseSequenceEstimator"]


class BaseSequenceEstimator(InputFormMixin, NetEstimator):
    """Reads sequences and trains a recurrent net on them.

    A subclass says what is learned, ``_new_targets`` and ``_loss_name``, and by which network,
    ``_network`` and ``_module_params``.
    """

    net_: RecurrentNet
    _targets: Targets
    _inputs: SequenceInputs

    _FROZEN = ("standardize", "embedding_weights", "class_weight", *NetEstimator._FROZEN)

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **NetEstimator._parameter_constraints,
        "bidirectional": ["boolean"],
        "embedding_dim": [Interval(Integral, 1, None, closed="left"), None],
        "embedding_weights": ["array-like", None],
        "standardize": ["boolean", StrOptions({"auto", "robust"})],
        "input_noise": [Interval(Real, 0, None, closed="left")],
    }

    # -- what a subclass says ----------------------------------------------------------

    def _new_targets(self, declared: Any) -> Targets:
        """Return targets of this estimator's kind that have learned nothing yet.

        Parameters
        ----------
        declared : object or None
            All classes or tokens that will ever occur, if the caller of ``partial_fit`` said so.
        """
        raise NotImplementedError

    def _loss_name(self) -> str:
        raise NotImplementedError

    def _network(self) -> tuple[type[torch.nn.Module], type[torch.nn.Module]]:
        """Return the classes of the network and of its loss."""
        raise NotImplementedError

    # -- fit -----------------------------------------------------------------------------

    def _learn(
        self,
        X: Any,
        y: Any,
        *,
        resume: bool,
        epochs: int | None = None,
        sample_weight: Any = None,
        X_val: Any = None,
        y_val: Any = None,
        groups: Any = None,
        declared: Any = None,
    ) -> KeyboardInterrupt | None:
        """Learn from samples; return the interruption, if good weights were found before it.

        Parameters
        ----------
        X, y, sample_weight, X_val, y_val, groups
            As for ``fit``.
        resume : bool
            Whether training goes on from the weights and statistics of an earlier fit.
        epochs : int or None
            Epochs of ``partial_fit``, which neither stops early nor holds anything out.
        declared : object or None
            As for ``_new_targets``.
        """
        self._check_settings()
        if resume:
            self._check_same_reading()
            self._check_frozen_settings()
        else:
            self._targets = self._new_targets(declared)
        samples = self._read_samples(X, y, ("X", "y"), reset=not resume)
        targets, weight = self._targets.weigh(samples.targets, sample_weight, "sample_weight", X=X)
        groups = read_groups(groups, len(samples))
        samples = replace(samples, targets=targets, weight=weight, groups=groups)
        samples = samples.with_weight_above_zero()
        if not resume:
            self._learn_targets(samples)
            self._seed = resolve_seed(self.random_state)
        train, valid = samples, None
        if epochs is None:
            train, valid = self._split(samples, X_val, y_val)
        if not resume:
            self._targets.learn_statistics(train.targets, train.weight)
            self._learn_inputs(train)
            self._remember_frozen_settings()
        self._warn_of_other_scale(samples, valid if X_val is not None else None, resume=resume)
        return self._train(train, valid, epochs, resume=resume)

    # -- settings ------------------------------------------------------------------------

    def _check_settings(self) -> None:
        super()._check_settings()
        if self._wants_tokens():
            if self.embedding_weights is not None:
                self._token_vectors()
            if self.input_noise >= 1:
                raise ValueError(
                    f"input_noise: got {self.input_noise}, while X is read as token ids. Expected "
                    "a number in [0, 1), the share of tokens that training reads as unknown. Lower "
                    "it."
                )

    def _wants_tokens(self) -> bool:
        """Whether the parameters say that X holds token ids; once fitted, the network says so."""
        return self.embedding_dim is not None or self.embedding_weights is not None

    def _token_vectors(self) -> np.ndarray | None:
        """Return the given embedding as an array of shape (n_tokens, embedding_dim)."""
        if self.embedding_weights is None:
            return None
        return read_token_vectors(self.embedding_weights, self.embedding_dim, self._weight_dtype)

    def _check_same_reading(self) -> None:
        if self._wants_tokens() != self._inputs.reads_tokens:
            was, now = ("token ids", "measurements")
            if self._wants_tokens():
                was, now = now, was
            raise ValueError(
                f"embedding_dim: got {self.embedding_dim}, which reads X as {now}, while training "
                f"goes on from a network that reads {was}. Expected the same reading. Set "
                "warm_start=False to build a new network."
            )

    # -- reading -------------------------------------------------------------------------

    def _read_samples(
        self, X: Any, y: Any, names: tuple[str, str], *, reset: bool = False
    ) -> Samples:
        """Read sequences and their targets, which may depend on the lengths of the sequences."""
        X_name, y_name = names
        as_tokens = self._form.layout == "tokens" if not reset else self._wants_tokens()
        rows = read_sequences(X, X_name, as_tokens=as_tokens, warn_on_tokens=reset)
        self._check_form(X, rows, reset=reset, name=X_name)
        targets = self._targets.read(y, y_name, lengths=rows.lengths, X=X, X_name=X_name)
        return Samples(JaggedSequences.from_rows(rows), targets)

    def _stops_early(self, *, given: bool) -> bool:
        """Whether to watch a validation loss; ``given`` says whether the caller passed the data."""
        return given if self.early_stopping == "auto" else bool(self.early_stopping)

    def _split(self, samples: Samples, X_val: Any, y_val: Any) -> tuple[Samples, Samples | None]:
        """Return the samples for training and, if wanted, for validation."""
        if (X_val is None) != (y_val is None):
            given, absent = ("X_val", "y_val") if y_val is None else ("y_val", "X_val")
            raise ValueError(
                f"{given}: got it without {absent}. Expected both or neither. Pass {absent} too."
            )
        if X_val is not None:
            valid = self._read_samples(X_val, y_val, ("X_val", "y_val"))
            targets, weight = self._targets.weigh(valid.targets, None, "y_val")
            return samples, replace(valid, targets=targets, weight=weight).with_weight_above_zero()
        if not self._stops_early(given=False):
            return samples, None
        training, held_out = hold_out(
            len(samples),
            self.validation_fraction,
            np.random.default_rng(np.random.SeedSequence([self._seed, 3])),
            labels=self._targets.strata(samples.targets),
            groups=samples.groups,
        )
        return samples.take(training), samples.take(held_out)

    # -- what is learned before the training -----------------------------------------------

    def _learn_targets(self, samples: Samples) -> None:
        self._targets.learn(samples.targets, samples.weight)
        for name, value in self._targets.attributes().items():
            setattr(self, name, value)

    def _learn_inputs(self, train: Samples) -> None:
        """Learn statistics of the inputs, or which token ids there are."""
        owner = type(self).__name__
        if self._wants_tokens():
            self.token_ids_ = learn_token_ids(train.sequences.values, self._token_vectors())
            self._inputs = SequenceInputs(self._form, None, self.token_ids_, owner)
            return
        self.statistics_ = FeatureStatistics.from_sequences(
            train.sequences, train.weight, standardize=self.standardize, dtype=self._weight_dtype
        )
        self._inputs = SequenceInputs(self._form, self.statistics_, None, owner)

    def _warn_of_other_scale(
        self, samples: Samples, given: Samples | None, *, resume: bool
    ) -> None:
        """Warn of samples of X, and of given validation data, that are of another scale."""
        self._inputs.warn_of_other_scale(samples.sequences, "X", samples.numbers, is_fit=not resume)
        self._targets.warn_of_other_scale(samples.targets, "y", samples.numbers, is_fit=not resume)
        if given is not None:
            self._inputs.warn_of_other_scale(given.sequences, "X_val", given.numbers)
            self._targets.warn_of_other_scale(given.targets, "y_val", given.numbers)

    # -- the network ---------------------------------------------------------------------

    def _build_net(
        self, n_samples: int, *, member: int = 0, is_trial: bool = False
    ) -> RecurrentNet:
        """Return a net that is not trained yet; ``is_trial`` as for ``_make_net``."""
        seed = self._seed
        if member:
            seed = int(np.random.SeedSequence([self._seed, 14, member]).generate_state(1)[0])
        module, criterion = self._network()
        return self._make_net(
            module,
            self._module_params(),
            criterion,
            self._training_params(n_samples),
            loss_name=self._loss_name(),
            is_trial=is_trial,
            seed=seed,
            device=resolve_device(self.device),
            token_vectors=self._token_vectors() if self._wants_tokens() else None,
        )

    def _rebuild_net(self, net: RecurrentNet, n_samples: int) -> RecurrentNet:
        """Return a copy of a net that trains on, with the current settings."""
        return self._renew_net(
            net,
            self._module_params(),
            self._training_params(n_samples),
            loss_name=self._loss_name(),
        )

    def _dropout(self) -> float:
        """Return the share left out."""
        return float(self.dropout)

    def _module_params(self) -> dict[str, Any]:
        params: dict[str, Any] = {
            "n_outputs": self._targets.n_outputs,
            "cell": self.cell,
            "hidden_size": int(self.hidden_size),
            "num_layers": int(self.num_layers),
            "bidirectional": bool(self.bidirectional),
            "dropout": self._dropout(),
            "input_noise": float(self.input_noise),
            "n_inputs": self._inputs.n_inputs,
        }
        if self._inputs.statistics is not None:
            n_exact_inputs = self._inputs.statistics.n_mask_inputs
            return params | {"n_exact_inputs": n_exact_inputs, "embedding_dim": None}
        vectors = self._token_vectors()
        width = self.embedding_dim if vectors is None else vectors.shape[1]
        return params | {"embedding_dim": int(width), "n_ids": self._form.n_ids}

    def _training_params(self, n_samples: int) -> dict[str, Any]:
        batch_size, max_epochs = self.batch_size, self.max_epochs
        if batch_size == "auto":
            batch_size = auto_batch_size(n_samples)
        batch_size = min(int(batch_size), n_samples)
        if max_epochs == "auto":
            max_epochs = auto_max_epochs(n_samples, batch_size)
        return {
            "lr": float(self.learning_rate),
            "max_epochs": int(max_epochs),
            "batch_size": batch_size,
            "schedule": self.learning_rate_schedule,
            "gradient_clip": self.gradient_clip,
            "verbose": int(self.verbose),
        }

    # -- training ------------------------------------------------------------------------

    def _train(
        self, train: Samples, valid: Samples | None, epochs: int | None, *, resume: bool
    ) -> KeyboardInterrupt | None:
        """Train, and keep what was learned; return the interruption, if there was one."""
        net = self._net_to_train(self.net_ if resume else None, len(train), epochs)
        self.net_ = net
        interruption = self._train_on_samples(net, train, valid, epochs)
        self._keep_history(net)
        return interruption

    def _net_to_train(
        self, trained: RecurrentNet | None, n_samples: int, epochs: int | None, member: int = 0
    ) -> RecurrentNet:
        """Return a new net, or a copy of one that trains on."""
        if trained is None:
            return self._build_net(n_samples, member=member)
        net = self._rebuild_net(trained, n_samples)
        if epochs is None:
            # a fit brings its own callbacks; partial_fit goes on with those of its first call.
            self._renew_callbacks(net)
        return net

    def _train_on_samples(
        self, net: RecurrentNet, train: Samples, valid: Samples | None, epochs: int | None
    ) -> KeyboardInterrupt | None:
        device = torch.device(net.device)
        watched = self._stops_early(given=valid is not None)
        net.patience = int(self.n_iter_no_change) if watched else None
        data = self._training_data(train, "y", device)
        valid_data = None if valid is None else self._training_data(valid, "y_val", device)
        if epochs is not None:
            net.schedule = "constant"
        return self._train_net(net, data, valid_data, epochs, goes_on=epochs is not None)

    def _training_data(self, samples: Samples, name: str, device: torch.device) -> TrainingData:
        encoded = self._targets.encode(samples.targets, name)
        weight = self._loss_weight(samples, name)
        return self._net_data(samples.sequences, device, encoded, weight)

    def _loss_weight(self, samples: Samples, name: str) -> np.ndarray | None:
        """Return what each sample weighs in the loss, 1 in the mean, or None for equal weights."""
        weight, implied = samples.weight, self._targets.weight_of(samples.targets)
        if implied is not None:
            weight = implied if weight is None else weight * implied
        if weight is None:
            return None
        if not weight.any():
            raise ValueError(
                f"class_weight: got {getattr(self, 'class_weight', None)!r}, under which no "
                f"sample of {name} counts. Expected a weight above 0 for at least one of its "
                "classes. Raise the weight, or pass other samples."
            )
        return weight / weight.mean()

    def _net_data(
        self,
        sequences: JaggedSequences,
        device: torch.device,
        y: np.ndarray | None = None,
        weight: np.ndarray | None = None,
    ) -> TrainingData:
        """Prepare sequences for the network, and put them where it computes."""
        return TrainingData(sequences, device, y, weight, prepare=self._inputs.prepare)

    # -- after fit -----------------------------------------------------------------------

    def _read_new(self, X: Any) -> JaggedSequences:
        """Read the sequences to predict."""
        if not hasattr(self, "net_"):
            # Only then: reading the tags can take as long as a prediction of one sample.
            check_is_fitted(self, "net_")
        sequences = self._inputs.read(X, "X")
        self._inputs.warn_of_other_scale(sequences, "X")
        return sequences

    def _compute(
        self, sequences: JaggedSequences, method: str = "forward", net: RecurrentNet | None = None
    ) -> np.ndarray:
        """Return what a method of the network makes of sequences."""
        net = self.net_ if net is None else net
        data = self._net_data(sequences, torch.device(net.device))
        with fixed_arithmetic():
            return net.outputs(data, method)

    def _read_true(
        self, X: Any, y: Any, lengths: np.ndarray, sample_weight: Any
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Read what predictions are compared with: targets and weights."""
        targets = self._targets.read(y, "y", lengths=lengths, X=X, X_name="X")
        return self._targets.weigh(targets, sample_weight, "sample_weight", X=X)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.three_d_array = True
        return tags
