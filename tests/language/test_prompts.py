"""A prompt is one text, however it is passed, and what follows is joined to it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from skrnn import RNNLanguageModel
from tests.language.texts import TINY

FIXED = {"max_length": 6, "temperature": 0}


def in_object_array(text):
    array = np.empty(1, dtype=object)
    array[0] = text
    return array


@pytest.mark.parametrize(
    "build",
    [
        lambda text: [text],
        lambda text: (text,),
        lambda text: np.array([text]),
        lambda text: np.array(text),
        lambda text: pd.Series([text], index=[3]),
        in_object_array,
        lambda text: [text.split()],
        lambda text: [tuple(text.split())],
        lambda text: text.split(),
        lambda text: np.array(text.split()),
        lambda text: in_object_array(text.split()),
    ],
)
@pytest.mark.parametrize("text", ["the dog lay", "the", "a bird"])
def test_a_prompt_and_a_list_of_one_prompt_are_continued_alike(trained, build, text):
    assert trained.generate(build(text), **FIXED) == trained.generate(text, **FIXED)


def test_a_prompt_in_a_list_is_lowered_and_taken_apart_like_a_text():
    texts = ["the cat sat, the dog ran."] * 10
    model = RNNLanguageModel(lowercase=True, **TINY).fit(texts)
    assert model.generate(["The CAT sat,"], **FIXED) == model.generate("the cat sat,", **FIXED)
    characters = RNNLanguageModel(analyzer="char", **TINY).fit(texts)
    assert characters.generate(["the c"], **FIXED) == characters.generate("the c", **FIXED)
    assert characters.generate(list("the c"), **FIXED) == characters.generate("the c", **FIXED)


def test_token_ids_in_a_list_are_one_prompt():
    model = RNNLanguageModel(**TINY).fit([[3, 4, 5, 4], [3, 5]] * 5)
    expected = model.generate([3, 4], **FIXED)
    for prompt in ([[3, 4]], np.array([3, 4]), np.array([[3, 4]]), (3, 4), pd.Series([3, 4])):
        np.testing.assert_array_equal(model.generate(prompt, **FIXED), expected)


@pytest.mark.parametrize("prompts", [["the cat", "a bird"], np.array(["the cat", "the dog"])])
def test_several_prompts_are_refused_with_a_remedy_that_runs(trained, prompts):
    with pytest.raises(ValueError, match=r"^prompt: got 2 texts.*for text in prompt\]"):
        trained.generate(prompts)
    assert len([trained.generate(text, **FIXED) for text in prompts]) == 2


def test_a_token_with_blanks_that_was_kept_is_a_token():
    model = RNNLanguageModel(**TINY).fit([["New York", "is", "large"], ["Rome", "is", "old"]] * 5)
    as_list = model.generate(["New York"], **FIXED)
    assert as_list == model.generate([["New York"]], **FIXED)
    assert model.predict_next([["New York"]]).shape == (1,)


@pytest.fixture(scope="module")
def tokenizers():
    return pytest.importorskip("tokenizers")


@pytest.fixture(scope="module")
def of_word_pieces(tokenizers):
    words = ["[UNK]", "they", "were", "play", "##ing", "##ed", "in", "the", "garden", "."]
    vocabulary = {word: id for id, word in enumerate(words)}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.decoder = tokenizers.decoders.WordPiece()
    return RNNLanguageModel(
        analyzer=tokenizer, hidden_size=24, learning_rate=0.02, dropout=0, random_state=0
    ).fit(["they were playing in the garden.", "they played in the garden."] * 15)


@pytest.mark.parametrize("build", [str, lambda text: [text]])
def test_the_rest_of_a_word_is_joined_to_the_prompt(of_word_pieces, build):
    written = of_word_pieces.generate(build("they were play"), temperature=0)
    assert written == "ing in the garden."
    pieces = of_word_pieces.generate(build("they were play"), temperature=0, stream=True)
    assert list(pieces) == ["ing", " in", " the", " garden", "."]


@pytest.mark.parametrize(
    "prompt, rest",
    [
        ("they were", " playing in the garden."),
        ("they were playing", " in the garden."),
        ("they were playing in the garden", "."),
        ("", "they "),
        (["they", "were", "play"], "ing in the garden."),
    ],
)
def test_a_prompt_and_what_follows_are_the_whole_text(of_word_pieces, prompt, rest):
    assert of_word_pieces.generate(prompt, temperature=0).startswith(rest)


def test_a_prompt_that_ends_with_an_unknown_word_is_continued(of_word_pieces):
    written = of_word_pieces.generate("they were xyz", temperature=0, max_length=3)
    assert "##" not in written


def test_a_long_prompt_is_joined_by_its_end(of_word_pieces):
    prompt = "they were playing in the garden. " * 20 + "they were play"
    assert of_word_pieces.generate(prompt, temperature=0, max_length=2).startswith("ing")
