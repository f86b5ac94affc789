"""Hourly rentals of the Capital Bikeshare system."""

import io
import os
from typing import Any, Literal, overload

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

from skrnn.datasets._data_files import read_data_file

SEASONAL_PERIOD = 24
WEATHER = ["clear", "mist", "rain"]
CALENDAR = ["month", "hour", "weekday"]

DESCRIPTION = """Bike sharing: users of Capital Bikeshare in Washington, D.C., by the hour.

17544 hours, all of 2011 and 2012, with the weather and the kind of day. The version published with
the skforecast package: temperatures, humidity and wind speed are in their units again, and the 165
hours that the original lacks are filled in by repeating the hour before them, most of all on 29 and
30 October 2012, when a hurricane passed.

Licence: Creative Commons Attribution 4.0 (CC BY 4.0).
Source: https://doi.org/10.24432/C5W894 (UCI Machine Learning Repository), by way of
https://github.com/JoaquinAmatRodrigo/skforecast-datasets
"""


@overload
def fetch_bike_sharing(
    *,
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    return_X_y: Literal[False] = False,
) -> Bunch: ...
@overload
def fetch_bike_sharing(
    *,
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    return_X_y: Literal[True],
) -> tuple[pd.DataFrame, pd.Series]: ...
def fetch_bike_sharing(
    *,
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    return_X_y: bool = False,
) -> Any:
    """Fetch the hourly users of a bike sharing system (forecasting with features).

    ===========  ============================================================
    timesteps    17544, hourly, 2011-01-01 to 2012-12-31
    features     10, weather and calendar
    values       users in the hour, 1 to 977
    ===========  ============================================================

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder with the file ``bike_sharing/bike_sharing_dataset_clean.csv`` (or the same with
        ``.gz``). With None it is what :func:`get_data_home` returns.
    download_if_missing : bool, default=True
        If the file is absent, download it (1.5 MB) into ``data_home``; with False raise a
        FileNotFoundError instead.
    return_X_y : bool, default=False
        If True, return ``(X, y)`` instead of a Bunch.

    Returns
    -------
    bikes : sklearn.utils.Bunch
        With the attributes

        - ``X``: DataFrame with a row for each hour and the columns ``holiday`` and ``workingday``
          (0.0 or 1.0), ``weather`` (ordered categorical: clear, mist, rain), ``temp`` and
          ``atemp`` (measured and felt temperature, degrees Celsius), ``hum`` (relative humidity,
          percent), ``windspeed``, ``month`` (1 to 12), ``hour`` (0 to 23) and ``weekday`` (0 is
          Monday). The last three are int64, other numbers float64;
        - ``y``: Series of float64 named ``users``;
        - ``feature_names``: list of str, the columns of ``X``;
        - ``seasonal_period``: int, 24, a day;
        - ``DESCR``: str, what the data is.

        ``X`` and ``y`` have the same DatetimeIndex, named ``time``, with frequency ``"h"``.

    (X, y) : tuple, if ``return_X_y`` is True
        The first two attributes.

    Raises
    ------
    OSError
        If the file is absent and cannot, or must not, be downloaded, or if it is not the
        published file.

    Notes
    -----
    The weather of an hour is known only when it has come: a forecast that is given it, as a
    perfect weather forecast, does better than one could in use. Holidays and the calendar are
    known in advance.

    References
    ----------
    .. [1] H. Fanaee-T, J. Gama, "Event labeling combining ensemble detectors and background
       knowledge", Progress in Artificial Intelligence 2, 2014.
       https://doi.org/10.1007/s13748-013-0040-3

    Examples
    --------
    >>> from skrnn.datasets import fetch_bike_sharing
    >>> X, y = fetch_bike_sharing(return_X_y=True)  # doctest: +SKIP
    >>> X.shape, y.iloc[:3].tolist()  # doctest: +SKIP
    ((17544, 10), [16.0, 40.0, 32.0])
    """
    content = read_data_file(
        "bike_sharing/bike_sharing_dataset_clean.csv",
        dataset="bike sharing",
        data_home=data_home,
        download_if_missing=download_if_missing,
    )
    table = pd.read_csv(io.BytesIO(content), index_col="date_time", parse_dates=True)
    table.index = pd.DatetimeIndex(table.index, freq="h", name="time")
    y = table.pop("users").astype(np.float64)
    dtypes: dict[str, Any] = dict.fromkeys(table.columns, np.float64)
    dtypes |= dict.fromkeys(CALENDAR, np.int64)
    dtypes["weather"] = pd.CategoricalDtype(WEATHER, ordered=True)
    X = table.astype(dtypes)
    if return_X_y:
        return X, y
    return Bunch(
        X=X,
        y=y,
        feature_names=X.columns.to_list(),
        seasonal_period=SEASONAL_PERIOD,
        DESCR=DESCRIPTION,
    )
