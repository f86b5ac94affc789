"""Halves of surrogate pairs in texts, which the library tokenizers does not take for text."""

from __future__ import annotations

import pytest
from sklearn.pipeline import make_pipeline

from skrnn import RNNClassifier, RNNLanguageModel
from skrnn.preprocessing import TokenEncoder

TEXTS = ["a b", "a \ud800 b", "b \udfff\ud83d\ude00"]


@pytest.fixture(scope="module")
def tokenizer():
    tokenizers = pytest.importorskip("tokenizers")
    words = {"[UNK]": 0, "a": 1, "b": 2, "\ufffd": 3}
    made = tokenizers.Tokenizer(tokenizers.models.WordLevel(words, unk_token="[UNK]"))
    made.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    return made


def replaced(message, **names):
    """What the remedy at the end of a message gives."""
    code = message.partition("Replace such halves: ")[2].removesuffix(".")
    return eval(code, {}, names)


def test_they_are_refused_by_their_place_and_the_remedy_runs(tokenizer):
    encoder = TokenEncoder(tokenizer)
    with pytest.raises(ValueError, match=r"X\[1\]: got a text.*'\\ud800' at position 2") as caught:
        encoder.fit(TEXTS)
    clean = replaced(str(caught.value), X=TEXTS)
    assert clean == ["a b", "a \ufffd b", "b \ufffd\U0001f600"]
    assert encoder.fit(clean).analyze(clean)[1] == ["a", "\ufffd", "b"]
    for method in (encoder.transform, encoder.analyze):
        with pytest.raises(ValueError, match=r"X\[1\]: got a text with the lone surrogate"):
            method(TEXTS)


def test_so_they_are_in_pipelines_and_by_the_language_model(tokenizer):
    tiny = {"hidden_size": 2, "max_epochs": 1, "random_state": 0}
    pipeline = make_pipeline(TokenEncoder(tokenizer), RNNClassifier(embedding_dim=2, **tiny))
    pipeline.fit(["a b", "b a"] * 4, [0, 1] * 4)
    with pytest.raises(ValueError, match="lone surrogate"):
        pipeline.predict(TEXTS)
    model = RNNLanguageModel(analyzer=tokenizer, **tiny)
    with pytest.raises(ValueError, match="lone surrogate"):
        model.fit(TEXTS)
    model.fit(["a b a b a b"] * 4)
    for call in (model.generate, lambda text: model.predict_next([text])):
        with pytest.raises(ValueError, match="lone surrogate"):
            call("a \ud800")


@pytest.mark.parametrize("analyzer", ["word", "char", str.split])
def test_other_analyzers_read_them_as_what_they_are(analyzer):
    tokens = TokenEncoder(analyzer).analyze(TEXTS)
    assert "\ud800" in tokens[1]


def test_an_error_of_an_analyzer_of_ones_own_is_left_as_it_is():
    with pytest.raises(UnicodeEncodeError, match="ordinal not in range"):
        TokenEncoder(lambda text: text.encode("ascii").split()).fit(["caf\u00e9"])
