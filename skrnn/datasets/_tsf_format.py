"""Reading the ``.tsf`` text format of the Monash forecasting archive."""

import os
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

from skrnn.datasets._archives import gunzip

# The archive's word for a frequency -> that of a pandas period, or the distance of timesteps.
_PERIODS = {"yearly": "Y", "quarterly": "Q", "monthly": "M"}
_DISTANCES = {
    "weekly": "7D",
    "daily": "1D",
    "hourly": "1h",
    "half_hourly": "30min",
    "10_minutes": "10min",
    "minutely": "1min",
    "4_seconds": "4s",
}
_TAGS = ("@relation", "@attribute", "@frequency", "@horizon", "@missing", "@equallength", "@data")
_TYPES = ("string", "numeric", "date")
_START = "start_timestamp"
_MISSING = "?"


class _TsfHeader(NamedTuple):
    attributes: list[tuple[str, str]]
    frequency: str | None
    horizon: int | None
    comment: str
    first_line: int  # of the series, counted from 0


def read_tsf(path: str | os.PathLike[str]) -> Bunch:
    r"""Read a ``.tsf`` file of the Monash forecasting archive as a panel of series.

    Parameters
    ----------
    path : str or path-like
        The file, plain or compressed with gzip (found out from its first bytes).

    Returns
    -------
    data : sklearn.utils.Bunch
        With the attributes

        - ``y``: Series of float64 with a (series, time) MultiIndex, a panel that
          :class:`~skrnn.RNNForecaster` takes. Series carry the names of the file, or numbers from 0
          if it names none. Times are periods of a year, a quarter or a month, and dates otherwise;
          without a date of the start or a frequency, they are numbers that end at the same number
          for all series. ``?`` is NaN.
        - ``series``: DataFrame with a row for each series and a column for each further attribute
          of the file, such as a state or a type;
        - ``frequency``: str, the file's word for it, or None;
        - ``horizon``: int, the timesteps that the archive forecasts, or None;
        - ``DESCR``: str, the comment at the top of the file.

    Raises
    ------
    OSError
        If the file cannot be opened.
    ValueError
        If the file is not in the format. The message names the file, the line, what stands there
        and what was expected.

    Notes
    -----
    The last ``horizon`` values of every series are those that the archive keeps for the test.

    References
    ----------
    .. [1] R. Godahewa, C. Bergmeir, G. I. Webb, R. J. Hyndman, P. Montero-Manso, "Monash Time
       Series Forecasting Archive", NeurIPS Datasets and Benchmarks 2021.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from skrnn.datasets import read_tsf
    >>> text = (
    ...     "@attribute series_name string\n@attribute start_timestamp date\n"
    ...     "@frequency monthly\n@horizon 2\n@data\n"
    ...     "T1:2024-11-01 00-00-00:3,5,?,4\nT2:2025-01-01 00-00-00:7,8\n"
    ... )
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "tiny.tsf"
    ...     _ = path.write_text(text)
    ...     data = read_tsf(path)
    >>> data.y
    series_name  time
    T1           2024-11    3.0
                 2024-12    5.0
                 2025-01    NaN
                 2025-02    4.0
    T2           2025-01    7.0
                 2025-02    8.0
    dtype: float64
    >>> data.horizon
    2
    """
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(
            f"path: got a {type(path).__name__}. Expected the path of one .tsf file, a str or a "
            "pathlib.Path. Call read_tsf once for each file, with its path."
        )
    source = str(path)
    content = gunzip(Path(path).read_bytes(), source)
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        # Comments and names of some files of the archive are in Latin-1.
        lines = content.decode("latin-1").splitlines()
    header = _parse_header(lines, source)
    rows = [
        _parse_series(line, header.attributes, source, number)
        for number, line in enumerate(lines[header.first_line :], start=header.first_line + 1)
        if line.strip() and not line.startswith("#")
    ]
    if not rows:
        raise ValueError(f"{source}: no series after @data. Expected one on each line.")
    names = [name for name, _ in header.attributes]
    table = pd.DataFrame([attributes for attributes, _ in rows], columns=names)
    values = [series for _, series in rows]
    name = "series_name" if "series_name" in names else "series"
    ids = table.pop(name) if name in names else pd.RangeIndex(len(rows))
    if not pd.Index(ids).is_unique:
        ids = pd.RangeIndex(len(rows))
    starts = table.pop(_START) if _START in names else None
    times = _times(starts, [len(series) for series in values], header.frequency, source)
    numbers = np.repeat(np.arange(len(rows)), [len(series) for series in values])
    index = pd.MultiIndex.from_arrays([pd.Index(ids)[numbers], times], names=[name, "time"])
    return Bunch(
        y=pd.Series(np.concatenate(values), index=index),
        series=table.set_axis(pd.Index(ids, name=name)),
        frequency=header.frequency,
        horizon=header.horizon,
        DESCR=header.comment,
    )


def _fail(source: str, number: int, problem: str, expected: str) -> NoReturn:
    raise ValueError(f"{source}, line {number}: {problem}. Expected {expected}.")


def _shown(text: str) -> str:
    return repr(text) if len(text) <= 40 else f"{text[:37]!r}..."


def _parse_header(lines: list[str], source: str) -> _TsfHeader:
    """Read the lines up to and with ``@data``."""
    attributes: list[tuple[str, str]] = []
    comment: list[str] = []
    frequency, horizon = None, None
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if text.startswith("#"):
            comment.append(text.lstrip("# "))
            continue
        if not text:
            continue
        tag, *words = text.split()
        value = words[0] if words else ""
        match tag.lower():
            case "@data":
                return _TsfHeader(
                    attributes, frequency, horizon, "\n".join(comment).strip(), number
                )
            case "@attribute":
                if len(words) != 2 or words[1] not in _TYPES:
                    expected = f"a name and one of {', '.join(_TYPES)}"
                    _fail(source, number, f"@attribute is followed by {words}", expected)
                if any(words[0] == name for name, _ in attributes):
                    problem = f"the attribute {_shown(words[0])} occurs a second time"
                    _fail(source, number, problem, "each name once")
                attributes.append((words[0], words[1]))
            case "@frequency":
                if value not in (*_PERIODS, *_DISTANCES):
                    expected = f"one of {', '.join((*_PERIODS, *_DISTANCES))}"
                    _fail(source, number, f"@frequency is followed by {_shown(value)}", expected)
                frequency = value
            case "@horizon":
                if not value.isdecimal() or int(value) < 1:
                    problem = f"@horizon is followed by {_shown(value)}"
                    _fail(source, number, problem, "a whole number from 1")
                horizon = int(value)
            case "@relation" | "@missing" | "@equallength":
                pass
            case _:
                expected = f"one of {', '.join(_TAGS)}, or a # before it"
                _fail(source, number, f"unknown tag {_shown(tag)}", expected)
    raise ValueError(f"{source}: no @data line. Expected one between the header and the series.")


def _parse_series(
    line: str, attributes: list[tuple[str, str]], source: str, number: int
) -> tuple[list[Any], np.ndarray]:
    """Return the attributes and the values of one series."""
    *fields, text = line.strip().split(":")
    if len(fields) != len(attributes):
        problem = f"{len(fields)} attributes before the values"
        _fail(source, number, problem, f"{len(attributes)}, as many as @attribute lines")
    read = [
        _parse_attribute(field, kind, source, number)
        for field, (_, kind) in zip(fields, attributes, strict=True)
    ]
    words = text.split(",")
    try:
        values = np.array([np.nan if word.strip() == _MISSING else float(word) for word in words])
    except ValueError as error:
        _fail(source, number, str(error), "numbers separated by commas, ? for a missing one")
    if np.isinf(values).any():
        _fail(source, number, "a value is infinite", "finite numbers, ? for a missing one")
    return read, values


def _parse_attribute(text: str, kind: str, source: str, number: int) -> Any:
    text = text.strip()
    try:
        if kind == "date":
            return pd.to_datetime(text, format="%Y-%m-%d %H-%M-%S")
        return float(text) if kind == "numeric" else text
    except ValueError:
        expected = "a date such as 2024-12-31 00-00-00" if kind == "date" else "a number"
        _fail(source, number, f"an attribute is {_shown(text)}", expected)


def _times(
    starts: pd.Series | None, lengths: list[int], frequency: str | None, source: str
) -> pd.Index:
    """Return the times of all values, those of the first series first."""
    if starts is None or frequency is None:
        longest = max(lengths)
        return pd.Index(np.concatenate([np.arange(longest - n, longest) for n in lengths]))
    if frequency in _PERIODS:
        code = _PERIODS[frequency]
        first = starts.dt.to_period(code).astype("int64").to_numpy()
        steps = np.concatenate(
            [start + np.arange(n) for start, n in zip(first, lengths, strict=True)]
        )
        return pd.PeriodIndex(pd.arrays.PeriodArray(steps, dtype=pd.PeriodDtype(code)))
    distance = pd.Timedelta(_DISTANCES[frequency])
    try:
        parts = [
            pd.date_range(start, periods=n, freq=distance)
            for start, n in zip(starts, lengths, strict=True)
        ]
    except (pd.errors.OutOfBoundsDatetime, OverflowError) as error:
        raise ValueError(f"{source}: got times out of range ({error}). Expected dates.") from error
    return parts[0].append(parts[1:])
