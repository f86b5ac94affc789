"""What a GPU has to do. Skipped where there is none, but for what a CPU can show as well."""

import pickle
from contextlib import contextmanager, nullcontext

import numpy as np
import pytest
import torch

from skrnn import (
    RNNClassifier,
    RNNForecaster,
    RNNLanguageModel,
    RNNRegressor,
    RNNTagger,
    RNNTranscriber,
)
from skrnn._kernels.torch_recurrence import _lay_end_to_end
from skrnn._training.cuda_graph import UpdateRecorder, _Recording
from skrnn._training.net import RecurrentNet
from skrnn.datasets import load_air_passengers

rng = np.random.default_rng(0)
X = [rng.normal(size=(length, 3)).astype(np.float32) for length in rng.integers(4, 30, size=60)]
Y = np.array([int(x[:, 0].sum() > 0) for x in X])
SMALL = {"hidden_size": 8, "max_epochs": 3, "random_state": 0}

on_gpu = pytest.mark.gpu
needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")


@on_gpu
@needs_gpu
@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
@pytest.mark.parametrize("pooling", [("last", "mean", "max"), "last", "attention"])
def test_a_gpu_predicts_what_a_cpu_does(cell, pooling):
    trained = RNNClassifier(cell=cell, pooling=pooling, device="cpu", **SMALL).fit(X, Y)
    expected = trained.predict_proba(X)
    trained.net_.set_params(device="cuda")
    trained.net_.module_.to("cuda")
    np.testing.assert_allclose(trained.predict_proba(X), expected, atol=1e-5)


@on_gpu
@needs_gpu
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_fit_on_a_gpu_learns_and_its_pickle_needs_none(dtype):
    settings = SMALL | {"max_epochs": 60, "device": "cuda", "dtype": dtype}
    trained = RNNClassifier(**settings).fit(X, Y)
    assert next(trained.net_.module_.parameters()).is_cuda
    assert trained.score(X, Y) > 0.9
    moved = pickle.loads(pickle.dumps(trained))
    np.testing.assert_allclose(moved.predict_proba(X), trained.predict_proba(X), atol=1e-2)


@on_gpu
@needs_gpu
@pytest.mark.parametrize("output_layer", ["softmax", "crf"])
def test_a_gpu_labels_timesteps_as_a_cpu_does(output_layer):
    labels = [np.where(x[:, 0] > 0, "up", "down") for x in X]
    settings = SMALL | {"output_layer": output_layer, "dropout": 0.0, "input_noise": 0.0}
    expected = RNNTagger(device="cpu", **settings).fit(X, labels)
    found = RNNTagger(device="cuda", **settings).fit(X, labels)
    np.testing.assert_allclose(found.loss_curve_, expected.loss_curve_, rtol=1e-3)
    proba = np.concatenate(found.predict_proba(X))
    np.testing.assert_allclose(proba, np.concatenate(expected.predict_proba(X)), atol=1e-2)


@on_gpu
@needs_gpu
def test_a_gpu_writes_down_what_a_cpu_does():
    texts = ["up" if label else "down" for label in Y]
    settings = SMALL | {"dropout": 0.0, "input_noise": 0.0, "segment_length": 1}
    # the shortest samples have four steps, one for each letter.
    expected = RNNTranscriber(device="cpu", **settings).fit(X, texts)
    found = RNNTranscriber(device="cuda", **settings).fit(X, texts)
    np.testing.assert_allclose(found.loss_curve_, expected.loss_curve_, rtol=1e-3)
    proba = np.concatenate(found.predict_proba(X))
    np.testing.assert_allclose(proba, np.concatenate(expected.predict_proba(X)), atol=1e-2)


@on_gpu
@needs_gpu
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_language_model_on_a_gpu_learns_what_one_on_a_cpu_does(dtype):
    texts = ["the cat sat on the mat", "the dog sat on the rug"] * 20
    settings = SMALL | {"dropout": 0.0, "max_epochs": 20}
    expected = RNNLanguageModel(device="cpu", **settings).fit(texts)
    found = RNNLanguageModel(device="cuda", dtype=dtype, **settings).fit(texts)
    assert found.perplexity(texts) == pytest.approx(expected.perplexity(texts), rel=0.1)


@on_gpu
@needs_gpu
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_forecast_on_a_gpu_is_close_to_that_on_a_cpu(dtype):
    y = load_air_passengers()
    settings = {"horizon": 12, "target_transform": "log", "random_state": 0, "max_epochs": 5}
    expected = RNNForecaster(device="cpu", **settings).fit(y).predict()
    found = RNNForecaster(device="cuda", dtype=dtype, **settings).fit(y).predict()
    np.testing.assert_allclose(found, expected, rtol=0.1)


@on_gpu
@needs_gpu
@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_a_recorded_update_is_that_of_one_operation_after_another(monkeypatch, dropout):
    even = np.stack([x[:4] for x in X])
    settings = SMALL | {"device": "cuda", "dropout": dropout, "input_noise": 0.0, "max_epochs": 10}
    expected = RNNClassifier(**settings).fit(even, Y)
    monkeypatch.setenv("SKRNN_CUDA_GRAPHS", "1")
    recorded = RNNClassifier(**settings).fit(even, Y)
    tolerance = 1e-3 if dropout == 0 else 0.3
    np.testing.assert_allclose(recorded.loss_curve_, expected.loss_curve_, rtol=tolerance)
    assert recorded.loss_curve_ == RNNClassifier(**settings).fit(even, Y).loss_curve_


@on_gpu
@needs_gpu
@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_weights_lie_end_to_end_on_a_gpu_and_nothing_warns(cell):
    trained = RNNClassifier(cell=cell, device="cuda", **SMALL).fit(X, Y)
    weights = trained.net_.module_.encoder.weights(0, 0)
    assert len({weight.untyped_storage().data_ptr() for weight in weights}) == 1


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_laying_weights_end_to_end_changes_none_and_leaves_a_cpu_alone(cell):
    kind = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[cell]
    weights = list(kind(3, 5).parameters())
    before = [weight.detach().clone() for weight in weights]
    _lay_end_to_end(cell, weights)
    assert all(map(torch.equal, weights, before))


def test_updates_are_recorded_on_request_and_on_a_gpu_only(monkeypatch):
    cpu, gpu = torch.device("cpu"), torch.device("cuda")
    assert not UpdateRecorder.is_wanted(cpu) and not UpdateRecorder.is_wanted(gpu)
    monkeypatch.setenv("SKRNN_CUDA_GRAPHS", "1")
    assert UpdateRecorder.is_wanted(gpu) and not UpdateRecorder.is_wanted(cpu)


@pytest.mark.parametrize("estimator", [RNNClassifier, RNNRegressor])
def test_bfloat16_on_a_cpu_is_float32(estimator):
    expected = estimator(device="cpu", **SMALL).fit(X, Y)
    found = estimator(device="cpu", dtype="bfloat16", **SMALL).fit(X, Y)
    np.testing.assert_array_equal(found.predict(X), expected.predict(X))
    assert found.loss_curve_ == expected.loss_curve_
    again = estimator(device="cpu", dtype="bfloat16", **SMALL, warm_start=True).fit(X, Y)
    assert again.fit(X, Y).n_iter_ == 6


def test_a_forecast_in_bfloat16_on_a_cpu_is_one_in_float32():
    y = load_air_passengers()
    settings = {"horizon": 3, "max_epochs": 1, "validation_fraction": 0, "random_state": 0}
    found = RNNForecaster(dtype="bfloat16", device="cpu", **settings).fit(y).predict()
    expected = RNNForecaster(device="cpu", **settings).fit(y).predict()
    np.testing.assert_array_equal(found, expected)


LABELS = [np.where(x[:, 0] > 0, "up", "down") for x in X]
TEXTS = ["the cat sat on the mat", "the dog sat on the rug"] * 10


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "data"),
    [
        (RNNClassifier, (X, Y)),
        (RNNRegressor, (X, 1.0 * Y)),
        (lambda **params: RNNTagger(output_layer="crf", **params), (X, LABELS)),
        (lambda **params: RNNTranscriber(segment_length=1, **params), (X, ["a"] * len(X))),
        (RNNLanguageModel, (TEXTS,)),
        (lambda **params: RNNForecaster(horizon=12, **params), (load_air_passengers(),)),
    ],
    ids=["classifier", "regressor", "tagger", "transcriber", "language model", "forecaster"],
)
def test_in_bfloat16_recurrences_and_losses_keep_their_precision(make, data, monkeypatch):
    # the CPU has an autocast of its own, in which everything but the device is as on a GPU.
    monkeypatch.setenv("SKRNN_FUSED", "0")
    expected = make(device="cpu", **SMALL).fit(*data)
    kinds, mean_loss = [], RecurrentNet.mean_loss

    def autocast(net):
        return torch.autocast("cpu", torch.bfloat16)

    def watch(run):
        def watched(x, *others):
            outputs, *last = run(x, *others)
            assert not torch.is_autocast_enabled("cpu")
            kinds.append(("recurrence", outputs.dtype))
            return outputs, *last

        return watched

    def watch_loss(net, output, batch):
        assert not torch.is_autocast_enabled("cpu")
        kinds.append(("loss", getattr(output, "scores", output).dtype))
        return mean_loss(net, output, batch)

    monkeypatch.setattr(RecurrentNet, "precision", autocast)
    monkeypatch.setattr(RecurrentNet, "mean_loss", watch_loss)
    for name in ("lstm", "gru", "rnn_tanh"):
        monkeypatch.setattr(torch, name, watch(getattr(torch, name)))
    found = make(device="cpu", **SMALL).fit(*data)
    assert set(kinds) == {("recurrence", torch.float32), ("loss", torch.float32)}
    np.testing.assert_allclose(found.loss_curve_, expected.loss_curve_, rtol=0.02)
    assert found.loss_curve_ != expected.loss_curve_


@pytest.fixture
def graphs_that_compute_again(monkeypatch):
    """Stand-ins for CUDA graphs: a replay computes what was recorded anew, in the same places."""

    class Graph:
        def register_generator_state(self, generator):
            self.generator = generator

    class Stream:
        def wait_stream(self, other):
            pass

    for name, stand_in in [
        ("CUDAGraph", Graph),
        ("Stream", Stream),
        ("current_stream", Stream),
        ("stream", lambda stream: nullcontext()),
        ("graph", lambda graph: nullcontext()),
        ("device", lambda device: nullcontext()),
    ]:
        monkeypatch.setattr(torch.cuda, name, stand_in)
    monkeypatch.setattr(UpdateRecorder, "is_wanted", staticmethod(lambda device: True))
    record, shapes = _Recording.__init__, []

    def recorded(recording, batch, compute, parameters, generator):
        seen = []

        def remember(fixed):
            seen.append(fixed)
            return compute(fixed)

        record(recording, batch, remember, parameters, generator)
        assert recording._graph.generator is generator
        shapes.append(tuple(batch.inputs[0].shape))

        def replay():
            loss, outputs = compute(seen[-1])
            gradients = torch.autograd.grad(loss, parameters)
            places = [recording._loss, recording._outputs, *recording._gradients]
            with torch.no_grad():
                for place, value in zip(places, (loss, outputs, *gradients), strict=True):
                    place.copy_(value)

        recording._graph.replay = replay

    monkeypatch.setattr(_Recording, "__init__", recorded)
    return shapes


@pytest.mark.parametrize("params", [{}, {"dropout": 0.3, "gradient_clip": 0.01}])
def test_replayed_updates_are_those_of_one_operation_after_another(params, request):
    even = np.stack([x[:4] for x in X])
    weight = np.linspace(0.5, 1.5, len(even))
    settings = SMALL | {"device": "cpu", "batch_size": 9} | params
    expected = RNNClassifier(**settings).fit(even, Y, sample_weight=weight)
    shapes = request.getfixturevalue("graphs_that_compute_again")
    found = RNNClassifier(**settings).fit(even, Y, sample_weight=weight)
    assert found.loss_curve_ == expected.loss_curve_
    np.testing.assert_array_equal(found.predict_proba(even), expected.predict_proba(even))
    # one recording for each size of batch.
    assert sorted(shape[0] for shape in shapes) == sorted(set(shape[0] for shape in shapes))
    assert shapes


def test_an_update_that_cannot_be_recorded_names_the_remedy(graphs_that_compute_again, monkeypatch):
    @contextmanager
    def graph(_):
        yield
        raise RuntimeError("operation not permitted when stream is capturing")

    monkeypatch.setattr(torch.cuda, "graph", graph)
    with pytest.raises(RuntimeError, match=r"SKRNN_CUDA_GRAPHS: got 1.*capturing.*Take the"):
        RNNClassifier(device="cpu", **SMALL).fit(np.stack([x[:4] for x in X]), Y)


def test_what_cannot_be_replayed_is_computed(graphs_that_compute_again):
    RNNClassifier(device="cpu", **SMALL).fit(X, Y)
    RNNLanguageModel(device="cpu", **SMALL).fit(TEXTS)
    RNNTranscriber(device="cpu", segment_length=1, **SMALL).fit([x[:4] for x in X], ["a"] * len(X))
    assert not graphs_that_compute_again
