import gzip
import re

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skrnn import RNNClassifier
from skrnn.preprocessing import TokenEncoder, read_word_vectors

GLOVE = "the 1.0 -2.0\ncat 3.0 0.5\n. . . 0.0 1.5\n"
WORDS = {"cat": 2, "the": 3, "dog": 4}


@pytest.fixture
def written(tmp_path):
    def write(content, name="vectors.txt"):
        path = tmp_path / name
        content = content.encode() if isinstance(content, str) else content
        path.write_bytes(content)
        return path

    return write


def test_rows_follow_the_ids_of_the_vocabulary(written):
    vocabulary, vectors = read_word_vectors(written(GLOVE), WORDS)
    assert vocabulary == WORDS
    assert vectors.dtype == np.float32
    centre = [2.0, -0.75]  # of "the" and "cat"
    assert vectors.tolist() == [[0, 0], centre, [3, 0.5], [1, -2], centre]


@pytest.mark.parametrize(
    "content",
    [
        "3 2\n" + GLOVE,
        GLOVE.replace("\n", " \n"),
        GLOVE.replace("\n", "\r\n"),
        GLOVE.replace("the ", "the\t"),
        GLOVE.rstrip("\n"),
        GLOVE + "the 9 9\n",
        "\ufeff" + GLOVE,
        "\ufeff3 2\n" + GLOVE,
        gzip.compress(GLOVE.encode()),
        gzip.compress(("3 2\n" + GLOVE).encode()),
    ],
    ids=[
        *("header", "blank", "CRLF", "tab", "no end", "twice", "byte order mark"),
        *("byte order mark with header", "gzip", "gzip with header"),
    ],
)
def test_every_format_gives_the_same_vectors(content, written):
    expected = read_word_vectors(written(GLOVE, "glove.txt"), WORDS)[1]
    np.testing.assert_array_equal(read_word_vectors(written(content), WORDS)[1], expected)


def test_without_a_vocabulary_the_files_own_words_are_read(written):
    vocabulary, vectors = read_word_vectors(written(GLOVE))
    assert vocabulary == {"the": 2, "cat": 3, ". . .": 4}
    assert vectors[2:].tolist() == [[1, -2], [3, 0.5], [0, 1.5]]
    vocabulary, vectors = read_word_vectors(str(written(GLOVE)), max_words=2)
    assert vocabulary == {"the": 2, "cat": 3}
    assert vectors.shape == (4, 2)


def test_words_may_hold_separators_that_are_no_line_ends(written):
    content = "a\x85b 1 2\nc\xa0d 3 4\ne\u2028f 5 6\n"
    assert list(read_word_vectors(written(content))[0]) == ["a\x85b", "c\xa0d", "e\u2028f"]


def test_affixes_have_rows_of_zeros(written):
    encoder = TokenEncoder(affix_length=1).fit(["the cat"])
    vocabulary = encoder.vocabulary_ | encoder.affix_vocabulary_
    vectors = read_word_vectors(written(GLOVE), vocabulary)[1]
    assert vectors.shape == (encoder.n_tokens_, 2)
    assert (vectors[list(encoder.affix_vocabulary_.values())] == 0).all()
    assert vectors[encoder.vocabulary_["cat"]].tolist() == [3, 0.5]


@pytest.mark.parametrize(
    "content, says",
    [
        ("a 1 2\nb 1\n", "1 number.* in line 2.*'b 1'.*a word and 2 numbers"),
        ("a 1 2\nb 1 x\n", "no number in line 2.*'x'.*2 numbers"),
        ("2 3\na 1 2\n", "2 number.* in line 2.*3 numbers"),
        ("a 1 2\nb 1 nan\n", "NaN or infinity in line 2"),
        ("a 1 2\nb 1 1e300\n", "NaN or infinity in line 2"),
        ("a\n", "no numbers behind a word in line 1"),
        ("", "there is no words"),
        ("3 2\n", "there is no words"),
        (b"PK\x03\x04", "a zip archive.*Unpack"),
    ],
)
def test_what_is_no_vector_is_refused_by_its_line(content, says, written):
    with pytest.raises(ValueError, match=rf"(?s)^path: .*{says}"):
        read_word_vectors(written(content))


def test_a_file_in_another_language_is_an_error(written):
    with pytest.raises(ValueError, match=r"no word of the vocabulary.*upper and lower case"):
        read_word_vectors(written(GLOVE), {"Katze": 2})


@pytest.mark.parametrize(
    "vocabulary", [{"a": 1}, {"a": 2.5}, {"a": True}, {}, ["a"], "a"], ids=repr
)
def test_what_is_no_vocabulary_is_refused(vocabulary, written):
    with pytest.raises((TypeError, ValueError), match=r"^vocabulary: got .*fitted TokenEncoder"):
        read_word_vectors(written(GLOVE), vocabulary)


@pytest.mark.parametrize("max_words", [0, -1, 2.0, "all"])
def test_max_words_is_a_positive_number(max_words, written):
    expected = ValueError if isinstance(max_words, int) else TypeError
    with pytest.raises(expected, match=re.escape(f"max_words: got {max_words!r}")):
        read_word_vectors(written(GLOVE), max_words=max_words)


def test_a_damaged_gzip_file_is_an_error_that_names_it(written):
    whole = gzip.compress(GLOVE.encode() * 100)
    changed = bytearray(whole)
    changed[-8] ^= 255  # a byte of the checksum
    for content in (whole[:-12], bytes(changed)):
        with pytest.raises(ValueError, match=r"path: got .*vectors\.txt.*Download it again"):
            read_word_vectors(written(content))


def test_a_missing_file_is_the_systems_own_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_word_vectors(tmp_path / "none.txt")


@pytest.mark.slow
def test_vectors_tell_words_apart_that_training_never_showed(written):
    rng = np.random.default_rng(0)
    names = [f"w{i}" for i in range(60)]
    is_good = np.arange(60) % 2
    rows = np.column_stack([2 * is_good - 1 + 0.3 * rng.normal(size=60), rng.normal(size=60)])
    lines = [" ".join([n, *map(str, row)]) for n, row in zip(names, rows.tolist(), strict=True)]
    vocabulary, vectors = read_word_vectors(written("\n".join(lines)))
    texts = [f"it is {name} indeed" for name in names]
    model = make_pipeline(
        TokenEncoder(vocabulary=vocabulary),
        RNNClassifier(embedding_weights=vectors, hidden_size=8, max_epochs=20, random_state=0),
    )
    search = GridSearchCV(model, {"rnnclassifier__cell": ["gru"]}, cv=3, error_score="raise")
    assert search.fit(texts, is_good).best_score_ > 0.9
