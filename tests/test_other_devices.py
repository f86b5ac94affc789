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


# All estimators are trained in a process of their own, each operation a call of Python.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def lines():
    root = Path(__file__).parents[1]
    command = [sys.executable, "-m", "tests._other_device"]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=root)
    assert ended.returncode == 0, ended.stderr
    return {line["case"]: line for line in map(json.loads, ended.stdout.splitlines())}


def test_all_estimators_compute_on_another_device_what_they_do_on_a_cpu(lines):
    assert len(lines) == 17
    for line in lines.values():
        assert line["device"] == "elsewhere:0", line
        assert line["difference"] < 1e-4, line


def test_results_of_an_epoch_are_fetched_at_once(lines):
    fetched = {case: line["fetched"] for case, line in lines.items()}
    # a validation loss is fetched by itself.
    assert fetched.pop("validation data, weights") == 2
    # three updates that look at their loss: such fetches are counted.
    assert fetched.pop("a look at every loss") == 1 + 3
    # an adaptive output asks which tokens are rare.
    assert fetched.pop("language model adaptive") > 1
    # two networks are trained to weigh a linear model: an epoch and the answers of each.
    assert fetched.pop("tokens") == 1 + 2 * 2
    # windows that are held out are forecast, too.
    assert max(fetched.pop("forecaster segment"), fetched.pop("forecaster direct")) <= 4
    assert set(fetched.values()) == {1}
