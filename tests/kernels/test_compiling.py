"""Where machine code is kept, and what makes it out of date."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from skrnn._kernels import product


def test_without_a_place_for_machine_code_it_is_compiled_in_every_process(monkeypatch):
    asked = []

    def njit(**options):
        asked.append(options.get("cache", False))
        if asked[-1]:
            raise RuntimeError("cannot cache function: no locator available")
        return lambda function: function

    monkeypatch.setattr(product, "njit", njit)
    assert product.compiled(len) is len
    assert asked == [True, False]


def in_a_new_process(code, folder=None, **environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=200,
        check=True,
    ).stdout.strip()


RUN_A_LAYER = """
import torch
from skrnn.modules import RecurrentEncoder
torch.manual_seed(0)
encoder = RecurrentEncoder(3, 4, cell="gru")
with torch.no_grad():
    print(round(float(encoder(torch.ones(2, 9, 3)).sum()), 4))
"""


@pytest.fixture(scope="module")
def as_usual():
    return in_a_new_process(RUN_A_LAYER)


@pytest.mark.slow
@pytest.mark.parametrize("environment", [{"NUMBA_DISABLE_JIT": "1"}, {"NUMBA_CPU_NAME": "generic"}])
def test_settings_of_numba_change_no_result(environment, as_usual):
    assert in_a_new_process(RUN_A_LAYER, **environment) == as_usual


# Two kernels that compile in no time, in two files, as the large ones are spread over several.
CALLED = """
from skrnn._kernels.product import compiled

@compiled
def added(a, b):
    return a + b
"""
CALLER = """
from skrnn._kernels.called import added
from skrnn._kernels.product import compiled

@compiled
def twice_added(a, b):
    return 2 * added(a, b)
"""
RUN_A_KERNEL = """
from skrnn._kernels.caller import twice_added
print(twice_added(3, 4), sum(twice_added.stats.cache_hits.values()))
"""


@pytest.mark.slow
def test_kept_machine_code_is_not_used_for_other_sources(tmp_path):
    package = Path(product.__file__).parents[1]
    kernels = tmp_path / "skrnn" / "_kernels"
    shutil.copytree(package, kernels.parent, ignore=shutil.ignore_patterns("__pycache__"))
    (kernels / "caller.py").write_text(CALLER, encoding="utf-8")
    (kernels / "called.py").write_text(CALLED, encoding="utf-8")
    # the folder that Python starts in comes first on its path
    assert in_a_new_process(RUN_A_KERNEL, tmp_path) == "14 0"
    assert in_a_new_process(RUN_A_KERNEL, tmp_path) == "14 1"
    (kernels / "called.py").write_text(CALLED.replace("a + b", "a * b"), encoding="utf-8")
    assert in_a_new_process(RUN_A_KERNEL, tmp_path) == "24 0"
