"""Schemes of spans: what they forbid is never predicted, and has no probability in a chain."""

from __future__ import annotations

import pickle
from itertools import pairwise, product

import numpy as np
import pytest
from seqeval.scheme import BILOU, IOB1, IOB2, IOBES, IOE2, Tokens
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from skrnn import RNNTagger
from skrnn._input.label_schemes import CHAIN_SCHEMES, PREFIXES, LabelGrammar

both_layers = pytest.mark.parametrize("output_layer", ["softmax", "crf"])
PARAMS = {"hidden_size": 4, "max_epochs": 2, "batch_size": 8, "random_state": 0}
LENGTHS = [1, 2, 3, 5, 8] * 4
RNG = np.random.default_rng(0)
X = [RNG.normal(size=(length, 2)) for length in LENGTHS]
X_NEW = [RNG.normal(scale=3.0, size=(length, 2)) for length in [1, 2, 7, 30]]


def written(spans, length, scheme):
    """The labels of spans (first, last, type), by the definition of each scheme."""
    labels = ["O"] * length
    ended_by: dict[int, str] = {last: kind for _, last, kind in spans}
    begun_by: dict[int, str] = {first: kind for first, _, kind in spans}
    for first, last, kind in spans:
        inner = [f"{'M' if scheme == 'bmes' else 'I'}-{kind}"] * (last - first + 1)
        if scheme in ("iob2", "bio") or (scheme == "iob1" and ended_by.get(first - 1) == kind):
            inner[0] = f"B-{kind}"
        if scheme == "ioe2" or (scheme == "ioe1" and begun_by.get(last + 1) == kind):
            inner[-1] = f"E-{kind}"
        if scheme in ("iobes", "bioes", "bilou", "bmes"):
            inner[0], inner[-1] = f"B-{kind}", ("L-" if scheme == "bilou" else "E-") + kind
            if first == last:
                inner = [("U-" if scheme == "bilou" else "S-") + kind]
        labels[first : last + 1] = inner
    return tuple(labels)


def all_spans(length, start=0):
    yield []
    for first in range(start, length):
        for last, kind in product(range(first, length), "ab"):
            for others in all_spans(length, last + 1):
                yield [(first, last, kind), *others]


def random_labels(length, scheme, seed):
    rng = np.random.default_rng([seed, length])
    spans, first = [], 0
    while first < length:
        last = min(length, first + int(rng.integers(1, 4))) - 1
        if rng.random() < 0.6:
            spans.append((first, last, "ab"[rng.integers(2)]))
        first = last + 1
    return list(written(spans, length, scheme))


def labels_of(scheme):
    prefixes = PREFIXES[scheme]
    return sorted(["O", *(f"{prefix}-{kind}" for prefix in prefixes for kind in "ab")])


@pytest.mark.parametrize("scheme", CHAIN_SCHEMES)
def test_a_scheme_allows_what_writes_spans_and_nothing_else(scheme):
    labels = labels_of(scheme)
    grammar = LabelGrammar.of(scheme, labels)
    follows, starts, ends = grammar.tables()
    for length in (1, 2, 3):
        possible = {written(spans, length, scheme) for spans in all_spans(length)}
        for path in product(range(len(labels)), repeat=length):
            is_allowed = starts[path[0]] and ends[path[-1]]
            is_allowed &= all(follows[i, j] for i, j in pairwise(path))
            assert is_allowed == (tuple(labels[i] for i in path) in possible)


KNOWN = {"iob1": IOB1, "iob2": IOB2, "ioe2": IOE2, "iobes": IOBES, "bilou": BILOU}


@pytest.mark.parametrize("scheme", KNOWN)
def test_seqeval_finds_the_spans_that_were_written(scheme):
    for spans in all_spans(3):
        found = Tokens(list(written(spans, 3, scheme)), KNOWN[scheme]).entities
        assert [(one.start, one.end - 1, one.tag) for one in found] == spans


@both_layers
@pytest.mark.parametrize("scheme", CHAIN_SCHEMES)
def test_predictions_are_always_what_the_scheme_writes(scheme, output_layer):
    y = [random_labels(length, scheme, seed) for seed, length in enumerate(LENGTHS)]
    tagger = RNNTagger(**PARAMS, output_layer=output_layer, scheme=scheme).fit(X, y)
    grammar = LabelGrammar.of(scheme, tagger.classes_)
    predicted = tagger.predict(X_NEW)
    codes = np.searchsorted(tagger.classes_, np.concatenate(predicted))
    grammar.refuse_impossible(codes, np.array([len(one) for one in predicted]), "predicted")
    proba, logs = tagger.predict_proba(X_NEW), tagger.predict_log_proba(X_NEW)
    np.testing.assert_allclose(np.concatenate(proba).sum(axis=1), 1.0)
    if output_layer == "crf":
        _, starts, ends = grammar.tables()
        for p, log_p in zip(proba, logs, strict=True):
            assert (p[0, ~starts] == 0).all() and (p[-1, ~ends] == 0).all()
            assert (log_p[0, ~starts] == -np.inf).all()
            np.testing.assert_allclose(np.exp(log_p), p, atol=1e-12)
            # one timestep is the whole of its sequence.
            assert len(p) > 1 or (p[0] > 0).sum() == (starts & ends).sum()


def test_without_a_scheme_predictions_break_it_sometimes():
    y = [random_labels(length, "iobes", seed) for seed, length in enumerate(LENGTHS)]
    tagger = RNNTagger(**PARAMS).fit(X, y)
    codes = np.searchsorted(tagger.classes_, np.concatenate(tagger.predict(X_NEW)))
    with pytest.raises(ValueError, match="predicted: got"):
        LabelGrammar.of("iobes", tagger.classes_).refuse_impossible(
            codes, np.array([len(x) for x in X_NEW]), "predicted"
        )


def test_the_most_probable_of_the_possible_sequences_is_chosen():
    y = [random_labels(length, "iob2", seed) for seed, length in enumerate(LENGTHS)]
    tagger = RNNTagger(**PARAMS, scheme="iob2").fit(X, y)
    follows, starts, _ = LabelGrammar.of("iob2", tagger.classes_).tables()
    x = [one[:3] for one in X_NEW[2:]]
    for labels, logs in zip(tagger.predict(x), tagger.predict_log_proba(x), strict=True):
        totals = {
            path: sum(logs[t, label] for t, label in enumerate(path))
            for path in product(range(len(starts)), repeat=3)
            if starts[path[0]] and all(follows[i, j] for i, j in pairwise(path))
        }
        assert labels.tolist() == tagger.classes_[[*max(totals, key=totals.get)]].tolist()


@both_layers
def test_labels_that_break_the_scheme_are_refused_with_their_place(output_layer):
    x = [np.zeros((n, 1)) + np.arange(n)[:, None] for n in (3, 4, 2)]
    y = [["O", "B-a", "I-a"], ["B-b", "O", "B-a", "O"], ["O", "I-a"]]
    tagger = RNNTagger(**PARAMS, output_layer=output_layer, scheme="iob2")
    said = r"y: got 'I-a' after 'O' in sample 2, timestep 1, .*scheme='iob2'.*scheme=None"
    with pytest.raises(ValueError, match=said):
        tagger.fit(x, y)
    clone(tagger).set_params(scheme=None).fit(x, y)
    good = [*y[:2], ["O", "B-a"]]
    with pytest.raises(ValueError, match="y_val: got 'I-a' after 'O' in sample 2"):
        clone(tagger).fit(x, good, X_val=x, y_val=y)
    fitted = tagger.fit(x, good)
    # a score compares, and refuses nothing.
    assert 0 <= fitted.score(x, y) <= 1
    with pytest.raises(ValueError, match="y: got 'I-a' at the beginning in sample 0, timestep 0"):
        fitted.partial_fit(x[:1], [["I-a", "O", "O"]])


@both_layers
@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (["B-a", None, "E-a"], None),
        ([None, "I-a", None], None),
        (["S-a", None, None], None),
        (["S-a", "E-a", None], "'E-a' after 'S-a'"),
        (["I-a", None, None], "'I-a' at the beginning in sample 0, timestep 0"),
        ([None, None, "B-a"], "'B-a' at the end in sample 0, timestep 2"),
        (["B-a", None, "S-a"], None),
        (["B-a", None, "I-a"], "'I-a' at the end"),
    ],
)
def test_labels_that_are_missing_may_be_what_makes_the_others_possible(labels, said, output_layer):
    others = [["B-a", "I-a", "E-a"], ["S-a", "O", "B-a"], ["O", "O", "O"]]
    others[1] = ["S-a", "O", "O"]
    x = [np.arange(3.0)[:, None] * k for k in range(4)]
    tagger = RNNTagger(**PARAMS, output_layer=output_layer, scheme="bioes")
    y = [labels, *others]
    if said is None:
        assert np.isfinite(tagger.fit(x, y).loss_curve_).all()
        return
    with pytest.raises(ValueError, match=said):
        tagger.fit(x, y)


@pytest.mark.parametrize(
    ("scheme", "labels", "said"),
    [
        ("iob2", ["NOUN", "VERB"], r"scheme: got the label 'NOUN'.*scheme=None"),
        ("bilou", ["B-a", "O"], None),
        ("bilou", ["E-a", "O"], r"scheme: got the label 'E-a'. Expected 'O', or .*B-, I-, L-, U-"),
        ("iob2", [0, 1], "scheme: got the label 0"),
        ("bmes", ["B", "E"], r"scheme: got 'bmes' with the labels \['B', 'E'\].*stand alone"),
        ("bmes", ["B", "E", "S"], None),
    ],
)
def test_a_scheme_needs_labels_that_it_can_write(scheme, labels, said):
    if said is None:
        assert LabelGrammar.of(scheme, labels).labels == tuple(labels)
        return
    y = [[labels[0], labels[1]]] * 4
    with pytest.raises(ValueError, match=said):
        RNNTagger(**PARAMS, scheme=scheme).fit(np.zeros((4, 2, 1)) + np.arange(4)[:, None, None], y)


def test_the_scheme_is_fixed_while_training_goes_on_and_found_by_searches():
    y = [random_labels(length, "iob2", seed) for seed, length in enumerate(LENGTHS)]
    tagger = RNNTagger(**PARAMS, output_layer="crf", scheme="iob2", warm_start=True).fit(X, y)
    tagger.fit(X, y).partial_fit(X, y)
    loaded = pickle.loads(pickle.dumps(tagger))
    for one, other in zip(loaded.predict_proba(X_NEW), tagger.predict_proba(X_NEW), strict=True):
        np.testing.assert_array_equal(one, other)
    with pytest.raises(ValueError, match="scheme: got None, while training goes on"):
        tagger.set_params(scheme=None).fit(X, y)
    with pytest.raises(ValueError, match="The 'scheme' parameter of RNNTagger must be"):
        RNNTagger(**PARAMS, scheme="conll").fit(X, y)
    search = GridSearchCV(
        RNNTagger(**PARAMS), {"scheme": [None, "bio"]}, cv=2, error_score="raise"
    ).fit(X, y)
    assert 0 <= search.best_score_ <= 1


def test_a_chain_without_forbidden_steps_learns_the_same_with_its_scheme():
    # under IOB1 without "B-" anything may follow anything.
    y = [["I-a" if one[0] > 0 else "O" for one in x] for x in X]
    plain = RNNTagger(**PARAMS, output_layer="crf").fit(X, y)
    schemed = RNNTagger(**PARAMS, output_layer="crf", scheme="iob1").fit(X, y)
    for one, other in zip(plain.predict_proba(X), schemed.predict_proba(X), strict=True):
        np.testing.assert_array_equal(one, other)
