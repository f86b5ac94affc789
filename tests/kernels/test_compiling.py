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


@pytest.mark.slow
@pytest.mark.parametrize("environment", [{"NUMBA_DISABLE_JIT": "1"}, {"NUMBA_CPU_NAME": "generic"}])
def test_settings_of_numba_change_no_result(environment):
    assert in_a_new_process(RUN_A_LAYER, **environment) == in_a_new_process(RUN_A_LAYER)


@pytest.mark.slow
def test_kept_machine_code_is_not_used_for_other_sources(tmp_path):
    package = Path(product.__file__).parents[1]
    copy = tmp_path / "skrnn"
    shutil.copytree(package, copy, ignore=shutil.ignore_patterns("__pycache__"))
    # the folder that Python starts in comes first on its path
    before = in_a_new_process(RUN_A_LAYER, tmp_path)
    source = copy / "_kernels" / "gru.py"
    text = source.read_text(encoding="utf-8")
    changed = text.replace("after[j] = n[j] + z[j] * (before[j] - n[j])", "after[j] = 7.0")
    assert changed != text
    source.write_text(changed, encoding="utf-8")
    assert before == in_a_new_process(RUN_A_LAYER)
    assert in_a_new_process(RUN_A_LAYER, tmp_path) == str(7.0 * 2 * 9 * 4)
