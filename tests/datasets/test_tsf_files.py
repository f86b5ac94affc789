"""Files of the Monash forecasting archive."""

import gzip

import numpy as np
import pandas as pd
import pytest

from skrnn import RNNForecaster
from skrnn.datasets import read_tsf

HEADER = "# A comment.\n@relation tiny\n@attribute series_name string\n"
DATED = HEADER + "@attribute start_timestamp date\n"


def written(tmp_path, text, *, compressed=False):
    path = tmp_path / "tiny.tsf"
    path.write_bytes(gzip.compress(text.encode()) if compressed else text.encode())
    return path


@pytest.mark.parametrize("compressed", [False, True])
def test_a_panel_is_read(tmp_path, compressed):
    text = DATED + (
        "@attribute state string\n@attribute size numeric\n@frequency quarterly\n@horizon 8\n"
        "@missing true\n@equallength false\n@data\n"
        "T1:1975-10-01 00-00-00:NSW:2:0.5,?,3\nT2:1976-01-01 00-00-00:VIC:1.5:7\n"
    )
    data = read_tsf(written(tmp_path, text, compressed=compressed))
    quarters = pd.PeriodIndex(["1975Q4", "1976Q1", "1976Q2", "1976Q1"], freq="Q")
    index = pd.MultiIndex.from_arrays(
        [["T1", "T1", "T1", "T2"], quarters], names=["series_name", "time"]
    )
    pd.testing.assert_series_equal(data.y, pd.Series([0.5, np.nan, 3, 7], index=index))
    assert data.series["state"].to_dict() == {"T1": "NSW", "T2": "VIC"}
    assert data.series["size"].to_list() == [2, 1.5]
    assert (data.frequency, data.horizon, data.DESCR) == ("quarterly", 8, "A comment.")


@pytest.mark.parametrize(
    "frequency, step",
    [
        ("weekly", "7D"),
        ("daily", "1D"),
        ("hourly", "1h"),
        ("half_hourly", "30min"),
        ("10_minutes", "10min"),
        ("minutely", "1min"),
        ("4_seconds", "4s"),
    ],
)
def test_times_are_dates(tmp_path, frequency, step):
    text = DATED + f"@frequency {frequency}\n@data\nT1:2024-02-28 23-30-00:1,2,3\n"
    times = read_tsf(written(tmp_path, text)).y.index.get_level_values("time")
    expected = pd.Timestamp("2024-02-28 23:30") + np.arange(3) * pd.Timedelta(step)
    assert times.to_list() == list(expected)


def test_series_without_dates_end_together(tmp_path):
    y = read_tsf(written(tmp_path, HEADER + "@data\nA:1,2,3\nB:4\n")).y
    assert y.index.to_list() == [("A", 0), ("A", 1), ("A", 2), ("B", 2)]


def test_names_that_occur_twice_become_numbers(tmp_path):
    y = read_tsf(written(tmp_path, HEADER + "@data\nA:1,2\nA:4\n")).y
    assert y.index.to_list() == [(0, 0), (0, 1), (1, 1)]


def test_the_forecaster_takes_what_is_read(tmp_path):
    rng = np.random.default_rng(0)
    lines = [
        f"T{i}:20{10 + i}-01-01 00-00-00:" + ",".join(map(str, rng.normal(size=30 - 12 * i)))
        for i in range(2)
    ]
    text = DATED + "@frequency monthly\n@horizon 3\n@data\n" + "\n".join(lines)
    data = read_tsf(written(tmp_path, text))
    forecaster = RNNForecaster(data.horizon, hidden_size=4, max_epochs=1, random_state=0)
    forecast = forecaster.fit(data.y).predict()
    assert forecast.index.get_level_values(1)[-1] == pd.Period("2012-09", "M")


@pytest.mark.parametrize(
    "text, message",
    [
        (HEADER, "no @data line"),
        (HEADER + "@data\n", "no series after @data"),
        (HEADER + "@data\nA:1,b\n", r"line 5: could not convert.*'b'.*numbers separated"),
        (HEADER + "@data\nA:1,inf\n", "line 5: a value is infinite"),
        (HEADER + "@data\nA:1,\n", r"line 5: could not convert"),
        (HEADER + "@data\n1,2\n", "line 5: 0 attributes before the values. Expected 1"),
        (HEADER + "@data\nA:B:1\n", "line 5: 2 attributes before the values. Expected 1"),
        (HEADER + "@frequency often\n@data\n", "@frequency is followed by 'often'"),
        (HEADER + "@horizon 0\n@data\n", "@horizon is followed by '0'"),
        (HEADER + "@attribute x\n@data\n", r"@attribute is followed by \['x'\]"),
        (HEADER + "@attribute series_name date\n@data\n", "'series_name' occurs a second time"),
        (HEADER + "@colour red\n@data\n", "unknown tag '@colour'"),
        (DATED + "@frequency daily\n@data\nA:2024-13-01 00-00-00:1\n", "line 7: an attribute is"),
        (HEADER + "@attribute n numeric\n@data\nA:b:1\n", "line 6: an attribute is 'b'"),
    ],
)
def test_what_is_not_in_the_format_is_refused(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        read_tsf(written(tmp_path, text))


def test_no_path_is_refused():
    with pytest.raises(TypeError, match="path: got a list"):
        read_tsf(["a.tsf"])


@pytest.mark.parametrize(
    "name, n_series, horizon, frequency",
    [
        ("m1_quarterly", 203, 8, "quarterly"),
        ("tourism_yearly", 518, 4, "yearly"),
        ("traffic_weekly", 862, 8, "weekly"),
        ("fred_md", 107, None, "monthly"),
        ("saugeenday", 1, None, "daily"),
    ],
)
def test_published_sets(data_home, name, n_series, horizon, frequency):
    path = data_home / f"monash_tsf/{name}_dataset.tsf.gz"
    lines = gzip.decompress(path.read_bytes()).decode("latin-1").split("@data")[1].splitlines()[1:]
    data = read_tsf(path)
    assert (data.horizon, data.frequency) == (horizon, frequency)
    assert len(lines) == n_series == data.y.index.get_level_values(0).nunique()
    for line, (name_of_series, values) in zip(
        lines, data.y.groupby(level=0, sort=False), strict=True
    ):
        assert line.startswith(f"{name_of_series}:")
        expected = np.genfromtxt([line.split(":")[-1]], delimiter=",", missing_values="?")
        np.testing.assert_array_equal(values, np.atleast_1d(expected))
