"""How the forecaster learns, and how it turns what is asked for into windows of its networks."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted

from skrnn._arithmetic import fixed_arithmetic, resolve_device, resolve_seed
from skrnn._auto_settings import (
    auto_context_length,
    auto_forecast_epochs,
    auto_forecast_segment_length,
)
from skrnn._calendar import calendar_names
from skrnn._forecast_data import ForecastData, grow, read_history, read_training
from skrnn._forecast_features import FeatureTable
from skrnn._forecast_requests import ForecastRequest, request_ahead
from skrnn._forecast_rows import refuse_missing_features, request_of_rows
from skrnn._forecast_windows import (
    WINDOWS_PER_EPOCH,
    PanelFeatures,
    Windows,
    WindowShape,
    training_cutoffs,
)
from skrnn._net_estimator import NetEstimator
from skrnn._panel import Panel
from skrnn._panel_growth import moved_rows, with_room
from skrnn._residuals import MAX_WINDOWS, HeldOutWindows
from skrnn._seasonality import find_periods, mean_skill, seasonal_naive, with_week
from skrnn._training import RecurrentNet
from skrnn._validation import Interval, StrOptions
from skrnn._window_networks import WindowForecasts, WindowNetworks, transformed
from skrnn.exceptions import SeasonalNaiveWarning
from skrnn.modules.forecast_decoders import DECODERS
from skrnn.modules.forecast_model import ForecastModel
from skrnn.modules.forecast_outputs import FORECAST_LOSSES, QUANTILE_LEVELS, ForecastLoss

__all__ = ["BaseForecaster"]

_BATCH_SIZE = 64


class BaseForecaster(NetEstimator):
    """Learns windows of a panel; answers requests for timesteps."""

    _residuals: HeldOutWindows | None

    _FROZEN = (
        *("horizon", "context_length", "seasonal_period", "decoder", "segment_length"),
        *("target_transform", "past_features", "static_features", "calendar", "n_members"),
        *NetEstimator._FROZEN,
    )

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **NetEstimator._parameter_constraints,
        "horizon": [Interval(Integral, 1, None, closed="left")],
        "context_length": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "seasonal_period": [
            StrOptions({"auto"}),
            Interval(Integral, 1, None, closed="left"),
            tuple,
            list,
        ],
        "loss": [StrOptions(set(FORECAST_LOSSES))],
        "decoder": [StrOptions(set(DECODERS))],
        "target_transform": [StrOptions({"log"}), None],
        "past_features": [str, Integral, "array-like", None],
        "static_features": [str, Integral, "array-like", None],
        "calendar": [str, "array-like", None],
        "n_members": [Interval(Integral, 1, None, closed="left")],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="left")],
    }

    # -- fit -----------------------------------------------------------------------------

    def _learn(self, X: Any, y: Any, *, resume: bool) -> KeyboardInterrupt | None:
        self._check_settings()
        if resume:
            self._check_frozen_settings()
        data = read_training(self, X, y)
        _refuse_negative_counts(data.panel, self.loss)
        self._remember(data)
        panel = transformed(data.panel, self.target_transform)
        if not resume:
            self._seed = resolve_seed(self.random_state)
            self._learn_shape(data)
            self._remember_frozen_settings()
        features = self._lay_out(data, 0)
        interruption = self._train_members(panel, features, resume=resume)
        if interruption is None and self.skill_ < 0:
            self._warn_of_seasonal_naive()
        return interruption

    def _check_settings(self) -> None:
        super()._check_settings()
        for period in self._given_periods():
            if not isinstance(period, Integral) or isinstance(period, bool) or period < 1:
                raise ValueError(
                    f"seasonal_period: got {self.seasonal_period!r}. Expected 'auto', an integer "
                    "of 1 or more, or several of them, the main one first. Pass the number of "
                    "timesteps of a season, 12 for months of years, say; 1 for none."
                )
        if self.decoder == "recursive" and self.segment_length not in ("auto", 1):
            raise ValueError(
                f"segment_length: got {self.segment_length} with decoder='recursive', which goes "
                "on timestep by timestep. Expected 'auto' or 1. Leave it out, or take "
                "decoder='segment'."
            )
        if self.target_transform is not None and self.loss == "negative_binomial":
            raise ValueError(
                f"target_transform: got {self.target_transform!r} with loss='negative_binomial', "
                "which is about counts. Expected None. Leave it out, or take another loss."
            )

    def _given_periods(self) -> tuple[Any, ...]:
        if isinstance(self.seasonal_period, str):
            return ()
        if isinstance(self.seasonal_period, (tuple, list)):
            return tuple(self.seasonal_period) or (None,)
        return (self.seasonal_period,)

    def _remember(self, data: ForecastData) -> None:
        self._data = data
        self.cutoff_ = data.cutoff

    def _learn_shape(self, data: ForecastData) -> None:
        panel = data.panel
        if self.seasonal_period == "auto":
            periods = find_periods(panel)
        else:
            periods = tuple(int(period) for period in self._given_periods())
            if len(periods) == 1:
                periods = with_week(panel, periods[0])
        longest = int(panel.lengths.max())
        if self.decoder == "recursive":
            segment_length = 1
        elif self.segment_length == "auto":
            segment_length = auto_forecast_segment_length(periods[0], self.horizon, longest)
        else:
            segment_length = int(self.segment_length)
        if self.context_length == "auto":
            context_length = auto_context_length(periods, self.horizon, longest)
        else:
            context_length = int(self.context_length)
        self.segment_length_ = segment_length
        self.context_length_ = -(-context_length // segment_length) * segment_length
        # a season that does not fit into the context cannot be repeated.
        fitting = tuple(period for period in periods if period <= self.context_length_)
        self.seasonal_period_ = periods[0]
        self._anchor_periods = fitting or (1,)
        n_positions = int(panel.last.max() - panel.first.min()) + 1
        self._features = FeatureTable.learn(
            data.rows[0] if data.rows else None,
            past_features=self.past_features,
            static_features=self.static_features,
            calendar=calendar_names(self.calendar, panel.clock, n_positions),
        )

    @property
    def _shape(self) -> WindowShape:
        return WindowShape(
            self.context_length_,
            int(self.horizon),
            self._anchor_periods,
            getattr(torch, self.dtype),
        )

    def _train_members(
        self, panel: Panel, features: PanelFeatures, *, resume: bool
    ) -> KeyboardInterrupt | None:
        """Train without the held-out windows to learn the errors, then on all windows."""
        everything = self._cutoffs(panel, None, is_future=False)
        if len(everything) == 0:
            self._refuse_short(panel)
        stop = self._held_out_from(panel)
        early = self._cutoffs(panel, stop, is_future=False) if stop is not None else everything
        held_out = self._cutoffs(panel, stop, is_future=True) if stop is not None else early[:0]
        epochs = None
        if not resume:
            self.skill_, self._residuals = np.nan, None
        if len(early) and len(held_out) and not resume:
            held_out = self._some(held_out)
            networks, interruption = self._train_networks(panel, features, early, held_out, None)
            self._keep_networks(networks)
            if interruption is not None:
                return interruption
            self._learn_errors(networks, panel, features, held_out)
            if self.early_stopping:
                epochs = self.best_epoch_
        networks, interruption = self._train_networks(
            panel, features, everything, None, epochs, resume=resume
        )
        if interruption is None or self._residuals is None:
            self._keep_networks(networks)
        return interruption

    def _cutoffs(self, panel: Panel, stop: np.ndarray | None, *, is_future: bool) -> np.ndarray:
        return training_cutoffs(panel, int(self.horizon), stop=stop, is_future=is_future)

    def _held_out_from(self, panel: Panel) -> np.ndarray | None:
        """Return the row from which on each series' targets are held out; None for no series."""
        if self.validation_fraction == 0:
            return None
        share = np.ceil(self.validation_fraction * panel.lengths).astype(np.int64)
        n_held_out = np.maximum(share, self.horizon)
        left = panel.lengths - n_held_out
        can_spare = left >= max(int(self.horizon), self.seasonal_period_) + 3
        if not can_spare.any():
            return None
        return panel.stops - np.where(can_spare, n_held_out, 0)

    def _some(self, cutoffs: np.ndarray) -> np.ndarray:
        if len(cutoffs) <= MAX_WINDOWS:
            return cutoffs
        rng = np.random.default_rng(np.random.SeedSequence([self._seed, 4]))
        return np.sort(rng.choice(cutoffs, MAX_WINDOWS, replace=False))

    def _train_networks(
        self,
        panel: Panel,
        features: PanelFeatures,
        cutoffs: np.ndarray,
        watched: np.ndarray | None,
        epochs: int | None,
        *,
        resume: bool = False,
    ) -> tuple[WindowNetworks, KeyboardInterrupt | None]:
        """Train the members one after the other; an interruption leaves out those not begun."""
        device = resolve_device(self.device)
        data = Windows(panel, features, cutoffs, self._shape, device, WINDOWS_PER_EPOCH)
        valid = None
        if watched is not None and self.early_stopping:
            valid = Windows(panel, features, watched, self._shape, device)
        nets: list[RecurrentNet] = []
        interruption = None
        for member in range(self.n_members):
            net = self._member_net(member, features, len(cutoffs), device, resume=resume)
            net.patience = int(self.n_iter_no_change) if valid is not None else None
            try:
                interruption = self._train_net(net, data, valid, epochs)
            except KeyboardInterrupt as error:
                if not nets:
                    raise
                interruption = error
                break
            nets.append(net)
            if interruption is not None:
                break
        return WindowNetworks(nets, self._shape, self.loss), interruption

    def _member_net(
        self,
        member: int,
        features: PanelFeatures,
        n_windows: int,
        device: torch.device,
        *,
        resume: bool,
    ) -> RecurrentNet:
        module_params = {
            "n_inputs": 2 + features.n_past + features.n_known,
            "n_future": features.n_known,
            "n_static": features.n_static,
            "n_anchors": 1 + 2 * sum(period > 1 for period in self._anchor_periods),
            "horizon": int(self.horizon),
            "decoder": self.decoder,
            "segment_length": self.segment_length_,
            "loss": self.loss,
            "cell": self.cell,
            "hidden_size": int(self.hidden_size),
            "num_layers": int(self.num_layers),
            "dropout": float(self.dropout),
        }
        max_epochs = self.max_epochs
        if max_epochs == "auto":
            max_epochs = auto_forecast_epochs(n_windows)
        batch_size = _BATCH_SIZE if self.batch_size == "auto" else int(self.batch_size)
        training_params = {
            "lr": float(self.learning_rate),
            "max_epochs": int(max_epochs),
            "batch_size": min(batch_size, WINDOWS_PER_EPOCH),
            "schedule": self.learning_rate_schedule,
            "gradient_clip": self.gradient_clip,
            "verbose": int(self.verbose),
        }
        if resume:
            net = self._renew_net(
                self._networks.nets[member], module_params, training_params, loss_name=self.loss
            )
            self._renew_callbacks(net)
            return net
        seed = int(np.random.SeedSequence([self._seed, 5, member]).generate_state(1)[0])
        return self._make_net(
            ForecastModel,
            module_params,
            ForecastLoss,
            training_params,
            loss_name=self.loss,
            seed=seed,
            device=device,
        )

    def _keep_networks(self, networks: WindowNetworks) -> None:
        self._networks = networks
        self.nets_ = networks.nets
        self.net_ = networks.nets[0]
        self._keep_history(self.net_)

    def _learn_errors(
        self, networks: WindowNetworks, panel: Panel, features: PanelFeatures, held_out: np.ndarray
    ) -> None:
        """Learn from held-out windows how wide intervals are, and what the networks are worth."""
        said = networks.forecast(panel, features, held_out, int(self.horizon))
        windows = Windows(panel, features, held_out, self._shape, torch.device("cpu"))
        targets = windows.targets()
        if self.loss == "negative_binomial":
            scaled, scales = targets, said.scales
        else:
            scaled = (targets - said.levels[:, None]) / said.scales[:, None]
            scales = np.ones(len(held_out))
        self._residuals = HeldOutWindows(self.loss, said.parameters, scaled, scales)
        raw = self._data.panel
        naive = seasonal_naive(raw, windows.series, held_out, self.horizon, self.seasonal_period_)
        actual = targets if self.target_transform is None else np.exp(targets)
        self.skill_ = mean_skill(
            actual, self._points(said), naive, np.repeat(windows.series[:, None], self.horizon, 1)
        )

    def _refuse_short(self, panel: Panel) -> None:
        longest = int(np.argmax(panel.lengths))
        raise ValueError(
            f"y: got {panel.n_series} series of which none has a window to learn from; the longest "
            f"one, {panel.ids[longest]!r}, has {panel.lengths[longest]} sample(s) (timesteps). "
            "Expected at least three observed timesteps and one after them in some series, "
            "n_samples = 4 at least. Pass longer series."
        )

    def _warn_of_seasonal_naive(self) -> None:
        period = self.seasonal_period_
        simple = "the last value" if period == 1 else f"the last {period} timesteps"
        warnings.warn(
            f"On the held-out windows the forecast is no better than repeating {simple}: skill_ is "
            f"{self.skill_:.3f}, where 0 is as good. Consider that forecast instead, or more "
            "history, features known in advance, or another seasonal_period.",
            SeasonalNaiveWarning,
            stacklevel=6,
        )

    def _grow(self, y: Any, X: Any, *, refit: bool) -> KeyboardInterrupt | None:
        """Append newer timesteps, and go on training if wanted."""
        self._remember(grow(self, self._data, y, X, self._features.columns))
        if not refit:
            return None
        with fixed_arithmetic():
            panel = transformed(self._data.panel, self.target_transform)
            return self._train_members(panel, self._lay_out(self._data, 0), resume=True)

    # -- what is asked for ---------------------------------------------------------------

    def _lay_out(self, data: ForecastData, n_ahead: int) -> PanelFeatures:
        return self._features.lay_out(data.panel, data.rows, n_ahead)

    def _request(
        self, X: Any, horizon: int | None, history: Any, X_history: Any
    ) -> tuple[ForecastRequest, ForecastData]:
        """Say which timesteps are asked for, and what may be looked at."""
        check_is_fitted(self, "net_")
        data = read_history(self, self._data, history, X_history, self._features.columns)
        if X is None:
            _refuse_wrong_horizon(horizon)
            n_ahead = int(self.horizon if horizon is None else horizon)
            return request_ahead(data.panel, n_ahead), data
        if horizon is not None:
            raise ValueError(
                f"horizon: got {horizon} beside X, whose rows say what to forecast. Expected one "
                "of them. Leave horizon out, or pass as many rows of X as wanted."
            )
        request, rows = request_of_rows(self, X, data, is_history=history is not None)
        if rows is not None:
            data = ForecastData(data.panel, [*data.rows, rows], data.given)
        return request, data

    def _forecast(self, request: ForecastRequest, data: ForecastData) -> WindowForecasts:
        n_ahead = request.n_steps + int(self.horizon)
        cutoffs = request.cutoffs
        if self._features.future:
            refuse_missing_features(request, data)
            if data.panel.layout.rows_are_panel:
                # features of the future need rows to stand on.
                roomy = with_room(data.panel, n_ahead)
                cutoffs = moved_rows(data.panel, roomy)[cutoffs]
                data = ForecastData(roomy, data.rows, data.given)
        panel = transformed(data.panel, self.target_transform)
        features = self._lay_out(data, n_ahead)
        with fixed_arithmetic():
            return self._networks.forecast(panel, features, cutoffs, request.n_steps)

    def _points(self, said: WindowForecasts) -> np.ndarray:
        """Return one number for each timestep on the scale of y, shape (n_windows, n_steps)."""
        if self.loss == "negative_binomial":
            return said.parameters[..., 0]
        column = len(QUANTILE_LEVELS) // 2 if self.loss == "quantile" else 0
        return self._on_data_scale(said.parameters[..., column], said)

    def _on_data_scale(self, values: np.ndarray, said: WindowForecasts) -> np.ndarray:
        shape = (-1,) + (1,) * (values.ndim - 1)
        values = values * said.scales.reshape(shape) + said.levels.reshape(shape)
        return values if self.target_transform is None else np.exp(values)

    def _distribution(self, said: WindowForecasts, draw: Callable[..., np.ndarray]) -> np.ndarray:
        """Return quantiles or paths on the scale of y; ``draw`` makes them on that of windows."""
        if self._residuals is None:
            raise ValueError(
                "validation_fraction: no windows were held out in fit "
                f"(validation_fraction={self.validation_fraction}, or series too short), so that "
                "nothing is known about errors. Expected series longer than two horizons and two "
                "seasons. Pass a validation_fraction above 0, or longer series."
            )
        if self.loss == "negative_binomial":
            values = draw(self._residuals, said.parameters, said.scales)
            return np.maximum(np.round(values), 0.0)
        values = draw(self._residuals, said.parameters, np.ones(len(said.scales)))
        return self._on_data_scale(values, said)

    def _means(self, data: ForecastData) -> np.ndarray:
        """Return the mean of each series, what is said where nothing came before."""
        panel = data.panel
        sums = np.add.reduceat(np.nan_to_num(panel.values), panel.starts)
        return sums / np.add.reduceat((~np.isnan(panel.values)).astype(np.int64), panel.starts)


def _refuse_wrong_horizon(horizon: Any) -> None:
    is_number = isinstance(horizon, Integral) and not isinstance(horizon, bool)
    if horizon is not None and not (is_number and horizon >= 1):
        raise ValueError(
            f"horizon: got {horizon!r}. Expected an integer of 1 or more, the number of timesteps "
            "to forecast. Leave it out to forecast as many as in training."
        )


def _refuse_negative_counts(panel: Panel, loss: str) -> None:
    if loss == "negative_binomial" and np.nanmin(panel.values) < 0:
        row = int(np.nanargmin(panel.values))
        series = int(np.searchsorted(panel.starts, row, side="right")) - 1
        raise ValueError(
            f"loss: got 'negative_binomial', while the series {panel.ids[series]!r} has the value "
            f"{panel.values[row]:g}. Expected counts of 0 or more. Take loss='student_t'."
        )
