"""The depth clips of UTD-MHAD: people who act before a depth camera."""

import io
import os
import zipfile
import zlib
from http.client import HTTPException
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias, overload

import numpy as np
import numpy.typing as npt
from scipy.io import loadmat
from sklearn.utils import Bunch

from skrnn.datasets import _data_files
from skrnn.datasets._data_files import check_split
from skrnn.datasets._data_home import get_data_home

Split: TypeAlias = Literal["train", "test", "all"]

PATH = "utd_mhad/depth_24x32.npz"
# The address carries a commit, so that what it serves cannot change.
ORIGINALS = (
    "https://raw.githubusercontent.com/woo-chia-wei/kinect-sequence-classification/65e9b13950d7/"
    "data/Depth"
)
# In the order of the numbers 1 to 27 in the names of the original files.
TARGET_NAMES = [
    *("swipe left", "swipe right", "wave", "clap", "throw", "cross arms", "basketball shoot"),
    *("draw x", "draw circle clockwise", "draw circle counterclockwise", "draw triangle"),
    *("bowling", "boxing", "baseball swing", "tennis swing", "arm curl", "tennis serve", "push"),
    *("knock", "catch", "pick up and throw", "jog", "walk", "sit to stand", "stand to sit"),
    *("lunge", "squat"),
]
N_SUBJECTS = 8
N_TRIALS = 4
# Action, subject and trial of the recordings that failed.
NEVER_PUBLISHED = {(8, 1, 4), (23, 6, 4), (27, 8, 4)}

BLOCK = 10  # pixels of the original on each side of a pixel here
FRAME_STEP = 2
UNIT_MM = 16
N_FRAMES = 29356
MEAN = 12.715

DESCRIPTION = """UTD-MHAD: 27 actions of eight people, recorded by a depth camera.

861 clips, one action each, from a swipe of the hand to a squat; every person does each action up to
four times. A frame has 24 x 32 pixels, whose values are distances from the camera in units of 16
mm; 0 is the background, which the authors of the set had removed. It is made from the original of
240 x 320 pixels by averaging blocks of 10 x 10, background included, so that pixels at the edge of
a person lie between the two. Every second frame is kept, about 15 a second. Subjects with odd
numbers are to train on and those with even numbers to test on, as in the publication.

Source: C. Chen, R. Jafari, N. Kehtarnavaz, University of Texas at Dallas. Free for research.
"""


class _Clips(NamedTuple):
    """All clips laid end to end, as the file holds them."""

    X: npt.NDArray[np.uint8]  # (sum of lengths, 24, 32)
    lengths: npt.NDArray[np.int64]
    action: npt.NDArray[np.int64]  # from 1, as subject and trial
    subject: npt.NDArray[np.int64]
    trial: npt.NDArray[np.int64]


@overload
def fetch_utd_mhad(
    *,
    split: Split = "train",
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    return_X_y: Literal[False] = False,
) -> Bunch: ...
@overload
def fetch_utd_mhad(
    *,
    split: Split = "train",
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    return_X_y: Literal[True],
) -> tuple[list[npt.NDArray[np.uint8]], npt.NDArray[np.str_]]: ...
def fetch_utd_mhad(
    *,
    split: Split = "train",
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    return_X_y: bool = False,
) -> Any:
    """Fetch UTD-MHAD: depth clips of people and the action in each (classification).

    ================  ==========  ==========
    split             train       test
    ================  ==========  ==========
    n_samples, clips  431         430
    subjects          1, 3, 5, 7  2, 4, 6, 8
    timesteps         24 to 51    21 to 63
    pixels            24 x 32     24 x 32
    classes           27          27
    ================  ==========  ==========

    Parameters
    ----------
    split : {"train", "test", "all"}, default="train"
        Subjects with odd numbers, with even numbers, or both, the odd ones first.
    data_home : str or path-like, default=None
        Folder with the file ``utd_mhad/depth_24x32.npz``. With None it is what
        :func:`get_data_home` returns.
    download_if_missing : bool, default=True
        If the file is absent, make it: download the 861 original clips of full size, one after the
        other, reduce each of them, and keep the reduced ones in ``data_home`` (3 MB). With False
        raise a FileNotFoundError instead.
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch.

    Returns
    -------
    clips : sklearn.utils.Bunch
        With the attributes

        - ``data``: list of n_samples uint8 arrays of shape (T_i, 24, 32), the clips, ordered by
          subject, action and trial. A value is a distance in units of 16 mm, and 0 is background;
        - ``target``: array of str of shape (n_samples,), the action of each clip;
        - ``target_names``: list of 27 str, the actions in the order of their published numbers;
        - ``groups``: int64 array of shape (n_samples,), the subject of each clip, 1 to 8: what
          scikit-learn's GroupKFold and LeaveOneGroupOut take as ``groups``;
        - ``DESCR``: str, what the data is.

    (data, target) : tuple, if ``return_X_y`` is True
        The first two attributes.

    Raises
    ------
    OSError
        If the file is absent and cannot, or must not, be made, or if it does not hold these clips.
    ValueError
        If ``split`` is not one of the choices.

    Notes
    -----
    Estimators take a timestep as a row of features: flatten the frames by
    ``[clip.reshape(len(clip), -1) for clip in data]``.

    The reduced clips are not published. They are made from the originals, whose values are
    millimetres, by taking every second frame from the first one on, averaging blocks of 10 x 10
    pixels, dividing by 16 and rounding. There is no published checksum to hold them to: what is
    checked is which clips there are, how many frames, and the mean of all pixels.

    All actions of one hand are done with the right one.

    References
    ----------
    .. [1] C. Chen, R. Jafari, N. Kehtarnavaz, "UTD-MHAD: A Multimodal Dataset for Human Action
       Recognition Utilizing a Depth Camera and a Wearable Inertial Sensor", IEEE International
       Conference on Image Processing, 2015. https://doi.org/10.1109/ICIP.2015.7350781

    Examples
    --------
    >>> from skrnn.datasets import fetch_utd_mhad
    >>> clips = fetch_utd_mhad()  # doctest: +SKIP
    >>> len(clips.data), clips.data[0].shape, clips.target[0].item()  # doctest: +SKIP
    (431, (24, 24, 32), 'swipe left')
    """
    check_split(split, ("train", "test", "all"))
    clips = _read_or_make(get_data_home(data_home), download_if_missing)
    is_test = clips.subject % 2 == 0
    order = np.lexsort((clips.trial, clips.action, clips.subject, is_test))
    if split != "all":
        order = order[is_test[order] == (split == "test")]
    samples = np.split(clips.X, np.cumsum(clips.lengths)[:-1])
    data = [samples[position].copy() for position in order]
    target = np.array(TARGET_NAMES)[clips.action[order] - 1]
    if return_X_y:
        return data, target
    return Bunch(
        data=data,
        target=target,
        target_names=list(TARGET_NAMES),
        groups=clips.subject[order],
        DESCR=DESCRIPTION,
    )


def _read_or_make(home: Path, download_if_missing: bool) -> _Clips:
    file = home / PATH
    if file.is_file():
        try:
            with np.load(io.BytesIO(file.read_bytes()), allow_pickle=False) as arrays:
                clips = _Clips(*(arrays[name] for name in _Clips._fields))
        except (ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise OSError(
                f"{file} cannot be read as the UTD-MHAD clips ({error}). Delete {file} and "
                "call again to make a new one."
            ) from error
        _check(clips, str(file), remedy=f"Delete {file} and call again to make a new one.")
        return clips
    if not download_if_missing:
        raise FileNotFoundError(
            f"The UTD-MHAD data set is not in data_home: {file} does not exist and "
            "download_if_missing is False. Set download_if_missing=True to make it from the "
            f"{len(_recordings())} original clips below {ORIGINALS}, or place it there by hand."
        )
    clips = _make()
    _check(clips, ORIGINALS, remedy="Nothing was saved. A proxy may have answered: try again.")
    content = io.BytesIO()
    np.savez_compressed(content, **clips._asdict())
    _data_files.write_atomically(content.getvalue(), file)
    return clips


def _recordings() -> list[tuple[int, int, int]]:
    """Return action, subject and trial of every clip."""
    everything = np.ndindex(len(TARGET_NAMES), N_SUBJECTS, N_TRIALS)
    numbers = [(action + 1, subject + 1, trial + 1) for action, subject, trial in everything]
    return [recording for recording in numbers if recording not in NEVER_PUBLISHED]


def _make() -> _Clips:
    recordings = _recordings()
    reduced = []
    for action, subject, trial in recordings:
        url = f"{ORIGINALS}/a{action}_s{subject}_t{trial}_depth.mat"
        try:
            reduced.append(_reduce(_depth_of(_data_files.download(url))))
        except (OSError, HTTPException, ValueError) as error:
            raise OSError(
                f"The UTD-MHAD data set could not be made: {url}: {error}. Check the network "
                "connection and call again. Nothing was saved."
            ) from error
    numbers = np.array(recordings, dtype=np.int64).T
    lengths = np.array([len(clip) for clip in reduced], dtype=np.int64)
    return _Clips(np.concatenate(reduced), lengths, *numbers)


def _depth_of(mat_file: bytes) -> npt.NDArray[Any]:
    """Return the (240, 320, n_frames) array that an original file holds."""
    try:
        # scipy's stubs leave out that an open file is taken.
        variables = loadmat(io.BytesIO(mat_file))  # type: ignore[arg-type]
    except Exception as error:  # of many types, for what is no such file
        raise ValueError(f"it is no MATLAB file ({error})") from error
    arrays = [value for value in variables.values() if np.ndim(value) == 3]
    if len(arrays) != 1 or arrays[0].shape[:2] != (240, 320):
        shapes = {name: np.shape(value) for name, value in variables.items()}
        raise ValueError(f"expected one array of shape (240, 320, n_frames), got {shapes}")
    depth: npt.NDArray[Any] = arrays[0]
    return depth


def _reduce(depth: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Bring (height, width, n_frames) millimetres to (n_frames / 2, height / 10, width / 10)."""
    height, width, _ = depth.shape
    frames = np.moveaxis(depth, 2, 0)[::FRAME_STEP].astype(np.float64)
    blocks = frames.reshape(len(frames), height // BLOCK, BLOCK, width // BLOCK, BLOCK)
    return np.rint(blocks.mean(axis=(2, 4)) / UNIT_MM).astype(np.uint8)


def _check(clips: _Clips, source: str, *, remedy: str) -> None:
    """Refuse other clips. Their bytes are not fixed: rounding may differ in the last place."""
    recordings = zip(clips.action, clips.subject, clips.trial, strict=False)
    is_known = sorted(tuple(map(int, recording)) for recording in recordings) == _recordings()
    shape = (int(clips.lengths.sum()), 24, 32)
    if not is_known or shape[0] != N_FRAMES or clips.X.shape != shape:
        raise OSError(
            f"{source} does not hold the UTD-MHAD clips: found {len(clips.lengths)} clips in an "
            f"array of shape {clips.X.shape}, expected {len(_recordings())} clips, the known ones, "
            f"in an array of shape {(N_FRAMES, 24, 32)}. {remedy}"
        )
    if abs(clips.X.mean() - MEAN) > MEAN / 1000:
        raise OSError(
            f"{source} does not hold the UTD-MHAD clips: their mean is {clips.X.mean():.3f}, "
            f"expected {MEAN}. {remedy}"
        )
