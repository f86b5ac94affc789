"""The AN4 speech database."""

import os
from typing import Any, Literal, TypeAlias, overload

import numpy as np
import numpy.typing as npt
from sklearn.utils import Bunch

from skrnn.datasets._archives import read_members
from skrnn.datasets._data_files import check_split, read_data_file
from skrnn.datasets._known_files import KNOWN_FILES

Split: TypeAlias = Literal["train", "test", "all"]

ARCHIVE = "an4/an4_mfcc.tar"
N_FEATURES = 13
FRAME_RATE = 100

DESCRIPTION = """AN4, the alphanumeric database: people who spell names, numbers and commands.

1078 utterances in American English, recorded in 1991 at Carnegie Mellon University: names, streets
and telephone numbers, spelled letter by letter and digit by digit, and commands such as RUBOUT. The
features are 13 mel-frequency cepstral coefficients of every 10 ms, as SphinxTrain made them. Nobody
speaks in both splits.

Source: A. Acero, CMU Speech Group; the features from
https://github.com/cphazen/Machine-Learning-Project-ASR
Licence: free for any use, commercial or otherwise, as the README in the archive says.
"""


@overload
def fetch_an4(
    *,
    split: Split = "train",
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    return_X_y: Literal[False] = False,
) -> Bunch: ...
@overload
def fetch_an4(
    *,
    split: Split = "train",
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    return_X_y: Literal[True],
) -> tuple[list[npt.NDArray[np.float32]], npt.NDArray[np.object_]]: ...
def fetch_an4(
    *,
    split: Split = "train",
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    return_X_y: bool = False,
) -> Any:
    """Fetch AN4: spelled names, numbers and commands (transcription, ragged features of speech).

    =====================  =============  =============
    split                  train          test
    =====================  =============  =============
    n_samples, utterances  948            130
    n_timesteps, of 10 ms  69 to 639      69 to 619
    n_features             13 MFCC        13 MFCC
    speakers               74             10 others
    words                  5442           773
    =====================  =============  =============

    Parameters
    ----------
    split : {"train", "test", "all"}, default="train"
        Which of the two published sets of utterances; ``"all"`` is both, the training set first.
    data_home : str or path-like, default=None
        Folder with the file ``an4/an4_mfcc.tar`` (or the same with ``.gz``). With None it is what
        :func:`get_data_home` returns.
    download_if_missing : bool, default=True
        If the file is absent, download it (14 MB) into ``data_home``; with False raise a
        FileNotFoundError instead.
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch.

    Returns
    -------
    utterances : sklearn.utils.Bunch
        With the attributes

        - ``data``: list of n_samples float32 arrays of shape (T_i, 13), mel-frequency cepstral
          coefficients, 100 timesteps a second;
        - ``target``: array of object of shape (n_samples,), the transcripts: words in upper case
          with a blank between them, a spelled letter being a word;
        - ``speakers``: array of str of shape (n_samples,), who speaks: the ``groups`` of
          scikit-learn's GroupKFold;
        - ``words``: list of str, the 101 words of the pronouncing dictionary that comes with the
          data, a few of which are in the test set only;
        - ``frame_rate``: int, 100, timesteps of a second;
        - ``DESCR``: str, what the data is.

    (data, target) : tuple, if ``return_X_y`` is True
        The first two attributes.

    Raises
    ------
    OSError
        If the file is absent and cannot, or must not, be downloaded, or if it does not hold the
        published utterances.
    ValueError
        If ``split`` is not one of the choices.

    See Also
    --------
    skrnn.RNNTranscriber : Learns to write down what is said.

    References
    ----------
    .. [1] A. Acero, "Acoustical and Environmental Robustness in Automatic Speech Recognition",
       PhD thesis, Carnegie Mellon University, 1990.

    Examples
    --------
    >>> from skrnn.datasets import fetch_an4
    >>> an4 = fetch_an4()  # doctest: +SKIP
    >>> len(an4.data), an4.data[3].shape, an4.target[3]  # doctest: +SKIP
    (948, (259, 13), 'U M N Y H SIX')
    """
    check_split(split, ("train", "test", "all"))
    archive = read_data_file(
        ARCHIVE,
        dataset="AN4",
        data_home=data_home,
        download_if_missing=download_if_missing,
    )
    files = read_members(archive, KNOWN_FILES[ARCHIVE].members)
    data, target, speakers = [], [], []
    for part in ("train", "test") if split == "all" else (split,):
        transcripts = _transcripts(files[f"an4_{part}.transcription"].decode())
        for path in files[f"an4_{part}.fileids"].decode().split():
            _, speaker, name = path.split("/")
            data.append(_features(files[f"{name}.mfc"]))
            target.append(transcripts[name])
            speakers.append(speaker)
    if return_X_y:
        return data, np.array(target, dtype=object)
    return Bunch(
        data=data,
        target=np.array(target, dtype=object),
        speakers=np.array(speakers),
        words=_words(files["an4.dic"].decode()),
        frame_rate=FRAME_RATE,
        DESCR=DESCRIPTION,
    )


def _transcripts(content: str) -> dict[str, str]:
    """Read lines such as ``U M N Y H SIX (an255-fash-b)``."""
    transcripts = {}
    for line in content.splitlines():
        words, _, name = line.rpartition(" (")
        # some lines also mark where an utterance begins and ends.
        spoken = [word for word in words.split() if word not in ("<s>", "</s>")]
        transcripts[name.rstrip(" )")] = " ".join(spoken)
    return transcripts


def _features(content: bytes) -> npt.NDArray[np.float32]:
    """Read a big-endian file of Sphinx: how many numbers there are, and these."""
    return np.frombuffer(content, ">f4", offset=4).astype(np.float32).reshape(-1, N_FEATURES)


def _words(content: str) -> list[str]:
    """Read the words of a dictionary in which other pronunciations are numbered, as in ``A(2)``."""
    spelled = (line.split()[0] for line in content.splitlines() if line.strip())
    return sorted({word.partition("(")[0] for word in spelled})
