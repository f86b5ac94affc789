"""How the forecaster learns."""

from __future__ import annotations

from dataclasses import replace
from numbers import Integral
from typing import Any, ClassVar, NoReturn

import numpy as np
import torch

from skrnn._forecasting.anchors import n_anchors
from skrnn._forecasting.auto_settings import (
    auto_forecast_epochs,
    choose_window_settings,
)
from skrnn._forecasting.calendar import calendar_names, is_season, is_worth_it
from skrnn._forecasting.data import (
    ForecastData,
    refuse_other_grid,
)
from skrnn._forecasting.errors_by_series import learn_errors_by_series
from skrnn._forecasting.features import FeatureTable, PanelFeatures
from skrnn._forecasting.fitted import FittedForecaster
from skrnn._forecasting.held_out import EVEN_WEIGHT, learn_errors
from skrnn._forecasting.held_out_split import held_out_split
from skrnn._forecasting.loss_weights import refuse_weightless_windows
from skrnn._forecasting.naive_warning import warn_of_seasonal_naive
from skrnn._forecasting.networks import (
    WindowNetworks,
    loss_of_networks,
    refuse_non_counts,
    transformed,
)
from skrnn._forecasting.outliers import without_outliers
from skrnn._forecasting.row_weights import read_row_weights
from skrnn._forecasting.setting_checks import check_forecast_settings, check_refit
from skrnn._forecasting.short_series import refuse_short
from skrnn._forecasting.window_forecaster import WindowForecaster
from skrnn._forecasting.windows import (
    WINDOWS_PER_EPOCH,
    WindowShape,
    WindowSource,
    training_cutoffs,
)
from skrnn._input.columns import Columns
from skrnn._input.validation import Interval, StrOptions
from skrnn._series.panel import Panel
from skrnn._training.arithmetic import is_out_of_memory, resolve_device, resolve_seed
from skrnn._training.estimator import NetEstimator
from skrnn._training.net import RecurrentNet
from skrnn.modules.forecast_decoders import DECODERS
from skrnn.modules.forecast_model import ForecastModel
from skrnn.modules.forecast_outputs import FORECAST_LOSSES, ForecastLoss

__all__ = ["BaseForecaster"]

_BATCH_SIZE = 64


class BaseForecaster(WindowForecaster, NetEstimator):
    """Trains networks on the windows of a panel, and keeps what was learned as one object."""

    _FROZEN = (
        *("horizon", "context_length", "seasonal_period", "decoder", "segment_length"),
        *("target_transform", "past_features", "static_features", "calendar", "n_members"),
        *NetEstimator._FROZEN,
    )

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **NetEstimator._parameter_constraints,
        **WindowForecaster._parameter_constraints,
        "context_length": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "loss": [StrOptions(set(FORECAST_LOSSES))],
        "decoder": [StrOptions(set(DECODERS))],
        "segment_length": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "target_transform": [StrOptions({"log"}), None],
        "past_features": [str, Integral, "array-like", None],
        "static_features": [str, Integral, "array-like", None],
        "calendar": [str, "array-like", None],
        "n_members": [Interval(Integral, 1, None, closed="left")],
        "early_stopping": ["boolean"],
    }

    # -- fit -----------------------------------------------------------------------------

    def _learn(
        self, X: Any, y: Any, *, resume: bool, sample_weight: Any = None
    ) -> KeyboardInterrupt | None:
        """Learn from the arguments of ``fit``; ``resume`` goes on from the present networks."""
        self._check_settings()
        if resume:
            self._check_frozen_settings()
        data = self._read_training(X, y)
        weights = read_row_weights(sample_weight, X, y, data.panel)
        if resume:
            self._refuse_other_data(data)
        self._bounds.refuse_values_outside(data.panel, "y")
        refuse_non_counts(data.panel, self.loss)
        panel = transformed(data.panel, self.target_transform)
        self.cutoff_ = data.cutoff
        if resume:
            fitted = self._fitted
            source = self._source(panel, data, fitted.features, fitted.networks.shape)
            return self._train_further(data, replace(source, weights=weights))
        seed = resolve_seed(self.random_state)
        shape = self._choose_windows(without_outliers(data.panel))
        table = self._learn_features(data)
        self._remember_frozen_settings()
        source = replace(self._source(panel, data, table, shape), weights=weights)
        interruption = self._train_first(data, table, source, seed)
        if interruption is None and self.skill_ < 0:
            warn_of_seasonal_naive(self.skill_, self.seasonal_period_)
        return interruption

    def _append(self, X: Any, y: Any, *, refit: bool) -> KeyboardInterrupt | None:
        """Append newer timesteps, and train further if ``refit``."""
        check_refit(refit)
        if refit:
            self._validate_params()
            self._check_settings()
            self._check_frozen_settings()
        fitted = self._fitted
        data = self._read_newer(X, y, refit=refit)
        # Check before appending that forecasts can be made from these values and features.
        panel = transformed(data.panel, fitted.target_transform)
        source = self._source(panel, data, fitted.features, fitted.networks.shape)
        residuals = fitted.residuals_after(source)
        self.cutoff_ = data.cutoff
        if not refit:
            self._fitted = replace(fitted, data=data, residuals=residuals)
            return None
        self._fitted = replace(fitted, residuals=residuals)
        return self._train_further(data, source)

    def _check_settings(self) -> None:
        super()._check_settings()
        check_forecast_settings(self)

    def _refuse_other_data(self, data: ForecastData) -> None:
        """Raise an error unless training can go on with other data than it began with."""
        frame = data.first_features
        columns = [] if frame is None else list(frame.columns)
        expected = self._fitted.features.columns
        if columns != expected:
            raise ValueError(
                f"X: got the features {columns[:5]}, while training goes on from a fit with "
                f"{expected[:5]}. Expected the same columns in the same order. Set "
                "warm_start=False to build a new network."
            )
        refuse_other_grid(data.panel, self._fitted.data.panel.clock, "y")

    @property
    def _n_windows_of_batch(self) -> int:
        batch_size = _BATCH_SIZE if self.batch_size == "auto" else int(self.batch_size)
        return min(batch_size, WINDOWS_PER_EPOCH)

    def _choose_windows(self, panel: Panel) -> WindowShape:
        settings = choose_window_settings(
            panel,
            horizon=int(self.horizon),
            seasonal_period=self.seasonal_period,
            segment_length=1 if self.decoder == "recursive" else self.segment_length,
            context_length=self.context_length,
            batch_size=self._n_windows_of_batch,
            dtype=getattr(torch, self._weight_dtype),
            is_log=self.target_transform == "log",
            loss=self.loss,
        )
        self.seasonal_period_ = settings.seasonal_period
        self.segment_length_ = settings.segment_length
        self.context_length_ = settings.shape.context_length
        return settings.shape

    def _learn_features(self, data: ForecastData) -> FeatureTable:
        panel = data.panel
        n_positions = int(panel.last.max() - panel.first.min()) + 1
        return FeatureTable.learn(
            data.rows[0] if data.rows else None,
            past_features=self.past_features,
            static_features=self.static_features,
            calendar=calendar_names(self.calendar, panel.clock, n_positions),
        )

    def _source(
        self, panel: Panel, data: ForecastData, table: FeatureTable, shape: WindowShape
    ) -> WindowSource:
        """Return the source of training windows; ``panel`` holds the transformed values."""
        panel = without_outliers(panel, data.panel.values)
        return WindowSource(panel, self._lay_out(data, table, shape), shape)

    def _lay_out(
        self, data: ForecastData, table: FeatureTable, shape: WindowShape
    ) -> PanelFeatures:
        try:
            # Windows reach back beyond the start of a short series.
            return table.lay_out(data.panel, data.rows, 0, n_before=shape.context_length)
        except MemoryError as error:
            self._refuse_for_memory(error)

    # -- training ------------------------------------------------------------------------

    def _train_first(
        self, data: ForecastData, table: FeatureTable, source: WindowSource, seed: int
    ) -> KeyboardInterrupt | None:
        """Train without the held-out windows to learn the errors, then on all windows."""
        cutoffs = self._all_cutoffs(source)
        split = held_out_split(
            source.panel,
            horizon=int(self.horizon),
            period=self.seasonal_period_,
            share=float(self.validation_fraction),
            seed=seed,
        )
        knows_more = self.loss == "negative_binomial" or bool(table.future)
        self.skill_, self.network_weight_ = np.nan, 1.0 if knows_more else EVEN_WEIGHT
        has_held_out = len(source.weighty(split[0])) > 0 and len(split[1]) > 0
        epochs = None
        if has_held_out:
            interruption = self._train_held_out(data, table, source, seed, split)
            if interruption is None and self._doubts(table.calendar, data):
                interruption = self._judge_calendar(data, source, seed, split)
            if interruption is not None:
                return interruption
            if self._fitted.features is not table:
                table = self._fitted.features
                source = replace(source, features=self._lay_out(data, table, source.shape))
            if self.early_stopping:
                epochs = self.best_epoch_
        try:
            networks, interruption = self._train_networks(
                source, cutoffs, seed, epochs=epochs, is_repetition=has_held_out
            )
        except KeyboardInterrupt as error:
            if not has_held_out:
                raise
            return error
        networks.set_weight(self.network_weight_)
        if not has_held_out:
            self._keep(self._fitted_with(networks, data, table, seed))
        elif interruption is None:
            # Unfinished networks are worse than those trained to the end on fewer windows.
            self._keep(replace(self._fitted, networks=networks))
        return interruption

    def _train_held_out(
        self,
        data: ForecastData,
        table: FeatureTable,
        source: WindowSource,
        seed: int,
        split: tuple[np.ndarray, np.ndarray],
        *,
        is_repetition: bool = False,
    ) -> KeyboardInterrupt | None:
        """Train without the held-out windows, and learn from these how large errors are."""
        early, held_out = split
        watched = held_out if self.early_stopping else None
        networks, interruption = self._train_networks(
            source, early, seed, watched=watched, is_repetition=is_repetition
        )
        self._keep(self._fitted_with(networks, data, table, seed))
        if interruption is not None:
            return interruption
        try:
            self._learn_errors(source, held_out, early)
        except KeyboardInterrupt as error:
            return error
        return None

    def _doubts(self, names: tuple[str, ...], data: ForecastData) -> bool:
        """Whether to judge the calendar: it was not given, and shows more than the main season."""
        is_auto = isinstance(self.calendar, str) and self.calendar == "auto"
        return (
            is_auto
            and len(names) > 0
            and not is_season(names, data.panel.clock, self.seasonal_period_)
        )

    def _judge_calendar(
        self,
        data: ForecastData,
        source: WindowSource,
        seed: int,
        split: tuple[np.ndarray, np.ndarray],
    ) -> KeyboardInterrupt | None:
        """Train again without the calendar, unless interrupted; keep what has smaller errors."""
        fitted, skill, weight = self._fitted, self.skill_, self.network_weight_
        table = replace(fitted.features, calendar=())
        interruption = None
        try:
            features = self._lay_out(data, table, source.shape)
            without = replace(source, features=features)
            interruption = self._train_held_out(
                data, table, without, seed, split, is_repetition=True
            )
        except KeyboardInterrupt as error:
            interruption = error
        if interruption is not None or is_worth_it(skill, self.skill_):
            self.skill_, self.network_weight_ = skill, weight
            self._keep(fitted)
        return interruption

    def _train_further(self, data: ForecastData, source: WindowSource) -> KeyboardInterrupt | None:
        """Train the present networks on all windows of the given data."""
        fitted = self._fitted
        networks, interruption = self._train_networks(
            source,
            self._all_cutoffs(source),
            fitted.seed,
            trained=fitted.trained_networks.nets,
            is_repetition=bool(self.early_stopping),
        )
        networks.set_weight(self.network_weight_)
        residuals = None if fitted.residuals is None else fitted.residuals.learned_again()
        self._keep(replace(fitted, data=data, networks=networks, residuals=residuals))
        return interruption

    def _all_cutoffs(self, source: WindowSource) -> np.ndarray:
        cutoffs = training_cutoffs(source.panel, source.shape.horizon)
        if len(cutoffs) == 0:
            refuse_short(source.panel)
        if len(source.weighty(cutoffs)) == 0:
            refuse_weightless_windows()
        return cutoffs

    def _train_networks(
        self,
        source: WindowSource,
        cutoffs: np.ndarray,
        seed: int,
        *,
        watched: np.ndarray | None = None,
        epochs: int | None = None,
        trained: list[RecurrentNet] | None = None,
        is_repetition: bool = False,
    ) -> tuple[WindowNetworks, KeyboardInterrupt | None]:
        """Train the members one after the other.

        After an interruption, members that were not begun are left out, or left as they were.

        Parameters
        ----------
        source : WindowSource
            Where the windows come from.
        cutoffs, watched : ndarray of int
            Cutoffs of the windows to train on, and of those whose loss ends training early.
        seed : int
            Seed of the fit.
        epochs : int or None, default=None
            Epochs to train for; None takes ``max_epochs``.
        trained : list of RecurrentNet, or None, default=None
            Networks from which training goes on.
        is_repetition : bool, default=False
            Whether an earlier training has watched a validation loss: callbacks hear of that one.
        """
        trained = trained or []
        device = resolve_device(self.device)
        cutoffs = source.weighty(cutoffs)
        data = source.windows(cutoffs, device, WINDOWS_PER_EPOCH, is_smoothed=False)
        unweighted = replace(source, weights=None)
        valid = None if watched is None else unweighted.windows(watched, device, is_smoothed=False)
        nets: list[RecurrentNet] = []
        interruption = None
        for member in range(self.n_members):
            # An interrupted fit has fewer networks than it was to have.
            old = trained[member] if member < len(trained) else None
            net = self._member_net(member, source, len(cutoffs), seed, device, old)
            net.patience = int(self.n_iter_no_change) if valid is not None else None
            try:
                interruption = self._train_net(net, data, valid, epochs, is_repetition)
            except KeyboardInterrupt as error:
                if not nets:
                    raise
                interruption = error
                break
            except RuntimeError as error:
                if not is_out_of_memory(error):
                    raise
                self._refuse_for_memory(error)
            nets.append(net)
            if interruption is not None:
                break
        nets += trained[len(nets) :]
        networks = WindowNetworks(nets, source.shape, self._network_loss, self._bounds)
        return networks, interruption

    def _member_net(
        self,
        member: int,
        source: WindowSource,
        n_windows: int,
        seed: int,
        device: torch.device,
        old: RecurrentNet | None,
    ) -> RecurrentNet:
        """Build the network of a member, or renew its old one with the current settings."""
        module_params = self._module_params(source)
        training_params = self._training_params(n_windows)
        if old is not None:
            net = self._renew_net(old, module_params, training_params, loss_name=self._network_loss)
            self._renew_callbacks(net)
            return net
        net_seed = int(np.random.SeedSequence([seed, 5, member]).generate_state(1)[0])
        return self._make_net(
            ForecastModel,
            module_params,
            ForecastLoss,
            training_params,
            loss_name=self._network_loss,
            seed=net_seed,
            device=device,
        )

    @property
    def _network_loss(self) -> str:
        return loss_of_networks(self.loss, self.target_transform)

    def _module_params(self, source: WindowSource) -> dict[str, Any]:
        features, shape = source.features, source.shape
        return {
            "n_inputs": 2 + features.n_past + features.n_known,
            "n_future": features.n_known,
            "n_static": features.n_static,
            "n_anchors": n_anchors(shape.periods, is_count=shape.is_count),
            "horizon": shape.horizon,
            "decoder": self.decoder,
            "segment_length": self.segment_length_,
            "loss": self._network_loss,
            "cell": self.cell,
            "hidden_size": int(self.hidden_size),
            "num_layers": int(self.num_layers),
            "dropout": float(self.dropout),
        }

    def _training_params(self, n_windows: int) -> dict[str, Any]:
        max_epochs = self.max_epochs
        if max_epochs == "auto":
            max_epochs = auto_forecast_epochs(n_windows, self.context_length_)
        return {
            "lr": float(self.learning_rate),
            "max_epochs": int(max_epochs),
            "batch_size": self._n_windows_of_batch,
            "schedule": self.learning_rate_schedule,
            "gradient_clip": self.gradient_clip,
            "verbose": int(self.verbose),
        }

    # -- what was learned ----------------------------------------------------------------

    def _fitted_with(
        self, networks: WindowNetworks, data: ForecastData, table: FeatureTable, seed: int
    ) -> FittedForecaster:
        """Return what a first fit has learned as long as errors are unknown."""
        return FittedForecaster(
            data=data,
            features=table,
            networks=networks,
            residuals=None,
            target_transform=self.target_transform,
            validation_fraction=float(self.validation_fraction),
            seed=seed,
            columns=Columns.of_features(data.first_features),
            owner=type(self).__name__,
        )

    def _keep(self, fitted: FittedForecaster) -> None:
        self._fitted = fitted
        self.calendar_ = fitted.features.calendar
        self.nets_ = fitted.trained_networks.nets
        self.net_ = self.nets_[0]
        self._keep_history(self.net_)

    def _learn_errors(self, source: WindowSource, held_out: np.ndarray, early: np.ndarray) -> None:
        """Learn the skill, the weight and the errors of the networks from held-out windows."""
        fitted = self._fitted
        errors = learn_errors(fitted, source, held_out, self.seasonal_period_)
        self.skill_, self.network_weight_ = errors.skill, errors.network_weight
        residuals = learn_errors_by_series(
            errors.residuals, fitted.networks, source, held_out, early
        )
        self._fitted = replace(fitted, residuals=residuals)

    # -- errors and warnings -------------------------------------------------------------

    def _refuse_for_memory(self, error: BaseException) -> NoReturn:
        raise ValueError(
            f"context_length, horizon: got windows of {self.context_length_} and {self.horizon} "
            "timesteps, for which there is not enough memory. Expected batches of windows that "
            "fit. Lower them, or batch_size."
        ) from error
