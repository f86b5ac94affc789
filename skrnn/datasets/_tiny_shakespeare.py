"""The tiny Shakespeare text."""

import os
from typing import Literal, TypeAlias

from sklearn.utils import Bunch

from skrnn.datasets._data_files import check_split, read_data_file

Split: TypeAlias = Literal["train", "test", "all"]

DESCRIPTION = """Tiny Shakespeare: 40000 lines of Shakespeare's plays in one text.

1115394 characters, 65 different ones, all of them ASCII. The name of who speaks stands, with a
colon, on a line above the speech; an empty line ends it. The file has no published split: the last
tenth of the characters is held out here to test on.

Source: https://github.com/karpathy/char-rnn. The text is in the public domain.
"""


def fetch_tiny_shakespeare(
    *,
    split: Split = "train",
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
) -> Bunch:
    """Fetch the tiny Shakespeare text (language modelling, characters).

    ===============  =======  ======  =======
    split            train    test    all
    ===============  =======  ======  =======
    characters       1003854  111540  1115394
    different ones   65       61      65
    ===============  =======  ======  =======

    Parameters
    ----------
    split : {"train", "test", "all"}, default="train"
        The first nine tenths of the characters, the last tenth, or the whole text. No split is
        published; this one leaves a part to test on that follows what was trained on.
    data_home : str or path-like, default=None
        Folder with the file ``tinyshakespeare/input.txt`` (or the same with ``.gz``). With None
        it is what :func:`get_data_home` returns.
    download_if_missing : bool, default=True
        If the file is absent, download it (1.1 MB) into ``data_home``; with False raise a
        FileNotFoundError instead.

    Returns
    -------
    text : sklearn.utils.Bunch
        With the attributes

        - ``data``: str, the characters of the split;
        - ``DESCR``: str, what the data is.

    Raises
    ------
    OSError
        If the file is absent and cannot, or must not, be downloaded, or if it is not the
        published file.
    ValueError
        If ``split`` is not one of the choices.

    Notes
    -----
    There are no labels, hence no ``return_X_y``.

    References
    ----------
    .. [1] A. Karpathy, "The Unreasonable Effectiveness of Recurrent Neural Networks", 2015.
       https://karpathy.github.io/2015/05/21/rnn-effectiveness/

    Examples
    --------
    >>> from skrnn.datasets import fetch_tiny_shakespeare
    >>> text = fetch_tiny_shakespeare().data  # doctest: +SKIP
    >>> print(text[:53])  # doctest: +SKIP
    First Citizen:
    Before we proceed any further, hear me
    """
    check_split(split, ("train", "test", "all"))
    content = read_data_file(
        "tinyshakespeare/input.txt",
        dataset="tiny Shakespeare",
        data_home=data_home,
        download_if_missing=download_if_missing,
    )
    text = content.decode("ascii")
    n_train = len(text) * 9 // 10
    parts = {"train": text[:n_train], "test": text[n_train:], "all": text}
    return Bunch(data=parts[split], DESCR=DESCRIPTION)
