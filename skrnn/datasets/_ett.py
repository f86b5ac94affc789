"""The electricity transformer temperatures, ETTh1."""

import io
import os

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

from skrnn.datasets._data_files import read_data_file

SEASONAL_PERIOD = 24

DESCRIPTION = """ETTh1: load and oil temperature of an electricity transformer in China, hourly.

Seven series from 1 July 2016 to 26 June 2018, 17420 hours without a gap: the oil temperature (OT)
and six loads, useful (UFL) and useless (ULL), each high (H), middle (M) and low (L).

The split that published results use is 12, 4 and 4 months of 30 days: the first 8640 rows train,
the next 2880 validate, the next 2880 test, and the last 3020 are not used. Series are standardised
with mean and standard deviation of the training rows; a test window may look back into the rows
before it.

Licence: Creative Commons Attribution-NoDerivatives 4.0 (CC BY-ND 4.0).
Source: https://github.com/zhouhaoyi/ETDataset
"""


def fetch_ett(
    *,
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
) -> Bunch:
    """Fetch ETTh1, the hourly load and temperature of a transformer (forecasting, wide).

    =================  ============================================
    series             7
    timesteps          17420, hourly, 2016-07-01 to 2018-06-26
    usual split        first 8640 train, 2880 validation, 2880 test
    =================  ============================================

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder with the file ``ett/ETTh1.csv`` (or the same with ``.gz``). With None it is what
        :func:`get_data_home` returns.
    download_if_missing : bool, default=True
        If the file is absent, download it (2.6 MB) into ``data_home``; with False raise a
        FileNotFoundError instead.

    Returns
    -------
    ett : sklearn.utils.Bunch
        With the attributes

        - ``y``: DataFrame of float64 with the columns ``HUFL``, ``HULL``, ``MUFL``, ``MULL``,
          ``LUFL``, ``LULL`` and ``OT``, and a DatetimeIndex named ``time`` with frequency ``"h"``;
        - ``seasonal_period``: int, 24, a day;
        - ``DESCR``: str, what the data is.

    Raises
    ------
    OSError
        If the file is absent and cannot, or must not, be downloaded, or if it is not the
        published file.

    Notes
    -----
    There are no features and no labels, hence no ``return_X_y``: ``forecaster.fit(ett.y)``. The
    usual split is

    .. code-block:: python

        train, validation, test = ett.y[:8640], ett.y[8640:11520], ett.y[11520:14400]

    References
    ----------
    .. [1] H. Zhou et al., "Informer: Beyond Efficient Transformer for Long Sequence Time-Series
       Forecasting", AAAI 2021. https://arxiv.org/abs/2012.07436

    Examples
    --------
    >>> from skrnn.datasets import fetch_ett
    >>> y = fetch_ett().y  # doctest: +SKIP
    >>> y.shape, y.index.freqstr  # doctest: +SKIP
    ((17420, 7), 'h')
    """
    content = read_data_file(
        "ett/ETTh1.csv",
        dataset="ETTh1",
        data_home=data_home,
        download_if_missing=download_if_missing,
    )
    y = pd.read_csv(io.BytesIO(content), index_col="date", parse_dates=True).astype(np.float64)
    y.index = pd.DatetimeIndex(y.index, freq="h", name="time")
    return Bunch(y=y, seasonal_period=SEASONAL_PERIOD, DESCR=DESCRIPTION)
