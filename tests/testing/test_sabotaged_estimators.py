"""Every check notices what it was written for, and no check takes the blame of another."""

from __future__ import annotations

import pytest

from skrnn.testing import check_sequence_estimator
from skrnn.testing._suite import CHECKS
from tests.testing.sabotaged import SABOTAGED


@pytest.mark.slow
@pytest.mark.parametrize(
    ("broken", "container", "noticed_by"),
    SABOTAGED,
    ids=[f"{broken.__name__}-{container}" for broken, container, _ in SABOTAGED],
)
def test_exactly_the_checks_of_a_broken_property_fail(broken, container, noticed_by):
    results = check_sequence_estimator(broken(), container, on_fail=None)
    failed = {result["check_name"] for result in results if result["status"] == "failed"}
    assert failed == set(noticed_by)


def test_every_check_has_an_estimator_that_it_fails():
    assert {noticed_by[0] for _, _, noticed_by in SABOTAGED} == set(CHECKS)


@pytest.mark.parametrize(("broken", "container", "noticed_by"), SABOTAGED[:1] + SABOTAGED[14:18])
def test_a_failure_names_the_check_and_what_it_is_for(broken, container, noticed_by):
    with pytest.raises(AssertionError) as failure:
        check_sequence_estimator(broken(), container)
    message = str(failure.value)
    assert message.startswith(f"{noticed_by[0]}[{container}]\n")
    assert "xpected" in message
    assert CHECKS[noticed_by[0]].__doc__.splitlines()[0] in message
