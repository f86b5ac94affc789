"""Labels of timesteps: a sequence of them for each sample, of which some may be missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from skrnn._input.label_schemes import LabelGrammar
from skrnn._input.label_sequences import given_lengths, read_label_sequences, split_labels
from skrnn._input.labels import class_positions
from skrnn._input.step_weights import read_step_weight
from skrnn._sequences.abstract_targets import Targets
from skrnn._sequences.class_weights import class_weights
from skrnn.modules.losses import UNLABELLED

__all__ = ["LabelTargets"]


class LabelTargets(Targets):
    """Sequences of labels, as long as the sequences they belong to.

    Read labels are records of two fields: ``label``, and ``weight``, the weight of the timestep
    next to the other timesteps of its sample. It is 0 where there is no label.

    Parameters
    ----------
    class_weight : dict, "balanced" or None
        As for the tagger.
    scheme : str or None
        How labels mark spans, if they do.
    declared : ndarray of shape (n_classes,) or None
        All labels that will ever occur, sorted, if the caller said so.

    Attributes
    ----------
    classes : ndarray of shape (n_classes,)
        The labels, sorted.
    grammar : LabelGrammar or None
        Which labels may follow one another; None if all may.
    """

    classes: np.ndarray
    grammar: LabelGrammar | None = None

    def __init__(
        self,
        class_weight: Mapping[Any, float] | str | None,
        scheme: str | None,
        declared: np.ndarray | None,
    ) -> None:
        self._class_weight = class_weight
        self._scheme = scheme
        self._declared = declared
        self._weight_of_class: np.ndarray | None = None

    @property
    def n_outputs(self) -> int:
        """One score for each label."""
        return len(self.classes)

    def read(self, y: Any, name: str, *, lengths: np.ndarray, X: Any, X_name: str) -> np.ndarray:
        """Return an object array of (lengths[i],) arrays of records."""
        labels, is_labelled = read_label_sequences(y, lengths, X, X_name=X_name, name=name)
        steps = np.empty(len(labels), dtype=[("label", labels.dtype), ("weight", np.float64)])
        steps["label"] = labels
        steps["weight"] = 1.0 if is_labelled is None else is_labelled
        return split_labels(steps, lengths)

    def weigh(
        self, targets: np.ndarray, sample_weight: Any, name: str, *, X: Any = None
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Return targets with the weights of their timesteps, and the weights of the samples.

        The weight of a sample is the mean weight of its timesteps that count.
        """
        lengths = _lengths_of(targets)
        given = None if sample_weight is None else given_lengths(X)
        weight = read_step_weight(sample_weight, lengths, name, given)
        steps = np.concatenate(targets)
        if weight is None and (steps["weight"] > 0).all():
            return targets, None
        weight = steps["weight"] if weight is None else steps["weight"] * weight
        if not weight.any():
            raise ValueError(
                f"{name}: got 0 for every timestep that has a label. Expected a weight above 0 for "
                "at least one of them. Raise it, or pass None."
            )
        starts = np.cumsum(lengths) - lengths
        n_counted = np.add.reduceat(weight > 0, starts, dtype=np.int64)
        largest = np.maximum.reduceat(weight, starts)
        smallest = np.minimum.reduceat(np.where(weight > 0, weight, np.inf), starts)
        mean = np.add.reduceat(weight, starts) / np.maximum(n_counted, 1)
        # equal weights are exactly the weight of the sample.
        of_sample = np.where(smallest == largest, largest, mean)
        steps["weight"] = weight / np.repeat(np.where(n_counted > 0, of_sample, 1.0), lengths)
        if sample_weight is None and n_counted.all():
            return split_labels(steps, lengths), None
        return split_labels(steps, lengths), of_sample

    def learn(self, targets: np.ndarray, weight: np.ndarray | None) -> None:
        """Learn the labels."""
        declared = self._declared
        steps = np.concatenate(targets)
        self.classes = (
            np.unique(steps["label"][steps["weight"] > 0]) if declared is None else declared
        )
        if len(self.classes) < 2:
            raise ValueError(
                f"{'y' if declared is None else 'classes'}: got one class only, "
                f"{self.classes.tolist()} (samples of weight 0 left out). Expected at least 2 "
                "classes. A constant answer needs no network."
            )
        if self._scheme is not None:
            self.grammar = LabelGrammar.of(self._scheme, self.classes)

    def learn_statistics(self, targets: np.ndarray, weight: np.ndarray | None) -> None:
        """Learn how much each class weighs."""
        if self._class_weight is None:
            return
        steps = np.concatenate(targets)
        counts = steps["weight"] > 0
        of_step = steps["weight"]
        if weight is not None:
            of_step = of_step * np.repeat(weight, _lengths_of(targets))
        position = class_positions(steps["label"][counts], self.classes, "y")
        self._weight_of_class = class_weights(
            self._class_weight, self.classes, position, of_step[counts]
        )

    def encode(self, targets: np.ndarray, name: str) -> np.ndarray:
        """Return the positions of all labels, laid end to end; UNLABELLED where none counts."""
        steps = np.concatenate(targets)
        counts = steps["weight"] > 0
        codes = np.full(len(steps), UNLABELLED, dtype=np.int64)
        codes[counts] = class_positions(steps["label"][counts], self.classes, name)
        if self.grammar is not None:
            self.grammar.refuse_impossible(codes, _lengths_of(targets), name)
        if self._weight_of_class is not None:
            codes[counts & (self._weight_of_class[codes] == 0)] = UNLABELLED
        return codes

    def _loss_weight(self, targets: np.ndarray) -> np.ndarray:
        """Return the weights of all timesteps, those of the classes included."""
        steps = np.concatenate(targets)
        if self._weight_of_class is None:
            return steps["weight"]
        counts = steps["weight"] > 0
        weight = steps["weight"].copy()
        position = np.searchsorted(self.classes, steps["label"][counts])
        weight[counts] *= self._weight_of_class[position]
        return weight

    def step_weight(self, targets: np.ndarray, *, of_a_chain: bool) -> np.ndarray | None:
        """Return weights of all timesteps, laid end to end, if the loss needs them.

        Parameters
        ----------
        of_a_chain : bool
            Whether the labels of a sample have a loss as a whole, which cannot leave some out.

        Returns
        -------
        ndarray of float64, shape (sum of lengths,), or None
            None if the labels that count have equal weights in each sample.
        """
        weight = self._loss_weight(targets)
        lengths = _lengths_of(targets)
        starts = np.cumsum(lengths) - lengths
        largest = np.maximum.reduceat(weight, starts)
        is_equal = (weight == np.repeat(largest, lengths)) | (weight == 0)
        if is_equal.all() and not (of_a_chain and (weight == 0).any()):
            return None
        return weight

    def weight_of(self, targets: np.ndarray) -> np.ndarray | None:
        """Return the sum of the weights of each sample's timesteps.

        A sample's loss is the mean over its timesteps: so every timestep counts the same.
        """
        lengths = _lengths_of(targets)
        sums = np.add.reduceat(self._loss_weight(targets), np.cumsum(lengths) - lengths)
        return None if (sums == sums[0]).all() and sums[0] > 0 else sums

    def attributes(self) -> dict[str, Any]:
        """Return ``classes_``."""
        return {"classes_": self.classes}


def _lengths_of(targets: np.ndarray) -> np.ndarray:
    return np.array([len(labels) for labels in targets], dtype=np.int64)
