"""The code that messages offer runs, and the call that failed works with what it makes.

The calls come from the tables of bad input, and from ``tests.remedy_calls`` for what they do not
reach. Code is found in the messages by ``tests.remedies``, which also counts how much of it the
source has.
"""

from __future__ import annotations

import ast
import copy
import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pandas as pd
import pytest

from skrnn import RNNForecaster
from tests import remedies
from tests.forecasting import bad_input as forecasting
from tests.forecasting import test_bad_fit, test_bad_past, test_bad_requests
from tests.remedy_calls import CALLS, Function
from tests.remedy_calls_of_containers import CALLS as CALLS_OF_CONTAINERS
from tests.sequences import bad_input as sequences
from tests.sequences import test_bad_data, test_bad_later_calls


@dataclass(frozen=True)
class Call:
    """A call that fails, which can be made again with other arguments."""

    id: str
    run: Callable[[dict[str, Any]], Any]
    data: dict[str, Any]
    estimator: Callable[[], Any] = lambda: None  # that makes the call


# ----------------------------------------------------------------------------- where they are from


def of_data() -> Iterator[Call]:
    return of_sequences(test_bad_data.CASES)


def of_later_calls() -> Iterator[Call]:
    return of_sequences(test_bad_later_calls.CASES)


def of_sequences(cases: list[sequences.Case]) -> Iterator[Call]:
    for bad in cases:
        yield Call(
            f"sequences-{bad.id}",
            lambda data, bad=bad: getattr(sequences.prepared(bad), bad.method)(**data),
            bad.data,
            lambda bad=bad: sequences.prepared(bad),
        )


@cache
def forecaster_fitted_on(name: str) -> RNNForecaster:
    given, params = forecasting.FITTED[name]
    return RNNForecaster(**forecasting.TINY | params).fit(*given)


def forecaster_of(bad: forecasting.Case) -> RNNForecaster:
    if bad.first is None:
        return RNNForecaster(**forecasting.TINY | bad.params)
    return copy.deepcopy(forecaster_fitted_on(bad.first)).set_params(**bad.params)


def of_forecasts() -> Iterator[Call]:
    for bad in test_bad_fit.CASES + test_bad_past.CASES + test_bad_requests.CASES:
        yield Call(
            f"forecasts-{bad.id}",
            lambda data, bad=bad: getattr(forecaster_of(bad), bad.method)(**data),
            bad.given,
            lambda bad=bad: forecaster_of(bad),
        )


def of_calls() -> Iterator[Call]:
    return of_table(CALLS)


def of_containers() -> Iterator[Call]:
    return of_table(CALLS_OF_CONTAINERS)


def of_table(calls: dict[str, tuple[Function, dict[str, Any]]]) -> Iterator[Call]:
    for name, (run, data) in calls.items():
        estimator = getattr(run, "estimator", None)
        yield Call(
            f"own-{name}".replace(" ", "_"), run, data, lambda estimator=estimator: estimator
        )


# --------------------------------------------------------------------------------- running them


@dataclass
class Tried:
    """Code of one message, and how it went."""

    id: str
    message: str
    found: dict[str, str]  # code, and "" or what was wrong


def try_call(call: Call) -> Tried | None:
    call = replace(call, data=_copied(call.data))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            call.run(dict(call.data))
        except (ValueError, TypeError) as error:
            message = str(error)
        else:
            return None
        found = {}
        argument = re.search(r"\w+", message.removeprefix("Complex data not supported")).group()
        data = dict(call.data)
        # series alone are called y, and passed as the first argument
        place = argument if argument in data else next(iter(data), argument)
        scope = data | {argument: data.get(place), "estimator": None}
        if "estimator" in message:
            scope["estimator"] = call.estimator()
        for code in remedies.code_in(message, {*scope, "x", "y", "X"}):
            if re.fullmatch(r"\w+(\[\d+(, \d+)*\])+", code):
                continue  # where the defect is
            found[code] = _outcome(call, code, scope, argument, place)
    return Tried(call.id, message, found)


def _copied(data: dict[str, Any]) -> dict[str, Any]:
    """Return data of which remedies change no table of pandas that other tests read."""
    kinds = (pd.Series, pd.DataFrame)
    return {name: one.copy() if isinstance(one, kinds) else one for name, one in data.items()}


def _outcome(call: Call, code: str, scope: dict[str, Any], argument: str, place: str) -> str:
    try:
        names = remedies.names_of(ast.parse(code))
        if argument not in names and len(names & set(call.data)) == 1:
            argument = place = (names & set(call.data)).pop()  # the remedy is for another one
        value = remedies.run(code, copy.copy(scope), argument)
        one = re.match(r"\w+\[(\d+)\]\.", code)
        if one:
            value, values = list(scope[argument]), value
            value[int(one.group(1))] = values
        call.run({**call.data, place: value})
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


@cache
def tried(source: Callable[[], Iterator[Call]]) -> list[Tried]:
    found = [try_call(call) for call in source()]
    return [one for one in found if one is not None and one.found]


# What no remedy can be tried on.
NOT_TRIED = {
    "sequences-X-tensor_that_is_not_on_the_CPU": "a meta tensor has no data to move",
    "forecasts-y-a_tensor_off_the_CPU": "a meta tensor has no data to move",
    "forecasts-X-a_tensor_off_the_CPU": "a meta tensor has no data to move",
}


def broken(one: Tried) -> bool:
    """Whether all code of a message fails, or leads back to the same message.

    What is asked for after a remedy, such as other labels, is another defect.
    """
    return all(wrong and one.message[:60] in wrong for wrong in one.found.values()) or all(
        wrong.startswith(("AttributeError", "KeyError", "NameError", "SyntaxError", "IndexError"))
        for wrong in one.found.values()
    )


def listed(found: list[Tried]) -> str:
    return "\n".join(f"{one.id}: {one.message}\n    {one.found}" for one in found)


@pytest.mark.parametrize("source", [of_calls, pytest.param(of_containers, marks=pytest.mark.slow)])
def test_every_remedy_of_a_call_runs_and_the_call_works_after_it(source):
    found = tried(source)
    assert {one.id for one in found} == {call.id for call in source()}
    failed = [one for one in found if all(one.found.values())]
    assert not failed, listed(failed)


@pytest.mark.slow
@pytest.mark.parametrize("source", [of_data, of_later_calls, of_forecasts])
def test_the_remedies_of_the_tables_of_bad_input_run(source):
    found = [one for one in tried(source) if one.id not in NOT_TRIED]
    assert len(found) > 5
    failed = [one for one in found if broken(one)]
    assert not failed, listed(failed)


def pattern_of(template: str) -> re.Pattern[str]:
    return re.compile(re.escape(template).replace("ARGUMENT", ".+?"))


@pytest.mark.slow
def test_almost_all_code_in_the_source_is_tried():
    codes = [
        code
        for source in (of_calls, of_containers, of_data, of_later_calls, of_forecasts)
        for one in tried(source)
        for code in one.found
    ]
    templates = set(remedies.templates())
    missed = {
        (file, template)
        for file, template in templates
        if not any(pattern_of(template).search(code) for code in codes)
    }
    assert len(templates) > 100
    n_tried = len(templates) - len(missed)
    assert n_tried > 0.95 * len(templates), "\n".join(f"{file}: {code}" for file, code in missed)


# ------------------------------------------------------------------------- finding code in messages


@pytest.mark.parametrize(
    "message, code",
    [
        ("X: got that. Pass X.toarray().", ["X.toarray()"]),
        ("X: got 3 sample(s) (all NaN) of X. Expected (n_samples, n).", []),
        ("X: got it. Pass [X] if it is one.", ["[X]"]),
        ("Reshape: np.reshape(X, (1, -1)) is one; [X] is it.", ["np.reshape(X, (1, -1))", "[X]"]),
        ("Set it, X.index = X.index.asfreq('D').", ["X.index = X.index.asfreq('D')"]),
        ("Pass [np.transpose(x) for x in X].", ["[np.transpose(x) for x in X]"]),
        ("Pass list(other.values()).", []),
    ],
)
def test_code_is_told_from_prose(message, code):
    assert remedies.code_in(message, {"X"}) == code


def test_a_remedy_that_fails_and_one_that_changes_nothing_are_broken():
    assert broken(Tried("", "X: got", {"X.no()": "AttributeError: no"}))
    assert broken(Tried("", "X: got it", {"[X]": "ValueError: X: got it"}))
    assert not broken(Tried("", "X: got it", {"[X]": "", "X.no()": "AttributeError: no"}))
