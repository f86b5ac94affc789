"""How an estimator learns: on a copy of itself, which it takes over whole."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Self

from sklearn.base import BaseEstimator

from skrnn._training.arithmetic import fixed_arithmetic

__all__ = ["DraftedEstimator"]


class DraftedEstimator(BaseEstimator):
    """An estimator that an error in ``fit`` leaves as it was."""

    def _fit_on_draft(
        self, learn: Callable[[Self], KeyboardInterrupt | None], *, resume: bool
    ) -> Self:
        """Learn on a copy and take it over whole, so that no failure leaves half a fit.

        Parameters
        ----------
        learn : callable
            Learns on the copy it is given; it returns the interruption, if good weights were found
            before it.
        resume : bool
            Whether the copy starts from what an earlier fit learned.
        """
        draft = copy.copy(self)
        if not resume:
            # Nothing of an earlier fit may remain, such as token ids after a fit on measurements.
            for name in [name for name in vars(draft) if name.endswith("_")]:
                delattr(draft, name)
        with fixed_arithmetic():
            interruption = learn(draft)
        for name in set(vars(self)) - set(vars(draft)):
            delattr(self, name)
        self.__dict__.update(draft.__dict__)
        if interruption is not None:
            raise interruption
        return self
