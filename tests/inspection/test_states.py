"""Hidden states and gates: the equations by hand, and what the estimators themselves compute."""

from __future__ import annotations

import pickle
import sys

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.special import expit, softmax
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skrnn import (
    RNNClassifier,
    RNNForecaster,
    RNNLanguageModel,
    RNNRegressor,
    RNNTagger,
    RNNTranscriber,
)
from skrnn.inspection import RecurrentStatesDisplay, attention_weights, recurrent_states
from skrnn.modules import RecurrentEncoder
from skrnn.preprocessing import SequencePadder, SequenceScaler, TokenEncoder
from tests.conftest import make_ragged

TINY = {"hidden_size": 3, "max_epochs": 2, "batch_size": 16, "random_state": 0}
TEXTS = ["the cat sat on the mat", "a dog ran off", "the dog sat", "a cat ran on"]
SERIES = pd.Series(
    np.sin(np.arange(48) / 2.0) + 5, index=pd.date_range("2020-01-01", periods=48, freq="D")
)


def table(states, quantity, layer=0, direction="forward"):
    """Return one quantity as an array of shape (n_timesteps, n_units)."""
    part = states.query("quantity == @quantity and layer == @layer and direction == @direction")
    return part.pivot(index="timestep", columns="unit", values="value").to_numpy()


def step_by_step(cell, x, weight_ih, weight_hh, bias_ih, bias_hh):
    """Run a recurrence as the papers write it, and return all quantities at each step."""
    n_units = weight_hh.shape[1]
    h, c = np.zeros(n_units), np.zeros(n_units)
    rows = []
    for x_t in x:
        a, b = weight_ih @ x_t + bias_ih, weight_hh @ h + bias_hh
        if cell == "rnn":
            h = np.tanh(a + b)
            rows.append({"hidden": h})
        elif cell == "gru":
            r, z = expit(a[:n_units] + b[:n_units]), expit((a + b)[n_units : 2 * n_units])
            n = np.tanh(a[2 * n_units :] + r * b[2 * n_units :])
            h = (1 - z) * n + z * h
            rows.append({"hidden": h, "reset_gate": r, "update_gate": z, "candidate": n})
        else:
            i, f, g, o = np.split(a + b, 4)
            i, f, g, o = expit(i), expit(f), np.tanh(g), expit(o)
            c = f * c + i * g
            h = o * np.tanh(c)
            names = ("hidden", "cell", "input_gate", "forget_gate", "candidate", "output_gate")
            rows.append(dict(zip(names, (h, c, i, f, g, o), strict=True)))
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


@pytest.mark.parametrize("dtype, tolerance", [("float64", 1e-12), ("float32", 1e-6)])
@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_all_quantities_are_those_of_a_recurrence_taken_step_by_step(cell, dtype, tolerance):
    X, y = make_ragged()
    params = {**TINY, "cell": cell, "num_layers": 2, "bidirectional": True, "standardize": False}
    classifier = RNNClassifier(**params, segment_length=1, dtype=dtype).fit(X, y)
    states = recurrent_states(classifier, X[3])
    weights = {
        name.removeprefix("encoder."): weight.detach().double().numpy()
        for name, weight in classifier.net_.module_.named_parameters()
    }
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    x = X[3]
    for layer in range(2):
        outputs = []
        for direction, end, order in (("forward", "", 1), ("backward", "_reverse", -1)):
            own = [weights[f"{name}_l{layer}{end}"] for name in names]
            expected = step_by_step(cell, x[::order], *own)
            for quantity, values in expected.items():
                found = table(states, quantity, layer, direction)
                np.testing.assert_allclose(found, values[::order], atol=tolerance, rtol=0)
            outputs.append(expected["hidden"][::order])
        x = np.concatenate(outputs, axis=1)
    assert set(states["quantity"]) == set(expected)
    assert len(states) == 2 * 2 * len(expected) * len(X[3]) * 3


def test_steps_of_a_transcriber_are_those_of_its_tokens():
    X, y = make_ragged()
    texts = np.array(["a", "b"])[y].tolist()
    transcriber = RNNTranscriber(**TINY, segment_length=2, standardize=False).fit(X, texts)
    states = recurrent_states(transcriber, X[3])
    n_steps = len(transcriber.predict_proba(X[3:4])[0])
    top = table(states, "hidden", layer=1)
    assert top.shape == (n_steps, 3) == (-(-len(X[3]) // 2), 3)
    both = np.concatenate([top, table(states, "hidden", layer=1, direction="backward")], axis=1)
    head = transcriber.net_.module_.head
    scores = both @ head.weight.detach().double().numpy().T + head.bias.detach().double().numpy()
    proba = transcriber.predict_proba(X[3:4])[0]
    np.testing.assert_allclose(softmax(scores, axis=1), proba, atol=1e-6)


@pytest.mark.parametrize("segment_length", [1, 3])
@pytest.mark.parametrize("container", ["list", "array", "frame", "objects"])
def test_hidden_states_are_those_that_pooling_sees(container, segment_length):
    X, y = make_ragged()
    pooling = ("last", "max", "mean")
    regressor = RNNRegressor(**TINY, pooling=pooling, segment_length=segment_length).fit(X, y)
    x = {"list": X[5].tolist(), "array": X[5], "frame": pd.DataFrame(X[5])}.get(
        container, X[5].astype(object)
    )
    states = recurrent_states(regressor, x)
    forward, backward = (
        table(states, "hidden", direction=name) for name in ("forward", "backward")
    )
    both = np.concatenate([forward, backward], axis=1)
    pooled = regressor.transform([X[5]])[0]
    last, largest, mean = np.split(pooled, 3)
    np.testing.assert_array_equal(last, np.concatenate([forward[-1], backward[0]]))
    np.testing.assert_array_equal(largest, both.max(axis=0))
    np.testing.assert_allclose(mean, both.mean(axis=0), atol=1e-6)


def test_folded_steps_say_which_timesteps_they_stand_for():
    X, y = make_ragged()
    classifier = RNNClassifier(**TINY, segment_length=3).fit(X, y)
    x = np.zeros((8, 2))
    steps = recurrent_states(classifier, x).drop_duplicates("timestep")
    assert steps["timestep"].tolist() == [0, 1, 2]
    assert steps["first_timestep"].tolist() == [0, 3, 6]
    assert steps["last_timestep"].tolist() == [2, 5, 7]


def test_padding_and_missing_values_are_read_as_by_the_estimator():
    X, y = make_ragged()
    X = [x.copy() for x in X]
    for x in X[::2]:
        x[1, 0] = np.nan
    classifier = RNNClassifier(**TINY, pooling="last").fit(X, y)
    states = recurrent_states(classifier, X[0])
    padded = np.concatenate([X[0], np.full((3, 2), np.nan)])
    pd.testing.assert_frame_equal(states, recurrent_states(classifier, padded))
    forward, backward = (
        table(states, "hidden", direction=name) for name in ("forward", "backward")
    )
    last = np.concatenate([forward[-1], backward[0]])
    np.testing.assert_array_equal(last, classifier.transform(X[:1])[0])


@pytest.mark.parametrize("segment_length", [1, 3])
def test_attention_weights_give_the_pooled_state(segment_length):
    X, y = make_ragged()
    params = {**TINY, "pooling": ("attention", "last"), "dtype": "float64"}
    pipeline = make_pipeline(SequenceScaler(), RNNClassifier(**params)).set_params(
        rnnclassifier__segment_length=segment_length
    )
    pipeline.fit(X, y)
    weights = attention_weights(pipeline, X[3])
    assert weights["weight"].sum() == pytest.approx(1.0)
    states = recurrent_states(pipeline, X[3])
    both = [table(states, "hidden", direction=name) for name in ("forward", "backward")]
    pooled = weights["weight"].to_numpy() @ np.concatenate(both, axis=1)
    np.testing.assert_allclose(pooled, pipeline.transform(X[3:4])[0, :6], atol=1e-12)
    assert weights["last_timestep"].tolist()[-1] == len(X[3]) - 1


def test_attention_weights_need_attention():
    X, y = make_ragged()
    classifier = RNNClassifier(**TINY, pooling="mean").fit(X, y)
    with pytest.raises(ValueError, match=r"pooling='mean', which weights nothing.*'attention'"):
        attention_weights(classifier, X[0])
    tagger = RNNTagger(**TINY).fit(X, [(x[:, 0] > 0).astype(int) for x in X])
    with pytest.raises(TypeError, match=r"estimator: got a RNNTagger. Expected a fitted"):
        attention_weights(tagger, X[0])


def test_a_taggers_hidden_states_give_its_probabilities():
    X, _ = make_ragged()
    y = [(x[:, 0] > 0).astype(int) for x in X]
    tagger = RNNTagger(**TINY, dtype="float64").fit(X, y)
    states = recurrent_states(tagger, X[2])
    hidden = [table(states, "hidden", direction=name) for name in ("forward", "backward")]
    weight, bias = (part.detach().numpy() for part in tagger.net_.module_.head.parameters())
    scores = np.concatenate(hidden, axis=1) @ weight.T + bias
    np.testing.assert_allclose(softmax(scores, axis=1), tagger.predict_proba(X[2:3])[0], atol=1e-12)


def test_a_language_models_last_hidden_state_is_what_it_goes_on_from():
    model = RNNLanguageModel(**{**TINY, "max_epochs": 1}, num_layers=2, cell="gru").fit(TEXTS)
    states = recurrent_states(model, "the dog ran")
    assert states["first_timestep"].unique().tolist() == [-1, 0, 1, 2]
    last = table(states, "hidden", layer=1)[-1]
    np.testing.assert_array_equal(last, model.transform(["the dog ran"])[0])
    pd.testing.assert_frame_equal(states, recurrent_states(model, ["the", "dog", "ran"]))


@pytest.mark.parametrize("decoder", ["segment", "recursive"])
def test_a_forecasters_last_hidden_state_is_what_it_decodes_from(decoder, monkeypatch):
    forecaster = RNNForecaster(
        horizon=4, decoder=decoder, validation_fraction=0, num_layers=2, **TINY
    ).fit(SERIES)
    history = SERIES[:40]
    states = recurrent_states(forecaster, history)
    first = []
    run_on = RecurrentEncoder.run_on

    def watch(encoder, x, state=None):
        outputs, after = run_on(encoder, x, state)
        first.append(outputs[0].numpy())
        return outputs, after

    monkeypatch.setattr(RecurrentEncoder, "run_on", watch)
    forecaster.predict(history=history)
    np.testing.assert_array_equal(table(states, "hidden", layer=1), first[0])
    # the window ends with the history.
    assert states["last_timestep"].max() == 39


def test_token_ids_come_from_the_texts_of_a_pipeline():
    y = [0, 1, 0, 1]
    encoder = TokenEncoder().fit(TEXTS)
    pipeline = make_pipeline(TokenEncoder(), RNNClassifier(embedding_dim=4, **TINY)).fit(TEXTS, y)
    states = recurrent_states(pipeline, TEXTS[1])
    ids = encoder.transform(TEXTS[1:2])[0]
    pd.testing.assert_frame_equal(states, recurrent_states(pipeline[-1], ids))
    display = RecurrentStatesDisplay.from_estimator(pipeline, TEXTS[1])
    assert display.labels == ["a", "dog", "ran", "off"]


def test_folded_tokens_are_named_together_and_those_that_a_cut_left():
    y = [0, 1, 0, 1]
    classifier = RNNClassifier(embedding_dim=4, segment_length=2, **TINY)
    pipeline = make_pipeline(TokenEncoder(), classifier).fit(TEXTS, y)
    display = RecurrentStatesDisplay.from_estimator(pipeline, "the dog sat")
    assert display.labels == ["the dog", "sat"]
    cut = make_pipeline(TokenEncoder(), SequencePadder(max_length=3), classifier).fit(TEXTS, y)
    display = RecurrentStatesDisplay.from_estimator(cut, TEXTS[0])
    assert display.labels == ["the cat", "sat"]
    assert display.states["last_timestep"].max() == 2


def test_a_pipeline_that_makes_several_samples_of_one_is_refused(ragged):
    halves = FunctionTransformer(lambda X: [half for x in X for half in (x[:3], x[3:])])
    pipeline = make_pipeline(halves, RNNClassifier(**TINY).fit(*ragged))
    with pytest.raises(ValueError, match=r"x: got one sample, of which the pipeline makes 2"):
        recurrent_states(pipeline, ragged[0][0])


def test_steps_before_a_language_model_see_the_text():
    clean = FunctionTransformer(lambda texts: [text.replace("!", "") for text in texts])
    model = RNNLanguageModel(**{**TINY, "max_epochs": 1})
    pipeline = make_pipeline(clean, model).fit(TEXTS)
    states = recurrent_states(pipeline, "the! dog")
    pd.testing.assert_frame_equal(states, recurrent_states(pipeline[-1], "the dog"))


def test_a_search_over_a_pipeline_shows_its_best_estimator(ragged):
    X, y = ragged
    pipeline = make_pipeline(SequenceScaler(), RNNClassifier(**TINY))
    search = GridSearchCV(pipeline, {"rnnclassifier__hidden_size": [2]}, cv=2).fit(X, y)
    states = recurrent_states(search, X[0])
    best = search.best_estimator_
    expected = recurrent_states(best[-1], best[0].transform(X[:1])[0])
    pd.testing.assert_frame_equal(states, expected)


@pytest.mark.parametrize("wrap", [np.asarray, pd.Series, list])
def test_a_row_of_a_table_is_a_sample(wrap):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(20, 5)), np.arange(20) % 2
    pipeline = make_pipeline(StandardScaler(), RNNClassifier(**TINY, pooling="last")).fit(X, y)
    states = recurrent_states(pipeline, wrap(X[0]))
    hidden = [table(states, "hidden", direction=name) for name in ("forward", "backward")]
    expected = pipeline.transform(X[:1])[0]
    np.testing.assert_array_equal(np.r_[hidden[0][-1], hidden[1][0]], expected)


def test_a_named_row_of_a_frame_is_read_without_a_warning():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(20, 5)), columns=list("abcde"))
    classifier = RNNClassifier(**TINY).fit(X, np.arange(20) % 2)
    assert len(recurrent_states(classifier, X.iloc[0])) == 2 * 6 * 5 * 3


def test_nothing_is_changed_by_looking(ragged):
    X, y = ragged
    classifier = RNNClassifier(**TINY, dropout=0.5).fit(X, y)
    x = X[0].copy()
    before = pickle.dumps(classifier)
    randomness, threads = torch.get_rng_state(), torch.get_num_threads()
    numpy_state = np.random.get_state()[1].copy()  # noqa: NPY002 - the global one
    first = recurrent_states(classifier, x)
    assert pickle.dumps(classifier) == before
    assert torch.equal(torch.get_rng_state(), randomness)
    assert torch.get_num_threads() == threads
    np.testing.assert_array_equal(np.random.get_state()[1], numpy_state)  # noqa: NPY002 - the global one
    np.testing.assert_array_equal(x, X[0])
    pd.testing.assert_frame_equal(first, recurrent_states(classifier, x))


# -- what cannot be used -----------------------------------------------------------------


@pytest.mark.parametrize(
    "several",
    [
        lambda X: X[:3],
        lambda X: np.zeros((2, 4, 2)),
        lambda X: [],
        lambda X: 3.0,
        lambda X: [[1.0], [1.0, 2.0]],
    ],
)
def test_anything_but_one_sample_is_refused(ragged, several):
    X, y = ragged
    classifier = RNNClassifier(**TINY).fit(X, y)
    with pytest.raises(ValueError, match=r"^x: got .*Expected one sample.*(x\[0\]|Pass one array)"):
        recurrent_states(classifier, several(X))


def test_several_texts_are_not_taken_for_tokens():
    model = RNNLanguageModel(**{**TINY, "max_epochs": 1}).fit(TEXTS)
    with pytest.raises(ValueError, match=r"^x: got list of length 4. Expected one sample"):
        recurrent_states(model, TEXTS)


def test_another_number_of_features_is_refused(ragged):
    X, y = ragged
    classifier = RNNClassifier(**TINY).fit(X, y)
    with pytest.raises(ValueError, match=r"x has 3 features, but RNNClassifier is expecting 2"):
        recurrent_states(classifier, np.zeros((4, 3)))


def test_estimators_without_a_recurrence_are_refused(ragged):
    fitted = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
    with pytest.raises(TypeError, match=r"estimator: got a LogisticRegression.*RNNForecaster"):
        recurrent_states(fitted, [0.0])
    for unfitted in (
        RNNClassifier(),
        make_pipeline(SequenceScaler(), RNNClassifier()),
        GridSearchCV(RNNClassifier(), {"hidden_size": [2]}),
    ):
        with pytest.raises(NotFittedError):
            recurrent_states(unfitted, ragged[0][0])


def test_a_forecaster_needs_one_series_and_no_features():
    frame = pd.DataFrame({"a": SERIES, "b": SERIES + 1})
    params = {"horizon": 4, "validation_fraction": 0, **TINY}
    forecaster = RNNForecaster(**params).fit(frame)
    with pytest.raises(ValueError, match=r"x: got DataFrame.*holds 2 series"):
        recurrent_states(forecaster, frame)
    assert len(recurrent_states(forecaster, frame["a"]))
    forecaster = RNNForecaster(**params).fit(frame[["b"]], SERIES)
    with pytest.raises(ValueError, match=r"estimator: got an RNNForecaster.*\['b'\].*without X"):
        recurrent_states(forecaster, SERIES)


# -- the picture ---------------------------------------------------------------------------


@pytest.fixture
def fitted(ragged):
    return RNNClassifier(**TINY, num_layers=2, segment_length=2).fit(*ragged)


def test_the_display_draws_the_numbers(ragged, fitted):
    import matplotlib.pyplot as plt

    display = RecurrentStatesDisplay.from_estimator(fitted, ragged[0][0])
    assert display.plot() is display
    assert display.axes_.shape == (6, 4)
    assert display.ax_ is display.axes_[0, 0]
    found = display.meshes_[1, 2].get_array().reshape(3, -1)
    np.testing.assert_array_equal(found, table(display.states, "cell", layer=1).T)
    assert display.meshes_[2, 0].get_clim() == (0.0, 1.0)
    # cells reach as far as the timesteps that they stand for.
    assert display.axes_[0, 0].get_xlim() == (-0.5, len(ragged[0][0]) - 0.5)
    plt.close(display.figure_)


def test_the_display_draws_what_is_chosen_where_it_is_told(ragged, fitted):
    import matplotlib.pyplot as plt

    display = RecurrentStatesDisplay.from_estimator(
        fitted, ragged[0][0], quantities="hidden", layers=[1]
    )
    figure, axes = plt.subplots(2)
    display.plot(ax=axes)
    assert list(display.axes_[0]) == list(axes)
    with pytest.raises(ValueError, match=r"ax: got 1 axes for 2 heat maps"):
        display.plot(ax=axes[0])
    plt.close(figure)


def test_the_display_names_the_steps():
    import matplotlib.pyplot as plt

    model = RNNLanguageModel(**{**TINY, "max_epochs": 1}).fit(TEXTS)
    display = RecurrentStatesDisplay.from_estimator(model, "the dog", quantities="hidden").plot()
    labels = [text.get_text() for text in display.ax_.get_xticklabels()]
    assert labels == ["<end>", "the", "dog"]
    plt.close(display.figure_)


def test_the_display_refuses_what_the_network_does_not_have(ragged, fitted):
    for wrong, message in (
        ({"quantities": "update_gate"}, "quantities: got 'update_gate'.*'forget_gate'"),
        ({"quantities": []}, r"quantities: got \[\]"),
        ({"layers": 2}, r"layers: got 2. Expected one or several of \[0, 1\]"),
    ):
        with pytest.raises(ValueError, match=message):
            RecurrentStatesDisplay.from_estimator(fitted, ragged[0][0], **wrong)


def test_without_matplotlib_the_error_says_what_to_install(ragged, fitted, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    display = RecurrentStatesDisplay.from_estimator(fitted, ragged[0][0])
    with pytest.raises(ImportError, match=r"pip install 'skrnn\[plot\]'"):
        display.plot()
