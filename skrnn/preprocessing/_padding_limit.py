"""When padding would take much more memory than the sequences."""

from __future__ import annotations

import numpy as np

__all__ = ["pads_too_much", "refuse_length", "refuse_padding"]

# Numbers that a padded array may always hold, 128 MB of eight bytes each, and
# how many times the numbers of its sequences it may hold beyond that.
_MANY, _TIMES = 1 << 24, 10
# Numbers that no padded array may hold, whatever was asked for: 64 GB of eight bytes each.
_MOST = 1 << 33


def pads_too_much(lengths: np.ndarray, width: int, n_numbers: int = 1) -> bool:
    """Whether an array of the sequences would be large and consist of padding for the most part.

    Parameters
    ----------
    lengths : ndarray of int64, shape (n_samples,)
        Timesteps of the sequences.
    width : int
        Timesteps of the array.
    n_numbers : int, default=1
        Numbers at a timestep.
    """
    n_padded = len(lengths) * width
    return n_padded * n_numbers > _MANY and n_padded > _TIMES * int(lengths.sum())


def refuse_padding(lengths: np.ndarray, width: int, n_numbers: int, n_bytes: int) -> None:
    """Raise a ValueError if padding to the longest sequence would take too much memory.

    Parameters
    ----------
    lengths, width, n_numbers
        As for :func:`pads_too_much`.
    n_bytes : int
        Bytes of a number.
    """
    if not pads_too_much(lengths, width, n_numbers):
        return
    megabytes = n_bytes * n_numbers / 1e6
    raise ValueError(
        f"max_length: got None, while {len(lengths)} sequences padded to the {width} timesteps of "
        f"the longest would make {len(lengths) * width * megabytes:.0f} MB of "
        f"{lengths.sum() * megabytes:.2g} MB. Expected an array of at most {_MANY} numbers, or of "
        f"{_TIMES} times those of the sequences. Set max_length={int(np.median(lengths))}, the "
        f"median, to cut longer sequences; max_length={width} to pad to the longest all the same; "
        "or pass the list as it is to the estimators of skrnn, which need no padding."
    )


def refuse_length(max_length: int, n_samples: int, n_numbers: int = 1) -> None:
    """Raise a ValueError if sequences of a given length would make an impossibly large array."""
    if n_samples * max_length * n_numbers > _MOST:
        raise ValueError(
            f"max_length: got {max_length} for {n_samples} sequences of {n_numbers} number(s) a "
            f"timestep. Expected an array of at most {_MOST} numbers. Lower max_length."
        )
