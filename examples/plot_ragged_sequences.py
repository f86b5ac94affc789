"""
Ragged sequences: from a long table to a searched pipeline
==========================================================

Measurements often come as a long table: one row for each timestep of each sample, and samples of
different length. Here handwritten digits play that part. They are read from left to right, one
column of 8 pixels per timestep, from the first column with ink to the last one. How many timesteps
that makes depends on how wide the digit was written.
"""

# %%
# The long table, as a database would give it: rows in no order, a column that names the sample.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC

from skrnn import RNNClassifier
from skrnn.preprocessing import PerTimestep, from_long

data = load_digits()
images, digits = data.images, data.target
rows = []
for number, (image, digit) in enumerate(zip(images[:900], digits[:900], strict=True)):
    inked = np.flatnonzero(image.sum(axis=0) > 0)
    for column in range(inked[0], inked[-1] + 1):
        rows.append([f"image {number}", column, *image[:, column], digit])
pixels = [f"pixel_{i}" for i in range(8)]
table = pd.DataFrame(rows, columns=["image", "column", *pixels, "digit"])
table = table.sample(frac=1, random_state=0).reset_index(drop=True)
table.head()

# %%
# ``from_long`` sorts each sample by time and returns a list of arrays. No padding, no mask.

X, ids, y = from_long(table, sample="image", time="column", features=pixels, target="digit")
lengths = np.array([len(sequence) for sequence in X])
print(f"{len(X)} sequences of {lengths.min()} to {lengths.max()} timesteps, the first {X[0].shape}")
X_train, X_test, y_train, y_test = train_test_split(
    X, y, train_size=600, stratify=y, random_state=0
)

# %%
# A list goes through a pipeline and a grid search like any array. ``PerTimestep`` applies
# scikit-learn's PCA to the timesteps.

pipeline = make_pipeline(PerTimestep(PCA()), RNNClassifier(max_epochs=25, random_state=0))
search = GridSearchCV(
    pipeline,
    {
        "pertimestep__transformer__n_components": [4, 8],
        "rnnclassifier__hidden_size": [32, 64],
    },
    cv=2,
    n_jobs=2,
    error_score="raise",
).fit(X_train, y_train)
print(f"best parameters: {search.best_params_}")

# %%
# Two baselines. Summaries forget the order of the columns; pixels side by side, with zeros behind
# the last column, keep it.


def summaries(sequences):
    """Return mean, spread and maximum of each feature, and the length."""
    return np.array([[*x.mean(0), *x.std(0), *x.max(0), len(x)] for x in sequences])


def side_by_side(sequences):
    """Return one row of 64 pixels, zeros behind the last column."""
    padded = np.zeros((len(sequences), 8, 8))
    for row, x in zip(padded, sequences, strict=True):
        row[: len(x)] = x
    return padded.reshape(len(sequences), -1)


accuracy = {}
for name, features in {"summaries": summaries, "pixels": side_by_side}.items():
    baseline = make_pipeline(FunctionTransformer(features), SVC(C=10))
    accuracy[f"SVM on {name}"] = baseline.fit(X_train, y_train).score(X_test, y_test)
accuracy["recurrent network"] = search.score(X_test, y_test)
for name, value in accuracy.items():
    print(f"{name:20} {value:.3f}")

# %%
# Cut to their ink and pushed to the left, the digits are still well aligned, and at most 8 columns
# long: the support vector machine on pixels is hard to beat. Summaries are not enough, which says
# that the order matters, and the network makes use of it.

figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
shown = [int(np.flatnonzero(lengths == length)[0]) for length in (4, 5, 6, 8)]
canvas = np.full((8, 37), np.nan)
for place, sample in enumerate(shown):
    canvas[:, place * 9 + 1 : place * 9 + 1 + lengths[sample]] = X[sample].T
left.imshow(canvas, cmap="gray_r")
left.set(
    xticks=[place * 9 + (lengths[sample] + 1) / 2 for place, sample in enumerate(shown)],
    xticklabels=[f"a {y[sample]}\n{lengths[sample]} timesteps" for sample in shown],
    yticks=[],
    ylabel="features",
    title="four samples, time from left to right",
)
bars = right.barh(list(accuracy), list(accuracy.values()), color=["tab:grey"] * 2 + ["tab:blue"])
right.bar_label(bars, fmt="%.3f", padding=3)
right.set(xlim=(0, 1.12), xlabel="accuracy", title=f"{len(X_test)} test sequences")
figure.savefig("ragged_sequences.png", dpi=100)
