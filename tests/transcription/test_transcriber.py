"""RNNTranscriber: from sequences to texts that are aligned to none of their timesteps."""

from __future__ import annotations

import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone, is_classifier
from sklearn.metrics import make_scorer
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from skorch.callbacks import Callback, EpochScoring

from skrnn import RNNLanguageModel, RNNTranscriber
from skrnn._transcription.prefix_beam import best_path
from skrnn.metrics import character_error_rate, word_error_rate
from skrnn.modules.transcription_model import TranscriptionLoss, TranscriptionModel
from skrnn.preprocessing import SequencePadder, SequenceScaler
from tests.transcription.morse import LEARNING, PARAMS, X, Y, keyed


def as_objects(values):
    objects = np.empty(len(values), dtype=object)
    objects[:] = values
    return objects


# --------------------------------------------------------------------------------------
# what is learned, and what comes out
# --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_texts_are_learned_from_signals_without_an_alignment(operator):
    X_new, y_new = keyed(60, seed=1)
    assert operator.score(X_new, y_new) > 0.95
    assert operator.score(X_new, y_new) == 1 - word_error_rate(y_new, operator.predict(X_new))


@pytest.mark.slow
def test_words_may_be_the_tokens():
    transcriber = RNNTranscriber(**LEARNING, analyzer="word").fit(*keyed(150))
    assert list(transcriber.tokens_) == [None, "-", "--", ".-.", ".."]
    assert transcriber.score(*keyed(60, seed=1)) > 0.9


def test_the_best_path_is_what_the_probabilities_say(operator):
    for text, proba in zip(operator.predict(X), operator.predict_proba(X), strict=True):
        assert "".join(operator.tokens_[k] for k in best_path(proba)[0]) == text


def test_the_loss_is_the_log_likelihood_of_a_token(operator):
    fresh = clone(operator).fit(X, Y, X_val=X, y_val=Y)
    tokens = {token: number for number, token in enumerate(fresh.tokens_)}
    losses = [
        torch.nn.functional.ctc_loss(
            torch.tensor(np.log(proba))[:, None],
            torch.tensor([[tokens[sign] for sign in text]]),
            torch.tensor([len(proba)]),
            torch.tensor([len(text)]),
            reduction="sum",
        ).item()
        for text, proba in zip(Y, fresh.predict_proba(X), strict=True)
    ]
    shown = fresh.history_[fresh.best_epoch_ - 1]["valid_loss"]
    assert shown == pytest.approx(sum(losses) / sum(map(len, Y)), rel=1e-4)


def test_what_stands_behind_a_sequence_does_not_change_its_loss_or_gradient():
    model = TranscriptionModel(2, 4, hidden_size=3, segment_length=2)
    model.reset_parameters(torch.Generator().manual_seed(0))
    model.train()
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(1, 9, 2, generator=generator, dtype=torch.float32)
    longer = torch.cat([x, torch.zeros(1, 8, 2, dtype=torch.float32)], dim=1)
    target = torch.tensor([[1, 3, 3]])
    loss = TranscriptionLoss("ctc")
    results = []
    for values, lengths in ((x, None), (longer, torch.tensor([9]))):
        model.zero_grad()
        one = loss(model(values, lengths), target)
        one.sum().backward()
        results.append((one.item(), model.encoder.weight_hh_l0.grad.clone()))
    assert results[0][0] == pytest.approx(results[1][0], rel=1e-6)
    torch.testing.assert_close(results[0][1], results[1][1])


@pytest.mark.slow
def test_silence_is_an_empty_text():
    rng = np.random.default_rng(0)
    X_some = [*X, *(rng.normal(0, 0.1, (12, 1)) for _ in range(20))]
    transcriber = RNNTranscriber(**LEARNING).fit(X_some, [*Y, *[""] * 20])
    assert transcriber.predict(X_some[-1:])[0] == ""


def test_segments_leave_every_transcript_the_steps_that_it_needs():
    # twelve timesteps for three tokens, two of them the same: four steps at least
    X_short, y_short = [np.zeros((12, 1))] * 20, ["abb"] * 20
    transcriber = RNNTranscriber(**PARAMS).fit(X_short, y_short)
    assert transcriber.segment_length_ == 1
    with pytest.raises(ValueError, match=r"y: got 'abb', which takes 4 recurrent steps"):
        RNNTranscriber(**PARAMS, segment_length=4).fit(X_short, y_short)
    assert RNNTranscriber(**PARAMS, segment_length=3).fit(X_short, y_short).segment_length_ == 3


# --------------------------------------------------------------------------------------
# scikit-learn's manners
# --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_search_finds_the_same_in_any_number_of_processes():
    pipe = make_pipeline(SequencePadder(), SequenceScaler(), RNNTranscriber(**PARAMS))
    grid = {"rnntranscriber__hidden_size": [4, 6], "rnntranscriber__decoding": ["greedy", "beam"]}
    searches = [GridSearchCV(pipe, grid, cv=2, n_jobs=n_jobs).fit(X, Y) for n_jobs in (1, 2)]
    for key_name in ("mean_test_score", "std_test_score"):
        np.testing.assert_array_equal(*(search.cv_results_[key_name] for search in searches))


def test_it_is_no_classifier_and_reads_ragged_texts_in_cross_validation():
    assert not is_classifier(RNNTranscriber())
    scorer = make_scorer(character_error_rate, greater_is_better=False)
    assert (cross_val_score(RNNTranscriber(**PARAMS), X, Y, cv=2, scoring=scorer) <= 0).all()
    predicted = cross_val_predict(RNNTranscriber(**PARAMS), as_objects(X), Y, cv=2)
    assert len(predicted) == len(X)


def test_the_same_bits_whatever_the_threads():
    outputs = []
    for n_threads in (1, 2):
        torch.set_num_threads(n_threads)
        outputs.append(np.concatenate(RNNTranscriber(**PARAMS).fit(X, Y).predict_proba(X)))
    torch.set_num_threads(2)
    np.testing.assert_array_equal(*outputs)


def test_a_pickle_writes_the_same(operator, tmp_path):
    joblib.dump(operator, tmp_path / "operator.joblib")
    for copy in (
        pickle.loads(pickle.dumps(operator)),
        joblib.load(tmp_path / "operator.joblib"),
    ):
        np.testing.assert_array_equal(copy.predict(X), operator.predict(X))


def test_training_goes_on_from_where_it_stopped():
    transcriber = RNNTranscriber(**PARAMS)
    transcriber.partial_fit(X[:20], Y[:20], tokens="-. ,")
    assert list(transcriber.tokens_) == [None, " ", ",", "-", "."]
    first = transcriber.loss_curve_[-1]
    for _ in range(5):
        transcriber.partial_fit(X, Y)
    assert transcriber.loss_curve_[-1] < first
    warm = RNNTranscriber(**PARAMS, warm_start=True).fit(X, Y)
    before = warm.loss_curve_[-1]
    assert warm.fit(X, Y).loss_curve_[-1] < before


def test_tokens_that_may_come_later_are_read_like_texts():
    by_word = RNNTranscriber(**PARAMS, analyzer="word").partial_fit(X, Y, tokens="... -.-")
    assert {"...", "-.-"} < set(by_word.tokens_) and "." not in by_word.tokens_
    of_lists = RNNTranscriber(**PARAMS).partial_fit(X, [[1, 2]] * len(X), tokens={3})
    assert of_lists.tokens_.tolist() == [None, 1, 2, 3]


@pytest.mark.parametrize(
    ("params", "y", "tokens", "error"),
    [
        ({}, Y, 5, TypeError),
        ({}, Y, [1], ValueError),
        ({}, Y, ["ab"], ValueError),
        ({"analyzer": "word"}, Y, ["a b"], ValueError),
        ({}, [["a"]] * 40, "abc", TypeError),
        ({}, [["a"]] * 40, [None], TypeError),
    ],
)
def test_tokens_that_cannot_come_are_refused(params, y, tokens, error):
    with pytest.raises(error, match="tokens: got"):
        RNNTranscriber(**PARAMS, **params).partial_fit(X, y, tokens=tokens)


@pytest.mark.parametrize("batch_size", ["auto", 4, 40])
def test_epochs_make_the_updates_that_are_documented(batch_size):
    stop = RNNTranscriber(
        **PARAMS | {"batch_size": batch_size, "max_epochs": "auto"}, callbacks=[InterruptAfter(1)]
    )
    with pytest.raises(KeyboardInterrupt):
        stop.fit(X, Y)
    n_batches = -(-len(X) // stop.net_.batch_size)
    assert stop.net_.max_epochs == np.clip(round(2500 / n_batches), 10, 150)


@pytest.mark.parametrize("scoring", ["accuracy", "neg_log_loss"])
def test_a_callback_that_asks_for_labels_is_refused(scoring):
    with pytest.raises(ValueError, match=r"callbacks: got one that asks for labels .*valid_loss"):
        RNNTranscriber(**PARAMS, callbacks=[EpochScoring(scoring)]).fit(X, Y, X_val=X, y_val=Y)


def test_a_column_of_texts_holds_a_text_for_each_sample():
    columns = (as_objects(Y)[:, None], np.array(Y)[:, None], pd.DataFrame({"text": Y}))
    expected = RNNTranscriber(**PARAMS).fit(X, Y).predict(X)
    for y in columns:
        np.testing.assert_array_equal(RNNTranscriber(**PARAMS).fit(X, y).predict(X), expected)


def test_weights_count_and_zero_leaves_out():
    weight = np.r_[np.ones(20), np.zeros(20)]
    y_other = [*Y[:20], *["?"] * 20]
    one = RNNTranscriber(**PARAMS).fit(X, y_other, sample_weight=weight)
    assert "?" not in one.tokens_
    two = RNNTranscriber(**PARAMS).fit(X[:20], Y[:20])
    np.testing.assert_array_equal(
        np.concatenate(one.predict_proba(X)), np.concatenate(two.predict_proba(X))
    )
    assert one.score(X, Y, sample_weight=weight) == one.score(X[:20], Y[:20])
    with pytest.raises(ValueError, match=r"^y: got 2 transcripts without a single word"):
        one.score(X[:2], ["", " "])


class InterruptAfter(Callback):
    def __init__(self, n_epochs):
        self.n_epochs = n_epochs

    def on_epoch_begin(self, net, **kwargs):
        if len(net.history) > self.n_epochs:
            raise KeyboardInterrupt


def test_an_interrupted_fit_leaves_nothing_or_a_whole_model():
    with pytest.raises(KeyboardInterrupt):
        unfitted = RNNTranscriber(**PARAMS, callbacks=[InterruptAfter(0)])
        unfitted.fit(X, Y)
    assert not hasattr(unfitted, "net_") and not hasattr(unfitted, "tokens_")
    stopped = RNNTranscriber(**PARAMS, callbacks=[InterruptAfter(2)])
    with pytest.raises(KeyboardInterrupt):
        stopped.fit(X, Y)
    assert stopped.best_epoch_ == 2
    assert len(stopped.predict(X)) == len(X)


@pytest.mark.parametrize(
    ("y", "error", "message"),
    [
        (None, ValueError, "y: requires y to be passed"),
        ("one text", TypeError, "y: got 'one text'"),
        ([1] * 40, TypeError, r"y: got 1 at position 0.*RNNClassifier"),
        ([None] * 40, TypeError, "y: got None at position 0.*Leave out samples"),
        (pd.Series([*Y[:-1], pd.NA], dtype="string"), TypeError, "y: got <NA> at .*Leave out"),
        ([*Y[:-1], float("nan")], TypeError, "y: got nan at position 39.*Leave out"),
        ([text.encode() for text in Y], TypeError, r"y: got b'.*y\[0\]\.decode\(\)"),
        ([*Y[:-1], ["."]], TypeError, "strings and lists of tokens side by side"),
        ([[1], ["a"]] * 20, TypeError, "types"),
        ([[1.0, float("nan")]] * 40, TypeError, "the token nan at position 0"),
        ([[[1]]] * 40, TypeError, r"the token \[1\]"),
        ([""] * 40, ValueError, "without a single token"),
        (Y[:-1], ValueError, "39"),
        ([*Y[:-1], "." * 500], ValueError, "recurrent steps"),
        ([["."] * len(x) for x in X], ValueError, "recurrent steps.*use RNNTagger"),
    ],
)
def test_transcripts_that_cannot_be_read_are_refused(y, error, message):
    with pytest.raises(error, match=message):
        RNNTranscriber(**PARAMS, segment_length=1).fit(X, y)


def test_transcripts_of_another_kind_than_in_fit_are_refused(operator):
    with pytest.raises(TypeError, match="y: got lists of tokens, while fit was given strings"):
        operator.score(X, [list(text) for text in Y])
    with pytest.raises(ValueError, match=r"y_val: got '\?', which no transcript held"):
        RNNTranscriber(**PARAMS).fit(X, Y, X_val=X[:1], y_val=["?"])
    assert operator.score(X[:1], ["?"]) < 1


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"word_list": [1, 2]}, TypeError, "word_list: got 1 among the words"),
        ({"word_list": ["yes", "no"]}, ValueError, "word_list: .* no word can be written"),
        ({"word_list": []}, ValueError, "word_list: "),
        ({"word_list": [".. -", "-"]}, ValueError, r"word_list: got '.. -', .*word\.split"),
        ({"word_list": ["-\n"]}, ValueError, "word_list: got .* blank"),
        ({"word_list": "hello"}, ValueError, "'word_list' .*'transcripts'"),
        ({"word_list": 5}, ValueError, "'word_list'"),
        ({"word_list": ["-"], "decoding": "greedy"}, ValueError, "decoding: got 'greedy' while"),
        ({"decoding": "best"}, ValueError, "'decoding' .*'greedy'"),
        ({"decoding": "beam", "beam_width": 0}, ValueError, "'beam_width'"),
        ({"decoding": "beam", "beam_width": 2.5}, ValueError, "'beam_width'"),
        ({"language_weight": float("nan")}, ValueError, "'language_weight'"),
        ({"word_bonus": float("inf")}, ValueError, "'word_bonus'"),
        ({"language_model": "trigrams"}, ValueError, "'language_model' .* 'log_prob'"),
    ],
)
def test_settings_of_the_search_that_cannot_be_are_refused(operator, params, error, message):
    with pytest.raises(error, match=message):
        pickle.loads(pickle.dumps(operator)).set_params(**params).predict(X)
    # before the training, not when it is over
    unfitted = RNNTranscriber(**PARAMS, callbacks=[InterruptAfter(0)]).set_params(**params)
    with pytest.raises(error, match=message):
        unfitted.fit(X, Y)


def test_a_word_list_is_any_collection(operator):
    searched = pickle.loads(pickle.dumps(operator))
    words = ["..", "-", ".-."]
    written = [
        searched.set_params(word_list=some).predict(X).tolist()
        for some in (words, set(words), np.array(words), pd.Series(words), [*words, *words, ""])
    ]
    assert all(texts == written[0] for texts in written)


@pytest.mark.parametrize("argument", ["word_list", "language_model"])
def test_lists_of_tokens_know_no_words(argument):
    value = ["-"] if argument == "word_list" else RNNLanguageModel()
    with pytest.raises(ValueError, match=rf"{argument}: got .* lists of tokens"):
        RNNTranscriber(**PARAMS, **{argument: value}).fit(X, [list(text) for text in Y]).predict(X)
