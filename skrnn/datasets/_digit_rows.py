"""Handwritten digits as sequences of pixel rows."""

from typing import Any, Literal, overload

import numpy as np
import numpy.typing as npt
from sklearn.datasets import load_digits
from sklearn.utils import Bunch

DESCRIPTION = """Handwritten digits read row by row.

Each of the 1797 images of scikit-learn's load_digits is a sequence of 8 timesteps, the rows of the
image from top to bottom. A timestep has 8 features, the pixels of the row from left to right, whole
numbers from 0 (blank) to 16 (full ink). The target is the digit, 0 to 9.
"""


@overload
def load_digit_rows(*, return_X_y: Literal[False] = False) -> Bunch: ...
@overload
def load_digit_rows(
    *, return_X_y: Literal[True]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]: ...
def load_digit_rows(*, return_X_y: bool = False) -> Any:
    """Load scikit-learn's handwritten digits as sequences of pixel rows (classification).

    ===============  ===========================
    n_samples        1797
    n_timesteps      8, the rows, top to bottom
    n_features       8, the pixels, left to right
    values           whole numbers from 0 to 16
    classes          10, the digits
    ===============  ===========================

    Parameters
    ----------
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch.

    Returns
    -------
    digits : sklearn.utils.Bunch
        With the attributes

        - ``data``: float64 array of shape (1797, 8, 8), read as (n_samples, n_timesteps,
          n_features);
        - ``target``: integer array of shape (1797,), the digits;
        - ``target_names``: integer array of shape (10,), the digits 0 to 9;
        - ``feature_names``: list of 8 str, one for each pixel column;
        - ``DESCR``: str, what the data is.

    (data, target) : tuple, if ``return_X_y`` is True
        The first two attributes.

    Notes
    -----
    The data comes with scikit-learn: nothing is downloaded.

    References
    ----------
    .. [1] E. Alpaydin, C. Kaynak, "Cascading classifiers", Kybernetika 34(4), 1998.
    .. [2] E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine
       Learning Repository, 1998. https://doi.org/10.24432/C50P49

    Examples
    --------
    >>> from skrnn.datasets import load_digit_rows
    >>> X, y = load_digit_rows(return_X_y=True)
    >>> X.shape, y.shape
    ((1797, 8, 8), (1797,))
    """
    digits = load_digits()
    data, target = np.ascontiguousarray(digits.images), digits.target
    if return_X_y:
        return data, target
    return Bunch(
        data=data,
        target=target,
        target_names=digits.target_names,
        feature_names=[f"pixel_column_{column}" for column in range(data.shape[2])],
        DESCR=DESCRIPTION,
    )
