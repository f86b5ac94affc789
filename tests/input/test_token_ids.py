"""Every container of token ids reads to the same ids."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pandas as pd
import pytest
import torch

from skrnn._input.tokens import read_tokens
from tests.input.containers import ID_SETS, IDS, NAN, PADDED_IDS, object_array

TOKEN_TABLES = {
    "array": PADDED_IDS,
    "unsigned": PADDED_IDS.astype(np.uint8),
    "Fortran order": np.asfortranarray(PADDED_IDS),
    "floats": PADDED_IDS.astype(float),
    "floats padded with NaN": np.where(PADDED_IDS == 0, NAN, PADDED_IDS),
    "objects": PADDED_IDS.astype(object),
    "DataFrame": pd.DataFrame(PADDED_IDS),
    "nullable DataFrame": pd.DataFrame(PADDED_IDS).astype("Int64").replace(0, pd.NA),
    "tensor": torch.tensor(PADDED_IDS),
    "nested lists": PADDED_IDS.tolist(),
}
TOKEN_LISTS = {
    "lists": IDS,
    "padded lists": [[5, 3, 2, 7], [4, 0, 0], [1, 6, 0]],
    "tuple of arrays": tuple(np.array(ids, dtype=np.int32) for ids in IDS),
    "object array": object_array([np.array(ids) for ids in IDS]),
    "Series of lists": pd.Series(IDS),
    "list of tensors": [torch.tensor(ids) for ids in IDS],
    "list of Series": [pd.Series(ids) for ids in IDS],
}
TOKENS = [pytest.param(5, X, id=name) for name, X in TOKEN_TABLES.items()] + [
    pytest.param(1, X, id=name) for name, X in TOKEN_LISTS.items()
]


@pytest.mark.parametrize(("n_columns", "X"), TOKENS)
def test_every_container_of_token_ids_reads_to_the_same_ids(n_columns, X):
    rows = read_tokens(X)
    assert rows.layout == "tokens"
    assert rows.values.dtype == np.int64
    assert rows.values.tolist() == [5, 3, 2, 7, 4, 1, 6]
    assert rows.lengths.tolist() == [4, 1, 2]
    assert rows.n_columns == n_columns


@pytest.mark.parametrize(
    "X",
    [
        ID_SETS,
        np.where(ID_SETS == 0, NAN, ID_SETS),
        torch.tensor(ID_SETS),
        ID_SETS.tolist(),
        [ID_SETS[0], ID_SETS[1, :1]],
        object_array([ID_SETS[0].tolist(), ID_SETS[1, :1].tolist()]),
    ],
    ids=["array", "floats", "tensor", "nested lists", "list of arrays", "object array"],
)
def test_several_ids_a_timestep_stay_together(X):
    rows = read_tokens(X, allow_several=True)
    assert rows.values.tolist() == [[5, 3, 0], [0, 0, 2], [4, 0, 0]]
    assert rows.values.dtype == np.int64
    assert (rows.lengths.tolist(), rows.layout, rows.n_columns) == ([2, 1], "tokens", 3)
    with pytest.raises(ValueError, match=r"X: .*one id for each timestep.*\[:, :, 0\]"):
        read_tokens(X)


def test_a_last_axis_of_one_id_is_the_id():
    rows = read_tokens(ID_SETS[:, :, :1] + 1, allow_several=True)
    assert rows.values.tolist() == [6, 1, 5, 1]
    assert rows.n_columns == 1


def test_one_long_sample_of_token_ids_does_not_widen_the_others():
    X = [[2] * 10 for _ in range(2000)] + [[3] * 20_000]
    tracemalloc.start()
    try:
        rows = read_tokens(X)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert rows.lengths.tolist() == [10] * 2000 + [20_000]
    # 40,000 ids of 8 bytes; as a padded array they would take 320 MB.
    assert peak < 10e6
