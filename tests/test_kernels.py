"""The compiled recurrences against torch's own."""

import multiprocessing
import sys
import threading

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from skrnn import RNNClassifier, RNNForecaster
from skrnn._threads import chunks_of, for_each_chunk, kernel_threads
from skrnn.kernels import _gates, _gru, _lstm, _product, _rnn, can_run_fused, linear, run_fused
from skrnn.kernels import _recurrence as recurrence
from skrnn.modules import RecurrentEncoder

TORCH = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
CELLS = sorted(TORCH)
TOLERANCE = {torch.float32: 3e-5, torch.float64: 1e-12}


def case(cell, n_samples, n_timesteps, n_features, n_units, dtype=torch.float64, seed=0):
    """A layer of torch, its weights, inputs and an initial state."""
    torch.manual_seed(seed)
    layer = TORCH[cell](n_features, n_units, batch_first=True, dtype=dtype)
    x = torch.randn(n_samples, n_timesteps, n_features, dtype=dtype, requires_grad=True)
    n_states = 2 if cell == "lstm" else 1
    state = tuple(
        torch.randn(n_samples, n_units, dtype=dtype, requires_grad=True) for _ in range(n_states)
    )
    return layer, list(layer.parameters()), x, state


def by_torch(layer, x, state):
    initial = tuple(part[None] for part in state)
    outputs, last = layer(x, initial if len(state) == 2 else initial[0])
    last = last if isinstance(last, tuple) else (last,)
    return outputs, tuple(part[0] for part in last)


def loss_of(outputs, state):
    """A number that depends on all outputs and states in different ways."""
    generator = torch.Generator().manual_seed(1)
    parts = [outputs, *state]
    return sum(
        (part * torch.randn(part.shape, generator=generator, dtype=part.dtype)).sum()
        for part in parts
    )


@given(
    st.sampled_from(CELLS),
    st.sampled_from([torch.float32, torch.float64]),
    st.integers(1, 40),
    st.integers(1, 6),
    st.integers(1, 4),
    st.integers(1, 20),
)
@settings(max_examples=60, deadline=None)
def test_outputs_states_and_gradients_are_those_of_torch(
    cell, dtype, n_samples, n_timesteps, n_features, n_units
):
    layer, weights, x, state = case(cell, n_samples, n_timesteps, n_features, n_units, dtype)
    expected = by_torch(layer, x, state)
    found = run_fused(cell, x, weights, state)
    tolerance = TOLERANCE[dtype]
    inputs = [x, *weights, *state]
    for one, other in zip((found[0], *found[1]), (expected[0], *expected[1]), strict=True):
        torch.testing.assert_close(one, other, rtol=tolerance, atol=tolerance)
    for one, other in zip(
        torch.autograd.grad(loss_of(*found), inputs),
        torch.autograd.grad(loss_of(*expected), inputs),
        strict=True,
    ):
        scale = float(other.abs().max())
        torch.testing.assert_close(one, other, rtol=tolerance, atol=tolerance * (1 + scale))


@pytest.mark.parametrize("cell", CELLS)
def test_gradients_are_those_of_finite_differences(cell):
    _, weights, x, state = case(cell, 3, 4, 2, 3)

    def run(x, *others):
        outputs, last = run_fused(cell, x, list(others[:4]), others[4:])
        return outputs, *last

    inputs = (x, *weights, *state)
    assert torch.autograd.gradcheck(run, inputs)
    assert torch.autograd.gradgradcheck(run, inputs)


@pytest.mark.parametrize("cell", CELLS)
def test_what_needs_no_gradient_gets_none_and_a_graph_may_be_used_twice(cell):
    _, weights, x, state = case(cell, 5, 4, 2, 3)
    x, state = x.detach(), tuple(part.detach() for part in state)
    outputs, _ = run_fused(cell, x, weights, state)
    first = torch.autograd.grad(outputs.sum(), weights, retain_graph=True)
    second = torch.autograd.grad(outputs.sum(), weights)
    assert all(torch.equal(one, other) for one, other in zip(first, second, strict=True))
    assert x.grad is None and first[2].data_ptr() != first[3].data_ptr()
    with torch.no_grad():
        assert not run_fused(cell, x, weights, state)[0].requires_grad


@pytest.mark.parametrize("cell", CELLS)
def test_outputs_that_are_changed_before_the_way_back_are_noticed(cell):
    _, weights, x, state = case(cell, 5, 4, 2, 3)
    outputs, _ = run_fused(cell, x, weights, state)
    loss = (outputs**2).sum()
    with torch.no_grad():
        outputs.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


@pytest.mark.parametrize("cell", CELLS)
def test_the_bits_depend_neither_on_threads_nor_on_the_other_samples(cell):
    torch.set_num_threads(1)
    _, weights, x, state = case(cell, 150, 30, 8, 40, torch.float32)

    def run(n_samples, n_timesteps, n_threads):
        parts = tuple(part[:n_samples] for part in state)
        with kernel_threads(n_threads):
            outputs, last = run_fused(cell, x[:n_samples, :n_timesteps], weights, parts)
            return [outputs, *torch.autograd.grad(loss_of(outputs, last), weights)]

    alone = run(150, 30, 1)
    for n_threads in (2, 3, 7):
        assert all(map(torch.equal, run(150, 30, n_threads), alone))
    for n_samples in (1, 3, 8, 56, 149):
        for n_timesteps in (1, 7, 30):
            outputs = run(n_samples, n_timesteps, 2)[0]
            assert torch.equal(outputs, alone[0][:n_samples, :n_timesteps])


def test_threads_that_run_at_once_do_not_disturb_each_other():
    _, weights, x, state = case("gru", 96, 40, 8, 48, torch.float32)
    expected = run_fused("gru", x, weights, state)[0]
    found = []

    def work():
        with kernel_threads(3), torch.no_grad():
            found.extend(
                torch.equal(run_fused("gru", x, weights, state)[0], expected) for _ in "ab"
            )

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 8


def _bits_in_a_child(queue):
    _, weights, x, state = case("lstm", 96, 40, 8, 48, torch.float32)
    with kernel_threads(2), torch.no_grad():
        queue.put(run_fused("lstm", x, weights, state)[0].numpy())


@pytest.mark.skipif(sys.platform != "linux", reason="forks are tried where they are common")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_a_child_process_gets_threads_of_its_own(start):
    torch.set_num_threads(1)
    _, weights, x, state = case("lstm", 96, 40, 8, 48, torch.float32)
    with kernel_threads(2), torch.no_grad():
        expected = run_fused("lstm", x, weights, state)[0].numpy()
    context = multiprocessing.get_context(start)
    queue = context.Queue()
    child = context.Process(target=_bits_in_a_child, args=(queue,))
    child.start()
    found = queue.get(timeout=60)
    child.join()
    np.testing.assert_array_equal(found, expected)


@given(st.integers(1, 1000))
def test_chunks_are_all_rows_in_order_and_whole_fours(n_fours):
    chunks = chunks_of(4 * n_fours)
    rows = np.concatenate([np.arange(chunk.start, chunk.stop) for chunk in chunks])
    np.testing.assert_array_equal(rows, np.arange(4 * n_fours))
    sizes = {chunk.stop - chunk.start for chunk in chunks}
    assert max(sizes) <= 32 and max(sizes) - min(sizes) <= 4
    assert all(size % 4 == 0 for size in sizes)


@pytest.mark.parametrize("failing", [0, 32])
def test_an_error_in_any_thread_is_raised_when_all_have_ended(failing):
    done = []

    def work(chunk):
        if chunk.start == failing:
            raise ArithmeticError("of a chunk")
        done.append(chunk.start)

    with kernel_threads(2), pytest.raises(ArithmeticError, match="of a chunk"):
        for_each_chunk(work, 64, 10**9)
    assert done == [32 - failing]


@pytest.mark.parametrize("cell", CELLS)
def test_huge_inputs_saturate_and_missing_ones_stay_missing(cell):
    _, weights, x, state = case(cell, 4, 5, 2, 3, torch.float32)
    huge = x.detach().sign() * 1e30
    assert run_fused(cell, huge, weights, state)[0].isfinite().all()
    huge[1, 2, 0] = torch.nan
    outputs = run_fused(cell, huge, weights, state)[0]
    assert outputs[1, 2:].isnan().all() and outputs[[0, 2, 3]].isfinite().all()


def test_the_gates_squash_as_their_definitions():
    x = np.concatenate([np.linspace(-12, 12, 4001), [0.0, 1e-8, -1e-30, 60.0, -1e30]])
    for dtype, tolerance in ((np.float32, 5e-7), (np.float64, 1e-15)):
        values = x.astype(dtype)
        of_tanh = np.array([_gates.tanh(value) for value in values])
        of_sigmoid = np.array([_gates.sigmoid(value) for value in values])
        np.testing.assert_allclose(of_tanh, np.tanh(values.astype(float)), rtol=tolerance)
        expected = 0.5 * np.tanh(0.5 * values.astype(float)) + 0.5
        np.testing.assert_allclose(of_sigmoid, expected, atol=tolerance)
        assert of_tanh.dtype == dtype == of_sigmoid.dtype


def test_a_product_of_rows_is_that_of_numpy():
    rng = np.random.default_rng(0)
    for dtype in (np.float32, np.float64):
        for n_columns in range(8, 80, 8):
            left = rng.normal(size=(4, 3, 11)).astype(dtype)[:, 1]
            right = rng.normal(size=(11, n_columns)).astype(dtype)
            out = np.full((4, n_columns), np.nan, dtype)
            _product.multiply_rows(left, right, out)
            tolerance = 1e-5 if dtype == np.float32 else 1e-13
            np.testing.assert_allclose(out, left @ right, rtol=tolerance, atol=tolerance)
            x, bias = left[[0, 1, 2, 3, 2, 1, 3, 3]], right[0]
            projected = np.empty((8, n_columns), dtype)
            _product.project(x, right, bias, projected)
            np.testing.assert_allclose(projected, x @ right + bias, rtol=tolerance, atol=tolerance)
            interpreted = np.empty_like(projected)
            _product.project.py_func(x, right, bias, interpreted)
            np.testing.assert_array_equal(interpreted, projected)


def arrays_of(name, dtype):
    """Arguments of a kernel, small."""
    rng = np.random.default_rng(0)
    n_samples, n_timesteps, n_units = 4, 3, 8
    n_gates = {"rnn": 1, "gru": 3, "lstm": 4}[name.split("_")[0]]

    def draw(*shape):
        return rng.normal(size=shape).astype(dtype)

    gates = np.abs(draw(n_samples, n_timesteps, n_gates * n_units)) % 1
    states, cells = (draw(n_samples, n_timesteps + 1, n_units) for _ in range(2))
    candidates, d_outputs = (draw(n_samples, n_timesteps, n_units) for _ in range(2))
    d_state, d_cell = draw(n_samples, n_units), draw(n_samples, n_units)
    weight = draw(n_units, n_gates * n_units)
    d_gates = draw(n_samples, n_timesteps, max(n_gates, 4 if n_gates == 3 else 1) * n_units)
    back = np.ascontiguousarray(weight.T)
    return {
        "rnn_forward": [gates, weight, states],
        "gru_forward": [gates, weight, draw(n_units), states, candidates],
        "lstm_forward": [gates, weight, states, cells],
        "rnn_backward": [d_outputs, d_state, states, back, d_gates],
        "gru_backward": [d_outputs, d_state, gates, candidates, states, back, d_gates],
        "lstm_backward": [d_outputs, d_state, d_cell, gates, cells, back, d_gates],
    }[name]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("direction", ["forward", "backward"])
@pytest.mark.parametrize("module", [_rnn, _gru, _lstm])
def test_a_compiled_kernel_does_what_its_source_says(module, direction, dtype):
    name = f"{module.__name__.rsplit('_', 1)[1]}_{direction}"
    kernel = getattr(module, name)
    compiled, interpreted = arrays_of(name, dtype), arrays_of(name, dtype)
    kernel(*compiled)
    kernel.py_func(*interpreted)
    for one, other in zip(compiled, interpreted, strict=True):
        np.testing.assert_allclose(
            one, other, rtol=1e-4 if dtype == np.float32 else 1e-12, atol=1e-6
        )


def test_without_a_place_for_machine_code_it_is_compiled_in_every_process(monkeypatch):
    asked = []

    def njit(**options):
        asked.append(options.get("cache", False))
        if asked[-1]:
            raise RuntimeError("cannot cache function: no locator available")
        return lambda function: function

    monkeypatch.setattr(_product, "njit", njit)
    assert _product.compiled(len) is len
    assert asked == [True, False]


def test_torch_computes_what_the_kernels_cannot_and_what_it_is_told_to(monkeypatch):
    _, weights, x, _ = case("gru", 4, 5, 2, 3)
    assert can_run_fused(x, weights)
    assert not can_run_fused(x.half(), [one.half() for one in weights])
    assert not can_run_fused(x.float(), weights)
    assert not can_run_fused(x[:0], weights) and not can_run_fused(x[:, :0], weights)
    assert not can_run_fused(x.to("meta"), weights)

    def fail(*args, **kwargs):
        raise AssertionError("a kernel ran")

    encoder = RecurrentEncoder(2, 3, cell="gru").double()
    expected = encoder(x)
    monkeypatch.setattr("skrnn.kernels._recurrence.RUNS", dict.fromkeys(recurrence.RUNS, fail))
    with pytest.raises(AssertionError, match="a kernel ran"):
        encoder(x)
    monkeypatch.setenv("SKRNN_FUSED", "0")
    torch.testing.assert_close(encoder(x), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("cell", CELLS)
def test_a_fit_learns_the_same_with_and_without_the_kernels(cell, monkeypatch):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 9, 2))
    y = (X.sum(axis=(1, 2)) > 0).astype(int)
    params = {"cell": cell, "hidden_size": 5, "max_epochs": 3, "random_state": 0}
    fused = RNNClassifier(dtype="float64", **params).fit(X, y).predict_proba(X)
    series = RNNForecaster(3, dtype="float64", validation_fraction=0, **params).fit(X[:, 0, 0])
    forecast = series.predict()
    monkeypatch.setenv("SKRNN_FUSED", "0")
    again = RNNClassifier(dtype="float64", **params).fit(X, y).predict_proba(X)
    np.testing.assert_allclose(again, fused, rtol=1e-9)
    series = RNNForecaster(3, dtype="float64", validation_fraction=0, **params).fit(X[:, 0, 0])
    np.testing.assert_allclose(series.predict(), forecast, rtol=1e-9)


@pytest.mark.parametrize(("n_samples", "n_timesteps"), [(1, 1), (3, 5), (8, 4)])
def test_a_linear_layer_is_that_of_torch_with_its_gradients(n_samples, n_timesteps):
    torch.manual_seed(0)
    layer = nn.Linear(3, 5, dtype=torch.float64)
    x = torch.randn(n_samples, n_timesteps, 3, dtype=torch.float64, requires_grad=True)
    torch.testing.assert_close(linear(x, layer.weight, layer.bias), layer(x))
    assert torch.autograd.gradcheck(linear, (x, layer.weight, layer.bias))
    assert torch.autograd.gradgradcheck(linear, (x, layer.weight, layer.bias))


def test_a_row_of_a_linear_layer_has_the_same_bits_in_any_place():
    torch.manual_seed(0)
    layer = nn.Linear(28, 5)
    x = torch.randn(40, 10, 28) * 5
    with torch.no_grad():
        whole = linear(x, layer.weight, layer.bias)
        for n_samples in (1, 7, 24):
            for start in (0, 3, 6):
                part = linear(x[:n_samples, start:].contiguous(), layer.weight, layer.bias)
                assert torch.equal(part, whole[:n_samples, start:])


def test_what_no_kernel_can_do_a_linear_layer_leaves_to_torch():
    layer = nn.Linear(3, 5).bfloat16()
    x = torch.randn(2, 4, 3).bfloat16()
    assert torch.equal(linear(x, layer.weight, layer.bias), layer(x))
