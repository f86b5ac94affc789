import gzip
from collections import Counter
from itertools import chain

import numpy as np
import pytest

from skrnn.datasets import _data_files as data_files
from skrnn.datasets import (
    fetch_sst2,
    fetch_tiny_shakespeare,
    fetch_trec,
    fetch_ud_english_ewt,
    fetch_wikitext2,
)
from skrnn.datasets._conllu import parse_conllu
from skrnn.datasets._known_files import KNOWN_FILES


def read_published(data_home, path, encoding="utf-8"):
    """Return the text of a published file."""
    return gzip.decompress((data_home / f"{path}.gz").read_bytes()).decode(encoding)


# What the sets hold, against the published files


@pytest.mark.parametrize(("split", "n_samples"), [("train", 5452), ("test", 500)])
def test_trec_is_every_line_of_the_published_file_with_the_coarse_class(
    data_home, split, n_samples
):
    questions = fetch_trec(split=split, data_home=data_home)
    assert len(questions.data) == len(questions.target) == n_samples
    lines = read_published(data_home, f"trec/TREC.{split}", "latin-1").split("\n")
    assert lines.pop() == ""
    for line, text, label in zip(lines, questions.data, questions.target, strict=True):
        assert line.startswith(f"{label}:")
        assert line.endswith(f" {text}")
        # Nothing but the fine class is left out.
        assert " " not in line.removeprefix(f"{label}:").removesuffix(f" {text}")


def test_trec_has_six_classes_with_the_documented_numbers_of_questions(data_home):
    train, test = (fetch_trec(split=split, data_home=data_home) for split in ("train", "test"))
    for questions in (train, test):
        assert questions.target.dtype.kind == "U"
        assert questions.target_names.tolist() == ["ABBR", "DESC", "ENTY", "HUM", "LOC", "NUM"]
    n_tokens = [len(text.split(" ")) for text in [*train.data, *test.data]]
    assert (min(n_tokens), max(n_tokens)) == (3, 37)
    counts = [Counter(questions.target.tolist()) for questions in (train, test)]
    for name in train.target_names:
        row = [line for line in fetch_trec.__doc__.splitlines() if f"``{name}``," in line]
        assert row[0].split()[-2:] == [str(count[name]) for count in counts]


def test_trec_repeats_as_many_questions_as_documented(data_home):
    train, test = (fetch_trec(split=split, data_home=data_home).data for split in ("train", "test"))
    assert len(train) - len(set(train)) == 71
    assert sum(text in set(train) for text in test) == 10


def test_split_all_of_trec_is_the_training_questions_and_then_the_test_questions(data_home):
    (X_train, y_train), (X_test, y_test), (X, y) = (
        fetch_trec(split=split, data_home=data_home, return_X_y=True)
        for split in ("train", "test", "all")
    )
    assert [*X_train, *X_test] == X
    assert [*y_train, *y_test] == y.tolist()


@pytest.mark.parametrize(
    ("split", "n_negative", "n_positive"),
    [("train", 3310, 3610), ("dev", 428, 444), ("test", 912, 909)],
)
def test_sst2_is_every_line_of_the_published_file(data_home, split, n_negative, n_positive):
    sentences = fetch_sst2(split=split, data_home=data_home)
    pairs = zip(sentences.target, sentences.data, strict=True)
    lines = "".join(f"{target} {text}\n" for target, text in pairs)
    assert lines == read_published(data_home, f"sst/stsa.binary.{split}")
    assert sentences.target.dtype == np.int64
    assert Counter(sentences.target.tolist()) == {0: n_negative, 1: n_positive}
    assert sentences.target_names == ["negative", "positive"]
    numbers = (n_negative, n_positive, n_negative + n_positive)
    assert {str(number) for number in numbers} <= set(fetch_sst2.__doc__.split())
    texts, target = fetch_sst2(split=split, data_home=data_home, return_X_y=True)
    assert texts == sentences.data
    np.testing.assert_array_equal(target, sentences.target)


def test_ranges_and_empty_nodes_are_no_words():
    forms, tags = parse_conllu(
        "# text = I don't\n"
        "1\tI\tI\tPRON\t_\t_\t0\troot\t_\t_\n"
        "2-3\tdon't\t_\t_\t_\t_\t_\t_\t_\t_\n"
        "2\tdo\tdo\tAUX\t_\t_\t1\taux\t_\t_\n"
        "3\tn't\tnot\tPART\t_\t_\t1\tadvmod\t_\t_\n"
        "3.1\tknow\tknow\tVERB\t_\t_\t_\t_\t0:root\t_\n"
        "\n"
        "# A word that looks like a comment, but for its number.\n"
        "1\t#\t#\tSYM\t_\t_\t0\troot\t_\t_\n"
        "\n"
    )
    assert forms == [["I", "do", "n't"], ["#"]]
    assert tags == [["PRON", "AUX", "PART"], ["SYM"]]


@pytest.mark.parametrize(
    ("split", "n_samples", "n_words", "longest"),
    [("train", 12544, 204577, 159), ("dev", 2001, 25147, 75), ("test", 2077, 25094, 81)],
)
def test_ud_english_ewt_has_a_tag_for_each_of_the_documented_words(
    data_home, split, n_samples, n_words, longest
):
    sentences = fetch_ud_english_ewt(split=split, data_home=data_home)
    lengths = [len(words) for words in sentences.data]
    assert lengths == [len(tags) for tags in sentences.target]
    assert (len(lengths), sum(lengths)) == (n_samples, n_words)
    assert (min(lengths), max(lengths)) == (1, longest)
    assert sorted(set(chain.from_iterable(sentences.target))) == sentences.target_names
    assert len(sentences.target_names) == 17
    documented = fetch_ud_english_ewt.__doc__
    assert {str(n_samples), str(n_words)} <= set(documented.split())
    assert f"1 to {longest}" in documented
    X, y = fetch_ud_english_ewt(split=split, data_home=data_home, return_X_y=True)
    assert (X, y) == (sentences.data, sentences.target)


@pytest.mark.parametrize("split", ["train", "dev", "test"])
def test_the_words_of_ud_english_ewt_are_those_of_the_published_file(data_home, split):
    X, y = fetch_ud_english_ewt(split=split, data_home=data_home, return_X_y=True)
    text = read_published(data_home, f"ud_english_ewt/en_ewt-ud-{split}.conllu")
    words = zip(chain.from_iterable(X), chain.from_iterable(y), strict=True)
    for line in text.splitlines():
        number, *fields = line.split("\t")
        if fields and "-" not in number and "." not in number:
            assert next(words) == (fields[0], fields[2])
    assert next(words, None) is None


def test_tiny_shakespeare_is_the_published_text_with_its_last_tenth_held_out(data_home):
    train, test, text = (
        fetch_tiny_shakespeare(split=split, data_home=data_home).data
        for split in ("train", "test", "all")
    )
    assert text == train + test == read_published(data_home, "tinyshakespeare/input.txt", "ascii")
    assert [len(part) for part in (train, test, text)] == [1003854, 111540, 1115394]
    assert [len(set(part)) for part in (train, test, text)] == [65, 61, 65]
    assert text.count("\n") == 40000
    assert abs(len(test) - len(text) / 10) < 1


@pytest.mark.parametrize("split", ["train", "valid", "test"])
def test_wikitext2_is_every_line_of_the_published_file_but_for_the_blanks_around_it(
    data_home, split
):
    lines = fetch_wikitext2(split=split, data_home=data_home).data
    published = "".join(f" {line} \n" if line else " \n" for line in lines)
    assert published == read_published(data_home, f"wikitext2/{split}.txt")


def test_wikitext2_has_the_published_numbers_of_tokens_with_one_to_end_each_line(data_home):
    # Lines, empty lines, tokens, different tokens.
    expected = {
        "train": (36718, 12951, 2_088_628, 33_278),
        "valid": (3760, 1299, 217_646, 13_777),
        "test": (4358, 1467, 245_569, 14_143),
    }
    known = set()
    for split, numbers in expected.items():
        lines = fetch_wikitext2(split=split, data_home=data_home).data
        tokens = [token for line in lines for token in [*line.split(), "<eos>"]]
        assert (len(lines), lines.count(""), len(tokens), len(set(tokens))) == numbers
        assert "<eos>" not in " ".join(lines)
        # Blanks are all that separates tokens.
        assert tokens == [t for line in lines for t in [*filter(None, line.split(" ")), "<eos>"]]
        known = known or set(tokens)
        assert set(tokens) <= known
    for name, column in zip(("lines", "empty lines", "tokens", "different"), range(4), strict=True):
        row = [
            line.split()[-3:]
            for line in fetch_wikitext2.__doc__.splitlines()
            if line.strip().startswith(name) and line[-1].isdecimal()
        ]
        assert row == [[str(numbers[column]) for numbers in expected.values()]]
    assert "2,088,628 tokens, of which 33,278 are different" in fetch_wikitext2.__doc__


@pytest.mark.parametrize(
    ("fetch", "choices"),
    [
        (fetch_trec, "'train', 'test', 'all'"),
        (fetch_sst2, "'train', 'dev', 'test'"),
        (fetch_ud_english_ewt, "'train', 'dev', 'test'"),
        (fetch_tiny_shakespeare, "'train', 'test', 'all'"),
        (fetch_wikitext2, "'train', 'valid', 'test'"),
    ],
)
@pytest.mark.parametrize("split", ["Train", "validation", None])
def test_an_unknown_split_is_an_error_that_lists_the_choices(tmp_path, fetch, choices, split):
    with pytest.raises(ValueError, match=f"split must be one of {choices}; got {split!r}"):
        fetch(split=split, data_home=tmp_path)


# Downloading

FETCHERS = [
    (fetch_trec, "all", ["trec/TREC.train", "trec/TREC.test"]),
    (fetch_sst2, "dev", ["sst/stsa.binary.dev"]),
    (fetch_ud_english_ewt, "dev", ["ud_english_ewt/en_ewt-ud-dev.conllu"]),
    (fetch_tiny_shakespeare, "test", ["tinyshakespeare/input.txt"]),
    (fetch_wikitext2, "valid", ["wikitext2/valid.txt"]),
]
each_fetcher = pytest.mark.parametrize(
    ("fetch", "split", "paths"), FETCHERS, ids=[fetch.__name__ for fetch, *_ in FETCHERS]
)


@each_fetcher
def test_absent_files_are_downloaded_once_and_stored_uncompressed(
    data_home, monkeypatch, tmp_path, fetch, split, paths
):
    for path in paths:
        source = data_home / f"{path}.gz"
        known = KNOWN_FILES[path]._replace(url=source.as_uri())
        monkeypatch.setitem(KNOWN_FILES, path, known)
    home = tmp_path / "new" / "home"
    downloaded = fetch(split=split, data_home=home).data
    stored = [path for path in home.rglob("*") if path.is_file()]
    assert sorted(stored) == sorted(home / path for path in paths)

    def no_download(url):
        raise AssertionError(f"{url} was downloaded again")

    monkeypatch.setattr(data_files, "download", no_download)
    assert fetch(split=split, data_home=home).data == downloaded
    assert fetch(split=split, data_home=data_home).data == downloaded


@each_fetcher
def test_an_absent_file_is_an_error_when_no_download_is_allowed(tmp_path, fetch, split, paths):
    home = tmp_path / "home"
    with pytest.raises(FileNotFoundError, match="data set is not in data_home") as error:
        fetch(split=split, data_home=home, download_if_missing=False)
    assert str(home / paths[0]) in str(error.value)
    assert KNOWN_FILES[paths[0]].url in str(error.value)
    assert not home.exists()


@each_fetcher
def test_a_stored_file_with_other_content_is_refused(tmp_path, fetch, split, paths):
    stored = tmp_path / paths[0]
    stored.parent.mkdir()
    stored.write_text("1 a text\n")
    with pytest.raises(OSError, match="is not the published file") as error:
        fetch(split=split, data_home=tmp_path)
    assert KNOWN_FILES[paths[0]].sha256 in str(error.value)
