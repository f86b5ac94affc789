r"""The mean gradient along a straight path, as exactly as wanted.

What the gradients add up to on a piece of the path is known beforehand: the difference of the
function between its ends. So every piece tells how wrong its own quadrature is, and pieces are
halved where it is worst, at the kinks of a maximum say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

__all__ = ["PathIntegral", "integrate_gradients"]

# Gauss-Legendre nodes of a piece, and pieces to begin with.
_N_NODES, _N_PIECES = 8, 4
# Where a network cannot be followed to the tolerance, it ends all the same.
_MOST_NODES = 10_000
# Numbers and timesteps that the points of one pass of the network may take: of each timestep its
# hidden states are kept.
_MOST_NUMBERS, _MOST_STEPS = 1 << 19, 1 << 16


@dataclass(frozen=True)
class _Pieces:
    """Pieces of the path: where they begin and end, what is on them, what that is wrong by."""

    lows: np.ndarray
    highs: np.ndarray
    gradients: Tensor  # each times the length of its piece
    gaps: np.ndarray

    def take(self, chosen: np.ndarray) -> _Pieces:
        gradients = self.gradients[torch.from_numpy(chosen)]
        return _Pieces(self.lows[chosen], self.highs[chosen], gradients, self.gaps[chosen])

    def joined(self, others: _Pieces) -> _Pieces:
        return _Pieces(
            np.concatenate([self.lows, others.lows]),
            np.concatenate([self.highs, others.highs]),
            torch.cat([self.gradients, others.gradients]),
            np.concatenate([self.gaps, others.gaps]),
        )


@dataclass(frozen=True)
class PathIntegral:
    """What came of an integration.

    Attributes
    ----------
    gradient : ndarray of float64, of the shape of a point
        The mean of the gradients along the path.
    start_value, stop_value : float
        The function at both ends.
    gap : float
        ``(gradient * (stop - start)).sum()`` less the difference of the two.
    n_nodes : int
        Gradients that were computed.
    """

    gradient: np.ndarray
    start_value: float
    stop_value: float
    gap: float
    n_nodes: int


def integrate_gradients(
    function: Callable[[Tensor], Tensor], start: Tensor, stop: Tensor, tolerance: float
) -> PathIntegral:
    """Integrate the gradient of a function from ``start`` to ``stop``.

    Parameters
    ----------
    function : callable
        From points of shape (n_points, ...) to a number for each, shape (n_points,).
    start, stop : Tensor of float64
        Two points.
    tolerance : float
        What the gaps of all pieces together may come to, whatever their signs.
    """
    path = _Path(function, start, stop - start)
    edges = np.linspace(0.0, 1.0, _N_PIECES + 1)
    pieces = path.integrate(edges[:-1], edges[1:])
    n_nodes = _N_NODES * _N_PIECES
    while np.abs(pieces.gaps).sum() > tolerance and n_nodes < _MOST_NODES:
        # at least one of them is.
        is_wrong = np.abs(pieces.gaps) > tolerance / len(pieces.gaps)
        wrong = pieces.take(is_wrong)
        middles = (wrong.lows + wrong.highs) / 2
        lows, highs = np.append(wrong.lows, middles), np.append(middles, wrong.highs)
        pieces = pieces.take(~is_wrong).joined(path.integrate(lows, highs))
        n_nodes += _N_NODES * len(lows)
    gradient = pieces.gradients.sum(dim=0)
    ends = path.values(np.array([0.0, 1.0]))
    gap = float((gradient * path.difference).sum()) - float(ends[1] - ends[0])
    return PathIntegral(gradient.numpy(), float(ends[0]), float(ends[1]), gap, n_nodes)


@dataclass(frozen=True)
class _Path:
    function: Callable[[Tensor], Tensor]
    start: Tensor
    difference: Tensor

    def integrate(self, lows: np.ndarray, highs: np.ndarray) -> _Pieces:
        nodes, weights = np.polynomial.legendre.leggauss(_N_NODES)
        widths = (highs - lows)[:, None]
        places = lows[:, None] + widths * (nodes + 1) / 2
        shares = torch.from_numpy(widths * weights / 2).flatten()
        shape = (len(lows), _N_NODES, *self.difference.shape)
        weighted = self._gradients(places.ravel()) * shares.reshape(-1, *[1] * (len(shape) - 2))
        gradients = weighted.reshape(shape).sum(dim=1)
        sums = (gradients * self.difference).flatten(1).sum(dim=1).numpy()
        ends = self.values(np.append(lows, highs)).reshape(2, -1)
        return _Pieces(lows, highs, gradients, sums - (ends[1] - ends[0]))

    def values(self, places: np.ndarray) -> np.ndarray:
        """Return the function at places between 0 and 1."""
        with torch.no_grad():
            return torch.cat([self.function(points) for points in self._points(places)]).numpy()

    def _gradients(self, places: np.ndarray) -> Tensor:
        gradients: list[Tensor] = []
        for points in self._points(places):
            points.requires_grad_()
            gradients += torch.autograd.grad(self.function(points).sum(), points)
        return torch.cat(gradients)

    def _points(self, places: np.ndarray) -> Iterator[Tensor]:
        numbers, steps = self.difference.numel(), len(self.difference)
        at_once = max(1, min(_MOST_NUMBERS // numbers, _MOST_STEPS // steps))
        for part in torch.from_numpy(places).split(at_once):
            yield self.start + part.reshape(-1, *[1] * self.difference.ndim) * self.difference
