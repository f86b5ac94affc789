"""The code in the user guide runs, prints what the pages say, and its tables tell the truth."""

from __future__ import annotations

import doctest
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


def test_every_page_is_in_the_table_of_contents():
    listed = (GUIDE / "index.rst").read_text(encoding="utf-8").split("toctree::")[1].split()
    assert {page.stem for page in PAGES} - {"index"} == set(listed[2:])


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_page_prints_what_it_says(page, pytestconfig):
    # NUMBER is pytest's own, and the pages do without it.
    names = set(pytestconfig.getini("doctest_optionflags")) - {"NUMBER"}
    flags = sum(doctest.OPTIONFLAGS_BY_NAME[name] for name in names)
    failed, attempted = doctest.testfile(
        str(page), module_relative=False, optionflags=flags, encoding="utf-8"
    )
    assert failed == 0
    assert attempted > 0 or page.stem == "index"


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
