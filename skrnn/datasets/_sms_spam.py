"""The SMS Spam Collection."""

import os
from typing import Any, Literal, overload

import numpy as np
import numpy.typing as npt
from sklearn.utils import Bunch

from skrnn.datasets._data_files import read_data_file

TARGET_NAMES = ["ham", "spam"]

DESCRIPTION = """The SMS Spam Collection.

5574 text messages in English, each marked by hand as spam (747) or ham, that is legitimate (4827).
The messages come from a British forum on which mobile phone users reported spam, from the NUS SMS
Corpus of Singapore, from a PhD thesis and from an earlier spam corpus. Some of them occur more than
once. HTML entities such as &lt; and &amp; stand in the published texts and are left as they are.

Licence: Creative Commons Attribution 4.0 (CC BY 4.0).
"""


@overload
def fetch_sms_spam(
    *,
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    return_X_y: Literal[False] = False,
) -> Bunch: ...
@overload
def fetch_sms_spam(
    *,
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    return_X_y: Literal[True],
) -> tuple[list[str], npt.NDArray[np.int64]]: ...
def fetch_sms_spam(
    *,
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    return_X_y: bool = False,
) -> Any:
    """Fetch the SMS Spam Collection: text messages, spam or not (classification).

    ===============  ==============================
    n_samples        5574 texts
    classes          2: ham (4827), spam (747)
    published split  none
    ===============  ==============================

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder with the file ``sms_spam/SMSSpamCollection`` (or the same with ``.gz``). With None
        it is what :func:`get_data_home` returns.
    download_if_missing : bool, default=True
        If the file is absent, download it (0.5 MB) into ``data_home``; with False raise a
        FileNotFoundError instead.
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch.

    Returns
    -------
    messages : sklearn.utils.Bunch
        With the attributes

        - ``data``: list of 5574 str, the messages in the order of the published file;
        - ``target``: int64 array of shape (5574,), 0 for ham and 1 for spam;
        - ``target_names``: list of str, ``["ham", "spam"]``;
        - ``DESCR``: str, what the data is.

    (data, target) : tuple, if ``return_X_y`` is True
        The first two attributes.

    Raises
    ------
    OSError
        If the file is absent and cannot, or must not, be downloaded, or if it is not the
        published file.

    Notes
    -----
    Some messages occur several times. A random split puts copies on both sides; group by text
    where that matters.

    References
    ----------
    .. [1] T. A. Almeida, J. M. Gómez Hidalgo, A. Yamakami, "Contributions to the Study of SMS
       Spam Filtering: New Collection and Results", ACM DocEng 2011.
       https://doi.org/10.1145/2034691.2034742
    .. [2] UCI Machine Learning Repository, "SMS Spam Collection".
       https://doi.org/10.24432/C5CC84

    Examples
    --------
    >>> from skrnn.datasets import fetch_sms_spam
    >>> texts, y = fetch_sms_spam(return_X_y=True)  # doctest: +SKIP
    >>> len(texts), int(y.sum())  # doctest: +SKIP
    (5574, 747)
    """
    content = read_data_file(
        "sms_spam/SMSSpamCollection",
        dataset="SMS Spam Collection",
        data_home=data_home,
        download_if_missing=download_if_missing,
    )
    # Not splitlines(): it would also cut at rarer line separators inside a message.
    lines = content.decode("utf-8").removesuffix("\n").split("\n")
    names, data = zip(*(line.split("\t", maxsplit=1) for line in lines), strict=True)
    target = np.array([TARGET_NAMES.index(name) for name in names], dtype=np.int64)
    if return_X_y:
        return list(data), target
    return Bunch(data=list(data), target=target, target_names=list(TARGET_NAMES), DESCR=DESCRIPTION)
