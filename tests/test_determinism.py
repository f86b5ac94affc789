"""The same seed gives the same bits, and a fit leaves the process as it found it."""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import subprocess
import sys
import threading
import warnings
from contextlib import contextmanager
from pathlib import Path

import joblib
import numpy as np
import pytest
import torch
from sklearn.model_selection import GridSearchCV, cross_val_predict
from skorch.callbacks import Callback

from skrnn import RNNClassifier, RNNRegressor
from tests.conftest import make_ragged

X, Y = make_ragged(24)
PARAMS = {"hidden_size": 5, "max_epochs": 2, "batch_size": 8, "random_state": 7}


def fingerprint(estimator) -> str:
    """Of the weights, and of what comes out: two of them are equal when every bit is."""
    digest = hashlib.sha256()
    for parameter in estimator.net_.module_.parameters():
        digest.update(parameter.detach().numpy().tobytes())
    digest.update(np.ascontiguousarray(estimator.transform(X)).tobytes())
    digest.update(np.ascontiguousarray(estimator.predict(X)).tobytes())
    return digest.hexdigest()


def wide_enough_to_be_split(**params) -> RNNClassifier:
    """A network whose products torch divides among its threads when it may.

    Without a fixed arithmetic its bits differ between 1 and 3 threads (they were tried).
    """
    return RNNClassifier(**(PARAMS | {"hidden_size": 96, "batch_size": 24} | params))


@contextmanager
def torch_threads(n_threads: int):
    before = torch.get_num_threads()
    torch.set_num_threads(n_threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)


# --------------------------------------------------------------------------------------
# same seed, same bits
# --------------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize("early_stopping", [False, True])
def test_the_same_seed_gives_the_same_bits(cell, early_stopping):
    params = PARAMS | {"cell": cell, "early_stopping": early_stopping, "validation_fraction": 0.25}
    first, second = (RNNClassifier(**params).fit(X, Y) for _ in range(2))
    assert fingerprint(first) == fingerprint(second)
    assert first.loss_curve_ == second.loss_curve_


def test_another_seed_gives_other_bits():
    prints = {
        fingerprint(RNNClassifier(**PARAMS | {"random_state": seed}).fit(X, Y)) for seed in range(3)
    }
    assert len(prints) == 3


def test_no_seed_gives_other_bits_in_every_fit():
    # under global seeds, too: None is fresh entropy.
    estimator = RNNClassifier(**PARAMS | {"random_state": None})
    prints = set()
    for _ in range(2):
        with _global_seeds(0):
            prints.add(fingerprint(estimator.fit(X, Y)))
    assert len(prints) == 2


def test_a_random_state_instance_is_advanced_by_each_fit():
    def two_fits():
        estimator = RNNClassifier(**PARAMS | {"random_state": np.random.RandomState(3)})
        return [fingerprint(estimator.fit(X, Y)) for _ in range(2)]

    first = two_fits()
    assert first[0] != first[1]
    assert two_fits() == first


@pytest.mark.parametrize("n_threads", [1, 2, 3])
def test_the_number_of_torch_threads_changes_no_bit(n_threads):
    with torch_threads(1):
        expected = fingerprint(wide_enough_to_be_split().fit(X, Y))
    with torch_threads(n_threads):
        assert fingerprint(wide_enough_to_be_split().fit(X, Y)) == expected


@pytest.mark.slow
def test_the_number_of_jobs_and_their_backend_change_no_bit():
    estimator = wide_enough_to_be_split()

    def probabilities(n_jobs):
        # loky's workers are given fewer torch threads than this process has.
        with torch_threads(3):
            return cross_val_predict(estimator, X, Y, cv=2, method="predict_proba", n_jobs=n_jobs)

    expected = probabilities(1)
    with joblib.parallel_backend("loky"):
        np.testing.assert_array_equal(probabilities(2), expected)
    with joblib.parallel_backend("threading"):
        np.testing.assert_array_equal(probabilities(2), expected)


def test_a_search_finds_the_same_with_two_threads_of_jobs():
    grid = {"hidden_size": [3, 4], "learning_rate": [0.01, 0.1]}
    results = []
    for n_jobs in (1, 2):
        search = GridSearchCV(
            RNNClassifier(**PARAMS), grid, cv=2, n_jobs=n_jobs, scoring="neg_log_loss"
        )
        with joblib.parallel_backend("threading"):
            results.append(search.fit(X, Y).cv_results_["mean_test_score"])
    np.testing.assert_array_equal(*results)


@pytest.mark.slow
def test_a_fresh_process_gives_the_same_bits():
    root = Path(__file__).resolve().parents[1]
    script = (
        "import torch; torch.set_num_threads(1)\n"
        "from tests.test_determinism import fingerprint, wide_enough_to_be_split, X, Y\n"
        "print(fingerprint(wide_enough_to_be_split().fit(X, Y)))\n"
    )
    # another seed of str's hash as well: no result may hang on the order of a set.
    environment = os.environ | {
        "PYTHONPATH": str(root),
        "PYTHONHASHSEED": "4321",
    }
    run = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    with torch_threads(3):
        assert run.stdout.strip() == fingerprint(wide_enough_to_be_split().fit(X, Y))
    assert run.stderr == ""


@contextmanager
def _default_dtype(dtype):
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


@contextmanager
def _deterministic_algorithms():
    torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(False)


@contextmanager
def _global_seeds(seed):
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()  # noqa: NPY002
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    torch.manual_seed(seed)
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])  # noqa: NPY002
        torch.set_rng_state(states[2])


SURROUNDINGS = {
    "no_grad": torch.no_grad,
    "inference_mode": torch.inference_mode,
    "default dtype float64": lambda: _default_dtype(torch.float64),
    # a device on which nothing can be computed: nothing may be put on the default device.
    "default device meta": lambda: torch.device("meta"),
    "deterministic algorithms": _deterministic_algorithms,
    "other global seeds": lambda: _global_seeds(99),
    "errors for numpy's warnings": lambda: np.errstate(all="raise"),
}


@pytest.mark.parametrize("surrounding", SURROUNDINGS)
@pytest.mark.parametrize("tokens", [False, True])
def test_what_the_caller_has_set_changes_no_bit(surrounding, tokens):
    def fit():
        if tokens:
            ids = [np.abs(x[:, 0] * 5).astype(int) + 1 for x in X]
            estimator = RNNClassifier(**PARAMS, embedding_dim=3, early_stopping=True)
            estimator.fit(ids, Y, sample_weight=np.linspace(1, 2, len(Y)))
            return estimator.transform(ids), estimator.predict_proba(ids)
        estimator = RNNRegressor(**PARAMS, num_layers=2, early_stopping=True)
        estimator.fit(X, Y, sample_weight=np.linspace(1, 2, len(Y))).partial_fit(X, Y)
        return estimator.transform(X), estimator.predict(X)

    expected = fit()
    with SURROUNDINGS[surrounding]():
        got = fit()
    for a, b in zip(got, expected, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_callback_that_predicts_while_its_net_trains_changes_no_bit():
    class Predict(Callback):
        def on_epoch_end(self, net, dataset_train, **kwargs):
            net.predict(dataset_train)
            RNNClassifier(**PARAMS | {"max_epochs": 1}).fit(X, Y).predict(X)

    # classes of a test function cannot be found by a copy: an instance can.
    with torch_threads(3):
        plain = wide_enough_to_be_split().fit(X, Y)
        watched = wide_enough_to_be_split(callbacks=[Predict()]).fit(X, Y)
    assert fingerprint(watched) == fingerprint(plain)


# --------------------------------------------------------------------------------------
# the process is left as it was
# --------------------------------------------------------------------------------------


def surroundings() -> dict:
    """Everything of a process that training could change behind the caller's back."""
    algorithm, keys, *rest = np.random.get_state()  # noqa: NPY002
    return {
        "python's random state": random.getstate(),
        "numpy's random state": (algorithm, keys.tobytes(), *rest),
        "torch's random state": torch.get_rng_state().numpy().tobytes(),
        "torch threads": torch.get_num_threads(),
        "torch threads between operations": torch.get_num_interop_threads(),
        "torch default dtype": torch.get_default_dtype(),
        "torch default device": torch.get_default_device(),
        "grad mode": torch.is_grad_enabled(),
        "inference mode": torch.is_inference_mode_enabled(),
        "deterministic algorithms": torch.are_deterministic_algorithms_enabled(),
        "anomaly detection": torch.is_anomaly_enabled(),
        "cudnn benchmark": torch.backends.cudnn.benchmark,
        "flush of denormals": float(torch.tensor([1e-40]) * 1),
        "warning filters": list(warnings.filters),
        "warning display": warnings.showwarning,
        "numpy errors": np.geterr(),
        "working directory": Path.cwd(),
        "environment": dict(os.environ),
        "threads of torch in a new thread": _in_a_new_thread(torch.get_num_threads),
    }


def _in_a_new_thread(function):
    found = []
    thread = threading.Thread(target=lambda: found.append(function()))
    thread.start()
    thread.join()
    return found[0]


class Raise(Callback):
    def __init__(self, error, epoch):
        self.error = error
        self.epoch = epoch

    def on_batch_end(self, net, training, **kwargs):
        if len(net.history) == self.epoch:
            raise self.error


ENDINGS = {
    "well": None,
    "failed": Raise(RuntimeError("disk full"), 2),
    "interrupted": Raise(KeyboardInterrupt(), 2),
    "interrupted at once": Raise(KeyboardInterrupt(), 1),
}


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("kind", [RNNClassifier, RNNRegressor])
@pytest.mark.parametrize("n_threads", [1, 2])
def test_fit_leaves_the_process_as_it_was(ending, kind, n_threads):
    callbacks = None if ENDINGS[ending] is None else [ENDINGS[ending]]
    estimator = kind(**PARAMS, callbacks=callbacks, early_stopping=True, dropout=0.5)
    with torch_threads(n_threads):
        before = surroundings()
        with contextlib.suppress(RuntimeError, KeyboardInterrupt):
            estimator.fit(X, Y)
            assert ending == "well"
        assert surroundings() == before


@pytest.mark.parametrize("method", ["predict", "predict_proba", "transform", "score"])
def test_what_follows_fit_leaves_the_process_as_it_was(method):
    estimator = RNNClassifier(**PARAMS).fit(X, Y)
    before = surroundings()
    getattr(estimator, method)(*((X, Y) if method == "score" else (X,)))
    assert surroundings() == before
    with pytest.raises(ValueError):
        estimator.predict([np.zeros((3, 7))])
    assert surroundings() == before


def test_partial_fit_leaves_the_process_as_it_was():
    before = surroundings()
    estimator = RNNClassifier(**PARAMS)
    for _ in range(2):
        estimator.partial_fit(X, Y, classes=[0, 1])
    assert surroundings() == before


def test_fits_in_threads_that_overlap_leave_the_number_of_threads_as_it_was():
    # torch gives a new thread the number that was set last, in whichever thread.
    started, go_on = threading.Event(), threading.Event()

    class Wait(Callback):
        def on_epoch_end(self, net, **kwargs):
            started.set()
            assert go_on.wait(60)

        def __deepcopy__(self, memo):
            return self  # locks have no copies

    found = {}

    def fit(name, callbacks):
        RNNClassifier(**PARAMS, callbacks=callbacks).fit(X, Y)
        found[name] = torch.get_num_threads()

    with torch_threads(2):
        first = threading.Thread(target=fit, args=("first", [Wait()]))
        first.start()
        assert started.wait(60)
        second = threading.Thread(target=fit, args=("second", None))
        second.start()
        second.join()
        go_on.set()
        first.join()
        assert found == {"first": 2, "second": 2}
        assert torch.get_num_threads() == 2
        assert _in_a_new_thread(torch.get_num_threads) == 2


# --------------------------------------------------------------------------------------
# silence
# --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [RNNClassifier, RNNRegressor])
def test_nothing_is_printed_and_no_file_written_unless_asked(kind, capfd, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    estimator = kind(**PARAMS, early_stopping=True).fit(X, Y)
    estimator.partial_fit(X, Y)
    estimator.set_params(warm_start=True, learning_rate=0.01, batch_size=4).fit(X, Y)
    estimator.score(X, Y)
    estimator.transform(X)
    said = capfd.readouterr()
    assert said.out == said.err == ""
    assert list(tmp_path.rglob("*")) == []


def test_verbose_prints_a_line_for_each_epoch(capfd, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    RNNClassifier(**PARAMS, verbose=1).fit(X, Y)
    lines = [line.split() for line in capfd.readouterr().out.splitlines()]
    assert [words[0] for words in lines if words and words[0].isdigit()] == ["1", "2"]
    assert list(tmp_path.rglob("*")) == []
