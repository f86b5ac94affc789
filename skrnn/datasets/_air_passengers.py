"""The AirPassengers series."""

import pandas as pd

# Box & Jenkins (1976), Series G; a row is a year from 1949 on, a column a month.
# fmt: off
PASSENGERS = [
    112, 118, 132, 129, 121, 135, 148, 148, 136, 119, 104, 118,
    115, 126, 141, 135, 125, 149, 170, 170, 158, 133, 114, 140,
    145, 150, 178, 163, 172, 178, 199, 199, 184, 162, 146, 166,
    171, 180, 193, 181, 183, 218, 230, 242, 209, 191, 172, 194,
    196, 196, 236, 235, 229, 243, 264, 272, 237, 211, 180, 201,
    204, 188, 235, 227, 234, 264, 302, 293, 259, 229, 203, 229,
    242, 233, 267, 269, 270, 315, 364, 347, 312, 274, 237, 278,
    284, 277, 317, 313, 318, 374, 413, 405, 355, 306, 271, 306,
    315, 301, 356, 348, 355, 422, 465, 467, 404, 347, 305, 336,
    340, 318, 362, 348, 363, 435, 491, 505, 404, 359, 310, 337,
    360, 342, 406, 396, 420, 472, 548, 559, 463, 407, 362, 405,
    417, 391, 419, 461, 472, 535, 622, 606, 508, 461, 390, 432,
]
# fmt: on


def load_air_passengers() -> pd.Series:
    """Load the monthly totals of international airline passengers, 1949 to 1960.

    Returns
    -------
    y : pandas.Series of shape (144,)
        Thousands of passengers per month, as float64 so that a caller can set timesteps to NaN.
        It is named ``"passengers"``; its index is a DatetimeIndex named ``"month"`` with
        frequency ``"MS"`` (month start), from 1949-01-01 to 1960-12-01.

    Notes
    -----
    The series has a rising trend and a yearly season whose swing grows with the level, so a
    logarithm makes the season about constant. The figures are part of the code: nothing is read
    from disk or downloaded.

    References
    ----------
    .. [1] G. E. P. Box, G. M. Jenkins, "Time Series Analysis: Forecasting and Control",
       revised edition, Holden-Day, 1976, Series G.

    Examples
    --------
    >>> from skrnn.datasets import load_air_passengers
    >>> y = load_air_passengers()
    >>> y.shape
    (144,)
    >>> float(y.loc["1960-12-01"])
    432.0
    """
    months = pd.date_range("1949-01-01", periods=len(PASSENGERS), freq="MS", name="month")
    return pd.Series(PASSENGERS, index=months, name="passengers", dtype="float64")
