"""WikiText-2, articles of Wikipedia for language models of words."""

import os
from typing import Literal, TypeAlias

from sklearn.utils import Bunch

from skrnn.datasets._data_files import check_split, read_data_file

Split: TypeAlias = Literal["train", "valid", "test"]

DESCRIPTION = """WikiText-2: 720 articles of the English Wikipedia, for language models of words.

Articles that were rated good or featured, 600 to train on, 60 to choose by (valid) and 60 to test
on. A line is a paragraph, a heading such as "= = Reception = =", or empty. Tokens are separated by
blanks. Words that occur fewer than three times are <unk>, and a hyphen, comma or point within a
word or number stands between two at signs, as in "role @-@ playing".

With one token more for the end of each line the training split has 2088628 tokens, 33278 different
ones, and the other splits have none but these.

Licence: Creative Commons Attribution-ShareAlike 3.0 (CC BY-SA 3.0).
"""


def fetch_wikitext2(
    *,
    split: Split = "train",
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
) -> Bunch:
    """Fetch WikiText-2, articles of the English Wikipedia (language modelling, words).

    ===================================  =======  ======  ======
    split                                train    valid   test
    ===================================  =======  ======  ======
    lines                                36718    3760    4358
    empty lines among them               12951    1299    1467
    tokens, with one to end each line    2088628  217646  245569
    different tokens, with that one      33278    13777   14143
    ===================================  =======  ======  ======

    Parameters
    ----------
    split : {"train", "valid", "test"}, default="train"
        Which of the three published sets of articles: to train on, to choose by, to test on.
    data_home : str or path-like, default=None
        Folder with the files ``wikitext2/train.txt``, ``wikitext2/valid.txt`` and
        ``wikitext2/test.txt`` (or the same with ``.gz``). With None it is what
        :func:`get_data_home` returns.
    download_if_missing : bool, default=True
        If the file is absent, download it (10.8, 1.1 or 1.3 MB) into ``data_home``; with False
        raise a FileNotFoundError instead.

    Returns
    -------
    articles : sklearn.utils.Bunch
        With the attributes

        - ``data``: list of str, the lines of the published file in their order, without the
          blanks at both ends; an empty line is an empty str;
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

    Published perplexities are for predicting every token of the text, the ends of lines included,
    those of empty lines too. Split a line at its blanks and append a token of your own, often
    ``<eos>``: the training split then has 2,088,628 tokens, of which 33,278 are different, and the
    other splits have no token that is not among these.

    References
    ----------
    .. [1] S. Merity, C. Xiong, J. Bradbury, R. Socher, "Pointer Sentinel Mixture Models", ICLR
       2017. https://arxiv.org/abs/1609.07843

    Examples
    --------
    >>> from skrnn.datasets import fetch_wikitext2
    >>> lines = fetch_wikitext2().data  # doctest: +SKIP
    >>> lines[:3]  # doctest: +SKIP
    ['', '= Valkyria Chronicles III =', '']
    >>> tokens = [token for line in lines for token in [*line.split(), "<eos>"]]  # doctest: +SKIP
    >>> len(tokens), len(set(tokens))  # doctest: +SKIP
    (2088628, 33278)
    """
    check_split(split, ("train", "valid", "test"))
    content = read_data_file(
        f"wikitext2/{split}.txt",
        dataset="WikiText-2",
        data_home=data_home,
        download_if_missing=download_if_missing,
    )
    lines = content.decode("utf-8").removesuffix("\n").split("\n")
    return Bunch(data=[line.strip(" ") for line in lines], DESCR=DESCRIPTION)
