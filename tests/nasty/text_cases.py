"""Nasty calls of the language model and of the encoder of texts."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import torch

from skrnn import RNNLanguageModel
from skrnn.preprocessing import TokenEncoder
from tests.nasty.containers import OnlyArray, OnlySequence, object_array
from tests.nasty.judge import Case
from tests.nasty.values import WHOLES, Rng, nasty_parameter

TINY: dict[str, Any] = {"hidden_size": 2, "max_epochs": 1, "random_state": 0}
GOOD = ["the cat sat", "a dog ran to the cat", "the dog sat", "a cat", "to the dog"]


def first(value: Any) -> Callable[[Rng, list[Any]], Any]:
    return lambda rng, s: [value, *s[1:]]


def every(change: Callable[[str], Any]) -> Callable[[Rng, list[str]], Any]:
    return lambda rng, s: [change(x) for x in s]


TEXTS: dict[str, tuple[Callable[[Rng, list[str]], Any], str]] = {
    "as they are": (lambda rng, s: s, "answer"),
    "one empty": (first(""), "either"),
    "all empty": (every(lambda x: ""), "either"),
    "spaces": (first("  \t\n "), "either"),
    "punctuation": (first("?!...,,"), "either"),
    "punctuation only": (every(lambda x: "..!"), "either"),
    "None": (first(None), "refusal"),
    "NaN": (first(np.nan), "refusal"),
    "NA": (first(pd.NA), "refusal"),
    "a number": (first(7), "refusal"),
    "numbers": (every(len), "either"),
    "bytes": (first(b"the cat"), "refusal"),
    "all bytes": (every(str.encode), "refusal"),
    "a dict": (first({}), "refusal"),
    "an object": (first(object()), "refusal"),
    "a class": (first(str), "refusal"),
    "a list of words": (first(["the", "cat"]), "either"),
    "an empty list": (first([]), "either"),
    "lists of words": (every(str.split), "answer"),
    "tuples of words": (every(lambda x: tuple(x.split())), "answer"),
    "arrays of words": (every(lambda x: np.array(x.split())), "answer"),
    "lists of one text": (every(lambda x: [x]), "refusal"),
    "a nested list": (every(lambda x: [[x]]), "refusal"),
    "lists with None": (every(lambda x: [None, x]), "refusal"),
    "lists with numbers": (every(lambda x: [1, 2]), "either"),
    "lists of bytes": (every(lambda x: [x.encode()]), "refusal"),
    "a generator": (every(lambda x: (w for w in x)), "refusal"),
    "a set": (every(lambda x: set(x.split())), "refusal"),
    "a lone surrogate": (first("a \ud800 b"), "either"),
    "a nul": (first("a\x00b c"), "answer"),
    "emoji": (first("\U0001f468\u200d\U0001f469\u200d\U0001f467 \u2764\ufe0f yes"), "answer"),
    "combining marks": (first("cafe\u0301 \u0928\u092e\u0938\u094d\u0924\u0947"), "answer"),
    "right to left": (first("\u05e9\u05dc\u05d5\u05dd \u200f\u202e"), "answer"),
    "a byte order mark": (first("\ufeffthe cat"), "answer"),
    "long": (first("the cat " * 300), "answer"),
    "one long word": (first("x" * 5000), "answer"),
    "one word": (every(lambda x: "cat"), "either"),
    "numpy strings": (every(np.str_), "answer"),
    "one text": (lambda rng, s: s[:1], "either"),
    "no texts": (lambda rng, s: [], "refusal"),
    "the text of none": (lambda rng, s: " ".join(s), "refusal"),
    "unseen": (first("zebra quagga"), "answer"),
    "the markers": (first("<s> </s> <unk> <pad>"), "answer"),
}
CONTAINERS: dict[str, Callable[[list[Any]], Any]] = {
    "list": list,
    "tuple": tuple,
    "objects": object_array,
    "array": np.array,
    "strings of any width": lambda s: np.array(s, dtype=np.dtypes.StringDType()),
    "Series": pd.Series,
    "Series, odd index": lambda s: pd.Series(s, index=range(len(s), 0, -1)),
    "objects in a Series": lambda s: pd.Series(s, dtype=object),
    "string Series": lambda s: pd.Series(s, dtype="string"),
    "categories": lambda s: pd.Series(pd.Categorical(s)),
    "Index": pd.Index,
    "own sequence": OnlySequence,
    "own array": lambda s: OnlyArray(object_array(s)),
    "strided": lambda s: np.repeat(object_array(s), 2)[::2],
    "frame": lambda s: pd.DataFrame({"text": s}),
    "column": lambda s: object_array(s)[:, None],
}
# What turns everything into text.
OF_TEXTS = {"array", "strings of any width", "string Series", "categories"}
MAY_BE_REFUSED = {"frame", "column", "own sequence", "own array"}


def in_one(rng: Rng, texts: list[Any]) -> tuple[str, Any]:
    names = set(CONTAINERS)
    if not all(isinstance(text, str) for text in texts):
        names -= OF_TEXTS
    for name in rng.permutation(sorted(names)):
        try:
            return str(name), CONTAINERS[name](texts)
        except Exception:  # this container cannot hold these values
            continue
    return "list", texts


def draw_texts(rng: Rng, calm: bool) -> tuple[Any, Any, str, list[str]]:
    """Return texts in a container, in another, whether they can be read, and what was done."""
    if not calm and rng.random() < 0.1:
        whole = str(rng.choice(list(WHOLES)))
        expects = "either" if whole in ("a list of text", "a generator", "a map") else "refusal"
        return WHOLES[whole](GOOD), None, expects, [f"X is {whole}"]
    word = "as they are" if calm else str(rng.choice(list(TEXTS)))
    change, expects = TEXTS[word]
    texts = change(rng, list(GOOD))
    if isinstance(texts, str):
        return texts, None, expects, [f"X: {word}"]
    (name, X), (twin_name, twin) = in_one(rng, texts), in_one(rng, texts)
    if MAY_BE_REFUSED & {name, twin_name} and expects == "answer":
        expects = "either"
    return X, twin, expects, [f"X: {word}, as {name}, also as {twin_name}"]


@cache
def fitted_model(analyzer: str) -> RNNLanguageModel:
    return RNNLanguageModel(**TINY, analyzer=analyzer).fit(GOOD)


PROMPTS: dict[str, Any] = {
    "a text": "the cat",
    "a list": ["the", "cat"],
    "a list of a text": ["the cat"],
    "empty": "",
    "an empty list": [],
    "None": None,
    "a number": 3,
    "bytes": b"the",
    "NaN": np.nan,
    "unseen": "zebra",
    "a surrogate": "\ud800",
    "an array": np.array(["the", "cat"]),
    "objects": object_array(["the", "cat"]),
    "a Series": pd.Series(["the", "cat"]),
    "a tuple": ("the", "cat"),
    "numbers": [1, 2],
    "None inside": [None],
    "a dict": {"a": 1},
    "a set": {"the"},
    "a generator": (w for w in ["the"]),
    "an object": object(),
    "a class": str,
    "two dimensions": np.array([["the"]]),
    "a tensor": torch.tensor([1]),
    "nested": [["the"]],
    "a scalar array": np.array("the"),
    "a nul": "\x00",
    "long": "the cat " * 50,
    "spaces": "   ",
}
SETTINGS: dict[str, list[Any]] = {
    "max_length": [0, -1, 1, 2.0, 1.5, "3", None, True, np.int64(3), np.nan, [1], np.array(2)],
    "temperature": [0, -1.0, 0.0, 1e-300, 1e300, np.inf, np.nan, "1", None, True, [1.0], 5e-324],
    "top_k": [0, -1, 1, 10**9, 1.0, "1", True, np.nan, [1], np.int8(2)],
    "top_p": [0, 0.0, -0.1, 1.0, 1, 1.1, 1e-300, np.nan, "x", True, [0.5]],
    "random_state": [
        0,
        -1,
        2**32,
        2**32 - 1,
        "x",
        1.0,
        np.random.RandomState(0),
        np.random.default_rng(0),
        None,
        [1],
    ],
    "stream": [True, False, 1, "yes", None],
}


def generate_case(rng: Rng, model: Any, story: list[str]) -> Case:
    data: dict[str, Any] = {"max_length": 5, "random_state": 0}
    if rng.random() < 0.5:
        word = str(rng.choice(list(PROMPTS)))
        data["prompt"] = PROMPTS[word]
        story.append(f"prompt: {word}")
    else:
        name = str(rng.choice(list(SETTINGS)))
        data[name] = SETTINGS[name][rng.integers(len(SETTINGS[name]))]
        story.append(f"{name}={data[name]!r:.40}")

    def answer(model: Any, result: Any, data: dict[str, Any]) -> Any:
        return result if isinstance(result, (str, list, np.ndarray)) else list(result)

    return Case(model, "generate", data, None, "either", story, answer=answer)


def finite(answer: Any, data: dict[str, Any]) -> str | None:
    for part in answer if getattr(answer, "dtype", None) == "O" else [answer]:
        values = np.asarray(part)
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            return "an answer that is not finite"
    return None


def language_model_case(rng: Rng) -> Case:
    """Return a nasty call of the language model."""
    analyzer = str(rng.choice(["word", "char"]))
    if rng.random() < 0.55:
        method = str(rng.choice(["generate", "perplexity", "transform", "predict_next", "score"]))
        model = copy.copy(fitted_model(analyzer))
        story = [f"language model of {analyzer}s, {method}"]
        if method == "generate":
            return generate_case(rng, model, story)
        X, twin, expects, words = draw_texts(rng, calm=rng.random() < 0.1)
        return Case(
            model,
            method,
            {"X": X},
            None if twin is None else {"X": twin},
            "refusal" if expects == "refusal" else "either",
            story + words,
            check=finite,
        )
    params = TINY | {"analyzer": analyzer}
    story = [f"language model of {analyzer}s, fit"]
    X, twin, expects, words = draw_texts(rng, calm=rng.random() < 0.4)
    story += words
    if "as they are" in words[0]:
        name, word, value = nasty_parameter(rng, list(RNNLanguageModel().get_params(deep=False)))
        while name == "analyzer" and callable(value):  # whatever it raises passes through
            name, word, value = nasty_parameter(rng, ["analyzer"])
        params[name] = value
        story.append(f"{name}={word}")
        expects = "either"
    return Case(
        RNNLanguageModel(**params),
        "fit",
        {"X": X},
        None if twin is None or rng.random() < 0.5 else {"X": twin},
        "refusal" if expects == "refusal" else "either",
        story,
        answer=lambda model, result, data: model.perplexity(GOOD),
        check=finite,
    )


@cache
def fitted_encoder(analyzer: str) -> TokenEncoder:
    return TokenEncoder(analyzer=analyzer).fit(GOOD)


IDS: dict[str, Any] = {
    "good": [[2, 3], [4]],
    "padded": np.array([[2, 3], [4, 0]]),
    "unseen": [[10**6]],
    "negative": [[-1]],
    "fractions": [[1.5]],
    "text": [["the"]],
    "None": None,
    "empty": [[]],
    "flat": [2, 3],
    "NaN": [[np.nan]],
    "three dimensions": np.zeros((1, 1, 1), int),
    "a dict": {},
    "booleans": [[True]],
    "a number": 3,
    "10**30": [[10**30]],
    "objects": [[object()]],
    "complex": [[1j]],
    "tensor": torch.tensor([[2, 3]]),
    "whole floats": [[2.0, 3.0]],
    "Series": pd.Series([[2, 3]]),
    "frame": pd.DataFrame([[2, 3]]),
    "a set": {1},
    "padding inside": [[2, 0, 3]],
}


def encoder_case(rng: Rng) -> Case:
    """Return a nasty call of TokenEncoder."""
    analyzer = str(rng.choice(["word", "char"]))
    chance = rng.random()
    if chance < 0.15:
        word = str(rng.choice(list(IDS)))
        return Case(
            copy.copy(fitted_encoder(analyzer)),
            "inverse_transform",
            {"X": IDS[word]},
            None,
            "either",
            [f"encoder of {analyzer}s, inverse_transform, {word}"],
        )
    X, twin, expects, words = draw_texts(rng, calm=chance > 0.6)
    expects = "refusal" if expects == "refusal" else "either"
    if chance < 0.4:
        return Case(
            copy.copy(fitted_encoder(analyzer)),
            "transform",
            {"X": X},
            None if twin is None else {"X": twin},
            expects,
            [f"encoder of {analyzer}s, transform", *words],
        )
    params: dict[str, Any] = {"analyzer": analyzer}
    story = [f"encoder of {analyzer}s, fit_transform", *words]
    if chance > 0.6:
        name, word, value = nasty_parameter(rng, list(TokenEncoder().get_params(deep=False)))
        while name == "analyzer" and callable(value):
            name, word, value = nasty_parameter(rng, ["analyzer"])
        params[name] = value
        story.append(f"{name}={word}")
    return Case(
        TokenEncoder(**params),
        "fit_transform",
        {"X": X},
        None if twin is None else {"X": twin},
        expects,
        story,
        also_named=("vocabulary",),
    )
