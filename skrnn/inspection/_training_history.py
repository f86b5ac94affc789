"""The loss of every epoch, and which epoch was kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from skrnn.inspection._inner_estimator import layers_of
from skrnn.inspection._plotting import axes_or_new

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["TrainingHistoryDisplay"]


class TrainingHistoryDisplay:
    """Training and validation loss over the epochs.

    Use :meth:`from_estimator` to make one.

    Parameters
    ----------
    epochs : array-like of int, shape (n_epochs,)
        Numbers of the epochs, counted from 1.
    train_loss : array-like of float, shape (n_epochs,)
        Mean training loss of each epoch, measured while the weights change and with dropout.
    valid_loss : array-like of float, shape (n_epochs,), or None, default=None
        Validation loss after each epoch, NaN where there was none. None without validation data.
    best_epoch : int or None, default=None
        The epoch whose weights are kept.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        What :meth:`plot` drew on.
    figure_ : matplotlib.figure.Figure
        The figure of ``ax_``.
    lines_ : list of matplotlib.lines.Line2D
        The curves, training first.

    See Also
    --------
    skrnn.RNNClassifier : Its ``history_`` holds the same numbers, as does a regressor's.

    Examples
    --------
    >>> from skrnn import RNNClassifier
    >>> from skrnn.datasets import load_digit_rows
    >>> from skrnn.inspection import TrainingHistoryDisplay
    >>> X, y = load_digit_rows(return_X_y=True)
    >>> classifier = RNNClassifier(hidden_size=8, max_epochs=2, random_state=0)
    >>> display = TrainingHistoryDisplay.from_estimator(classifier.fit(X[:60], y[:60]))
    >>> display.train_loss.shape
    (2,)
    """

    def __init__(
        self,
        *,
        epochs: npt.ArrayLike,
        train_loss: npt.ArrayLike,
        valid_loss: npt.ArrayLike | None = None,
        best_epoch: int | None = None,
    ) -> None:
        self.epochs = np.asarray(epochs)
        self.train_loss = np.asarray(train_loss)
        self.valid_loss = None if valid_loss is None else np.asarray(valid_loss)
        self.best_epoch = best_epoch

    @classmethod
    def from_estimator(cls, estimator: BaseEstimator) -> Self:
        """Read the history of a fitted estimator.

        Parameters
        ----------
        estimator : estimator or Pipeline
            Fitted; of a pipeline the last step is read, of a search the best estimator.

        Returns
        -------
        TrainingHistoryDisplay
            The losses, ready to plot.

        Raises
        ------
        TypeError
            If the estimator has no ``history_``.
        sklearn.exceptions.NotFittedError
            If the estimator is not fitted.
        """
        check_is_fitted(estimator)
        for inner, _ in layers_of(estimator):
            if hasattr(inner, "history_"):
                break
        else:
            raise TypeError(
                f"estimator: got a {type(inner).__name__}, which has no history_. Expected a "
                "fitted skrnn estimator, or a pipeline or search that ends in one. Pass the "
                "estimator itself."
            )
        history = inner.history_
        valid = [epoch.get("valid_loss", np.nan) for epoch in history]
        return cls(
            epochs=[epoch["epoch"] for epoch in history],
            train_loss=[epoch.get("train_loss", np.nan) for epoch in history],
            valid_loss=None if np.isnan(valid).all() else valid,
            best_epoch=inner.best_epoch_,
        )

    def plot(self, ax: Axes | None = None) -> Self:
        """Draw the curves.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None makes a new figure.

        Returns
        -------
        self : TrainingHistoryDisplay
            With ``ax_``, ``figure_`` and ``lines_`` set.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        self.ax_ = axes_or_new(ax)
        self.figure_ = self.ax_.figure
        self.lines_ = self.ax_.plot(self.epochs, self.train_loss, label="training")
        if self.valid_loss is not None:
            self.lines_ += self.ax_.plot(self.epochs, self.valid_loss, label="validation")
            if self.best_epoch is not None:
                self.ax_.axvline(self.best_epoch, color="grey", linestyle=":", label="weights kept")
        from matplotlib.ticker import MaxNLocator

        self.ax_.xaxis.set_major_locator(MaxNLocator(integer=True))
        self.ax_.set(xlabel="epoch", ylabel="loss")
        self.ax_.legend()
        return self
