"""What never changes a prediction, searched for by Hypothesis over every kind of network."""

from __future__ import annotations

import itertools
import zlib
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skrnn import RNNClassifier, RNNRegressor

# No prediction moves by more than this.
TOLERANCE = 1e-6

N_FEATURES = 2
N_TOKENS = 9

# Networks are trained once: what is searched through is what they are asked.
search = settings(
    max_examples=4,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)

CELLS = ("lstm", "gru", "rnn")
POOLINGS = ("last", "attention", ("last", "mean", "max"))
SEGMENT_LENGTHS = (1, 3)
NETWORKS = list(itertools.product(CELLS, (False, True), POOLINGS, SEGMENT_LENGTHS))
# Each cell in one direction and in both, each pooling with two cells: these are always run.
ALWAYS = [
    ("lstm", False, "last", 1),
    ("lstm", True, "attention", 3),
    ("gru", False, "attention", 1),
    ("gru", True, ("last", "mean", "max"), 3),
    ("rnn", False, ("last", "mean", "max"), 3),
    ("rnn", True, "last", 1),
]
every_network = pytest.mark.parametrize(
    "network",
    [
        pytest.param(
            network,
            id=f"{network[0]}-{'both' if network[1] else 'forward'}-{''.join(network[2])}"
            f"-segment{network[3]}",
            marks=() if network in ALWAYS else pytest.mark.slow,
        )
        for network in NETWORKS
    ],
)
# One network of each cell, for what does not depend on how states are pooled.
a_network_of_each_cell = pytest.mark.parametrize(
    "network", [(cell, True, ("last", "mean", "max"), 1) for cell in CELLS], ids=CELLS
)
kinds_of_input = pytest.mark.parametrize("kind", ["measurements", "missing", "tokens"])


def _training_sequences(kind: str, n_samples: int = 16) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    sequences = []
    for i in range(n_samples):
        length = int(rng.integers(2, 12))
        if kind == "tokens":
            sequences.append(rng.integers(2, N_TOKENS, size=length))
            continue
        x = rng.normal(i % 2, 1, size=(length, N_FEATURES))
        if kind == "missing":
            x[rng.random(x.shape) < 0.2] = np.nan
            x[0] = x[-1] = 0.0  # the first and last timestep stay observed
        sequences.append(x)
    return sequences


@cache
def fitted(network: tuple, kind: str) -> RNNClassifier | RNNRegressor:
    cell, bidirectional, pooling, segment_length = network
    # Both estimators, without twice the time: which one depends on nothing but the case.
    estimator_class = (RNNClassifier, RNNRegressor)[zlib.crc32(repr((network, kind)).encode()) % 2]
    estimator = estimator_class(
        cell=cell,
        bidirectional=bidirectional,
        pooling=pooling,
        segment_length=segment_length,
        embedding_dim=3 if kind == "tokens" else None,
        hidden_size=5,
        max_epochs=3,
        learning_rate=0.03,
        random_state=0,
    )
    X = _training_sequences(kind)
    return estimator.fit(X, np.arange(len(X)) % 2)


def outputs(estimator, X) -> np.ndarray:
    """Everything that the network says of each sample, one row for each."""
    scores = estimator.predict_proba(X) if hasattr(estimator, "predict_proba") else None
    predicted = estimator.predict(X)[:, None] if scores is None else scores
    return np.concatenate([predicted, estimator.transform(X)], axis=1)


def assert_unmoved(got: np.ndarray, expected: np.ndarray) -> None:
    assert np.isfinite(got).all()
    np.testing.assert_allclose(got, expected, rtol=0, atol=TOLERANCE)


@st.composite
def samples(draw, kind: str, max_samples: int = 12) -> list[np.ndarray]:
    """Sequences of different length; their content is drawn from one seed, their shape is not."""
    lengths = draw(st.lists(st.integers(1, 20), min_size=1, max_size=max_samples))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    if kind == "tokens":
        # ids that training never showed are among them.
        return [rng.integers(1, N_TOKENS + 3, size=n) for n in lengths]
    # Up to some 20 standard deviations. Rounding is relative: far outside of what training showed,
    # float32 itself moves a hidden state by more than TOLERANCE.
    scale = draw(st.sampled_from([0.1, 1.0, 5.0]))
    sequences = [rng.normal(0, scale, size=(n, N_FEATURES)) for n in lengths]
    if kind == "missing":
        for x in sequences:
            missing = rng.random(x.shape) < draw(st.sampled_from([0.1, 0.5, 0.9]))
            # a wholly missing timestep is padding at the end and an error at the start.
            missing[[0, -1], 0] = False
            x[missing] = np.nan
    return sequences


def pad(sequences: list[np.ndarray], width: int) -> np.ndarray:
    tokens = sequences[0].ndim == 1
    shape = (len(sequences), width, *sequences[0].shape[1:])
    padded = np.full(shape, 0 if tokens else np.nan, dtype=sequences[0].dtype)
    for row, x in zip(padded, sequences, strict=True):
        row[: len(x)] = x
    return padded


# --------------------------------------------------------------------------------------
# padding, batch mates, order
# --------------------------------------------------------------------------------------


@every_network
@kinds_of_input
def test_padding_batch_mates_and_order_move_no_prediction(network, kind):
    estimator = fitted(network, kind)

    @search
    @given(samples(kind), samples(kind), st.integers(0, 25), st.randoms(use_true_random=False))
    def holds(sequences, others, extra_width, random):
        expected = outputs(estimator, sequences)
        # alone in a batch, at its own length
        assert_unmoved(outputs(estimator, sequences[:1]), expected[:1])
        # padded to some width
        width = max(len(x) for x in sequences) + extra_width
        assert_unmoved(outputs(estimator, pad(sequences, width)), expected)
        # among others, in some order
        mixed = sequences + others
        order = list(range(len(mixed)))
        random.shuffle(order)
        shuffled = outputs(estimator, [mixed[i] for i in order])
        positions = [order.index(i) for i in range(len(sequences))]
        assert_unmoved(shuffled[positions], expected)

    holds()


@a_network_of_each_cell
@kinds_of_input
def test_how_samples_are_split_into_calls_moves_no_prediction(network, kind):
    estimator = fitted(network, kind)

    @search
    @given(samples(kind, max_samples=40), st.data())
    def holds(sequences, data):
        cuts = data.draw(st.lists(st.integers(1, len(sequences)), max_size=4, unique=True))
        parts = np.split(np.arange(len(sequences)), sorted(cuts))
        pieces = [outputs(estimator, [sequences[i] for i in p]) for p in parts if len(p)]
        assert_unmoved(np.concatenate(pieces), outputs(estimator, sequences))

    holds()


@a_network_of_each_cell
def test_a_batch_larger_than_any_of_the_library_moves_no_prediction(network):
    # more samples than one prediction batch holds, some of them very long.
    estimator = fitted(network, "measurements")
    rng = np.random.default_rng(1)
    lengths = np.r_[rng.integers(1, 9, size=700), 900, 1500]
    sequences = [rng.normal(size=(n, N_FEATURES)) for n in lengths]
    together = outputs(estimator, sequences)
    for rows in ([0, 3], [350], [700, 701], [701], list(range(40, 60))):
        assert_unmoved(outputs(estimator, [sequences[i] for i in rows]), together[rows])


@a_network_of_each_cell
@kinds_of_input
def test_a_container_moves_no_prediction(network, kind):
    estimator = fitted(network, kind)

    @search
    @given(samples(kind))
    def holds(sequences):
        expected = outputs(estimator, sequences)
        objects = np.empty(len(sequences), dtype=object)
        objects[:] = sequences
        for X in (objects, pd.Series(objects, index=range(5, 5 + len(objects))), tuple(sequences)):
            assert_unmoved(outputs(estimator, X), expected)

    holds()


@a_network_of_each_cell
def test_sequences_of_equal_length_give_the_same_in_every_layout(network):
    estimator = fitted(network, "measurements")

    @search
    @given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 2**32 - 1))
    def holds(n_samples, n_timesteps, seed):
        X = np.random.default_rng(seed).normal(size=(n_samples, n_timesteps, N_FEATURES))
        expected = outputs(estimator, list(X))
        strided = np.repeat(X, 2, axis=1)[:, ::2]
        for same in (X, np.asfortranarray(X), strided, X[::-1][::-1], X.tolist()):
            assert_unmoved(outputs(estimator, same), expected)

    holds()


# --------------------------------------------------------------------------------------
# missing values
# --------------------------------------------------------------------------------------


@every_network
@pytest.mark.parametrize("kind", ["measurements", "missing"])
def test_missing_values_never_come_out_as_nan(network, kind):
    estimator = fitted(network, kind)  # with and without missing values in training

    @search
    @given(samples("missing"))
    def holds(sequences):
        assert np.isfinite(outputs(estimator, sequences)).all()

    holds()


@a_network_of_each_cell
def test_a_sequence_of_one_feature_may_start_with_missing_values(network):
    cell, _, pooling, _ = network
    X = [x[:, 0] for x in _training_sequences("measurements")]
    estimator = RNNRegressor(
        cell=cell, hidden_size=4, max_epochs=2, random_state=0, pooling=pooling
    ).fit(X, np.arange(len(X)))
    longer = [np.r_[np.nan, x] for x in X]
    assert np.isfinite(outputs(estimator, longer)).all()
    assert_unmoved(outputs(estimator, [x[:, None] for x in longer]), outputs(estimator, longer))


# --------------------------------------------------------------------------------------
# extreme values
# --------------------------------------------------------------------------------------

FLOAT32 = np.finfo(np.float32)
extremes = st.sampled_from(
    [0.0, 1.0, -1.0, FLOAT32.max, FLOAT32.min, FLOAT32.tiny, FLOAT32.smallest_subnormal, 1e20, -1e9]
)


@pytest.mark.filterwarnings("ignore::skrnn.exceptions.ScaleWarning")
@every_network
def test_the_largest_and_smallest_numbers_never_come_out_as_nan(network):
    estimator = fitted(network, "measurements")

    @search
    @given(st.lists(extremes, min_size=2, max_size=24), st.sampled_from([np.float32, np.float64]))
    def holds(values, dtype):
        n_timesteps = len(values) // N_FEATURES
        x = np.array(values[: n_timesteps * N_FEATURES], dtype=dtype).reshape(-1, N_FEATURES)
        ordinary = np.zeros((3, N_FEATURES), dtype=dtype)
        together = outputs(estimator, [x, ordinary])
        assert np.isfinite(together).all()
        # nor do they spill over to a batch mate.
        assert_unmoved(together[1:], outputs(estimator, [ordinary]))

    holds()


@pytest.mark.filterwarnings("ignore::skrnn.exceptions.ScaleWarning")
@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize("segment_length", SEGMENT_LENGTHS)
@pytest.mark.parametrize("cell", CELLS)
def test_training_on_the_largest_and_smallest_numbers_gives_no_nan(
    cell, segment_length, standardize
):
    estimator = RNNRegressor(
        cell=cell,
        segment_length=segment_length,
        standardize=standardize,
        hidden_size=4,
        max_epochs=2,
        random_state=0,
    )

    @search
    @given(st.lists(extremes, min_size=24, max_size=24))
    def holds(values):
        X = np.array(values, dtype=np.float32).reshape(4, 3, N_FEATURES)
        estimator.fit(X, [0.0, 1.0, 2.0, 3.0])
        assert np.isfinite(estimator.loss_curve_).all()
        assert np.isfinite(outputs(estimator, X)).all()

    holds()
