"""Whatever is trained on another device than the CPU stays there until it is done."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch.utils.backend_registration")
from torch.utils import backend_registration

if not hasattr(backend_registration, "_setup_privateuseone_for_python_backend"):
    pytest.skip("this torch lets no device be written in Python", allow_module_level=True)


@pytest.fixture(scope="module")
def lines():
    script = Path(__file__).with_name("_other_device.py")
    ended = subprocess.run([sys.executable, str(script)], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    return {line["case"]: line for line in map(json.loads, ended.stdout.splitlines())}


def test_all_estimators_compute_on_another_device_what_they_do_on_a_cpu(lines):
    assert len(lines) == 16
    for line in lines.values():
        assert line["device"] == "elsewhere:0", line
        assert line["difference"] < 1e-4, line


def test_a_device_is_waited_for_once_an_epoch(lines):
    # one epoch of several updates, and once more where a validation loss is watched.
    for case, line in lines.items():
        if "forecaster" not in case:
            assert line["fetched"] == (2 if "validation" in case else 1), line
    # windows of a panel are held out and forecast, too.
    assert all(line["fetched"] <= 4 for line in lines.values())
