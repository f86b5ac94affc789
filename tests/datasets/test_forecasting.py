import csv
import gzip

import numpy as np
import pandas as pd
import pytest

from skrnn.datasets import _data_files as data_files
from skrnn.datasets import (
    fetch_bike_sharing,
    fetch_ett,
    fetch_exchange_rate,
    fetch_m4_hourly,
)
from skrnn.datasets._known_files import KNOWN_FILES

# Older pandas and Python differ in the last bits of a decimal number.
PARSERS_AGREE = 1e-14


def read_rows(data_home, path):
    """Return the fields of a published file, line by line."""
    text = gzip.decompress((data_home / f"{path}.gz").read_bytes()).decode("ascii")
    return list(csv.reader(text.splitlines()))


# What the sets hold, against an independent parse of the published files


@pytest.mark.parametrize("split", ["train", "test"])
def test_m4_hourly_is_every_value_of_the_published_file(data_home, split):
    y = fetch_m4_hourly(split=split, data_home=data_home).y
    train_rows = read_rows(data_home, "m4/Hourly-train.csv")[1:]
    rows = train_rows if split == "train" else read_rows(data_home, "m4/Hourly-test.csv")[1:]
    expected = {}
    for row, train_row in zip(rows, train_rows, strict=True):
        n_before = 0 if split == "train" else sum(field != "" for field in train_row[1:])
        assert row[0] == train_row[0]
        for step, field in enumerate(row[1:], start=1):
            if field:
                expected[row[0], n_before + step] = float(field)
    assert dict(zip(y.index, y.to_numpy(), strict=True)) == expected
    # In the order of the file, too.
    assert list(y.index) == list(expected)


def test_m4_hourly_is_a_panel_whose_test_split_goes_on_where_training_ends(data_home):
    train, test = (fetch_m4_hourly(split=split, data_home=data_home) for split in ("train", "test"))
    for m4 in (train, test):
        assert m4.y.dtype == np.float64
        assert m4.y.name == "value"
        assert m4.y.index.names == ["series", "time"]
        assert m4.y.index.levels[1].dtype == np.int64
        assert m4.y.index.unique("series").to_list() == [f"H{n}" for n in range(1, 415)]
        assert (m4.horizon, m4.seasonal_period) == (48, 24)
        assert "414 series" in m4.DESCR
    n_timesteps = train.y.groupby(level="series").size()
    assert n_timesteps.value_counts().to_dict() == {960: 245, 700: 169}
    assert test.y.groupby(level="series").size().eq(48).all()
    both = pd.concat([train.y, test.y]).reset_index("time")["time"].groupby(level="series")
    assert both.min().eq(1).all()
    assert both.max().eq(n_timesteps + 48).all()


def test_selecting_a_series_of_m4_warns_of_no_unsorted_index(data_home):
    y = fetch_m4_hourly(split="test", data_home=data_home).y
    # Warnings are errors here; H10 comes after H9, not after H1.
    assert len(y.loc["H10"]) == 48
    assert y.loc[("H414", 1008)] == 24


def test_ett_is_every_value_of_the_published_file(data_home):
    ett = fetch_ett(data_home=data_home)
    header, *rows = read_rows(data_home, "ett/ETTh1.csv")
    assert ett.y.columns.to_list() == header[1:] == [*"HUFL HULL MUFL MULL LUFL LULL OT".split()]
    assert (ett.y.dtypes == np.float64).all()
    expected = np.array([row[1:] for row in rows], dtype=float)
    np.testing.assert_allclose(ett.y, expected, rtol=PARSERS_AGREE)
    assert ett.y.index.strftime("%Y-%m-%d %H:%M:%S").to_list() == [row[0] for row in rows]
    assert ett.y.index.freqstr == "h"
    assert ett.y.index.name == "time"
    assert ett.seasonal_period == 24


def test_the_rows_of_the_usual_split_of_ett_are_months_of_30_days(data_home):
    ett = fetch_ett(data_home=data_home)
    n_rows = [n_months * 30 * 24 for n_months in (12, 4, 4)]
    for n in n_rows:
        assert f" {n} " in ett.DESCR
        assert f" {n} " in fetch_ett.__doc__
    start, stop = n_rows[0], n_rows[0] + n_rows[1]
    documented = f"ett.y[:{start}], ett.y[{start}:{stop}], ett.y[{stop}:{sum(n_rows)}]"
    assert documented in fetch_ett.__doc__
    assert f"the last {len(ett.y) - sum(n_rows)} are not used" in ett.DESCR


def test_exchange_rate_is_every_value_of_the_published_file(data_home):
    rates = fetch_exchange_rate(data_home=data_home)
    rows = read_rows(data_home, "exchange_rate/exchange_rate.txt")
    assert rates.y.shape == (7588, 8)
    np.testing.assert_allclose(rates.y, np.array(rows, dtype=float), rtol=PARSERS_AGREE)
    assert (rates.y.dtypes == np.float64).all()
    assert isinstance(rates.y.index, pd.RangeIndex)
    assert rates.y.index.name == "time"
    assert "7588 rows" in rates.DESCR


def test_the_countries_of_exchange_rate_have_the_rates_known_from_elsewhere(data_home):
    y = fetch_exchange_rate(data_home=data_home).y
    # US dollars on 30 December 2016, the last day of trade in the years that the set is from.
    known = {
        "Australia": 0.7208,
        "United Kingdom": 1.234,
        "Canada": 0.744,
        "Switzerland": 0.981,
        "China": 0.1440,
        "Japan": 0.00855,
        "New Zealand": 0.693,
        "Singapore": 0.691,
    }
    assert y.columns.to_list() == list(known)
    np.testing.assert_allclose(y.iloc[-1], list(known.values()), rtol=2e-3)


def test_exchange_rate_has_too_few_rows_for_all_days_and_too_many_for_weekdays(data_home):
    rates = fetch_exchange_rate(data_home=data_home)
    n_days = len(pd.date_range("1990-01-01", "2016-12-31"))
    n_weekdays = len(pd.bdate_range("1990-01-01", "2016-12-31"))
    assert n_weekdays < len(rates.y) < n_days
    assert f"{n_weekdays} weekdays" in rates.DESCR
    assert f"{n_days} days" in rates.DESCR


def test_bike_sharing_is_every_value_of_the_published_file(data_home):
    bikes = fetch_bike_sharing(data_home=data_home)
    header, *rows = read_rows(data_home, "bike_sharing/bike_sharing_dataset_clean.csv")
    columns = dict(zip(header, zip(*rows, strict=True), strict=True))
    times = columns.pop("date_time")
    assert bikes.X.index.strftime("%Y-%m-%d %H:%M:%S").to_list() == list(times)
    assert bikes.y.to_list() == [float(users) for users in columns.pop("users")]
    assert bikes.X["weather"].to_list() == list(columns.pop("weather"))
    for name, fields in columns.items():
        expected = [float(field) for field in fields]
        np.testing.assert_allclose(bikes.X[name], expected, rtol=PARSERS_AGREE)
    assert set(bikes.X.columns) == {"weather", *columns}
    assert bikes.feature_names == bikes.X.columns.to_list()


def test_bike_sharing_has_hourly_rows_and_features_of_the_documented_kinds(data_home):
    X, y = fetch_bike_sharing(data_home=data_home, return_X_y=True)
    assert X.index.equals(y.index)
    assert X.index.freqstr == y.index.freqstr == "h"
    assert X.index.name == "time"
    assert y.name == "users"
    assert y.dtype == np.float64
    assert (y.min(), y.max()) == (1, 977)
    assert X["weather"].cat.categories.to_list() == ["clear", "mist", "rain"]
    assert X["weather"].cat.ordered
    np.testing.assert_array_equal(X["hour"], X.index.hour)
    np.testing.assert_array_equal(X["weekday"], X.index.day_of_week)
    np.testing.assert_array_equal(X["month"], X.index.month)
    for name in ("month", "hour", "weekday"):
        assert X[name].dtype == np.int64
    for name in ("holiday", "workingday"):
        assert set(X[name]) == {0.0, 1.0}
    assert X["hum"].between(0, 100).all()


def test_the_hours_that_bike_sharing_fills_in_repeat_the_one_before(data_home):
    X, y = fetch_bike_sharing(data_home=data_home, return_X_y=True)
    measured = X[["temp", "atemp", "hum", "windspeed"]].assign(users=y)
    repeats = (measured == measured.shift()).all(axis=1)
    assert repeats["2012-10-29 01:00":"2012-10-30 12:00"].all()
    # The original has 17379 of the hours.
    assert repeats.sum() >= len(y) - 17379 == 165


@pytest.mark.parametrize(
    "fetch", [fetch_m4_hourly, fetch_ett, fetch_exchange_rate, fetch_bike_sharing]
)
def test_a_caller_who_changes_the_data_changes_no_later_call(data_home, fetch):
    first = fetch(data_home=data_home)
    before = first.y.copy()
    first.y.iloc[:] = -1
    assert fetch(data_home=data_home).y.equals(before)


@pytest.mark.parametrize("split", ["all", "Train", None])
def test_an_unknown_split_is_an_error_that_lists_the_choices(tmp_path, split):
    with pytest.raises(ValueError, match=f"split must be one of 'train', 'test'; got {split!r}"):
        fetch_m4_hourly(split=split, data_home=tmp_path)


# Downloading

FETCHERS = [
    (fetch_m4_hourly, ["m4/Hourly-train.csv"]),
    (
        lambda **options: fetch_m4_hourly(split="test", **options),
        ["m4/Hourly-train.csv", "m4/Hourly-test.csv"],
    ),
    (fetch_ett, ["ett/ETTh1.csv"]),
    (fetch_exchange_rate, ["exchange_rate/exchange_rate.txt"]),
    (fetch_bike_sharing, ["bike_sharing/bike_sharing_dataset_clean.csv"]),
]
each_fetcher = pytest.mark.parametrize(
    ("fetch", "paths"), FETCHERS, ids=["m4 train", "m4 test", "ett", "exchange rate", "bikes"]
)


def point_to(monkeypatch, path, source):
    """Let the known file ``path`` be downloaded from the local file ``source``."""
    monkeypatch.setitem(KNOWN_FILES, path, KNOWN_FILES[path]._replace(url=source.as_uri()))


@each_fetcher
def test_absent_files_are_downloaded_once_and_stored_uncompressed(
    data_home, monkeypatch, tmp_path, fetch, paths
):
    for path in paths:
        point_to(monkeypatch, path, data_home / f"{path}.gz")
    home = tmp_path / "new" / "home"
    downloaded = fetch(data_home=home).y
    stored = [path for path in home.rglob("*") if path.is_file()]
    assert sorted(stored) == sorted(home / path for path in paths)

    def no_download(url):
        raise AssertionError(f"{url} was downloaded again")

    monkeypatch.setattr(data_files, "download", no_download)
    assert fetch(data_home=home).y.equals(downloaded)
    assert fetch(data_home=data_home).y.equals(downloaded)


@each_fetcher
def test_an_absent_file_is_an_error_when_no_download_is_allowed(tmp_path, fetch, paths):
    home = tmp_path / "home"
    with pytest.raises(FileNotFoundError, match="data set is not in data_home") as error:
        fetch(data_home=home, download_if_missing=False)
    assert str(home / paths[0]) in str(error.value)
    assert KNOWN_FILES[paths[0]].url in str(error.value)
    assert not home.exists()


@each_fetcher
def test_a_stored_file_with_other_content_is_refused(tmp_path, fetch, paths):
    stored = tmp_path / paths[0]
    stored.parent.mkdir()
    stored.write_text("date,OT\n2016-07-01,1.0\n")
    with pytest.raises(OSError, match="is not the published file") as error:
        fetch(data_home=tmp_path)
    assert KNOWN_FILES[paths[0]].sha256 in str(error.value)
