"""The Free Spoken Digit Dataset."""

import io
import os
from typing import Any, Literal, TypeAlias, overload

import numpy as np
import numpy.typing as npt
from scipy.io import wavfile
from sklearn.utils import Bunch

from skrnn.datasets._archives import read_members
from skrnn.datasets._data_files import check_split, read_data_file

Split: TypeAlias = Literal["train", "test", "all"]

SAMPLING_RATE = 8000
N_TEST_TAKES = 5
TARGET_NAMES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]

DESCRIPTION = """The Free Spoken Digit Dataset: six people who say the digits from zero to nine.

3000 recordings in English, 50 takes of each digit by each speaker, one channel of 8000 samples a
second, trimmed so that there is little silence around the word. The test set is the first five
takes, 0 to 4: both splits have the same speakers, with and without a foreign accent.

Source: Z. Jackson and contributors, https://github.com/Jakobovski/free-spoken-digit-dataset
Licence: Creative Commons Attribution-ShareAlike 4.0 (CC BY-SA 4.0).
"""


@overload
def fetch_free_spoken_digits(
    *,
    split: Split = "train",
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    return_X_y: Literal[False] = False,
) -> Bunch: ...
@overload
def fetch_free_spoken_digits(
    *,
    split: Split = "train",
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    return_X_y: Literal[True],
) -> tuple[list[npt.NDArray[np.float32]], npt.NDArray[np.int64]]: ...
def fetch_free_spoken_digits(
    *,
    split: Split = "train",
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    return_X_y: bool = False,
) -> Any:
    """Fetch the Free Spoken Digit Dataset: who says which digit (classification, ragged audio).

    ========================  =============  =============
    split                     train          test
    ========================  =============  =============
    n_samples, recordings     2700           300
    takes                     5 to 49        0 to 4
    seconds of a recording    0.14 to 2.28   0.14 to 1.15
    speakers                  6              the same
    classes                   10 digits      the same
    ========================  =============  =============

    Parameters
    ----------
    split : {"train", "test", "all"}, default="train"
        Which of the two published sets of recordings; ``"all"`` is both, the training recordings
        first.
    data_home : str or path-like, default=None
        Folder with the file ``fsdd/fsdd_wav.tar`` (or the same with ``.gz``). With None it is what
        :func:`get_data_home` returns.
    download_if_missing : bool, default=True
        If the file is absent, download it (16 MB) into ``data_home``; with False raise a
        FileNotFoundError instead.
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch.

    Returns
    -------
    recordings : sklearn.utils.Bunch
        With the attributes

        - ``data``: list of n_samples float32 arrays of shape (n_timesteps,) in [-1, 1), 8000
          samples a second, sorted by digit, speaker and take;
        - ``target``: array of int64 of shape (n_samples,), the digits;
        - ``speakers``: array of str of shape (n_samples,), who speaks: the ``groups`` of
          scikit-learn's LeaveOneGroupOut and GroupKFold;
        - ``takes``: array of int64 of shape (n_samples,), the number of the take;
        - ``target_names``: list of 10 str, the digits as words, ``"zero"`` to ``"nine"``;
        - ``sampling_rate``: int, 8000;
        - ``DESCR``: str, what the data is.

    (data, target) : tuple, if ``return_X_y`` is True
        The first two attributes.

    Raises
    ------
    OSError
        If the file is absent and cannot, or must not, be downloaded, or if it does not hold the
        published recordings.
    ValueError
        If ``split`` is not one of the choices.

    See Also
    --------
    skrnn.preprocessing.LogMelSpectrogram : Makes sequences of them that a network can learn from.

    Notes
    -----
    Every speaker of the test set is also in the training set. For what to expect of a voice never
    heard, leave out one speaker after the other: ``split="all"`` with ``groups=speakers``.

    References
    ----------
    .. [1] Z. Jackson and others, "Free Spoken Digit Dataset", Zenodo.
       https://github.com/Jakobovski/free-spoken-digit-dataset

    Examples
    --------
    >>> from skrnn.datasets import fetch_free_spoken_digits
    >>> digits = fetch_free_spoken_digits()  # doctest: +SKIP
    >>> len(digits.data), digits.data[0].shape, digits.speakers[0].item()  # doctest: +SKIP
    (2700, (5145,), 'george')
    """
    check_split(split, ("train", "test", "all"))
    archive = read_data_file(
        "fsdd/fsdd_wav.tar",
        dataset="Free Spoken Digit",
        data_home=data_home,
        download_if_missing=download_if_missing,
    )
    files = read_members(archive, ".wav")
    # Files are named digit_speaker_take.wav.
    names = [name.removesuffix(".wav").split("_") for name in files]
    keys = [(int(digit), speaker, int(take)) for digit, speaker, take in names]
    content = dict(zip(keys, files.values(), strict=True))
    train = [key for key in sorted(content) if key[2] >= N_TEST_TAKES]
    test = [key for key in sorted(content) if key[2] < N_TEST_TAKES]
    chosen = {"train": train, "test": test, "all": train + test}[split]
    data = [_samples(content[key]) for key in chosen]
    digits, speakers, takes = (np.array(column) for column in zip(*chosen, strict=True))
    if return_X_y:
        return data, digits.astype(np.int64)
    return Bunch(
        data=data,
        target=digits.astype(np.int64),
        speakers=speakers,
        takes=takes.astype(np.int64),
        target_names=list(TARGET_NAMES),
        sampling_rate=SAMPLING_RATE,
        DESCR=DESCRIPTION,
    )


def _samples(wav: bytes) -> npt.NDArray[np.float32]:
    """Return the 16-bit samples of a WAV file in [-1, 1)."""
    _, samples = wavfile.read(io.BytesIO(wav))
    return samples.astype(np.float32) / np.float32(2**15)
