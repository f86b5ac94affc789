"""An estimator with data of one container, which is what every check is given."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.utils import get_tags
from sklearn.utils.validation import has_fit_parameter

from skrnn.testing._input_containers import N_SAMPLES, InputContainer, object_array

KINDS = ("classifier", "regressor", "tagger", "transcriber")

# What scikit-learn's own invariance checks allow.
RTOL = 1e-7
ATOL_ORDER = 1e-9
ATOL_SUBSET = 1e-7
# Ragged batches may be summed in another order when the other samples have other lengths.
ATOL_RAGGED = 1e-6
# Two fits that should learn the same from arrays of different shapes: sums round differently.
RTOL_TRAINED = 1e-5
ATOL_TRAINED = 1e-6


def read_kind(estimator: Any, kind: str | None) -> str | None:
    """Return what the estimator predicts, from the argument or else from scikit-learn's tag.

    Parameters
    ----------
    estimator : estimator instance
        Whose tags are read if ``kind`` is None.
    kind : str or None
        One of ``KINDS``.

    Returns
    -------
    kind : str or None
        One of ``KINDS``; None for an estimator that learns without targets.
    """
    if kind is None:
        named = get_tags(estimator).estimator_type
        return named if named in KINDS else None
    if kind not in KINDS:
        raise ValueError(f"kind: got {kind!r}. Expected None or one of {', '.join(KINDS)}.")
    return kind


def check_is_estimator(estimator: Any) -> None:
    """Raise TypeError for anything that the checks cannot clone, fit and read tags from."""
    if isinstance(estimator, type):
        raise TypeError(
            f"estimator: got the class {estimator.__name__}. Expected an instance. "
            f"Pass {estimator.__name__}(...), with parameters that make it small and fast."
        )
    needed = ("fit", "get_params", "set_params", "__sklearn_tags__")
    missing = [name for name in needed if not hasattr(estimator, name)]
    if missing:
        raise TypeError(
            f"estimator: got {type(estimator).__name__}, which lacks {', '.join(missing)}. "
            "Expected an estimator that follows scikit-learn's conventions. Derive it from "
            "sklearn.base.BaseEstimator."
        )


class Case:
    """An estimator, data of one container, and targets that suit the estimator.

    Parameters
    ----------
    estimator : estimator instance
        Cloned before use.
    container : InputContainer
        What holds the sequences.
    kind : str or None
        One of ``KINDS``; None for an estimator that learns without targets.

    Attributes
    ----------
    sequences : list of ndarray
        The samples, whatever holds them in ``X``.
    X : container
        What ``fit`` and the other methods are given.
    y : ndarray of shape (n_samples,)
        Targets of the estimator's kind; an estimator without targets is given labels.
    label : ndarray of shape (n_samples,)
        The class of each sample, 0 or 1.
    weight : ndarray of shape (n_samples,)
        Sample weights.
    """

    def __init__(self, estimator: Any, container: InputContainer, kind: str | None) -> None:
        self.estimator = estimator
        self.container = container
        self.kind = kind
        # Copies share this dict, so that the estimator behind ``fitted`` is fitted once.
        self._shared: dict[str, Any] = {}
        self.make_data()

    def make_data(self) -> None:
        self.sequences = self.container.sequences()
        self.X = self.container.build(self.sequences)
        self.weight = np.linspace(0.5, 2.0, N_SAMPLES)
        self.label = np.arange(N_SAMPLES) % 2
        self.y: np.ndarray = self.label.copy()
        if self.kind == "tagger":
            # the odd samples have another label from the third timestep on.
            steps = [np.arange(len(x)) for x in self.sequences]
            pairs = zip(self.label, steps, strict=True)
            self.y = object_array([label * (step >= 2) for label, step in pairs])
        if self.kind == "transcriber":
            self.y = np.array(["ab a", "b"], dtype=object)[self.label]
        if self.kind == "regressor":
            self.y = self.label + np.linspace(0, 1, N_SAMPLES)

    def with_new_data(self) -> Case:
        """Return the case with data that no earlier check can have changed."""
        case = copy.copy(self)
        case.make_data()
        return case

    def new(self) -> Any:
        """Return an unfitted copy with fixed seeds."""
        estimator = clone(self.estimator)
        names = sorted(estimator.get_params(deep=True))
        seeds = {name: 0 for name in names if name.split("__")[-1] == "random_state"}
        return estimator.set_params(**seeds)

    @property
    def fitted(self) -> Any:
        """The fitted estimator that the checks of one container share; they must not change it."""
        if "fitted" not in self._shared:
            own = self.with_new_data()
            self._shared["fitted"] = own.new().fit(own.X, own.y)
        return self._shared["fitted"]

    @property
    def takes_weights(self) -> bool:
        """Whether ``fit`` takes sample weights."""
        return has_fit_parameter(self.estimator, "sample_weight")

    @property
    def atol_order(self) -> float:
        """How far outputs may differ when the samples come in another order."""
        return ATOL_RAGGED if self.container.ragged else ATOL_ORDER

    @property
    def atol_subset(self) -> float:
        """How far outputs may differ when other samples are in the batch."""
        return ATOL_RAGGED if self.container.ragged else ATOL_SUBSET
