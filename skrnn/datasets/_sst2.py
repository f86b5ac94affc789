"""The Stanford Sentiment Treebank with two classes."""

import os
from typing import Any, Literal, TypeAlias, overload

import numpy as np
import numpy.typing as npt
from sklearn.utils import Bunch

from skrnn.datasets._data_files import check_split, read_data_file

Split: TypeAlias = Literal["train", "dev", "test"]

TARGET_NAMES = ["negative", "positive"]

DESCRIPTION = """SST-2: sentences of film reviews in English, negative or positive.

9613 sentences of the Stanford Sentiment Treebank, without those that were rated neutral: 6920 to
train on, 872 to choose by (dev) and 1821 to test on. Only whole sentences are here, not the rated
phrases within them, of which other editions make some 67000 training samples. The texts are in
small letters; tokens, punctuation marks among them, are separated by blanks, and brackets are
written -lrb- and -rrb-.

Source: R. Socher and others, Stanford University. Free for research, without an explicit licence.
"""


@overload
def fetch_sst2(
    *,
    split: Split = "train",
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    return_X_y: Literal[False] = False,
) -> Bunch: ...
@overload
def fetch_sst2(
    *,
    split: Split = "train",
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    return_X_y: Literal[True],
) -> tuple[list[str], npt.NDArray[np.int64]]: ...
def fetch_sst2(
    *,
    split: Split = "train",
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    return_X_y: bool = False,
) -> Any:
    """Fetch SST-2: sentences of film reviews, negative or positive (classification).

    ================  =====  ===  ====
    split             train  dev  test
    ================  =====  ===  ====
    n_samples, texts   6920  872  1821
    negative           3310  428   912
    positive           3610  444   909
    ================  =====  ===  ====

    Parameters
    ----------
    split : {"train", "dev", "test"}, default="train"
        Which of the three published sets of sentences: to train on, to choose by, to test on.
    data_home : str or path-like, default=None
        Folder with the files ``sst/stsa.binary.train``, ``sst/stsa.binary.dev`` and
        ``sst/stsa.binary.test`` (or the same with ``.gz``). With None it is what
        :func:`get_data_home` returns.
    download_if_missing : bool, default=True
        If the file is absent, download it (0.7, 0.1 or 0.2 MB) into ``data_home``; with False
        raise a FileNotFoundError instead.
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch.

    Returns
    -------
    sentences : sklearn.utils.Bunch
        With the attributes

        - ``data``: list of n_samples str, the sentences in the order of the published file, of 2
          to 56 tokens separated by blanks;
        - ``target``: int64 array of shape (n_samples,), 0 for negative and 1 for positive;
        - ``target_names``: list of str, ``["negative", "positive"]``;
        - ``DESCR``: str, what the data is.

    (data, target) : tuple, if ``return_X_y`` is True
        The first two attributes.

    Raises
    ------
    OSError
        If the file is absent and cannot, or must not, be downloaded, or if it is not the
        published file.
    ValueError
        If ``split`` is not one of the choices.

    Notes
    -----
    Results that were reached with the rated phrases in training, as those of the GLUE benchmark,
    do not compare with results on these 6920 sentences.

    References
    ----------
    .. [1] R. Socher, A. Perelygin, J. Wu, J. Chuang, C. D. Manning, A. Ng, C. Potts, "Recursive
       Deep Models for Semantic Compositionality Over a Sentiment Treebank", EMNLP 2013.
       https://aclanthology.org/D13-1170

    Examples
    --------
    >>> from skrnn.datasets import fetch_sst2
    >>> texts, y = fetch_sst2(split="dev", return_X_y=True)  # doctest: +SKIP
    >>> texts[0], y[0].item()  # doctest: +SKIP
    ('one long string of cliches .', 0)
    """
    check_split(split, ("train", "dev", "test"))
    content = read_data_file(
        f"sst/stsa.binary.{split}",
        dataset="SST-2",
        data_home=data_home,
        download_if_missing=download_if_missing,
    )
    lines = content.decode("utf-8").removesuffix("\n").split("\n")
    labels, data = zip(*(line.split(" ", maxsplit=1) for line in lines), strict=True)
    target = np.array(labels).astype(np.int64)
    if return_X_y:
        return list(data), target
    return Bunch(data=list(data), target=target, target_names=list(TARGET_NAMES), DESCR=DESCRIPTION)
