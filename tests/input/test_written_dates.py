"""Dates in text: where the day comes first, remedies read it first."""

import numpy as np
import pandas as pd
import pytest

from skrnn import RNNForecaster
from skrnn._input.written_dates import day_first
from skrnn.preprocessing import panel_from_long
from tests import remedies

MONTHS = pd.date_range("2023-01-01", periods=12, freq="MS")
TINY = {"horizon": 2, "hidden_size": 2, "max_epochs": 1, "seasonal_period": 1, "random_state": 0}


@pytest.mark.parametrize(
    "texts, expected",
    [
        (["01.02.2024", "01.03.2024"], ", dayfirst=True"),
        (["1/2/2024", "13/2/2024"], ", dayfirst=True"),
        (["01-02-24", "31-02-24"], ", dayfirst=True"),
        (["01.02.2024 10:00"], ", dayfirst=True"),
        (["1/2/2024", "2/13/2024"], ""),
        (["2024-02-01"], ""),
        (["2024.02.01"], ""),
        (["01.02.2024", "soon"], ""),
        (["01.02.2024", None], ", dayfirst=True"),
        ([1.5, 2.5], ""),
        ([], ""),
    ],
)
def test_where_the_day_comes_first(texts, expected):
    assert day_first(texts) == expected
    assert day_first(pd.Series(texts, dtype=object)) == expected


def remedied(call, **data):
    """What a call returns with its argument as the remedy of its error makes it."""
    (name, value), *_ = data.items()
    with pytest.raises((ValueError, TypeError)) as caught:
        call(**data)
    code = remedies.code_in(str(caught.value), {name})[-1]
    return call(**{name: remedies.run(code, {name: value.copy()}, name)})


def test_an_index_of_months_stays_one_of_months():
    y = pd.Series(np.arange(12.0), MONTHS.strftime("%d.%m.%Y"))
    forecast = remedied(lambda y: RNNForecaster(**TINY).fit(y).predict(), y=y)
    assert list(forecast.index) == list(pd.date_range("2024-01-01", periods=2, freq="MS"))
    panel = pd.concat({"a": y, "b": y + 1})
    forecast = remedied(lambda y: RNNForecaster(**TINY).fit(y).predict(), y=panel)
    assert list(forecast["b"].index) == list(pd.date_range("2024-01-01", periods=2, freq="MS"))


def test_a_long_table_of_months_stays_one_of_months():
    frame = pd.DataFrame({"shop": "a", "month": MONTHS.strftime("%d.%m.%Y"), "sales": 1.0})
    panel = remedied(
        lambda frame: panel_from_long(frame, series="shop", time="month", target="sales"),
        frame=frame,
    )
    assert list(panel["a"].index) == list(MONTHS)
