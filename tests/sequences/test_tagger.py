"""RNNTagger: a label for every timestep."""

from __future__ import annotations

import pickle
import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone, is_classifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, make_scorer
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    cross_val_predict,
    cross_val_score,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skorch.callbacks import Callback, EpochScoring

from skrnn import RNNTagger
from skrnn.datasets import fetch_ud_english_ewt, load_digit_rows
from skrnn.metrics import span_f1_score, token_accuracy_score
from skrnn.preprocessing import PerTimestep, SequencePadder, SequenceScaler, TokenEncoder

both_layers = pytest.mark.parametrize("output_layer", ["softmax", "crf"])


def labelled(n_samples=30, seed=0, labels=("walk", "run")):
    """Sequences of 5 to 12 timesteps of two features, whose level tells the label."""
    rng = np.random.default_rng(seed)
    X, y = [], []
    for _ in range(n_samples):
        code = np.repeat(rng.permutation(len(labels))[:2], rng.integers(2, 7, size=2))
        X.append(rng.normal(2.0 * code[:, None], 1.5, size=(len(code), 2)))
        y.append(np.array(labels)[code])
    return X, y


X, Y = labelled()
PARAMS = {"hidden_size": 6, "max_epochs": 5, "batch_size": 8, "random_state": 0}
LEARNING = PARAMS | {"max_epochs": 25, "learning_rate": 0.01}


def same_bits(one, other) -> bool:
    return len(one) == len(other) and all(
        p.dtype == q.dtype and p.shape == q.shape and p.tobytes() == q.tobytes()
        for p, q in zip(one, other, strict=True)
    )


def as_objects(arrays):
    objects = np.empty(len(arrays), dtype=object)
    objects[:] = arrays
    return objects


def padded(arrays, fill, width=None):
    width = max(len(one) for one in arrays) if width is None else width
    out = np.full((len(arrays), width, *arrays[0].shape[1:]), fill)
    for row, one in zip(out, arrays, strict=True):
        row[: len(one)] = one
    return out


# --------------------------------------------------------------------------------------
# what is learned, and what comes out
# --------------------------------------------------------------------------------------


@pytest.mark.slow
@both_layers
def test_labels_of_timesteps_are_learned(output_layer):
    tagger = RNNTagger(**LEARNING, output_layer=output_layer).fit(*labelled(120))
    X_new, y_new = labelled(100, seed=1)
    # the level of a single timestep, halfway between the means, is right five times in six; its
    # neighbours in time make it surer.
    threshold = np.concatenate([x.mean(axis=1) > 1 for x in X_new])
    alone = np.mean(np.where(threshold, "run", "walk") == np.concatenate(y_new))
    assert tagger.score(X_new, y_new) > alone + 0.05


@both_layers
def test_predictions_are_arrays_of_labels_and_probabilities_sum_to_one(output_layer):
    tagger = RNNTagger(**PARAMS, output_layer=output_layer).fit(X, Y)
    predicted, proba = tagger.predict(X), tagger.predict_proba(X)
    assert predicted.shape == proba.shape == (len(X),)
    assert predicted.dtype == proba.dtype == object
    for x, labels, p in zip(X, predicted, proba, strict=True):
        assert labels.shape == (len(x),) and set(labels) <= {"run", "walk"}
        assert p.shape == (len(x), 2) and p.dtype == np.float64
        np.testing.assert_allclose(p.sum(axis=1), 1.0)
    if output_layer == "softmax":
        for labels, p in zip(predicted, proba, strict=True):
            np.testing.assert_array_equal(labels, tagger.classes_[p.argmax(axis=1)])


@pytest.mark.slow
def test_a_chain_learns_which_label_may_follow_which():
    # labels go a, b, c, a, ... from any start; X shows the start only, and noise behind it.
    rng = np.random.default_rng(0)
    names = np.array(["a", "b", "c"])
    starts = rng.integers(3, size=60)
    y = [names[(start + np.arange(rng.integers(4, 9))) % 3] for start in starts]
    X_noise = [rng.normal(size=(len(labels), 1)) for labels in y]
    tagger = RNNTagger(**(LEARNING | {"max_epochs": 40}), output_layer="crf", bidirectional=False)
    tagger.set_params(learning_rate=0.05).fit(X_noise, y)
    for labels in tagger.predict([rng.normal(size=(9, 1)) for _ in range(10)]):
        code = np.searchsorted(names, labels)
        np.testing.assert_array_equal(np.diff(code) % 3, 1)


@both_layers
def test_one_sequence_or_one_timestep_is_enough(output_layer):
    tagger = RNNTagger(**PARAMS, output_layer=output_layer).fit(X[:1], Y[:1])
    assert len(tagger.predict([X[0][:1]])[0]) == 1
    single = RNNTagger(**PARAMS, output_layer=output_layer).fit(
        [x[:1] for x in X], [labels[:1] for labels in Y]
    )
    assert len(single.predict(X[:1])[0]) == len(X[0])


def test_the_loss_of_an_epoch_counts_every_timestep_the_same():
    tagger = RNNTagger(**PARAMS).fit(X, Y, X_val=X, y_val=Y)
    epoch = tagger.history_[tagger.best_epoch_ - 1]
    proba = np.concatenate(tagger.predict_proba(X))
    code = np.concatenate([labels == "walk" for labels in Y]).astype(int)
    expected = -np.log(proba[np.arange(len(code)), code]).mean()
    assert epoch["valid_loss"] == pytest.approx(expected, rel=1e-4)


@pytest.mark.slow
def test_rows_of_handwriting_are_told_apart_better_than_one_by_one():
    # digits, eight rows of eight pixels each, set one under the other: a label for every row.
    images, digits = load_digit_rows(return_X_y=True)
    rng = np.random.default_rng(0)

    def columns_of_digits(numbers, n_samples):
        chosen = [rng.choice(numbers, rng.integers(2, 5)) for _ in range(n_samples)]
        return [np.concatenate(images[c]) for c in chosen], [
            np.repeat(digits[c], 8) for c in chosen
        ]

    X_rows, y_rows = columns_of_digits(np.arange(1200), 300)
    X_new, y_new = columns_of_digits(np.arange(1200, len(images)), 100)
    single = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
    single.fit(np.concatenate(X_rows), np.concatenate(y_rows))
    alone = single.score(np.concatenate(X_new), np.concatenate(y_new))
    tagger = RNNTagger(max_epochs=30, learning_rate=0.01, random_state=0).fit(X_rows, y_rows)
    assert tagger.score(X_new, y_new) > alone + 0.25


@pytest.mark.slow
def test_english_words_get_their_part_of_speech(data_home):
    X_train, y_train = fetch_ud_english_ewt(data_home=data_home, return_X_y=True)
    X_test, y_test = fetch_ud_english_ewt(split="test", data_home=data_home, return_X_y=True)
    pipeline = make_pipeline(
        TokenEncoder(analyzer=None, affix_length=3, min_df=2),
        RNNTagger(embedding_dim=48, hidden_size=48, max_epochs=5, random_state=0),
    ).fit(X_train[:5000], y_train[:5000])
    # the tag that a word had most often, in all sentences, is right for .862.
    assert pipeline.score(X_test, y_test) > 0.90


# --------------------------------------------------------------------------------------
# padding, batch mates, order
# --------------------------------------------------------------------------------------


@both_layers
def test_padding_batch_mates_and_order_change_no_bit(output_layer):
    tagger = RNNTagger(**PARAMS, output_layer=output_layer).fit(X, Y)
    order = np.random.default_rng(0).permutation(len(X))
    for method in (tagger.predict, tagger.predict_proba):
        whole = method(X)
        assert same_bits(method([X[i] for i in order]), whole[order])
        assert same_bits([method([x])[0] for x in X], whole)
        assert same_bits(method(padded(X, np.nan)), whole)
        assert same_bits(method(padded(X, np.nan, width=40)), whole)


@both_layers
@pytest.mark.parametrize("dtype", ["float32", pytest.param("float64", marks=pytest.mark.slow)])
def test_every_container_of_labels_gives_the_same_bits(output_layer, dtype):
    tagger = RNNTagger(**PARAMS, output_layer=output_layer, dtype=dtype)
    expected = tagger.fit(X, Y).predict_proba(X)
    lists = [labels.tolist() for labels in Y]
    series = pd.Series(as_objects(Y), index=range(len(Y), 0, -1))
    categories = [pd.Series(labels, dtype="category") for labels in Y]
    rows = padded(Y, "behind")
    for y in (lists, tuple(lists), as_objects(Y), series, categories, rows, pd.DataFrame(rows)):
        assert same_bits(clone(tagger).fit(X, y).predict_proba(X), expected)
    assert same_bits(clone(tagger).fit(padded(X, np.nan), rows).predict_proba(X), expected)


def test_integer_labels_come_back_as_integers():
    code = [np.where(labels == "run", 3, 7) for labels in Y]
    # numpy joins these two types to floats.
    mixed = [one.astype([np.int64, np.uint64][i % 2]) for i, one in enumerate(code)]
    for y in (code, padded(code, -1), torch.tensor(padded(code, -100)), mixed):
        tagger = RNNTagger(**PARAMS).fit(X, y)
        np.testing.assert_array_equal(tagger.classes_, [3, 7])
        assert tagger.predict(X)[0].dtype.kind == "i"
        assert tagger.score(X, y) == tagger.score(X, code)


def test_labels_may_reach_to_the_given_or_to_the_valid_length():
    behind = [np.concatenate([x, np.full((2, 2), np.nan)]) for x in X]
    expected = RNNTagger(**PARAMS).fit(X, Y).predict_proba(X)
    given = [np.append(labels, ["not", "there"]) for labels in Y]
    for y in (Y, given, [labels.tolist() for labels in given]):
        tagger = RNNTagger(**PARAMS).fit(behind, y)
        assert same_bits(tagger.predict_proba(X), expected)
        assert list(tagger.classes_) == ["run", "walk"]
        assert tagger.score(behind, y) == tagger.score(X, Y)
    # what the network is asked for is answered for valid timesteps.
    assert [len(labels) for labels in tagger.predict(behind)] == [len(x) for x in X]


def test_missing_values_within_a_sequence_have_labels_like_any():
    gaps = [x.copy() for x in X]
    for x in gaps:
        x[1] = np.nan
    tagger = RNNTagger(**PARAMS).fit(gaps, Y)
    assert [len(labels) for labels in tagger.predict(gaps)] == [len(x) for x in X]


# --------------------------------------------------------------------------------------
# weights, validation data, training that goes on
# --------------------------------------------------------------------------------------


@both_layers
def test_a_weight_of_zero_is_the_absence_of_the_sample(output_layer):
    weight = np.ones(len(X))
    weight[[1, 4]] = 0.0
    kept = np.flatnonzero(weight)
    tagger = RNNTagger(**PARAMS, output_layer=output_layer)
    weighted = clone(tagger).fit(X, Y, sample_weight=weight)
    without = clone(tagger).fit([X[i] for i in kept], [Y[i] for i in kept])
    assert same_bits(weighted.predict_proba(X), without.predict_proba(X))


def test_score_weighs_every_timestep_of_a_sample():
    tagger = RNNTagger(**PARAMS).fit(X, Y)
    right = [p == labels for p, labels in zip(tagger.predict(X), Y, strict=True)]
    assert tagger.score(X, Y) == pytest.approx(np.concatenate(right).mean())
    assert tagger.score(X, Y) == token_accuracy_score(Y, tagger.predict(X))
    weight = np.linspace(0, 2, len(X))
    expected = sum(w * r.sum() for w, r in zip(weight, right, strict=True))
    expected /= sum(w * len(r) for w, r in zip(weight, right, strict=True))
    assert tagger.score(X, Y, sample_weight=weight) == pytest.approx(expected)
    assert token_accuracy_score(Y, tagger.predict(X), sample_weight=weight) == pytest.approx(
        expected
    )


def test_labels_that_fit_did_not_see_count_as_wrong():
    tagger = RNNTagger(**PARAMS).fit(X, Y)
    other = [labels.astype("U8") for labels in Y]
    other[0][:] = "crawl"
    n_steps = sum(map(len, Y))
    n_right = np.sum(tagger.predict(X)[0] == Y[0])
    assert tagger.score(X, other) == pytest.approx(tagger.score(X, Y) - n_right / n_steps)


@both_layers
def test_validation_data_stops_early_and_the_best_epoch_is_kept(output_layer):
    wrong = [np.where(labels == "run", "walk", "run") for labels in Y]
    tagger = RNNTagger(**(PARAMS | {"max_epochs": 30}), output_layer=output_layer)
    tagger.set_params(n_iter_no_change=3, learning_rate=0.02)
    tagger.fit(X, Y, X_val=X[:10], y_val=wrong[:10])
    losses = [epoch["valid_loss"] for epoch in tagger.history_]
    assert tagger.best_epoch_ == np.argmin(losses) + 1
    assert len(losses) == tagger.best_epoch_ + 3
    # padded rows of labels that fit has not seen behind the sequences
    clone(tagger).fit(X, Y, X_val=padded(X, np.nan), y_val=padded(Y, "behind"))


def test_groups_are_held_out_together():
    tagger = RNNTagger(**PARAMS, early_stopping=True)
    tagger.fit(X, Y, groups=np.arange(len(X)) // 3)
    assert "valid_loss" in tagger.history_[0]


@both_layers
def test_training_goes_on_with_warm_start_and_partial_fit(output_layer):
    tagger = RNNTagger(**PARAMS, output_layer=output_layer, warm_start=True).fit(X, Y)
    before = tagger.net_
    tagger.fit(X, Y)
    assert tagger.n_iter_ == 10
    assert tagger.net_ is not before
    tagger.partial_fit(X[:4], Y[:4])
    assert tagger.n_iter_ == 11

    step = RNNTagger(**PARAMS, output_layer=output_layer)
    for _ in range(3):
        step.partial_fit(X, Y, classes=["walk", "run", "crawl"])
    assert list(step.classes_) == ["crawl", "run", "walk"]
    assert step.predict_proba(X)[0].shape == (len(X[0]), 3)
    assert step.n_iter_ == 3


def test_the_output_layer_is_fixed_while_training_goes_on():
    tagger = RNNTagger(**PARAMS, warm_start=True).fit(X, Y)
    with pytest.raises(ValueError, match=r"output_layer: .*'softmax'.*'crf'.*warm_start=False"):
        tagger.set_params(output_layer="crf").fit(X, Y)


# --------------------------------------------------------------------------------------
# same seed, same bits; what the caller has is left alone
# --------------------------------------------------------------------------------------


@both_layers
@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_the_same_seed_gives_the_same_bits_in_any_number_of_threads(output_layer, cell):
    params = PARAMS | {"hidden_size": 96, "batch_size": 24, "max_epochs": 2}
    tagger = RNNTagger(**params, cell=cell, output_layer=output_layer)
    expected = clone(tagger).fit(X, Y).predict_proba(X)
    before = torch.get_num_threads()
    try:
        for n_threads in (1, 3):
            torch.set_num_threads(n_threads)
            assert same_bits(clone(tagger).fit(X, Y).predict_proba(X), expected)
            assert torch.get_num_threads() == n_threads
    finally:
        torch.set_num_threads(before)
    other = clone(tagger).set_params(random_state=1).fit(X, Y).predict_proba(X)
    assert not same_bits(other, expected)


@pytest.mark.slow
@both_layers
def test_jobs_change_no_bit(output_layer):
    tagger = RNNTagger(**PARAMS, output_layer=output_layer)
    one, two = (
        cross_val_predict(tagger, as_objects(X), as_objects(Y), cv=3, n_jobs=n_jobs)
        for n_jobs in (1, 2)
    )
    assert same_bits(one, two)


@both_layers
def test_a_pickle_predicts_and_trains_on(output_layer):
    tagger = RNNTagger(**PARAMS, output_layer=output_layer, warm_start=True).fit(X, Y)
    loaded = pickle.loads(pickle.dumps(tagger))
    assert same_bits(loaded.predict_proba(X), tagger.predict_proba(X))
    assert same_bits(loaded.fit(X, Y).predict_proba(X), tagger.fit(X, Y).predict_proba(X))


def test_inputs_stay_as_they_were():
    kept_X, kept_y, rows = joblib.hash(X), joblib.hash(Y), padded(Y, "behind")
    kept_rows = rows.copy()
    tagger = RNNTagger(**PARAMS).fit(X, Y)
    tagger.fit(padded(X, np.nan), rows).score(X, Y)
    tagger.predict(X)[0][:] = "run"  # a caller may write into what is returned
    assert (joblib.hash(X), joblib.hash(Y)) == (kept_X, kept_y)
    np.testing.assert_array_equal(rows, kept_rows)


class InterruptIn(Callback):
    """Presses Ctrl-C within the given epoch."""

    def __init__(self, epoch):
        self.epoch = epoch

    def on_batch_end(self, net, training, **kwargs):
        if training and len(net.history) == self.epoch:
            raise KeyboardInterrupt


@both_layers
def test_an_interrupted_fit_keeps_the_last_whole_epoch_and_raises(output_layer):
    tagger = RNNTagger(**PARAMS, output_layer=output_layer, callbacks=[InterruptIn(3)])
    with pytest.raises(KeyboardInterrupt):
        tagger.fit(X, Y)
    assert tagger.n_iter_ == tagger.best_epoch_ == 2
    assert np.isfinite(tagger.score(X, Y))
    with pytest.raises(KeyboardInterrupt):
        cross_val_score(tagger, X, Y, cv=2)
    unfitted = clone(tagger).set_params(callbacks=[InterruptIn(1)])
    with pytest.raises(KeyboardInterrupt):
        unfitted.fit(X, Y)
    assert not hasattr(unfitted, "net_")


@both_layers
@pytest.mark.parametrize("scoring", ["accuracy", "neg_log_loss"])
def test_a_scoring_callback_of_skorch_sees_timesteps(output_layer, scoring):
    callbacks = [
        EpochScoring(scoring, name="train_score", on_train=True, lower_is_better=False),
        EpochScoring(scoring, name="valid_score", lower_is_better=False),
    ]
    tagger = RNNTagger(**PARAMS, output_layer=output_layer, callbacks=callbacks)
    tagger.fit(X, Y, X_val=X[:9], y_val=Y[:9])
    for name, n_samples in (("train_score", len(X)), ("valid_score", 9)):
        got = tagger.history_[tagger.best_epoch_ - 1][name]
        expected = tagger.score(X[:n_samples], Y[:n_samples])
        if scoring == "neg_log_loss":
            proba = np.concatenate(tagger.predict_proba(X[:n_samples]))
            expected = -log_loss(np.concatenate(Y[:n_samples]), proba, labels=tagger.classes_)
        assert got == pytest.approx(expected)


# --------------------------------------------------------------------------------------
# in scikit-learn's tools
# --------------------------------------------------------------------------------------


def test_to_scikit_learn_it_is_no_classifier():
    tagger = RNNTagger(**PARAMS)
    assert not is_classifier(tagger)
    scores = cross_val_score(tagger, X, Y, cv=KFold(3, shuffle=True, random_state=0))
    assert scores.shape == (3,) and (scores > 0.5).all()
    cross_val_score(tagger, X, Y, cv=GroupKFold(2), groups=np.arange(len(X)) % 4)


BIO = [np.where(labels == "run", "B-RUN", "O") for labels in Y]
for _labels in BIO:
    _labels[1:][(_labels[1:] == "B-RUN") & (_labels[:-1] != "O")] = "I-RUN"


@pytest.mark.slow
@pytest.mark.parametrize("scoring", [None, token_accuracy_score, span_f1_score])
def test_a_search_finds_the_same_with_any_number_of_jobs(scoring):
    grid = {"output_layer": ["softmax", "crf"], "hidden_size": [3, 6]}
    best = []
    for n_jobs in (1, 2):
        scorer = None if scoring is None else make_scorer(scoring)
        search = GridSearchCV(
            RNNTagger(**PARAMS), grid, scoring=scorer, cv=3, n_jobs=n_jobs, error_score="raise"
        )
        search.fit(X, BIO)
        best.append((search.best_score_, search.best_params_, search.score(X, BIO)))
    assert best[0] == best[1]
    assert np.isfinite(best[0][0])


@pytest.mark.slow
def test_padded_labels_are_scored_by_any_scorer():
    rows = padded(BIO, "behind")
    for scoring in (None, make_scorer(token_accuracy_score), make_scorer(span_f1_score)):
        from_rows = cross_val_score(
            RNNTagger(**PARAMS), padded(X, np.nan), rows, scoring=scoring, cv=3, error_score="raise"
        )
        from_lists = cross_val_score(RNNTagger(**PARAMS), X, BIO, scoring=scoring, cv=3)
        np.testing.assert_array_equal(from_rows, from_lists)


@pytest.mark.parametrize(
    "steps",
    [
        [PerTimestep(StandardScaler())],
        [SequenceScaler()],
        [SequencePadder(), SequenceScaler()],
    ],
)
def test_transformers_of_sequences_stand_before_it(steps):
    pipeline = make_pipeline(*steps, RNNTagger(**PARAMS)).fit(X, Y)
    assert [len(labels) for labels in pipeline.predict(X)] == [len(x) for x in X]
    assert 0.5 < pipeline.score(X, Y) <= 1


def test_words_are_tagged_behind_a_token_encoder():
    words = [["the", "dog", "barks"], ["a", "cat", "sleeps", "here"], ["dogs", "bark"]] * 8
    tags = [["D", "N", "V"], ["D", "N", "V", "A"], ["N", "V"]] * 8
    learning = LEARNING | {"max_epochs": 60, "dropout": 0.0, "input_noise": 0.0}
    pipeline = make_pipeline(
        TokenEncoder(analyzer=None), RNNTagger(**learning, embedding_dim=8)
    ).fit(words, tags)
    assert pipeline.score(words, tags) == 1.0
    assert pipeline.predict([["a", "dog", "sleeps"]])[0].tolist() == ["D", "N", "V"]
    # an unknown word is a word like any.
    assert len(pipeline.predict([["the", "aardvark", "sleeps"]])[0]) == 3


def test_weights_and_groups_are_routed():
    import sklearn

    with sklearn.config_context(enable_metadata_routing=True):
        tagger = RNNTagger(**PARAMS, early_stopping=True)
        tagger.set_fit_request(sample_weight=True, groups=True).set_score_request(
            sample_weight=True
        )
        scores = cross_val_score(
            tagger,
            X,
            Y,
            cv=GroupKFold(2),
            params={"sample_weight": np.ones(len(X)), "groups": np.arange(len(X)) % 6},
            error_score="raise",
        )
    assert np.isfinite(scores).all()


def test_nothing_is_printed_or_warned_of(capfd):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        RNNTagger(**PARAMS).fit(X, Y).score(X, Y)
    assert capfd.readouterr() == ("", "")
