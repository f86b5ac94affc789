"""
Parts of speech: a tag for every word
=====================================

Is "book" a noun or a verb? The word alone does not say, its neighbours do. A tagger reads whole
sentences and gives every word its part of speech.

If the English Web Treebank of Universal Dependencies is on this machine, the example reads it (see
:func:`skrnn.datasets.fetch_ud_english_ewt`). Otherwise it makes up sentences of a few dozen words:
then the figures tell of these, not of English.
"""

# %%
# ``X`` is a list of sentences, each a list of words, and ``y`` a list of as many tags.

from collections import Counter, defaultdict

import matplotlib.pyplot as plt
import numpy as np
from sklearn.pipeline import make_pipeline

from skrnn import RNNTagger
from skrnn.datasets import fetch_ud_english_ewt
from skrnn.metrics import token_accuracy_score
from skrnn.preprocessing import TokenEncoder


def make_up_sentences(n_sentences, rng):
    """Return sentences of a small grammar, in which "book", "play" and others are ambiguous."""
    ambiguous = ["book", "play", "watch", "cook", "walk", "water"]
    choices = {
        "DET": ["the", "a", "this"],
        "NOUN": [*ambiguous, "garden", "teacher", "movement", "kindness"],
        "VERB": [*ambiguous, "see", "like", "modernise", "repeating"],
        "ADJ": ["small", "famous", "readable", "careless"],
        "PRON": ["they", "we", "you"],
        "PART": ["to"],
        "AUX": ["will", "can"],
        "PUNCT": ["."],
    }
    noun_phrases = ["DET NOUN", "DET ADJ NOUN", "ADJ NOUN"]
    sentences, tags = [], []
    for _ in range(n_sentences):
        subject, thing = rng.choice([*noun_phrases, "PRON"]), rng.choice(noun_phrases)
        verb = rng.choice(["AUX VERB", "VERB", "VERB PART VERB"])
        tags.append(f"{subject} {verb} {thing} PUNCT".split())
        sentences.append([str(rng.choice(choices[tag])) for tag in tags[-1]])
    return sentences, tags


try:
    X_train, y_train = fetch_ud_english_ewt(download_if_missing=False, return_X_y=True)
    X_test, y_test = fetch_ud_english_ewt(split="test", download_if_missing=False, return_X_y=True)
    sentence = "They will book a room and read the book .".split()
    print("the English Web Treebank")
except FileNotFoundError:
    rng = np.random.default_rng(0)
    X_train, y_train = make_up_sentences(2000, rng)
    X_test, y_test = make_up_sentences(500, rng)
    sentence = "they will book the small book .".split()
    print("made-up sentences: the English Web Treebank is not on this machine")
n_words = sum(map(len, X_train))
print(f"{len(X_train)} sentences of {n_words} words; the first: {X_train[0]}, {y_train[0]}")

# %%
# A baseline to beat: every word gets the tag that it had most often. Words never seen get the most
# frequent tag of all.

counts = defaultdict(Counter)
for words, tags in zip(X_train, y_train, strict=True):
    for word, tag in zip(words, tags, strict=True):
        counts[word][tag] += 1
most_frequent = Counter(tag for tags in y_train for tag in tags).most_common(1)[0][0]


def tag_by_frequency(sentences):
    """Return the most frequent tag of every word."""
    return [
        [counts[word].most_common(1)[0][0] if word in counts else most_frequent for word in words]
        for words in sentences
    ]


print(f"most frequent tag: {token_accuracy_score(y_test, tag_by_frequency(X_test)):.3f}")

# %%
# ``TokenEncoder(analyzer=None)`` takes one id a word. With ``affix_length`` it gives each word
# further ids, for what it begins and ends with and for its capitals and digits: a word never seen
# still ends in "-ing". Words and endings met only once are unknown in training, too (``min_df``),
# so that the network learns what to do with them. ``verbose=1`` prints a line for each epoch: five
# of them, a minute on two cores.

tagger = make_pipeline(
    TokenEncoder(analyzer=None, affix_length=4, min_df=2),
    RNNTagger(embedding_dim=128, dropout=0.5, max_epochs=5, verbose=1, random_state=0),
)
tagger.fit(X_train, y_train)
print(f"RNNTagger:         {tagger.score(X_test, y_test):.3f}")

# %%
# Which tags does the context help with? For each of them, the share of its words that was found,
# by frequency alone and by the network.

true = np.concatenate([np.array(tags) for tags in y_test])
by_frequency = np.concatenate([np.array(tags) for tags in tag_by_frequency(X_test)])
by_network = np.concatenate(tagger.predict(X_test))
names, sizes = np.unique(true, return_counts=True)
names = names[np.argsort(-sizes)]
found = [
    [np.mean(predicted[true == name] == name) for name in names]
    for predicted in (by_frequency, by_network)
]

# %%
# And what does it make of a single sentence? The same word gets another tag in another place.

proba = tagger.predict_proba([sentence])[0]
classes = tagger[-1].classes_
shown = np.flatnonzero(proba.max(axis=0) > 0.05)

figure, (left, right) = plt.subplots(1, 2, figsize=(12, 5), layout="constrained")
places = np.arange(len(names))
left.hlines(places, *found, color="lightgrey", linewidth=3, zorder=0)
left.plot(found[0], places, "o", color="tab:grey", label="most frequent tag of the word")
left.plot(found[1], places, "o", color="tab:blue", label="RNNTagger")
left.set(
    yticks=places,
    yticklabels=[f"{name} ({np.sum(true == name)})" for name in names],
    xlabel="share of the words with this tag that is found",
    title=f"{len(true)} words of {len(X_test)} test sentences",
)
left.invert_yaxis()
left.legend(loc="upper left")
picture = right.imshow(proba[:, shown].T, cmap="Blues", vmin=0, vmax=1, aspect="auto")
for place, k in enumerate(proba[:, shown].argmax(axis=1)):
    right.text(place, k, f"{proba[place, shown[k]]:.2f}", ha="center", va="center", color="white")
right.set(
    xticks=range(len(sentence)),
    xticklabels=sentence,
    yticks=range(len(shown)),
    yticklabels=classes[shown],
    title="probability of each tag",
)
figure.colorbar(picture, ax=right)
figure.savefig("part_of_speech.png", dpi=100)
