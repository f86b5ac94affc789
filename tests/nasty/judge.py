"""One nasty call: what is done, and whether its outcome is one that a user can live with.

An outcome is right, or a ValueError or TypeError that names an argument and begins a way out. In
either case the arguments are what they were, nothing warns but what skrnn documents, and an
estimator whose fit failed is as it was before.
"""

from __future__ import annotations

import inspect
import re
import signal
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import torch
from sklearn.base import BaseEstimator

import skrnn.exceptions
from skrnn.preprocessing import PerTimestep
from tests.refusals import WAY_OUT, is_ours, raised_by

# Warnings that are documented: skrnn's own, and those of column names, which are scikit-learn's
# words; a column vector as y is warned of by scikit-learn itself.
DOCUMENTED = tuple(getattr(skrnn.exceptions, name) for name in skrnn.exceptions.__all__)
DOCUMENTED_WORDS = re.compile(
    r"feature names|A column-vector y was passed|n_quantiles|ill-defined|not well-defined"
)
BEGINS_WAY_OUT = re.compile(rf"{WAY_OUT.pattern}|Lower |Raise |Use |Name |Give |Check |Choose ")
SECONDS = 30.0  # of the processor, for one call


class Overtime(BaseException):
    """A call that does not end."""


@dataclass
class Case:
    """One call with one or several nasty arguments.

    Parameters
    ----------
    model
        What is called, an estimator or a transformer, fitted or not; or a function.
    method
        Its method; empty for a function.
    data
        The arguments of the call.
    twin
        The same arguments in other containers, or None: their answer must be the same.
    expects
        "answer", "refusal", or "either" where both are right.
    story
        What was done, for people.
    answer
        What the call is judged by, from the model, the result of the call and the data.
    check
        What must hold of an answer: returns what is wrong, or nothing.
    """

    model: Any
    method: str
    data: dict[str, Any]
    twin: dict[str, Any] | None = None
    expects: str = "either"
    story: list[str] = field(default_factory=list)
    answer: Callable[[Any, Any, dict[str, Any]], Any] = lambda model, result, data: result
    check: Callable[[Any, dict[str, Any]], str | None] = lambda answer, data: None
    also_named: tuple[str, ...] = ()  # parts of an argument that a message may name
    has_returned: bool = False  # the call itself; the answer may take others

    @property
    def is_fit(self) -> bool:
        return self.method in ("fit", "partial_fit", "fit_transform")


@dataclass
class Outcome:
    """How a case went: "right", "refused", or the violations."""

    kind: str
    violations: list[str]
    message: str = ""


@contextmanager
def limited_time() -> Iterator[None]:
    def stop(*_: Any) -> None:
        raise Overtime

    old = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, old)


def remember(value: Any, depth: int = 0) -> Any:
    """Return what an argument holds, bit for bit; what cannot be looked into is left out."""
    if depth > 4:
        return None
    if isinstance(value, dict):
        return [(key, remember(entry, depth + 1)) for key, entry in value.items()]
    if isinstance(value, (list, tuple)):
        return [type(value), *(remember(entry, depth + 1) for entry in value)]
    if isinstance(value, pd.DataFrame):
        columns = [remember(value.iloc[:, i], depth + 1) for i in range(value.shape[1])]
        return [list(map(str, value.columns)), *columns]
    if isinstance(value, (pd.Series, pd.Index)):
        index = value.index.tolist() if isinstance(value, pd.Series) else []
        return [str(value.dtype), repr(index), remember(value.tolist(), depth + 1)]
    if isinstance(value, np.ndarray):
        if value.dtype.kind == "O":
            return [value.shape, *(remember(entry, depth + 1) for entry in value.ravel())]
        return [value.shape, value.dtype, np.asarray(value).tobytes(), value.flags.writeable]
    if isinstance(value, torch.Tensor) and value.layout is torch.strided and not value.is_nested:
        return [value.dtype, value.numpy().tobytes()]
    return repr(value)


def bound(case: Case) -> Callable[..., Any]:
    return getattr(case.model, case.method) if case.method else case.model


def argument_names(case: Case) -> set[str]:
    names = set(case.data) | set(case.also_named)
    if isinstance(case.model, BaseEstimator):
        names |= {part for name in case.model.get_params() for part in name.split("__")}
    try:
        names |= set(inspect.signature(bound(case)).parameters)
    except (TypeError, ValueError):
        pass
    return names


def state(model: Any) -> dict[str, Any]:
    return dict(vars(model)) if isinstance(model, BaseEstimator) else {}


def is_same_state(before: dict[str, Any], after: dict[str, Any]) -> bool:
    return before.keys() == after.keys() and all(before[key] is after[key] for key in before)


def undocumented(caught: list[warnings.WarningMessage]) -> list[str]:
    return sorted(
        {
            f"warns {item.category.__name__}: {str(item.message)[:120]}"
            for item in caught
            if not issubclass(item.category, DOCUMENTED)
            and not DOCUMENTED_WORDS.search(str(item.message))
        }
    )


def same_answer(one: Any, other: Any, rtol: float = 1e-3, atol: float = 1e-4) -> bool:
    """Whether two answers are the same but for rounding, whatever they are made of."""
    if isinstance(one, (pd.Series, pd.DataFrame)) and isinstance(other, (pd.Series, pd.DataFrame)):
        one, other = one.to_numpy(), other.to_numpy()
    if isinstance(one, str) or isinstance(other, str) or one is None or other is None:
        return bool(one is other or one == other)
    one, other = as_array(one), as_array(other)
    if one.shape != other.shape:
        return False
    if one.dtype.kind == "O" or other.dtype.kind == "O":
        pairs = zip(one.ravel(), other.ravel(), strict=True)
        return all(
            same_answer(a, b)
            if isinstance(a, (np.ndarray, list, tuple, str))
            else bool(a == b) or (a != a and b != b)
            for a, b in pairs
        )
    if one.dtype.kind not in "fiub" or other.dtype.kind not in "fiub":
        return bool((one == other).all())
    return bool(np.allclose(one, other, rtol=rtol, atol=atol, equal_nan=True))


def as_array(value: Any) -> np.ndarray:
    if isinstance(value, (list, tuple)):
        array = np.empty(len(value), dtype=object)
        for i, entry in enumerate(value):
            array[i] = entry
        return array
    return np.asarray(value)


def judge_error(case: Case, error: BaseException) -> list[str]:
    message = str(error)
    found = []
    where = traceback.extract_tb(error.__traceback__)[-1]
    said = f"{type(error).__name__} at {where.filename.split('/')[-1]}:{where.lineno}: {message}"
    # What names a file that is not there is found by the name of its error.
    known = (ValueError, TypeError, FileNotFoundError)
    if not isinstance(error, known) or isinstance(error, UnicodeError):
        return [f"foreign error {said[:400]}"]
    if isinstance(error, FileNotFoundError):
        return []
    if not any(
        re.search(rf"(?<!\w){re.escape(name)}(?!\w)", message) for name in argument_names(case)
    ):
        found.append(f"no argument is named by {said[:300]}")
    elif not is_ours(raised_by(error)) and "sklearn" not in raised_by(error):
        found.append(f"raised elsewhere: {said[:300]}")
    # a transformer of scikit-learn inside PerTimestep has words of its own
    if not BEGINS_WAY_OUT.search(message) and not isinstance(case.model, PerTimestep):
        found.append(f"no way out in {said[:300]}")
    return found


def call(case: Case, data: dict[str, Any]) -> Any:
    with limited_time():
        result = bound(case)(**data)
        case.has_returned = True
        return case.answer(case.model, result, data)


def judge(case: Case) -> Outcome:
    """Make the call, and say how it went."""
    before, photo = state(case.model), remember(case.data)
    params = remember(case.model.get_params()) if isinstance(case.model, BaseEstimator) else {}
    violations: list[str] = []
    message = ""
    answer = None
    twin_model = case.model
    if case.twin is not None and case.is_fit:
        # not clone, which looks into parameters
        twin_model = type(case.model)(**case.model.get_params(deep=False))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            answer = call(case, case.data)
            kind = "right"
        except Overtime:
            return Outcome("violation", [f"runs for more than {SECONDS:.0f} s"])
        except Exception as error:
            kind, message = "refused", str(error)
            violations += judge_error(case, error)
            # what fails may be the answer, and the transform in fit_transform, after a fit.
            is_whole = case.has_returned or case.method == "fit_transform"
            if not is_whole and not is_same_state(before, state(case.model)):
                violations.append("the failed call changed the estimator")
    if not isinstance(case.model, PerTimestep):
        violations += undocumented(caught)
    if remember(case.data) != photo:
        violations.append("an argument was changed")
    if params and remember(case.model.get_params()) != params:
        violations.append("a parameter was changed")
    if kind == "right":
        violations += judge_answer(case, answer, before, twin_model)
    elif case.expects == "answer":
        violations.append(f"refused what can be answered: {message[:300]}")
    return Outcome("violation" if violations else kind, violations, message)


def judge_answer(case: Case, answer: Any, before: dict[str, Any], twin_model: Any) -> list[str]:
    violations = []
    if case.expects == "refusal":
        violations.append("answered what cannot be meant")
    if not (case.is_fit or case.method == "update") and not is_same_state(
        before, state(case.model)
    ):
        violations.append("the call changed the estimator")
    wrong = case.check(answer, case.data)
    if wrong:
        violations.append(wrong)
    if case.twin is None:
        return violations
    twin = Case(twin_model, case.method, case.twin, answer=case.answer)
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        try:
            other = call(twin, case.twin)
        except Overtime:
            return [*violations, f"the other container runs for more than {SECONDS:.0f} s"]
        except Exception as error:
            foreign = judge_error(twin, error)
            if foreign or case.expects == "answer":
                violations.append(f"the other container is refused: {str(error)[:300]}")
            return violations + foreign
    if not same_answer(answer, other):
        violations.append("two containers, two answers")
    return violations
