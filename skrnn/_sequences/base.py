"""What the sequence estimators share: reading, building, training, keeping what was learned."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
import torch
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from skrnn._input.jagged import JaggedSequences, RaggedRows
from skrnn._input.measurements import read_measurements
from skrnn._input.token_ids import look_up
from skrnn._input.token_vectors import read_token_vectors
from skrnn._input.tokens import PADDING_TOKEN, UNKNOWN_TOKEN, read_tokens
from skrnn._input.validation import (
    Interval,
    StrOptions,
    check_same_n_samples,
    check_sequences_against,
)
from skrnn._input.weights import read_groups, read_sample_weight
from skrnn._training.arithmetic import fixed_arithmetic, resolve_device, resolve_seed
from skrnn._training.auto_settings import auto_batch_size, auto_max_epochs
from skrnn._training.batching import TrainingData
from skrnn._training.estimator import NetEstimator
from skrnn._training.holding_out import hold_out
from skrnn._training.net import RecurrentNet
from skrnn.preprocessing._statistics import FeatureStatistics

__all__ = ["BaseSequenceEstimator"]


class BaseSequenceEstimator(NetEstimator):
    """Reads sequences and trains a recurrent net on them.

    A subclass says what the targets are: ``_read_target``, ``_learn_target``, ``_encode_target``,
    ``_n_outputs`` and ``_loss_name``; and what the network is: ``_network`` and
    ``_module_params``.
    """

    _FROZEN = ("standardize", "embedding_weights", "class_weight", *NetEstimator._FROZEN)

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **NetEstimator._parameter_constraints,
        "bidirectional": ["boolean"],
        "embedding_dim": [Interval(Integral, 1, None, closed="left"), None],
        "embedding_weights": ["array-like", None],
        "standardize": ["boolean", StrOptions({"auto"})],
        "input_noise": [Interval(Real, 0, None, closed="left")],
    }

    # -- what a subclass says ----------------------------------------------------------

    def _read_target(self, y: Any, name: str) -> np.ndarray:
        """Read targets into an array with one row for each sample."""
        raise NotImplementedError

    def _learn_target(self, target: np.ndarray, weight: np.ndarray | None, classes: Any) -> None:
        """Learn the kind of target: its classes (all of them, if given), or its width."""
        raise NotImplementedError

    def _learn_target_statistics(self, target: np.ndarray, weight: np.ndarray | None) -> None:
        """Learn what only the training part may tell: mean and scale, or class weights."""
        raise NotImplementedError

    def _encode_target(self, target: np.ndarray, name: str) -> np.ndarray:
        """Turn targets into what the loss compares with."""
        raise NotImplementedError

    def _loss_name(self) -> str:
        raise NotImplementedError

    def _n_outputs(self) -> int:
        raise NotImplementedError

    def _network(self) -> tuple[type[torch.nn.Module], type[torch.nn.Module]]:
        """Return the classes of the network and of its loss."""
        raise NotImplementedError

    def _target_weight(self, target: np.ndarray) -> np.ndarray | None:
        """Weights that follow from the targets (class weights), or None."""
        return None

    def _split_labels(self, target: np.ndarray) -> np.ndarray | None:
        """Class indices to stratify the validation split by, or None."""
        return None

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
        classes: np.ndarray | None = None,
    ) -> KeyboardInterrupt | None:
        self._check_settings()
        if resume:
            self._check_same_reading()
            self._check_frozen_settings()
        sequences, target = self._read_pairs(X, y, ("X", "y"), reset=not resume)
        weight = read_sample_weight(sample_weight, len(target), "sample_weight")
        groups = read_groups(groups, len(target))

        if weight is not None and (weight == 0).any():
            # a weight of 0 is the absence of the sample, down to the statistics.
            used = np.flatnonzero(weight > 0)
            sequences, target, weight = sequences.take(used), target[used], weight[used]
            groups = None if groups is None else groups[used]
        if not resume:
            self._learn_target(target, weight, classes)
            self._seed = resolve_seed(self.random_state)

        train: tuple[Any, Any, Any] = (sequences, target, weight)
        valid: tuple[Any, Any, Any] | None = None
        # partial_fit's one epoch cannot be stopped early, so nothing is held out of it.
        if epochs is None:
            train, valid = self._split(sequences, target, weight, groups, X_val, y_val)
        if not resume:
            self._learn_target_statistics(train[1], train[2])
            self._learn_inputs(*train)
            self._remember_frozen_settings()
        net = self._build_net(len(train[0])) if not resume else self._rebuild_net(len(train[0]))
        if resume and epochs is None:
            # a fit brings its own callbacks; partial_fit goes on with those of its first call.
            self._renew_callbacks(net)
        return self._train(net, train, valid, epochs)

    def _build_net(self, n_samples: int) -> RecurrentNet:
        module, criterion = self._network()
        return self._make_net(
            module,
            self._module_params(),
            criterion,
            self._training_params(n_samples),
            loss_name=self._loss_name(),
            seed=self._seed,
            device=resolve_device(self.device),
            token_vectors=self._token_vectors() if self._reads_tokens() else None,
        )

    def _rebuild_net(self, n_samples: int) -> RecurrentNet:
        return self._renew_net(
            self.net_,
            self._module_params(),
            self._training_params(n_samples),
            loss_name=self._loss_name(),
        )

    def _check_settings(self) -> None:
        super()._check_settings()
        if self._reads_tokens():
            if self.embedding_weights is not None:
                self._token_vectors()
            if self.input_noise >= 1:
                raise ValueError(
                    f"input_noise: got {self.input_noise}, while X is read as token ids. Expected "
                    "a number in [0, 1), the share of tokens that training reads as unknown. Lower "
                    "it."
                )

    def _dropout(self) -> float:
        """Return the share left out."""
        return float(self.dropout)

    def _reads_tokens(self) -> bool:
        return self.embedding_dim is not None or self.embedding_weights is not None

    def _token_vectors(self) -> np.ndarray | None:
        """Return the given embedding as an array of shape (n_tokens, embedding_dim)."""
        if self.embedding_weights is None:
            return None
        return read_token_vectors(self.embedding_weights, self.embedding_dim, self._weight_dtype)

    def _check_same_reading(self) -> None:
        if self._reads_tokens() != (self.input_layout_ == "tokens"):
            was, now = ("token ids", "measurements")
            if self._reads_tokens():
                was, now = now, was
            raise ValueError(
                f"embedding_dim: got {self.embedding_dim}, which reads X as {now}, while training "
                f"goes on from a network that reads {was}. Expected the same reading. Set "
                "warm_start=False to build a new network."
            )

    def _read_sequences(self, X: Any, name: str, *, reset: bool) -> RaggedRows:
        # once fitted, the network says how X is read.
        if self._reads_tokens() if reset else self.input_layout_ == "tokens":
            rows = read_tokens(X, name=name, allow_several=True)
        else:
            rows = read_measurements(X, name=name, warn_on_tokens=reset)
        check_sequences_against(self, X, rows, reset=reset, name=name)
        return rows

    def _read_pairs(
        self, X: Any, y: Any, names: tuple[str, str], *, reset: bool
    ) -> tuple[JaggedSequences, np.ndarray]:
        """Read sequences and their targets, which may depend on the lengths of the sequences."""
        rows = self._read_sequences(X, names[0], reset=reset)
        target = self._read_target(y, names[1])
        check_same_n_samples(len(rows.lengths), len(target), *names)
        return JaggedSequences.from_rows(rows), target

    def _stops_early(self, *, given: bool) -> bool:
        """Whether to watch a validation loss; ``given`` says whether the caller passed the data."""
        return given if self.early_stopping == "auto" else bool(self.early_stopping)

    def _split(
        self,
        sequences: JaggedSequences,
        target: np.ndarray,
        weight: np.ndarray | None,
        groups: np.ndarray | None,
        X_val: Any,
        y_val: Any,
    ) -> tuple[tuple[Any, Any, Any], tuple[Any, Any, Any] | None]:
        """Return (sequences, target, weight) for training and, if wanted, for validation."""
        if (X_val is None) != (y_val is None):
            given, absent = ("X_val", "y_val") if y_val is None else ("y_val", "X_val")
            raise ValueError(
                f"{given}: got it without {absent}. Expected both or neither. Pass {absent} too."
            )
        if X_val is not None:
            valid = (*self._read_pairs(X_val, y_val, ("X_val", "y_val"), reset=False), None)
            return (sequences, target, weight), valid
        if not self._stops_early(given=False):
            return (sequences, target, weight), None
        rng = np.random.default_rng(np.random.SeedSequence([self._seed, 3]))
        parts = hold_out(
            len(target),
            self.validation_fraction,
            rng,
            labels=self._split_labels(target),
            groups=groups,
        )
        train, valid = (
            (sequences.take(part), target[part], None if weight is None else weight[part])
            for part in parts
        )
        return train, valid

    def _learn_inputs(
        self, sequences: JaggedSequences, target: np.ndarray, weight: np.ndarray | None
    ) -> None:
        """Learn statistics of the inputs, or which token ids there are."""
        if not self._reads_tokens():
            self.statistics_ = FeatureStatistics.from_sequences(
                sequences, weight, standardize=self.standardize, dtype=self._weight_dtype
            )
            return
        # the word itself and, in a 3-D X, what else is said of it
        self._n_ids = 1 if sequences.values.ndim == 1 else sequences.values.shape[1]
        vectors = self._token_vectors()
        if vectors is None:
            reserved = (PADDING_TOKEN, UNKNOWN_TOKEN)
            self.token_ids_ = np.union1d(reserved, sequences.values)
            return
        largest = int(sequences.values.max())
        if largest >= len(vectors):
            raise ValueError(
                f"embedding_weights: got {len(vectors)} rows, while X holds the token id "
                f"{largest}. Expected a row for every id, 0 and 1 included."
            )
        # a given vector is worth using for a token that training never showed.
        self.token_ids_ = np.arange(len(vectors))

    def _prepare(self, sequences: JaggedSequences) -> JaggedSequences:
        """Return what the network reads."""
        if self.input_layout_ != "tokens":
            return self.statistics_.prepare(sequences)
        ids = sequences.values
        rows, seen = look_up(ids, self.token_ids_)
        if ids.ndim == 1:
            return JaggedSequences(np.where(seen, rows, UNKNOWN_TOKEN), sequences.lengths)
        # the first id is the token itself, the others say more of it, or nothing.
        read = np.where(seen, rows, PADDING_TOKEN)
        is_unknown = (ids[:, 0] != PADDING_TOKEN) & ~seen[:, 0]
        read[is_unknown | ~read.any(axis=1), 0] = UNKNOWN_TOKEN
        return JaggedSequences(read, sequences.lengths)

    def _module_params(self) -> dict[str, Any]:
        params: dict[str, Any] = {
            "n_outputs": self._n_outputs(),
            "cell": self.cell,
            "hidden_size": int(self.hidden_size),
            "num_layers": int(self.num_layers),
            "bidirectional": bool(self.bidirectional),
            "dropout": self._dropout(),
            "input_noise": float(self.input_noise),
        }
        if not self._reads_tokens():
            return params | {
                "n_inputs": self.statistics_.n_inputs,
                "n_exact_inputs": self.statistics_.n_mask_inputs,
                "embedding_dim": None,
            }
        vectors = self._token_vectors()
        width = self.embedding_dim if vectors is None else vectors.shape[1]
        return params | {
            "n_inputs": len(self.token_ids_),
            "embedding_dim": int(width),
            "n_ids": self._n_ids,
        }

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

    def _train(
        self,
        net: RecurrentNet,
        train: tuple[Any, Any, Any],
        valid: tuple[Any, Any, Any] | None,
        epochs: int | None,
    ) -> KeyboardInterrupt | None:
        """Train, and keep what came out of it; return the interruption, if there was one."""
        device = torch.device(net.device)
        watched = self._stops_early(given=valid is not None)
        net.patience = int(self.n_iter_no_change) if watched else None
        data = self._training_data(train, "y", device)
        valid_data = None if valid is None else self._training_data(valid, "y_val", device)
        if epochs is not None:
            net.schedule = "constant"
        self.net_ = net
        interruption = self._train_net(net, data, valid_data, epochs)
        self._keep_history(net)
        return interruption

    def _training_data(
        self, part: tuple[Any, Any, Any], name: str, device: torch.device
    ) -> TrainingData:
        sequences, target, weight = part
        encoded = self._encode_target(target, name)
        implied = self._target_weight(target)
        if implied is not None:
            weight = implied if weight is None else weight * implied
        if weight is not None:
            if not weight.any():
                raise ValueError(
                    f"class_weight: got {getattr(self, 'class_weight', None)!r}, under which no "
                    f"sample of {name} counts. Expected a weight above 0 for at least one of its "
                    "classes. Raise the weight, or pass other samples."
                )
            weight = weight / weight.mean()
        return self._net_data(sequences, device, encoded, weight)

    def _net_data(
        self,
        sequences: JaggedSequences,
        device: torch.device,
        y: np.ndarray | None = None,
        weight: np.ndarray | None = None,
    ) -> TrainingData:
        """Prepare sequences and put them where the network computes."""
        return TrainingData(self._prepare(sequences), device, y, weight)

    # -- after fit -----------------------------------------------------------------------

    def _read_new(self, X: Any) -> JaggedSequences:
        """Read sequences to answer for."""
        if not hasattr(self, "net_"):
            # asked only then: its look at the tags takes as long as many a prediction of one sample
            check_is_fitted(self, "net_")
        return JaggedSequences.from_rows(self._read_sequences(X, "X", reset=False))

    def _compute(self, sequences: JaggedSequences, method: str = "forward") -> np.ndarray:
        """Return what a method of the network makes of sequences."""
        data = self._net_data(sequences, torch.device(self.net_.device))
        with fixed_arithmetic():
            return self.net_.outputs(data, method)

    def _read_scored(
        self, predicted: np.ndarray, y: Any, sample_weight: Any
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Read what predictions are compared with: targets and weights."""
        target = self._read_target(y, "y")
        check_same_n_samples(len(predicted), len(target), "X", "y")
        return target, read_sample_weight(sample_weight, len(target), "sample_weight")

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.three_d_array = True
        return tags
