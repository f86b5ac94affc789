import gzip
import re
import warnings

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skrnn import RNNClassifier
from skrnn.exceptions import VocabularyWarning
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


def test_what_is_there_of_a_cut_file_can_be_read(written):
    path = written("3 2\na 1 2\nb 3 4\n")
    assert list(read_word_vectors(path, max_words=2)[0]) == ["a", "b"]
    assert list(read_word_vectors(written("2 2\n" + GLOVE))[0]) == ["the", "cat", ". . ."]


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
        ("2 2\na 1 2\nb -inf 1\n", "NaN or infinity in line 3"),
        ("a Infinity 2\nb 1 1\n", "NaN or infinity in line 1"),
        ("a\n", "no numbers after a word in line 1"),
        ("", "there is no words"),
        ("3 2\n", "got 0 words.* says 3 words"),
        ("3 2\na 1 2\nb 3 4\n", "got 2 words.* says 3 words.*max_words=2 reads"),
        (b"\xba\x16O/\x0c\0\0\0", "neither text.*save_word2vec_format"),
        (b"\x80\x04\x95\0\0gensim", "neither text.*save_word2vec_format"),
        ("a 1 2\n".encode("utf-16"), "neither text.*ASCII"),
        (b"PK\x03\x04", "a zip archive.*Unpack"),
    ],
)
def test_what_is_no_vector_is_refused_by_its_line(content, says, written):
    with pytest.raises(ValueError, match=rf"(?s)^path: .*{says}"):
        read_word_vectors(written(content))


VECTORS = {"the": [1.0, -2.0], "cat": [3.0, 0.5], "Größe": [0.0, 1.5]}


def binary(vectors, end=b"\n", encoding="utf-8", n_words=None):
    width = len(next(iter(vectors.values())))
    rows = [w.encode(encoding) + b" " + np.array(v, "<f4").tobytes() for w, v in vectors.items()]
    n_words = len(vectors) if n_words is None else n_words
    return f"{n_words} {width}\n".encode() + b"".join(row + end for row in rows)


@pytest.mark.parametrize("end", [b"\n", b""])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_the_binary_format_of_word2vec_is_recognised(end, pack, written):
    vocabulary, vectors = read_word_vectors(written(pack(binary(VECTORS, end)), "vectors.bin"))
    assert vocabulary == {"the": 2, "cat": 3, "Größe": 4}
    assert vectors.dtype == np.float32
    assert vectors[2:].tolist() == list(VECTORS.values())
    assert list(read_word_vectors(written(binary(VECTORS, end)), max_words=2)[0]) == ["the", "cat"]
    some = read_word_vectors(written(binary(VECTORS, end)), {"cat": 2, "dog": 3})[1]
    assert some.tolist() == [[0, 0], [3, 0.5], [3, 0.5], [3, 0.5]]


@pytest.mark.parametrize("width", [1, 2, 7, 300])
def test_binary_and_text_files_of_any_width_give_the_same_vectors(width, written):
    rng = np.random.default_rng(width)
    words = [f"wört{i}" for i in range(400)]
    table = dict(zip(words, rng.normal(size=(400, width)).astype(np.float32).tolist(), strict=True))
    lines = [" ".join([word, *map(repr, row)]) for word, row in table.items()]
    text = read_word_vectors(written("\n".join([f"400 {width}", *lines]), "vectors.txt"))
    packed = read_word_vectors(written(binary(table), "vectors.bin"))
    assert text[0] == packed[0]
    np.testing.assert_array_equal(text[1], packed[1])


@pytest.mark.parametrize(
    "content, says",
    [
        (binary(VECTORS)[:-3], "2 words.* says 3 words.*Download it again"),
        (binary(VECTORS, n_words=10**12), "3 words.* says 1000000000000 words"),
        (b"3 1000000000\nthe \x00\x01", "1000000000 columns"),
        (binary({"a": [1.0, np.nan]}), "NaN or infinity in line 2"),
        (binary({"Größe": [1.0, 2.0]}, encoding="latin-1"), "line 2.*encoding='latin-1'"),
    ],
)
def test_a_damaged_binary_file_is_refused(content, says, written):
    with pytest.raises(ValueError, match=rf"(?s)^path: .*{says}"):
        read_word_vectors(written(content))


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "gb18030", "utf-8"])
def test_a_file_in_another_encoding_is_read_by_its_name(encoding, written):
    words = {"gb18030": ["大小", "喜欢"]}.get(encoding, ["Größe", "café"])
    content = "".join(f"{word} 1 2\n" for word in words)
    assert list(read_word_vectors(written(content.encode(encoding)), encoding=encoding)[0]) == words
    packed = binary({word: [1.0, 2.0] for word in words}, encoding=encoding)
    assert list(read_word_vectors(written(packed), encoding=encoding)[0]) == words


@pytest.mark.parametrize("header", ["", "2 2\n"])
def test_a_word_in_another_encoding_is_refused_by_its_line(header, written):
    content = f"{header}the 1 2\nGröße 3 4\n".encode("latin-1")
    line = 2 + bool(header)
    with pytest.raises(ValueError, match=rf"^path: .*line {line} .*encoding='latin-1'"):
        read_word_vectors(written(content))
    assert "Größe" in read_word_vectors(written(content), encoding="latin-1")[0]


@pytest.mark.parametrize("encoding", ["utf-16", "no such", None, 8])
def test_what_is_no_usable_encoding_is_refused(encoding, written):
    with pytest.raises(ValueError, match=r"^encoding: got .*latin-1"):
        read_word_vectors(written(GLOVE), encoding=encoding)


@pytest.mark.parametrize(
    "content, line",
    [
        ("2 2\nthe 0.5 1.0 2.0\ncat 1 2 3\n", 2),
        ("2 2\nthe 0.5 1.0\ncat 1e-3 2 3\n", 3),
        ("the 0.5 1.0\ncat -.5 2 3\n", 2),
        ("3 1\nthe 1 2\n", 2),
        ("2 2\nNew York 5 1 2\n", 2),
    ],
)
def test_more_numbers_than_the_first_line_says_are_refused(content, line, written):
    with pytest.raises(ValueError, match=rf"^path: got more than \d .*line {line} .*line 1"):
        read_word_vectors(written(content))


def test_which_words_the_file_covers_is_returned(written):
    words = {"cat": 2, "the": 3, "dog": 4, ("prefix", "c"): 5}
    for content in (GLOVE, "3 2\n" + GLOVE, binary(VECTORS)):
        vocabulary, vectors, found = read_word_vectors(written(content), words, return_found=True)
        assert found.tolist() == [False, False, True, True, False, False]
        assert len(found) == len(vectors)
    vocabulary, _, found = read_word_vectors(written(GLOVE), return_found=True)
    assert found.sum() == len(vocabulary)


SHOUTED = {word: id for id, word in enumerate(["cat", *(f"W{i}" for i in range(10))], 2)}


def test_a_file_with_hardly_any_of_the_words_is_warned_of(written):
    path = written(GLOVE)
    with pytest.warns(
        VocabularyWarning, match=r"vectors for 1 of 11 words.*'W0', 'W1'.*case"
    ) as told:
        _, _, found = read_word_vectors(path, SHOUTED, return_found=True)
    assert found.sum() == 1
    assert told[0].filename == __file__


@pytest.mark.parametrize(
    "words",
    [
        dict(list(SHOUTED.items())[:10]),
        {"cat": 2} | {("prefix", str(i)): 3 + i for i in range(20)},
        {"the": 2},
        None,
    ],
    ids=["a tenth", "affixes", "all", "the file's own"],
)
def test_a_file_with_more_of_the_words_is_read_in_silence(words, written):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read_word_vectors(written(GLOVE), words)


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
