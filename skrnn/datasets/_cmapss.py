"""The C-MAPSS FD001 turbofan engine runs."""

import io
import os
from typing import Any, Literal, overload

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

from skrnn.datasets._data_files import check_split, read_data_file

ID_NAMES = ["unit", "cycle"]
FEATURE_NAMES = [f"setting_{number}" for number in range(1, 4)] + [
    f"sensor_{number}" for number in range(1, 22)
]

DESCRIPTION = """C-MAPSS FD001: simulated turbofan engines that run until they fail.

Each engine (unit) starts with its own unknown wear, works normally at first and develops a fault of
the high pressure compressor. A row is one flight (cycle): three operating settings and 21 noisy
sensors. All flights are at sea level. In the training split every run ends in failure; in the test
split a run ends some cycles before it. The target is the remaining useful life (RUL) in cycles.

Source: NASA Prognostics Center of Excellence. Public domain (a work of the US Government).
"""


@overload
def fetch_cmapss(
    *,
    split: Literal["train", "test"] = "train",
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    return_X_y: Literal[False] = False,
) -> Bunch: ...
@overload
def fetch_cmapss(
    *,
    split: Literal["train", "test"] = "train",
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    return_X_y: Literal[True],
) -> tuple[pd.DataFrame, pd.Series]: ...
def fetch_cmapss(
    *,
    split: Literal["train", "test"] = "train",
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    return_X_y: bool = False,
) -> Any:
    """Fetch the C-MAPSS FD001 engine runs with their remaining useful life (regression).

    ===============  ==========================  ==========================
    split            train                       test
    ===============  ==========================  ==========================
    units            100, each run to failure    100, each cut before it
    rows             20631                       13096
    cycles per unit  128 to 362                  31 to 303
    n_features       24                          24
    ===============  ==========================  ==========================

    Parameters
    ----------
    split : {"train", "test"}, default="train"
        Which of the two published sets of engines. They are different engines, though both are
        numbered from 1 to 100, so they cannot be had as one table.
    data_home : str or path-like, default=None
        Folder with the files ``cmapss/train_FD001.txt``, ``cmapss/test_FD001.txt`` and
        ``cmapss/RUL_FD001.txt`` (or the same with ``.gz``). With None it is what
        :func:`get_data_home` returns.
    download_if_missing : bool, default=True
        If a file is absent, download it (3.5 MB for train, 2.2 MB for test, uncompressed) into
        ``data_home``; with False raise a FileNotFoundError instead.
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch.

    Returns
    -------
    engines : sklearn.utils.Bunch
        With the attributes

        - ``data``: DataFrame with a row for every cycle of every unit, ordered by unit and
          cycle. Columns ``unit`` and ``cycle`` (int64, both from 1), then the features (float64);
        - ``target``: Series of int64 named ``rul``, one value for each row of ``data``: the
          cycles the unit still runs after that row;
        - ``final_rul``: Series of int64 named ``rul``, indexed by unit: the target at the unit's
          last row. It is 0 for every training unit; for the test units it is what the benchmark
          asks for;
        - ``feature_names``: list of 24 str, ``setting_1`` to ``setting_3`` and ``sensor_1`` to
          ``sensor_21``;
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
    The published training file has no target: it is the number of cycles up to the unit's last
    one. Published results often cap it (at 125 or 130 cycles), as an engine in its healthy phase
    shows no sign of its age; here it is not capped. The engine number is an id and the cycle a
    clock: leave ``unit`` out of the model's features. Some sensors are constant in FD001.

    References
    ----------
    .. [1] A. Saxena, K. Goebel, D. Simon, N. Eklund, "Damage Propagation Modeling for Aircraft
       Engine Run-to-Failure Simulation", International Conference on Prognostics and Health
       Management, 2008. https://doi.org/10.1109/PHM.2008.4711414

    Examples
    --------
    >>> from skrnn.datasets import fetch_cmapss
    >>> train = fetch_cmapss()  # doctest: +SKIP
    >>> train.data.shape, int(train.target.max())  # doctest: +SKIP
    ((20631, 26), 361)
    """
    check_split(split, ("train", "test"))

    def read(path: str) -> io.BytesIO:
        return io.BytesIO(
            read_data_file(
                path,
                dataset="C-MAPSS FD001",
                data_home=data_home,
                download_if_missing=download_if_missing,
            )
        )

    data = pd.read_csv(
        read(f"cmapss/{split}_FD001.txt"), sep=r"\s+", header=None, names=ID_NAMES + FEATURE_NAMES
    ).astype(dict.fromkeys(FEATURE_NAMES, np.float64))
    last_cycle = data.groupby("unit")["cycle"].max()
    if split == "train":
        final_rul = pd.Series(0, index=last_cycle.index, name="rul", dtype=np.int64)
    else:
        cycles_left = np.loadtxt(read("cmapss/RUL_FD001.txt"), dtype=np.int64)
        final_rul = pd.Series(cycles_left, index=last_cycle.index, name="rul")
    target = (data["unit"].map(last_cycle + final_rul) - data["cycle"]).rename("rul")
    if return_X_y:
        return data, target
    return Bunch(
        data=data,
        target=target,
        final_rul=final_rul,
        feature_names=list(FEATURE_NAMES),
        DESCR=DESCRIPTION,
    )
