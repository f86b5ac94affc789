"""Memory that is reused, but only when no array has it."""

import gc
import threading

import numpy as np
import torch

from skrnn._kernels.buffers import empty, reused_memory, zeros

FLOAT = np.dtype(np.float32)
LARGE = (300, 300)


def place(array):
    return array.__array_interface__["data"][0]


def test_the_memory_of_an_array_that_is_gone_is_used_again_aligned_to_vectors():
    with reused_memory():
        first = empty(LARGE, FLOAT)
        address = place(first)
        assert address % 64 == 0
        del first
        assert place(empty((100, 900), FLOAT)) == address
        smaller = empty((200, 200), np.dtype(np.float64))
        assert place(smaller) == address and smaller.flags.writeable


def test_memory_is_not_used_again_while_a_tensor_has_it():
    with reused_memory():
        tensor = torch.from_numpy(zeros(LARGE, FLOAT))
        part = tensor[3:, 4]
        del tensor
        other = empty(LARGE, FLOAT)
        other.fill(1)
        assert not part.any()
        address = part.data_ptr()
        del part
        assert abs(place(empty(LARGE, FLOAT)) - address) < 8192


def test_what_was_used_before_is_zero_when_zeros_are_asked_for():
    with reused_memory():
        dirty = empty(LARGE, FLOAT)
        dirty.fill(np.nan)
        del dirty
        assert not zeros(LARGE, FLOAT).any()


def test_arrays_outlive_the_context_and_need_none():
    assert empty(LARGE, FLOAT).shape == LARGE
    with reused_memory():
        kept = zeros(LARGE, FLOAT)
        with reused_memory():
            inner = zeros(LARGE, FLOAT)
        later = empty(LARGE, FLOAT)
    later.fill(2)
    assert not kept.any() and not inner.any()
    assert empty((0, 5), FLOAT).shape == (0, 5)


def test_larger_memory_takes_the_place_of_the_largest_there_was():
    with reused_memory():
        small, large = empty((150, 150), FLOAT), empty(LARGE, FLOAT)
        address = place(small)
        del small, large
        larger = empty((400, 400), FLOAT)
        assert place(empty((150, 150), FLOAT)) == address
        assert larger.shape == (400, 400)


def test_threads_have_memory_of_their_own_and_may_drop_that_of_others():
    found = []

    def work():
        with reused_memory():
            mine = [zeros(LARGE, FLOAT) for _ in range(3)]
            for number, array in enumerate(mine):
                array.fill(number)
            found.append([float(array.sum()) for array in mine])

    with reused_memory():
        handed_over = [empty(LARGE, FLOAT)]
        thread = threading.Thread(target=lambda: (work(), handed_over.clear()))
        thread.start()
        work()
        thread.join()
    gc.collect()
    assert found == [[0.0, 90_000.0, 180_000.0]] * 2
