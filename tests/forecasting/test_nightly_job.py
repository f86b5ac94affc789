"""The job of the gallery can be killed at any moment, and run again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "plot_nightly_job.py"


@pytest.fixture
def job(tmp_path):
    """The definitions of the script, with a folder of the test."""
    code, nights, _ = EXAMPLE.read_text(encoding="utf-8").partition("# %%\n# Ten nights.")
    assert nights
    names: dict[str, Any] = {"__name__": "nightly"}
    exec(compile(code, str(EXAMPLE), "exec"), names)
    names["folder"] = tmp_path
    return names


def arrive(names, first: int, last: int) -> str:
    newest = names["table"][first:last]
    night = f"{newest.index[-1]:%Y-%m-%d}"
    newest.to_csv(names["folder"] / f"arrived-{night}.csv")
    return night


def test_a_job_that_was_killed_comes_to_the_same_files(job, monkeypatch):
    names, folder = job, job["folder"]
    start, horizon = names["first_night"], names["HORIZON"]
    names["run"](arrive(names, 0, start))
    state = folder / "forecaster.joblib"
    before = state.read_bytes()
    night = arrive(names, start, start + horizon)
    rename = os.replace

    def killed(source, target):
        if Path(target) == state:
            raise KeyboardInterrupt
        rename(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            names["run"](night)
    assert state.read_bytes() == before
    forecast = folder / f"forecast-{night}.csv"
    written = forecast.read_bytes()
    for _ in range(2):
        names["run"](night)
        assert forecast.read_bytes() == written
    assert state.read_bytes() != before
