"""Permutation importances as bars, or as a curve over time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator

from skrnn._input.integers import check_integer
from skrnn.inspection._permutation_importance import permutation_importance
from skrnn.inspection._plotting import axes_or_new
from skrnn.typing import Labels, LabelSequences, Sequences, Transcripts, Weights

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["PermutationImportanceDisplay"]


class PermutationImportanceDisplay:
    """How much a score falls without each feature, or without each part of time.

    Use :meth:`from_estimator` to make one.

    Parameters
    ----------
    importances : array-like of shape (n_parts, n_repeats)
        As of :func:`permutation_importance`.
    feature_names : list or None, default=None
        Of the parts, if they are features; None numbers them.
    segment_edges : array-like of shape (n_parts + 1,) or None, default=None
        Where segments of time begin and end, as shares of a sample's length; None if the parts are
        features.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        What :meth:`plot` drew on.
    figure_ : matplotlib.figure.Figure
        The figure of ``ax_``.
    bars_ : matplotlib.container.BarContainer or None
        Of features, the largest on top.
    line_ : matplotlib.patches.StepPatch or None
        Of time.

    See Also
    --------
    permutation_importance : The numbers.

    Examples
    --------
    >>> from skrnn import RNNClassifier
    >>> from skrnn.datasets import load_digit_rows
    >>> from skrnn.inspection import PermutationImportanceDisplay
    >>> X, y = load_digit_rows(return_X_y=True)
    >>> classifier = RNNClassifier(hidden_size=8, max_epochs=2, random_state=0)
    >>> display = PermutationImportanceDisplay.from_estimator(
    ...     classifier.fit(X[:60], y[:60]), X[60:90], y[60:90], over="time", random_state=0
    ... )
    >>> display.importances.shape, len(display.segment_edges)
    ((8, 5), 9)
    """

    def __init__(
        self,
        *,
        importances: npt.ArrayLike,
        feature_names: Sequence[Any] | None = None,
        segment_edges: npt.ArrayLike | None = None,
    ) -> None:
        self.importances = np.asarray(importances)
        self.feature_names = feature_names
        self.segment_edges = None if segment_edges is None else np.asarray(segment_edges)

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        X: Sequences,
        y: Labels | LabelSequences | Transcripts,
        *,
        over: str = "features",
        n_segments: int = 10,
        scoring: str | Callable[..., float] | None = None,
        n_repeats: int = 5,
        n_jobs: int | None = None,
        random_state: int | np.random.RandomState | None = None,
        sample_weight: Weights | None = None,
    ) -> Self:
        """Exchange each part and score.

        Parameters
        ----------
        estimator : estimator, Pipeline or search
            Fitted, as for :func:`permutation_importance`, like all that follows.
        X : sequences
            Samples.
        y : array-like or list of n_samples
            Their targets.
        over : {"features", "time"}, default="features"
            What is exchanged.
        n_segments : int, default=10
            Segments of time.
        scoring : str, callable or None, default=None
            A single score; None is the estimator's ``score``.
        n_repeats : int, default=5
            How often each part is exchanged.
        n_jobs : int or None, default=None
            Parts that are scored at the same time.
        random_state : int, RandomState instance or None, default=None
            Fixes which sample takes from which.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Weights of the samples in the score.

        Returns
        -------
        PermutationImportanceDisplay
            The importances, ready to plot.

        Raises
        ------
        sklearn.exceptions.NotFittedError, TypeError, ValueError
            As from :func:`permutation_importance`, and if there are several scores.
        """
        if isinstance(scoring, (list, tuple, set, dict)):
            raise ValueError(
                f"scoring: got {scoring!r}, several scores. Expected one, which a picture can "
                "show. Pass one of them, or plot each of permutation_importance."
            )
        result = permutation_importance(
            estimator,
            X,
            y,
            over=over,
            n_segments=n_segments,
            scoring=scoring,
            n_repeats=n_repeats,
            n_jobs=n_jobs,
            random_state=random_state,
            sample_weight=sample_weight,
        )
        return cls(
            importances=result.importances,
            feature_names=result.get("feature_names"),
            segment_edges=result.get("segment_edges"),
        )

    def plot(self, ax: Axes | None = None, *, max_features: int | None = None) -> Self:
        """Draw the means over the repeats, and their standard deviations.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None makes a new figure.
        max_features : int or None, default=None
            How many features to show, the most important ones; None shows all.

        Returns
        -------
        self : PermutationImportanceDisplay
            With ``ax_``, ``figure_``, ``bars_`` and ``line_`` set.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError, ValueError
            If ``max_features`` is not a number of features.
        """
        if max_features is not None:
            check_integer(
                max_features, "max_features", at_least=1, remedy="Leave it out to show all."
            )
        self.ax_ = axes_or_new(ax)
        self.figure_ = self.ax_.figure
        self.bars_ = self.line_ = None
        mean, std = self.importances.mean(axis=1), self.importances.std(axis=1)
        if self.segment_edges is None:
            order = np.argsort(-mean, kind="stable")[:max_features]
            names = range(len(mean)) if self.feature_names is None else self.feature_names
            labels = [str(names[number]) for number in order]
            places = np.arange(len(order))
            self.bars_ = self.ax_.barh(places, mean[order], xerr=std[order], ecolor="0.3")
            self.ax_.set_yticks(places, labels)
            self.ax_.invert_yaxis()
            self.ax_.axvline(0, color="black", linewidth=0.8)
            has_names = any(not label.isdigit() for label in labels)
            self.ax_.set(xlabel="fall of the score", ylabel="" if has_names else "feature")
        else:
            edges = self.segment_edges
            self.ax_.stairs(mean + std, edges, baseline=mean - std, fill=True, alpha=0.3)
            self.line_ = self.ax_.stairs(mean, edges, baseline=None, linewidth=2, color="C0")
            self.ax_.axhline(0, color="black", linewidth=0.8)
            self.ax_.set(
                xlabel="time, as a share of the sample", ylabel="fall of the score", xlim=(0, 1)
            )
        return self
