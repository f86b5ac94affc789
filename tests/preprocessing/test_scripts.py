"""Words of every script are whole."""

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from skrnn import RNNLanguageModel
from skrnn.preprocessing import TokenEncoder
from skrnn.preprocessing._text.affixes import word_shape

# Each line is words and symbols, with blanks between the tokens expected.
LINES = {
    "Hindi": "हिन्दी में लिखा है ।",
    "Bengali": "বাংলা ভাষা শিখছি",
    "Tamil": "தமிழ் மொழி , அழகு",
    "Thai": "ที่นี่ น้ำ ดี",
    "Burmese": "မြန်မာ ဘာသာ ။",
    "Khmer": "ភាសា ខ្មែរ",
    "Sinhala with a joiner": "ශ්\u200dරී ලංකා",
    "Malayalam that ends with a joiner": "അവന്\u200d വന്നു",
    "vocalised Arabic": "مُحَمَّدٌ كَتَبَ ، دَرْسًا",
    "vocalised Hebrew": "שָׁלוֹם עוֹלָם !",
    "Persian with a non-joiner": "می\u200cخواهم کتاب‌ها را",  # noqa: RUF001
    "decomposed accents": "cafe\u0301 nai\u0308ve , Vie\u0323\u0302t",
    "a capital I with a dot": "i\u0307zmir",
    "variation selectors": "❤\ufe0f ☀\ufe0f fine",
    "joined emoji": "👨\u200d👩\u200d👧 👩\U0001f3fd\u200d🚀 🏳\ufe0f\u200d🌈 .",
    "skin tones": "👍\U0001f3fd 👋\U0001f3ff",
    "flags": "🇩🇪 🇫🇷 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "keycaps": "1\ufe0f\u20e3 #\ufe0f\u20e3",
    "soft hyphens and word joiners": "Donau\u00addampf\u00adschiff a\u2060b ,",
    "letters without marks": "Übermut № 5 , ½ _x Straße 東京 привет ' s",
}


@pytest.mark.parametrize("script", LINES)
def test_words_of_every_script_are_whole(script):
    line = LINES[script]
    assert TokenEncoder(lowercase=False).analyze([line]) == [line.split()]


def test_neighbouring_emoji_and_punctuation_marks_are_tokens_of_their_own():
    assert TokenEncoder().analyze(["🇩🇪🇫🇷👍🏽❤️!?..."]) == [
        ["🇩🇪", "🇫🇷", "👍🏽", "❤️", "!", "?", ".", ".", "."]
    ]


def test_a_capital_with_a_dot_stays_a_word_when_lowered():
    assert TokenEncoder().analyze(["İzmir İstanbul"]) == [["i\u0307zmir", "i\u0307stanbul"]]


@given(text=st.text(st.characters(exclude_categories=["M", "Sk", "Cf", "Cs"])))
def test_texts_without_marks_give_the_words_and_symbols_of_a_plain_pattern(text):
    text = "".join(c for c in text if not "\U0001f1e6" <= c <= "\U0001f1ff")
    plain = TokenEncoder(lowercase=False, token_pattern=r"(?u)\w+|[^\w\s]")
    assert TokenEncoder(lowercase=False).analyze([text]) == plain.analyze([text])


@given(text=st.text())
def test_nothing_but_white_space_is_lost_in_any_text(text):
    (tokens,) = TokenEncoder(lowercase=False).analyze([text])
    assert "".join(tokens) == "".join(text.split())


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_composed_and_decomposed_words_are_as_many_tokens(form):
    text = unicodedata.normalize(form, "Việt Nam, Čeština, Ångström")
    assert len(TokenEncoder().analyze([text])[0]) == 6


@pytest.mark.parametrize("strip_accents", [None, "unicode", "ascii"])
@pytest.mark.parametrize("analyzer", ["word", "char"])
def test_accents_are_stripped_as_scikit_learn_does(strip_accents, analyzer):
    text = "İzmir, Cafe\u0301 naïve Straße Łódź"
    pattern = r"(?u)\w+|[^\w\s]"
    params = {
        "analyzer": analyzer,
        "token_pattern": pattern,
        "strip_accents": strip_accents,
    }
    expected = list(CountVectorizer(**params).build_analyzer()(text))
    assert TokenEncoder(**params).analyze([text]) == [expected]


@pytest.mark.parametrize("analyzer", ["word", "char"])
def test_a_language_model_strips_accents_like_the_encoder(analyzer):
    texts = ["Un café, s'il vous plaît."] * 8
    params = {"hidden_size": 4, "max_epochs": 1, "random_state": 0, "analyzer": analyzer}
    model = RNNLanguageModel(strip_accents="unicode", lowercase=True, **params).fit(texts)
    plain = RNNLanguageModel(**params).fit(["un cafe, s'il vous plait."] * 8)
    assert model.encoder_.vocabulary_ == plain.encoder_.vocabulary_
    np.testing.assert_array_equal(model.log_prob(["café"]), plain.log_prob(["cafe"]))


def test_a_language_model_keeps_words_of_every_script_whole():
    model = RNNLanguageModel(hidden_size=4, max_epochs=1).fit(["हिन्दी में ที่นี่ 👍🏽"] * 8)
    assert set(model.encoder_.vocabulary_) == {"हिन्दी", "में", "ที่นี่", "👍🏽"}


def test_accents_are_stripped_before_affixes_are_read():
    encoder = TokenEncoder(affix_length=1, strip_accents="unicode").fit(["Été"])
    assert encoder.vocabulary_ == {"ete": 2}
    assert set(encoder.affix_vocabulary_) == {("prefix", "e"), ("suffix", "e"), ("shape", "Xxx")}


@pytest.mark.parametrize(
    "word, shape", [("हिन्दी", "xx"), ("cafe\u0301", "xx"), ("E\u0301te\u0301", "Xxx")]
)
def test_a_mark_adds_nothing_to_the_shape_of_a_word(word, shape):
    assert word_shape(word) == shape


def test_what_is_no_way_to_strip_accents_is_refused():
    with pytest.raises(ValueError, match="strip_accents"):
        TokenEncoder(strip_accents="latin").fit(["a"])
