"""A column of times or text among series is refused by name, with a remedy that runs."""

import re

import numpy as np
import pandas as pd
import pytest

from skrnn import RNNForecaster
from skrnn.preprocessing import panel_from_long

# They train many networks: they are for the whole suite, not for every day.
pytestmark = pytest.mark.slow

DAYS = pd.date_range("2024-01-01", periods=30)
VALUES = np.arange(30) % 7 + 10.0
TINY = {"horizon": 2, "hidden_size": 2, "max_epochs": 1, "seasonal_period": 1, "random_state": 0}
FRAMES = {
    "dates": pd.DataFrame({"day": DAYS, "sales": VALUES}),
    "dates last": pd.DataFrame({"sales": VALUES, "day": DAYS}),
    "dates with a zone": pd.DataFrame({"day": DAYS.tz_localize("UTC"), "sales": VALUES}),
    "dates as objects": pd.DataFrame({"day": DAYS.date, "sales": VALUES}),
    "dates as text": pd.DataFrame({"day": DAYS.astype(str), "a": VALUES, "b": 2 * VALUES}),
    "two columns of dates": pd.DataFrame({"day": DAYS, "seen": DAYS, "sales": VALUES}),
    "rows of shops": pd.DataFrame(
        {"shop": np.repeat(["x", "y"], 15), "day": list(DAYS[:15]) * 2, "sales": VALUES}
    ),
    "rows of shops, dates as text": pd.DataFrame(
        {"shop": np.repeat(["1", "2"], 15), "day": [*DAYS[:15].astype(str)] * 2, "sales": VALUES}
    ),
    "dates, the day first": pd.DataFrame({"day": DAYS.strftime("%d.%m.%Y"), "sales": VALUES}),
    "rows of shops, the day first": pd.DataFrame(
        {
            "shop": np.repeat(["x", "y"], 15),
            "day": [*DAYS[:15].strftime("%d/%m/%Y")] * 2,
            "sales": VALUES,
        }
    ),
    "rows of shops, another number": pd.DataFrame(
        {
            "day": [*DAYS[:15].astype(str)] * 2,
            "shop": np.repeat(["x", "y"], 15),
            "sales": VALUES,
            "stock": 2 * VALUES,
        }
    ),
}


def containers(frame):
    """The frame, and the tables of the libraries that are installed."""
    yield frame
    columns = {
        name: [value.to_pydatetime() if hasattr(value, "to_pydatetime") else value for value in of]
        for name, of in frame.items()
    }
    for package in ("polars", "pyarrow"):
        try:
            module = __import__(package)
        except ImportError:
            continue
        yield module.DataFrame(columns) if package == "polars" else module.table(columns)


@pytest.mark.parametrize("what", FRAMES)
def test_a_column_of_times_is_refused_with_a_remedy_that_runs(what):
    for y in containers(FRAMES[what]):
        with pytest.raises(ValueError, match=r"y: got values of dtype .*'day'|'shop'") as caught:
            RNNForecaster(**TINY).fit(y)
        remedy = re.search(r".*(y = .*?)(, for example)?\.$", str(caught.value)).group(1)
        scope = {"pd": pd, "y": y, "panel_from_long": panel_from_long}
        exec(remedy, scope)
        forecast = RNNForecaster(**TINY).fit(scope["y"]).predict()
        assert forecast.index.get_level_values(-1)[0] > pd.Timestamp(
            "2024-01-15", tz="UTC" if "zone" in what else None
        )


def test_a_column_of_text_is_refused_with_a_remedy_that_runs():
    for y in containers(pd.DataFrame({"a": VALUES, "note": ["x"] * 30})):
        with pytest.raises(ValueError, match=r"y: got values of dtype .*'note'") as caught:
            RNNForecaster(**TINY).fit(y)
        scope = {"pd": pd, "y": y}
        exec(re.search(r"y = [^;]*", str(caught.value)).group(), scope)
        assert list(RNNForecaster(**TINY).fit(scope["y"]).predict().columns) == ["a"]


@pytest.mark.parametrize("comma", [False, True])
def test_numbers_that_are_written_as_text_are_refused_with_a_remedy_that_runs(comma):
    y = pd.DataFrame({"a": [f"{value:.1f}" for value in VALUES], "b": VALUES}, index=DAYS)
    if comma:
        y["a"] = y["a"].str.replace(".", ",")
    with pytest.raises(ValueError, match=r"y: got values of dtype .*'a'") as caught:
        RNNForecaster(**TINY).fit(y)
    scope = {"pd": pd, "y": y}
    exec(re.search(r"y(\[\['a'\]\])? = .*?\)(?=[;.] |[;.]?$)", str(caught.value)).group(), scope)
    np.testing.assert_array_equal(scope["y"]["a"], scope["y"]["b"])
    assert list(RNNForecaster(**TINY).fit(scope["y"]).predict().columns) == ["a", "b"]


def test_a_column_of_dates_among_features_is_refused_with_a_remedy_that_runs():
    for X in list(containers(pd.DataFrame({"day": DAYS, "promo": VALUES % 2}))):
        y = pd.Series(VALUES, index=DAYS)
        with pytest.raises(ValueError, match=r"X: got values of dtype .*'day'") as caught:
            RNNForecaster(**TINY).fit(X, y)
        scope = {"pd": pd, "X": X}
        exec(re.search(r"X = .*(?=, from)", str(caught.value)).group(), scope)
        assert RNNForecaster(**TINY).fit(scope["X"], y).n_features_in_ == 1


def test_tables_of_numbers_are_read():
    numbers = pd.DataFrame({"a": VALUES, "b": VALUES > 12, "c": np.arange(30)})
    expected = RNNForecaster(**TINY).fit(numbers).predict().to_numpy()
    for y in containers(numbers):
        np.testing.assert_array_equal(RNNForecaster(**TINY).fit(y).predict(), expected)
