"""What each timestep and feature adds to an answer, as colours."""

from __future__ import annotations

from collections.abc import Hashable
from numbers import Integral
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator

from skrnn.inspection._integrated_gradients import integrated_gradients
from skrnn.inspection._plotting import axes_or_new, show_labels
from skrnn.typing import Sample

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["IntegratedGradientsDisplay"]

_SIGNED, _MISSING = "RdBu_r", "0.75"
# Characters in a line of text.
_LINE = 72


class IntegratedGradientsDisplay:
    """The attributions of one sample: red speaks for the answer that is explained, blue against it.

    Use :meth:`from_estimator` to make one.

    Parameters
    ----------
    attributions : DataFrame
        As :func:`integrated_gradients` returns it.
    output, baseline_output : float
        The answer for the sample and for the baseline.
    explained : str
        Says what the answer is.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        What :meth:`plot` drew on.
    figure_ : matplotlib.figure.Figure
        The figure of ``ax_``.
    mesh_ : matplotlib.collections.QuadMesh, or list of matplotlib.patches.Rectangle
        The colours: cells of a heat map or, of a text, what stands behind each token.
    texts_ : list of matplotlib.text.Text
        The tokens of a text; empty for measurements.

    See Also
    --------
    integrated_gradients : The numbers.

    Examples
    --------
    >>> from skrnn import RNNClassifier
    >>> from skrnn.datasets import load_digit_rows
    >>> from skrnn.inspection import IntegratedGradientsDisplay
    >>> X, y = load_digit_rows(return_X_y=True)
    >>> classifier = RNNClassifier(hidden_size=8, max_epochs=2, random_state=0)
    >>> display = IntegratedGradientsDisplay.from_estimator(
    ...     classifier.fit(X[:60], y[:60]), X[0], target=0
    ... )
    >>> display.explained
    'log-odds of 0'
    """

    def __init__(
        self,
        *,
        attributions: pd.DataFrame,
        output: float,
        baseline_output: float,
        explained: str,
    ) -> None:
        self.attributions = attributions
        self.output = output
        self.baseline_output = baseline_output
        self.explained = explained

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        x: Sample,
        *,
        target: Hashable | None = None,
        output: str = "log_odds",
        timestep: int | None = None,
        baseline: npt.ArrayLike | None = None,
        tolerance: float = 1e-3,
    ) -> Self:
        """Compute the attributions of one sample.

        Parameters
        ----------
        estimator : estimator, Pipeline or search
            Fitted, as for :func:`integrated_gradients`, like all that follows.
        x : array of shape (n_timesteps, n_features) or (n_timesteps,), DataFrame, Series, list \
                or str
            One sample.
        target : label or int, default=None
            The class, the number of a regressor's target or a forecaster's future timestep; None
            takes the most probable class.
        output : {"log_odds", "probability"}, default="log_odds"
            What of a class is explained.
        timestep : int, default=None
            Of an RNNTagger or RNNTranscriber, the timestep whose answer is explained.
        baseline : array of shape (n_features,) or (n_timesteps, n_features), str, default=None
            What ``x`` is compared with; None is the training mean, or unknown words.
        tolerance : float, default=1e-3
            How far the sum may be from the difference.

        Returns
        -------
        IntegratedGradientsDisplay
            The attributions, ready to plot.

        Raises
        ------
        sklearn.exceptions.NotFittedError, TypeError, ValueError
            As from :func:`integrated_gradients`.
        """
        result = integrated_gradients(
            estimator,
            x,
            target=target,
            output=output,
            timestep=timestep,
            baseline=baseline,
            tolerance=tolerance,
        )
        return cls(
            attributions=result.attributions,
            output=result.output,
            baseline_output=result.baseline_output,
            explained=result.explained,
        )

    def plot(self, ax: Axes | None = None) -> Self:
        """Draw them: features of several as a heat map, one as a curve, a text as itself.

        Missing values are grey.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None makes a new figure.

        Returns
        -------
        self : IntegratedGradientsDisplay
            With ``ax_``, ``figure_``, ``mesh_`` and ``texts_`` set.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        from matplotlib.cm import ScalarMappable
        from matplotlib.colors import Normalize

        self.ax_ = axes_or_new(ax)
        self.figure_ = self.ax_.figure
        self.texts_: list[Any] = []
        frame = self.attributions
        first = frame.drop_duplicates("timestep")
        is_text = isinstance(first["value"].iloc[0], str)
        reach = max(float(frame["attribution"].abs().max()), 1e-12)
        if is_text:
            # of several ids, all that is said of a token is the token's.
            reach = max(float(frame.groupby("timestep")["attribution"].sum().abs().max()), 1e-12)
        colours = ScalarMappable(Normalize(-reach, reach), _SIGNED)
        if is_text:
            self._draw_text(list(first["value"]), colours)
        elif frame["feature"].nunique() == 1:
            self._draw_curve(colours)
        else:
            self._draw_heat_map(colours)
        self.figure_.colorbar(colours, ax=self.ax_, pad=0.02, label="attribution")
        self.ax_.set_title(
            f"{self.explained}: {self.output:.3g} (baseline {self.baseline_output:.3g})",
            fontsize="medium",
        )
        return self

    def _table(self, column: str) -> np.ndarray:
        """Return a column as an array of shape (n_features, n_timesteps)."""
        n_features = self.attributions["feature"].nunique()
        return self.attributions[column].to_numpy().reshape(-1, n_features).T

    def _draw_heat_map(self, colours: Any) -> None:
        values = self._table("value").astype(np.float64)
        names = list(self.attributions["feature"].unique())
        attributions = np.ma.masked_where(np.isnan(values), self._table("attribution"))
        self.ax_.set_facecolor(_MISSING)
        self.mesh_ = self.ax_.pcolormesh(
            attributions, cmap=colours.cmap, norm=colours.norm, edgecolors="face", linewidth=0.1
        )
        self._centre_ticks()
        self.ax_.set_yticks(np.arange(len(names)) + 0.5, names)
        self.ax_.invert_yaxis()
        self.ax_.set(xlabel="timestep", ylabel="feature" if isinstance(names[0], Integral) else "")

    def _draw_curve(self, colours: Any) -> None:
        (values,) = self._table("value").astype(np.float64)
        (attributions,) = self._table("attribution")
        low, high = np.nanmin(values), np.nanmax(values)
        margin = 0.1 * (high - low) or 1.0
        edges = np.array([low - margin, high + margin])
        cells = np.ma.masked_where(np.isnan(values), attributions)[None]
        self.ax_.set_facecolor(_MISSING)
        self.mesh_ = self.ax_.pcolormesh(
            np.arange(len(values) + 1), edges, cells, cmap=colours.cmap, norm=colours.norm
        )
        steps = np.arange(len(values)) + 0.5
        # white around black is seen on every colour.
        self.ax_.plot(steps, values, "w-", linewidth=4)
        self.ax_.plot(steps, values, "k.-", linewidth=1.5, markersize=5)
        self._centre_ticks()
        self.ax_.set(xlabel="timestep", ylabel="value", ylim=edges)

    def _centre_ticks(self) -> None:
        """Write the number of each timestep, or of some, at the middle of its cell."""
        timesteps = self.attributions["timestep"].unique()
        show_labels(
            self.ax_,
            np.arange(len(timesteps)) + 0.5,
            [str(step) for step in timesteps],
            are_slanted=False,
        )

    def _draw_text(self, tokens: list[str], colours: Any) -> None:
        from matplotlib.patches import Rectangle

        attributions = self.attributions.groupby("timestep")["attribution"].sum()
        self.mesh_ = []
        column, line = 0, 0
        width = self.ax_.get_window_extent().width * 72 / self.figure_.dpi
        # a letter of a monospaced font is six tenths as wide as high.
        size = max(width / _LINE / 0.62, 4.0)
        for token, attribution in zip(tokens, attributions, strict=True):
            if column and column + len(token) > _LINE:
                column, line = 0, line + 1
            colour = colours.to_rgba(attribution)
            box = Rectangle((column - 0.4, line + 0.1), len(token) + 0.8, 0.8, facecolor=colour)
            self.mesh_.append(self.ax_.add_patch(box))
            is_dark = np.dot(colour[:3], (0.299, 0.587, 0.114)) < 0.5
            self.texts_.append(
                self.ax_.text(
                    *(column + len(token) / 2, line + 0.5, token),
                    color="white" if is_dark else "black",
                    fontsize=size,
                    family="monospace",
                    ha="center",
                    va="center_baseline",
                    parse_math=False,
                )
            )
            column += len(token) + 1
        self.ax_.set(xlim=(-1, _LINE + 1), ylim=(max(line + 1.2, 3), -0.2))
        self.ax_.axis("off")
