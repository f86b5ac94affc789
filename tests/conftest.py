"""Fixtures that several test files share."""

from __future__ import annotations

import gc
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import is_hypothesis_test, settings

# Helpers beside the test files assert too: let a failure show the values.
_WINGS = [path.parent.name for path in Path(__file__).parent.glob("*/__init__.py")]
pytest.register_assert_rewrite("tests.refusals", *(f"tests.{wing}" for wing in _WINGS))

# How long Hypothesis searches: the environment variable HYPOTHESIS_PROFILE names the profile.
# "quick" is for every day and draws new examples each time, "ci" draws the same ones each time,
# and "thorough" is for hunting. No example has a deadline: the machine may be busy.
settings.register_profile("quick", max_examples=20, deadline=None)
settings.register_profile("ci", max_examples=30, deadline=None, derandomize=True)
settings.register_profile("thorough", max_examples=1000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

# One thread is what fit and predict use anyway; idle pools would only fight with n_jobs=2.
torch.set_num_threads(2)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile the kernels of new sources once, before all workers do so at the same time."""
    is_worker = hasattr(session.config, "workerinput")
    has_workers = not is_worker and getattr(session.config.option, "numprocesses", None)
    kernels = Path(__file__).resolve().parents[1] / "skrnn" / "_kernels"
    if not has_workers or "NUMBA_CACHE_DIR" in os.environ or not os.access(kernels, os.W_OK):
        return
    sources = b"".join(path.read_bytes() for path in sorted(kernels.glob("*.py")))
    stamp = kernels / "__pycache__" / f"tests-{hashlib.sha256(sources).hexdigest()[:16]}"
    if stamp.exists():
        return
    command = [sys.executable, "-W", "ignore", "-m", "tests.compile_kernels"]
    running = [
        subprocess.Popen([*command, dtype], cwd=kernels.parents[1])
        for dtype in ("float32", "float64")
    ]
    if not any([process.wait() for process in running]):
        stamp.parent.mkdir(exist_ok=True)
        stamp.touch()


@pytest.fixture(scope="session")
def data_home() -> Path:
    """Folder of the published files, laid out like a data_home.

    It is the folder that the environment variable SKRNN_TEST_DATA names, or else shared/data
    beside the checkout.
    """
    beside_the_checkout = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("SKRNN_TEST_DATA") or beside_the_checkout)
    if not (folder / "MANIFEST.tsv").exists():
        pytest.skip(f"the published files are not in {folder}; set SKRNN_TEST_DATA")
    return folder


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests of published files as slow, and measure the coverage of single quick cases alone.

    Published files are megabytes that change on no day. The tests of every day are those that must
    reach every line. Hypothesis goes over the same lines a hundred times, and the promises of the
    whole package, at the top of the tests, over those of all estimators: measuring would make all
    of these half as slow again.
    """
    top = Path(__file__).parent
    for item in items:
        if "data_home" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)
        is_repeated = item.path.parent == top or is_hypothesis_test(getattr(item, "obj", None))
        if item.get_closest_marker("slow") or is_repeated:
            item.add_marker(pytest.mark.no_cover)


def make_ragged(n_samples: int = 40, n_features: int = 2, seed: int = 0):
    """Sequences of 4 to 9 timesteps whose drift tells the class."""
    rng = np.random.default_rng(seed)
    y = np.arange(n_samples) % 2
    drift = np.where(y == 1, 1.0, -1.0)
    X = [rng.normal(size=(rng.integers(4, 10), n_features)).cumsum(axis=0) * 0.3 + d for d in drift]
    return X, y


def pad(sequences: list[np.ndarray], width: int | None = None) -> np.ndarray:
    """Pad ragged sequences with NaN to a 3-D array."""
    width = max(len(x) for x in sequences) if width is None else width
    padded = np.full((len(sequences), width, sequences[0].shape[1]), np.nan)
    for row, x in zip(padded, sequences, strict=True):
        row[: len(x)] = x
    return padded


@pytest.fixture(scope="session")
def ragged():
    """Forty ragged sequences of two features and two classes."""
    return make_ragged()


@pytest.fixture(scope="session")
def small() -> dict:
    """Parameters of a network that trains in a moment."""
    return {"hidden_size": 6, "max_epochs": 4, "batch_size": 16, "random_state": 0}


def pytest_collection_finish(session: pytest.Session) -> None:
    """Spare the garbage collector what lives as long as the session: most of all objects."""
    gc.collect()
    gc.freeze()
