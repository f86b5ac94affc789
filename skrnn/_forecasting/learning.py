"""How the forecaster learns."""

from __future__ import annotations

import warnings
from numbers import Integral, Real
from typing import Any, ClassVar, NoReturn

import numpy as np
import torch

from skrnn._forecasting.anchors import n_anchors
from skrnn._forecasting.answers import ForecastAnswers
from skrnn._forecasting.auto_settings import (
    auto_context_length,
    auto_forecast_epochs,
    auto_forecast_segment_length,
)
from skrnn._forecasting.calendar import calendar_names
from skrnn._forecasting.data import (
    ForecastData,
    grow,
    read_training,
    refuse_other_grid,
)
from skrnn._forecasting.features import FeatureTable
from skrnn._forecasting.networks import WindowNetworks, refuse_no_counts, transformed
from skrnn._forecasting.residuals import MAX_WINDOWS, HeldOutWindows
from skrnn._forecasting.seasonality import (
    find_periods,
    mean_skill,
    network_weight,
    seasonal_naive,
    with_week,
)
from skrnn._forecasting.windows import (
    WINDOWS_PER_EPOCH,
    PanelFeatures,
    Windows,
    WindowShape,
    training_cutoffs,
)
from skrnn._input.validation import Interval, StrOptions
from skrnn._series.panel import Panel
from skrnn._series.rows import describe_ids
from skrnn._training.arithmetic import (
    fixed_arithmetic,
    is_out_of_memory,
    resolve_device,
    resolve_seed,
)
from skrnn._training.estimator import NetEstimator
from skrnn._training.net import RecurrentNet
from skrnn.exceptions import SeasonalNaiveWarning
from skrnn.modules.forecast_decoders import DECODERS
from skrnn.modules.forecast_model import ForecastModel
from skrnn.modules.forecast_outputs import FORECAST_LOSSES, ForecastLoss

__all__ = ["BaseForecaster"]

_BATCH_SIZE = 64


class BaseForecaster(ForecastAnswers, NetEstimator):
    """Learns the windows of a panel."""

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
        "segment_length": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
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
        if resume:
            self._refuse_other_data(data)
        refuse_no_counts(data.panel, self.loss)
        self._remember(data)
        panel = transformed(data.panel, self.target_transform)
        if not resume:
            self._seed = resolve_seed(self.random_state)
            self._learn_shape(data)
            self._remember_frozen_settings()
        try:
            features = self._lay_out(data, 0)
        except MemoryError as error:
            self._refuse_for_memory(error)
        interruption = self._train_members(panel, features, resume=resume)
        if interruption is None and not resume and self.skill_ < 0:
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
        if self.early_stopping and self.validation_fraction == 0:
            raise ValueError(
                "early_stopping: got True with validation_fraction=0, so that there is no held-out "
                "loss to watch. Expected a share to hold out. Set validation_fraction=0.2, say."
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

    def _refuse_other_data(self, data: ForecastData) -> None:
        """Raise an error unless training can go on with other data than it began with."""
        columns = list(data.rows[0].frame.columns) if data.rows else []
        if columns != self._features.columns:
            raise ValueError(
                f"X: got the features {columns[:5]}, while training goes on from a fit with "
                f"{self._features.columns[:5]}. Expected the same columns in the same order. Set "
                "warm_start=False to build a new network."
            )
        refuse_other_grid(data.panel.clock, self._data.panel.clock, "y")

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
            getattr(torch, self._weight_dtype),
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
            self.skill_, self.network_weight_, self._residuals = np.nan, 1.0, None
        if len(early) and len(held_out) and not resume:
            held_out = self._some(held_out)
            networks, interruption = self._train_networks(panel, features, early, held_out, None)
            self._keep_networks(networks)
            if interruption is not None:
                return interruption
            try:
                self._learn_errors(networks, panel, features, held_out)
            except KeyboardInterrupt as error:
                return error
            if self.early_stopping:
                epochs = self.best_epoch_
        is_first = resume or self._residuals is None
        try:
            networks, interruption = self._train_networks(
                panel, features, everything, None, epochs, resume=resume
            )
        except KeyboardInterrupt as error:
            if is_first:
                raise
            return error
        networks.set_weight(self.network_weight_)
        # networks that were trained to the end on less are better than unfinished ones.
        if interruption is None or is_first:
            self._keep_networks(networks)
        return interruption

    def _cutoffs(self, panel: Panel, stop: np.ndarray | None, *, is_future: bool) -> np.ndarray:
        return training_cutoffs(panel, int(self.horizon), stop=stop, is_future=is_future)

    def _held_out_from(self, panel: Panel) -> np.ndarray | None:
        """Return the row from which on each series' targets are held out; None for no series."""
        if self.validation_fraction == 0:
            return None
        lengths = panel.observed_lengths
        share = np.ceil(self.validation_fraction * lengths).astype(np.int64)
        n_held_out = np.maximum(share, self.horizon)
        left = lengths - n_held_out
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
        """Train the members one after the other.

        An interruption leaves out those not begun, or leaves them as they were.
        """
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
            except RuntimeError as error:
                if not is_out_of_memory(error):
                    raise
                self._refuse_for_memory(error)
            nets.append(net)
            if interruption is not None:
                break
        if resume:
            nets += self._networks.nets[len(nets) :]
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
            "n_anchors": n_anchors(self._anchor_periods),
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
        # an interrupted fit has fewer networks than it was to have.
        if resume and member < len(self._networks.nets):
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
        """Learn from held-out windows what the networks are worth, and how wide intervals are."""
        windows = Windows(panel, features, held_out, self._shape, torch.device("cpu"))
        targets = windows.targets()
        actual = targets if self.target_transform is None else np.exp(targets)
        horizon, series = int(self.horizon), windows.series

        def naive_of(period: int) -> np.ndarray:
            return seasonal_naive(self._data.panel, series, held_out, horizon, period)

        said = networks.forecast(panel, features, held_out, horizon)
        points = self._points(said)
        naive = naive_of(self.seasonal_period_)
        self.skill_ = mean_skill(actual, points, naive, np.repeat(series[:, None], horizon, 1))
        # the anchor that the networks can be drawn to, which is of another season than skill_ if
        # the main one does not fit into the context.
        naive = naive_of(self._anchor_periods[0])
        n_apart = int(np.unique(held_out // horizon).size)
        self.network_weight_ = network_weight(actual, points, naive, n_apart)
        networks.set_weight(self.network_weight_)
        said = networks.forecast(panel, features, held_out, horizon)
        if self.loss == "negative_binomial":
            scaled, scales = targets, said.scales
        else:
            scaled = (targets - said.levels[:, None]) / said.scales[:, None]
            scales = np.ones(len(held_out))
        self._residuals = HeldOutWindows(self.loss, said.parameters, scaled, scales)

    def _refuse_short(self, panel: Panel) -> None:
        longest = int(np.argmax(panel.lengths))
        name, length = describe_ids(panel.ids[[longest]]), panel.lengths[longest]
        raise ValueError(
            f"y: got {panel.n_series} series of which none has a window to learn from; the longest "
            f"one, {name}, has {length} sample(s) (timesteps). "
            "Expected at least three observed timesteps and one after them in some series, within "
            "the horizon; n_samples = 4 at least. Pass longer series, or a longer horizon where "
            "most values are missing."
        )

    def _refuse_for_memory(self, error: Exception) -> NoReturn:
        raise ValueError(
            f"context_length, horizon: got windows of {self.context_length_} and {self.horizon} "
            "timesteps, for which there is not enough memory. Expected batches of windows that "
            "fit. Lower them, or batch_size."
        ) from error

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
        if not isinstance(refit, (bool, np.bool_)):
            raise TypeError(
                f"refit: got {refit!r}. Expected True or False. Pass True to train on, or leave it "
                "out."
            )
        if refit:
            self._validate_params()
            self._check_settings()
            self._check_frozen_settings()
        data = grow(self, self._data, y, X, self._features.columns)
        refuse_no_counts(data.panel, self._networks.loss)
        # what could not be forecast from must not be appended.
        panel = transformed(data.panel, self._target_transform)
        features = self._lay_out(data, 0)
        self._remember(data)
        if not refit:
            return None
        with fixed_arithmetic():
            return self._train_members(panel, features, resume=True)
