"""Sequences in the containers of the data contract."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tests.conftest import pad

NAN = np.nan
# Three sequences of 4, 2 and 3 timesteps and two features. All values are eighths, which bfloat16
# holds exactly; one is missing.
RAGGED = [
    np.array([[0.5, 1.0], [1.5, NAN], [-2.0, 2.5], [0.25, 3.0]]),
    np.array([[4.0, -1.5], [0.125, 2.0]]),
    np.array([[1.0, 1.0], [2.0, 2.0], [3.0, -3.0]]),
]
PADDED = pad(RAGGED)
# The same sequences without the missing value and without the ends: one fixed length.
TABLE = np.array([[0.5, 1.5, -2.0], [4.0, 0.125, 1.0], [1.0, 2.0, 3.0]])


class SequenceOf:
    """Has a length and items, as an h5py group or a torch dataset has."""

    def __init__(self, samples):
        self._samples = samples

    def __len__(self):
        return len(self._samples)

    def __getitem__(self, position):
        return self._samples[position]


def object_array(samples):
    array = np.empty(len(samples), dtype=object)
    array[:] = samples
    return array


def read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


FRAME = pd.DataFrame(TABLE, columns=["t0", "t1", "t2"])
IDS = [[5, 3, 2, 7], [4], [1, 6]]
PADDED_IDS = np.array([[5, 3, 2, 7, 0], [4, 0, 0, 0, 0], [1, 6, 0, 0, 0]])
# three ids a timestep, 0 for none; a timestep without any pads.
ID_SETS = np.array([[[5, 3, 0], [0, 0, 2]], [[4, 0, 0], [0, 0, 0]]])
