"""What a language model reads as a text."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from skrnn import RNNLanguageModel
from skrnn.preprocessing import TokenEncoder
from tests.language.texts import TEXTS, TINY


def test_token_ids_are_read_like_the_texts_they_stand_for():
    texts = [text for text in TEXTS if text]
    encoder = TokenEncoder(lowercase=False)
    ids = encoder.fit_transform(texts)
    of_texts = RNNLanguageModel(**TINY).fit(texts)
    of_table = RNNLanguageModel(**TINY).fit(ids)
    of_lists = RNNLanguageModel(**TINY).fit([row[row > 0] for row in ids])
    assert of_table.encoder_ is None
    for other in (of_table, of_lists):
        assert other.loss_curve_ == of_texts.loss_curve_
        assert other.score(ids) == of_texts.score(texts)
    tokens = np.array(of_texts.predict_next(texts[:4]))
    names = np.array(["<end>", "<unknown>", *encoder.vocabulary_], dtype=object)
    np.testing.assert_array_equal(names[of_table.predict_next(ids[:4])], tokens)


def test_ids_may_be_any_and_in_any_order_of_frequency():
    rows = [[900, 7, 7, 7], [900, 7, 35]] * 5
    model = RNNLanguageModel(**TINY).fit(rows)
    assert model.n_tokens_ == 5
    assert model.next_tokens_.tolist() == [0, 1, 7, 900, 35]
    # an id that fit never saw is the unknown one
    np.testing.assert_array_equal(model.log_prob([[900, 36]]), model.log_prob([[900, 1]]))
    np.testing.assert_array_equal(model.log_prob([[900, 2**31 - 1]]), model.log_prob([[900, 1]]))
    large = [[2**31 - 1 if i == 900 else i for i in row] for row in rows]
    assert RNNLanguageModel(**TINY).fit(large).loss_curve_ == model.loss_curve_
    assert set(model.generate([900], random_state=0)) <= {7, 900, 35}


def test_a_text_of_ids_may_be_empty_like_any_other():
    rows = [[3, 4, 4], [], [3, 5]]
    model = RNNLanguageModel(**TINY).fit(rows)
    assert RNNLanguageModel(**TINY).fit(rows[::-1]).n_tokens_ == model.n_tokens_ == 5
    of_texts = RNNLanguageModel(**TINY).fit([" ".join("abcdef"[i] for i in row) for row in rows])
    assert model.loss_curve_ == of_texts.loss_curve_
    assert model.log_prob([[], [3]])[0] == of_texts.log_prob([""])[0]
    assert model.predict_next([[]]) == model.predict_next(pd.Series([[], [3]]))[0]


@pytest.mark.parametrize(
    "build", [list, tuple, np.array, pd.Series, lambda texts: np.array(texts, dtype=object)]
)
def test_every_container_of_texts_is_read(model, build):
    other = RNNLanguageModel(**TINY).fit(build(TEXTS))
    assert other.loss_curve_ == model.loss_curve_
    np.testing.assert_array_equal(other.log_prob(build(TEXTS)), model.log_prob(TEXTS))


def test_token_lists_characters_and_callables_are_read():
    lists = [text.split() for text in TEXTS]
    by_lists = RNNLanguageModel(analyzer=None, **TINY).fit(lists)
    by_split = RNNLanguageModel(analyzer=str.split, **TINY).fit(TEXTS)
    assert by_lists.loss_curve_ == by_split.loss_curve_
    characters = RNNLanguageModel(analyzer="char", **TINY).fit(TEXTS)
    assert all(len(token) == 1 for token in characters.encoder_.vocabulary_)
    # what words are joined by does not come between characters
    pieces = characters.generate("th", max_length=30, random_state=0, stream=True)
    assert {len(piece) for piece in pieces} == {1}


def test_a_tokenizer_takes_texts_apart_and_joins_what_is_written():
    tokenizers = pytest.importorskip("tokenizers")
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    tokenizer.train_from_iterator(
        TEXTS, tokenizers.trainers.BpeTrainer(vocab_size=40, show_progress=False)
    )
    params = TINY | {"max_epochs": 40, "hidden_size": 32}
    model = clone(RNNLanguageModel(analyzer=tokenizer, **params)).fit(TEXTS)
    assert set(model.encoder_.vocabulary_) <= set(tokenizer.get_vocab())
    written = model.generate("the", max_length=30, temperature=0)
    assert " " in written and "Ġ" not in written
    pieces = model.generate("the", max_length=30, temperature=0, stream=True)
    assert "".join(pieces) == written
    restored = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(restored.log_prob(TEXTS), model.log_prob(TEXTS))


@pytest.mark.slow
def test_characters_of_several_tokens_are_written_whole():
    tokenizers = pytest.importorskip("tokenizers")
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    # a token is a single byte, of which these characters have two to four.
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(
        ["ab"],
        tokenizers.trainers.BpeTrainer(
            vocab_size=256, initial_alphabet=alphabet, show_progress=False
        ),
    )
    text = "日本 🙂 é"
    model = RNNLanguageModel(
        analyzer=tokenizer, hidden_size=32, learning_rate=0.01, dropout=0.0, random_state=0
    ).fit([text] * 30)
    assert model.generate("日", temperature=0) == text[1:]
    assert list(model.generate("日", temperature=0, stream=True)) == list(text[1:])
    # cut within a character, nothing is lost.
    assert model.generate("日", temperature=0, max_length=1) == "\N{REPLACEMENT CHARACTER}"


def test_token_lists_that_a_tokenizer_does_not_know_are_written_with_blanks():
    tokenizers = pytest.importorskip("tokenizers")
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    model = RNNLanguageModel(analyzer=tokenizer, **TINY).fit([["own", "words"]] * 9)
    written = model.generate(temperature=3.0, random_state=0, max_length=20)
    assert set(written.split(" ")) == {"own", "words"}


def test_every_character_is_kept():
    text = "A\n\nb  c\tb"
    model = RNNLanguageModel(analyzer="char", **TINY).fit([text * 20])
    (log_probs,) = model.log_prob([text], per_token=True)
    assert len(log_probs) == len(text) + 1
    assert set(model.encoder_.vocabulary_) == set(text)
    lower = RNNLanguageModel(analyzer="char", lowercase=True, **TINY).fit([text * 20])
    assert set(lower.encoder_.vocabulary_) == set(text.lower())


def test_rare_tokens_can_be_unknown_and_are_never_written():
    model = RNNLanguageModel(max_tokens=3, **TINY).fit(TEXTS)
    assert model.n_tokens_ == 5
    assert model.predict_next_proba([""])[0, 1] > 0
    written = model.generate(max_length=200, temperature=3.0, random_state=0)
    assert set(written.split()) <= set(model.encoder_.vocabulary_)


def test_what_stands_in_x_is_left_alone():
    texts, ids = list(TEXTS), np.array([[5, 6, 0], [7, 8, 9]])
    before = ids.copy()
    RNNLanguageModel(**TINY).fit(texts)
    RNNLanguageModel(**TINY).fit(ids).generate(ids[0][:2], random_state=0)
    assert texts == TEXTS
    np.testing.assert_array_equal(ids, before)
