"""Compiled functions against their own source, run as plain Python."""

import numpy as np
import pytest

from skrnn._kernels import (
    chunk,
    gru,
    linear_rows,
    lstm,
    packing,
    pooled_states,
    product,
    rnn,
    running_pools,
    vectors,
    workspace,
)
from skrnn._kernels.chunk import (
    BackwardWeights,
    Chunk,
    ForwardWeights,
    Results,
    Sequences,
    States,
    Stretch,
)
from skrnn._kernels.running_pools import Pools
from skrnn._kernels.workspace import LayerSizes


def uniform(rng, dtype, *shape):
    return np.abs(rng.normal(size=shape).astype(dtype)) % 1


def chunk_arguments(name, dtype):
    """Arguments of a kernel for the last three of four samples."""
    rng = np.random.default_rng(0)
    n_gates = int(name[-1])
    n_units, n_features, width = 5, 3, 16
    sizes = LayerSizes(n_gates, n_features, n_units, width)

    def draw(*shape):
        return uniform(rng, dtype, *shape)

    def cells():
        return draw(4, n_units) if n_gates == 4 else draw(0, 0)

    sequences = Sequences(draw(4, 11, n_features), np.array([8, 11, 4, 10]), n_gates == 3)
    weights = ForwardWeights(
        draw(n_gates, n_features + 1, width), draw(n_gates, n_units, width), draw(width)
    )
    for padded in weights:
        padded[..., n_units:] = 0
    size = workspace.kept_size(11, 3, sizes) + workspace.backward_size(3, sizes, 16)
    before, after = (States(draw(4, n_units), cells()) for _ in range(2))
    results = Results(np.zeros((4, 11, 7), dtype), np.zeros((4, 7), dtype), cells(), 2)
    pools = Pools(draw(4, 7), draw(4, 7) - 1, np.full((4, 7), 9, "i4"))
    stretch = Stretch(8 if "end" in name else 0, 8 if "start" in name else 11)
    forward = [
        *(sequences, weights, before, results, pools, after, Chunk(1, 4), stretch),
        *("block" not in name, np.zeros(size, dtype)),
    ]
    if name.startswith("forward"):
        return forward
    chunk.forward_chunk(*forward)
    return [
        sequences,
        BackwardWeights(draw(n_gates, n_units, 16), draw(n_gates, n_units, width)),
        Results(draw(4, 11, 7), draw(4, 7), cells(), 2),
        draw(4, 11, n_features),
        *(before, pools, after, Chunk(1, 4), stretch, forward[-1]),
    ]


def arguments_of(name, dtype):
    """Arguments of a kernel, small."""
    if "chunk" in name:
        return chunk_arguments(name, dtype)
    rng = np.random.default_rng(0)

    def draw(*shape):
        return uniform(rng, dtype, *shape)

    def vectors(number):
        return [draw(24) for _ in range(number)]

    def pools():
        return Pools(draw(2, 7), draw(2, 7), np.full((2, 7), 5, "i4"))

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
        "unpack": [draw(2, 500), LayerSizes(3, 5, 2, 16)],
        "pool": [draw(3, 7, 4), lengths, 2, draw(3, 3, 4), np.ones((3, 4), "i4")],
        "pool_back": [draw(3, 3, 4), lengths, 2, np.ones((3, 4), "i4"), draw(3, 7, 4)],
        "pool_step": [draw(4), 1, 9, 3, True, pools()],
        "pool_step_back": [draw(4), 1, 5, 3, pools()],
        "add_bias_and_product": [draw(9, 5), draw(5, 16), draw(16), draw(9, 16)],
    }[name]


WAYS = ("forward", "backward")
KERNELS = [
    *((module, name) for module in (rnn, gru, lstm, packing) for name in module.__all__),
    *((pooled_states, name) for name in ("pool", "pool_back")),
    *((running_pools, name) for name in ("pool_step", "pool_step_back")),
    (linear_rows, "add_bias_and_product"),
    *((chunk, f"forward_chunk of {n_gates}") for n_gates in (1, 3, 4)),
    *((chunk, f"forward_chunk block of {n_gates}") for n_gates in (1, 3, 4)),
    *((chunk, f"backward_chunk of {n_gates}") for n_gates in (1, 3, 4)),
    *((chunk, f"{way}_chunk {part} of 4") for way in WAYS for part in ("start", "end")),
]


def flat(values):
    """The arrays and numbers in nested tuples."""
    if not isinstance(values, (tuple, list)):
        return [values]
    return [part for value in values for part in flat(value)]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("module", "name"), KERNELS)
def test_a_compiled_kernel_does_what_its_source_says(module, name, dtype, monkeypatch):
    kernel = getattr(module, name.split()[0])
    compiled, interpreted = arguments_of(name, dtype), arguments_of(name, dtype)
    found = kernel(*compiled)
    # functions of the same file, which it calls, are also interpreted.
    for part, function in list(vars(module).items()):
        if getattr(function, "__module__", None) == module.__name__ and hasattr(
            function, "py_func"
        ):
            monkeypatch.setattr(module, part, function.py_func)
    expected = kernel.py_func(*interpreted)
    tolerance = {"rtol": 1e-4 if dtype == np.float32 else 1e-12, "atol": 1e-6}
    for one, other in zip(flat([compiled, found]), flat([interpreted, expected]), strict=True):
        assert one is other is None or np.testing.assert_allclose(one, other, **tolerance) is None


def test_small_parts_of_kernels_do_what_their_source_says():
    source, target = np.arange(5.0), np.ones(5)
    vectors.add_to.py_func(source, target)
    np.testing.assert_array_equal(target, 1 + source)
    vectors.copy.py_func(source, target)
    np.testing.assert_array_equal(target, source)
    vectors.clear.py_func(target)
    assert not target.any()
    assert chunk._longest_length.py_func(np.array([9, 2, 4, 3]), Chunk(1, 4)) == 4
    assert [chunk._recurrent_gate.py_func(gate, 3) for gate in range(3)] == [0, 1, 3]
    assert [chunk._recurrent_gate.py_func(gate, 4) for gate in range(4)] == [0, 1, 2, 3]
    assert [workspace._n_gate_arrays.py_func(n_gates) for n_gates in (1, 3, 4)] == [1, 4, 4]
    assert workspace._n_gate_steps.py_func(20, 1) == workspace.BLOCK
    block, sequences = np.ones((2, 3, 2)), Sequences(np.arange(8.0).reshape(2, 4, 1), [4, 3], True)
    chunk._read_inputs.py_func(sequences, Chunk(0, 2), 2, block)
    np.testing.assert_array_equal(block[:, :, 0], [[1, 4, 0], [0, 0, 0]])
    np.testing.assert_array_equal(block[:, :, 1], [[1, 1, 0], [1, 0, 0]])
    out = np.empty((3, 20))
    packing._transpose.py_func(np.arange(60.0).reshape(20, 3), out)
    np.testing.assert_array_equal(out, np.arange(60.0).reshape(20, 3).T)
    assert product._lanes.py_func(np.zeros(3, np.float32)) in (8, 16)


@pytest.mark.parametrize("n_gates", [1, 3, 4])
def test_every_number_of_a_workspace_belongs_to_one_array(n_gates):
    sizes = LayerSizes(n_gates, 3, 5, 16)
    for n_samples in (1, 2, 3, 8, 13):
        n_rows = workspace.n_padded_rows.py_func(n_samples)
        assert n_samples <= n_rows < n_samples + 8
        size = workspace.kept_size.py_func(20, n_samples, sizes)
        arrays = workspace.kept_arrays.py_func(np.arange(size), 20, n_samples, sizes)
        places = np.sort(np.concatenate([array.ravel() for array in arrays]))
        np.testing.assert_array_equal(places, np.arange(size))
        size = workspace.backward_size.py_func(n_samples, sizes, 32)
        n_gradients = workspace.gradients_size.py_func(sizes)
        arrays = workspace.weight_gradients.py_func(np.arange(size), sizes)
        places = np.concatenate([array.ravel() for array in arrays])
        np.testing.assert_array_equal(places, np.arange(size - n_gradients, size))
        memory = np.ones(size - n_gradients)
        arrays = workspace.scratch_arrays.py_func(memory, n_rows, 16, 32)
        for number, array in enumerate(arrays, start=1):
            array += number
        # 1 was there before: each array was added to once.
        assert [int((memory == number).sum()) for number in (2, 3, 4)] == [n_rows * 16] * 3
        assert int((memory == 5).sum()) == arrays.d_inputs.size == memory.size - 3 * n_rows * 16
