"""Nasty values: of measurements, of tokens, of targets, of parameters."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from tests.nasty.containers import Samples, object_array

Rng = np.random.Generator
Change = tuple[Callable[[Rng, Samples], Any], str]


def measurements(rng: Rng, n_samples: int, n_features: int) -> Samples:
    lengths = rng.integers(2, 7, size=n_samples)
    if rng.random() < 0.3:
        lengths[:] = 4
    if n_features == 0:  # without an axis of features
        return [rng.normal(size=n) for n in lengths]
    return [rng.normal(size=(n, n_features)) for n in lengths]


def at(rng: Rng, samples: Samples, value: Any) -> Samples:
    """Put a value into one place of one sample."""
    samples = [x.copy() for x in samples]
    x = samples[rng.integers(len(samples))]
    if isinstance(value, float):
        x.reshape(-1)[rng.integers(x.size)] = value
        return samples
    position = rng.integers(len(samples))
    x = samples[position].astype(object)
    x[(rng.integers(len(x)), *[0] * (x.ndim - 1))] = value
    samples[position] = x
    return samples


def replaced(rng: Rng, samples: Samples, sample: Any) -> list[Any]:
    """Put something else in the place of one sample."""
    result: list[Any] = list(samples)
    result[rng.integers(len(result))] = sample
    return result


def each(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Rng, Samples], Samples]:
    return lambda rng, samples: [change(x) for x in samples]


def one(change: Callable[[np.ndarray], Any]) -> Callable[[Rng, Samples], Any]:
    """Change one sample only."""
    return lambda rng, s: [
        change(x) if i == k else x for k in [rng.integers(len(s))] for i, x in enumerate(s)
    ]


def nan_rows(x: np.ndarray, where: slice) -> np.ndarray:
    x = x.astype(float)
    x[where] = np.nan
    return x


def itself() -> list[Any]:
    loop: list[Any] = []
    loop.append(loop)
    return loop


# What becomes of measurements: the change, and whether it can be answered. "either" is what may
# be refused, and is answered rightly otherwise.
MEASUREMENTS: dict[str, Change] = {
    "as they are": (lambda rng, s: s, "answer"),
    "float32": (each(lambda x: x.astype(np.float32)), "answer"),
    "float16": (each(lambda x: x.astype(np.float16)), "answer"),
    "longdouble": (each(lambda x: x.astype(np.longdouble)), "answer"),
    "big-endian": (each(lambda x: x.astype(">f4")), "answer"),
    "int64": (each(lambda x: np.round(9 * x).astype(np.int64)), "answer"),
    "int8": (each(lambda x: np.round(9 * x).astype(np.int8)), "answer"),
    "uint8": (each(lambda x: np.abs(np.round(9 * x)).astype(np.uint8)), "answer"),
    "uint64": (each(lambda x: np.abs(np.round(9 * x)).astype(np.uint64)), "answer"),
    "large integers": (each(lambda x: np.round(9 * x).astype(np.int64) + 2**60), "answer"),
    "booleans": (each(lambda x: x > 0), "answer"),
    "one other dtype": (one(lambda x: np.round(x).astype(np.int16)), "answer"),
    "objects": (each(lambda x: x.astype(object)), "answer"),
    "decimals": (each(lambda x: np.vectorize(lambda v: Decimal(str(v)), "O")(x)), "either"),
    "fractions": (
        each(lambda x: np.vectorize(lambda v: Fraction(round(v * 8), 8), "O")(x)),
        "either",
    ),
    "complex": (each(lambda x: x.astype(complex)), "refusal"),
    "numbers as text": (each(lambda x: x.astype(str)), "refusal"),
    "times": (each(lambda x: np.round(99 * x).astype("m8[s]")), "refusal"),
    "dates": (each(lambda x: np.round(99 * x).astype("M8[D]")), "refusal"),
    "bytes": (each(lambda x: x.astype(str).astype(bytes)), "refusal"),
    "a missing value": (lambda rng, s: at(rng, s, np.nan), "either"),
    "trailing NaN": (one(lambda x: np.concatenate([x, np.full_like(x, np.nan)])), "answer"),
    "leading NaN": (one(lambda x: nan_rows(x, slice(0, 1))), "either"),
    "a sample of NaN": (one(lambda x: nan_rows(x, slice(None))), "refusal"),
    "a feature of NaN": (
        each(lambda x: nan_rows(x.T, slice(0, 1)).T if x.ndim == 2 else x),
        "either",
    ),
    "all NaN": (each(lambda x: nan_rows(x, slice(None))), "refusal"),
    "infinity": (lambda rng, s: at(rng, s, np.inf), "refusal"),
    "minus infinity": (lambda rng, s: at(rng, s, -np.inf), "refusal"),
    "1e300": (lambda rng, s: at(rng, s, 1e300), "refusal"),
    "1e30": (lambda rng, s: at(rng, s, 1e30), "answer"),
    "times 1e100": (each(lambda x: x * 1e100), "answer"),
    "times 1e-300": (each(lambda x: x * 1e-300), "answer"),
    "times 1e-40": (each(lambda x: x * 1e-40), "answer"),
    "level of 1e9": (each(lambda x: x + 1e9), "answer"),
    "level of 1e15": (each(lambda x: x + 1e15), "answer"),
    "constant": (each(np.zeros_like), "answer"),
    "constant 0.1": (each(lambda x: np.full_like(x, 0.1)), "answer"),
    "negative zeros": (each(lambda x: np.zeros_like(x) * -1.0), "answer"),
    "None among numbers": (lambda rng, s: at(rng, s, None), "either"),
    "NA among numbers": (lambda rng, s: at(rng, s, pd.NA), "either"),
    "NaT among numbers": (lambda rng, s: at(rng, s, pd.NaT), "either"),
    "text among numbers": (lambda rng, s: at(rng, s, "x"), "refusal"),
    "a number as text": (lambda rng, s: at(rng, s, "1.5"), "refusal"),
    "a dict among numbers": (lambda rng, s: at(rng, s, {}), "refusal"),
    "an object among numbers": (lambda rng, s: at(rng, s, object()), "refusal"),
    "a class among numbers": (lambda rng, s: at(rng, s, int), "refusal"),
    "a date among numbers": (lambda rng, s: at(rng, s, datetime.date(2024, 1, 1)), "refusal"),
    "a complex among numbers": (lambda rng, s: at(rng, s, 1j), "refusal"),
    "1e400 as an integer": (lambda rng, s: at(rng, s, 10**400), "refusal"),
    "an array among numbers": (lambda rng, s: at(rng, s, np.zeros(2)), "refusal"),
    "an empty sample": (one(lambda x: x[:0]), "refusal"),
    "samples of one timestep": (each(lambda x: x[:1]), "answer"),
    "one long sample": (one(lambda x: np.concatenate([x] * 80)), "answer"),
    "one sample": (lambda rng, s: s[:1], "either"),
    "two samples": (lambda rng, s: s[:2], "either"),
    "no samples": (lambda rng, s: [], "refusal"),
    "one more sample": (lambda rng, s: [*s, s[0]], "either"),
    "another width": (one(lambda x: np.ones((len(x), 7))), "refusal"),
    "no features": (each(lambda x: np.empty((len(x), 0))), "refusal"),
    "time last": (each(lambda x: x.T), "either"),
    "four dimensions": (each(lambda x: x[..., None, None]), "refusal"),
    "one of more dimensions": (one(lambda x: x.reshape(1, *x.shape)), "either"),
    "a number as a sample": (lambda rng, s: replaced(rng, s, 1.5), "refusal"),
    "None as a sample": (lambda rng, s: replaced(rng, s, None), "refusal"),
    "text as a sample": (lambda rng, s: replaced(rng, s, "text"), "refusal"),
    "bytes as a sample": (lambda rng, s: replaced(rng, s, b"text"), "refusal"),
    "a dict as a sample": (lambda rng, s: replaced(rng, s, {"a": 1}), "refusal"),
    "a set as a sample": (lambda rng, s: replaced(rng, s, {1.0, 2.0}), "refusal"),
    "a generator as a sample": (lambda rng, s: replaced(rng, s, (i for i in range(3))), "refusal"),
    "an object as a sample": (lambda rng, s: replaced(rng, s, object()), "refusal"),
    "a class as a sample": (lambda rng, s: replaced(rng, s, float), "refusal"),
    "itself as a sample": (lambda rng, s: replaced(rng, s, itself()), "refusal"),
    "sparse as a sample": (lambda rng, s: replaced(rng, s, sparse.eye(3).tocsr()), "refusal"),
    "ragged rows": (lambda rng, s: replaced(rng, s, [[1.0, 2.0], [1.0]]), "refusal"),
    "records": (
        lambda rng, s: replaced(rng, s, np.zeros(3, [("a", "f8"), ("b", "f8")])),
        "refusal",
    ),
    "a scalar array": (lambda rng, s: replaced(rng, s, np.array(1.0)), "refusal"),
    "an empty list": (lambda rng, s: replaced(rng, s, []), "refusal"),
    "names in another order": (
        lambda rng, s: (
            [
                pd.DataFrame(x, columns=list("abcdefgh")[: x.shape[1]]).iloc[:, :: 1 if i else -1]
                for i, x in enumerate(s)
            ]
            if s[0].ndim == 2 and s[0].shape[1] > 1
            else [None]
        ),
        "refusal",
    ),
    "names given twice": (
        lambda rng, s: [
            pd.DataFrame(x.reshape(len(x), -1), columns=["a"] * x.reshape(len(x), -1).shape[1])
            for x in s
        ],
        "either",
    ),
    "names of two kinds": (
        lambda rng, s: [
            pd.DataFrame(
                np.column_stack([x, x]),
                columns=[0, "a", 1, "b", 2, "c"][: 2 * x.reshape(len(x), -1).shape[1]],
            )
            for x in s
        ],
        "either",
    ),
    "columns of two levels": (
        lambda rng, s: [
            pd.DataFrame(x.reshape(len(x), -1)).pipe(
                lambda f: f.set_axis(pd.MultiIndex.from_product([["a"], f.columns]), axis=1)
            )
            for x in s
        ],
        "either",
    ),
}
# In place of a whole X or y.
WHOLES: dict[str, Callable[[Any], Any]] = {
    "None": lambda v: None,
    "a number": lambda v: 3,
    "NaN": lambda v: np.nan,
    "text": lambda v: "text",
    "bytes": lambda v: b"text",
    "a dict": lambda v: dict(enumerate(v)),
    "a set": lambda v: {1, 2, 3},
    "a generator": lambda v: (x for x in v),
    "a map": lambda v: map(lambda x: x, v),
    "an object": lambda v: object(),
    "a class": lambda v: list,
    "a function": lambda v: len,
    "an empty list": lambda v: [],
    "an empty array": lambda v: np.empty((0, 3)),
    "a sparse matrix": lambda v: sparse.eye(6).tocsr(),
    "a list of itself": lambda v: itself(),
    "a scalar array": lambda v: np.array(1.0),
    "a five-dimensional array": lambda v: np.zeros((6, 2, 2, 2, 2)),
    "a date": lambda v: datetime.datetime(2024, 1, 1),
    "an ellipsis": lambda v: ...,
    "a list of None": lambda v: [None] * len(v),
    "a list of text": lambda v: ["text"] * len(v),
    "a list of objects": lambda v: [object() for _ in v],
    "a list of classes": lambda v: [int] * len(v),
    "a list of dicts": lambda v: [{"a": 1}] * len(v),
    "an array of None": lambda v: object_array([None] * len(v)),
}

# In place of a parameter.
PARAMETERS: dict[str, Any] = {
    "None": None,
    "NaN": np.nan,
    "infinity": np.inf,
    "-1": -1,
    "0": 0,
    "0.5": 0.5,
    "1": 1,
    "2": 2,
    "3.0": 3.0,
    "1.5": 1.5,
    "True": True,
    "False": False,
    "'auto'": "auto",
    "'x'": "x",
    "''": "",
    "an empty list": [],
    "an empty tuple": (),
    "an empty dict": {},
    "[1]": [1],
    "(1, 2)": (1, 2),
    "['a']": ["a"],
    "int64(2)": np.int64(2),
    "float32(0.5)": np.float32(0.5),
    "bool_": np.True_,
    "array(2)": np.array(2),
    "array([1, 2])": np.array([1, 2]),
    "a table": np.ones((4, 2)),
    "10**30": 10**30,
    "-10**30": -(10**30),
    "2**31": 2**31,
    "1e300": 1e300,
    "5e-324": 5e-324,
    "bytes": b"auto",
    "an object": object(),
    "a class": int,
    "a function": len,
    "'1'": "1",
    "NA": pd.NA,
    "1j": 1j,
    "a fraction": Fraction(1, 2),
    "a decimal": Decimal("0.5"),
    "str_": np.str_("auto"),
    "a set": {1, 2},
    "a dict": {"a": 1},
    "a list of itself": itself(),
    "a Series": pd.Series([1.0, 2.0]),
}
# Numbers that are allowed, and take as long as they say.
LASTING = {"max_epochs", "n_iter_no_change", "n_members"}
LARGE = {"10**30", "2**31", "1e300", "infinity"}


def nasty_parameter(rng: Rng, names: list[str]) -> tuple[str, str, Any]:
    """Return a parameter's name, what it gets in words, and that."""
    name = str(rng.choice(names))
    allowed = [word for word in PARAMETERS if not (name in LASTING and word in LARGE)]
    word = str(rng.choice(allowed))
    return name, word, PARAMETERS[word]
