"""Work that threads share: who does it, that it is done once, and what happens at the edges."""

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from skrnn._threads import kernel_threads, n_allowed_threads
from skrnn.kernels import _native, _sharing, run_fused
from skrnn.kernels._native import address_of
from skrnn.kernels._product import compiled


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


@compiled
def _meet(job):
    """Wait until two threads have come."""
    _native.fetch_add(job, 0)
    for _ in range(10**9):
        if _native.read(job, 0) == 2:
            return
        _native.pause()
    _native.write(job, 8, 1)


def test_a_helper_works_beside_its_caller_awake_or_not():
    with torch.no_grad(), kernel_threads(2):
        run_fused(*layer(n_samples=400))
    assert "skrnn-helper" in [thread.name for thread in threading.enumerate()]
    job = np.zeros(200, np.int64)
    job[12] = address_of(_meet, (job,))
    for pause in (0, 0, 0.05, 0):
        time.sleep(pause)
        job[:9] = 0
        _sharing._share(job, _sharing._helpers.mailboxes(1, is_large=True))
        assert job[0] == 2 and job[8] == 0


def test_a_helper_stays_awake_for_about_two_milliseconds():
    mailbox, seconds = np.zeros(32, np.int64), []
    for _ in range(10):
        started = time.perf_counter()
        _sharing._serve(mailbox, _sharing._looks_while_awake())
        seconds.append(time.perf_counter() - started)
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


@pytest.mark.parametrize("after", ["", "import os; os.kill(os.getpid(), 15)", "1 / 0"])
def test_a_process_ends_at_once_while_its_helpers_are_awake(after):
    script = f"""
import torch
from skrnn._threads import kernel_threads
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
    return _native.call(address, (numbers, limit))


def test_a_function_called_by_address_says_whether_it_failed():
    numbers = np.zeros(3, np.float32)
    address = address_of(_fail_from, (numbers, 3))
    assert _call_at(address, numbers, 3) and not _call_at(address, numbers, 2)
    assert numbers[0] == 1


@compiled
def _report_failure(job):
    job[8] = 1


def test_a_kernel_that_fails_is_an_error(monkeypatch):
    def broken(function, like):
        return address_of(_report_failure if len(like) == 1 else function, like)

    monkeypatch.setattr(_sharing, "_addresses", {})
    monkeypatch.setattr(_sharing, "address_of", broken)
    with torch.no_grad(), pytest.raises(RuntimeError, match="SKRNN_FUSED=0"):
        run_fused(*layer())


# -- the protocol, in Python --------------------------------------------------------------


class Numbers:
    """The numbers that threads share, for functions that run as Python."""

    def __init__(self):
        self.lock = threading.Lock()

    def read(self, numbers, place):
        with self.lock:
            return numbers[place]

    def write(self, numbers, place, value):
        with self.lock:
            numbers[place] = value

    def swap(self, numbers, place, before, after):
        with self.lock:
            is_before = numbers[place] == before
            if is_before:
                numbers[place] = after
            return is_before

    def fetch_add(self, numbers, place):
        with self.lock:
            numbers[place] += 1
            return numbers[place] - 1


@pytest.fixture
def in_python(monkeypatch):
    """Let the protocol run uncompiled; jobs are found by their address."""
    numbers, jobs = Numbers(), {}
    for name in ("read", "write", "swap", "fetch_add"):
        monkeypatch.setattr(_sharing, name, getattr(numbers, name))
    monkeypatch.setattr(_sharing, "pause", lambda: time.sleep(0))

    def put_array(numbers, place, array):
        numbers[place], jobs[array.ctypes.data] = array.ctypes.data, array
        return place + 4

    monkeypatch.setattr(_sharing, "put_array", put_array)
    monkeypatch.setattr(
        _sharing, "array_1d", lambda numbers, place, like: jobs[int(numbers[place])]
    )
    return numbers


def test_all_pieces_are_done_once_whoever_does_them(in_python, monkeypatch):
    done = []

    def call(address, arguments):
        (job,) = arguments
        while in_python.fetch_add(job, 0) < 20:
            done.append((int(job[20]), threading.get_ident()))
            time.sleep(0.001)
        return True

    monkeypatch.setattr(_sharing, "call", call)
    mailboxes = np.zeros((2, 32), np.int64)
    helpers = [
        threading.Thread(target=_sharing._serve.py_func, args=(mailbox, 10**9))
        for mailbox in mailboxes
    ]
    for helper in helpers:
        helper.start()
    for number in range(3):
        job = np.zeros(200, np.int64)
        job[20] = number
        _sharing._share.py_func(job, mailboxes)
        assert sum(one == number for one, _ in done) == 20
        assert (mailboxes[:, 0] == 0).all()
    assert len({thread for _, thread in done}) == 3
    mailboxes[:, 24] = 1
    for helper in helpers:
        helper.join(10)
    assert not any(helper.is_alive() for helper in helpers)
    assert (mailboxes[:, 16] == 0).all()


def test_what_no_helper_takes_is_withdrawn(in_python, monkeypatch):
    worked = []
    monkeypatch.setattr(_sharing, "call", lambda address, arguments: worked.append(arguments))
    mailboxes = np.zeros((3, 32), np.int64)
    # another caller has the second one.
    mailboxes[1, 0] = 1
    _sharing._share.py_func(np.zeros(200, np.int64), mailboxes)
    assert len(worked) == 1
    assert mailboxes[:, 0].tolist() == [0, 1, 0]
    # and a helper without a job goes to sleep.
    _sharing._serve.py_func(mailboxes[0], 5)
    assert mailboxes[0, 16] == 0 and len(worked) == 1
