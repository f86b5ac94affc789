"""Compare forecasts of counts with the means that they were drawn from.

    python benchmarks/counts.py --seeds 2

For each kind of series: the mean of all forecasts as a share of the true mean; their root mean
squared error, and that of the mean of the history, in units of the true mean; the mean of sampled
paths as a share of the forecasts; and the share of true counts below and at most at the quantile
of level 0.9, which has to lie between.
"""

import argparse
import warnings

import numpy as np
import pandas as pd

from skrnn import RNNForecaster

HORIZON, LENGTH, N_NEW = 14, 400, 40
WEEK = np.array([0.6, 0.7, 0.8, 1.0, 1.3, 1.8, 0.8])
# Mean, share of days with sales, dispersion of their number, whether days of the week differ, and
# the number of series.
KINDS = {
    "intermittent": (1.29, 1 / 3, 0.0, False, 1),
    "intermittent, varied": (1.29, 1 / 3, 0.5, False, 1),
    "intermittent, week": (1.29, 1 / 3, 0.0, True, 1),
    "intermittent, large": (30.0, 0.3, 0.3, False, 1),
    "small": (0.3, 1.0, 0.0, False, 1),
    "rare": (0.15, 0.08, 0.0, False, 1),
    "week": (20.0, 1.0, 0.0, True, 1),
    "large, week": (200.0, 1.0, 0.1, True, 1),
    "panel, intermittent": (1.3, 1 / 3, 0.3, False, 30),
    "panel, week": (8.0, 1.0, 0.3, True, 30),
}


def draw(
    kind: str, n_timesteps: int, n_series: int, rng: np.random.Generator
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return counts and their means, both of shape (n_timesteps, n_series)."""
    mean, share, dispersion, has_week, _ = KINDS[kind]
    days = np.arange(n_timesteps) % 7
    means = np.outer(
        mean * (WEEK / WEEK.mean())[days] if has_week else np.full(n_timesteps, mean),
        np.ones(n_series),
    )
    rates = rng.gamma(1 / dispersion, dispersion * means / share) if dispersion else means / share
    sold = np.where(rng.random(means.shape) < share, rng.poisson(rates), 0)
    return pd.DataFrame(sold.astype(float), pd.date_range("2024-01-01", periods=n_timesteps)), means


def compare(kind: str, seed: int) -> dict[str, float]:
    """Fit series of a kind and forecast new ones."""
    rng = np.random.default_rng(seed)
    y, _ = draw(kind, LENGTH, KINDS[kind][-1], rng)
    new, means = draw(kind, LENGTH + HORIZON, N_NEW, rng)
    history, true = new[:LENGTH], means[LENGTH:]
    forecaster = RNNForecaster(HORIZON, loss="negative_binomial", random_state=seed).fit(y)
    forecast = np.asarray(forecaster.predict(history=history))
    paths = np.asarray(forecaster.sample_paths(200, history=history))
    quantile = np.asarray(forecaster.predict_quantiles(0.9, history=history))
    counts, simple = np.asarray(new[LENGTH:]), np.asarray(history).mean(axis=0)
    return {
        "mean": forecast.mean() / true.mean(),
        "error": np.sqrt(((forecast - true) ** 2).mean()) / true.mean(),
        "error of the mean": np.sqrt(((simple - true) ** 2).mean()) / true.mean(),
        "paths": paths.mean() / forecast.mean(),
        "below": (counts < quantile).mean(),
        "at most": (counts <= quantile).mean(),
    }


def main() -> None:
    """Print a table of all kinds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=1)
    n_seeds = parser.parse_args().seeds
    warnings.simplefilter("ignore")
    rows = {}
    for kind in KINDS:
        rows[kind] = pd.DataFrame([compare(kind, seed) for seed in range(n_seeds)]).mean()
    print(pd.DataFrame(rows).T.round(3).to_string())


if __name__ == "__main__":
    main()
