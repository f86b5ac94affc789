"""Type checkers accept what a user writes, know its types and report its mistakes."""

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import typing_script

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = Path(typing_script.__file__)

# Every line that ends in "# wrong" has to be reported, and no other.
MISTAKES = """
from pathlib import Path

import numpy as np

from skrnn import (
    RNNClassifier,
    RNNForecaster,
    RNNLanguageModel,
    RNNRegressor,
    RNNTagger,
    RNNTranscriber,
)
from skrnn.inspection import TrainingHistoryDisplay, permutation_importance
from skrnn.metrics import mase
from skrnn.preprocessing import LogMelSpectrogram, SequenceScaler, TokenEncoder, sliding_windows

X = np.zeros((4, 3))
y = [0, 1, 0, 1]
classifier = RNNClassifier(hidden_size=8).fit(X, y)

RNNClassifier(hiden_size=8)  # wrong
RNNClassifier(hidden_size="8")  # wrong
RNNClassifier(callbacks="early")  # wrong
RNNClassifier(class_weight=[1, 2])  # wrong
RNNClassifier().fit(X)  # wrong
RNNClassifier().fit(X, y, sample_wieght=y)  # wrong
RNNClassifier().fit({"a": X}, y)  # wrong
RNNClassifier().fit(Path("X.csv"), y)  # wrong
RNNTagger().fit(X)  # wrong
RNNTranscriber().fit(X)  # wrong
RNNTranscriber(language_weight="much")  # wrong
RNNRegressor(random_state="0")  # wrong
words: str = classifier.score(X, y)  # wrong
RNNForecaster(horizon=None)  # wrong
RNNForecaster().fit(X).predict(levels=[0.5])  # wrong
RNNForecaster().fit(X).predict_quantiles("median", horizont=3)  # wrong
RNNLanguageModel(analyzer="words")  # wrong
RNNLanguageModel().fit()  # wrong
TokenEncoder(analyzer=3)  # wrong
LogMelSpectrogram(mel_scale="mel")  # wrong
SequenceScaler().fit(X).transform()  # wrong
sliding_windows(X)  # wrong
mase(X, X)  # wrong
permutation_importance(classifier, X)  # wrong
TrainingHistoryDisplay.from_estimator(classifier).plot(ax="left")  # wrong
permutation_importance(classifier, X, y, scoring="accuracy").importances.shape
"""


def marked_lines(source: str) -> set[int]:
    lines = source.splitlines()
    return {number for number, line in enumerate(lines, 1) if line.endswith("# wrong")}


def run_mypy(folder: Path) -> set[tuple[str, int]]:
    """Return the file and the line of every error."""
    # "silent" is how mypy reads an installed package, whose own errors are not the user's. Imports
    # are missing for mypy where a package, such as scikit-learn, ships no type information.
    (folder / "mypy.ini").write_text(
        f"[mypy]\nmypy_path = {ROOT}\nfollow_imports = silent\nignore_missing_imports = True\n"
    )
    command = [sys.executable, "-m", "mypy", "--config-file", "mypy.ini", "--no-pretty"]
    done = subprocess.run(
        [*command, "script.py", "mistakes.py"], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    print(done.stdout)  # pytest shows it if the test fails
    found = re.findall(r"^([^:\n]+):(\d+): error:", done.stdout, re.M)
    return {(file, int(line)) for file, line in found}


def run_pyright(folder: Path) -> set[tuple[str, int]]:
    """Return the file and the line of every error."""
    config = {
        "typeCheckingMode": "standard",  # pyright's default; basedpyright's own is stricter
        "include": ["script.py", "mistakes.py"],
        "extraPaths": [str(ROOT)],
    }
    (folder / "pyrightconfig.json").write_text(json.dumps(config))
    command = [sys.executable, "-m", "basedpyright", "--project", "pyrightconfig.json"]
    done = subprocess.run(
        [*command, "--pythonpath", sys.executable, "--outputjson"],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    print(done.stdout)  # pytest shows it if the test fails
    return {
        (Path(found["file"]).name, found["range"]["start"]["line"] + 1)
        for found in json.loads(done.stdout)["generalDiagnostics"]
        if found["severity"] == "error"
    }


@pytest.fixture(scope="module", params=["mypy", "basedpyright"])
def errors(request, tmp_path_factory) -> set[tuple[str, int]]:
    """What a type checker reports of the script and of the mistakes."""
    if importlib.util.find_spec(request.param) is None:
        pytest.skip(f"{request.param} is not installed; the lint extra has it")
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "script.py").write_text(SCRIPT.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "mistakes.py").write_text(MISTAKES, encoding="utf-8")
    return run_mypy(folder) if request.param == "mypy" else run_pyright(folder)


@pytest.mark.slow
def test_type_checkers_accept_the_script_and_agree_with_its_types(errors):
    assert sorted(line for file, line in errors if file == "script.py") == []


@pytest.mark.slow
def test_type_checkers_report_every_mistake_and_nothing_else(errors):
    assert {line for file, line in errors if file == "mistakes.py"} == marked_lines(MISTAKES)


@pytest.mark.slow
def test_the_script_runs():
    typing_script.main()
