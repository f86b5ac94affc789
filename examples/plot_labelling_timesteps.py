"""
Labelling every timestep: which digit is being written?
=======================================================

A signal runs on, and something else goes on in it at every moment: an activity in the readings of a
sensor, a phase of sleep, a word in speech. :class:`~skrnn.RNNTagger` gives every timestep a label.
Here the signal is a line of handwriting that passes by column after column.
"""

# %%
# The line is made of scikit-learn's handwritten digits: cut to their ink, set side by side with
# gaps of random width, and with noise over all of it. A timestep is a column of 8 pixels; its label
# is the digit it belongs to, or "gap". Lines to test with are made of digits that no line to train
# with has.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import make_scorer
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skrnn import RNNTagger
from skrnn.metrics import token_accuracy_score

data = load_digits()
glyphs = [image[:, np.flatnonzero(image.any(axis=0))].T / 16 for image in data.images]


def write_lines(numbers, n_lines, rng):
    """Return signals of shape (n_timesteps, 8) and their labels, 5 to 9 digits a line."""
    signals, labels = [], []
    for _ in range(n_lines):
        columns, names = [], []
        for number in rng.choice(numbers, rng.integers(5, 10)):
            gap = rng.integers(0, 4)
            columns += [np.zeros((gap, 8)), glyphs[number]]
            names += ["gap"] * gap + [str(data.target[number])] * len(glyphs[number])
        signal = np.concatenate(columns)
        signals.append(signal + rng.normal(0, 0.15, signal.shape))
        labels.append(np.array(names))
    return signals, labels


rng = np.random.default_rng(0)
X_train, y_train = write_lines(np.arange(1200), 1000, rng)
X_test, y_test = write_lines(np.arange(1200, len(glyphs)), 100, rng)
print(f"{len(X_train)} lines to train on, the first of shape {X_train[0].shape}: {y_train[0]}")

# %%
# Baselines: logistic regression, fitted by stochastic gradient descent, that sees one column at a
# time, or seven of them.


def columns_around(signals, n_neighbours):
    """Return, for every column of all signals, that column and its neighbours in one row."""
    rows = []
    for signal in signals:
        padded = np.pad(signal, ((n_neighbours, n_neighbours), (0, 0)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * n_neighbours + 1, axis=0)
        rows.append(windows.reshape(len(signal), -1))
    return np.concatenate(rows)


accuracy = {}
names, counts = np.unique(np.concatenate(y_train), return_counts=True)
accuracy["most frequent label"] = np.mean(np.concatenate(y_test) == names[counts.argmax()])
for name, n_neighbours in {"a column alone": 0, "seven columns": 3}.items():
    model = make_pipeline(StandardScaler(), SGDClassifier(loss="log_loss", random_state=0))
    model.fit(columns_around(X_train, n_neighbours), np.concatenate(y_train))
    accuracy[f"logistic regression, {name}"] = model.score(
        columns_around(X_test, n_neighbours), np.concatenate(y_test)
    )

# %%
# The tagger reads a line from left to right and from right to left. It takes a list of signals of
# different length and a list of their labels; ``predict`` returns labels in the same form. With
# ``output_layer="crf"`` it also learns which label may follow which. The two train for ten
# seconds together.

for layer in ("softmax", "crf"):
    tagger = RNNTagger(output_layer=layer, max_epochs=20, random_state=0).fit(X_train, y_train)
    accuracy[f"RNNTagger, {layer}"] = tagger.score(X_test, y_test)
for name, value in accuracy.items():
    print(f"{name:36} {value:.3f}")

# %%
# Lists of signals go through cross-validation like any data; the score is the share of timesteps
# that are labelled right, and other scores are a ``make_scorer`` away.

scorer = make_scorer(token_accuracy_score)
fast = RNNTagger(max_epochs=10, random_state=0)
print(cross_val_score(fast, X_train, y_train, scoring=scorer, cv=3).round(3))

# %%
# One line of the test set: the signal, the labels, and how sure the tagger is of each of them.
# Probabilities blur where one digit ends and the next begins without a gap.

sample = max(range(20), key=lambda i: len(X_test[i]))
proba = tagger.predict_proba(X_test)[sample]
predicted = tagger.predict(X_test)[sample]
figure, (top, middle, bottom) = plt.subplots(
    3, 1, figsize=(11, 5.5), sharex=True, height_ratios=[3, 1.3, 4], layout="constrained"
)
top.imshow(X_test[sample].T, cmap="gray_r", aspect="auto")
top.set(yticks=[], ylabel="pixels", title="the signal: a line of handwriting, column after column")
colours = plt.get_cmap("tab20")
for row, labels in enumerate([y_test[sample], predicted]):
    starts = np.flatnonzero(np.r_[True, labels[1:] != labels[:-1]])
    for start, end in zip(starts, [*starts[1:], len(labels)], strict=True):
        label = labels[start]
        if label != "gap":
            place, colour = start - 0.5, colours(int(label) % 10 * 2)
            middle.barh(row, end - start, left=place, height=0.85, color=colour)
            middle.text((start + end - 1) / 2, row, label, ha="center", va="center")
wrong = np.flatnonzero(predicted != y_test[sample])
middle.plot(wrong, np.full(len(wrong), 1.6), "kx", markersize=5, clip_on=False)
middle.set(yticks=[0, 1, 1.6], yticklabels=["true", "predicted", "wrong"], ylim=(1.9, -0.5))
middle.set(title="labels")
picture = bottom.imshow(proba.T, cmap="viridis", aspect="auto", interpolation="nearest")
bottom.set(yticks=range(len(tagger.classes_)), yticklabels=tagger.classes_)
bottom.set(xlabel="timestep", title="probability of each label")
figure.colorbar(picture, ax=bottom)
figure.savefig("labelling_timesteps.png", dpi=100)
