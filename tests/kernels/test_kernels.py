"""The compiled recurrences against torch's own."""

import multiprocessing
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import numba
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from skrnn import RNNClassifier, RNNForecaster
from skrnn._kernels import (
    can_run_fused,
    chunk,
    gates,
    gru,
    layer,
    linear,
    linear_rows,
    lstm,
    packing,
    pool_fused,
    pooled_states,
    product,
    rnn,
    run_fused,
)
from skrnn._kernels.buffers import reused_memory
from skrnn._kernels.layer import chunks_of
from skrnn._kernels.threads import for_each, kernel_threads
from skrnn._kernels.torch_recurrence import run_in_torch
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
    found = run_fused(cell, x, None, [weights], state)
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
        outputs, last = run_fused(cell, x, None, [list(others[:4])], others[4:])
        return outputs, *last

    inputs = (x, *weights, *state)
    assert torch.autograd.gradcheck(run, inputs)
    assert torch.autograd.gradgradcheck(run, inputs)


@pytest.mark.parametrize("cell", CELLS)
def test_what_needs_no_gradient_gets_none_and_a_graph_may_be_used_twice(cell):
    _, weights, x, state = case(cell, 5, 4, 2, 3)
    x, state = x.detach(), tuple(part.detach() for part in state)
    outputs, _ = run_fused(cell, x, None, [weights], state)
    first = torch.autograd.grad(outputs.sum(), weights, retain_graph=True)
    for _ in range(2):
        again = torch.autograd.grad(outputs.sum(), weights, retain_graph=True)
        assert all(torch.equal(one, other) for one, other in zip(first, again, strict=True))
    assert x.grad is None and first[2].data_ptr() != first[3].data_ptr()
    with torch.no_grad():
        assert not run_fused(cell, x, None, [weights], state)[0].requires_grad


@pytest.mark.parametrize("cell", CELLS)
def test_ways_back_over_one_graph_at_the_same_time_do_not_disturb_each_other(cell):
    _, weights, x, _ = case(cell, 32, 100, 4, 32, torch.float32)
    loss = run_fused(cell, x, None, [weights])[0].sum()
    expected = torch.autograd.grad(loss, weights, retain_graph=True)
    both, found = threading.Barrier(2), []

    def go_back():
        both.wait()
        found.append(torch.autograd.grad(loss, weights, retain_graph=True))

    for _ in range(8):
        threads = [threading.Thread(target=go_back) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(found) == 16
    for gradients in found:
        assert all(map(torch.equal, gradients, expected))


@pytest.mark.parametrize("cell", CELLS)
def test_a_second_way_forward_that_was_interrupted_is_not_relied_on(cell, monkeypatch):
    _, weights, x, _ = case(cell, 20, 9, 2, 3)
    loss = run_fused(cell, x, None, [weights])[0].sum()
    expected = torch.autograd.grad(loss, weights, retain_graph=True)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):

        def interrupt(job, n_products):
            raise KeyboardInterrupt

        patch.setattr(layer, "work_together", interrupt)
        torch.autograd.grad(loss, weights, retain_graph=True)
    assert all(map(torch.equal, torch.autograd.grad(loss, weights), expected))


@pytest.mark.parametrize("is_ragged", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_the_last_states_alone_are_those_beside_all_outputs(cell, is_ragged):
    _, weights, x, state = case(cell, 20, 9, 2, 3)
    lengths = torch.arange(20) % 9 + 1 if is_ragged else None
    inputs = (x, *weights, *state)

    def last_states(last_only):
        outputs, last = run_fused(cell, x, lengths, [weights], state, last_only=last_only)
        assert (outputs is None) == last_only
        loss = sum(((number + 2) * part**2).sum() for number, part in enumerate(last))
        gradients = torch.autograd.grad(loss, inputs, create_graph=True, allow_unused=True)
        of_gradients = sum((one**2).sum() for one in gradients if one is not None)
        of_first = torch.autograd.grad(loss, inputs, retain_graph=True, allow_unused=True)
        return *last, *of_first, *torch.autograd.grad(of_gradients, weights)

    for one, other in zip(last_states(True), last_states(False), strict=True):
        assert one is other is None or torch.equal(one, other)
    with torch.no_grad():
        alone, beside = (
            run_fused(cell, x, lengths, [weights], state, last_only=last_only)[1]
            for last_only in (True, False)
        )
    assert all(map(torch.equal, alone, beside))


@pytest.mark.parametrize("cell", CELLS)
def test_outputs_that_are_changed_before_the_way_back_are_noticed(cell):
    _, weights, x, state = case(cell, 5, 4, 2, 3)
    outputs, _ = run_fused(cell, x, None, [weights], state)
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
            outputs, last = run_fused(cell, x[:n_samples, :n_timesteps], None, [weights], parts)
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
    expected = run_fused("gru", x, None, [weights], state)[0]
    found = []

    def work():
        with kernel_threads(3), torch.no_grad():
            found.extend(
                torch.equal(run_fused("gru", x, None, [weights], state)[0], expected) for _ in "ab"
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
        queue.put(run_fused("lstm", x, None, [weights], state)[0].numpy())


@pytest.mark.skipif(sys.platform != "linux", reason="forks are tried where they are common")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_a_child_process_gets_threads_of_its_own(start):
    torch.set_num_threads(1)
    _, weights, x, state = case("lstm", 96, 40, 8, 48, torch.float32)
    with kernel_threads(2), torch.no_grad():
        expected = run_fused("lstm", x, None, [weights], state)[0].numpy()
    context = multiprocessing.get_context(start)
    queue = context.Queue()
    child = context.Process(target=_bits_in_a_child, args=(queue,))
    child.start()
    found = queue.get(timeout=60)
    child.join()
    np.testing.assert_array_equal(found, expected)


@given(st.integers(1, 1000), st.integers(1, 2))
def test_chunks_are_all_samples_in_order_in_whole_eights(n_samples, n_directions):
    chunks = chunks_of(n_samples, n_directions)
    samples = np.concatenate([np.arange(chunk.start, chunk.stop) for chunk in chunks])
    np.testing.assert_array_equal(samples, np.arange(n_samples))
    assert all(chunk.start % 8 == 0 for chunk in chunks)
    assert max(chunk.stop - chunk.start for chunk in chunks) <= 32
    assert len(chunks) * n_directions > 1 or n_samples < 16


@pytest.mark.parametrize("failing", [0, 1])
def test_an_error_in_any_thread_is_raised_when_all_have_ended(failing):
    done = []

    def work(piece):
        if piece == failing:
            raise ArithmeticError("of a piece")
        done.append(piece)

    with kernel_threads(2), pytest.raises(ArithmeticError, match="of a piece"):
        for_each(work, [0, 1], 10**9)
    assert done == [1 - failing]


def test_callers_that_work_at_once_share_the_threads():
    def threads_that_work():
        seen = set()
        for_each(lambda _: (time.sleep(0.02), seen.add(threading.get_ident())), range(4), 10**9)
        return len(seen)

    with kernel_threads(2):
        assert threads_that_work() == 2
        with kernel_threads(2):
            assert threads_that_work() == 1
        with kernel_threads(4):
            assert threads_that_work() == 2
    assert threads_that_work() == 1


def test_memory_is_used_again_but_never_while_somebody_has_it():
    _, weights, x, state = case("lstm", 64, 30, 8, 64, torch.float32)
    alone = run_fused("lstm", x, None, [weights], state)[0]
    with reused_memory():
        kept = []
        for _ in range(3):
            outputs, last = run_fused("lstm", x, None, [weights], state)
            torch.autograd.grad(loss_of(outputs, last), weights)
            # views only: the outputs themselves are dropped
            kept.append((outputs[:, 3:].detach(), outputs.detach().numpy()[1]))
        for tail, second in kept:
            assert torch.equal(tail, alone[:, 3:])
            np.testing.assert_array_equal(second, alone[1].detach().numpy())


@pytest.mark.parametrize("cell", CELLS)
def test_huge_inputs_saturate_and_missing_ones_stay_missing(cell):
    _, weights, x, state = case(cell, 4, 5, 2, 3, torch.float32)
    huge = x.detach().sign() * 1e30
    assert run_fused(cell, huge, None, [weights], state)[0].isfinite().all()
    huge[1, 2, 0] = torch.nan
    outputs = run_fused(cell, huge, None, [weights], state)[0]
    assert outputs[1, 2:].isnan().all() and outputs[[0, 2, 3]].isfinite().all()


def test_the_gates_squash_as_their_definitions():
    x = np.concatenate([np.linspace(-12, 12, 4001), [0.0, 1e-8, -1e-30, 60.0, -1e30]])
    for dtype, tolerance in ((np.float32, 5e-7), (np.float64, 1e-15)):
        values = x.astype(dtype)
        of_tanh = np.array([gates.tanh(value) for value in values])
        of_sigmoid = np.array([gates.sigmoid(value) for value in values])
        np.testing.assert_allclose(of_tanh, np.tanh(values.astype(float)), rtol=tolerance)
        expected = 0.5 * np.tanh(0.5 * values.astype(float)) + 0.5
        np.testing.assert_allclose(of_sigmoid, expected, atol=tolerance)
        # beyond that 1 - tanh ** 2 would be negative, and a gate would leave its range.
        assert np.abs(of_tanh).max() <= 1 and of_sigmoid.min() >= 0 and of_sigmoid.max() <= 1
        assert of_tanh.dtype == dtype == of_sigmoid.dtype


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_product_of_rows_is_that_of_numpy(dtype):
    rng = np.random.default_rng(0)
    tolerance = 1e-5 if dtype == np.float32 else 1e-13
    for n_rows in (1, 2, 8, 9, 27):
        for n_columns in (1, 16, 40, 70):
            width = product.padded_width(n_columns, np.dtype(dtype).itemsize)
            left = rng.normal(size=(n_rows, 22)).astype(dtype)[:, ::2]
            right = rng.normal(size=(11, width)).astype(dtype)
            begun = rng.normal(size=(n_rows, width)).astype(dtype)
            out, interpreted = begun.copy(), begun.copy()
            for add in (True, False):
                product.multiply(left, right, out, add)
                expected = left @ right + add * begun
                np.testing.assert_allclose(out, expected, rtol=tolerance, atol=tolerance)
                product.multiply.py_func(left, right, interpreted, add)
                np.testing.assert_allclose(interpreted, out, rtol=tolerance, atol=tolerance)


@pytest.mark.skipif(product._VECTOR_BYTES != 64, reason="the processor has no AVX-512")
@pytest.mark.parametrize("step", [gru.gru_step, lstm.lstm_step, rnn.rnn_step])
def test_gates_are_squashed_in_whole_registers(step):
    anew = numba.njit(**product._OPTIONS)(step.py_func)
    n_vectors = step.py_func.__code__.co_argcount
    anew(*np.zeros((n_vectors, 64), np.float32))
    (code,) = anew.inspect_asm().values()
    assert re.search(r"vdivps.*zmm", code)


@pytest.mark.parametrize("itemsize", [4, 8])
def test_a_padded_width_has_room_in_whole_vectors_and_is_not_crowded(itemsize):
    for n_columns in range(1, 1200):
        width = product.padded_width(n_columns, itemsize)
        assert width >= n_columns and width * itemsize % 32 == 0
        assert width * itemsize % 2048


def arrays_of(name, dtype):
    """Arguments of a kernel, small."""
    rng = np.random.default_rng(0)

    def draw(*shape):
        return np.abs(rng.normal(size=shape).astype(dtype)) % 1

    def vectors(number):
        return [draw(24) for _ in range(number)]

    def chunk(n_gates, keep):
        n_units, n_features, width = 5, 3, 16
        lengths, mirrored = np.array([8, 11, 4, 10]), n_gates == 3
        weight_ih = draw(n_gates, n_features + 1, width)
        weight_hh, inner_bias = draw(n_gates, n_units, width), draw(width)
        for filled_up in (weight_ih, weight_hh, inner_bias):
            filled_up[..., n_units:] = 0
        n_kept = chunk.kept_size(11, 3, n_features, n_gates, width)
        n_passing = chunk.passing_size(3, n_units, n_features, n_gates, width, 16)
        room = np.zeros(n_kept + n_passing, dtype)
        return [
            *(draw(4, 11, n_features), lengths, mirrored, weight_ih, weight_hh),
            *(inner_bias, draw(4, n_units), draw(4, n_units) if n_gates == 4 else draw(0, 0)),
            *(keep, np.zeros((4, 11, 7), dtype), 2, np.zeros((4, 7), dtype)),
            *(draw(4, n_units) if n_gates == 4 else draw(0, 0), 1, 4, room),
        ]

    if name.startswith("forward"):
        return chunk(int(name[-1]), "block" not in name)
    if name.startswith("backward"):
        n_gates = int(name[-1])
        forward = chunk(n_gates, True)
        chunk.forward_chunk(*forward)
        cells = draw(4, 5) if n_gates == 4 else draw(0, 0)
        return [
            *(*forward[1:3], draw(n_gates, 5, 16), draw(n_gates, 5, 16)),
            *(3, draw(4, 11, 7), draw(4, 7), 2, cells, draw(4, 11, 3), draw(4, 5), cells.copy()),
            *forward[-3:],
        ]
    lengths = np.array([7, 1, 3])
    return {
        "rnn_step": vectors(2),
        "rnn_step_back": vectors(3),
        "gru_step": vectors(6),
        "gru_step_back": vectors(7),
        "lstm_step": vectors(7),
        "lstm_step_back": vectors(9),
        "pack_forward": [draw(6, 5), 3, 16],
        "pack_backward": [draw(6, 5), 3, 16],
        "pack_inputs": [draw(6, 5), draw(6), draw(6), 3, 16],
        "unpack": [draw(2, 500), 2, 5, 3, 16],
        "pool": [draw(3, 7, 4), lengths, 2, draw(3, 3, 4), np.ones((3, 4), "i4")],
        "pool_back": [draw(3, 3, 4), lengths, 2, np.ones((3, 4), "i4"), draw(3, 7, 4)],
        "add_bias_and_product": [draw(9, 5), draw(5, 16), draw(16), draw(9, 16)],
    }[name]


KERNELS = [
    *((module, name) for module in (rnn, gru, lstm, packing) for name in module.__all__),
    *((pooled_states, name) for name in ("pool", "pool_back")),
    (linear_rows, "add_bias_and_product"),
    *((chunk, f"forward_chunk of {n_gates}") for n_gates in (1, 3, 4)),
    *((chunk, f"forward_chunk block of {n_gates}") for n_gates in (1, 3, 4)),
    *((chunk, f"backward_chunk of {n_gates}") for n_gates in (1, 3, 4)),
]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("module", "name"), KERNELS)
def test_a_compiled_kernel_does_what_its_source_says(module, name, dtype):
    kernel = getattr(module, name.split()[0])
    compiled, interpreted = arrays_of(name, dtype), arrays_of(name, dtype)
    tolerance = {"rtol": 1e-4 if dtype == np.float32 else 1e-12, "atol": 1e-6}
    found, expected = kernel(*compiled), kernel.py_func(*interpreted)
    for one, other in zip(compiled, interpreted, strict=True):
        np.testing.assert_allclose(one, other, **tolerance)
    found = found if isinstance(found, tuple) else (found,)
    expected = expected if isinstance(expected, tuple) else (expected,)
    for one, other in zip(found, expected, strict=True):
        assert one is other is None or np.testing.assert_allclose(one, other, **tolerance) is None


def test_small_parts_of_kernels_do_what_their_source_says():
    source, target = np.arange(5.0), np.ones(5)
    chunk.add_to.py_func(source, target)
    np.testing.assert_array_equal(target, 1 + source)
    chunk._copy.py_func(source, target)
    np.testing.assert_array_equal(target, source)
    chunk._clear.py_func(target)
    assert not target.any()
    assert chunk._longest.py_func(np.array([9, 2, 4, 3]), 1, 4) == 4
    assert [chunk._recurrent_part.py_func(gate, 3) for gate in range(3)] == [0, 1, 3]
    assert [chunk._recurrent_part.py_func(gate, 4) for gate in range(4)] == [0, 1, 2, 3]
    assert [chunk._n_parts.py_func(n_gates) for n_gates in (1, 3, 4)] == [1, 4, 4]
    assert chunk._n_gate_steps.py_func(20, 1) == chunk.BLOCK
    block = np.ones((2, 3, 2))
    chunk._read_inputs.py_func(np.arange(8.0).reshape(2, 4, 1), [4, 3], True, 0, 2, block)
    np.testing.assert_array_equal(block[:, :, 0], [[1, 4, 0], [0, 0, 0]])
    np.testing.assert_array_equal(block[:, :, 1], [[1, 1, 0], [1, 0, 0]])
    out = np.empty((3, 20))
    packing._transpose.py_func(np.arange(60.0).reshape(20, 3), out)
    np.testing.assert_array_equal(out, np.arange(60.0).reshape(20, 3).T)
    assert product._lanes.py_func(np.zeros(3, np.float32)) in (8, 16)


@pytest.mark.parametrize("n_gates", [1, 3, 4])
def test_every_place_of_a_chunks_memory_is_one_parts_and_nobody_elses(n_gates):
    for n_samples in (1, 2, 3, 8, 13):
        n_rows = chunk._n_rows.py_func(n_samples)
        assert n_samples <= n_rows < n_samples + 8
        kept = (20, n_samples, 3, n_gates, 16)
        size = chunk.kept_size.py_func(*kept)
        parts = chunk._kept.py_func(np.arange(size), *kept)
        places = np.sort(np.concatenate([part.ravel() for part in parts]))
        np.testing.assert_array_equal(places, np.arange(size))
        passing = (n_samples, 5, 3, n_gates, 16, 32)
        size = chunk.passing_size.py_func(*passing)
        of_weights = chunk.gradients_size.py_func(5, 3, n_gates, 16)
        parts = chunk.gradients.py_func(np.arange(size), 5, 3, n_gates, 16)
        places = np.concatenate([part.ravel() for part in parts])
        np.testing.assert_array_equal(places, np.arange(size - of_weights, size))
        room = np.ones(size - of_weights)
        parts = chunk._passing.py_func(room, n_rows, 16, 32)
        assert not parts[0].any() and not parts[1].any()
        for number, part in enumerate(parts, start=2):
            part += number
        # 0 and 1 were there: each part was added once.
        assert [int((room == number).sum()) for number in (2, 3, 5)] == [n_rows * 16] * 3
        assert int((room == 6).sum()) == parts[3].size == room.size - 3 * n_rows * 16


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_ragged_layers_are_those_of_torch_up_to_the_lengths(cell, bidirectional):
    n_samples, n_timesteps = 50, 19
    _, weights, x, _ = case(cell, n_samples, n_timesteps, 3, 6)
    directions = [weights, case(cell, 1, 1, 3, 6, seed=1)[1]][: 1 + bidirectional]
    flat = [x, *(weight for direction in directions for weight in direction)]
    lengths = torch.randint(1, n_timesteps + 1, (n_samples,), generator=torch.Generator())
    valid = (torch.arange(n_timesteps) < lengths[:, None])[:, :, None]
    found, (last, *_) = run_fused(cell, x, lengths, directions)
    expected, (expected_last, *_) = run_in_torch(cell, x, lengths, directions)
    torch.testing.assert_close(found, torch.where(valid, expected, 0.0))
    torch.testing.assert_close(last, expected_last)
    # what a caller does with outputs behind the lengths is lost.
    for one, other in zip(
        torch.autograd.grad(loss_of(found, [last]), flat),
        torch.autograd.grad(loss_of(torch.where(valid, expected, 0.0), [expected_last]), flat),
        strict=True,
    ):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-10)


def test_gradients_of_gradients_are_there_for_ragged_layers_too():
    _, weights, x, _ = case("gru", 3, 4, 2, 3)
    lengths = torch.tensor([4, 2, 3])

    def run(x, *flat):
        outputs, last = run_fused("gru", x, lengths, [list(flat[:4]), list(flat[4:])])
        return outputs, *last

    inputs = (x, *weights, *case("gru", 1, 1, 2, 3, seed=1)[1])
    assert torch.autograd.gradcheck(run, inputs)
    assert torch.autograd.gradgradcheck(run, inputs)


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("lengths", [None, torch.tensor([5, 1, 3])])
def test_pooling_in_one_pass_is_pooling_by_definition(lengths, bidirectional):
    torch.manual_seed(0)
    states = torch.randn(3, 5, 4, dtype=torch.float64, requires_grad=True)
    pooled = pool_fused(states, lengths, bidirectional=bidirectional)
    for sample, length in enumerate([5, 5, 5] if lengths is None else lengths.tolist()):
        valid = states[sample, :length]
        last = torch.cat([valid[-1, :2], valid[0, 2:]]) if bidirectional else valid[-1]
        torch.testing.assert_close(pooled[sample, 0], last)
        torch.testing.assert_close(pooled[sample, 1], valid.mean(0))
        torch.testing.assert_close(pooled[sample, 2], valid.amax(0))

    def pool(states):
        return pool_fused(states, lengths, bidirectional=bidirectional)

    assert torch.autograd.gradcheck(pool, states)
    assert torch.autograd.gradgradcheck(pool, states)


def test_pooling_shows_what_is_not_a_number():
    states = torch.zeros(2, 4, 1)
    states[0, 2] = torch.nan
    pooled = pool_fused(states, None, bidirectional=False)
    assert pooled[0, 1:].isnan().all() and not pooled[1].isnan().any()


def test_without_a_place_for_machine_code_it_is_compiled_in_every_process(monkeypatch):
    asked = []

    def njit(**options):
        asked.append(options.get("cache", False))
        if asked[-1]:
            raise RuntimeError("cannot cache function: no locator available")
        return lambda function: function

    monkeypatch.setattr(product, "njit", njit)
    assert product.compiled(len) is len
    assert asked == [True, False]


def wrong_shapes():
    """What a kernel would read behind its end: arguments of a layer, and what is said of them."""
    _, weights, x, _ = case("gru", 4, 5, 3, 6, torch.float32)
    x, state = x.detach(), (torch.zeros(4, 6),)
    fewer = [*weights[:3], weights[3][:5]]
    return [
        ((x[:, :, :2], None, [weights], state), r"weight_ih: got shape \(18, 3\)"),
        ((torch.cat([x, x], 2), None, [weights], state), r"weight_ih: got shape"),
        ((x, None, [fewer], state), r"bias_hh: got shape \(5,\)"),
        ((x, None, [weights], (state[0][:1, :5],)), r"state: got shape \(1, 5\)"),
        ((x, None, [weights], (state[0].double(),)), r"state: .*float64"),
        ((x, torch.tensor([5, 5]), [weights], None), r"lengths: got shape \(2,\)"),
        ((x, torch.tensor([5, 5, 5, 6]), [weights], None), r"lengths: .*from 5 to 6.*1 to 5"),
        ((x, torch.tensor([0, 5, 5, 5]), [weights], None), r"lengths: .*from 0 to 5"),
        ((x, torch.tensor([5, 5, 5, 5]).int(), [weights], None), r"lengths: .*int32"),
    ]


@pytest.mark.parametrize("number", range(9))
def test_shapes_that_do_not_fit_are_refused_before_a_kernel_runs(number):
    arguments, message = wrong_shapes()[number]
    with torch.no_grad(), pytest.raises(ValueError, match=message):
        run_fused("gru", *arguments)
    with pytest.raises(ValueError, match=message):
        run_fused("gru", *arguments)


def test_pooling_and_linear_layers_refuse_what_does_not_fit():
    with pytest.raises(ValueError, match=r"lengths: .*from 5 to 6"):
        pool_fused(torch.ones(2, 5, 3), torch.tensor([5, 6]), bidirectional=False)
    for weight, bias in (((4, 5), 4), ((4, 3), 1)):
        with torch.no_grad():
            x, weights = torch.ones(2, 3), (torch.ones(weight), torch.zeros(bias))
            if weight[1] == 3:
                # a bias of one number is torch's to spread, as ever.
                assert torch.equal(linear(x, *weights), nn.functional.linear(x, *weights))
            else:
                with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
                    linear(x, *weights)


def test_gradients_that_have_gradients_are_right_where_a_state_depends_on_the_weights():
    encoder = RecurrentEncoder(3, 4, cell="lstm").double()
    x = torch.randn(2, 5, 3, dtype=torch.float64)

    def gradients(create_graph):
        _, state = encoder.run_on(x)
        outputs, _ = encoder.run_on(x, state)
        return torch.autograd.grad(
            (outputs**2).sum(), list(encoder.parameters()), create_graph=create_graph
        )

    for one, other in zip(gradients(False), gradients(True), strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::torch.jit.TracerWarning")
def test_what_traces_operations_sees_those_of_torch():
    encoder = RecurrentEncoder(3, 4, cell="gru").eval()
    first, second = torch.randn(2, 2, 5, 3)
    with torch.no_grad():
        traced = torch.jit.trace(encoder, first)
        torch.testing.assert_close(traced(second), encoder(second))


def in_a_new_process(code, folder=None, **environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=200,
        check=True,
    ).stdout.strip()


RUN_A_LAYER = """
import torch
from skrnn.modules import RecurrentEncoder
torch.manual_seed(0)
encoder = RecurrentEncoder(3, 4, cell="gru")
with torch.no_grad():
    print(round(float(encoder(torch.ones(2, 9, 3)).sum()), 4))
"""


@pytest.mark.parametrize("environment", [{"NUMBA_DISABLE_JIT": "1"}, {"NUMBA_CPU_NAME": "generic"}])
def test_settings_of_numba_change_no_result(environment):
    assert in_a_new_process(RUN_A_LAYER, **environment) == in_a_new_process(RUN_A_LAYER)


def test_kept_machine_code_is_not_used_for_other_sources(tmp_path):
    package = Path(product.__file__).parents[1]
    copy = tmp_path / "skrnn"
    shutil.copytree(package, copy, ignore=shutil.ignore_patterns("__pycache__"))
    # the folder that Python starts in comes first on its path
    before = in_a_new_process(RUN_A_LAYER, tmp_path)
    source = copy / "_kernels" / "gru.py"
    text = source.read_text(encoding="utf-8")
    changed = text.replace("after[j] = n[j] + z[j] * (before[j] - n[j])", "after[j] = 7.0")
    assert changed != text
    source.write_text(changed, encoding="utf-8")
    assert before == in_a_new_process(RUN_A_LAYER)
    assert in_a_new_process(RUN_A_LAYER, tmp_path) == str(7.0 * 2 * 9 * 4)


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
    monkeypatch.setattr("skrnn._kernels.recurrence.LayerRun", fail)
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
