"""Data sets of the UCR, UEA and TSER archives."""

import os
import re
from typing import Any, Literal, TypeAlias, overload

import numpy as np
import numpy.typing as npt
from sklearn.utils import Bunch

from skrnn.datasets._archives import gunzip
from skrnn.datasets._data_files import check_split, find_data_file, read_data_file
from skrnn.datasets._data_home import get_data_home
from skrnn.datasets._known_files import KNOWN_FILES
from skrnn.datasets._ts_format import FloatArray, Sequences, Targets, TsContents, parse_ts

Split: TypeAlias = Literal["train", "test", "all"]

UCR_UEA_FOLDER = "ucr_uea"
TSER_FOLDER = "tser"
UCR_UEA_NAMES = tuple(
    sorted(
        path.removeprefix(f"{UCR_UEA_FOLDER}/").removesuffix("_TRAIN.ts")
        for path in KNOWN_FILES
        if path.startswith(f"{UCR_UEA_FOLDER}/") and path.endswith("_TRAIN.ts")
    )
)
ARCHIVE_SITE = "https://www.timeseriesclassification.com"


@overload
def fetch_ucr_uea(
    name: str,
    *,
    split: Split = "train",
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    return_X_y: Literal[False] = False,
) -> Bunch: ...
@overload
def fetch_ucr_uea(
    name: str,
    *,
    split: Split = "train",
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    return_X_y: Literal[True],
) -> tuple[Sequences, Targets]: ...
def fetch_ucr_uea(
    name: str,
    *,
    split: Split = "train",
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    return_X_y: bool = False,
) -> Any:
    """Fetch a data set of the UCR or UEA time series archive by its name (classification).

    ================  =======  ======  ===========  ==========  =======
    name              train    test    n_timesteps  n_features  classes
    ================  =======  ======  ===========  ==========  =======
    BasicMotions           40      40          100           6        4
    GunPoint               50     150          150           1        2
    ItalyPowerDemand       67    1029           24           1        2
    JapaneseVowels        270     370      7 to 29          12        9
    NATOPS                180     180           51          24        6
    ================  =======  ======  ===========  ==========  =======

    Parameters
    ----------
    name : str
        A name of the table, spelt as there: these sets are downloaded when absent, and verified.
        Or the name of any other set whose files ``<name>_TRAIN.ts`` and ``<name>_TEST.ts`` (or
        the same with ``.gz``) were placed in ``<data_home>/ucr_uea`` by hand: these are read as
        they are.
    split : {"train", "test", "all"}, default="train"
        Which of the archive's two sets of samples. ``"all"`` is both, the training samples
        first; published results are for training on the first and testing on the second.
    data_home : str or path-like, default=None
        Folder with the folder ``ucr_uea``. With None it is what :func:`get_data_home` returns.
    download_if_missing : bool, default=True
        If a file of the table is absent, download it (18 kB to 2.1 MB) into ``data_home``; with
        False raise a FileNotFoundError instead.
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch.

    Returns
    -------
    dataset : sklearn.utils.Bunch
        With the attributes

        - ``data``: float64 array of shape (n_samples, n_timesteps, n_features), or, if samples
          differ in length, a list of ``n_samples`` arrays of shape (T_i, n_features);
        - ``target``: array of str of shape (n_samples,), the labels as spelt in the archive (for
          a file placed by hand also floats or None, as :func:`read_ts` says);
        - ``target_names``: array of the distinct labels, sorted; absent unless labels are str;
        - ``DESCR``: str, the comment at the head of the archive's file.

    (data, target) : tuple, if ``return_X_y`` is True
        The first two attributes.

    Raises
    ------
    OSError
        If a file of the table is absent and cannot, or must not, be downloaded, or if it is not
        the published file.
    ValueError
        If ``name`` is neither in the table nor in ``data_home``, if ``split`` is not one of the
        choices, or if a file placed by hand is not in the ``.ts`` format.

    See Also
    --------
    read_ts : Read any file in the archives' format.

    References
    ----------
    .. [1] H. A. Dau et al., "The UCR time series archive", IEEE/CAA Journal of Automatica Sinica
       6(6), 2019. https://doi.org/10.1109/JAS.2019.1911747
    .. [2] A. Bagnall et al., "The UEA multivariate time series classification archive, 2018",
       arXiv:1811.00075.

    Examples
    --------
    >>> from skrnn.datasets import fetch_ucr_uea
    >>> X, y = fetch_ucr_uea("GunPoint", return_X_y=True)  # doctest: +SKIP
    >>> X.shape  # doctest: +SKIP
    (50, 150, 1)
    """
    return _fetch(UCR_UEA_FOLDER, name, split, data_home, download_if_missing, return_X_y)


@overload
def fetch_japanese_vowels(
    *,
    split: Split = "train",
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    return_X_y: Literal[False] = False,
) -> Bunch: ...
@overload
def fetch_japanese_vowels(
    *,
    split: Split = "train",
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    return_X_y: Literal[True],
) -> tuple[list[FloatArray], npt.NDArray[np.str_]]: ...
def fetch_japanese_vowels(
    *,
    split: Split = "train",
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    return_X_y: bool = False,
) -> Any:
    """Fetch JapaneseVowels: who of nine speakers said /ae/ (classification, ragged).

    ===========  =====================================
    n_samples    270 train, 370 test
    n_timesteps  7 to 29
    n_features   12 linear prediction cepstrum figures
    classes      9 speakers, "1" to "9"
    ===========  =====================================

    Parameters
    ----------
    split : {"train", "test", "all"}, default="train"
        Which of the two published sets of samples; ``"all"`` is both, the training samples first.
    data_home : str or path-like, default=None
        Folder with the files ``ucr_uea/JapaneseVowels_TRAIN.ts`` and
        ``ucr_uea/JapaneseVowels_TEST.ts`` (or the same with ``.gz``). With None it is what
        :func:`get_data_home` returns.
    download_if_missing : bool, default=True
        If a file is absent, download it (0.5 and 0.6 MB) into ``data_home``; with False raise a
        FileNotFoundError instead.
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch.

    Returns
    -------
    dataset : sklearn.utils.Bunch
        With the attributes

        - ``data``: list of ``n_samples`` float64 arrays of shape (T_i, 12);
        - ``target``: array of str of shape (n_samples,), the speakers;
        - ``target_names``: array of str of shape (9,);
        - ``DESCR``: str, the comment at the head of the archive's file.

    (data, target) : tuple, if ``return_X_y`` is True
        The first two attributes.

    Raises
    ------
    OSError
        If a file is absent and cannot, or must not, be downloaded, or if it is not the published
        file.
    ValueError
        If ``split`` is not one of the choices.

    See Also
    --------
    fetch_ucr_uea : Fetch the other data sets of the same archive.

    References
    ----------
    .. [1] M. Kudo, J. Toyama, M. Shimbo, "Multidimensional curve classification using
       passing-through regions", Pattern Recognition Letters 20(11-13), 1999.
       https://doi.org/10.1016/S0167-8655(99)00077-X

    Examples
    --------
    >>> from skrnn.datasets import fetch_japanese_vowels
    >>> X, y = fetch_japanese_vowels(return_X_y=True)  # doctest: +SKIP
    >>> len(X), X[0].shape  # doctest: +SKIP
    (270, (20, 12))
    """
    return _fetch(
        UCR_UEA_FOLDER, "JapaneseVowels", split, data_home, download_if_missing, return_X_y
    )


@overload
def fetch_covid3month(
    *,
    split: Split = "train",
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    return_X_y: Literal[False] = False,
) -> Bunch: ...
@overload
def fetch_covid3month(
    *,
    split: Split = "train",
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    return_X_y: Literal[True],
) -> tuple[FloatArray, FloatArray]: ...
def fetch_covid3month(
    *,
    split: Split = "train",
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    return_X_y: bool = False,
) -> Any:
    """Fetch Covid3Month: the death rate of a country from its daily cases (regression).

    ===========  ===================================
    n_samples    140 train, 61 test: countries
    n_timesteps  84 days
    n_features   1, confirmed cases of the day
    target       death rate on 1 April 2020
    ===========  ===================================

    Parameters
    ----------
    split : {"train", "test", "all"}, default="train"
        Which of the two published sets of samples; ``"all"`` is both, the training samples first.
    data_home : str or path-like, default=None
        Folder with the files ``tser/Covid3Month_TRAIN.ts`` and ``tser/Covid3Month_TEST.ts`` (or
        the same with ``.gz``). With None it is what :func:`get_data_home` returns.
    download_if_missing : bool, default=True
        If a file is absent, download it (52 and 23 kB) into ``data_home``; with False raise a
        FileNotFoundError instead.
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch.

    Returns
    -------
    dataset : sklearn.utils.Bunch
        With the attributes

        - ``data``: float64 array of shape (n_samples, 84, 1);
        - ``target``: float64 array of shape (n_samples,);
        - ``DESCR``: str, the comment at the head of the archive's file.

    (data, target) : tuple, if ``return_X_y`` is True
        The first two attributes.

    Raises
    ------
    OSError
        If a file is absent and cannot, or must not, be downloaded, or if it is not the published
        file.
    ValueError
        If ``split`` is not one of the choices.

    References
    ----------
    .. [1] C. W. Tan, C. Bergmeir, F. Petitjean, G. I. Webb, "Time series extrinsic regression",
       Data Mining and Knowledge Discovery 35, 2021.
       https://doi.org/10.1007/s10618-021-00745-9

    Examples
    --------
    >>> from skrnn.datasets import fetch_covid3month
    >>> X, y = fetch_covid3month(return_X_y=True)  # doctest: +SKIP
    >>> X.shape, y.shape  # doctest: +SKIP
    ((140, 84, 1), (140,))
    """
    return _fetch(TSER_FOLDER, "Covid3Month", split, data_home, download_if_missing, return_X_y)


def _fetch(
    folder: str,
    name: str,
    split: Split,
    data_home: str | os.PathLike[str] | None,
    download_if_missing: bool,
    return_X_y: bool,
) -> Bunch | tuple[Sequences, Targets]:
    check_split(split, ("train", "test", "all"))
    # The name becomes a part of a path, which must not lead out of data_home.
    if not isinstance(name, str) or not re.fullmatch(r"\w[\w.-]*", name):
        raise ValueError(f"name must be the name of a data set, such as 'GunPoint'; got {name!r}.")
    contents = [
        _read_split(f"{folder}/{name}_{part.upper()}.ts", name, data_home, download_if_missing)
        for part in (("train", "test") if split == "all" else (split,))
    ]
    data, target, description = contents[0] if len(contents) == 1 else _joined(name, *contents)
    if return_X_y:
        return data, target
    bunch = Bunch(data=data, target=target, DESCR=f"{name}, split={split!r}\n\n{description}")
    if target is not None and target.dtype.kind == "U":
        bunch.target_names = np.unique(target)
    return bunch


def _read_split(
    path: str, name: str, data_home: str | os.PathLike[str] | None, download_if_missing: bool
) -> TsContents:
    home = get_data_home(data_home)
    if path in KNOWN_FILES:
        content = read_data_file(
            path, dataset=name, data_home=home, download_if_missing=download_if_missing
        )
        return parse_ts(content, source=path)
    found = find_data_file(path, home)
    if found is None:
        raise ValueError(
            f"name={name!r} is not a data set that can be downloaded ({', '.join(UCR_UEA_NAMES)}) "
            f"and {home / path} does not exist. Check the spelling, or place that file (or the "
            f"same with .gz) by hand; {ARCHIVE_SITE} has the archives."
        )
    return parse_ts(gunzip(found.read_bytes(), str(found)), source=str(found))


def _joined(name: str, train: TsContents, test: TsContents) -> TsContents:
    n_features = [part.X[0].shape[1] for part in (train, test)]
    kinds = ["none" if part.y is None else part.y.dtype.kind for part in (train, test)]
    if n_features[0] != n_features[1] or kinds[0] != kinds[1]:
        raise ValueError(
            f"The two files of {name} do not fit together: numbers of features {n_features}, "
            f"kinds of target {kinds}. Expected them to agree; fetch split='train' and "
            "split='test' by themselves."
        )
    X: Sequences
    if isinstance(train.X, np.ndarray) and isinstance(test.X, np.ndarray):
        same_length = train.X.shape[1] == test.X.shape[1]
        X = np.concatenate([train.X, test.X]) if same_length else [*train.X, *test.X]
    else:
        X = [*train.X, *test.X]
    y = None if train.y is None or test.y is None else np.concatenate([train.y, test.y])
    return TsContents(X, y, train.comment)
