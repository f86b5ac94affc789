"""The containers hold what they say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from skrnn.testing._input_containers import CONTAINERS, GROUPS, contents, read_only, take


@pytest.mark.parametrize("container", CONTAINERS.values(), ids=CONTAINERS)
def test_a_container_holds_the_sequences_it_was_given(container):
    sequences = container.sequences()
    X = container.build(sequences)
    assert (len({len(x) for x in sequences}) > 1) == container.ragged
    assert len(X) == len(sequences)
    for i, x in enumerate(sequences):
        (sample,) = np.asarray(take(X, [i]), dtype=object)
        np.testing.assert_array_equal(np.asarray(sample, dtype=float)[: len(x)], x)
    if isinstance(X, (pd.DataFrame, pd.Series)):
        assert not isinstance(X.index, pd.RangeIndex)


def test_every_container_belongs_to_one_group():
    assert sorted(name for names in GROUPS.values() for name in names) == sorted(CONTAINERS)


@pytest.mark.parametrize("container", CONTAINERS.values(), ids=CONTAINERS)
def test_a_change_of_one_value_is_seen(container):
    sequences = container.sequences()
    before = contents(container.build(sequences))
    assert contents(container.build(container.sequences())) == before
    sequences[5][2] = 1
    assert contents(container.build(sequences)) != before


@pytest.mark.parametrize("name", ["3d", "ragged_list", "object_array", "series_of_arrays"])
def test_a_locked_container_cannot_be_written_on(name):
    container = CONTAINERS[name]
    X = read_only(container.build(container.sequences()))
    sample = X.iloc[0] if isinstance(X, pd.Series) else X[0]
    with pytest.raises(ValueError, match="read-only"):
        sample[0] = 0.0
