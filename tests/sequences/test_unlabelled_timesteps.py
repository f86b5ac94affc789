"""Timesteps without a label: read like any other, and counted in no loss and no score."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from skorch.callbacks import EpochScoring

from skrnn import RNNTagger
from skrnn.metrics import span_f1_score, span_report, token_accuracy_score
from tests.sequences.small_networks import STRICT as STRICT_OF_SAMPLES

# A tagger does not fold timesteps.
STRICT = {name: value for name, value in STRICT_OF_SAMPLES.items() if name != "segment_length"}
both_layers = pytest.mark.parametrize("output_layer", ["softmax", "crf"])
RNG = np.random.default_rng(0)
LENGTHS = [5, 3, 6, 4, 7, 2, 5, 4]
CODES = [RNG.integers(2, size=length) for length in LENGTHS]
X = [RNG.normal(2.0 * code[:, None], 1.0, size=(len(code), 2)) for code in CODES]
# every sample keeps a label, and labels are missing at the beginning, within and at the end.
IS_LABELLED = [np.arange(length) % 3 == 1 for length in LENGTHS]
MARKED = [
    [("a", "b")[c] if known else None for c, known in zip(code, is_known, strict=True)]
    for code, is_known in zip(CODES, IS_LABELLED, strict=True)
]
WHOLE = [np.array(["a", "b"])[code] for code in CODES]


def same_bits(one, other) -> bool:
    return all(p.tobytes() == q.tobytes() for p, q in zip(one, other, strict=True))


def rows(labels, fill):
    return np.array([[*one, *[fill] * (max(LENGTHS) - len(one))] for one in labels], dtype=object)


def as_numbers(marked):
    return [np.array([{"a": 0.0, "b": 1.0}.get(one, np.nan) for one in row]) for row in marked]


@both_layers
def test_none_nan_na_and_masked_labels_are_the_same_in_every_container(output_layer):
    tagger = RNNTagger(**STRICT, output_layer=output_layer)
    expected = clone(tagger).fit(X, MARKED).predict_proba(X)
    arrays = [np.array(row, dtype=object) for row in MARKED]
    not_a_number = [[np.nan if one is None else one for one in row] for row in MARKED]
    strings = [pd.Series(row, dtype="string") for row in MARKED]
    padded = rows(MARKED, "after the end")
    for y in (arrays, not_a_number, strings, padded, pd.DataFrame(rows(MARKED, None))):
        assert same_bits(clone(tagger).fit(X, y).predict_proba(X), expected)
    masked = np.ma.masked_array(rows(WHOLE, "a"), mask=pd.isna(rows(MARKED, "a")))
    assert same_bits(clone(tagger).fit(X, masked).predict_proba(X), expected)
    numbers = clone(tagger).fit(X, as_numbers(MARKED))
    assert same_bits(numbers.predict_proba(X), expected)
    # numbers were floats only to hold NaN.
    assert numbers.classes_.dtype.kind == numbers.predict(X)[0].dtype.kind == "i"
    nullable = [pd.Series(row).astype("Int64") for row in as_numbers(MARKED)]
    assert same_bits(clone(tagger).fit(X, nullable).predict_proba(X), expected)


@both_layers
def test_a_weight_of_zero_takes_a_label_away(output_layer):
    tagger = RNNTagger(**STRICT, output_layer=output_layer)
    expected = clone(tagger).fit(X, MARKED).predict_proba(X)
    weight = [known.astype(float) for known in IS_LABELLED]
    assert same_bits(clone(tagger).fit(X, WHOLE, sample_weight=weight).predict_proba(X), expected)
    other = [
        np.where(known, row, "never met") for known, row in zip(IS_LABELLED, WHOLE, strict=True)
    ]
    tagger.fit(X, other, sample_weight=weight)
    assert list(tagger.classes_) == ["a", "b"]
    assert same_bits(tagger.predict_proba(X), expected)


@both_layers
def test_a_sample_without_any_label_is_absent(output_layer):
    tagger = RNNTagger(**STRICT, output_layer=output_layer)
    y = [[None] * length if i in (0, 4) else MARKED[i] for i, length in enumerate(LENGTHS)]
    kept = [i for i in range(len(X)) if i not in (0, 4)]
    without = clone(tagger).fit([X[i] for i in kept], [MARKED[i] for i in kept])
    got = clone(tagger).fit(X, y)
    np.testing.assert_allclose(
        np.concatenate(got.predict_proba(X)),
        np.concatenate(without.predict_proba(X)),
        rtol=1e-9,
    )
    assert got.score(X, y) == without.score([X[i] for i in kept], [MARKED[i] for i in kept])


@both_layers
def test_losses_and_scores_are_those_of_the_labelled_timesteps(output_layer):
    callback = EpochScoring("accuracy", name="accuracy", lower_is_better=False)
    tagger = RNNTagger(**STRICT, output_layer=output_layer, callbacks=[callback])
    # a single label a sample: its probability is the marginal one, with a chain as well.
    alone = [[one if t == 1 else None for t, one in enumerate(row)] for row in MARKED]
    tagger.fit(X, MARKED, X_val=X, y_val=alone)
    epoch = tagger.history_[tagger.best_epoch_ - 1]
    log_proba = tagger.predict_log_proba(X)
    chosen = [p[1, code[1]] for p, code in zip(log_proba, CODES, strict=True)]
    assert epoch["valid_loss"] == pytest.approx(-np.mean(chosen), rel=1e-6)
    right = [p[1] == row[1] for p, row in zip(tagger.predict(X), WHOLE, strict=True)]
    assert epoch["accuracy"] == tagger.score(X, alone) == np.mean(right)
    assert token_accuracy_score(alone, tagger.predict(X)) == np.mean(right)
    everything = np.concatenate([p == row for p, row in zip(tagger.predict(X), WHOLE, strict=True)])
    expected = everything[np.concatenate(IS_LABELLED)].mean()
    assert tagger.score(X, MARKED) == pytest.approx(expected)
    weight = [np.linspace(0, 1, length) for length in LENGTHS]
    assert tagger.score(X, MARKED, sample_weight=weight) == pytest.approx(
        np.average(everything, weights=np.concatenate(weight) * np.concatenate(IS_LABELLED))
    )


@pytest.mark.slow
@both_layers
def test_what_is_not_labelled_is_still_learned_from_its_neighbours(output_layer):
    rng = np.random.default_rng(1)
    code = [np.repeat(rng.permutation(2), rng.integers(3, 7, 2)) for _ in range(80)]
    x = [rng.normal(2.0 * c[:, None] - 1, 0.7, size=(len(c), 1)) for c in code]
    y = [[int(one) if rng.random() < 0.2 else None for one in c] for c in code]
    settings = STRICT | {"max_epochs": 25, "batch_size": 16, "dtype": "float32"}
    tagger = RNNTagger(**settings, output_layer=output_layer).fit(x, y)
    assert tagger.score(x, code) > 0.9


@both_layers
def test_training_goes_on_with_other_labels_missing(output_layer):
    tagger = RNNTagger(**STRICT, output_layer=output_layer, warm_start=True)
    tagger.partial_fit(X, WHOLE, classes=["a", "b"]).partial_fit(X, MARKED).fit(X, MARKED)
    held_out = RNNTagger(**(STRICT | {"early_stopping": True}), output_layer=output_layer)
    held_out.fit(X, MARKED)
    assert np.isfinite([epoch["valid_loss"] for epoch in held_out.history_]).all()
    assert np.isfinite(tagger.loss_curve_).all()


def test_spans_that_nobody_labelled_are_neither_found_nor_missed():
    true = [["B-A", "I-A", None, "B-B", None]]
    found = [["B-A", "I-A", "I-A", "B-B", "B-A"]]
    assert span_f1_score(true, found) == span_f1_score(true, found, scheme="iob2") == 1.0
    assert span_report(true, found, output_dict=True)["A"]["support"] == 1
    # a span that reaches over such a timestep has no known end.
    open_ended = [["B-A", None, "L-A", "U-B"]]
    assert span_f1_score(open_ended, [["B-A", "I-A", "L-A", "U-B"]], scheme="bilou") == 1.0
    with pytest.raises(ValueError, match="y_pred: got a missing label"):
        token_accuracy_score(found, true)
