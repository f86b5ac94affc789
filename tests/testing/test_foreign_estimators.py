"""Estimators of other packages pass, if they keep the conventions."""

from __future__ import annotations

import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skrnn.testing import check_sequence_estimator, parametrize_with_sequence_checks
from tests.testing.foreign import (
    LevelRegressor,
    NearestBag,
    NearestMean,
    NearestText,
    StepTagger,
    Summaries,
)


@pytest.mark.slow
@parametrize_with_sequence_checks(
    [
        (NearestMean(), ["sequences", "tables"]),
        (NearestBag(), "tokens"),
        LevelRegressor(),
        Summaries(),
        StepTagger(),
        NearestText(),
        (make_pipeline(Summaries(), StandardScaler(), LogisticRegression()), "ragged_list"),
        (make_pipeline(Summaries(), Ridge(random_state=1)), "3d_padded"),
    ],
    containers=["3d_padded", "ragged_list", "dataframe"],
    xfail_strict=True,
)
def test_an_estimator_of_another_package_passes(estimator, check):
    check(estimator)


class WithoutTags(NearestMean):
    """A classifier by its methods alone; the caller has to say so."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.estimator_type, tags.classifier_tags = None, None
        return tags


@pytest.mark.parametrize("kind", [None, "classifier"])
def test_the_caller_can_say_what_an_estimator_predicts(kind):
    names = {r["check_name"] for r in check_sequence_estimator(WithoutTags(), "3d", kind=kind)}
    assert ("check_classes_are_the_sorted_labels" in names) == (kind == "classifier")
