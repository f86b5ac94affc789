"""Checks of estimators that give a text to a sample, of any length."""

from __future__ import annotations

import numpy as np
import pandas as pd

from skrnn.testing._case import Case
from skrnn.testing._conditions import applies_to, is_transcriber
from skrnn.testing._input_containers import N_SAMPLES
from skrnn.testing._outputs import assert_equal, flat_values, outputs_of


@applies_to(is_transcriber)
def check_every_sample_gets_a_text(case: Case) -> None:
    """``predict`` gives one str per sample, of characters that occur in the training texts.

    ``predict_proba``, where it exists, gives one array per sample, whose rows sum to 1.
    """
    predicted = case.fitted.predict(case.X)
    assert np.shape(predicted) == (N_SAMPLES,), (
        f"predict: got shape {np.shape(predicted)}, expected {(N_SAMPLES,)}"
    )
    for text in predicted:
        assert isinstance(text, str) and set(text) <= set(" ab"), (
            f"predict: got {text!r}. Expected a str of the characters 'a', 'b' and ' '"
        )
    if hasattr(case.fitted, "predict_proba"):
        proba = case.fitted.predict_proba(case.X)
        assert len(proba) == N_SAMPLES, (
            f"predict_proba: got {len(proba)} arrays, expected {N_SAMPLES}"
        )
        sums = np.concatenate([p.sum(axis=1) for p in proba])
        assert np.allclose(sums, 1.0, rtol=1e-7), (
            f"predict_proba: got rows that sum to {sums.min()} up to {sums.max()}, expected 1"
        )


@applies_to(is_transcriber)
def check_transcripts_may_be_lists_of_tokens_of_every_type(case: Case) -> None:
    """Transcripts may be lists of numbers or words, and predictions are then such lists.

    The names of the tokens change nothing else.
    """
    expected = outputs_of(case.fitted, case.X)
    # in the order of the characters
    for tokens in ([0, 1, 2], [-1.5, 2.0, 7.0], ["low", "mid", "top"]):
        y = [[tokens[" ab".index(sign)] for sign in text] for text in case.y]
        wanted = [[tokens[" ab".index(sign)] for sign in text] for text in expected["predict"]]
        for given in (y, [np.array(transcript) for transcript in y], pd.Series(y)):
            done = f"transcripts of {tokens}, in a {type(given).__name__}"
            got = outputs_of(case.new().fit(case.X, given), case.X)
            if "predict_proba" in expected:
                done_proba = f"{done}, predict_proba"
                assert_equal(got["predict_proba"], expected["predict_proba"], done_proba)
            for transcript, right in zip(got["predict"], wanted, strict=True):
                assert isinstance(transcript, list) and transcript == right, (
                    f"{done}: predict gave {transcript!r}, expected the list {right}"
                )


@applies_to(is_transcriber)
def check_a_transcript_longer_than_its_sample_is_learned_or_clearly_refused(case: Case) -> None:
    """A text much longer than its sample is refused with its length, or learned.

    With connectionist temporal classification no alignment exists: its loss would be infinite, and
    would spoil the gradient of the whole batch.
    """
    y = case.y.copy()
    y[3] = "ab" * 20
    try:
        estimator = case.new().fit(case.X, y)
    except ValueError as error:
        assert "40" in str(error), (
            f"fit with a text of 40 characters for {len(case.sequences[3])} timesteps: got the "
            f"message {str(error)!r}. Expected the number 40 in it"
        )
    else:
        if hasattr(estimator, "predict_proba"):
            assert np.isfinite(flat_values(estimator.predict_proba(case.X))).all(), (
                f"predict_proba after a fit with a text of 40 characters for "
                f"{len(case.sequences[3])} timesteps: got values that are not finite"
            )
