"""Daily exchange rates of eight currencies."""

import io
import os

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

from skrnn.datasets._data_files import read_data_file

COUNTRIES = [
    "Australia",
    "United Kingdom",
    "Canada",
    "Switzerland",
    "China",
    "Japan",
    "New Zealand",
    "Singapore",
]

DESCRIPTION = """Daily exchange rates of eight currencies, 1990 to 2016.

7588 rows of what one unit of the currency of Australia, the United Kingdom, Canada, Switzerland,
China, Japan, New Zealand and Singapore costs in US dollars. The file names neither columns nor
dates: the countries are listed in this order where the set is described, and the magnitudes agree.
Dates cannot be told from the number of rows, which is more than the 7045 weekdays of these years
and less than their 9862 days, so the rows are numbered.

A random walk is hard to beat here: repeating the last value is among the best forecasts.

Source: https://github.com/laiguokun/multivariate-time-series-data, without a licence file.
"""


def fetch_exchange_rate(
    *,
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
) -> Bunch:
    """Fetch the daily exchange rates of eight currencies (forecasting, wide).

    ===========  =========================================
    series       8
    timesteps    7588, numbered; trading days 1990 to 2016
    values       US dollars for one unit of the currency
    ===========  =========================================

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder with the file ``exchange_rate/exchange_rate.txt`` (or the same with ``.gz``). With
        None it is what :func:`get_data_home` returns.
    download_if_missing : bool, default=True
        If the file is absent, download it (0.2 MB) into ``data_home``; with False raise a
        FileNotFoundError instead.

    Returns
    -------
    rates : sklearn.utils.Bunch
        With the attributes

        - ``y``: DataFrame of float64 with a column for each country, ``Australia``,
          ``United Kingdom``, ``Canada``, ``Switzerland``, ``China``, ``Japan``, ``New Zealand``
          and ``Singapore``, and a RangeIndex from 0 named ``time``;
        - ``DESCR``: str, what the data is.

    Raises
    ------
    OSError
        If the file is absent and cannot, or must not, be downloaded, or if it is not the
        published file.

    Notes
    -----
    There are no features and no labels, hence no ``return_X_y``: ``forecaster.fit(rates.y)``.
    The dates of the rows are not known, see ``DESCR``. A calendar that other packages put on
    them, such as all days or all weekdays from 1990-01-01, does not end in 2016.

    References
    ----------
    .. [1] G. Lai, W.-C. Chang, Y. Yang, H. Liu, "Modeling Long- and Short-Term Temporal Patterns
       with Deep Neural Networks", SIGIR 2018. https://arxiv.org/abs/1703.07015

    Examples
    --------
    >>> from skrnn.datasets import fetch_exchange_rate
    >>> y = fetch_exchange_rate().y  # doctest: +SKIP
    >>> y.shape, y["Japan"].iloc[0].item()  # doctest: +SKIP
    ((7588, 8), 0.006838)
    """
    content = read_data_file(
        "exchange_rate/exchange_rate.txt",
        dataset="exchange rate",
        data_home=data_home,
        download_if_missing=download_if_missing,
    )
    y = pd.read_csv(io.BytesIO(content), header=None, names=COUNTRIES).astype(np.float64)
    return Bunch(y=y.rename_axis(index="time"), DESCR=DESCRIPTION)
