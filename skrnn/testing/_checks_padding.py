"""Checks of padding: what an array holds after the end of a sample never matters."""

from __future__ import annotations

import numpy as np

from skrnn.testing._case import ATOL_TRAINED, RTOL_TRAINED, Case
from skrnn.testing._conditions import applies_to, reads_padding
from skrnn.testing._input_containers import padded_array, take
from skrnn.testing._outputs import assert_equal, assert_same_outputs, cut_like, outputs_of

N_SPARE = 3


def _wider(case: Case) -> np.ndarray:
    padding = case.container.padding
    assert padding is not None
    return padded_array(case.sequences, padding, n_spare=N_SPARE)


@applies_to(reads_padding)
def check_a_sample_without_its_padding_is_the_same_sample(case: Case) -> None:
    """Every sample alone, cut to its own length, gets the output that it gets in the padded array.

    Padding is a way to store sequences, not data. An estimator that averages over it, or fills it
    with zeros and reads on, gives short samples other outputs than long ones.
    """
    expected = outputs_of(case.fitted, case.X)
    for i, x in enumerate(case.sequences):
        alone = outputs_of(case.fitted, case.X[i : i + 1, : len(x)])
        for method, whole in expected.items():
            done = f"{method} of sample {i} cut to its {len(x)} timesteps"
            same = cut_like(take(whole, [i]), alone[method])
            assert_equal(alone[method], same, done, atol=case.atol_subset)


@applies_to(reads_padding)
def check_wider_padding_changes_no_output(case: Case) -> None:
    """The same samples in a wider array get the same outputs.

    New data is padded to its own longest sample, which may be longer than any seen in training.
    """
    expected = outputs_of(case.fitted, case.X)
    got = outputs_of(case.fitted, _wider(case))
    got = {method: cut_like(output, expected[method]) for method, output in got.items()}
    done = f"with {N_SPARE} more timesteps of padding"
    assert_same_outputs(got, expected, done, atol=case.atol_subset)


@applies_to(reads_padding)
def check_wider_padding_changes_nothing_learned(case: Case) -> None:
    """A fit on the same samples in a wider array learns the same.

    Means and deviations of the features, for example, must be taken over the timesteps that were
    observed.
    """
    expected = outputs_of(case.fitted, case.X)
    got = outputs_of(case.new().fit(_wider(case), case.y), case.X)
    got = {method: cut_like(output, expected[method]) for method, output in got.items()}
    done = f"after a fit with {N_SPARE} more timesteps of padding"
    assert_same_outputs(got, expected, done, rtol=RTOL_TRAINED, atol=ATOL_TRAINED)
