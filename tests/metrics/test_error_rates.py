"""Error rates of transcripts: held against jiwer and against properties of edit distances."""

from __future__ import annotations

import jiwer
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skrnn.metrics import (
    character_error_counts,
    character_error_rate,
    word_error_counts,
    word_error_rate,
)

COUNTS = {word_error_rate: word_error_counts, character_error_rate: character_error_counts}
WORDS = ["a", "bb", "ccc", "ab", "ba"]


def draw_transcripts(seed, fewest=1):
    rng = np.random.default_rng(seed)
    lengths = rng.integers(fewest, 8, size=20)
    return [" ".join(rng.choice(WORDS, length)) for length in lengths]


@pytest.mark.parametrize("seed", range(10))
def test_the_rates_are_jiwers(seed):
    true, predicted = draw_transcripts(seed), draw_transcripts(100 + seed, fewest=0)
    assert word_error_rate(true, predicted) == pytest.approx(jiwer.wer(true, predicted))
    assert character_error_rate(true, predicted) == pytest.approx(jiwer.cer(true, predicted))


def counts_of(output) -> dict[str, int]:
    names = ("hits", "substitutions", "deletions", "insertions")
    return {name: getattr(output, name) for name in names}


@pytest.mark.parametrize("seed", range(10))
def test_the_counts_are_jiwers(seed):
    true = draw_transcripts(seed, fewest=0)
    predicted = draw_transcripts(100 + seed, fewest=0)
    assert word_error_counts(true, predicted) == counts_of(jiwer.process_words(true, predicted))
    expected = counts_of(jiwer.process_characters(true, predicted))
    assert character_error_counts(true, predicted) == expected


@given(st.lists(st.integers(0, 3), max_size=12), st.lists(st.integers(0, 3), max_size=12))
def test_the_counts_of_one_pair_are_jiwers_and_add_up(true, predicted):
    texts = [" ".join(map(str, tokens)) for tokens in (true, predicted)]
    counts = word_error_counts([true], [predicted])
    assert counts == counts_of(jiwer.process_words(*([text] for text in texts)))
    assert counts["hits"] + counts["substitutions"] + counts["deletions"] == len(true)
    assert counts["hits"] + counts["substitutions"] + counts["insertions"] == len(predicted)
    if true:
        n_errors = sum(counts.values()) - counts["hits"]
        assert word_error_rate([true], [predicted]) == pytest.approx(n_errors / len(true))


def test_what_is_written_for_an_empty_transcript_are_insertions():
    # one word too many, of two that were said
    assert word_error_rate(["", "a b"], ["x", "a b"]) == jiwer.wer(["", "a b"], ["x", "a b"]) == 0.5
    assert word_error_counts([""], ["x y"]) == dict(
        hits=0, substitutions=0, deletions=0, insertions=2
    )
    assert character_error_counts([" "], [""])["insertions"] == 0
    assert word_error_counts([], []) == dict.fromkeys(counts_of(jiwer.process_words("a", "a")), 0)


@pytest.mark.parametrize("unit", ["word", "character"])
def test_the_remedy_for_nothing_but_empty_transcripts_runs(unit):
    true, predicted = ["", ""], ["x", ""]
    rate = {"word": word_error_rate, "character": character_error_rate}[unit]
    with pytest.raises(ValueError, match=f"{unit}_error_counts\\(y_true, y_pred\\)"):
        rate(true, predicted)
    count = {"word": word_error_counts, "character": character_error_counts}[unit]
    assert count(true, predicted)["insertions"] == 1


def test_the_same_text_has_no_errors_and_an_empty_one_all():
    true = draw_transcripts(0)
    assert word_error_rate(true, true) == character_error_rate(true, true) == 0
    assert word_error_rate(true, [""] * 20) == character_error_rate(true, [""] * 20) == 1


def test_more_than_all_words_can_be_wrong():
    assert word_error_rate(["yes"], ["no it is not"]) == 4


def test_blanks_around_words_make_no_errors():
    assert word_error_rate(["a  b\n"], [" a b"]) == 0
    assert character_error_rate([" a b "], ["a b"]) == 0
    assert character_error_rate(["a  b"], ["a b"]) == 0.25


def test_lists_of_tokens_count_tokens_of_any_type():
    assert word_error_rate([[1, 2, 3], ["x"]], [[1, 3], ["x"]]) == 0.25
    assert word_error_rate([np.array([1, 2])], [np.array([2, 1])]) == 1


def test_a_weight_counts_a_sample_that_often():
    true, predicted = ["a b", "c"], ["a", "c"]
    repeated = word_error_rate([*true, "c", "c"], [*predicted, "c", "c"])
    assert word_error_rate(true, predicted, sample_weight=[1, 3]) == repeated == pytest.approx(0.2)
    assert word_error_rate(true, predicted, sample_weight=[0, 1]) == 0


def test_containers_do_not_matter():
    true, predicted = draw_transcripts(1), draw_transcripts(2)
    expected = word_error_rate(true, predicted)
    for container in (tuple, np.array, lambda y: np.array(y, dtype=object)):
        assert word_error_rate(container(true), container(predicted)) == expected
    index = np.arange(20)[::-1]
    series = pd.Series(true, index=index), pd.Series(predicted, index=index)
    assert word_error_rate(*series) == expected
    assert (
        word_error_rate(np.array(true)[:, None], np.array(predicted, object)[:, None]) == expected
    )
    frames = pd.DataFrame({"text": true}), pd.DataFrame({"text": predicted})
    assert word_error_rate(*frames) == expected
    with pytest.raises(ValueError, match="y_true: got a DataFrame of 2 columns"):
        word_error_rate(pd.DataFrame({"text": true, "speaker": true}), predicted)


@pytest.mark.parametrize("rate", [word_error_rate, character_error_rate])
@pytest.mark.parametrize(
    ("true", "predicted", "error", "message"),
    [
        ("a b", ["a b"], TypeError, r"y_true: got 'a b'. Expected a list.*Pass \[y_true\] if it"),
        (["a"], "a", TypeError, r"y_pred: got 'a'. Expected a list.*Pass \[y_pred\] if it"),
        (["a"], None, TypeError, r"y_pred: got None. Expected a list"),
        (np.array("a"), ["a"], TypeError, r"y_true: got array\('a'"),
        (["a"], [[["a"]]], TypeError, r"y_pred: got lists within a list at position 0"),
        (["a"], [None], TypeError, r"y_pred: got None at position 0"),
        (["a", float("nan")], ["a", "b"], TypeError, r"y_true: got nan at position 1"),
        (["a", "b"], ["a"], ValueError, r"y_true|X"),
        (["", " "], ["a", "b"], ValueError, r"y_true: got 2 transcripts without a single"),
        ([], [], ValueError, r"y_true: got 0 transcripts without a single"),
    ],
)
def test_what_cannot_be_rated_is_refused(rate, true, predicted, error, message):
    with pytest.raises(error, match=message):
        rate(true, predicted)
    if "without a single" not in message:
        with pytest.raises(error, match=message):
            COUNTS[rate](true, predicted)
