"""Layers that several threads work on, and threads and processes that run layers at once."""

import multiprocessing
import sys
import threading
import time

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from skrnn._kernels import run_fused
from skrnn._kernels.layer import chunks_of
from skrnn._kernels.threads import for_each, kernel_threads
from tests.kernels.layers import CELLS, case, loss_of


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


@pytest.mark.slow
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
    found = queue.get(timeout=200)
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
