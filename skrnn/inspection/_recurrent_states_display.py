"""Hidden states, cell states and gates as heat maps over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from skrnn.inspection._plotting import new_sheet, read_axes, show_labels
from skrnn.inspection._recurrent_states import states_and_labels
from skrnn.typing import Sample

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["RecurrentStatesDisplay"]

# Colours of what lies between 0 and 1, and of what has a sign.
_GATES, _SIGNED = "viridis", "RdBu_r"


class RecurrentStatesDisplay:
    """What happens inside a recurrence while it reads one sample, a heat map for each quantity.

    Use :meth:`from_estimator` to make one.

    Parameters
    ----------
    states : DataFrame
        As :func:`recurrent_states` returns it, or rows of that.
    labels : list of str, or None, default=None
        Names of the recurrent steps, such as tokens; None numbers the timesteps.

    Attributes
    ----------
    axes_ : ndarray of matplotlib.axes.Axes, shape (n_quantities, n_recurrences)
        What :meth:`plot` drew on, a column for each direction of each layer.
    ax_ : matplotlib.axes.Axes
        The first of them.
    figure_ : matplotlib.figure.Figure
        Their figure.
    meshes_ : ndarray of matplotlib.collections.QuadMesh, shape (n_quantities, n_recurrences)
        The heat maps.

    See Also
    --------
    recurrent_states : The numbers, and what they mean.

    Examples
    --------
    >>> from skrnn import RNNClassifier
    >>> from skrnn.datasets import load_digit_rows
    >>> from skrnn.inspection import RecurrentStatesDisplay
    >>> X, y = load_digit_rows(return_X_y=True)
    >>> classifier = RNNClassifier(hidden_size=4, max_epochs=2, random_state=0)
    >>> display = RecurrentStatesDisplay.from_estimator(
    ...     classifier.fit(X[:60], y[:60]), X[0], quantities=["hidden", "forget_gate"]
    ... )
    >>> list(display.states["quantity"].unique())
    ['hidden', 'forget_gate']
    """

    def __init__(self, *, states: pd.DataFrame, labels: list[str] | None = None) -> None:
        self.states = states
        self.labels = labels

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        x: Sample,
        *,
        quantities: str | Sequence[str] | None = None,
        layers: int | Sequence[int] | None = None,
    ) -> Self:
        """Look inside while one sample is read.

        Parameters
        ----------
        estimator : estimator, Pipeline or search
            Fitted, as for :func:`recurrent_states`.
        x : array of shape (n_timesteps, n_features) or (n_timesteps,), DataFrame, Series, list \
                or str
            One sample, as for :func:`recurrent_states`.
        quantities : str, list of str, or None, default=None
            Which of "hidden", "cell", "input_gate" and so on to show; None shows all there are.
        layers : int, list of int, or None, default=None
            Which layers to show, from 0; None shows all.

        Returns
        -------
        RecurrentStatesDisplay
            The numbers, ready to plot.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the estimator is not fitted.
        TypeError
            If there is no recurrent network in the estimator.
        ValueError
            If ``x`` is not one sample, or the cell has no such quantity or the network no such
            layer.
        """
        states, labels = states_and_labels(estimator, x)
        for column, name, wanted in (
            ("quantity", "quantities", quantities),
            ("layer", "layers", layers),
        ):
            if wanted is not None:
                states = _chosen(states, column, name, wanted)
        return cls(states=states, labels=labels)

    def plot(self, ax: Axes | Sequence[Axes] | np.ndarray | None = None) -> Self:
        """Draw a heat map for each quantity, layer and direction: time to the right, units down.

        Parameters
        ----------
        ax : array of matplotlib.axes.Axes, or None, default=None
            Where to draw, one for each quantity of each direction of each layer; None makes a new
            figure.

        Returns
        -------
        self : RecurrentStatesDisplay
            With ``axes_``, ``ax_``, ``figure_`` and ``meshes_`` set.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If there are fewer axes than heat maps.
        """
        states = self.states
        quantities = list(states["quantity"].unique())
        places = list(states[["layer", "direction"]].drop_duplicates().itertuples(index=False))
        shape = (len(quantities), len(places))
        if ax is None:
            self.axes_ = new_sheet(*shape, width=4.6, height=1.9)
        else:
            self.axes_ = read_axes(ax, len(quantities) * len(places), "heat maps").reshape(shape)
        self.ax_ = self.axes_[0, 0]
        self.figure_ = self.ax_.figure
        self.meshes_ = np.empty(shape, dtype=object)
        for row, quantity in enumerate(quantities):
            rows = states[states["quantity"] == quantity]
            low, high = _limits(quantity, rows["value"])
            for column, (layer, direction) in enumerate(places):
                is_here = (rows["layer"] == layer) & (rows["direction"] == direction)
                axes = self.axes_[row, column]
                mesh = self._draw(axes, rows[is_here])
                mesh.set(cmap=_GATES if low == 0 else _SIGNED, clim=(low, high))
                self.meshes_[row, column] = mesh
                axes.set_ylabel(quantity.replace("_", " ") if column == 0 else "")
                if row == 0:
                    axes.set_title(f"layer {layer}, {direction}", fontsize="medium")
                if row == len(quantities) - 1 and self.labels is None:
                    axes.set_xlabel("timestep")
            self.figure_.colorbar(mesh, ax=list(self.axes_[row]), pad=0.01, aspect=12)
        return self

    def _draw(self, ax: Any, part: pd.DataFrame) -> Any:
        table = part.pivot(index="unit", columns="timestep", values="value")
        spans = part.drop_duplicates("timestep").sort_values("timestep")
        first, last = spans["first_timestep"].to_numpy(), spans["last_timestep"].to_numpy()
        edges = np.append(first, last[-1] + 1) - 0.5
        mesh = ax.pcolormesh(edges, np.arange(len(table) + 1) - 0.5, table.to_numpy())
        ax.invert_yaxis()
        ax.set_yticks([])
        if self.labels is not None:
            show_labels(ax, (edges[:-1] + edges[1:]) / 2, self.labels)
        return mesh


def _limits(quantity: str, values: pd.Series) -> tuple[float, float]:
    if quantity.endswith("gate"):
        return 0.0, 1.0
    # a cell state is a sum, and may leave [-1, 1].
    reach = max(float(values.abs().max()), 1e-12) if quantity == "cell" else 1.0
    return -reach, reach


def _chosen(states: pd.DataFrame, column: str, name: str, wanted: Any) -> pd.DataFrame:
    known = states[column].unique().tolist()
    listed = [wanted] if isinstance(wanted, str) or not np.iterable(wanted) else list(wanted)
    absent = [name for name in listed if name not in known]
    if absent or not listed:
        raise ValueError(
            f"{name}: got {absent[0] if absent else wanted!r}. Expected one or several of "
            f"{known}, which this network has. Leave it out to see all."
        )
    return states[states[column].isin(listed)].reset_index(drop=True)
