"""What estimators with one answer for each sequence share: pooling, members, a linear model."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
import torch
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import Tags

from skrnn._input.jagged import JaggedSequences
from skrnn._input.validation import Interval, StrOptions
from skrnn._sequences.base import BaseSequenceEstimator
from skrnn._sequences.convolution_model import ConvolutionFit
from skrnn._sequences.folds import folds_of_neighbours
from skrnn._sequences.outcomes import USUAL_SHARE, ClassOutcomes, Outcomes, mix
from skrnn._sequences.samples import Samples
from skrnn._sequences.token_model import TokenFit
from skrnn._training.arithmetic import fixed_arithmetic
from skrnn._training.auto_settings import auto_max_epochs, auto_segment_length
from skrnn._training.net import RecurrentNet
from skrnn.modules.losses import PerSampleLoss
from skrnn.modules.pooling import POOLINGS
from skrnn.modules.sequence_model import SequenceModel
from skrnn.typing import Sequences

__all__ = ["PooledSequenceEstimator"]

# From so many samples, and timesteps of half of them, random convolutions have something to learn.
_FEWEST_SAMPLES = 16
_FEWEST_STEPS = 9

# Networks that are trained to learn how much they count, each without one fold of the samples. Of
# many samples, one of them says enough. They are trained on a copy of their samples, which has so
# many numbers at most.
_N_TRIALS, _N_TRIAL_FOLDS, _MANY_SAMPLES = 2, 4, 400
_MOST_NUMBERS = 1 << 26

# Folds in which random convolutions are judged: about so many, of at most so many samples.
_N_FOLDS, _LARGEST_FOLD = 10, 250

# Updates that a network of token ids needs beside a linear model.
_N_UPDATES_BESIDE = 500


class PooledSequenceEstimator(
    ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseSequenceEstimator
):
    """Reads each sequence into one vector, and answers from that."""

    network_weight_: float
    nets_: list[RecurrentNet]

    _FROZEN = ("segment_length", "linear_model", "n_members", *BaseSequenceEstimator._FROZEN)

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **BaseSequenceEstimator._parameter_constraints,
        "dropout": [StrOptions({"auto"}), Interval(Real, 0, 1, closed="left")],
        "pooling": [StrOptions(set(POOLINGS)), tuple, list],
        "n_members": [Interval(Integral, 1, None, closed="left")],
        "linear_model": ["boolean", StrOptions({"auto"})],
        "segment_length": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
    }

    # -- what a subclass says ----------------------------------------------------------

    def _outcomes(self) -> Outcomes:
        """Return how outputs become predictions, once the targets are known."""
        raise NotImplementedError

    # -- settings and network ----------------------------------------------------------

    def _network(self) -> tuple[type[torch.nn.Module], type[torch.nn.Module]]:
        return SequenceModel, PerSampleLoss

    def _check_settings(self) -> None:
        super()._check_settings()
        for method in self._pooling():
            if method not in POOLINGS:
                raise ValueError(
                    f"pooling: got {self.pooling!r}, of which {method!r} is not a pooling. "
                    f"Expected one of {POOLINGS} or a tuple of them."
                )
        if not self._pooling():
            raise ValueError(
                f"pooling: got an empty {type(self.pooling).__name__}. Expected at least one of "
                f"{POOLINGS}."
            )
        if self._insists_on_linear_model():
            self._check_linear_model()

    def _check_linear_model(self) -> None:
        """Refuse a linear model where it cannot stand beside the network."""
        reason = ""
        if self.warm_start:
            reason = "warm_start=True trains on from a network, not from a linear model"
        elif "criterion" in (self.net_params or {}):
            reason = "net_params has a criterion, and outputs need not be what skrnn makes of them"
        if reason:
            raise ValueError(
                f"linear_model: got True, while {reason}. Expected 'auto' or False. "
                "Set linear_model='auto'."
            )

    def _pooling(self) -> tuple[str, ...]:
        return (self.pooling,) if isinstance(self.pooling, str) else tuple(self.pooling)

    def _learn_inputs(self, train: Samples) -> None:
        self.segment_length_ = (
            auto_segment_length(train.sequences.lengths)
            if self.segment_length == "auto"
            else int(self.segment_length)
        )
        super()._learn_inputs(train)

    def _module_params(self) -> dict[str, Any]:
        return super()._module_params() | {
            "pooling": self._pooling(),
            "segment_length": self.segment_length_,
        }

    def _training_params(self, n_samples: int) -> dict[str, Any]:
        params = super()._training_params(n_samples)
        if self.max_epochs == "auto" and self._wants_tokens() and self._may_have_linear_model():
            batch_size = params["batch_size"]
            params["max_epochs"] = auto_max_epochs(n_samples, batch_size, _N_UPDATES_BESIDE)
        return params

    def _dropout(self) -> float:
        """Return the share left out; the words of a text, many of them rare, need more of it."""
        if self.dropout == "auto":
            return 0.7 if self._wants_tokens() else 0.1
        return super()._dropout()

    # -- training ------------------------------------------------------------------------

    def _train(
        self, train: Samples, valid: Samples | None, epochs: int | None, *, resume: bool
    ) -> KeyboardInterrupt | None:
        """Train networks and, beside them, a linear model; learn how much each of both counts."""
        beside = None
        if not resume:
            self.network_weight_ = 1.0
            if epochs is None and self._wants_linear_model(train):
                beside = self._learn_linear_model(train)
        interruption = self._train_members(train, valid, epochs, self.nets_ if resume else [])
        if beside is None:
            return interruption
        self.linear_model_ = beside.model
        self.network_weight_ = USUAL_SHARE
        if interruption is not None:
            return interruption
        try:
            if valid is not None:
                self.network_weight_ = self._share_on_validation(valid)
            else:
                self.network_weight_ = self._share_on_trials(train, beside)
        except KeyboardInterrupt as error:
            return error
        return None

    def _train_members(
        self,
        train: Samples,
        valid: Samples | None,
        epochs: int | None,
        trained: list[RecurrentNet],
    ) -> KeyboardInterrupt | None:
        """Train all members; an interruption leaves those that have ended an epoch."""
        nets: list[RecurrentNet] = []
        interruption = None
        for member in range(int(self.n_members)):
            # An interrupted fit has fewer networks than it was to have.
            old = trained[member] if member < len(trained) else None
            net = self._net_to_train(old, len(train), epochs, member)
            try:
                interruption = self._train_on_samples(net, train, valid, epochs)
            except KeyboardInterrupt as error:
                if not nets:
                    raise
                interruption = error
                break
            nets.append(net)
            if interruption is not None:
                break
        self.nets_ = nets + trained[len(nets) :]
        self.net_ = self.nets_[0]
        self._keep_history(self.net_)
        return interruption

    def _wants_linear_model(self, train: Samples) -> bool:
        """Whether a linear model is to answer beside the network."""
        if not self._may_have_linear_model():
            return False
        if self.linear_model == "auto" and len(train) < _FEWEST_SAMPLES:
            return False
        has_steps = float(np.median(train.sequences.lengths)) >= _FEWEST_STEPS
        return self._insists_on_linear_model() or self._wants_tokens() or has_steps

    def _may_have_linear_model(self) -> bool:
        """Whether the parameters, and what is predicted, leave room for a linear model."""
        if self._wants_tokens() and not isinstance(self._outcomes(), ClassOutcomes):
            if self._insists_on_linear_model():
                raise ValueError(
                    "linear_model: got True, while X is read as token ids and y is not one class "
                    "for each sample. Expected 'auto' or False. Set linear_model='auto'."
                )
            return False
        has_own_loss = "criterion" in (self.net_params or {})
        return bool(self.linear_model) and not (self.warm_start or has_own_loss)

    def _insists_on_linear_model(self) -> bool:
        return self.linear_model != "auto" and bool(self.linear_model)

    def _learn_linear_model(self, train: Samples) -> ConvolutionFit | TokenFit:
        targets, weight = self._targets.encode(train.targets, "y"), self._loss_weight(train, "y")
        outcomes, statistics = self._outcomes(), self._inputs.statistics
        if statistics is None:
            return TokenFit(
                *(train, targets, weight, outcomes, self._inputs.prepare),
                n_classes=self._targets.n_outputs,
                n_ids=self._inputs.n_inputs,
                left_out=self._left_out_of_trials(train),
            )
        return ConvolutionFit(
            *(train, targets, weight, outcomes, self._inputs.prepare),
            n_inputs=statistics.n_inputs - statistics.n_mask_inputs,
            left_out=self._folds_of_convolutions(train),
            rng=np.random.default_rng(np.random.SeedSequence([self._seed, 11])),
        )

    def _left_out_of_trials(self, train: Samples) -> list[np.ndarray]:
        """Return which samples each trial leaves out."""
        n_trials = 1 if len(train) >= _MANY_SAMPLES else _N_TRIALS
        return self._folds(train, _N_TRIAL_FOLDS)[::-2][:n_trials]

    def _folds_of_convolutions(self, train: Samples) -> list[np.ndarray]:
        """Return the folds on which the penalty is chosen; of very many, some from all over."""
        folds = self._folds(train, max(_N_FOLDS, len(train) // _LARGEST_FOLD))
        return folds[:: max(1, len(folds) // _N_FOLDS)]

    def _folds(self, train: Samples, n_folds: int) -> list[np.ndarray]:
        """Return folds of the samples, of which each leaves others."""
        labels = self._targets.strata(train.targets)
        fold_of = folds_of_neighbours(len(train), n_folds, labels=labels, groups=train.groups)
        folds = [np.flatnonzero(fold_of == fold) for fold in range(n_folds)]
        return [fold for fold in folds if 0 < len(fold) < len(train)]

    def _share_on_validation(self, valid: Samples) -> float:
        """Return the network's share in the best mixture for validation data."""
        outcomes = self._outcomes()
        return outcomes.share(
            self._predictions_of_networks(valid.sequences),
            outcomes.predictions(self.linear_model_.outputs(valid.sequences, self._inputs.prepare)),
            self._targets.encode(valid.targets, "y_val"),
            self._loss_weight(valid, "y_val"),
        )

    def _share_on_trials(self, train: Samples, beside: ConvolutionFit | TokenFit) -> float:
        """Return the network's share in the best mixture for samples that are left out."""
        outcomes = self._outcomes()
        targets = self._targets.encode(train.targets, "y")
        weight = self._loss_weight(train, "y")
        of_networks, of_linear_models, places = [], [], []
        for part in self._left_out_of_trials(train):
            rest = self._samples_of_trial(train, part)
            is_read, outputs = beside.outputs_of_left_out(part)
            part = part[is_read]
            if not len(part) or (weight is not None and not weight[rest].any()):
                continue
            net = self._build_net(len(rest), is_trial=True)
            net.max_epochs = self.net_.max_epochs
            device = torch.device(net.device)
            self._train_net(net, self._training_data(train.take(rest), "y", device), None)
            data = self._net_data(train.sequences.take(part), device)
            of_networks.append(outcomes.predictions(net.outputs(data)))
            of_linear_models.append(outcomes.predictions(outputs))
            places.append(part)
        if not places:
            return USUAL_SHARE
        left_out = np.concatenate(places)
        return outcomes.share(
            np.concatenate(of_networks),
            np.concatenate(of_linear_models),
            targets[left_out],
            None if weight is None else weight[left_out],
        )

    def _samples_of_trial(self, train: Samples, left_out: np.ndarray) -> np.ndarray:
        """Return all other samples, or some of them if they are very large."""
        rest = np.setdiff1d(np.arange(len(train)), left_out)
        rng = np.random.default_rng(np.random.SeedSequence([self._seed, 13]))
        order = rng.permutation(rest)
        sizes = train.sequences.lengths[order] * train.sequences.values[0].size
        n_fit = int(np.searchsorted(np.cumsum(sizes), _MOST_NUMBERS, side="right"))
        return np.sort(order[: max(1, n_fit)])

    # -- after fit -----------------------------------------------------------------------

    def _predictions(self, sequences: JaggedSequences) -> np.ndarray:
        """Return the predictions of the networks, mixed with those of the linear model."""
        predicted = self._predictions_of_networks(sequences)
        if not hasattr(self, "linear_model_"):
            return predicted
        with fixed_arithmetic():
            outputs = self.linear_model_.outputs(sequences, self._inputs.prepare)
        return mix(predicted, self._outcomes().predictions(outputs), self.network_weight_)

    def _predictions_of_networks(self, sequences: JaggedSequences) -> np.ndarray:
        """Return the mean of the predictions of all members."""
        outcomes = self._outcomes()
        predicted = [outcomes.predictions(self._compute(sequences, net=net)) for net in self.nets_]
        return predicted[0] if len(predicted) == 1 else np.mean(predicted, axis=0)

    def transform(self, X: Sequences) -> np.ndarray:
        """Return the pooled hidden state of each sample.

        Parameters
        ----------
        X : sequences
            As in ``fit``.

        Returns
        -------
        ndarray of float, shape (n_samples, n_states)
            One block of ``hidden_size`` columns for each direction and pooling, and so again for
            each member.
        """
        sequences = self._read_new(X)
        return np.concatenate(
            [self._compute(sequences, "pooled", net) for net in self.nets_], axis=1
        )

    @property
    def _n_features_out(self) -> int:
        return sum(net.module_.pooling.output_size for net in self.nets_)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        # the hidden state has the network's type, whatever came in.
        tags.transformer_tags.preserves_dtype = []
        return tags
