"""Several continuations of a prompt, and where they stop."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from skrnn import RNNLanguageModel
from skrnn._language.stopping import text_until, tokens_until
from tests.language.texts import TEXTS, TINY

DRAWN = {"max_length": 30, "temperature": 1.5, "random_state": 3}


@pytest.fixture(scope="module")
def of_characters():
    return RNNLanguageModel(analyzer="char", **TINY).fit(TEXTS)


@pytest.fixture(scope="module")
def of_ids():
    return RNNLanguageModel(**TINY).fit([[3, 4, 5, 4, 6], [3, 5, 7]] * 8)


@pytest.fixture(scope="module")
def of_word_pieces():
    tokenizers = pytest.importorskip("tokenizers")
    words = ["[UNK]", "they", "play", "##ing", "##ed", "in", "the", "garden", "."]
    vocabulary = {word: id for id, word in enumerate(words)}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.decoder = tokenizers.decoders.WordPiece()
    return RNNLanguageModel(analyzer=tokenizer, **TINY).fit(["they played in the garden."] * 20)


def words_before(text, *stops):
    """Cut a text of words before the first of several runs of words."""
    words = text.split()
    runs = [stop.split() for stop in stops]
    for end in range(1, len(words) + 1):
        ended = [len(run) for run in runs if words[max(0, end - len(run)) : end] == run]
        if ended:
            return " ".join(words[: end - max(ended)])
    return text


# ----------------------------------------------------------------------------------------- samples


def test_a_sample_has_the_same_bits_however_many_there_are(trained, of_ids):
    five = trained.generate("the", n_samples=5, **DRAWN)
    assert isinstance(five, list)
    assert len(set(five)) > 1
    for n_samples in (1, 2, 4):
        assert trained.generate("the", n_samples=n_samples, **DRAWN) == five[:n_samples]
    assert trained.generate("the", **DRAWN) == five[0]
    ids = of_ids.generate([3], n_samples=3, **DRAWN)
    assert [row.dtype for row in ids] == [np.int64] * 3
    np.testing.assert_array_equal(of_ids.generate([3], **DRAWN), ids[0])
    assert len({len(row) for row in ids}) > 1


def test_samples_are_drawn_independently_by_their_probabilities(model):
    proba = model.predict_next_proba(["the"])[0]
    proba[1] = 0.0
    drawn = model.generate("the", max_length=1, n_samples=2000, random_state=0)
    names = model.next_tokens_.tolist()
    places = np.array([names.index(token or "<end>") for token in drawn])
    counts = np.bincount(places, minlength=len(names))
    expected = proba / proba.sum() * len(drawn)
    keep = expected > 5
    statistic = ((counts - expected)[keep] ** 2 / expected[keep]).sum()
    assert statistic < keep.sum() + 4 * np.sqrt(2 * keep.sum())
    # one after the other are as independent as all are.
    repeated = (places[1:] == places[:-1]).mean()
    assert abs(repeated - ((expected / len(drawn)) ** 2).sum()) < 0.06


def test_samples_as_streams_are_the_samples(trained):
    streams = trained.generate("the", n_samples=3, stream=True, **DRAWN)
    whole = trained.generate("the", n_samples=3, **DRAWN)
    assert ["".join(stream) for stream in reversed(streams)] == whole[::-1]


# ------------------------------------------------------------------------------------------- stops


@pytest.mark.parametrize("stops", [["."], ["the"], ["on the", "cat"], ["sang", "."], 2, 3])
def test_a_text_of_words_ends_before_the_first_stop(trained, stops):
    whole = trained.generate("the", n_samples=12, **DRAWN)
    if isinstance(stops, int):
        stops = [" ".join(whole[0].split()[1 : 1 + stops])]
    stopped = trained.generate("the", n_samples=12, stop=stops, **DRAWN)
    assert stopped == [words_before(text, *stops) for text in whole]
    assert stopped != whole
    streams = trained.generate("the", n_samples=12, stop=stops, stream=True, **DRAWN)
    assert ["".join(stream) for stream in streams] == stopped
    if len(stops) == 1:
        assert trained.generate("the", n_samples=12, stop=stops[0], **DRAWN) == stopped
        assert trained.generate("the", n_samples=12, stop=np.array(stops[0]), **DRAWN) == stopped
    as_tokens = [stop.split() for stop in stops]
    assert trained.generate("the", n_samples=12, stop=as_tokens, **DRAWN) == stopped


@pytest.mark.parametrize("stop", ["a", ["e", "o"], 2, 5])
def test_a_text_of_characters_ends_before_the_first_stop(of_characters, stop):
    whole = of_characters.generate("the ", n_samples=12, **DRAWN)
    if isinstance(stop, int):
        stop = whole[0][1 : 1 + stop]
    stops = [stop] if isinstance(stop, str) else stop
    stopped = of_characters.generate("the ", n_samples=12, stop=stop, **DRAWN)
    ends = [[text.find(s) for s in stops if s in text] or [len(text)] for text in whole]
    assert stopped == [text[: min(end)] for text, end in zip(whole, ends, strict=True)]
    assert stopped != whole


@pytest.mark.parametrize("stop", [5, [5], [5, 7], [[3, 5]], [[3, 5], [7]], np.array([4, 6])])
def test_token_ids_end_before_the_first_stop(of_ids, stop):
    rows = [np.atleast_1d(one).tolist() for one in np.atleast_1d(np.array(stop, dtype=object))]
    whole = of_ids.generate([3], n_samples=12, **DRAWN)
    stopped = of_ids.generate([3], n_samples=12, stop=stop, **DRAWN)
    for long, short in zip(whole, stopped, strict=True):
        text = words_before(" ".join(map(str, long)), *(" ".join(map(str, row)) for row in rows))
        assert short.tolist() == [int(word) for word in text.split()]
    assert any(len(long) > len(short) for long, short in zip(whole, stopped, strict=True))


@pytest.mark.parametrize(
    "stop", ["in", "garden.", "yed", ["n t", "."], [["##ed"]], [["garden"], "x"]]
)
def test_a_text_of_a_tokenizer_ends_wherever_the_stop_stands(of_word_pieces, stop):
    stops = [stop] if isinstance(stop, str) else stop
    looked_for = [one if isinstance(one, str) else one[0].removeprefix("##") for one in stops]
    whole = of_word_pieces.generate("they", n_samples=12, **DRAWN)
    stopped = of_word_pieces.generate("they", n_samples=12, stop=stop, **DRAWN)
    for long, short in zip(whole, stopped, strict=True):
        ends = [long.find(one) for one in looked_for if one in long]
        # a stop of tokens takes the blank before it along.
        assert short.rstrip() == long[: min(ends, default=len(long))].rstrip()
    streams = of_word_pieces.generate("they", n_samples=12, stop=stop, stream=True, **DRAWN)
    assert ["".join(stream) for stream in streams] == stopped


def test_what_may_begin_a_stop_is_written_where_the_text_ends():
    assert list(tokens_until(iter([1, 2, 3, 2]), [[2, 3, 4], [2, 9]])) == [1, 2, 3, 2]
    assert list(tokens_until(iter([1, 1, 2, 5]), [[1, 2]])) == [1]
    assert list(tokens_until(iter([7, 1, 2, 3]), [[2], [1, 2]])) == [7]
    assert list(tokens_until(iter([7, 8]), [])) == [7, 8]
    assert list(text_until(["ab", "a", "bc"], ["abc"])) == ["ab"]
    assert list(text_until(["x", "ab", "a"], ["abc"])) == ["x", "ab", "a"]
    assert list(text_until(["abc"], ["a"])) == []


def test_a_stop_in_the_prompt_stops_nothing(trained):
    expected = trained.generate("the cat", temperature=0, max_length=2)
    assert "cat" not in expected
    assert trained.generate("the cat", temperature=0, max_length=2, stop="cat") == expected


def test_stops_are_taken_apart_as_texts_are():
    texts = ["The Cat sat. The DOG ran."] * 10
    model = RNNLanguageModel(lowercase=True, **TINY).fit(texts)
    lower = model.generate("the", n_samples=6, stop="the dog", **DRAWN)
    assert model.generate("the", n_samples=6, stop="The DOG", **DRAWN) == lower
    lists = RNNLanguageModel(analyzer=None, **TINY).fit([["New York", "is", "old"]] * 10)
    for text in lists.generate([], n_samples=8, stop="New York", **DRAWN):
        assert "New York" not in text


@pytest.mark.parametrize(
    "settings, kind, message",
    [
        ({"n_samples": 0}, ValueError, "n_samples: got 0.*or None"),
        ({"n_samples": 2.0}, TypeError, "n_samples: got 2.0"),
        ({"stop": 5}, TypeError, "stop: got 5.*a list of texts"),
        ({"stop": [5]}, TypeError, r"stop: got \[5\]"),
        ({"stop": b"."}, TypeError, "stop: got b'.'"),
        ({"stop": {"."}}, TypeError, "stop: got {'.'}"),
        ({"stop": ""}, ValueError, "stop: got '', which holds nothing.*Pass None"),
        ({"stop": []}, ValueError, r"stop: got \[\], which holds nothing"),
        ({"stop": [".", ""]}, ValueError, "which holds nothing"),
        ({"stop": "\n"}, ValueError, r"stop: got '\\n', in which there is no token"),
        ({"stop": "the elephant"}, ValueError, "'elephant', which is not a token.*next_tokens_"),
        ({"stop": ["the", None]}, TypeError, "stop: got None among the stops.*Leave it out"),
        ({"stop": (np.nan,)}, TypeError, "stop: got nan among the stops"),
        ({"stop": [3.5]}, TypeError, r"stop: got 3\.5 among the stops"),
        ({"stop": [b"the"]}, TypeError, "stop: got b'the' among the stops"),
        ({"stop": [True]}, TypeError, "stop: got True among the stops"),
        ({"stop": pd.Series(["the", pd.NA])}, TypeError, "stop: got nan among the stops"),
        ({"stop": [["the", None]]}, (TypeError, ValueError), r"stop\[0\]\[1\]: got None"),
    ],
)
def test_stops_and_numbers_of_samples_that_cannot_be_are_refused(model, settings, kind, message):
    with pytest.raises(kind, match=message):
        model.generate("the", **settings)


@pytest.mark.parametrize(
    "stop, kind",
    [("a", TypeError), ([5.0], TypeError), (True, TypeError), (99, ValueError), (0, ValueError)],
)
def test_stops_that_are_no_ids_of_the_model_are_refused(of_ids, stop, kind):
    with pytest.raises(kind, match=r"^stop: got .*Expected a token id"):
        of_ids.generate([3], stop=stop)
