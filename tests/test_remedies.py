"""The code that messages offer runs, and the call that failed works with what it makes.

The calls come from the tables of bad input, and from a table here for what they do not reach. Code
is found in the messages by ``tests.remedies``, which also counts how much of it the source has.
"""

from __future__ import annotations

import copy
import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import sparse

from skrnn import RNNClassifier, RNNForecaster, RNNLanguageModel, RNNTagger, RNNTranscriber
from skrnn.preprocessing import (
    LogMelSpectrogram,
    SequencePadder,
    TimeDifferences,
    TokenEncoder,
    from_long,
    sliding_windows,
)
from tests import remedies
from tests.forecasting import bad_input as forecasting
from tests.forecasting import test_bad_fit, test_bad_past, test_bad_requests
from tests.sequences import bad_input as sequences
from tests.sequences import test_bad_data, test_bad_later_calls

TINY = {"hidden_size": 2, "max_epochs": 1, "random_state": 0}


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


SAMPLES = [np.arange(2.0 * n).reshape(n, 2) % 5 for n in (3, 4, 5, 3)]
LABELS = [0, 1, 0, 1]
FRAMES = [pd.DataFrame(x, columns=["a", "b"]) for x in SAMPLES]
TEXTS = ["the cat", "a dog sat", "the dog", "a cat"]
LONG = pd.DataFrame({"who": [1, 1, 2, 2], "when": [0, 1, 0, 1], "x": [1.0, 2.0, 3.0, 4.0]})
SERIES = pd.Series(np.arange(9.0), pd.date_range("2024", periods=9))


def fit(**params: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda data: RNNClassifier(**TINY | params).fit(**data)


class predict:
    """Predicts with a classifier that was fitted on X."""

    def __init__(self, X: Any) -> None:
        self.X = X

    @cached_property
    def estimator(self) -> RNNClassifier:
        return RNNClassifier(**TINY).fit(self.X, LABELS)

    def __call__(self, data: dict[str, Any]) -> Any:
        return self.estimator.predict(**data)


def tagged(data: dict[str, Any]) -> Any:
    return RNNTagger(**TINY).fit(**data)


def encoded(data: dict[str, Any]) -> Any:
    return TokenEncoder().fit_transform(**data)


OWN: dict[str, tuple[Callable[[dict[str, Any]], Any], dict[str, Any]]] = {
    "columns in another order": (predict(FRAMES), {"X": [f[["b", "a"]] for f in FRAMES]}),
    "one more column": (predict(FRAMES), {"X": [f.assign(c=1.0) for f in FRAMES]}),
    "columns of a table in another order": (
        predict(pd.DataFrame(np.eye(4), columns=list("abcd"))),
        {"X": pd.DataFrame(np.eye(4), columns=list("dcba"))},
    ),
    "names of two kinds": (
        fit(),
        {"X": [f.set_axis([0, "b"], axis=1) for f in FRAMES], "y": LABELS},
    ),
    "names of two kinds in a table": (
        fit(),
        {"X": pd.DataFrame(np.eye(4), columns=[0, "b", 1, 2]), "y": LABELS},
    ),
    "columns of two levels": (
        fit(),
        {
            "X": pd.DataFrame(np.eye(4), columns=pd.MultiIndex.from_product([["a", "b"], [0, 1]])),
            "y": LABELS,
        },
    ),
    "infinity among lists": (
        fit(),
        {"X": [[[1.0, np.inf], [1.0, 2.0]], *SAMPLES[1:]], "y": LABELS},
    ),
    "infinity in a frame": (
        fit(),
        {"X": pd.DataFrame(np.eye(4)).replace(1.0, np.inf), "y": LABELS},
    ),
    "infinity in a tensor": (
        fit(),
        {"X": torch.tensor(np.where(np.eye(4) > 0, np.inf, 1.0)), "y": LABELS},
    ),
    "infinity in tensors": (
        fit(),
        {"X": [torch.tensor([[np.inf, 1.0]]), *SAMPLES[1:]], "y": LABELS},
    ),
    "features first in lists": (
        predict(SAMPLES),
        {"X": [x.T.tolist() for x in SAMPLES]},
    ),
    "features first": (predict(SAMPLES), {"X": np.ones((4, 2, 6))}),
    "features first in a tensor": (predict(SAMPLES), {"X": torch.ones((4, 2, 6))}),
    "one recording": (predict(SAMPLES), {"X": SAMPLES[0]}),
    "one recording, features first": (predict(SAMPLES), {"X": np.ones((2, 7))}),
    "a list of numbers": (predict([x[:, 0] for x in SAMPLES]), {"X": [1.0, 2.0]}),
    "an array of numbers": (predict([x[:, 0] for x in SAMPLES]), {"X": np.ones(3)}),
    "a Series of numbers": (predict(np.eye(4)), {"X": pd.Series(np.ones(4))}),
    "four dimensions": (fit(), {"X": np.ones((4, 3, 2, 2)), "y": LABELS}),
    "four dimensions in a tensor": (fit(), {"X": torch.ones((4, 3, 2, 2)), "y": LABELS}),
    "samples of three dimensions": (fit(), {"X": [x[..., None] for x in SAMPLES], "y": LABELS}),
    "samples of three dimensions in lists": (
        fit(),
        {"X": [x[..., None].tolist() for x in SAMPLES], "y": LABELS},
    ),
    "a dict of samples": (fit(), {"X": dict(enumerate(SAMPLES)), "y": LABELS}),
    "values of a dict": (fit(), {"X": dict(enumerate(SAMPLES)).values(), "y": LABELS}),
    "an iterator": (fit(), {"X": map(np.asarray, SAMPLES), "y": LABELS}),
    "sparse X": (fit(), {"X": sparse.eye(4).tocsr(), "y": LABELS}),
    "a sparse sample": (fit(), {"X": [sparse.eye(2).tocsr(), *SAMPLES[1:]], "y": LABELS}),
    "a sparse tensor": (fit(), {"X": torch.eye(4).to_sparse(), "y": LABELS}),
    "mixed labels": (fit(), {"X": SAMPLES, "y": [1, "a", 1, "a"]}),
    "mixed groups": (
        fit(early_stopping=True, validation_fraction=0.5),
        {"X": SAMPLES, "y": LABELS, "groups": [1, "a", 1, "a"]},
    ),
    "sparse weights": (
        fit(),
        {"X": SAMPLES, "y": LABELS, "sample_weight": sparse.csr_matrix(np.ones((4, 1)))},
    ),
    "labels in an iterator": (fit(), {"X": SAMPLES, "y": iter(LABELS)}),
    "sparse labels of timesteps": (tagged, {"X": np.ones((4, 3)), "y": sparse.eye(4, 3).tocsr()}),
    "labels of timesteps in an iterator": (
        tagged,
        {"X": SAMPLES, "y": iter([np.arange(len(x)) % 2 for x in SAMPLES])},
    ),
    "one-hot labels of timesteps": (
        tagged,
        {"X": np.ones((4, 3, 1)), "y": np.eye(3, dtype=int)[None].repeat(4, 0)},
    ),
    "text of labels": (tagged, {"X": [x[:2] for x in SAMPLES], "y": ["A B"] * 4}),
    "transcripts of bytes": (
        lambda data: RNNTranscriber(**TINY).fit(**data),
        {"X": SAMPLES, "y": [b"a", "b", "a", "b"]},
    ),
    "one text": (encoded, {"X": "the cat"}),
    "a column of text": (encoded, {"X": pd.DataFrame({"words": TEXTS})}),
    "a column of text in an array": (encoded, {"X": np.array(TEXTS)[:, None]}),
    "rows of one text": (encoded, {"X": [[text] for text in TEXTS]}),
    "rows of two texts": (encoded, {"X": [[text, text] for text in TEXTS]}),
    "a dict of texts": (encoded, {"X": dict(enumerate(TEXTS))}),
    "an iterator of texts": (encoded, {"X": iter(TEXTS)}),
    "ids of one text": (lambda data: RNNLanguageModel(**TINY).fit(**data), {"X": [1, 2, 3, 2, 1]}),
    "a dict of series": (
        lambda data: sliding_windows(**data, context_length=2),
        {"X": {"a": np.arange(9.0)}},
    ),
    "an iterator of series": (
        lambda data: sliding_windows(**data, context_length=2),
        {"X": iter([np.arange(9.0)])},
    ),
    "unsorted series": (
        lambda data: sliding_windows(**data, context_length=2),
        {"X": SERIES[::-1]},
    ),
    "a column that is no number": (
        lambda data: sliding_windows(**data, context_length=2),
        {"X": SERIES.to_frame("x").assign(kind="a")},
    ),
    "a short series": (
        lambda data: sliding_windows(**data, context_length=4),
        {"X": [np.arange(9.0), np.arange(2.0)]},
    ),
    "a list of rows as a long table": (
        lambda data: from_long(**data, sample="who", time="when"),
        {"frame": LONG.to_dict("list")},
    ),
    "a missing sample id": (
        lambda data: from_long(**data, sample="who", time="when"),
        {"frame": LONG.assign(who=[1, None, 2, 2])},
    ),
    "a time twice in a long table": (
        lambda data: from_long(**data, sample="who", time="when"),
        {"frame": LONG.assign(when=0)},
    ),
    "one recording of sound": (
        lambda data: LogMelSpectrogram(8000).fit(**data),
        {"X": np.zeros(4000)},
    ),
    "sparse recordings": (
        lambda data: LogMelSpectrogram(8000).fit(**data),
        {"X": sparse.csr_matrix(np.ones((2, 4000)))},
    ),
    "values of a dict of recordings": (
        lambda data: LogMelSpectrogram(8000).fit(**data),
        {"X": {0: np.zeros(4000)}.values()},
    ),
    "padding of an iterator": (lambda data: SequencePadder().fit(**data), {"X": iter(SAMPLES)}),
    "differences of a dict": (
        lambda data: TimeDifferences().fit(**data),
        {"X": dict(enumerate(SAMPLES))},
    ),
}


def of_this_file() -> Iterator[Call]:
    for name, (run, data) in OWN.items():
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
            if re.fullmatch(r"\w+(\[\d+\])+", code):
                continue  # where the defect is
            found[code] = _outcome(call, code, scope, argument, place)
    return Tried(call.id, message, found)


def _outcome(call: Call, code: str, scope: dict[str, Any], argument: str, place: str) -> str:
    try:
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


def test_every_remedy_of_this_file_runs_and_the_call_works_after_it():
    found = tried(of_this_file)
    assert {one.id for one in found} == {call.id for call in of_this_file()}
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
def test_most_of_the_code_in_the_source_is_tried():
    codes = [
        code
        for source in (of_this_file, of_data, of_later_calls, of_forecasts)
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
    assert n_tried > len(templates) / 2, "\n".join(f"{file}: {code}" for file, code in missed)


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
