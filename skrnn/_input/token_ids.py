"""Finding token ids among those that are known, which may be few, large and far apart."""

from __future__ import annotations

import numpy as np

__all__ = ["look_up"]


def look_up(ids: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find ids among known ones, in memory and time that do not grow with the largest id.

    Parameters
    ----------
    ids : ndarray of int64
        Of any shape.
    known : ndarray of int64, shape (n_known,)
        Different ids in ascending order, at least one.

    Returns
    -------
    places : ndarray of int64
        Where each id stands among the known ones; of an unknown id, anywhere.
    is_known : ndarray of bool
        Whether it does. Both are of the shape of ``ids``.

    Examples
    --------
    >>> import numpy as np
    >>> look_up(np.array([9, 2, 5]), np.array([2, 9]))
    (array([1, 0, 1]), array([ True,  True, False]))
    """
    places = np.minimum(np.searchsorted(known, ids), len(known) - 1)
    return places, known[places] == ids
