"""The code in the user guide runs, prints what the pages say, and its tables tell the truth."""

from __future__ import annotations

import doctest
import re
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from sklearn.ensemble import BaggingClassifier
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.linear_model import RANSACRegressor
from sklearn.multiclass import OneVsOneClassifier, OutputCodeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.semi_supervised import SelfTrainingClassifier

from skrnn import RNNClassifier, RNNRegressor

GUIDE = Path(__file__).resolve().parents[1] / "docs" / "guide"
PAGES = sorted(GUIDE.glob("*.rst"))


def runnable_examples(page: str) -> list[doctest.Example]:
    """Return the examples of a page; those behind ".. needs NAMES" are skipped without them."""
    examples, is_skipped = [], False
    for piece in doctest.DocTestParser().parse(page):
        if isinstance(piece, str):
            for names in re.findall(r"^\.\. needs(.*)$", piece, flags=re.MULTILINE):
                is_skipped = any(find_spec(name) is None for name in names.split())
            continue
        if is_skipped:
            piece.options[doctest.SKIP] = True
        examples.append(piece)
    return examples


def test_every_page_is_in_the_table_of_contents():
    listed = (GUIDE / "index.rst").read_text(encoding="utf-8").split("toctree::")[1].split()
    assert {page.stem for page in PAGES} - {"index"} == set(listed[2:])


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_page_prints_what_it_says(page, pytestconfig):
    # NUMBER is pytest's own, and the pages do without it.
    names = set(pytestconfig.getini("doctest_optionflags")) - {"NUMBER"}
    flags = sum(doctest.OPTIONFLAGS_BY_NAME[name] for name in names)
    examples = runnable_examples(page.read_text(encoding="utf-8"))
    test = doctest.DocTest(examples, {"__name__": "__main__"}, page.name, str(page), 0, None)
    failed, attempted = doctest.DocTestRunner(optionflags=flags).run(test)
    assert failed == 0
    assert attempted > 0 or page.stem == "index"


def test_what_needs_a_library_is_skipped_without_it():
    page = ">>> 1\n1\n\n.. needs {}\n\n>>> 2\n2\n\n.. needs\n\n>>> 3\n3\n"
    for library, expected in (("numpy", [False] * 3), ("no_such_library", [False, True, False])):
        examples = runnable_examples(page.format(library))
        assert [doctest.SKIP in example.options for example in examples] == expected


# "Behind a table" in searching.rst: timesteps and features side by side, folded back in the
# pipeline. tests/sequences/test_refused_by_scikit_learn.py shows that they refuse sequences.

N_SAMPLES = 30
TABLE = np.random.default_rng(0).normal(size=(N_SAMPLES, 12))  # 6 timesteps of 2 features
PADDED = TABLE.copy()
PADDED[::3, -4:] = np.nan
TWO, THREE = np.arange(N_SAMPLES) % 2, np.arange(N_SAMPLES) % 3
TARGETS = TABLE.sum(axis=1)
TINY = {"hidden_size": 2, "max_epochs": 2, "random_state": 0}


def fold(table):
    return np.asarray(table).reshape(len(table), -1, 2)


def folded(estimator):
    return make_pipeline(FunctionTransformer(fold), estimator(**TINY))


TOOLS = {
    "bagging": lambda: BaggingClassifier(folded(RNNClassifier), 2).fit(PADDED, TWO),
    "one against one": lambda: OneVsOneClassifier(folded(RNNClassifier)).fit(PADDED, THREE),
    "output code": lambda: OutputCodeClassifier(folded(RNNClassifier)).fit(PADDED, THREE),
    "self-training": lambda: SelfTrainingClassifier(folded(RNNClassifier)).fit(
        PADDED, np.where(np.arange(N_SAMPLES) < 5, -1, TWO)
    ),
    "RANSAC": lambda: RANSACRegressor(
        folded(RNNRegressor), min_samples=20, residual_threshold=1e3, random_state=0
    ).fit(PADDED, TARGETS),
    "permutation importance": lambda: permutation_importance(
        folded(RNNClassifier).fit(PADDED, TWO), PADDED, TWO, n_repeats=1
    ),
    "partial dependence": lambda: partial_dependence(
        folded(RNNRegressor).fit(TABLE, TARGETS), TABLE, [0]
    ),
}


@pytest.mark.parametrize("use", TOOLS.values(), ids=TOOLS.keys())
def test_a_tool_that_refuses_sequences_takes_a_folded_table(use):
    use()
