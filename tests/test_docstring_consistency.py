"""What classes share is documented in the same words.

Two estimators that take a parameter of one name mean the same by it, and a reader who knows it from
one of them need not read it again. So its type and its description are compared, those of every
name that two classes of a family document. Defaults may differ. Where more than a default differs,
the name stands in a table below, with the reason.
"""

import inspect
import re
from collections import defaultdict

import pytest
from numpydoc.docscrape import ClassDoc, FunctionDoc

import skrnn
import skrnn.baselines
import skrnn.preprocessing

FAMILIES = {
    "estimators": [getattr(skrnn, name) for name in skrnn.__all__ if name.startswith("RNN")],
    "baselines": [getattr(skrnn.baselines, name) for name in skrnn.baselines.__all__],
    "transformers": [
        thing
        for thing in (getattr(skrnn.preprocessing, name) for name in skrnn.preprocessing.__all__)
        if inspect.isclass(thing)
    ],
}

AUTO = 'what "auto" stands for was found for each estimator by itself'
POOLED = "one prediction for a sequence, which token ids overfit more easily"
EVERY = "every class"

# The first sentence is shared. What follows it differs, for the reason given.
GOES_ON = {
    "batch_size": {"RNNTranscriber": AUTO},
    "bidirectional": {
        "RNNTagger": "says what its labels depend on",
        "RNNTranscriber": "a stream cannot read backwards",
    },
    "cell": {"RNNForecaster": "says why its default is another"},
    "class_weight": {
        "RNNClassifier": "it alone takes multilabel targets",
        "RNNTagger": "weighs timesteps, of which some have no label",
    },
    "classes_": {"RNNClassifier": "it alone takes multilabel targets"},
    "dropout": {
        "RNNClassifier": POOLED,
        "RNNRegressor": POOLED,
        "RNNForecaster": "reads no token ids",
        "RNNLanguageModel": "leaves the same elements out through a whole window",
    },
    "dtype": {"RNNForecaster": "normalises series before the network reads them"},
    "history_": {
        "RNNForecaster": "trains several networks, and on everything at the end",
        "RNNLanguageModel": "losses have a unit that users compare",
        "RNNTagger": "losses are per timestep, not per sample",
        "RNNTranscriber": "losses are per token, not per sample",
    },
    "max_epochs": {
        "RNNClassifier": "needs fewer beside a linear model of texts",
        "RNNLanguageModel": AUTO,
        "RNNTranscriber": AUTO,
    },
    "max_length": {"TokenEncoder": "cuts texts"},
    "net_": {
        "RNNClassifier": "may have several",
        "RNNForecaster": "has several",
        "RNNRegressor": "may have several",
    },
    "network_weight_": {"RNNForecaster": "stands beside exponential smoothing"},
    "segment_length": {"RNNTranscriber": AUTO},
    "segment_length_": {"RNNForecaster": "also cuts the future into segments"},
    "validation_fraction": {"RNNLanguageModel": "says which part of the text"},
    "warm_start": {"RNNForecaster": "keeps what it learned from held-out windows"},
    "fit(sample_weight)": {
        "RNNTagger": "a sample has many labels",
        "RNNTranscriber": "a sample has many tokens",
    },
    "partial_fit(sample_weight)": {
        "RNNTagger": "a sample has many labels",
        "RNNTranscriber": "a sample has many tokens",
    },
    "score(sample_weight)": {
        "RNNTagger": "a sample has many labels",
        "RNNTranscriber": "a sample has many words",
    },
}

# The same description, but another type.
OTHER_TYPE = {
    "dropout": {
        "RNNClassifier": POOLED,
        "RNNRegressor": POOLED,
    },
    "input_layout_": {"TokenEncoder": "texts have no features"},
    "fit(sample_weight)": {"RNNTagger": "weighs timesteps as well"},
    "partial_fit(sample_weight)": {"RNNTagger": "weighs timesteps as well"},
    "score(X)": {"RNNLanguageModel": "texts, not sequences"},
    "score(sample_weight)": {"RNNTagger": "weighs timesteps as well"},
}

# The same name for something that each class has to describe by itself.
OTHER_THING = {
    "analyzer": {EVERY: "cuts transcripts with their word list, or texts"},
    "batch_size": {
        "RNNForecaster": "counts windows",
        "RNNLanguageModel": "counts the parts of one long text",
    },
    "context_length": {EVERY: "read by a network, averaged or smoothed"},
    "early_stopping": {"RNNForecaster": "finds the number of epochs of a second training"},
    "embedding_dim": {"RNNLanguageModel": "always reads tokens, so that None means nothing"},
    "loss": {EVERY: "other losses to choose from"},
    "max_epochs": {"RNNForecaster": "an epoch is a number of sampled windows"},
    "n_features_in_": {
        "RNNForecaster": "counts the features next to the series",
        "RNNLanguageModel": "texts have no features",
        "LogMelSpectrogram": "recordings have no features",
        "TokenEncoder": "texts have no features",
    },
    "output_layer": {EVERY: "labels that depend on one another, or a large vocabulary"},
    "segment_length": {"RNNForecaster": "also cuts the future into segments"},
    "truncation": {"TokenEncoder": "cuts tokens off texts"},
    "validation_fraction": {"RNNForecaster": "holds out the end of every series"},
    "fit(X)": {
        "RNNForecaster": "rows are time",
        "RNNLanguageModel": "texts",
        "LogMelSpectrogram": "recordings",
        "SequencePadder": "does not read values",
        "TokenEncoder": "texts",
    },
    "fit(sample_weight)": {"RNNForecaster": "rows are time"},
    "predict(X)": {"RNNForecaster": "rows are time"},
    "score(X)": {"RNNForecaster": "rows are time"},
    "transform(X)": {
        "RNNLanguageModel": "texts",
        "LogMelSpectrogram": "recordings",
        "SequencePadder": "does not read values",
        "TokenEncoder": "texts",
    },
    "inverse_transform(X)": {EVERY: "takes what its own transform returns"},
    "fit(y)": {EVERY: "each estimator has its own kind of target"},
    "partial_fit(y)": {EVERY: "each estimator has its own kind of target"},
    "partial_fit(classes)": {EVERY: "an indicator of labels needs no list of them"},
    "score(y)": {EVERY: "each estimator has its own kind of target"},
    "fit raises ValueError": {EVERY: "transformers name what each of them refuses"},
    "transform raises ValueError": {EVERY: "transformers name what each of them refuses"},
    "inverse_transform raises ValueError": {EVERY: "transformers name what each of them refuses"},
}


def in_one_line(lines):
    return " ".join(" ".join(lines).split())


def first_sentence(description):
    return re.split(r"(?<=\.)\s", description, maxsplit=1)[0]


def documented_by(cls):
    """Yield name, type without default, and description of what a class documents.

    Parameters of methods are named as in ``"fit(X)"``, exceptions ``"fit raises ValueError"``.
    """
    document = ClassDoc(cls)
    for entry in [*document["Parameters"], *document["Attributes"]]:
        yield entry.name, entry.type, entry.desc
    for method, member in inspect.getmembers(cls, callable):
        if method.startswith("_") or not member.__module__.startswith("skrnn."):
            continue
        document = FunctionDoc(member)
        for entry in document["Parameters"]:
            yield f"{method}({entry.name})", entry.type, entry.desc
        for entry in document["Returns"]:
            if entry.name == "self":
                yield f"{method} returns self", "", entry.desc
        for entry in document["Raises"]:
            yield f"{method} raises {entry.type}", "", entry.desc


def by_name(classes):
    """Return what each class says under a name: ``{name: {class: (type, description)}}``."""
    found = defaultdict(dict)
    for cls in classes:
        for name, type_, lines in documented_by(cls):
            words = (type_.partition(", default=")[0], in_one_line(lines))
            found[name][cls.__name__] = words
    return found


def disagreement(name, what, said):
    """Return a listing of who says what of a name, or nothing if all say the same."""
    speakers = defaultdict(list)
    for cls, words in said.items():
        speakers[words].append(cls)
    if len(speakers) < 2:
        return []
    lines = [f"    {', '.join(classes)}: {words}" for words, classes in speakers.items()]
    return ["\n".join([f"{name}: {what} differ", *lines])]


def disagreements(classes):
    found = []
    for name, said in by_name(classes).items():
        other_thing = OTHER_THING.get(name, {})
        if EVERY in other_thing:
            continue
        said = {cls: words for cls, words in said.items() if cls not in other_thing}
        types = {cls: type_ for cls, (type_, _) in said.items()}
        descriptions = {cls: description for cls, (_, description) in said.items()}
        sentences = {cls: first_sentence(text) for cls, text in descriptions.items()}
        for cls in OTHER_TYPE.get(name, {}):
            types.pop(cls, None)
        for cls in GOES_ON.get(name, {}):
            descriptions.pop(cls, None)
        found += disagreement(name, "types", types)
        found += disagreement(name, "descriptions", descriptions) or disagreement(
            name, "first sentences", sentences
        )
    return found


def needless_exceptions(classes):
    """Name the exceptions of classes that say what others of their family say without one."""
    found = []
    for name, said in by_name(classes).items():
        for table, parts in ((GOES_ON, [1]), (OTHER_TYPE, [0]), (OTHER_THING, [0, 1])):
            excepted = table.get(name, {})
            usual = [words for cls, words in said.items() if cls not in excepted]
            found += [
                f"{name} of {cls} is excepted and says what others say"
                for cls in excepted
                if cls in said
                and any(all(said[cls][part] == words[part] for part in parts) for words in usual)
            ]
    return found


@pytest.mark.parametrize("family", FAMILIES)
def test_what_classes_share_is_said_in_the_same_words(family):
    found = disagreements(FAMILIES[family])
    assert not found, "\n".join([f"{len(found)} found:", *found])


def test_every_exception_is_needed():
    found = [line for classes in FAMILIES.values() for line in needless_exceptions(classes)]
    names = set().union(*(by_name(classes) for classes in FAMILIES.values()))
    for table in (GOES_ON, OTHER_TYPE, OTHER_THING):
        found += [f"{name} is not documented anywhere" for name in table.keys() - names]
    assert not found, "\n".join([f"{len(found)} found:", *found])


# The comparison is itself checked, on classes that disagree.


class One:
    """Be one of two.

    Parameters
    ----------
    same : int, default=1
        The same thing. In the same words.
    other_type : int, default=1
        The same thing.
    other_words : int
        The same thing. In one way.
    """

    def fit(self, X):
        """Do nothing.

        Parameters
        ----------
        X : array
            Samples.
        """


class Other:
    """Be the other.

    Parameters
    ----------
    same : int, default=2
        The same thing.
        In the same words.
    other_type : float, default=1
        The same thing.
    other_words : int
        The same thing. In another way.
    """

    def fit(self, X):
        """Do nothing.

        Parameters
        ----------
        X : array
            Cases.
        """


def test_disagreements_are_found(monkeypatch):
    for cls in (One, Other):
        monkeypatch.setattr(cls.fit, "__module__", "skrnn.example")
    monkeypatch.setitem(OTHER_THING, "fit(X)", {})
    found = [text.partition(" differ")[0] for text in disagreements([One, Other])]
    assert found == [
        "other_type: types",
        "other_words: descriptions",
        "fit(X): descriptions",
    ]
    monkeypatch.setitem(GOES_ON, "other_words", {"Other": "it may"})
    monkeypatch.setitem(GOES_ON, "fit(X)", {"Other": "it may, after the first sentence"})
    monkeypatch.setitem(OTHER_TYPE, "other_type", {"Other": "it may"})
    found = [text.partition(" differ")[0] for text in disagreements([One, Other])]
    assert found == ["fit(X): first sentences"]
