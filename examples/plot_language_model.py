"""
A language model of scikit-learn's documentation
================================================

A language model says how probable each character of a text is after those before it. It can be
asked what is surprising in a text, and it can write. The text here comes with scikit-learn: the
docstrings of its classes.
"""

# %%
# The last tenth of the classes is held out.

import inspect
from collections import Counter

import matplotlib.pyplot as plt
import numpy as np
from sklearn.utils.discovery import all_estimators

from skrnn import RNNLanguageModel

texts = [inspect.getdoc(estimator) + "\n" for _, estimator in all_estimators()]
texts = [text.encode("ascii", "ignore").decode() for text in texts]
order = np.random.default_rng(0).permutation(len(texts))
train, test = ([texts[i] for i in part] for part in np.split(order, [len(order) * 9 // 10]))
print(f"{len(train)} docstrings to learn from, {sum(map(len, train))} characters")

# %%
# An LSTM with default parameters, but for few epochs: it reads the docstrings one after the other
# and carries its state onward. ``verbose=1`` prints a line for each epoch; all of them take one to
# two minutes.

model = RNNLanguageModel(analyzer="char", max_epochs=10, random_state=0, verbose=1).fit(train)

# %%
# The score is the mean log-probability of a character. Beside it stand the frequencies of
# characters after none, two and four others, counted in the same text.


def surprise_of_counts(n_before):
    """Return the mean surprise, in nats, of characters after ``n_before`` others."""
    one, pairs = "".join(train), Counter()
    contexts = Counter()
    for i in range(n_before, len(one)):
        pairs[one[i - n_before : i + 1]] += 1
        contexts[one[i - n_before : i]] += 1
    n_characters, other = len(set(one)), "".join(test)
    smoothing = 0.05
    losses = [
        -np.log(
            (pairs[other[i - n_before : i + 1]] + smoothing)
            / (contexts[other[i - n_before : i]] + smoothing * n_characters)
        )
        for i in range(n_before, len(other))
    ]
    return np.mean(losses)


for n_before in (0, 2, 4):
    print(f"counts after {n_before} characters: {surprise_of_counts(n_before):.3f} nats")
print(f"network:                   {-model.score(test):.3f} nats")

# %%
# What it writes looks like documentation and says nothing. A temperature below 1 keeps to what is
# probable; ``stream=True`` would print it as it comes.

print(model.generate("Parameters\n----------\n", max_length=400, temperature=0.7, random_state=1))

# %%
# Where is a text surprising? Each character is coloured by how little the model expected it. Words
# surprise at their beginning, and the names of things more than the grammar between them.

sentence = (
    "Fit the model according to the given training data. The target values are class "
    "labels in classification, real numbers in regression. Cats are not estimators."
)
(log_probs,) = model.log_prob([sentence], per_token=True)
surprise = -log_probs[:-1]

figure, axes = plt.subplots(figsize=(8, 2.2), layout="constrained")
columns = 40
colours = plt.get_cmap("Reds")
for i, (character, nats) in enumerate(zip(sentence, surprise, strict=True)):
    row, column = divmod(i, columns)
    axes.text(
        column,
        -row,
        character,
        family="monospace",
        fontsize=11,
        ha="center",
        va="center",
        bbox={"facecolor": colours(min(nats / 8, 1.0)), "edgecolor": "none", "pad": 3.2},
    )
axes.set(xlim=(-1, columns), ylim=(-len(sentence) / columns, 0.8))
axes.axis("off")
bar = figure.colorbar(
    plt.cm.ScalarMappable(plt.Normalize(0, 8), colours), ax=axes, label="surprise (nats)"
)
figure.savefig("language_model.png", dpi=100)
