"""Speed of fit, predict, search and forecasts beside other ways to do the same.

    python benchmarks/speed.py [--only fit ragged predict search slopes m4] [--repeats 5]

Peers that are not installed are left out: ``pip install ".[bench]"`` brings Keras, JAX and
onnxruntime, and ``".[bench-forecast]"`` neuralforecast and darts. ``m4`` reads M4 Hourly from
``--data-home`` (see ``skrnn.datasets.get_data_home``).

All peers of a line train the same network from the same weights on the same data with the same
optimizer, batch size, number of updates and type, float32, with as many threads as torch uses by
default. The runs of a repeat follow one another, so that all meet the same machine; a ratio is that
of one repeat, shown as the median of all with their range: above 1 the peer is slower. Losses are
those of the last epoch. "of peak" is the share of the rate of a product of matrices, measured in
the same run, that the multiplications of the fit reach by themselves.
"""

from __future__ import annotations

import argparse
import platform
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from _keras_peer import BACKENDS, KerasPeer
from _recurrent_peers import (
    LAYERS,
    fit_data_loader,
    fit_lists,
    fit_slices,
    initial_weights,
    network_from,
    skorch_net,
    skrnn_estimator,
)
from sklearn.model_selection import GridSearchCV

# samples, timesteps, features, units, batch size
SHAPES = [(2000, 50, 8, 64, 64), (2000, 50, 1, 32, 32), (1000, 100, 128, 256, 64)]
N_GATES = {"rnn": 1, "gru": 3, "lstm": 4}


def sequences(n_samples: int, n_timesteps: int, n_features: int) -> tuple[np.ndarray, np.ndarray]:
    """Return noise, and whether the first feature rises."""
    X = np.random.default_rng(0).normal(size=(n_samples, n_timesteps, n_features))
    return X.astype(np.float32), (X[:, :, 0].sum(axis=1) > 0).astype(np.int64)


def seconds(run: Callable[[], Any]) -> tuple[float, Any]:
    """Return how long a call took, and what it returned."""
    started = time.perf_counter()
    result = run()
    return time.perf_counter() - started, result


def ratio_in_words(peers: Any, ours: Any) -> str:
    """Return the median and the range of the ratios of the repeats."""
    ratios = np.asarray(peers) / np.asarray(ours)
    return f"{np.median(ratios):5.2f} ({ratios.min():.2f}-{ratios.max():.2f})"


def report(name: str, times: dict[str, list[float]], losses: dict[str, float], end: str) -> None:
    """Print one line: our time, and the peers' ratios and losses."""
    ours = times.pop("skrnn")
    spread = f"({min(ours):.3f}-{max(ours):.3f})"
    print(f"{name:40} {np.median(ours):7.3f} s {spread:15}{end}")
    for peer, theirs in times.items():
        loss = f"   loss {losses[peer]:.3f}, ours {losses['skrnn']:.3f}" if losses else ""
        print(f"    {peer:16} {ratio_in_words(theirs, ours)}{loss}", flush=True)


def product_rate() -> float:
    """Return the operations a second of the fastest product of matrices, on one thread."""
    from skrnn._kernels.product import multiply

    a = np.random.default_rng(0).normal(size=(256, 256)).astype(np.float32)
    out = np.empty_like(a)
    tensor = torch.from_numpy(a)
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    rates = []
    for product in (lambda: torch.mm(tensor, tensor), lambda: multiply(a[:, :], a, out, False)):
        product()
        rates.append(2 * 256**3 / min(seconds(product)[0] for _ in range(200)))
    torch.set_num_threads(n_threads)
    return max(rates)


def compare_fits(repeats: int, epochs: int) -> None:
    """Print the time of fits."""
    peak = torch.get_num_threads() * product_rate()
    print(f"\nfit: {epochs} epochs; peak {peak / 1e9:.0f} billion operations a second, all threads")
    keras = {f"Keras, {name}": KerasPeer(name) for name in BACKENDS if KerasPeer.is_installed(name)}
    for cell in LAYERS:
        for shape in SHAPES:
            n_samples, n_timesteps, n_features, n_units, batch_size = shape
            X, y = sequences(n_samples, n_timesteps, n_features)
            sizes = cell, n_features, n_units
            weights = initial_weights(*sizes)
            training = X, y, batch_size, epochs
            ways = {
                "skrnn": lambda s=sizes, t=training: skrnn_estimator(s[0], s[2], *t[2:]).fit(
                    *t[:2]
                ),
                "slicing loop": lambda w=weights, s=sizes, t=training: fit_slices(
                    network_from(w, *s), *t
                ),
                "DataLoader loop": lambda w=weights, s=sizes, t=training: fit_data_loader(
                    network_from(w, *s), *t
                ),
                "skorch": lambda w=weights, s=sizes, t=training: skorch_net(w, *s, *t[2:]).fit(
                    *t[:2]
                ),
            }
            for peer in keras.values():
                peer.ask("build", weights, cell, shape, X, y)
            times: dict[str, list[float]] = {name: [] for name in [*ways, *keras]}
            losses = {}
            for _ in range(repeats):
                for name, way in ways.items():
                    took, fitted = seconds(way)
                    times[name].append(took)
                    if name == "skrnn":
                        losses[name] = fitted.loss_curve_[-1]
                    elif name == "skorch":
                        losses[name] = fitted.history[-1, "train_loss"]
                    else:
                        losses[name] = fitted[1]
                for name, peer in keras.items():
                    took, losses[name] = peer.ask("fit", epochs)
                    times[name].append(took)
            work = 6 * n_samples * n_timesteps * N_GATES[cell] * n_units * (n_units + n_features)
            share = epochs * work / np.median(times["skrnn"]) / peak
            report(f"fit {cell} {shape}", times, losses, f"  {share:.0%} of peak")
    for peer in keras.values():
        peer.close()


def compare_ragged_fits(repeats: int, epochs: int) -> None:
    """Print the time of fits of a bidirectional LSTM on sequences of very different lengths."""
    rng = np.random.default_rng(0)
    lengths = np.clip(rng.lognormal(3.9, 0.75, size=1000).astype(int), 5, 367)
    lengths[0] = 367
    X = [rng.normal(size=(length, 8)).astype(np.float32) for length in lengths]
    y = np.array([int(x[:, 0].sum() > 0) for x in X])
    print(
        f"\nragged: {len(X)} samples, mean length {lengths.mean():.0f}, longest {lengths.max()}, 8 "
        f"features, bidirectional LSTM of 64 units, batch size 64, {epochs} epochs"
    )
    weights = initial_weights("lstm", 8, 64, bidirectional=True)

    def network() -> Any:
        return network_from(weights, "lstm", 8, 64, bidirectional=True)

    times: dict[str, list[float]] = {"skrnn": [], "PackedSequence": [], "padded batches": []}
    losses = {}
    for _ in range(repeats):
        estimator = skrnn_estimator("lstm", 64, 64, epochs, bidirectional=True)
        took, fitted = seconds(lambda e=estimator: e.fit(X, y))
        times["skrnn"].append(took)
        losses["skrnn"] = fitted.loss_curve_[-1]
        for name in ("PackedSequence", "padded batches"):
            one = network()
            forward = one.forward_packed if name == "PackedSequence" else one.forward_padded
            took, (_, losses[name]) = seconds(
                lambda n=one, f=forward: fit_lists(n, X, y, 64, epochs, f)
            )
            times[name].append(took)
    report("fit bidirectional lstm, ragged", times, losses, "")


def onnx_session(network: Any, X: np.ndarray) -> Any:
    """Return a function that predicts by onnxruntime, or None where it is not installed."""
    try:
        import onnxruntime
        import onnxscript  # noqa: F401, which torch's exporter wants
    except ImportError:
        return None
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "network.onnx")
        # a batch of two: the exporter takes a size of one for a constant
        torch.onnx.export(
            network.eval(),
            (torch.from_numpy(X[:2]),),
            path,
            dynamo=False,
            input_names=["x"],
            dynamic_axes={"x": {0: "n_samples"}},
        )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        session = onnxruntime.InferenceSession(path, options)
    return lambda X: session.run(None, {"x": X})[0].argmax(axis=1)


def compare_predictions(repeats: int) -> None:
    """Print the time of predictions, of many samples and of one."""
    print("\npredict: 50 timesteps of 8 features, 64 units")
    X, y = sequences(20_000, 50, 8)
    for cell in LAYERS:
        ours = skrnn_estimator(cell, 64, 64, 1).fit(X[:256], y[:256])
        net = skorch_net(initial_weights(cell, 8, 64), cell, 8, 64, 128, 1).fit(X[:256], y[:256])
        predictors = {"skrnn": ours.predict, "skorch": net.predict}
        by_onnx = onnx_session(net.module_, X)
        if by_onnx is not None:
            predictors["onnxruntime"] = by_onnx
        for name, part, calls in (("20,000 samples", X, 1), ("one sample", X[:1], 200)):
            times: dict[str, list[float]] = {peer: [] for peer in predictors}
            for predict in predictors.values():
                predict(part)
            for _ in range(repeats):
                for peer, predict in predictors.items():
                    took, _ = seconds(lambda p=predict, x=part, n=calls: [p(x) for _ in range(n)])
                    times[peer].append(1000 * took / calls)
            middle = np.median(times["skrnn"])
            print(f"predict {cell} {name:20} {middle:8.3f} ms")
            for peer, theirs in list(times.items())[1:]:
                print(f"    {peer:16} {ratio_in_words(theirs, times['skrnn'])}", flush=True)


def compare_searches(repeats: int, epochs: int) -> None:
    """Print the time of a grid search in two processes."""
    X, y = sequences(1000, 30, 4)
    rates, decays = [3e-4, 1e-3, 2e-3, 3e-3, 5e-3, 1e-2], [0.0, 1e-3]
    print(f"\nsearch: 12 candidates x 5 folds, 1000 x 30 x 4, GRU of 32 units, {epochs} epochs")
    ours = GridSearchCV(
        skrnn_estimator("gru", 32, 64, epochs),
        {"learning_rate": rates, "weight_decay": decays},
        cv=5,
        n_jobs=2,
        refit=False,
    )
    plain = GridSearchCV(
        skorch_net(None, "gru", 4, 32, 64, epochs, optimizer=torch.optim.AdamW),
        {"lr": rates, "optimizer__weight_decay": decays},
        cv=5,
        n_jobs=2,
        refit=False,
    )
    times: dict[str, list[float]] = {"skrnn": [], "skorch": []}
    for search in (ours, plain):
        # processes that are there already, with everything imported
        search.fit(X[:100], y[:100])
    for _ in range(repeats):
        for name, search in (("skrnn", ours), ("skorch", plain)):
            times[name].append(seconds(lambda s=search: s.fit(X, y))[0])
    report("GridSearchCV(n_jobs=2)", times, {}, "")
    print(f"    best mean accuracy {ours.best_score_:.3f}, skorch {plain.best_score_:.3f}")


def show_slopes(repeats: int) -> None:
    """Print how the time of an epoch grows, beside the straight line that fits best."""
    print("\nslopes: GRU of 64 units, 8 features, batch size 64; milliseconds an epoch")
    shapes = {
        "samples": [(n_samples, 50) for n_samples in (500, 1000, 2000, 4000, 8000)],
        "timesteps": [(500, n_timesteps) for n_timesteps in (25, 50, 100, 200, 400)],
    }
    for axis, pairs in shapes.items():
        values = np.array([pair[axis == "timesteps"] for pair in pairs])
        per_epoch = []
        for shape in pairs:
            X, y = sequences(*shape, 8)
            took = [
                seconds(lambda n=n, X=X, y=y: skrnn_estimator("gru", 64, 64, n).fit(X, y))[0]
                for _ in range(repeats)
                for n in (1, 4)
            ]
            per_epoch.append(np.median(np.diff(np.reshape(took, (-1, 2)), axis=1)) / 3 * 1000)
        per_unit, at_zero = np.polyfit(values, per_epoch, 1, w=1 / np.array(per_epoch))
        line = at_zero + per_unit * values
        shown = ", ".join(
            f"{value}: {took:.1f} ({expected:.1f})"
            for value, took, expected in zip(values, per_epoch, line, strict=True)
        )
        print(f"{axis:10} {shown}   line: {at_zero:.1f} + {per_unit:.4f} {axis}", flush=True)


def main() -> None:
    """Print the tables."""
    parts = ["fit", "ragged", "predict", "search", "slopes", "m4"]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=parts, default=parts)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--data-home", default=None)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"torch {torch.__version__}, Python {platform.python_version()}, {platform.machine()}, ")
    print(f"{torch.get_num_threads()} threads; ratios above 1: the peer is slower")
    if "fit" in options.only:
        compare_fits(options.repeats, options.epochs)
    if "ragged" in options.only:
        compare_ragged_fits(options.repeats, options.epochs)
    if "predict" in options.only:
        compare_predictions(options.repeats)
    if "search" in options.only:
        compare_searches(options.repeats, 2 * options.epochs)
    if "slopes" in options.only:
        show_slopes(options.repeats)
    if "m4" in options.only:
        from _m4_speed import compare_forecasters

        compare_forecasters(options.data_home)


if __name__ == "__main__":
    main()
