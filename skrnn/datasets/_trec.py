"""The TREC questions, classified by the kind of their answer."""

import os
from typing import Any, Literal, TypeAlias, overload

import numpy as np
import numpy.typing as npt
from sklearn.utils import Bunch

from skrnn.datasets._data_files import check_split, read_data_file

Split: TypeAlias = Literal["train", "test", "all"]

DESCRIPTION = """TREC-6: questions in English, classified by the kind of answer that they ask for.

5452 questions to train on and 500 to test on, the latter those of the TREC 10 question answering
track. The classes are ABBR (an abbreviation), DESC (a description), ENTY (an entity), HUM (a human
being), LOC (a location) and NUM (a number). The published labels go on after a colon with one of 50
finer classes, as in NUM:date, which is left out here. Tokens, punctuation marks among them, are
separated by blanks.

Source: X. Li and D. Roth, University of Illinois. Published for research without a licence.
"""


@overload
def fetch_trec(
    *,
    split: Split = "train",
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    return_X_y: Literal[False] = False,
) -> Bunch: ...
@overload
def fetch_trec(
    *,
    split: Split = "train",
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    return_X_y: Literal[True],
) -> tuple[list[str], npt.NDArray[np.str_]]: ...
def fetch_trec(
    *,
    split: Split = "train",
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    return_X_y: bool = False,
) -> Any:
    """Fetch TREC-6: questions and the kind of answer that each asks for (classification).

    =============================  =====  ====
    split                          train  test
    =============================  =====  ====
    n_samples, texts                5452   500
    ``ABBR``, an abbreviation         86     9
    ``DESC``, a description         1162   138
    ``ENTY``, an entity             1250    94
    ``HUM``, a human being          1223    65
    ``LOC``, a location              835    81
    ``NUM``, a number                896   113
    =============================  =====  ====

    Parameters
    ----------
    split : {"train", "test", "all"}, default="train"
        Which of the two published sets of questions; ``"all"`` is both, the training questions
        first.
    data_home : str or path-like, default=None
        Folder with the files ``trec/TREC.train`` and ``trec/TREC.test`` (or the same with
        ``.gz``). With None it is what :func:`get_data_home` returns.
    download_if_missing : bool, default=True
        If a file is absent, download it (0.3 MB and 23 kB) into ``data_home``; with False raise a
        FileNotFoundError instead.
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch.

    Returns
    -------
    questions : sklearn.utils.Bunch
        With the attributes

        - ``data``: list of n_samples str, the questions in the order of the published file, of 3
          to 37 tokens separated by blanks;
        - ``target``: array of str of shape (n_samples,), the class of each;
        - ``target_names``: array of str of shape (6,), the classes, sorted;
        - ``DESCR``: str, what the data is.

    (data, target) : tuple, if ``return_X_y`` is True
        The first two attributes.

    Raises
    ------
    OSError
        If a file is absent and cannot, or must not, be downloaded, or if it is not the published
        file.
    ValueError
        If ``split`` is not one of the choices.

    Notes
    -----
    71 of the training questions repeat an earlier one, and 10 of the test questions are among the
    training questions.

    References
    ----------
    .. [1] X. Li, D. Roth, "Learning Question Classifiers", COLING 2002.
       https://aclanthology.org/C02-1150

    Examples
    --------
    >>> from skrnn.datasets import fetch_trec
    >>> texts, y = fetch_trec(split="test", return_X_y=True)  # doctest: +SKIP
    >>> texts[0], y[0].item()  # doctest: +SKIP
    ('How far is it from Denver to Aspen ?', 'NUM')
    """
    check_split(split, ("train", "test", "all"))
    data: list[str] = []
    classes: list[str] = []
    for part in ("train", "test") if split == "all" else (split,):
        content = read_data_file(
            f"trec/TREC.{part}",
            dataset="TREC",
            data_home=data_home,
            download_if_missing=download_if_missing,
        )
        # One byte of the training file is not ASCII, and not UTF-8 either.
        for line in content.decode("latin-1").removesuffix("\n").split("\n"):
            label, text = line.split(" ", maxsplit=1)
            data.append(text)
            classes.append(label.partition(":")[0])
    target = np.array(classes)
    if return_X_y:
        return data, target
    return Bunch(data=data, target=target, target_names=np.unique(target), DESCR=DESCRIPTION)
