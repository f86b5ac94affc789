"""Every nasty case has a number: the same number is the same case."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from tests.nasty.forecast_cases import forecast_case
from tests.nasty.judge import Case
from tests.nasty.sequence_cases import ESTIMATORS, sequence_case
from tests.nasty.text_cases import encoder_case, language_model_case
from tests.nasty.transformer_cases import transformer_case

SUBJECTS: dict[str, Callable[[np.random.Generator], Case]] = {
    **{kind: partial(sequence_case, kind=kind) for kind in ESTIMATORS},
    "forecaster": forecast_case,
    "language model": language_model_case,
    "encoder": encoder_case,
    "transformer": transformer_case,
}


def subject_of(seed: int) -> str:
    return list(SUBJECTS)[seed % len(SUBJECTS)]


def nasty_case(seed: int) -> Case:
    return SUBJECTS[subject_of(seed)](np.random.default_rng(seed))
