"""The English Web Treebank of Universal Dependencies: words and their parts of speech."""

import os
from typing import Any, Literal, TypeAlias, overload

from sklearn.utils import Bunch

from skrnn.datasets._conllu import parse_conllu
from skrnn.datasets._data_files import check_split, read_data_file

Split: TypeAlias = Literal["train", "dev", "test"]

TARGET_NAMES = [
    *("ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM"),
    *("PART", "PRON", "PROPN", "PUNCT", "SCONJ", "SYM", "VERB", "X"),
]

DESCRIPTION = """The English Web Treebank of Universal Dependencies: words and their tags.

16622 sentences from web logs, newsgroups, e-mails, reviews and answers to questions: 12544 to train
on, 2001 to choose by (dev) and 2077 to test on. Each word has one of the 17 universal tags (UPOS).
Words are those of the syntax: "don't" is the two words "do" and "n't". Nodes of the enhanced
dependencies that stand for words left out of the sentence are not among them.

Source: https://github.com/UniversalDependencies/UD_English-EWT, commit 15d613d8447b. The treebank
is still being corrected: figures for one of its releases can differ a little.
Licence: Creative Commons Attribution-ShareAlike 4.0 (CC BY-SA 4.0).
"""


@overload
def fetch_ud_english_ewt(
    *,
    split: Split = "train",
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    return_X_y: Literal[False] = False,
) -> Bunch: ...
@overload
def fetch_ud_english_ewt(
    *,
    split: Split = "train",
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    return_X_y: Literal[True],
) -> tuple[list[list[str]], list[list[str]]]: ...
def fetch_ud_english_ewt(
    *,
    split: Split = "train",
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    return_X_y: bool = False,
) -> Any:
    """Fetch the English Web Treebank: the part of speech of each word of a sentence (tagging).

    ====================  ========  =======  =======
    split                 train     dev      test
    ====================  ========  =======  =======
    n_samples, sentences  12544     2001     2077
    words                 204577    25147    25094
    words of a sentence   1 to 159  1 to 75  1 to 81
    tags                  17        17       17
    ====================  ========  =======  =======

    Parameters
    ----------
    split : {"train", "dev", "test"}, default="train"
        Which of the three published sets of sentences: to train on, to choose by, to test on.
    data_home : str or path-like, default=None
        Folder with the files ``ud_english_ewt/en_ewt-ud-train.conllu``,
        ``ud_english_ewt/en_ewt-ud-dev.conllu`` and ``ud_english_ewt/en_ewt-ud-test.conllu`` (or
        the same with ``.gz``). With None it is what :func:`get_data_home` returns.
    download_if_missing : bool, default=True
        If the file is absent, download it (14.2, 1.8 or 1.8 MB) into ``data_home``; with False
        raise a FileNotFoundError instead.
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch.

    Returns
    -------
    sentences : sklearn.utils.Bunch
        With the attributes

        - ``data``: list of n_samples lists of str, the words of each sentence as written;
        - ``target``: list of n_samples lists of str, the universal part-of-speech tag (UPOS) of
          each word;
        - ``target_names``: list of 17 str, the tags, sorted;
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
    Of the CoNLL-U files, lines that are not words of the syntax are skipped: those of ranges, as
    ``1-2`` for *don't*, which its words ``1`` and ``2`` repeat, and those of empty nodes, as
    ``8.1``.

    References
    ----------
    .. [1] N. Silveira, T. Dozat, M.-C. de Marneffe, S. Bowman, M. Connor, J. Bauer, C. Manning,
       "A Gold Standard Dependency Corpus for English", LREC 2014.
       https://aclanthology.org/L14-1067
    .. [2] Universal Dependencies, "Universal POS tags".
       https://universaldependencies.org/u/pos/

    Examples
    --------
    >>> from skrnn.datasets import fetch_ud_english_ewt
    >>> X, y = fetch_ud_english_ewt(split="dev", return_X_y=True)  # doctest: +SKIP
    >>> X[0]  # doctest: +SKIP
    ['From', 'the', 'AP', 'comes', 'this', 'story', ':']
    >>> y[0]  # doctest: +SKIP
    ['ADP', 'DET', 'PROPN', 'VERB', 'DET', 'NOUN', 'PUNCT']
    """
    check_split(split, ("train", "dev", "test"))
    content = read_data_file(
        f"ud_english_ewt/en_ewt-ud-{split}.conllu",
        dataset="UD English EWT",
        data_home=data_home,
        download_if_missing=download_if_missing,
    )
    data, target = parse_conllu(content.decode("utf-8"))
    if return_X_y:
        return data, target
    return Bunch(data=data, target=target, target_names=list(TARGET_NAMES), DESCR=DESCRIPTION)
