"""The conditions under which a check applies to an estimator and a container."""

from __future__ import annotations

from collections.abc import Callable

from sklearn.utils import get_tags

from skrnn.testing._case import Case

CheckFunction = Callable[[Case], None]
Condition = Callable[[Case], bool]

_CONDITIONS: dict[CheckFunction, Condition] = {}


def applies_to(condition: Condition) -> Callable[[CheckFunction], CheckFunction]:
    """Note the condition under which a check applies, and leave the check as it is."""

    def note(check: CheckFunction) -> CheckFunction:
        _CONDITIONS[check] = condition
        return check

    return note


def applies(check: CheckFunction, case: Case) -> bool:
    """Return whether a check applies to a case; this is known before the check runs."""
    return _CONDITIONS[check](case)


def every_case(case: Case) -> bool:
    """Apply the check to every estimator on every container."""
    return True


def has_targets(case: Case) -> bool:
    """Apply the check to estimators that learn from targets."""
    return case.kind is not None


def is_classifier(case: Case) -> bool:
    """Apply the check to estimators that give a sample a label."""
    return case.kind == "classifier"


def is_classifier_with_probabilities(case: Case) -> bool:
    """Apply the check to classifiers with ``predict_proba``."""
    return is_classifier(case) and hasattr(case.estimator, "predict_proba")


def is_tagger(case: Case) -> bool:
    """Apply the check to estimators that give a label to every timestep."""
    return case.kind == "tagger"


def is_transcriber(case: Case) -> bool:
    """Apply the check to estimators that give a text to every sample."""
    return case.kind == "transcriber"


def takes_weights(case: Case) -> bool:
    """Apply the check to estimators whose ``fit`` takes sample weights."""
    return case.takes_weights


def scores(case: Case) -> bool:
    """Apply the check to estimators with a ``score``."""
    return hasattr(case.estimator, "score")


def transforms(case: Case) -> bool:
    """Apply the check to estimators with a ``transform``."""
    return hasattr(case.estimator, "transform")


def names_its_outputs(case: Case) -> bool:
    """Apply the check to estimators that name the columns of ``transform``."""
    return transforms(case) and hasattr(case.estimator, "get_feature_names_out")


def is_seeded(case: Case) -> bool:
    """Apply the check to estimators with a ``random_state``, or with a step that has one."""
    return any(name.split("__")[-1] == "random_state" for name in case.estimator.get_params())


def reads_measurements(case: Case) -> bool:
    """Apply the check to numbers, not to token ids."""
    return not case.container.tokens


def reads_missing_values(case: Case) -> bool:
    """Apply the check to estimators whose tags say that they allow NaN."""
    return reads_measurements(case) and get_tags(case.estimator).input_tags.allow_nan


def reads_array(case: Case) -> bool:
    """Apply the check to containers that are one array of numbers."""
    return case.container.is_array


def reads_array_of_measurements(case: Case) -> bool:
    """Apply the check to containers that are one array of floats."""
    return reads_array(case) and reads_measurements(case)


def reads_padding(case: Case) -> bool:
    """Apply the check to containers with padding after the end of a sample."""
    return case.container.padding is not None


def reads_column_names(case: Case) -> bool:
    """Apply the check to containers with named columns."""
    return case.container.name == "dataframe"
