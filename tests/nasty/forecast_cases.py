"""Nasty calls of the forecaster."""

from __future__ import annotations

import copy
import datetime
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import torch
from scipy import sparse

from skrnn import RNNForecaster
from tests.nasty.containers import OnlyArray
from tests.nasty.judge import Case
from tests.nasty.values import WHOLES, Rng, nasty_parameter

N = 30
TINY: dict[str, Any] = {
    "horizon": 3,
    "context_length": 6,
    "seasonal_period": 7,
    "hidden_size": 2,
    "max_epochs": 1,
    "batch_size": 512,
    "validation_fraction": 0,
    "random_state": 0,
}


def numbers(seed: int = 0, n: int = N) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.round(50 + rng.normal(size=n).cumsum() + 3 * np.sin(np.arange(n) * 2 * np.pi / 7), 3)


def days(n: int = N, start: str = "2024-01-01") -> pd.DatetimeIndex:
    return pd.date_range(start, periods=n, name="day")


Y = pd.Series(numbers(), days(), name="sales")
WIDE = pd.DataFrame({"a": Y, "b": 2 * Y + 1})
PANEL = WIDE.T.stack().rename_axis(["shop", "day"])
FEATURES = pd.DataFrame({"warm": numbers(2), "promo": np.arange(N) % 3 % 2.0}, days())
LATER = days(3, "2024-01-31")
FEATURES_LATER = pd.DataFrame({"warm": numbers(3, 3), "promo": [0.0, 1.0, 0.0]}, LATER)
MORE = pd.Series(numbers(4, 5), days(5, "2024-01-31"), name="sales")


def changed(value: Any, *places: int) -> Callable[[Rng, np.ndarray], Any]:
    def change(rng: Rng, v: np.ndarray) -> np.ndarray:
        v = v.copy() if isinstance(value, float) else v.astype(object)
        v[list(places) or [rng.integers(len(v))]] = value
        return v

    return change


# ------------------------------------------------------------------------------------- values

VALUES: dict[str, tuple[Callable[[Rng, np.ndarray], Any], str]] = {
    "as they are": (lambda rng, v: v, "answer"),
    "float32": (lambda rng, v: v.astype(np.float32), "answer"),
    "float16": (lambda rng, v: v.astype(np.float16), "answer"),
    "int64": (lambda rng, v: v.astype(np.int64), "answer"),
    "uint8": (lambda rng, v: v.astype(np.uint8), "answer"),
    "big-endian": (lambda rng, v: v.astype(">f8"), "answer"),
    "objects": (lambda rng, v: v.astype(object), "either"),
    "booleans": (lambda rng, v: v > 50, "either"),
    "decimals": (lambda rng, v: np.array([Decimal(str(x)) for x in v]), "either"),
    "complex": (lambda rng, v: v.astype(complex), "refusal"),
    "text": (lambda rng, v: v.astype(str), "refusal"),
    "dates": (lambda rng, v: v.astype("M8[D]"), "refusal"),
    "a missing value": (changed(np.nan, 9), "answer"),
    "missing at the start": (changed(np.nan, 0, 1, 2), "answer"),
    "missing at the end": (changed(np.nan, -1, -2), "either"),
    "mostly missing": (changed(np.nan, *range(2, N - 2)), "either"),
    "all missing": (lambda rng, v: np.full_like(v, np.nan), "refusal"),
    "infinity": (changed(np.inf), "refusal"),
    "1e300": (changed(1e300), "refusal"),
    "1e20": (changed(1e20), "either"),
    "None": (changed(None), "either"),
    "a word": (changed("x"), "refusal"),
    "a number as text": (changed("1"), "refusal"),
    "a dict": (changed({}), "refusal"),
    "constant": (lambda rng, v: np.full_like(v, 7.0), "answer"),
    "zeros": (lambda rng, v: np.zeros_like(v), "answer"),
    "level of 1e9": (lambda rng, v: v + 1e9, "answer"),
    "level of 1e15": (lambda rng, v: v + 1e15, "answer"),
    "times 1e100": (lambda rng, v: v * 1e100, "answer"),
    "times 1e-300": (lambda rng, v: v * 1e-300, "either"),
    "times 1e-30": (lambda rng, v: v * 1e-30, "answer"),
    "negative": (lambda rng, v: -v, "answer"),
    "a step": (lambda rng, v: np.where(np.arange(len(v)) < 15, 0.0, 1e6), "answer"),
}

# -------------------------------------------------------------------------------------- times

TIMES: dict[str, tuple[Callable[[int], Any], str]] = {
    "days": (days, "answer"),
    "hours": (lambda n: pd.date_range("2024", periods=n, freq="h"), "answer"),
    "months": (lambda n: pd.date_range("2015", periods=n, freq="MS"), "answer"),
    "month ends": (lambda n: pd.date_range("2015", periods=n, freq="ME"), "answer"),
    "weeks": (lambda n: pd.date_range("2015", periods=n, freq="W"), "answer"),
    "working days": (lambda n: pd.date_range("2024", periods=n, freq="B"), "answer"),
    "years": (lambda n: pd.date_range("1950", periods=n, freq="YS"), "answer"),
    "quarters": (lambda n: pd.period_range("2015Q1", periods=n, freq="Q"), "answer"),
    "periods of days": (lambda n: pd.period_range("2024", periods=n, freq="D"), "answer"),
    "microseconds": (lambda n: pd.date_range("2024", periods=n, freq="us"), "answer"),
    "a time zone": (lambda n: pd.date_range("2024", periods=n, tz="Europe/Paris"), "answer"),
    "over daylight saving": (
        lambda n: pd.date_range("2024-03-30", periods=n, freq="h", tz="Europe/Paris"),
        "answer",
    ),
    "counting": (lambda n: pd.RangeIndex(n), "answer"),
    "counting from -5": (lambda n: pd.RangeIndex(-5, n - 5), "answer"),
    "every third": (lambda n: pd.Index(np.arange(n) * 3), "answer"),
    "unsigned": (lambda n: pd.Index(np.arange(n), dtype="uint8"), "answer"),
    "whole floats": (lambda n: pd.Index(np.arange(n) * 1.0), "either"),
    "fractions": (lambda n: pd.Index(np.arange(n) / 7), "either"),
    "yyyymm": (
        lambda n: pd.Index([202001 + 100 * (i // 12) + i % 12 for i in range(n)]),
        "refusal",
    ),
    "durations": (lambda n: pd.timedelta_range("0s", periods=n, freq="min"), "either"),
    "dates as text": (lambda n: days(n).astype(str), "refusal"),
    "date objects": (lambda n: pd.Index([d.date() for d in days(n)]), "either"),
    "letters": (lambda n: pd.Index([f"t{i}" for i in range(n)]), "refusal"),
    "booleans": (lambda n: pd.Index([True, False] * (n // 2)), "refusal"),
    "backwards": (lambda n: days(n)[::-1], "either"),
    "shuffled": (lambda n: days(n)[np.random.default_rng(0).permutation(n)], "either"),
    "given twice": (lambda n: days(n)[[*range(n - 1), 3]], "refusal"),
    "one NaT": (lambda n: days(n)[:-1].append(pd.DatetimeIndex([pd.NaT])), "refusal"),
    "NaT only": (lambda n: pd.DatetimeIndex([pd.NaT] * n), "refusal"),
    "one time": (lambda n: days(n)[[0] * n], "refusal"),
    "a gap": (lambda n: days(n + 5)[[*range(n - 4), *range(n + 1, n + 5)]], "answer"),
    "a hole of a century": (
        lambda n: days(n - 1).append(pd.DatetimeIndex(["2124-01-01"])),
        "either",
    ),
    "a millisecond off": (
        lambda n: days(n)[:-1].append(days(n)[-1:] + pd.Timedelta("1ms")),
        "either",
    ),
    "at random": (
        lambda n: pd.DatetimeIndex(np.sort(np.random.default_rng(0).integers(0, 10**18, n))),
        "either",
    ),
    "the first years": (lambda n: pd.date_range("1678", periods=n, freq="YS"), "answer"),
    "the last years": (lambda n: pd.date_range(end="2262-01-01", periods=n, freq="D"), "either"),
    "huge integers": (lambda n: pd.Index(2**62 + np.arange(n)), "either"),
    "mixed": (lambda n: pd.Index([*range(n - 1), "x"]), "refusal"),
    "categories": (lambda n: pd.CategoricalIndex(days(n)), "either"),
    "intervals": (lambda n: pd.interval_range(0, n), "refusal"),
    "three levels": (
        lambda n: pd.MultiIndex.from_arrays([["a"] * n, ["b"] * n, days(n)]),
        "refusal",
    ),
}

# --------------------------------------------------------------------------------- containers

# Of values and times: what the answer is compared by is the values of the forecast.
OF_TIMES: dict[str, Callable[[Any, Any], Any]] = {
    "Series": lambda v, t: pd.Series(v, t, name="sales"),
    "frame": lambda v, t: pd.DataFrame({"sales": v}, t),
    "nameless Series": lambda v, t: pd.Series(v, t),
    "shuffled levels": lambda v, t: pd.Series(v, t, name=("a", 1)),
    "nullable": lambda v, t: pd.Series(v, t).convert_dtypes(),
    "panel of one": lambda v, t: pd.Series(
        v, pd.MultiIndex.from_arrays([["a"] * len(v), t], names=["shop", "day"])
    ),
}
TIMELESS: dict[str, Callable[[Any], Any]] = {
    "array": lambda v: v,
    "column": lambda v: v[:, None],
    "list": lambda v: v.tolist(),
    "tuple": lambda v: tuple(v.tolist()),
    "tensor": lambda v: torch.from_numpy(v.copy()),
    "Series": lambda v: pd.Series(v),
    "strided": lambda v: np.repeat(v, 2)[::2],
    "array only": OnlyArray,
    "masked": lambda v: np.ma.MaskedArray(v, mask=np.isnan(v)),
    "subclass": lambda v: v.view(type("Own", (np.ndarray,), {})),
}


def series_in_one(rng: Rng, values: Any, times: Any, timed: bool) -> tuple[str, Any]:
    makers: dict[str, Any] = OF_TIMES if timed else TIMELESS
    for name in rng.permutation(sorted(makers)):
        try:
            return str(name), makers[name](values, times) if timed else makers[name](values)
        except Exception:  # this container cannot hold these values
            continue
    return "array", values


# ------------------------------------------------------------------------------------ answers


def values_of(forecast: Any) -> np.ndarray:
    return np.ravel(np.asarray(forecast, dtype=float))


def forecast_of(model: Any, result: Any, data: dict[str, Any]) -> Any:
    X = data.get("X") if data.get("y") is not None else None
    if X is not None and len(getattr(X, "columns", [])):
        return np.zeros(0)  # the future of the features is not known
    return values_of(model.predict())


def finite(answer: Any, data: dict[str, Any]) -> str | None:
    values = values_of(answer)
    return None if np.isfinite(values).all() else "a forecast that is not finite"


# -------------------------------------------------------------------------------------- cases


def fit_case(rng: Rng) -> Case:
    what = str(
        rng.choice(
            ["values", "times", "parameter", "both", "whole", "features"],
            p=[0.25, 0.25, 0.25, 0.05, 0.05, 0.15],
        )
    )
    word, time_word = "as they are", "days"
    if what in ("values", "both"):
        word = str(rng.choice(list(VALUES)))
    if what in ("times", "both"):
        time_word = str(rng.choice(list(TIMES)))
    (change, expects), (make_times, time_expects) = VALUES[word], TIMES[time_word]
    values, times = change(rng, numbers()), make_times(N)
    expects = (
        "refusal"
        if "refusal" in (expects, time_expects)
        else ("either" if "either" in (expects, time_expects) else "answer")
    )
    timed = what != "values" or rng.random() < 0.5
    name, y = series_in_one(rng, values, times, timed)
    twin_name, twin = series_in_one(rng, values, times, timed)
    story = [f"forecaster, fit, y: {word}, times: {time_word}, as {name}, also as {twin_name}"]
    params, data = dict(TINY), {"X": y}
    if what == "parameter":
        param, value_word, value = nasty_parameter(
            rng, list(RNNForecaster().get_params(deep=False))
        )
        params[param] = value
        story.append(f"{param}={value_word}")
        expects, twin = "either", None
    elif what == "whole":
        whole = str(rng.choice(list(WHOLES)))
        data, twin, expects = {"X": WHOLES[whole](values)}, None, "either"
        story.append(f"y is {whole}")
    elif what == "features":
        data, twin, expects = {"X": features(rng, story), "y": y}, None, "either"
    if twin is not None and rng.random() < 0.5:
        twin = None
    return Case(
        RNNForecaster(**params),
        "fit",
        data,
        None if twin is None else {"X": twin},
        expects,
        story,
        answer=forecast_of,
        check=finite,
        also_named=("y",),
    )


def features(rng: Rng, story: list[str]) -> Any:
    """Return nasty features of the training times."""
    X = FEATURES
    choices: dict[str, Callable[[], Any]] = {
        "as they are": lambda: X,
        "an array": X.to_numpy,
        "shorter": lambda: X.iloc[:-1],
        "longer": lambda: pd.concat([X, FEATURES_LATER]),
        "no columns": lambda: X[[]],
        "no rows": lambda: X.iloc[:0],
        "one column": lambda: X[["warm"]],
        "a Series": lambda: X["warm"],
        "NaN": lambda: X.where(X["promo"] > 0),
        "all NaN": lambda: X * np.nan,
        "infinity": lambda: X.replace(1.0, np.inf),
        "words": lambda: X.assign(kind=["a", "b"] * (N // 2)),
        "categories": lambda: X.assign(kind=pd.Categorical(["a", "b"] * (N // 2))),
        "dates": lambda: X.assign(when=X.index),
        "booleans": lambda: X > 0,
        "objects": lambda: X.astype(object),
        "dicts": lambda: X.assign(kind=[{}] * N),
        "lists": lambda: X.assign(kind=[[1]] * N),
        "names given twice": lambda: X.set_axis(["a", "a"], axis=1),
        "integer names": lambda: X.set_axis([0, 1], axis=1),
        "mixed names": lambda: X.set_axis([0, "a"], axis=1),
        "two levels of names": lambda: X.set_axis(
            pd.MultiIndex.from_product([["a"], ["b", "c"]]), axis=1
        ),
        "other times": lambda: X.set_axis(X.index + pd.Timedelta("1h")),
        "no times": lambda: X.reset_index(drop=True),
        "shuffled": lambda: X.sample(frac=1, random_state=0),
        "the name of y": lambda: X.rename(columns={"warm": "sales"}),
        "constant": lambda: X * 0,
        "huge": lambda: X * 1e200,
        "complex": lambda: X * 1j,
        "sparse": lambda: sparse.csr_matrix(X.to_numpy()),
        "a dict": lambda: {"warm": X["warm"].tolist()},
        "a list": lambda: X.to_numpy().tolist(),
    }
    word = str(rng.choice(list(choices)))
    story.append(f"X: {word}")
    return choices[word]()


@cache
def fitted(kind: str) -> RNNForecaster:
    given = {
        "series": (Y,),
        "table": (WIDE,),
        "panel": (PANEL,),
        "array": (Y.to_numpy(),),
        "features": (FEATURES, Y),
        "periods": (Y.set_axis(pd.period_range("2024", periods=N, freq="M")),),
    }[kind]
    return RNNForecaster(**TINY).fit(*given)


KINDS = ("series", "table", "panel", "array", "features", "periods")
NUMBERS: dict[str, Any] = {
    "None": None,
    "0": 0,
    "-1": -1,
    "1": 1,
    "7": 7,
    "1.5": 1.5,
    "2.0": 2.0,
    "True": True,
    "text": "3",
    "NaN": np.nan,
    "10**9": 10**9,
    "a list": [1, 2],
    "int64": np.int64(2),
    "an array": np.array(2),
    "1e300": 1e300,
    "a date": datetime.date(2024, 5, 1),
    "a dict": {},
    "infinity": np.inf,
    "0.5": 0.5,
    "[0.1, 0.9]": [0.1, 0.9],
    "[0.9, 0.1]": [0.9, 0.1],
    "[0.5, 0.5]": [0.5, 0.5],
    "[0, 1]": [0, 1],
    "[]": [],
    "[None]": [None],
    "['a']": ["a"],
    "[NaN]": [np.nan],
    "two dimensions": [[0.5]],
    "an object": object(),
    "0.95": 0.95,
    "2": 2,
}


def later_case(rng: Rng) -> Case:
    kind = str(rng.choice(KINDS))
    method = str(
        rng.choice(
            ["predict", "predict_interval", "predict_quantiles", "sample_paths", "update", "score"],
            p=[0.35, 0.1, 0.1, 0.1, 0.2, 0.15],
        )
    )
    model, data, story = copy.copy(fitted(kind)), {}, [f"forecaster of {kind}, {method}"]
    if kind == "features" and method not in ("update", "score"):
        data["X"] = FEATURES_LATER
    number = {
        "predict_interval": "coverage",
        "predict_quantiles": "levels",
        "sample_paths": "n_paths",
    }
    names = (
        ["horizon", "history", "X"] + [number[method]] * 2
        if method in number
        else ["horizon", "history", "X"]
    )
    name = "y" if method in ("update", "score") else str(rng.choice(names))
    if name in ("history", "y"):
        data[name] = past(rng, kind, story)
        if method == "score":
            data["X"] = data.pop("y")
    elif name == "X":
        data["X"] = future(rng, story)
    else:
        word = str(rng.choice(list(NUMBERS)))
        if name == "n_paths" and word == "10**9":
            word = "2"
        data[name] = NUMBERS[word]
        story.append(f"{name}: {word}")
    return Case(
        model,
        method,
        data,
        None,
        "either",
        story,
        answer=lambda model, result, data: (
            np.zeros(0) if method in ("update", "score") else values_of(result)
        ),
        check=finite,
        also_named=("y", "X", "history"),
    )


def past(rng: Rng, kind: str, story: list[str]) -> Any:
    """Return a nasty history, or more of y."""
    good = {
        "series": MORE,
        "table": WIDE,
        "panel": PANEL,
        "array": MORE.to_numpy(),
        "features": MORE,
        "periods": Y.set_axis(pd.period_range("2024", periods=N, freq="M")),
    }[kind]
    base = MORE.to_numpy()
    choices: dict[str, Callable[[], Any]] = {
        "as it should be": lambda: good,
        "one value": lambda: good[:1],
        "no values": lambda: good[:0],
        "the training data": lambda: Y,
        "another container": lambda: base.tolist(),
        "a table": lambda: WIDE,
        "a panel": lambda: PANEL,
        "a table of other names": lambda: WIDE.set_axis(["c", "d"], axis=1),
        "a table in another order": lambda: WIDE[["b", "a"]],
        "one column more": lambda: WIDE.assign(c=1.0),
        "other series": lambda: PANEL.rename({"a": "z"}),
        "infinity": lambda: good * np.inf,
        "NaN": lambda: good * np.nan,
        "text": lambda: pd.Series(["a"] * 5, MORE.index),
        "complex": lambda: good * 1j,
        "huge": lambda: good * 1e200,
        "a later time": lambda: MORE.set_axis(MORE.index + pd.Timedelta("40D")),
        "another frequency": lambda: MORE.set_axis(
            pd.date_range("2024-02-01", periods=5, freq="h")
        ),
        "counting": lambda: MORE.reset_index(drop=True),
        "a time zone": lambda: MORE.tz_localize("UTC"),
        "periods": lambda: MORE.to_period("D"),
        "backwards": lambda: MORE[::-1],
        "twice": lambda: pd.concat([MORE, MORE]),
        "another name": lambda: MORE.rename("other"),
        "letters": lambda: MORE.set_axis(list("abcde")),
    } | {f"all {word}": (lambda make=make: make(base)) for word, make in WHOLES.items()}
    word = str(rng.choice(list(choices)))
    story.append(f"history or y: {word}")
    return choices[word]()


def future(rng: Rng, story: list[str]) -> Any:
    """Return nasty features of the rows to forecast."""
    X = FEATURES_LATER
    choices: dict[str, Callable[[], Any]] = {
        "as it should be": lambda: X,
        "another order": lambda: X[["promo", "warm"]],
        "other names": lambda: X.set_axis(["a", "b"], axis=1),
        "one column": lambda: X[["warm"]],
        "one more": lambda: X.assign(more=1.0),
        "no columns": lambda: X[[]],
        "no rows": lambda: X.iloc[:0],
        "NaN": lambda: X * np.nan,
        "infinity": lambda: X * np.inf,
        "words": lambda: X.astype(str),
        "an array": X.to_numpy,
        "a list": lambda: X.to_numpy().tolist(),
        "a time zone": lambda: X.tz_localize("UTC"),
        "after a gap": lambda: X.set_axis(X.index + pd.Timedelta("3D")),
        "in the past": lambda: FEATURES.iloc[-3:],
        "before all": lambda: X.set_axis(X.index - pd.Timedelta("999D")),
        "off the grid": lambda: X.set_axis(X.index + pd.Timedelta("1h")),
        "far away": lambda: X.set_axis(X.index + pd.Timedelta("90000D")),
        "shuffled": lambda: X.iloc[[2, 0, 1]],
        "twice": lambda: X.iloc[[0, 0, 1]],
        "counting": lambda: X.reset_index(drop=True),
        "NaT": lambda: X.set_axis(pd.DatetimeIndex([pd.NaT] * 3)),
        "periods": lambda: X.to_period("D"),
        "letters": lambda: X.set_axis(list("abc")),
        "a Series": lambda: X["warm"],
        "an index": lambda: X.index,
    } | {f"all {word}": (lambda make=make: make(X.to_numpy())) for word, make in WHOLES.items()}
    word = str(rng.choice(list(choices)))
    story.append(f"X: {word}")
    return choices[word]()


def forecast_case(rng: Rng) -> Case:
    """Return a nasty call of the forecaster."""
    return later_case(rng) if rng.random() < 0.7 else fit_case(rng)
