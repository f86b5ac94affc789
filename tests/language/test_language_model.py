"""RNNLanguageModel: what it says of texts, what it learns from, and what it writes."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from skorch.callbacks import Callback

from skrnn import RNNLanguageModel
from skrnn.modules.token_outputs import AdaptiveTokenOutput
from skrnn.preprocessing import TokenEncoder

TEXTS = [
    "the cat sat on the mat .",
    "the dog lay on the rug .",
    "a bird sang in the old tree ; the cat heard it",
    "",
    "the dog barked",
] * 4
TINY = {"hidden_size": 12, "max_epochs": 3, "random_state": 0}


@pytest.fixture(scope="module")
def model() -> RNNLanguageModel:
    return RNNLanguageModel(**TINY).fit(TEXTS)


@pytest.fixture(scope="module")
def trained() -> RNNLanguageModel:
    """A model that knows its texts well enough to have an opinion."""
    return RNNLanguageModel(hidden_size=32, learning_rate=0.01, random_state=0).fit(TEXTS)


def weights_of(model: RNNLanguageModel) -> list[np.ndarray]:
    return [parameter.detach().numpy() for parameter in model.net_.module_.parameters()]


# -- probabilities ---------------------------------------------------------------------------


@pytest.mark.parametrize("output_layer", ["softmax", "adaptive"])
def test_probabilities_of_all_next_tokens_sum_to_one(output_layer):
    model = RNNLanguageModel(output_layer=output_layer, **TINY).fit(TEXTS)
    proba = model.predict_next_proba(TEXTS[:4])
    assert proba.shape == (4, model.n_tokens_)
    np.testing.assert_allclose(proba.sum(axis=1), 1.0, rtol=1e-9)


@pytest.mark.parametrize("output_layer", ["softmax", "adaptive"])
def test_a_text_is_as_probable_as_its_tokens_one_after_the_other(output_layer):
    model = RNNLanguageModel(output_layer=output_layer, **TINY).fit(TEXTS)
    words = "the cat barked .".split()
    beginnings = [" ".join(words[:n]) for n in range(5)]
    proba = model.predict_next_proba(beginnings)
    position = {token: i for i, token in enumerate(model.next_tokens_)}
    expected = [np.log(proba[n, position[word]]) for n, word in enumerate([*words, "<end>"])]
    (log_probs,) = model.log_prob([" ".join(words)], per_token=True)
    np.testing.assert_allclose(log_probs, expected, rtol=1e-5)
    np.testing.assert_allclose(model.log_prob([" ".join(words)]), [sum(expected)], rtol=1e-5)


def test_a_single_text_scores_the_mean_of_its_tokens(model):
    text = " ".join(TEXTS)
    (log_probs,) = model.log_prob([text], per_token=True)
    assert model.score([text]) == pytest.approx(log_probs.mean(), rel=1e-6)
    assert model.perplexity([text]) == pytest.approx(np.exp(-log_probs.mean()), rel=1e-6)


def test_a_score_reads_texts_in_their_order_as_one(model):
    whole = model.log_prob([" ".join(TEXTS[:2])], per_token=True)[0]
    apart = model.log_prob(TEXTS[:2], per_token=True)
    # up to the end of the first text all is the same; the second one begins in another state.
    np.testing.assert_allclose(whole[:7], apart[0][:7], rtol=1e-5)
    two = model.score(TEXTS[:2]) * 16
    assert two != pytest.approx(sum(part.sum() for part in apart), rel=1e-6)
    assert two == pytest.approx(
        reference_log_prob(
            model, [END, *ids_of(model, TEXTS[0]), END, *ids_of(model, TEXTS[1]), END]
        ),
        rel=1e-5,
    )


END = 0


def ids_of(model: RNNLanguageModel, text: str) -> list[int]:
    return [model.encoder_.vocabulary_[token] for token in text.split()]


def reference_log_prob(model: RNNLanguageModel, ids: list[int]) -> float:
    """The sum by torch's own LSTM and cross-entropy."""
    module = model.net_.module_
    width = module.token_vectors.shape[1]
    lstm = torch.nn.LSTM(width, module.encoder.hidden_size, batch_first=True)
    lstm.load_state_dict(module.encoder.state_dict())
    output = torch.nn.Linear(module.encoder.hidden_size, model.n_tokens_)
    with torch.no_grad():
        output.weight.copy_(module.token_vectors if module.is_tied else module.output.weight)
        output.bias.copy_(module.output.bias)
        hidden, _ = lstm(module.token_vectors[torch.tensor(ids[:-1])][None])
        loss = torch.nn.functional.cross_entropy(
            output(hidden[0]), torch.tensor(ids[1:]), reduction="sum"
        )
    return -float(loss)


@pytest.mark.parametrize("params", [{}, {"embedding_dim": 5}, {"tie_weights": False}])
def test_log_probabilities_are_those_of_torchs_own_layers(params):
    model = RNNLanguageModel(**(TINY | params)).fit(TEXTS)
    for text in TEXTS[:3]:
        expected = reference_log_prob(model, [END, *ids_of(model, text), END])
        assert model.log_prob([text])[0] == pytest.approx(expected, rel=1e-5)


# a quarter of 12 dimensions, and a quarter of that, would be none
@pytest.mark.parametrize("width, divisor", [(16, 4.0), (12, 1.0)])
def test_the_adaptive_output_is_torchs_with_its_gradients(width, divisor):
    ours = AdaptiveTokenOutput(width, 40, cutoffs=(5, 20)).double()
    theirs = torch.nn.AdaptiveLogSoftmaxWithLoss(
        width, 40, [5, 20], div_value=divisor, head_bias=True
    )
    theirs.load_state_dict(ours.groups.double().state_dict())
    theirs.double()
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(30, width, dtype=torch.float64, generator=generator)
    targets = torch.randint(0, 40, (30,), generator=generator)
    one, two = x.clone().requires_grad_(), x.clone().requires_grad_()
    losses = ours.losses(one, targets)
    expected = -theirs(two, targets).output
    torch.testing.assert_close(losses, expected)
    losses.sum().backward()
    expected.sum().backward()
    torch.testing.assert_close(one.grad, two.grad)
    for parameter, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(parameter.grad, other.grad)
    torch.testing.assert_close(ours.log_probs(x), theirs.log_prob(x))


def test_a_model_that_has_learned_nothing_hesitates_between_all_tokens():
    # an update that changes nothing
    model = RNNLanguageModel(hidden_size=8, max_epochs=1, learning_rate=1e-30, random_state=0)
    model.fit(TEXTS)
    assert model.perplexity(TEXTS) == pytest.approx(model.n_tokens_, rel=0.05)


def test_what_was_learned_is_less_surprising_than_word_frequencies(trained):
    tokens = [token for text in TEXTS for token in [*text.split(), "<end>"]]
    shares = pd.Series(tokens).value_counts(normalize=True)
    entropy = -(shares * np.log(shares)).sum()
    assert -trained.score(TEXTS) < 0.3 * entropy
    assert trained.score(TEXTS) > trained.score([text[::-1] for text in TEXTS])


@pytest.mark.parametrize("params", [{}, {"output_layer": "adaptive"}, {"embedding_dim": 5}])
def test_batch_mates_and_order_do_not_change_a_text(params):
    model = RNNLanguageModel(**(TINY | params)).fit(TEXTS)
    together = model.log_prob(TEXTS[:5])
    alone = np.concatenate([model.log_prob([text]) for text in TEXTS[:5]])
    np.testing.assert_array_equal(together, alone)
    np.testing.assert_array_equal(model.transform(TEXTS[:5])[::-1], model.transform(TEXTS[4::-1]))
    np.testing.assert_array_equal(
        model.predict_next_proba(TEXTS[:5])[3], model.predict_next_proba([""])[0]
    )


# -- what is read --------------------------------------------------------------------------


def test_token_ids_are_read_like_the_texts_they_stand_for():
    texts = [text for text in TEXTS if text]
    encoder = TokenEncoder(lowercase=False)
    ids = encoder.fit_transform(texts)
    of_texts = RNNLanguageModel(**TINY).fit(texts)
    of_table = RNNLanguageModel(**TINY).fit(ids)
    of_lists = RNNLanguageModel(**TINY).fit([row[row > 0] for row in ids])
    assert of_table.encoder_ is None
    for other in (of_table, of_lists):
        assert other.loss_curve_ == of_texts.loss_curve_
        assert other.score(ids) == of_texts.score(texts)
    tokens = np.array(of_texts.predict_next(texts[:4]))
    names = np.array(["<end>", "<unknown>", *encoder.vocabulary_], dtype=object)
    np.testing.assert_array_equal(names[of_table.predict_next(ids[:4])], tokens)


def test_ids_may_be_any_and_in_any_order_of_frequency():
    rows = [[900, 7, 7, 7], [900, 7, 35]] * 5
    model = RNNLanguageModel(**TINY).fit(rows)
    assert model.n_tokens_ == 5
    assert model.next_tokens_.tolist() == [0, 1, 7, 900, 35]
    # an id that fit never saw is the unknown one
    np.testing.assert_array_equal(model.log_prob([[900, 36]]), model.log_prob([[900, 1]]))
    np.testing.assert_array_equal(model.log_prob([[900, 2**31 - 1]]), model.log_prob([[900, 1]]))
    large = [[2**31 - 1 if i == 900 else i for i in row] for row in rows]
    assert RNNLanguageModel(**TINY).fit(large).loss_curve_ == model.loss_curve_
    assert set(model.generate([900], random_state=0)) <= {7, 900, 35}


def test_a_text_of_ids_may_be_empty_like_any_other():
    rows = [[3, 4, 4], [], [3, 5]]
    model = RNNLanguageModel(**TINY).fit(rows)
    assert RNNLanguageModel(**TINY).fit(rows[::-1]).n_tokens_ == model.n_tokens_ == 5
    of_texts = RNNLanguageModel(**TINY).fit([" ".join("abcdef"[i] for i in row) for row in rows])
    assert model.loss_curve_ == of_texts.loss_curve_
    assert model.log_prob([[], [3]])[0] == of_texts.log_prob([""])[0]
    assert model.predict_next([[]]) == model.predict_next(pd.Series([[], [3]]))[0]


@pytest.mark.parametrize(
    "build", [list, tuple, np.array, pd.Series, lambda texts: np.array(texts, dtype=object)]
)
def test_every_container_of_texts_is_read(model, build):
    other = RNNLanguageModel(**TINY).fit(build(TEXTS))
    assert other.loss_curve_ == model.loss_curve_
    np.testing.assert_array_equal(other.log_prob(build(TEXTS)), model.log_prob(TEXTS))


def test_token_lists_characters_and_callables_are_read():
    lists = [text.split() for text in TEXTS]
    by_lists = RNNLanguageModel(analyzer=None, **TINY).fit(lists)
    by_split = RNNLanguageModel(analyzer=str.split, **TINY).fit(TEXTS)
    assert by_lists.loss_curve_ == by_split.loss_curve_
    characters = RNNLanguageModel(analyzer="char", **TINY).fit(TEXTS)
    assert all(len(token) == 1 for token in characters.encoder_.vocabulary_)
    # what words are joined by does not come between characters
    pieces = characters.generate("th", max_length=30, random_state=0, stream=True)
    assert {len(piece) for piece in pieces} == {1}


def test_a_tokenizer_takes_texts_apart_and_joins_what_is_written():
    tokenizers = pytest.importorskip("tokenizers")
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    tokenizer.train_from_iterator(
        TEXTS, tokenizers.trainers.BpeTrainer(vocab_size=40, show_progress=False)
    )
    params = TINY | {"max_epochs": 40, "hidden_size": 32}
    model = clone(RNNLanguageModel(analyzer=tokenizer, **params)).fit(TEXTS)
    assert set(model.encoder_.vocabulary_) <= set(tokenizer.get_vocab())
    written = model.generate("the", max_length=30, temperature=0)
    assert " " in written and "Ġ" not in written
    pieces = model.generate("the", max_length=30, temperature=0, stream=True)
    assert "".join(pieces) == written
    restored = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(restored.log_prob(TEXTS), model.log_prob(TEXTS))


def test_characters_of_several_tokens_are_written_whole():
    tokenizers = pytest.importorskip("tokenizers")
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    # a token is a single byte, of which these characters have two to four.
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(
        ["ab"],
        tokenizers.trainers.BpeTrainer(
            vocab_size=256, initial_alphabet=alphabet, show_progress=False
        ),
    )
    text = "日本 🙂 é"
    model = RNNLanguageModel(
        analyzer=tokenizer, hidden_size=32, learning_rate=0.01, dropout=0.0, random_state=0
    ).fit([text] * 30)
    assert model.generate("日", temperature=0) == text[1:]
    assert list(model.generate("日", temperature=0, stream=True)) == list(text[1:])
    # cut within a character, nothing is lost.
    assert model.generate("日", temperature=0, max_length=1) == "\N{REPLACEMENT CHARACTER}"


def test_token_lists_that_a_tokenizer_does_not_know_are_written_with_blanks():
    tokenizers = pytest.importorskip("tokenizers")
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    model = RNNLanguageModel(analyzer=tokenizer, **TINY).fit([["own", "words"]] * 9)
    written = model.generate(temperature=3.0, random_state=0, max_length=20)
    assert set(written.split(" ")) == {"own", "words"}


def test_every_character_is_kept():
    text = "A\n\nb  c\tb"
    model = RNNLanguageModel(analyzer="char", **TINY).fit([text * 20])
    (log_probs,) = model.log_prob([text], per_token=True)
    assert len(log_probs) == len(text) + 1
    assert set(model.encoder_.vocabulary_) == set(text)
    lower = RNNLanguageModel(analyzer="char", lowercase=True, **TINY).fit([text * 20])
    assert set(lower.encoder_.vocabulary_) == set(text.lower())


def test_rare_tokens_can_be_unknown_and_are_never_written():
    model = RNNLanguageModel(max_tokens=3, **TINY).fit(TEXTS)
    assert model.n_tokens_ == 5
    assert model.predict_next_proba([""])[0, 1] > 0
    written = model.generate(max_length=200, temperature=3.0, random_state=0)
    assert set(written.split()) <= set(model.encoder_.vocabulary_)


def test_what_stands_in_x_is_left_alone():
    texts, ids = list(TEXTS), np.array([[5, 6, 0], [7, 8, 9]])
    before = ids.copy()
    RNNLanguageModel(**TINY).fit(texts)
    RNNLanguageModel(**TINY).fit(ids).generate(ids[0][:2], random_state=0)
    assert texts == TEXTS
    np.testing.assert_array_equal(ids, before)


# -- training ------------------------------------------------------------------------------

# A bell after every twentieth beat: within a window of eight nothing tells when.
BEATS = [" ".join((["tick"] * 19 + ["bell"]) * 60)]
COUNTING = {
    "cell": "gru",
    "hidden_size": 24,
    "sequence_length": 8,
    "batch_size": 4,
    "dropout": 0.0,
    "learning_rate": 0.01,
    "max_epochs": 60,
    "random_state": 0,
}


def test_carrying_the_state_over_the_borders_of_windows_matters():
    carried = RNNLanguageModel(**COUNTING).fit(BEATS)
    forgetful = RNNLanguageModel(carry_state=False, **COUNTING).fit(BEATS)
    # Knowing when costs nothing; not knowing costs the entropy of a bell in twenty beats.
    entropy = -(0.05 * np.log(0.05) + 0.95 * np.log(0.95))
    assert carried.loss_curve_[-1] < 0.5 * entropy
    assert forgetful.loss_curve_[-1] > 0.8 * entropy
    # when a text is read from end to end, too
    assert -carried.score(BEATS) < 0.5 * entropy


def test_automatic_epochs_make_about_a_thousand_updates_of_the_windows_that_there_are():
    text = [" ".join(["tick"] * 999)]
    params = {"hidden_size": 2, "random_state": 0, "embedding_dim": 2}
    for given, n_windows in [
        ({}, 8),  # 128 timesteps of the whole text
        ({"sequence_length": 10, "batch_size": 5}, 20),
        ({"batch_size": 4}, 2),
    ]:
        model = RNNLanguageModel(**params, **given).fit(text)
        # at least 40 epochs of so short a text, at most 150
        assert model.n_iter_ == min(max(40, math.ceil(1000 / n_windows)), 150)


def test_a_window_goes_on_from_where_the_last_one_ended():
    model = RNNLanguageModel(**TINY).fit(TEXTS)
    module = model.net_.module_
    ids = torch.randint(0, model.n_tokens_, (3, 21), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        whole = module(ids[:, :-1], ids[:, 1:], torch.tensor(0.0))
        first = module(ids[:, :10], ids[:, 1:11], torch.tensor(0.0))
        second = module(ids[:, 10:-1], ids[:, 11:], torch.tensor(1.0))
        fresh = module(ids[:, 10:-1], ids[:, 11:], torch.tensor(0.0))
    torch.testing.assert_close((first + second) / 2, whole)
    assert not torch.allclose(fresh, second)


def test_the_gradient_ends_at_the_border_of_a_window():
    module = RNNLanguageModel(tie_weights=False, **TINY).fit(TEXTS).net_.module_
    # training leaves its last gradients behind.
    module.zero_grad()
    ids = torch.tensor([[2, 3, 4, 5, 6]])
    module(ids[:, :2], ids[:, 1:3], torch.tensor(0.0))
    module(ids[:, 2:4], ids[:, 3:], torch.tensor(1.0)).sum().backward()
    # tokens of the first window alone have no part in the second one's loss
    touched = module.token_vectors.grad.abs().sum(dim=1) > 0
    assert touched.nonzero().flatten().tolist() == [4, 5]


def test_every_token_is_read_once_an_epoch():
    from skrnn._language.contiguous_text import ContiguousText

    ids = np.arange(1, 102)
    data = ContiguousText(ids, 4, 7, torch.device("cpu"))
    rng = np.random.default_rng(0)
    for _ in range(5):
        windows = data.training_batches(7, rng)
        np.testing.assert_array_equal(np.concatenate(windows), np.arange(25))
        seen = [data.batch(window) for window in windows]
        read = torch.cat([batch.inputs[0] for batch in seen], dim=1)
        np.testing.assert_array_equal(read.flatten(), ids[:-1])
        following = torch.cat([batch.y for batch in seen], dim=1)
        np.testing.assert_array_equal(following.flatten(), ids[1:])
        assert [float(batch.inputs[2]) for batch in seen] == [0.0] + [1.0] * (len(windows) - 1)


def test_validation_texts_stop_the_training_and_the_best_weights_are_kept():
    model = RNNLanguageModel(
        hidden_size=16, max_epochs=60, n_iter_no_change=3, learning_rate=0.03, random_state=0
    )
    model.fit(TEXTS, X_val=["the bird sat on the rug .", "the cat barked"])
    losses = [epoch["valid_loss"] for epoch in model.history_]
    assert model.n_iter_ < 60
    assert model.best_epoch_ == int(np.argmin(losses)) + 1


def test_the_end_of_the_text_is_held_out():
    model = RNNLanguageModel(early_stopping=True, validation_fraction=0.25, **TINY)
    model.fit(TEXTS)
    n_tokens = sum(len(text.split()) + 1 for text in TEXTS)
    held_out, kept = model._hold_out(np.arange(n_tokens + 1))[::-1]
    assert len(held_out) - 1 == round(0.25 * n_tokens)
    assert kept[-1] == held_out[0]
    assert "valid_loss" in model.history_[0]


def test_warm_start_trains_on():
    model = RNNLanguageModel(warm_start=True, **TINY).fit(TEXTS)
    before = model.score(TEXTS)
    assert model.fit(TEXTS).score(TEXTS) > before
    with pytest.raises(ValueError, match="max_tokens: got 3"):
        model.set_params(max_tokens=3).fit(TEXTS)


class Interrupt(Callback):
    """Interrupts in the given epoch."""

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch

    def on_batch_end(self, net, training, **kwargs):
        if training and len(net.history) == self.epoch:
            raise KeyboardInterrupt


def test_ctrl_c_keeps_the_best_weights_and_raises():
    model = RNNLanguageModel(callbacks=[Interrupt(3)], **(TINY | {"max_epochs": 5}))
    with pytest.raises(KeyboardInterrupt):
        model.fit(TEXTS)
    assert model.n_iter_ == 2
    assert np.isfinite(model.score(TEXTS))
    unfitted = RNNLanguageModel(callbacks=[Interrupt(1)], **TINY)
    with pytest.raises(KeyboardInterrupt):
        unfitted.fit(TEXTS)
    with pytest.raises(NotFittedError):
        unfitted.score(TEXTS)


# -- scikit-learn's manners ------------------------------------------------------------------


def test_one_seed_gives_the_same_bits_and_global_state_stays(model):
    torch.manual_seed(3)
    np.random.seed(3)  # noqa: NPY002
    states = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    n_threads = torch.get_num_threads()
    other = RNNLanguageModel(**TINY).fit(TEXTS)
    other.generate(random_state=0)
    assert torch.equal(torch.get_rng_state(), states[0])
    np.testing.assert_array_equal(np.random.get_state()[1], states[1])  # noqa: NPY002
    assert torch.get_num_threads() == n_threads
    for one, two in zip(weights_of(model), weights_of(other), strict=True):
        np.testing.assert_array_equal(one, two)
    different = RNNLanguageModel(**(TINY | {"random_state": 1})).fit(TEXTS)
    assert different.loss_curve_ != model.loss_curve_


def test_bits_do_not_depend_on_the_number_of_threads():
    params = TINY | {"hidden_size": 96, "num_layers": 2, "batch_size": 16}
    curves = []
    before = torch.get_num_threads()
    try:
        for n_threads in (1, 3):
            torch.set_num_threads(n_threads)
            curves.append(RNNLanguageModel(**params).fit(TEXTS * 20).loss_curve_)
    finally:
        torch.set_num_threads(before)
    assert curves[0] == curves[1]


def test_clones_and_pickles_say_the_same(model):
    assert clone(model).get_params() == model.get_params()
    restored = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(restored.log_prob(TEXTS), model.log_prob(TEXTS))
    assert restored.generate(random_state=5) == model.generate(random_state=5)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_search_takes_it_in_any_number_of_processes(n_jobs):
    grid = {"hidden_size": [4, 8], "dropout": [0.0, 0.3]}
    search = GridSearchCV(RNNLanguageModel(**TINY), grid, cv=2, n_jobs=n_jobs).fit(TEXTS)
    alone = cross_val_score(search.best_estimator_, TEXTS, cv=2)
    assert search.best_score_ == pytest.approx(alone.mean(), abs=0)


def test_it_stands_in_a_pipeline():
    upper = FunctionTransformer(lambda texts: [text.upper() for text in texts])
    pipeline = make_pipeline(upper, RNNLanguageModel(**TINY)).fit(TEXTS)
    assert pipeline.transform(TEXTS[:3]).shape == (3, 12)
    assert "CAT" in pipeline[-1].encoder_.vocabulary_
    assert pipeline.score(TEXTS) < 0


def test_states_of_texts_are_named(model):
    assert model.get_feature_names_out()[0] == "rnnlanguagemodel0"
    frame = clone(model).set_output(transform="pandas").fit(TEXTS).transform(TEXTS[:3])
    assert frame.shape == (3, 12)


# -- writing ---------------------------------------------------------------------------------


def test_the_most_probable_text_is_the_most_probable_token_again_and_again(trained):
    written = "the"
    for _ in range(4):
        (token,) = trained.predict_next([written])
        if token == "<end>":
            break
        written += " " + token
    expected = written.removeprefix("the ")
    assert trained.generate("the", max_length=4, temperature=0) == expected
    assert trained.generate("the", max_length=4, top_k=1, random_state=0) == expected
    assert trained.generate("the", max_length=4, top_p=1e-9, random_state=1) == expected
    assert trained.generate("the", max_length=4, temperature=1e-300, random_state=2) == expected


def test_a_long_prompt_is_read_in_windows(trained, monkeypatch):
    widths = []
    module = trained.net_.module_
    run_on = module.run_on

    def watched(ids, state):
        widths.append(ids.shape[1])
        return run_on(ids, state)

    monkeypatch.setattr(module, "run_on", watched, raising=True)
    prompt = " ".join((TEXTS[0].split() * 200)[:-3])
    written = trained.generate(prompt, max_length=1, temperature=0)
    assert written == trained.predict_next([prompt])[0]
    assert max(widths) <= 256
    assert sum(widths) == len(prompt.split()) + 1


@pytest.mark.parametrize("params", [{}, {"cell": "gru", "num_layers": 2}])
def test_a_text_too_long_for_memory_is_read_in_windows(params, monkeypatch):
    model = RNNLanguageModel(**(TINY | params)).fit(TEXTS)
    texts = [TEXTS[0], " ".join(TEXTS * 8), "the cat", " ".join(TEXTS * 9)]
    whole = model.log_prob(texts, per_token=True)
    states, proba = model.transform(texts), model.predict_next_proba(texts)
    monkeypatch.setattr("skrnn._language.learning._LONG_TEXT", 500)
    monkeypatch.setattr("skrnn._training.batching._MAX_PREDICTION_STEPS", 1000)
    assert [len(part) > 500 for part in whole] == [False, True, False, True]
    for one, two in zip(model.log_prob(texts, per_token=True), whole, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-5)
    np.testing.assert_allclose(model.log_prob(texts[1:2]), [whole[1].sum()], rtol=1e-5)
    np.testing.assert_allclose(model.transform(texts), states, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(model.predict_next_proba(texts), proba, rtol=1e-4)


def test_a_stream_is_the_text_piece_by_piece(trained):
    settings = {"max_length": 30, "temperature": 1.5, "random_state": 4}
    pieces = trained.generate("the", stream=True, **settings)
    first = next(pieces)
    assert first + "".join(pieces) == trained.generate("the", **settings)


def test_a_seed_fixes_what_is_written(trained):
    settings = {"max_length": 40, "temperature": 2.0}
    one, two, three = (trained.generate(random_state=s, **settings) for s in (0, 0, 1))
    assert one == two != three


def test_tokens_are_drawn_by_their_probabilities(model):
    proba = model.predict_next_proba(["the"])[0]
    proba[1] = 0.0
    drawn = [model.generate("the", max_length=1, random_state=seed) for seed in range(1500)]
    names = model.next_tokens_.tolist()
    counts = np.bincount([names.index(token or "<end>") for token in drawn], minlength=len(names))
    expected = proba / proba.sum() * len(drawn)
    # Pearson's statistic is near its degrees of freedom, with a standard deviation of sqrt(2 df).
    keep = expected > 5
    statistic = ((counts - expected)[keep] ** 2 / expected[keep]).sum()
    assert statistic < keep.sum() + 4 * np.sqrt(2 * keep.sum())


# -- bad input -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "X, message",
    [
        ("one text", "Pass \\[X\\]"),
        (None, "X: got None"),
        ([], "minimum of 1"),
        ([""], "at least one token"),
        ([None], "neither a text nor a token"),
        ({"a text", "another"}, "no order"),
        ([1, 2], r"X: got a list of single numbers.*Pass \[X\]"),
        (np.array([1.5, 2.5]), r"X: got a ndarray of single numbers.*Pass \[X\]"),
        (pd.Series([3, 4]), r"X: got a Series of single numbers.*Pass \[X\]"),
        ([np.nan, "text"], "neither a text nor a token"),
        ([[1.5, 2.5]], "not integers.*RNNForecaster"),
        (np.zeros((2, 3)), "padding"),
        (np.array([[0, 4, 5]]), "padding at the end only"),
        ([[-1, 2]], "negative token id"),
        ({"a": "text"}, "mapping"),
    ],
)
def test_what_is_no_text_is_refused(X, message):
    with pytest.raises((TypeError, ValueError), match=message) as caught:
        RNNLanguageModel(**TINY).fit(X)
    # which a language model does not leave at None
    assert "embedding_dim" not in str(caught.value)


@pytest.mark.parametrize(
    "params, message",
    [
        ({"hidden_size": 0}, "hidden_size"),
        ({"output_layer": "tree"}, "output_layer"),
        ({"tie_weights": True, "output_layer": "adaptive"}, "tie_weights"),
        ({"sequence_length": 0}, "sequence_length"),
        ({"embedding_dim": "wide"}, "embedding_dim"),
        ({"min_df": 100}, "Lower min_df"),
        ({"net_params": {"criterion": torch.nn.MSELoss}}, "net_params: got 'criterion'"),
        ({"net_params": {"criterion__name": "mse"}}, "net_params: got 'criterion__name'"),
    ],
)
def test_settings_that_cannot_be_used_are_named(params, message):
    with pytest.raises(ValueError, match=message):
        RNNLanguageModel(**(TINY | params)).fit(TEXTS)


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"temperature": -1}, "temperature: got -1"),
        ({"temperature": "hot"}, "temperature: got 'hot'"),
        ({"top_k": 0}, "top_k: got 0"),
        ({"top_p": 1.5}, "top_p: got 1.5"),
        ({"max_length": 0}, "max_length: got 0"),
        ({"random_state": "one"}, "random_state: got 'one'"),
        ({"random_state": -1}, "random_state: got -1"),
        ({"random_state": np.random.default_rng(0)}, "random_state: got Generator"),
        ({"prompt": ["the", "cat"]}, None),
        ({"prompt": 3}, "prompt: got 3"),
        ({"prompt": None}, "prompt: got None"),
    ],
)
def test_settings_of_generate_that_cannot_be_used_are_named(model, settings, message):
    if message is None:
        assert isinstance(model.generate(**settings, random_state=0), str)
        return
    with pytest.raises((TypeError, ValueError), match=message):
        model.generate(**settings)


def test_ids_for_a_model_of_texts_are_refused_and_texts_for_one_of_ids(model):
    with pytest.raises(ValueError, match="token ids, while the model was fitted on texts"):
        model.score([[2, 3], [4]])
    of_ids = RNNLanguageModel(**TINY).fit([[2, 3], [4, 5]])
    for texts in (TEXTS, TEXTS[0], [["the", "cat"]]):
        with pytest.raises(
            ValueError, match="X: got text, while the model was fitted on token ids"
        ):
            of_ids.score(texts)
    with pytest.raises(ValueError, match="prompt: got text, while"):
        of_ids.generate("the cat")


@pytest.mark.parametrize(
    "method", ["score", "perplexity", "log_prob", "predict_next", "predict_next_proba", "transform"]
)
def test_what_is_asked_before_fit_says_so(method):
    with pytest.raises(NotFittedError):
        getattr(RNNLanguageModel(), method)(TEXTS)
    with pytest.raises(NotFittedError):
        RNNLanguageModel().next_tokens_  # noqa: B018 - to look at it is the test
    assert not hasattr(RNNLanguageModel(), "next_tokens_")


def test_a_text_too_short_to_hold_out_says_so():
    model = RNNLanguageModel(warm_start=True, **TINY).fit(TEXTS).set_params(early_stopping=True)
    # the end alone is one token
    with pytest.raises(ValueError, match="early_stopping: got a text of 1 tokens"):
        model.fit([""])
    assert model.n_iter_ == TINY["max_epochs"]


def test_the_shortest_texts_train():
    model = RNNLanguageModel(**TINY).fit(["word"])
    assert np.isfinite(model.perplexity(["word"]))
    assert np.isfinite(model.perplexity(["", ""]))
