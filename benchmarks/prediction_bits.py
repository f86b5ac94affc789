"""Print a digest of the predictions of every kind of estimator, to compare two versions bit by bit.

    python benchmarks/prediction_bits.py > before.txt
    python benchmarks/prediction_bits.py --compare before.txt

The second line exits with 1 and names each case whose bits differ. Digests hold for one machine and
one version of its libraries. Only the public interface is used, so that the script runs on both
sides of a change to what it calls. Longer than 500 lines because it lists a case of every kind.

Longer than 500 lines because the cases of all estimators stand in one script, which a worktree of
an older version runs as it is.
"""

import argparse
import hashlib
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from skrnn import (
    RNNClassifier,
    RNNForecaster,
    RNNLanguageModel,
    RNNRegressor,
    RNNTagger,
    RNNTranscriber,
)
from skrnn.inspection import (
    attention_weights,
    integrated_gradients,
    permutation_importance,
    recurrent_states,
)
from skrnn.model_selection import PanelTimeSeriesSplit
from skrnn.preprocessing import (
    LogMelSpectrogram,
    PerTimestep,
    SequencePadder,
    SequenceScaler,
    TimeDifferences,
    TokenEncoder,
)

CELLS = ("lstm", "gru", "rnn")


def digest(answer: Any) -> str:
    """Return a digest of the numbers, labels, texts and times in an answer."""
    accumulated = hashlib.sha256()
    for part in _parts(answer):
        accumulated.update(part)
        accumulated.update(b"|")
    return accumulated.hexdigest()[:16]


def _parts(answer: Any) -> Iterator[bytes]:
    if isinstance(answer, pd.DataFrame):
        yield from _parts([str(label) for label in answer.columns])
        yield from _parts([str(label) for label in answer.index])
        for number in range(answer.shape[1]):
            yield from _parts(answer.iloc[:, number].to_numpy())
    elif isinstance(answer, pd.Series):
        yield from _parts([str(label) for label in answer.index])
        yield from _parts(answer.to_numpy())
    elif isinstance(answer, dict):
        for key in sorted(answer):
            yield str(key).encode()
            yield from _parts(answer[key])
    elif isinstance(answer, np.ndarray) and answer.dtype.kind in "fiub":
        yield f"{answer.dtype}{answer.shape}".encode()
        yield np.ascontiguousarray(answer).tobytes()
    elif isinstance(answer, (list, tuple, np.ndarray)):
        yield f"{len(answer)}".encode()
        for part in answer:
            yield from _parts(part)
    elif isinstance(answer, (float, np.floating)):
        yield float(answer).hex().encode()
    else:
        yield str(answer).encode()


def learned(estimator: Any) -> list[Any]:
    """Return the weights and the losses of a fitted estimator."""
    nets = getattr(estimator, "nets_", [estimator.net_])
    weights = [[w.numpy(force=True) for w in net.module_.state_dict().values()] for net in nets]
    losses = [[epoch.get("train_loss"), epoch.get("valid_loss")] for epoch in estimator.history_]
    return [weights, losses, estimator.best_epoch_]


# -- data --------------------------------------------------------------------------------------


def ragged(n: int = 60, n_features: int = 3, seed: int = 0) -> tuple[list[Any], np.ndarray]:
    rng = np.random.default_rng(seed)
    X = [rng.normal(size=(length, n_features)) for length in rng.integers(4, 40, size=n)]
    return X, np.array([x[:, 0].mean() > 0 for x in X]).astype(int)


def with_gaps(X: list[Any]) -> list[Any]:
    rng = np.random.default_rng(1)
    return [np.where(rng.random(x.shape) < 0.1, np.nan, x) for x in X]


def texts(n: int = 60) -> list[str]:
    rng = np.random.default_rng(2)
    words = np.array("the a cat dog bird sat ran flew on under mat rug sky tree".split())
    return [" ".join(rng.choice(words, size=size)) for size in rng.integers(2, 12, size=n)]


def monthly(n: int = 120, seed: int = 3) -> pd.Series:
    rng = np.random.default_rng(seed)
    index = pd.period_range("2010-01", periods=n, freq="M")
    season = 10 * np.sin(2 * np.pi * np.arange(n) / 12)
    return pd.Series(100 + 0.5 * np.arange(n) + season + rng.normal(size=n), index, name="sales")


def panel() -> pd.Series:
    parts = {f"shop {number}": monthly(70 + 7 * number, seed=number) for number in range(4)}
    return pd.concat(parts, names=["shop", "month"])


def counts() -> pd.Series:
    rng = np.random.default_rng(4)
    index = pd.date_range("2024-01-01", periods=150, freq="D")
    rate = 3 + 2 * np.sin(2 * np.pi * np.arange(150) / 7)
    return pd.Series(rng.poisson(rate).astype(float), index)


def features_of(y: pd.Series) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    return pd.DataFrame(
        {"promo": rng.integers(0, 2, len(y)).astype(float), "price": rng.normal(size=len(y))},
        index=y.index,
    )


# -- cases -------------------------------------------------------------------------------------

CASES: dict[str, Callable[[], Any]] = {}


def case(name: str) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    def remember(function: Callable[[], Any]) -> Callable[[], Any]:
        CASES[name] = function
        return function

    return remember


def _add_cells() -> None:
    for cell in CELLS:
        for bidirectional in (False, True):
            common = {"cell": cell, "bidirectional": bidirectional, "hidden_size": 12}
            common |= {"max_epochs": 3, "random_state": 0}
            name = f"{cell}, {'two directions' if bidirectional else 'one direction'}"

            @case(f"classifier, {name}")
            def classify(common: dict[str, Any] = common) -> Any:
                X, y = ragged()
                fitted = RNNClassifier(**common).fit(X, y)
                return fitted.predict_proba(X), fitted.transform(X), learned(fitted)

            @case(f"regressor, two layers, {name}")
            def regress(common: dict[str, Any] = common) -> Any:
                X = with_gaps(ragged()[0])
                y = np.array([[np.nanmean(x), np.nanmax(x)] for x in X])
                fitted = RNNRegressor(num_layers=2, dropout=0.2, **common).fit(X, y)
                return fitted.predict(X), learned(fitted)

            @case(f"tagger, {name}")
            def tag(common: dict[str, Any] = common) -> Any:
                X, _ = ragged()
                y = [np.where(x[:, 0] > 0, "up", "down") for x in X]
                fitted = RNNTagger(**common).fit(X, y)
                return fitted.predict(X), fitted.predict_proba(X), learned(fitted)

            @case(f"transcriber, {name}")
            def transcribe(common: dict[str, Any] = common) -> Any:
                X, y = spoken()
                fitted = RNNTranscriber(**common).fit(X, y)
                return fitted.predict(X), fitted.predict_proba(X), learned(fitted)

        @case(f"forecaster, {cell}")
        def forecast(cell: str = cell) -> Any:
            settings = {"cell": cell, "hidden_size": 8, "max_epochs": 2, "random_state": 0}
            fitted = RNNForecaster(6, **settings).fit(monthly())
            return fitted.predict(), learned(fitted)

        @case(f"language model, {cell}")
        def language(cell: str = cell) -> Any:
            settings = {"cell": cell, "hidden_size": 8, "max_epochs": 2, "random_state": 0}
            fitted = RNNLanguageModel(**settings).fit(texts())
            return fitted.log_prob(texts(), per_token=True), fitted.score(texts()), learned(fitted)


def spoken(n: int = 40) -> tuple[list[Any], list[str]]:
    rng = np.random.default_rng(6)
    y = [" ".join(rng.choice(["ab", "ba", "abc"], size=size)) for size in rng.integers(1, 4, n)]
    place = {"a": 0, "b": 1, "c": 2, " ": 3}
    X = [np.repeat(np.eye(4)[[place[letter] for letter in text]], 8, axis=0) for text in y]
    return [x + rng.normal(scale=0.1, size=x.shape) for x in X], y


_add_cells()


@case("classifier, padded array, weights, held-out part, class weights")
def _weighted() -> Any:
    rng = np.random.default_rng(7)
    X, y = rng.normal(size=(90, 20, 2)), rng.choice(["a", "b", "c"], size=90)
    X[::3, 12:] = np.nan
    weight = rng.integers(0, 3, size=90)
    classifier = RNNClassifier(
        hidden_size=8,
        max_epochs=6,
        early_stopping=True,
        n_iter_no_change=2,
        class_weight="balanced",
        random_state=0,
    )
    fitted = classifier.fit(X, y, weight, groups=np.arange(90) // 3)
    return fitted.predict_proba(X), fitted.predict(X), fitted.score(X, y, weight), learned(fitted)


@case("classifier, validation data")
def _validated() -> Any:
    X, y = ragged()
    fitted = RNNClassifier(hidden_size=8, max_epochs=5, n_iter_no_change=1, random_state=0)
    fitted.fit(X[:40], y[:40], X_val=X[40:], y_val=y[40:])
    return fitted.predict_proba(X), learned(fitted)


@case("classifier, multilabel, attention, folded, table")
def _multilabel() -> Any:
    rng = np.random.default_rng(8)
    X = rng.normal(size=(50, 90))
    y = np.column_stack([X[:, :40].mean(1) > 0, X[:, 40:].mean(1) > 0]).astype(int)
    fitted = RNNClassifier(
        hidden_size=8, pooling=("attention", "max"), segment_length=4, max_epochs=4, random_state=0
    ).fit(pd.DataFrame(X).add_prefix("t"), y)
    table = pd.DataFrame(X).add_prefix("t")
    return fitted.predict_proba(table), attention_weights(fitted, X[0]), learned(fitted)


@case("classifier, small samples beside large ones")
def _sample_scale() -> Any:
    rng = np.random.default_rng(9)
    X = [10.0 ** rng.uniform(-4, 4) * rng.normal(size=(15, 2)) for _ in range(40)]
    y = np.arange(40) % 2
    fitted = RNNClassifier(hidden_size=8, max_epochs=3, random_state=0).fit(X, y)
    return fitted.predict_proba(X), learned(fitted)


@case("classifier, trained on")
def _trained_on() -> Any:
    X, y = ragged()
    fitted = RNNClassifier(hidden_size=8, max_epochs=2, warm_start=True, random_state=0).fit(X, y)
    fitted.fit(X, y).partial_fit(X, y)
    return fitted.predict_proba(X), learned(fitted)


@case("regressor, part by part, other losses")
def _partly() -> Any:
    X, _ = ragged()
    y = np.array([x.sum() for x in X])
    answers = []
    for loss in ("mae", "huber"):
        fitted = RNNRegressor(hidden_size=8, loss=loss, random_state=0)
        fitted.partial_fit(X[:30], y[:30]).partial_fit(X[30:], y[30:])
        answers += [fitted.predict(X), fitted.score(X, y), learned(fitted)]
    return answers


@case("classifier, float64 and bfloat16")
def _dtypes() -> Any:
    X, y = ragged()
    settings = {"hidden_size": 8, "max_epochs": 2, "random_state": 0}
    return [
        RNNClassifier(dtype=dtype, **settings).fit(X, y).predict_proba(X)
        for dtype in ("float64", "bfloat16")
    ]


@case("classifier, other optimizer and criterion")
def _net_params() -> Any:
    import torch

    X, y = ragged()
    params = {"optimizer": torch.optim.SGD, "optimizer__momentum": 0.9}
    params |= {"criterion": torch.nn.CrossEntropyLoss}
    fitted = RNNClassifier(hidden_size=8, max_epochs=3, net_params=params, random_state=0)
    return fitted.fit(X, y).predict_proba(X), learned(fitted)


@case("classifier of texts, token vectors, unknown words")
def _tokens() -> Any:
    documents = texts()
    y = ["cat" in text for text in documents]
    encoder = TokenEncoder().fit(documents[:30])
    ids = encoder.transform(documents)
    vectors = np.random.default_rng(10).normal(size=(encoder.n_tokens_, 6))
    answers = []
    for settings in ({"embedding_dim": 6}, {"embedding_weights": vectors}):
        fitted = RNNClassifier(hidden_size=8, max_epochs=3, random_state=0, **settings)
        fitted.fit(ids, y)
        answers += [fitted.predict_proba(ids), learned(fitted)]
    return answers


@case("tagger, chain, several ids a timestep")
def _chain() -> Any:
    sentences = [text.split() for text in texts()]
    y = [["noun" if word in ("cat", "dog") else "O" for word in words] for words in sentences]
    ids = TokenEncoder(analyzer=None, affix_length=2).fit_transform(sentences)
    fitted = RNNTagger(
        output_layer="crf", hidden_size=8, embedding_dim=5, max_epochs=3, random_state=0
    ).fit(ids, y, np.arange(60) % 3)
    return fitted.predict(ids), fitted.predict_proba(ids), fitted.score(ids, y), learned(fitted)


@case("tagger, chain, early stopping, trained on")
def _chain_stopped() -> Any:
    X, _ = ragged()
    y = [np.where(np.cumsum(x[:, 0]) > 0, 1, 0) for x in X]
    tagger = RNNTagger(
        output_layer="crf", hidden_size=8, max_epochs=4, early_stopping=True, random_state=0
    )
    tagger.fit(X, y).partial_fit(X, y)
    return tagger.predict(X), tagger.predict_proba(X), learned(tagger)


@case("transcriber, beam, word list, language model, stream")
def _beam() -> Any:
    X, y = spoken()
    settings = {"hidden_size": 16, "max_epochs": 40, "random_state": 0, "dropout": 0.0}
    fitted = RNNTranscriber(num_layers=1, bidirectional=False, **settings).fit(X, y)
    answers = [fitted.predict(X), fitted.score(X, y), list(fitted.stream(np.array_split(X[0], 7)))]
    fitted.set_params(decoding="beam", beam_width=4, word_list="transcripts")
    answers += [fitted.predict(X), list(fitted.stream(np.array_split(X[0], 3)))]
    model = RNNLanguageModel(analyzer="char", hidden_size=8, max_epochs=2)
    fitted = RNNTranscriber(language_model=model, bidirectional=False, **settings).fit(X, y)
    return [*answers, fitted.predict(X), list(fitted.stream([X[1]])), learned(fitted)]


@case("transcriber, lists of tokens, words, folded, of token ids")
def _token_lists() -> Any:
    X, y = spoken()
    settings = {"hidden_size": 8, "max_epochs": 2, "random_state": 0}
    words = RNNTranscriber(analyzer="word", segment_length=3, **settings).fit(X, y)
    ids = [np.repeat(2 + x.argmax(1), 2) for x in X]
    lists = RNNTranscriber(embedding_dim=4, bidirectional=False, **settings)
    lists.fit(ids, [list(text) for text in y], np.arange(40) % 2)
    lists.partial_fit(ids, [list(text) for text in y])
    return [
        words.predict(X),
        words.predict_proba(X),
        lists.predict(ids),
        list(lists.stream(np.array_split(ids[0], 4))),
        learned(lists),
    ]


def _forecast_answers(fitted: Any, X: Any = None) -> list[Any]:
    return [
        fitted.predict(X),
        fitted.predict_quantiles([0.1, 0.5, 0.9], X),
        fitted.predict_interval(X, coverage=0.8),
        fitted.sample_paths(5, X),
        [fitted.skill_, fitted.network_weight_],
        learned(fitted),
    ]


def _add_forecasters() -> None:
    settings = {"hidden_size": 8, "max_epochs": 2, "random_state": 0}
    for decoder in ("segment", "direct", "recursive"):

        @case(f"forecaster, {decoder}, features, past features")
        def with_features(decoder: str = decoder) -> Any:
            y = monthly()
            X = features_of(y)
            fitted = RNNForecaster(6, decoder=decoder, past_features=["price"], **settings)
            fitted.fit(X[:-6], y[:-6])
            ahead = [*_forecast_answers(fitted, X[-6:]), fitted.score(X[-6:], y[-6:])]
            return [*ahead, fitted.predict(X[20:-6]), fitted.fitted_values()]

        @case(f"forecaster, {decoder}, panel")
        def of_panel(decoder: str = decoder) -> Any:
            fitted = RNNForecaster(6, decoder=decoder, **settings).fit(panel())
            return [*_forecast_answers(fitted), fitted.predict(horizon=15), fitted.fitted_values()]

    for loss in ("mse", "huber", "quantile", "student_t", "negative_binomial"):

        @case(f"forecaster, {loss}")
        def of_loss(loss: str = loss) -> Any:
            fitted = RNNForecaster(7, loss=loss, **settings).fit(counts())
            return [*_forecast_answers(fitted), fitted.predict(horizon=16)]


_add_forecasters()


@case("forecaster, logarithm, members, early stopping, table, history, update")
def _members() -> Any:
    y = pd.DataFrame({"a": monthly(seed=11), "b": monthly(seed=12) * 3}).abs() + 1
    y.iloc[20:23, 0] = np.nan
    forecaster = RNNForecaster(
        4,
        target_transform="log",
        n_members=2,
        early_stopping=True,
        hidden_size=8,
        max_epochs=4,
        n_iter_no_change=1,
        random_state=0,
    )
    fitted = forecaster.fit(y[:-10])
    answers = [*_forecast_answers(fitted), fitted.predict(history=y["b"][:50])]
    fitted.update(y[-10:-5])
    answers += [fitted.predict(), fitted.update(y[-5:], refit=True).predict()]
    return [*answers, learned(fitted)]


@case("forecaster, static features, calendar, panel")
def _static() -> Any:
    y = panel()
    X = features_of(y)
    X["kind"] = pd.Categorical(np.where(X.index.get_level_values(0) < "shop 2", "big", "small"))
    fitted = RNNForecaster(
        3, static_features="kind", calendar="auto", hidden_size=8, max_epochs=2, random_state=0
    )
    train, test = next(iter(PanelTimeSeriesSplit(2, test_size=3).split(y)))
    fitted.fit(X.iloc[train], y.iloc[train])
    return [*_forecast_answers(fitted, X.iloc[test]), fitted.score(X.iloc[test], y.iloc[test])]


@case("forecaster, backtest, arrays, trained on")
def _backtest() -> Any:
    y = monthly()
    forecaster = RNNForecaster(3, hidden_size=8, max_epochs=2, random_state=0, warm_start=True)
    long = forecaster.backtest(y, n_windows=2, refit=False)
    again = forecaster.backtest(features_of(y), y, n_windows=2)
    fitted = forecaster.fit(y.to_numpy()).fit(y.to_numpy())
    return [long, again, fitted.predict(), learned(fitted)]


@case("language model, characters, adaptive, held-out part, generated")
def _characters() -> Any:
    fitted = RNNLanguageModel(
        analyzer="char",
        hidden_size=8,
        num_layers=2,
        output_layer="adaptive",
        early_stopping=True,
        max_epochs=3,
        random_state=0,
    ).fit(texts())
    return [
        fitted.perplexity(texts()),
        fitted.predict_next_proba(["the c", ""]),
        fitted.transform(["the cat", "a dog"]),
        fitted.generate("the ", top_k=5, random_state=0),
        learned(fitted),
    ]


@case("language model, token ids, trained on, no state carried")
def _id_model() -> Any:
    ids = TokenEncoder().fit(texts()).transform(texts())
    fitted = RNNLanguageModel(
        hidden_size=8, max_epochs=2, carry_state=False, warm_start=True, random_state=0
    ).fit(ids)
    fitted.fit(ids, X_val=ids[:9])
    return [fitted.predict_next(ids), fitted.generate([5, 3], random_state=1), learned(fitted)]


@case("inspection")
def _inspection() -> Any:
    X, y = ragged(30)
    classifier = RNNClassifier(hidden_size=6, max_epochs=2, random_state=0).fit(X, y)
    gradients = integrated_gradients(classifier, X[0])
    importance = permutation_importance(
        classifier, np.stack([x[:4] for x in X]), y, n_repeats=2, random_state=0
    )
    forecaster = RNNForecaster(3, hidden_size=6, max_epochs=2, random_state=0).fit(monthly())
    of_forecast = integrated_gradients(forecaster, monthly(), target=1)
    model = RNNLanguageModel(hidden_size=6, max_epochs=1, random_state=0).fit(texts())
    return [
        recurrent_states(classifier, X[0]),
        gradients.attributions,
        importance.importances,
        of_forecast.attributions,
        recurrent_states(forecaster, monthly()),
        recurrent_states(model, "the cat sat"),
    ]


@case("transformers")
def _transformers() -> Any:
    X, _ = ragged(20)
    rng = np.random.default_rng(13)
    audio = [rng.normal(scale=0.1, size=size) for size in (4000, 9000)]
    mel = LogMelSpectrogram(8000)
    return [
        SequencePadder().fit_transform(X),
        SequenceScaler().fit_transform(X),
        TimeDifferences().fit_transform(X),
        PerTimestep(SequenceScaler()).get_params(deep=False),
        mel.fit_transform(audio),
        list(mel.stream(np.array_split(audio[1], 5))),
        TokenEncoder(analyzer="char").fit_transform(texts()),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--compare", metavar="FILE", help="digests that another version printed")
    parser.add_argument("--only", default="", help="run the cases whose names contain this")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    expected = {}
    if arguments.compare:
        with open(arguments.compare, encoding="utf-8") as lines:
            expected = {line[18:].rstrip("\n"): line[:16] for line in lines}
    n_same, different = 0, []
    for name, compute in CASES.items():
        if arguments.only not in name:
            continue
        found = digest(compute())
        mark = ""
        if expected:
            is_same = expected.get(name) == found
            n_same += is_same
            mark = "" if is_same else "  DIFFERENT"
            if not is_same:
                different.append(name)
        print(f"{found}  {name}{mark}", flush=True)
    if expected:
        print(f"{n_same} of {n_same + len(different)} cases have the same bits", file=sys.stderr)
        sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
