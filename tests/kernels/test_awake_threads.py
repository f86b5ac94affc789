"""Work that threads share: who does it, that it is done once, and what happens at the edges."""

import platform
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from itertools import count, takewhile

import numpy as np
import pytest
import torch
from numba import typeof, types

from skrnn._kernels import awake_threads, jobs, native, run_fused
from skrnn._kernels.jobs import HAS_FAILED, JOB_SIZE, WORK
from skrnn._kernels.native import address_of
from skrnn._kernels.product import compiled
from skrnn._kernels.threads import kernel_threads, n_allowed_threads


def layer(cell="gru", n_samples=96, n_timesteps=40, dtype=torch.float32):
    generator = torch.Generator().manual_seed(0)
    n_gates = {"rnn": 1, "gru": 3, "lstm": 4}[cell]
    shapes = [(n_gates * 16, 5), (n_gates * 16, 16), (n_gates * 16,), (n_gates * 16,)]
    weights = [torch.randn(shape, generator=generator, dtype=dtype) / 4 for shape in shapes]
    x = torch.randn(n_samples, n_timesteps, 5, generator=generator, dtype=dtype)
    return cell, x, None, [weights]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_helpers_asleep_and_awake_change_no_bit(cell, dtype):
    arguments = layer(cell, dtype=dtype)
    with torch.no_grad():
        expected = run_fused(*arguments)[0]
        with kernel_threads(4):
            for pause in (0, 0, 0, 0.02, 0):
                time.sleep(pause)
                assert torch.equal(run_fused(*arguments)[0], expected)


class OneNumber:
    """A job of which nothing but the number of those who have come matters."""

    n_pieces = 2

    def __init__(self, work):
        self.numbers = np.zeros(JOB_SIZE, np.int64)
        self.numbers[WORK] = address_of(work, (typeof(self.numbers),))


@compiled
def _meet(job):
    """Wait until two threads have come."""
    native.fetch_add(job, 0)
    for _ in range(10**9):
        if native.read(job, 0) == 2:
            return
        native.pause()
    native.write(job, HAS_FAILED, 1)


def test_a_helper_works_beside_its_caller_awake_or_not():
    with torch.no_grad(), kernel_threads(2):
        run_fused(*layer(n_samples=400))
    assert "skrnn-helper" in [thread.name for thread in threading.enumerate()]
    for pause in (0, 0, 0.05, 0):
        time.sleep(pause)
        job = OneNumber(_meet)
        awake_threads._helpers.share(job, 1, is_large=True)
        assert job.numbers[0] == 2 and job.numbers[HAS_FAILED] == 0


def test_a_helper_that_waits_uses_about_two_milliseconds_of_its_core():
    mailbox, seconds = np.zeros(awake_threads._MAILBOX_SIZE, np.int64), []
    for _ in range(5):
        started = time.thread_time()
        awake_threads._serve(mailbox, awake_threads._n_checks_while_awake())
        seconds.append(time.thread_time() - started)
    assert 0.0005 < min(seconds) < 0.02


def test_many_callers_at_once_get_what_each_asked_for():
    jobs = [layer("gru", n_samples) for n_samples in (17, 40, 96, 33)] * 8
    with torch.no_grad():
        expected = [run_fused(*job)[0] for job in jobs]

        def work(job):
            # each is told that it may use all threads, whoever else does.
            with kernel_threads(64), torch.no_grad():
                return run_fused(*job)[0]

        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(work, jobs))
    assert all(map(torch.equal, found, expected))


def test_callers_share_the_threads_that_are_allowed():
    assert n_allowed_threads() == 1
    with kernel_threads(4):
        assert n_allowed_threads() == 4
        seen = []

        def ask():
            with kernel_threads(1):
                seen.append(n_allowed_threads())
                with torch.no_grad():
                    seen.append(run_fused(*layer())[0].isfinite().all())

        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
        # half a thread is none to spare.
        assert seen == [0, True]


@pytest.mark.slow
@pytest.mark.parametrize("after", ["", "import os; os.kill(os.getpid(), 15)", "1 / 0"])
def test_a_process_ends_at_once_while_its_helpers_are_awake(after):
    script = f"""
import torch
from skrnn._kernels.threads import kernel_threads
from skrnn.modules import RecurrentEncoder
encoder = RecurrentEncoder(5, 64, cell="lstm")
with torch.no_grad(), kernel_threads(3):
    for _ in range(20):
        encoder(torch.ones(96, 40, 5))
{after}
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, timeout=120)
    expected = {"": 0, "1 / 0": 1}.get(after, -15)
    assert ended.returncode == expected
    assert (b"ZeroDivisionError" in ended.stderr) == (after == "1 / 0")
    assert b"Fatal" not in ended.stderr


@compiled
def _fail_from(numbers, limit):
    if len(numbers) > limit:
        raise ValueError("too many")
    numbers[0] += 1


@compiled
def _call_at(address, numbers, limit):
    return native.call(address, (numbers, limit))


def test_a_function_called_by_address_says_whether_it_failed():
    numbers = np.zeros(3, np.float32)
    address = address_of(_fail_from, (typeof(numbers), types.int64))
    assert _call_at(address, numbers, 3) and not _call_at(address, numbers, 2)
    assert numbers[0] == 1


@compiled
def _always_fails(job):
    raise ValueError("always")


def test_a_kernel_that_fails_is_an_error(monkeypatch):
    failing = address_of(_always_fails, (types.Array(types.int64, 1, "C"),))
    real = jobs._addresses_of
    monkeypatch.setattr(
        jobs, "_addresses_of", lambda kernel, kind: (real(kernel, kind)[0], failing)
    )
    with torch.no_grad(), pytest.raises(RuntimeError, match="SKRNN_FUSED=0"):
        run_fused(*layer())
    # the caller's denormal numbers, which kernels flush to zero, are there again.
    assert float(torch.tensor([1e-40]) * 1) > 0


def test_weights_of_another_type_are_refused():
    cell, x, lengths, directions = layer()
    with pytest.raises(ValueError, match=r"weight_ih: got torch.float32, while x is torch.float64"):
        run_fused(cell, x.double(), lengths, directions)


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_a_helper_that_did_not_start_is_not_waited_for(error, monkeypatch):
    def fail(thread):
        raise error("no more threads")

    helpers = awake_threads._Helpers()
    job = OneNumber(_count)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", fail)
        with nullcontext() if error is RuntimeError else pytest.raises(KeyboardInterrupt):
            helpers.share(job, 2, is_large=True)
    before = int(job.numbers[0])
    helpers.share(job, 2, is_large=True)
    # the caller alone, or with the second helper.
    assert job.numbers[0] - before in (1, 2)
    helpers.stop()


@compiled
def _count(job):
    native.fetch_add(job, 0)


def multiply_tiny():
    return float(torch.full((64,), 1e-30) @ torch.full((64,), 1e-9))


@pytest.mark.parametrize("flush", [False, True])
def test_denormal_numbers_are_the_same_whatever_the_caller_does_with_them(flush):
    cell, x, lengths, directions = layer()
    x = x * 1e-38
    expected = run_fused(cell, x, lengths, directions)[0]
    before = multiply_tiny()
    is_set = torch.set_flush_denormal(flush)
    try:
        with_setting = multiply_tiny()
        with kernel_threads(3):
            for _ in range(5):
                assert torch.equal(run_fused(cell, x, lengths, directions)[0], expected)
        # and the setting is the caller's again.
        assert multiply_tiny() == with_setting
        assert not is_set or (with_setting == 0) == flush
    finally:
        torch.set_flush_denormal(False)
    assert multiply_tiny() == before


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="others are not slowed")
def test_gradients_that_vanish_end_at_zero():
    cell, x, lengths, directions = layer("rnn", n_samples=3, n_timesteps=300)
    weights = [weight.clone().requires_grad_() for weight in directions[0]]
    x.requires_grad_()
    run_fused(cell, x, lengths, [weights])[1][0].sum().backward()
    sizes = x.grad.abs()
    assert sizes.max() > 0
    assert not ((sizes > 0) & (sizes < torch.finfo(torch.float32).tiny)).any()
    # long before the last timestep nothing is left.
    assert (sizes[:, :100] == 0).all() and (sizes[:, -1] > 0).any()


def test_arguments_are_written_down_the_same_compiled_or_not():
    arrays = np.ones((2, 3, 4)), np.array([3, 2]), np.ones((5, 6), np.float32), np.ones(7)
    compiled_numbers, numbers = np.zeros((2, JOB_SIZE), np.int64)
    jobs._put(compiled_numbers, 24, (1, 0, 7), arrays)
    jobs._put.py_func(numbers, 24, (1, 0, 7), arrays)
    np.testing.assert_array_equal(numbers, compiled_numbers)
    assert numbers[24:27].tolist() == [1, 0, 7]
    for place, array in zip(range(28, 44, 4), arrays, strict=True):
        assert numbers[place] == array.ctypes.data
        assert tuple(numbers[place + 1 : place + 1 + array.ndim]) == array.shape


# -- the protocol, in Python --------------------------------------------------------------

STATE, AWAKE, STOP = awake_threads._STATE, awake_threads._IS_AWAKE, awake_threads._MUST_STOP


def new_mailboxes(number):
    return np.zeros((number, awake_threads._MAILBOX_SIZE), np.int64)


@pytest.fixture
def in_python(monkeypatch):
    """Let the protocol run uncompiled, one access after the other; return all jobs by address."""
    lock, jobs = threading.Lock(), {}

    def read(numbers, place):
        with lock:
            return numbers[place]

    def write(numbers, place, value):
        with lock:
            numbers[place] = value

    def swap(numbers, place, before, after):
        with lock:
            is_before = numbers[place] == before
            if is_before:
                numbers[place] = after
            return is_before

    def put_array(numbers, place, array):
        numbers[place], jobs[array.ctypes.data] = array.ctypes.data, array

    def wait(look):
        time.sleep(0)
        return look + 1

    def array_1d(numbers, place, like):
        return jobs[int(numbers[place])]

    for function in (read, write, swap, put_array, array_1d):
        monkeypatch.setattr(awake_threads, function.__name__, function)
    monkeypatch.setattr(awake_threads, "_wait", wait)


def test_all_pieces_are_done_once_whoever_does_them(in_python, monkeypatch):
    begun, done = count(), []

    def work(job):
        for _ in takewhile(lambda number: number < job[0], begun):
            done.append((int(job[1]), threading.get_ident()))
            time.sleep(0.001)

    monkeypatch.setattr(awake_threads, "_work", work)
    mailboxes = new_mailboxes(3)
    helpers = [
        threading.Thread(target=awake_threads._serve.py_func, args=(mailbox, 10**9))
        for mailbox in mailboxes
    ]
    for helper in helpers:
        helper.start()
    for number in range(3):
        begun = count()
        awake_threads._share.py_func(np.array([20, number]), mailboxes, 2)
        assert sum(one == number for one, _ in done) == 20
        assert (mailboxes[:, STATE] == awake_threads._IDLE).all()
    # the first two helpers, who were enough, and the caller.
    assert len({thread for _, thread in done}) == 3
    mailboxes[:, STOP] = 1
    for helper in helpers:
        helper.join(10)
    assert not any(helper.is_alive() for helper in helpers)
    assert (mailboxes[:, AWAKE] == 0).all()


def test_what_no_helper_takes_is_withdrawn(in_python, monkeypatch):
    worked = []
    monkeypatch.setattr(awake_threads, "_work", worked.append)
    mailboxes = new_mailboxes(3)
    # another caller has the second one.
    mailboxes[1, STATE] = awake_threads._RUNNING
    awake_threads._share.py_func(np.zeros(3, np.int64), mailboxes, 3)
    assert len(worked) == 1
    assert mailboxes[:, STATE].tolist() == [
        awake_threads._IDLE,
        awake_threads._RUNNING,
        awake_threads._IDLE,
    ]
    # and a helper without a job goes to sleep.
    awake_threads._serve.py_func(mailboxes[0], 5)
    assert mailboxes[0, AWAKE] == 0 and len(worked) == 1


def test_who_waits_lets_others_have_the_core_now_and_then(monkeypatch):
    calls = []
    monkeypatch.setattr(awake_threads, "pause", lambda: calls.append("pause"))
    monkeypatch.setattr(awake_threads, "yield_core", lambda: calls.append("yield"))
    look = 0
    while look < 1024:
        look = awake_threads._wait.py_func(look)
    assert calls.count("yield") == 4 and calls[255] == "yield"
