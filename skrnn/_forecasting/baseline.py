"""How a baseline is fitted: its season, and its errors on held-out windows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Self

import numpy as np
import torch

from skrnn._forecasting.auto_settings import WindowSettings, choose_window_settings
from skrnn._forecasting.data import ForecastData
from skrnn._forecasting.drift import warn_of_drift
from skrnn._forecasting.errors_by_series import learn_errors_by_series
from skrnn._forecasting.features import FeatureTable
from skrnn._forecasting.fitted import FittedForecaster, fitted_forecaster
from skrnn._forecasting.held_out import learn_errors
from skrnn._forecasting.held_out_split import held_out_split
from skrnn._forecasting.outliers import without_outliers
from skrnn._forecasting.setting_checks import check_refit, check_shared_settings
from skrnn._forecasting.window_forecaster import WindowForecaster
from skrnn._forecasting.window_rules import WindowRule
from skrnn._input.columns import Columns
from skrnn._input.validation import validated_fit
from skrnn._training.arithmetic import resolve_seed
from skrnn.typing import Features, SeriesLike

__all__ = ["BaseBaseline"]


class BaseBaseline(WindowForecaster):
    """A forecaster whose forecasts follow from a rule; ``fit`` learns how wrong it was."""

    def _rule(self, settings: WindowSettings) -> WindowRule:
        """Return the rule, and remember what it depends on."""
        raise NotImplementedError

    @validated_fit(prefer_skip_nested_validation=True)
    def fit(self, X: Features | SeriesLike | None = None, y: SeriesLike | None = None) -> Self:
        """Read the past of one series or many, and measure the errors at its end.

        Parameters
        ----------
        X : features, or the series if y is None, default=None
            As for :class:`~skrnn.RNNForecaster`, one row for each row of y. Only their times are
            read, so that a baseline can stand where a network with features stood.
        y : Series, DataFrame or array, or None, default=None
            A Series or 1-D array is one series; a DataFrame or 2-D array has a column for each; a
            Series with a (series, time) MultiIndex is a panel, whose series may start and end at
            different times. Missing rows and NaN are missing values.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError, TypeError
            If an argument cannot be used; the message names it, the value passed and the remedy.
        """
        X, y = (y, None) if X is None else (X, y)
        return self._fit_on_draft(lambda draft: draft._learn(X, y), resume=False)

    def update(
        self,
        X: Features | SeriesLike | None = None,
        y: SeriesLike | None = None,
        *,
        refit: bool = False,
    ) -> Self:
        """Append newer timesteps, which moves the cutoff.

        The timesteps that came are forecast from cutoffs before them, and the errors decide how
        wide the intervals of each series are from now on.

        Parameters
        ----------
        X : features, or the series if y is None, default=None
            As in ``fit``: features of the rows of y, if ``fit`` had features.
        y : as in ``fit``, or None, default=None
            Timesteps after the cutoff, in the form that ``fit`` saw. A panel may bring new series.
        refit : bool, default=False
            Whether to look for the season and to measure the errors again, on all timesteps.

        Returns
        -------
        self : object
            The forecaster, with a later ``cutoff_``.

        Raises
        ------
        ValueError, TypeError
            If an argument cannot be used; the message names it, the value passed and the remedy.

        Warns
        -----
        ForecastDriftWarning
            If the errors since the fit are larger than chance explains, compared with those on the
            held-out windows; see ``drift_``.
        """
        fitted_forecaster(self)
        self._update(X, y, refit=refit)
        if not refit:
            warn_of_drift(fitted_forecaster(self).drift(), "the timesteps since the fit")
        return self

    def _learn(self, X: Any, y: Any) -> None:
        check_shared_settings(self)
        self._learn_from(self._read_training(X, y))

    def _append(self, X: Any, y: Any, *, refit: bool) -> KeyboardInterrupt | None:
        check_refit(refit)
        if refit:
            self._validate_params()
            check_shared_settings(self)
        data = self._read_newer(X, y, refit=refit)
        if refit:
            self._learn_from(data)
        else:
            source = self._fitted.source(data, 0)
            source = replace(source, panel=without_outliers(source.panel))
            residuals = self._fitted.residuals_after(source)
            self.cutoff_ = data.cutoff
            self._fitted = replace(self._fitted, data=data, residuals=residuals)
        return None

    def _learn_from(self, data: ForecastData) -> None:
        self._bounds.refuse_values_outside(data.panel, "y")
        seed = resolve_seed(self.random_state)
        settings = choose_window_settings(
            without_outliers(data.panel),
            horizon=int(self.horizon),
            seasonal_period=self.seasonal_period,
            segment_length=1,
            context_length=getattr(self, "context_length", "auto"),
            batch_size=1,
            dtype=torch.float64,
            is_log=False,
            loss=WindowRule.loss,
        )
        self.seasonal_period_ = settings.seasonal_period
        self.cutoff_ = data.cutoff
        fitted = FittedForecaster(
            data=data,
            features=FeatureTable.of_unread(data.rows[0] if data.rows else None),
            networks=self._rule(settings),
            residuals=None,
            target_transform=None,
            validation_fraction=float(self.validation_fraction),
            seed=seed,
            columns=Columns.of_features(data.first_features),
            owner=type(self).__name__,
        )
        self._fitted = self._with_errors(fitted)

    def _with_errors(self, fitted: FittedForecaster) -> FittedForecaster:
        """Set the skill, and return what was learned with the errors on held-out windows."""
        source = fitted.source(fitted.data, 0)
        source = replace(source, panel=without_outliers(source.panel))
        early, held_out = held_out_split(
            source.panel,
            horizon=int(self.horizon),
            period=self.seasonal_period_,
            share=float(self.validation_fraction),
            seed=fitted.seed,
        )
        self.skill_ = np.nan
        if len(held_out) == 0:
            return fitted
        errors = learn_errors(fitted, source, held_out, self.seasonal_period_)
        self.skill_ = errors.skill
        residuals = learn_errors_by_series(
            errors.residuals, fitted.networks, source, held_out, early
        )
        return replace(fitted, residuals=residuals)
