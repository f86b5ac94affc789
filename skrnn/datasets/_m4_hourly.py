"""The hourly series of the M4 competition."""

import io
import os
from typing import Literal

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

from skrnn.datasets._data_files import check_split, read_data_file

HORIZON = 48
SEASONAL_PERIOD = 24

DESCRIPTION = """The hourly series of the M4 forecasting competition.

414 series, H1 to H414, from industry, demography, finance and other fields, without further
description. The training split has 700 or 960 values of each, the test split the 48 that follow.
Times are not given: they are counted from 1 within each series, so that equal times of two series
have nothing in common. The competition's season for these series is 24 hours.

M4 rates forecasts by OWA, the mean of sMAPE and MASE, each divided by that of the Naive2 forecast
(18.383 % and 2.395 here); skrnn.metrics.owa computes it.

Source: https://github.com/Mcompetitions/M4-methods, published for research without a licence file.
"""


def fetch_m4_hourly(
    *,
    split: Literal["train", "test"] = "train",
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
) -> Bunch:
    """Fetch the hourly series of the M4 competition (forecasting, a panel).

    ================  =========================  ============
    split             train                      test
    ================  =========================  ============
    series            414                        the same 414
    timesteps each    700 (169) or 960 (245)     48
    rows              353500                     19872
    ================  =========================  ============

    Parameters
    ----------
    split : {"train", "test"}, default="train"
        The values to train on, or those that follow and that are to be forecast.
    data_home : str or path-like, default=None
        Folder with the files ``m4/Hourly-train.csv`` and ``m4/Hourly-test.csv`` (or the same with
        ``.gz``). With None it is what :func:`get_data_home` returns.
    download_if_missing : bool, default=True
        If a file is absent, download it (2.3 MB and 0.1 MB) into ``data_home``; with False raise a
        FileNotFoundError instead.

    Returns
    -------
    m4 : sklearn.utils.Bunch
        With the attributes

        - ``y``: Series of float64 named ``value``, a panel: its MultiIndex has the levels
          ``series`` (str, in the order H1 to H414) and ``time`` (int64). Times count from 1 in the
          training split and go on in the test split;
        - ``horizon``: int, 48, the number of timesteps to forecast;
        - ``seasonal_period``: int, 24, the season that M4 uses for these series;
        - ``DESCR``: str, what the data is.

    Raises
    ------
    OSError
        If a file is absent and cannot, or must not, be downloaded, or if it is not the published
        file.
    ValueError
        If ``split`` is not one of the choices.

    Notes
    -----
    There are no features and no labels, hence no ``return_X_y``: ``forecaster.fit(m4.y)``. The
    test split reads the training file as well, to know at which time each series goes on.

    References
    ----------
    .. [1] S. Makridakis, E. Spiliotis, V. Assimakopoulos, "The M4 Competition: 100,000 time series
       and 61 forecasting methods", International Journal of Forecasting 36, 2020.
       https://doi.org/10.1016/j.ijforecast.2019.04.014

    Examples
    --------
    >>> from skrnn.datasets import fetch_m4_hourly
    >>> test = fetch_m4_hourly(split="test")  # doctest: +SKIP
    >>> test.y.loc["H414"].head(2)  # doctest: +SKIP
    time
    961    15.0
    962    12.0
    Name: value, dtype: float64
    """
    check_split(split, ("train", "test"))

    def read(path: str) -> pd.DataFrame:
        content = read_data_file(
            path,
            dataset="M4 Hourly",
            data_home=data_home,
            download_if_missing=download_if_missing,
        )
        # A series a row, filled up with empty fields.
        return pd.read_csv(io.BytesIO(content), index_col=0, dtype={0: "str"})

    table = read("m4/Hourly-train.csv")
    first_time = np.ones(len(table), dtype=np.int64)
    if split == "test":
        first_time += table.count(axis=1).to_numpy()
        table = read("m4/Hourly-test.csv")
    values = table.to_numpy(dtype=np.float64)
    series, step = np.nonzero(~np.isnan(values))
    times, time = np.unique(first_time[series] + step, return_inverse=True)
    index = pd.MultiIndex(
        levels=[table.index, times],  # type: ignore[list-item]  # pandas' stubs ask for lists
        codes=[series, time],  # type: ignore[list-item]
        names=["series", "time"],
    )
    return Bunch(
        y=pd.Series(values[series, step], index=index, name="value"),
        horizon=HORIZON,
        seasonal_period=SEASONAL_PERIOD,
        DESCR=DESCRIPTION,
    )
