import copy
import pickle
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skrnn import RNNClassifier, RNNLanguageModel, RNNRegressor, RNNTagger
from skrnn.exceptions import VocabularyWarning
from skrnn.preprocessing import TokenEncoder

TEXTS = ["the cat sat on the mat", "The dog sat.", "a bird"]

token_lists = st.lists(st.lists(st.sampled_from("abcdefg"), max_size=6), min_size=1).filter(any)


def test_ids_follow_frequency_and_then_the_alphabet():
    encoder = TokenEncoder().fit(["b b b a", "c a d"])
    assert encoder.vocabulary_ == {"b": 2, "a": 3, "c": 4, "d": 5}
    assert encoder.n_tokens_ == 6


def test_ids_do_not_depend_on_the_order_of_the_texts():
    forward = TokenEncoder().fit(TEXTS).vocabulary_
    assert list(TokenEncoder().fit(TEXTS[::-1]).vocabulary_.items()) == list(forward.items())


def test_padding_is_0_and_what_fit_did_not_see_is_1():
    encoder = TokenEncoder().fit(["a b", "a"])
    ids = encoder.transform(["a zebra b", "b"])
    np.testing.assert_array_equal(ids, [[2, 1, 3], [3, 0, 0]])
    assert ids.dtype == np.int64


@pytest.mark.parametrize("empty", ["", "   ", []])
def test_a_text_without_any_token_becomes_one_unknown(empty):
    encoder = TokenEncoder().fit(["a b", empty])
    np.testing.assert_array_equal(encoder.transform([empty]), [[1, 0]])


@pytest.mark.parametrize("analyzer", ["word", "char"])
@pytest.mark.parametrize("lowercase", [True, False])
def test_texts_are_taken_apart_by_scikit_learns_analyzers(analyzer, lowercase):
    pattern = r"(?u)\b\w\w+\b"
    encoder = TokenEncoder(analyzer=analyzer, lowercase=lowercase, token_pattern=pattern)
    counts = CountVectorizer(analyzer=analyzer, lowercase=lowercase)
    encoder.fit(TEXTS)
    assert set(encoder.vocabulary_) == set(counts.fit(TEXTS).vocabulary_)
    analyze = counts.build_analyzer()
    assert encoder.inverse_transform(encoder.transform(TEXTS)) == [list(analyze(t)) for t in TEXTS]


def test_the_default_pattern_keeps_one_letter_words_and_punctuation():
    encoder = TokenEncoder().fit(["I won £5, a lot!"])
    tokens = ["i", "won", "£", "5", ",", "a", "lot", "!"]
    assert encoder.inverse_transform(encoder.transform(["I won £5, a lot!"])) == [tokens]


def test_a_callable_analyzer_takes_a_text_apart():
    encoder = TokenEncoder(analyzer=str.split).fit(["a-b c", "c"])
    assert set(encoder.vocabulary_) == {"a-b", "c"}


@given(X=token_lists)
def test_token_lists_come_back_from_their_ids(X):
    encoder = TokenEncoder(analyzer=None)
    restored = encoder.inverse_transform(encoder.fit_transform(X))
    assert restored == [tokens or ["<unknown>"] for tokens in X]


@given(X=token_lists, max_length=st.integers(1, 7), truncation=st.sampled_from(["end", "start"]))
def test_max_length_keeps_the_first_or_the_last_tokens(X, max_length, truncation):
    encoder = TokenEncoder(max_length=max_length, truncation=truncation).fit(X)
    ids = encoder.transform(X)
    assert ids.shape == (len(X), max_length)
    for tokens, kept in zip(X, encoder.inverse_transform(ids), strict=True):
        tokens = tokens or ["<unknown>"]
        assert kept == (tokens[:max_length] if truncation == "end" else tokens[-max_length:])


@given(X=token_lists, max_tokens=st.integers(1, 8))
def test_max_tokens_keeps_the_smallest_ids_of_the_whole_vocabulary(X, max_tokens):
    whole = TokenEncoder().fit(X).vocabulary_
    kept = TokenEncoder(max_tokens=max_tokens).fit(X)
    assert kept.vocabulary_ == dict(list(whole.items())[:max_tokens])
    assert kept.transform(X).max() < kept.n_tokens_ <= max_tokens + 2


@pytest.mark.parametrize(
    "min_df, expected", [(1, "abc"), (2, "ab"), (3, "a"), (0.5, "ab"), (1.0, "a"), (0.1, "abc")]
)
def test_min_df_counts_texts_and_not_occurrences(min_df, expected):
    X = ["a a b", "a b", "a c c c c"]
    assert set(TokenEncoder(min_df=min_df).fit(X).vocabulary_) == set(expected)


def test_without_max_length_a_longer_text_than_in_fit_is_not_cut():
    encoder = TokenEncoder().fit(["a b"])
    assert encoder.transform(["a b a b a"]).shape == (1, 5)
    assert encoder.transform(["a"]).shape == (1, 2)


def test_every_container_of_texts_gives_the_same_ids():
    expected = TokenEncoder().fit_transform(TEXTS)
    containers = [
        tuple(TEXTS),
        np.array(TEXTS),
        np.array(TEXTS, dtype=object),
        pd.Series(TEXTS),
        pd.Series(TEXTS, dtype=object),
        pd.Series(TEXTS, dtype="category"),
        pd.Series(TEXTS, index=[7, 8, 9]),
        pd.Index(TEXTS),
    ]
    for X in containers:
        np.testing.assert_array_equal(TokenEncoder().fit_transform(X), expected)


@pytest.mark.parametrize("analyzer", ["word", None])
def test_every_container_of_token_lists_gives_the_same_ids(analyzer):
    lists = [["A", "b c"], ["b c"]]
    objects = np.empty(2, dtype=object)
    objects[:] = lists
    for X in (
        lists,
        tuple(map(tuple, lists)),
        objects,
        pd.Series(lists),
        [np.array(x) for x in lists],
    ):
        encoder = TokenEncoder(analyzer=analyzer).fit(X)
        # Taken as they are: neither lower-cased nor split.
        assert encoder.vocabulary_ == {"b c": 2, "A": 3}
        np.testing.assert_array_equal(encoder.transform(X), [[3, 2], [2, 0]])


def test_tokens_with_blanks_in_a_table_need_an_analyzer_that_takes_no_texts_apart():
    cities = np.array([["New York", "Rome"], ["Rome", "Los Angeles"]])
    assert "New York" in TokenEncoder(analyzer=None).fit(cities).vocabulary_


def test_a_table_is_read_as_a_token_in_each_cell():
    frame = pd.DataFrame({"first": ["N", "S"], "second": ["S", "E"]})
    encoder = TokenEncoder().fit(frame)
    assert encoder.vocabulary_ == {"S": 2, "E": 3, "N": 4}
    np.testing.assert_array_equal(encoder.transform(frame), [[4, 2], [2, 3]])
    np.testing.assert_array_equal(TokenEncoder().fit_transform(frame.to_numpy()), [[4, 2], [2, 3]])
    assert encoder.feature_names_in_.tolist() == ["first", "second"]


def test_numbers_are_tokens_by_their_text():
    encoder = TokenEncoder().fit([[3, 3, "3", 5]])
    assert encoder.vocabulary_ == {"3": 2, "5": 3}
    np.testing.assert_array_equal(
        encoder.transform(np.array([[5, 3], [7, 3]])), [[3, 2, 0, 0], [1, 2, 0, 0]]
    )


def test_the_vocabulary_holds_plain_strings():
    encoder = TokenEncoder().fit(np.array([["x", "y"]]))
    assert {type(token) for token in encoder.vocabulary_} == {str}


def test_ids_go_straight_into_an_embedding():
    y = [0, 1, 0] * 3
    model = make_pipeline(
        TokenEncoder(), RNNClassifier(embedding_dim=4, hidden_size=3, max_epochs=1, random_state=0)
    ).set_output(transform="pandas")
    assert model.fit(TEXTS * 3, y).predict([*TEXTS, "", "unseen"]).shape == (5,)


def test_a_column_transformer_hands_over_a_column_of_texts():
    frame = pd.DataFrame({"text": TEXTS, "n": [1, 2, 3]})
    ids = make_column_transformer((TokenEncoder(), "text")).fit_transform(frame)
    np.testing.assert_array_equal(ids, TokenEncoder().fit_transform(TEXTS))


# -- a vocabulary given, and other tokenizers ---------------------------------------------


@pytest.mark.parametrize("vocabulary", [["cat", "the"], ("cat", "the"), {"the": 3, "cat": 2}])
def test_a_given_vocabulary_is_kept_whatever_the_texts(vocabulary):
    encoder = TokenEncoder(vocabulary=vocabulary, min_df=5, max_tokens=1).fit(["a dog sat"])
    assert list(encoder.vocabulary_.items()) == [("cat", 2), ("the", 3)]
    assert (encoder.n_tokens_, encoder.n_timesteps_) == (4, 3)
    np.testing.assert_array_equal(encoder.transform(["the cat sat"]), [[3, 2, 1]])


def test_affixes_follow_a_given_vocabulary():
    encoder = TokenEncoder(vocabulary=["cat"], affix_length=1).fit(["dog"])
    assert sorted(encoder.affix_vocabulary_.values()) == [3, 4, 5]


def test_the_vocabulary_of_one_encoder_serves_another():
    first = TokenEncoder().fit(TEXTS)
    second = TokenEncoder(vocabulary=first.vocabulary_).fit(["nothing in common"])
    assert second.vocabulary_ is not first.vocabulary_
    np.testing.assert_array_equal(first.transform(TEXTS), second.transform(TEXTS))


@pytest.mark.parametrize(
    "vocabulary, says",
    [
        ([], "no token"),
        (["a", "a"], "'a' more than once"),
        (["a", 3], "3, which is no string"),
        ({"a": 1}, r"ids such as \[1\]"),
        ({"a": 2, "b": 2}, r"ids such as \[2, 2\]"),
        ({"a": 2, "b": "3"}, r"ids such as"),
    ],
)
def test_what_is_no_vocabulary_is_refused(vocabulary, says):
    with pytest.raises((ValueError, TypeError), match=rf"^vocabulary: got {says}.*2, 3, and so on"):
        TokenEncoder(vocabulary=vocabulary).fit(TEXTS)


@pytest.mark.parametrize(
    "vocabulary, params, remedy",
    [
        (["Haus"], {}, "lowercase=False"),
        (["Haus", "BAUM"], {"affix_length": 1}, "lowercase=False"),
        (["café"], {"strip_accents": "unicode"}, "strip_accents=None"),
        (["café"], {"strip_accents": "ascii", "lowercase": False}, "strip_accents=None"),
        (["new york"], {}, r"str\.split"),
        (["don't", "u.s."], {}, r"str\.split"),
        (["ab", "cd"], {"analyzer": "char"}, r"str\.split"),
        ({"A": 2}, {"analyzer": "char"}, "lowercase=False"),
        (["a"], {"token_pattern": r"\b\w\w+\b"}, r"str\.split"),
    ],
)
def test_a_vocabulary_that_can_never_match_is_refused(vocabulary, params, remedy):
    texts = ["Haus café don't", "u.s. new york a"]
    with pytest.raises(ValueError, match=rf"^vocabulary: got .*never found.*{remedy}") as caught:
        TokenEncoder(vocabulary=vocabulary, **params).fit(texts)
    assert all(repr(token) in str(caught.value) for token in vocabulary)


def test_the_part_of_a_vocabulary_that_can_never_match_is_warned_of():
    vocabulary = ["Haus", "baum", "u.s.", "."]
    with pytest.warns(VocabularyWarning, match=r"got 2 of 4 .*'Haus', 'u\.s\.'\. "):
        encoder = TokenEncoder(vocabulary=vocabulary).fit(["Haus, Baum."])
    assert encoder.transform(["Baum. Haus"]).tolist() == [[3, 5, 1, 0]]


@pytest.mark.parametrize(
    "vocabulary, params, X",
    [
        (["Haus"], {"lowercase": False}, ["Haus"]),
        (["Haus", "u.s."], {}, [["Haus", "u.s."]]),
        (["Haus", "u.s."], {}, pd.DataFrame({"a": ["Haus"], "b": ["u.s."]})),
        (["Haus", "u.s."], {"analyzer": str.split}, ["Haus u.s."]),
        (["Haus", "u.s."], {"analyzer": None}, [["Haus"]]),
        (["don"], {}, ["don't"]),
        ([" ", "a"], {"analyzer": "char"}, ["a a"]),
        (["i\u0307zmir", "ας", "हिन्दी"], {}, ["İzmir"]),
    ],
)
def test_a_vocabulary_that_can_match_is_taken_in_silence(vocabulary, params, X):
    assert list(TokenEncoder(vocabulary=vocabulary, **params).fit(X).vocabulary_) == vocabulary


def test_a_vocabulary_that_a_tokenizer_does_not_have_is_refused(tokenizer):
    with pytest.raises(ValueError, match=r"vocabulary: .*'zebra'.*get_vocab"):
        TokenEncoder(analyzer=tokenizer, vocabulary=["zebra"]).fit(TEXTS)
    TokenEncoder(analyzer=tokenizer, vocabulary=list(tokenizer.get_vocab())).fit(TEXTS)


@pytest.fixture(scope="module")
def tokenizer():
    tokenizers = pytest.importorskip("tokenizers")
    made = tokenizers.Tokenizer(tokenizers.models.BPE(unk_token="[UNK]"))
    made.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=30, special_tokens=["[UNK]", "[CLS]", "[PAD]"], show_progress=False
    )
    made.train_from_iterator(TEXTS, trainer)
    return made


def test_a_tokenizer_takes_texts_apart_without_marks_and_padding(tokenizer):
    from tokenizers.processors import TemplateProcessing

    expected = [tokenizer.encode(text).tokens for text in TEXTS]
    assert any(
        len(tokens) > len(text.split()) for tokens, text in zip(expected, TEXTS, strict=True)
    )
    marked = copy.deepcopy(tokenizer)
    marked.post_processor = TemplateProcessing("[CLS] $A", special_tokens=[("[CLS]", 1)])
    marked.enable_padding(length=50)
    for made in (tokenizer, marked):
        encoder = TokenEncoder(analyzer=made).fit(TEXTS)
        assert encoder.inverse_transform(encoder.transform(TEXTS)) == expected
    np.testing.assert_array_equal(encoder.transform([""])[0, :2], [1, 0])


LONG = " ".join(TEXTS * 20)


@pytest.mark.parametrize("direction", ["left", "right"])
@pytest.mark.parametrize("stride", [0, 1])
def test_a_truncation_stored_in_a_tokenizer_cuts_nothing(tokenizer, direction, stride):
    cutting = copy.deepcopy(tokenizer)
    cutting.enable_truncation(3, stride=stride, direction=direction)
    cutting.enable_padding(length=5, direction=direction)
    before = cutting.to_str()
    encoder = TokenEncoder(analyzer=cutting).fit([LONG])
    expected = TokenEncoder(analyzer=tokenizer).fit([LONG])
    assert encoder.vocabulary_ == expected.vocabulary_
    assert encoder.analyze([LONG]) == [tokenizer.encode(LONG).tokens]
    np.testing.assert_array_equal(encoder.transform([LONG, "a"]), expected.transform([LONG, "a"]))
    # what the encoder is asked to cut, it cuts.
    cut = TokenEncoder(analyzer=cutting, max_length=2, truncation="start").fit([LONG])
    assert cut.inverse_transform(cut.transform([LONG])) == [tokenizer.encode(LONG).tokens[-2:]]
    assert cutting.to_str() == before


def test_a_tokenizer_keeps_its_truncation_when_reading_fails(tokenizer):
    cutting = copy.deepcopy(tokenizer)
    cutting.enable_truncation(3)
    before = cutting.to_str()
    with pytest.raises(ValueError, match="NaN"):
        TokenEncoder(analyzer=cutting).fit([LONG, None])
    with pytest.raises(ValueError, match="min_df"):
        TokenEncoder(analyzer=cutting, min_df=9).fit([LONG])
    assert cutting.to_str() == before
    assert len(cutting.encode(LONG).tokens) == 3


def test_a_truncated_tokenizer_survives_clones_and_pickles(tokenizer):
    cutting = copy.deepcopy(tokenizer)
    cutting.enable_truncation(3)
    encoder = pickle.loads(pickle.dumps(clone(TokenEncoder(analyzer=cutting)).fit([LONG])))
    assert encoder.analyzer.truncation["max_length"] == 3
    assert encoder.analyze([LONG]) == [tokenizer.encode(LONG).tokens]


def test_a_language_model_reads_whole_texts_whatever_its_tokenizer_cuts(tokenizer):
    cutting = copy.deepcopy(tokenizer)
    cutting.enable_truncation(3)
    params = {"hidden_size": 4, "max_epochs": 1, "random_state": 0}
    model = RNNLanguageModel(analyzer=cutting, **params).fit([LONG])
    whole = RNNLanguageModel(analyzer=tokenizer, **params).fit([LONG])
    np.testing.assert_array_equal(model.log_prob([LONG]), whole.log_prob([LONG]))


def test_a_truncating_tokenizer_that_cannot_be_copied_is_refused_with_a_remedy(tokenizer):
    from tokenizers.pre_tokenizers import PreTokenizer

    class Blanks:
        def pre_tokenize(self, text):
            text.split(lambda _, part: part.split(" "))

    cutting = copy.deepcopy(tokenizer)
    cutting.pre_tokenizer = PreTokenizer.custom(Blanks())
    cutting.enable_truncation(3)
    with pytest.raises(ValueError, match=r"^analyzer: got .* 3 tokens.*no_truncation\(\)"):
        TokenEncoder(analyzer=cutting).fit([LONG])
    assert cutting.truncation["max_length"] == 3


def classifier_of_texts(tokenizer):
    return make_pipeline(
        TokenEncoder(analyzer=tokenizer),
        RNNClassifier(embedding_dim=4, hidden_size=3, max_epochs=1, random_state=0),
    )


def test_an_encoder_with_a_tokenizer_is_cloned_and_pickled(tokenizer):
    X, y = TEXTS * 4, [0, 1, 0] * 4
    model = clone(classifier_of_texts(tokenizer)).fit(X, y)
    restored = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(restored.predict_proba(X), model.predict_proba(X))


@pytest.mark.slow
def test_an_encoder_with_a_tokenizer_is_searched_in_any_number_of_processes(tokenizer):
    grid = {"tokenencoder__analyzer": [tokenizer, "word"], "tokenencoder__max_tokens": [5, None]}
    X, y = TEXTS * 4, [0, 1, 0] * 4
    model = classifier_of_texts(tokenizer)
    searches = [
        GridSearchCV(clone(model), grid, cv=2, n_jobs=n_jobs, error_score="raise").fit(X, y)
        for n_jobs in (1, 2)
    ]
    one, two = (search.cv_results_["mean_test_score"] for search in searches)
    np.testing.assert_array_equal(one, two)


def test_what_encodes_to_ids_only_is_refused():
    class Encodes:
        def encode(self, text, add_special_tokens=True):
            return [1, 2]

    with pytest.raises(TypeError, match=r"analyzer: got a Encodes.* a list.*tokenizer.tokenize"):
        TokenEncoder(analyzer=Encodes()).fit(TEXTS)


# -- affixes -------------------------------------------------------------------------------


def test_a_token_has_ids_of_its_affixes_and_of_its_shape_as_written():
    encoder = TokenEncoder(affix_length=2).fit(["Unit 42", "units"])
    ids = encoder.transform(["Unit 42"])
    assert ids.shape == (1, 2, 6)
    affix = encoder.affix_vocabulary_
    assert ids[0, 0].tolist() == [
        encoder.vocabulary_["unit"],
        affix["prefix", "u"],
        affix["prefix", "un"],
        affix["suffix", "t"],
        affix["suffix", "it"],
        affix["shape", "Xxx"],
    ]
    assert ids[0, 1, -1] == affix["shape", "dd"]


@given(X=token_lists, affix_length=st.integers(1, 3))
def test_ids_of_tokens_and_affixes_are_each_used_once_and_none_is_left_out(X, affix_length):
    encoder = TokenEncoder(affix_length=affix_length).fit(X)
    plain = TokenEncoder().fit(X)
    assert encoder.vocabulary_ == plain.vocabulary_
    ids = [*encoder.vocabulary_.values(), *encoder.affix_vocabulary_.values()]
    assert sorted(ids) == list(range(2, encoder.n_tokens_))
    found = encoder.transform(X)
    assert set(found.ravel().tolist()) - {0, 1} == set(ids)
    np.testing.assert_array_equal(found[..., 0], plain.transform(X))
    assert encoder.inverse_transform(found) == plain.inverse_transform(plain.transform(X))


def test_affixes_that_fit_did_not_see_or_that_are_longer_than_the_token_are_no_id():
    encoder = TokenEncoder(affix_length=2).fit(["abc"])
    affix = encoder.affix_vocabulary_
    ids = encoder.transform(["xc", "a", ""])
    assert ids[0, 0].tolist() == [1, 0, 0, affix["suffix", "c"], 0, affix["shape", "xx"]]
    assert ids[1, 0].tolist() == [1, affix["prefix", "a"], 0, 0, 0, 0]
    assert ids[2, 0].tolist() == [1, 0, 0, 0, 0, 0]


def test_affixes_in_too_few_texts_are_dropped_like_tokens():
    encoder = TokenEncoder(affix_length=1, min_df=2).fit(["ab cb", "ab", "xy xz xq"])
    assert encoder.vocabulary_ == {"ab": 2}
    assert set(encoder.affix_vocabulary_) == {("prefix", "a"), ("suffix", "b"), ("shape", "xx")}


@pytest.mark.parametrize("lowercase", [True, False])
def test_with_affixes_token_lists_are_lowered_like_texts(lowercase):
    encoder = TokenEncoder(affix_length=1, lowercase=lowercase)
    np.testing.assert_array_equal(
        encoder.fit_transform([["The", "the"]]), encoder.fit_transform(["The the"])
    )
    assert list(encoder.vocabulary_) == (["the"] if lowercase else ["The", "the"])


def test_an_analyzer_may_return_an_empty_token_that_is_no_empty_text():
    encoder = TokenEncoder(analyzer=lambda text: text.split("|") if text else [], affix_length=1)
    assert encoder.fit(["a||"]).vocabulary_[""] == 2
    assert encoder.transform([""])[0, 0].tolist() == [1, 0, 0, 0]


@pytest.mark.slow
def test_endings_tell_unknown_words_apart():
    rng = np.random.default_rng(0)
    stems = ["".join(rng.choice(list("bcdfgkmnprst"), 4)) for _ in range(120)]
    y = np.arange(120) % 2
    texts = [f"it {stem}{'ing' if label else 'ed'}" for stem, label in zip(stems, y, strict=True)]
    network = RNNClassifier(embedding_dim=8, hidden_size=8, max_epochs=20, random_state=0)
    scores = {}
    for affix_length in (0, 3):
        model = make_pipeline(TokenEncoder(affix_length=affix_length), network)
        scores[affix_length] = model.fit(texts[:80], y[:80]).score(texts[80:], y[80:])
    assert scores[3] > 0.95 > 0.8 > scores[0]


def test_what_fit_did_not_see_is_one_unknown_and_no_affix():
    X = np.array([[[2, 5], [3, 6]], [[4, 6], [0, 0]]] * 4)
    model = RNNClassifier(embedding_dim=4, hidden_size=3, max_epochs=2, random_state=0)
    model.fit(X, [0, 1] * 4)
    for unseen, same in [([9, 6], [1, 6]), ([2, 9], [2, 0]), ([0, 9], [1, 0])]:
        np.testing.assert_array_equal(
            model.predict_proba([[unseen]]), model.predict_proba([[same]])
        )


def test_ids_at_a_timestep_may_stand_in_any_order_and_padding_never_matters():
    X = np.array([[[2, 5], [3, 6]], [[4, 6], [0, 0]]] * 4)
    model = RNNClassifier(embedding_dim=4, hidden_size=3, max_epochs=2, random_state=0)
    model.fit(X, [0, 1] * 4)
    expected = model.predict_proba(X)
    np.testing.assert_array_equal(model.predict_proba(X[..., ::-1].copy()), expected)
    wider = np.concatenate([X, np.zeros((8, 3, 2), dtype=int)], axis=1)
    np.testing.assert_array_equal(model.predict_proba(wider), expected)
    alone = [model.predict_proba([x[x.any(axis=1)]])[0] for x in X]
    np.testing.assert_array_equal(alone, expected)


BAD_TEXTS = {
    "one string": ("text", r"Pass \[X\]"),
    "one bytes": (b"text", r"Pass \[X\]"),
    "nothing": (None, "got None"),
    "None among texts": (["a", None], r"X\[1\].*Drop these samples"),
    "NaN among texts": (["a", np.nan], r"X\[1\].*Drop these samples"),
    "NA among texts": (pd.Series(["a", pd.NA]), r"X\[1\].*Drop these samples"),
    "NaN in a table": (np.array([[1.0, np.nan]]), r"X\[0, 1\].*NaN"),
    "infinity in a table": (np.array([[1.0, np.inf]]), r"X\[0, 1\].*inf"),
    "None in a table": (np.array([["a", None]], dtype=object), r"X\[0, 1\].*None"),
    "None in a token list": ([["a", None]], r"X\[0\].*neither a text nor a token"),
    "a nested token": ([["a", ["b"]]], r"X\[0\].*where a token is expected"),
    "bytes among texts": (["a", b"b"], r"X\[1\].*decode"),
    "a bytearray among texts": ([bytearray(b"a")], r"X\[0\]: got a bytearray.*decode"),
    "a memoryview among texts": (["a", memoryview(b"a")], r"X\[1\]: got a memoryview.*decode"),
    "a memoryview among tokens": ([["a", memoryview(b"b")]], r"X\[0\]\[1\].*b'b'.*decode"),
    "numbers": ([1, 2], r"X\[0\].*lists of tokens"),
    "a float array": (np.arange(3.0), r"X\[0\].*Reshape your data"),
    "a number": (np.array(3), "0-D"),
    "three dimensions": (np.zeros((2, 3, 4)), "3-D.*SequencePadder"),
    "a mapping": ({"a": "text"}, r"list\(X.values"),
    "a set": ({"a", "b"}, "no order"),
    "a generator": ((text for text in TEXTS), r"list\(X\)"),
    "no texts": ([], "at least one text"),
    "no columns": (np.empty((2, 0), dtype=object), "at least one token"),
    "bytes among tokens": ([["a", "b"], ["c", b"d"]], r"X\[1\]\[1\].*b'd'.*decode"),
    "bytes in a table": (np.array([["a", b"b"]], dtype=object), r"X\[0, 1\].*decode"),
    "a dict among tokens": ([["a", {"b": 1}]], r"X\[0\]\[1\]: got a dict.*str\(token\)"),
    "an object among tokens": ([["a"], [object()]], r"X\[1\]\[0\]: got a object"),
    "a date among tokens": ([[pd.Timestamp("2026-01-01")]], r"X\[0\]\[0\]: got a Timestamp"),
    "a complex number among tokens": ([["a", 1j]], r"X\[0\]\[1\]: got a complex"),
    "a function among tokens": (np.array([["a", len]], dtype=object), r"X\[0, 1\].*builtin"),
    "a table of one column of texts": (pd.DataFrame({"text": TEXTS}), r"X\['text'\]"),
    "a table of two columns of texts": (
        pd.DataFrame({"title": ["news", "a title"], "body": ["a text", "b"]}),
        r"X\[0, 1\]: got 'a text'.*join them.*analyzer=None",
    ),
    "complex numbers": (np.array([[1j]]), "Complex data not supported"),
    "no token at all": (["", "  "], "check analyzer and token_pattern"),
}


@pytest.mark.parametrize("bad", BAD_TEXTS)
def test_what_is_no_text_is_refused_with_a_remedy(bad):
    X, remedy = BAD_TEXTS[bad]
    with pytest.raises((ValueError, TypeError), match=remedy) as caught:
        TokenEncoder().fit(X)
    assert re.search(r"^X(\[.*\])?: ", str(caught.value), flags=re.MULTILINE)


ROWS = [["a fine film"], ["a dull one, in parts"], ["good"], ["bad"]]


def in_objects(rows, build=list):
    objects = np.empty(len(rows), dtype=object)
    objects[:] = [build(row) for row in rows]
    return objects


ROWS_OF_TEXTS = {
    "lists": ROWS,
    "tuples": [tuple(row) for row in ROWS],
    "a tuple": tuple(ROWS),
    "arrays": [np.array(row) for row in ROWS],
    "an object array of lists": in_objects(ROWS),
    "a Series of lists": pd.Series(ROWS),
    "rows without text": [[], *ROWS],
    "the values of a frame": pd.DataFrame({"text": ROWS}).map(lambda row: row[0]).values.tolist(),
    "texts without blanks": [["这部电影很好，我喜欢。"], ["不好。"]],  # noqa: RUF001
}


@pytest.mark.parametrize("rows", ROWS_OF_TEXTS)
def test_rows_of_one_text_are_refused_with_a_remedy_that_runs(rows):
    X = ROWS_OF_TEXTS[rows]
    with pytest.raises(ValueError, match=r"^X\[\d\]\[0\]: got '.*one token") as caught:
        TokenEncoder().fit(X)
    assert "[row[0] for row in X]" in str(caught.value)
    texts = [row[0] for row in X if len(row)]
    encoder = TokenEncoder().fit(texts)
    with pytest.raises(ValueError, match=r"\[row\[0\] for row in X\]"):
        encoder.transform(X)
    if rows != "rows without text":
        assert max(map(len, TokenEncoder(analyzer=None).fit(X).analyze(X))) == 1


def test_an_array_of_rows_of_one_text_is_refused():
    with pytest.raises(ValueError, match=r"X\[:, 0\]"):
        TokenEncoder().fit(np.array(ROWS, dtype=object))


def test_rows_of_two_texts_are_refused():
    X = [["a title", "a long text"], ["another", "a text"]]
    with pytest.raises(ValueError, match=r"^X\[0\]\[1\]: got 'a long text'.*join") as caught:
        TokenEncoder().fit(X)
    assert "[' '.join(map(str, row)) for row in X]" in str(caught.value)


def test_lists_of_one_token_are_still_tokens():
    encoder = TokenEncoder().fit([["New York", "Rome"], ["Rome"], ["don't"]])
    assert encoder.transform([["New York"]]).tolist() == [[encoder.vocabulary_["New York"], 0]]
    assert encoder.transform([["Rome"], ["don't"]])[:, 0].min() > 1
    assert encoder.analyze([["New York"]]) == [["New York"]]


@pytest.mark.parametrize("analyzer", ["word", "char", str.split])
def test_classifiers_and_taggers_of_texts_refuse_rows_of_one_text(analyzer):
    y = ["good", "bad", "good", "bad"]
    for model in (RNNClassifier(embedding_dim=2), RNNRegressor(embedding_dim=2)):
        with pytest.raises(ValueError, match=r"\[row\[0\] for row in X\]"):
            make_pipeline(TokenEncoder(analyzer=analyzer), model).fit(ROWS, y)
    tagger = make_pipeline(TokenEncoder(analyzer=analyzer), RNNTagger(embedding_dim=2))
    with pytest.raises(ValueError, match=r"\[row\[0\] for row in X\]"):
        tagger.fit(ROWS, [["a"], ["b"], ["a"], ["b"]])


def test_texts_are_refused_when_tokens_are_expected():
    with pytest.raises(ValueError, match=r"X\[0\]: got text.*Set analyzer='word'"):
        TokenEncoder(analyzer=None).fit(["a text"])


@pytest.mark.parametrize("returned", [None, 3, np.array(3)], ids=repr)
def test_an_analyzer_that_returns_no_tokens_is_refused(returned):
    with pytest.raises(TypeError, match=r"^analyzer: returned a .* 'a text'.*Return \[\]"):
        TokenEncoder(analyzer=lambda text: returned).fit(["a text"])


def test_an_error_inside_an_analyzer_is_the_callers_own():
    with pytest.raises(TypeError, match="not callable"):
        TokenEncoder(analyzer=lambda text: text()).fit(["a text"])


def test_tokens_pruned_to_nothing_are_an_error():
    with pytest.raises(ValueError, match=r"min_df=2.*Lower min_df"):
        TokenEncoder(min_df=2).fit(["a", "b"])


@pytest.mark.parametrize(
    "ids, remedy",
    [
        ([[2, 99]], "below 11, 2 more than vocabulary_"),
        ([[0, 0]], "at least one token"),
        ([[0, 2]], "padding at the end"),
        ([[-1]], "negative"),
        ([[2.5]], "not integers"),
        (["text"], "text at position 0"),
    ],
)
def test_what_is_no_token_id_is_not_turned_back(ids, remedy):
    with pytest.raises(ValueError, match=rf"X: .*{remedy}"):
        TokenEncoder().fit(TEXTS).inverse_transform(ids)


def test_auto_dropout_is_high_for_token_ids_and_a_tenth_for_measurements():
    X, y = np.arange(1, 41).reshape(8, 5), [0, 1] * 4
    small = {"hidden_size": 3, "max_epochs": 2, "random_state": 0}
    for share, of in [(0.7, {"embedding_dim": 4}), (0.1, {})]:
        auto = RNNClassifier(**small, **of).fit(X / (1 if of else 7), y)
        same = RNNClassifier(dropout=share, **small, **of).fit(X / (1 if of else 7), y)
        assert auto.loss_curve_ == same.loss_curve_


def test_training_with_unknown_tokens_teaches_the_vector_of_the_unknown_one():
    X, y = TokenEncoder().fit_transform(TEXTS * 4), [0, 1, 0] * 4
    for input_noise in (0.0, 0.3):
        model = RNNClassifier(
            embedding_dim=4, hidden_size=3, max_epochs=3, random_state=0, input_noise=input_noise
        )
        unknown = model.fit(X, y).net_.module_.tokens.weight[1]
        assert bool((unknown != 0).any()) == (input_noise > 0)
