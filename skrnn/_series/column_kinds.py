"""Columns of times and of text in a table of series, which are no series themselves."""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any

import pandas as pd
from pandas.api import types

from skrnn._input.written_dates import are_dates, dates_of, day_first

__all__ = ["kind_of_text", "refuse_times_and_text"]

_NUMBERS = ("int", "uint", "float", "double", "half", "bool", "decimal", "null", "list", "array")
_TIMES = ("date", "time", "duration", "period")

# Numbers with a point or a comma.
_WRITTEN_NUMBER = re.compile(r"\s*[-+]?(\d+[.,]?\d*|[.,]\d+)([eE][-+]?\d+)?\s*")
# Dates in text have numbers on both sides of a separator.
_WRITTEN_DATE = re.compile(r"\d{1,4}([-/]\d{1,2}|\.\d{1,2}\.\d)")
# So many different values of a column are looked at.
_N_READ = 50


def refuse_times_and_text(table: Any, name: str, *, are_features: bool = False) -> None:
    """Raise an error if a pandas, polars or Arrow table has columns that are not numbers.

    As an array, a table of polars or Arrow has its dates converted to numbers.

    Parameters
    ----------
    table : object
        Of any kind; what is no such table is left alone.
    name : str
        The argument's name in the error message.
    are_features : bool, default=False
        Whether the table holds features, not series.
    """
    kinds = _kinds_of_columns(table)
    written = {column: _written_as(table, column, kind) for column, kind in kinds.items()}
    dates = [
        column
        for column, kind in kinds.items()
        if kind.startswith(_TIMES) or written[column] == "dates"
    ]
    texts = [column for column in kinds if column not in dates and not _is_number(kinds[column])]
    if not dates and (are_features or not texts):  # text among features is categories
        return
    plain = [column for column in texts if not written[column].startswith("numbers")]
    column = (dates or plain or texts)[0]
    expected = (
        "features that are numbers" if are_features else "a column of numbers for each series"
    )
    remedy = (
        _remedy_of_features(table, name, dates)
        if are_features
        else _remedy_of_series(table, name, dates, texts, kinds, written)
    )
    raise ValueError(
        f"{name}: got values of dtype {kinds[column]} in the column {column!r}. Expected "
        f"{expected} (real numbers), and times in the index. {remedy}"
    )


def kind_of_text(values: pd.Series) -> str:
    """Return what a column of text holds: "numbers", "numbers, decimal comma", "dates" or "text".

    It is "" for a column that holds anything else, too.
    """
    return _written_as(values.to_frame(0), 0, "object")


def _kinds_of_columns(table: Any) -> dict[Hashable, str]:
    if isinstance(table, pd.DataFrame):
        found = {}
        for column, values in table.items():
            is_text = isinstance(values.dtype, pd.StringDtype) or (
                types.is_object_dtype(values.dtype)
                and types.infer_dtype(values, skipna=True) in ("string", "datetime", "date")
            )
            kind = str(values.dtype).lower()
            if is_text or kind.startswith(_TIMES):
                found[column] = kind
        return found
    package = type(table).__module__.partition(".")[0]
    if package == "polars" and hasattr(table, "to_dict"):
        return {column: str(kind).lower() for column, kind in table.schema.items()}
    if package == "pyarrow" and hasattr(table, "column_names"):
        return {field.name: str(field.type).lower() for field in table.schema}
    return {}


def _written_as(table: Any, column: Hashable, kind: str) -> str:
    """Return what a column of text holds, as those of a CSV file may: dates, numbers, or text."""
    if _is_number(kind) or kind.startswith(_TIMES):
        return ""
    values = pd.Series(table[column].to_numpy(), dtype=object).dropna().unique()[:_N_READ]
    texts = [value for value in values if isinstance(value, str)]
    if len(texts) < len(values) or not texts:
        return ""
    if all(map(_WRITTEN_NUMBER.fullmatch, texts)):
        return "numbers, decimal comma" if any("," in text for text in texts) else "numbers"
    is_date = all(map(_WRITTEN_DATE.match, texts)) and are_dates(pd.Index(texts))
    return "dates" if is_date else "text"


def _is_number(kind: str) -> bool:
    return kind.startswith(_NUMBERS)


def _as_pandas(table: Any, name: str) -> str:
    """Return the expression that makes a pandas DataFrame of the argument."""
    if isinstance(table, pd.DataFrame):
        return name
    method = "to_pydict()" if hasattr(table, "to_pydict") else "to_dict(as_series=False)"
    return f"pd.DataFrame({name}.{method})"


def _remedy_of_series(
    table: Any,
    name: str,
    dates: list[Any],
    texts: list[Any],
    kinds: dict[Hashable, str],
    written: dict[Hashable, str],
) -> str:
    frame = _as_pandas(table, name)
    if texts and not dates and all(written[column].startswith("numbers") for column in texts):
        if any("comma" in written[column] for column in texts):
            return (
                f"Write numbers with a point, {name}[{texts}] = {name}[{texts}].replace(',', '.', "
                "regex=True).astype(float); pd.read_csv has decimal=','."
            )
        return f"Convert them, {name} = {frame}.astype({dict.fromkeys(texts, 'float')})."
    columns = list(table.columns) if isinstance(table, pd.DataFrame) else list(kinds)
    numbers = [column for column in columns if column not in dates and column not in texts]
    is_long = bool(dates and texts and numbers) and (
        len(numbers) == 1 or bool(pd.Series(table[dates[0]].to_numpy()).duplicated().any())
    )
    if is_long:
        if written[dates[0]] == "dates":
            read = dates_of(table[dates[0]], f"t[{dates[0]!r}]")
            frame = f"{frame}.assign(**{{{dates[0]!r}: lambda t: {read}}})"
        return (
            f"Read the rows of several series with skrnn.preprocessing.panel_from_long, {name} = "
            f"panel_from_long({frame}, series={texts[0]!r}, time={dates[0]!r}, "
            f"target={numbers[0]!r})" + ("." if len(numbers) == 1 else ", for example.")
        )
    texts = [column for column in texts if not written[column].startswith("numbers")]
    unused = [*dates[1:], *texts] if dates else texts
    without = f".drop(columns={unused!r})" if unused else ""
    if not dates:
        return (
            f"Leave it out, {name} = {frame}{without}; if it holds dates, they belong into the "
            f"index, {name} = {frame}.set_index({texts[0]!r}).rename(index=pd.to_datetime)."
        )
    return (
        "Put it into the index, "
        f"{name} = {frame}{without}.set_index({dates[0]!r}){_reading(table, dates[0])}."
    )


def _reading(table: Any, dates: Hashable) -> str:
    """Return the code that makes dates of an index of them, written or not."""
    kind = str(getattr(table[dates], "dtype", "")).lower()
    if kind.startswith(("timedelta", "duration")):
        # time since a start, which is not known
        return ".rename(index=lambda since: pd.Timestamp('2000-01-01') + since)"
    if kind.startswith("period"):
        return ""
    argument = day_first(table[dates])
    reader = f"lambda day: pd.to_datetime(day{argument})" if argument else "pd.to_datetime"
    return f".rename(index={reader})"


def _remedy_of_features(table: Any, name: str, dates: list[Any]) -> str:
    return (
        f"Put it into the index, {name} = {_as_pandas(table, name)}.set_index({dates[0]!r})"
        f"{_reading(table, dates[0])}, from which the calendar is read."
    )
