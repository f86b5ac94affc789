"""Where the files of the ``fetch_*`` functions live."""

import os
from pathlib import Path

ENVIRONMENT_VARIABLE = "SKRNN_DATA"
DEFAULT_DATA_HOME = "~/skrnn_data"


def get_data_home(data_home: str | os.PathLike[str] | None = None) -> Path:
    """Return the folder in which the ``fetch_*`` functions look for their files.

    Parameters
    ----------
    data_home : str or path-like, default=None
        The folder to use. With None it is the one named by the environment variable
        ``SKRNN_DATA``, or ``~/skrnn_data`` where that variable is unset or empty. A leading
        ``~`` stands for the user's home folder.

    Returns
    -------
    data_home : pathlib.Path
        The folder. It need not exist.

    Notes
    -----
    The folder is not created here, unlike in scikit-learn: it comes into being with the first
    file that is downloaded into it.

    Examples
    --------
    >>> from skrnn.datasets import get_data_home
    >>> get_data_home("my_data").name
    'my_data'
    """
    if data_home is None:
        data_home = os.environ.get(ENVIRONMENT_VARIABLE) or DEFAULT_DATA_HOME
    return Path(data_home).expanduser()
