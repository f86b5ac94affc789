"""
A spam filter, and the words that gave a message away
=====================================================

Text messages, spam or not: a network reads them word by word, and says how it came to its answer.

If the SMS Spam Collection is on this machine, the example reads it (see
:func:`skrnn.datasets.fetch_sms_spam`). Otherwise it makes up messages of a few dozen words: then
the figures tell of these, not of people's messages.
"""

# %%
# ``X`` is a list of strings. Some messages occur more than once; copies of one message are kept on
# one side of the split.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy.special import logit
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline

from skrnn import RNNClassifier
from skrnn.datasets import fetch_sms_spam
from skrnn.inspection import IntegratedGradientsDisplay, integrated_gradients
from skrnn.preprocessing import TokenEncoder


def make_up_messages(n_messages, rng):
    """Return messages in which a word is telling only beside another one."""
    y = np.arange(n_messages) % 5 == 0
    openings = ["hi", "ok", "hello there", "so", "urgent", "dear customer"]
    ham = ["call me when you are free", "did you win the match", "can you reply to mum"]
    spam = ["call now to claim a free prize", "reply win to claim", "you are a winner, call today"]
    endings = ["see you later", "thanks", "bye", "at home", "this week", "today"]
    messages = [
        ", ".join(str(rng.choice(part)) for part in (openings, spam if is_spam else ham, endings))
        for is_spam in y
    ]
    return messages, y.astype(int)


try:
    X, y = fetch_sms_spam(return_X_y=True, download_if_missing=False)
except OSError:
    X, y = make_up_messages(300, np.random.default_rng(0))
folds = StratifiedGroupKFold(4, shuffle=True, random_state=0)
train, test = next(folds.split(X, y, groups=X))
X_train, X_test = [X[i] for i in train], [X[i] for i in test]
print(
    f"{len(train)} messages to learn from, {len(test)} to test on, {y.mean():.0%} of all are spam"
)

# %%
# The network needs ``TokenEncoder`` in front of it and ``embedding_dim``; the rest are default
# values. The baseline counts words and pairs of words.

baseline = make_pipeline(
    TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), LogisticRegression(C=100)
).fit(X_train, y[train])
model = make_pipeline(TokenEncoder(), RNNClassifier(embedding_dim=64, random_state=0))
model.fit(X_train, y[train])
for name, fitted in {"TF-IDF and logistic regression": baseline, "network": model}.items():
    print(f"{name:31} F1 {f1_score(y[test], fitted.predict(X_test)):.3f}")

# %%
# Which words did it? Two ways to ask. Read the message from its start, a word more each time, and
# see how the probability of spam moves: that needs nothing but ``predict_proba``. Or let
# :func:`skrnn.inspection.integrated_gradients` share out what the message says more than one of as
# many unknown words. It does so in log-odds, which go on moving where probabilities are close to 0
# or 1, and the words add up to the whole. Leaving out one word after the other would not: where two
# words say the same, leaving out one of them changes little.


def explain(message):
    """Return tokens, the probability after each of them, and what each adds to the log-odds."""
    attributions = integrated_gradients(model, message, target=1).attributions
    tokens = attributions["value"].to_list()
    reading = model.predict_proba([tokens[: i + 1] for i in range(len(tokens))])[:, 1]
    return tokens, reading, attributions["attribution"].to_numpy()


# %%
# Three messages that the network had not seen, of a length that a picture can show: spam about a
# prize that it is sure of, spam that it doubts, and the message of a person that looks most like
# spam to it.

n_tokens = np.array([len(tokens) for tokens in model[0].analyze(X_test)])
probability = model.predict_proba(X_test)[:, 1]
is_spam = y[test] == 1
readable = (n_tokens >= 7) & (n_tokens <= 24)
if not (readable & is_spam).any():
    readable = n_tokens > 1
spam, ham = np.flatnonzero(readable & is_spam), np.flatnonzero(readable & ~is_spam)
caught = spam[probability[spam] > 0.5]
prizes = np.array([k for k in caught if "won" in X_test[k]] or caught)
chosen = {
    "spam, found": prizes[probability[prizes].argmax()],
    "spam, the most doubtful that was found": caught[probability[caught].argmin()],
    "no spam, though much like it": ham[probability[ham].argmax()],
}

figure, axes = plt.subplots(len(chosen), 1, figsize=(11, 10.5), layout="constrained")
for ax, (title, number) in zip(axes, chosen.items(), strict=True):
    tokens, reading, effect = explain(X_test[number])
    places = np.arange(len(tokens))
    ax.bar(places, effect, color=np.where(effect > 0, "tab:red", "tab:green"), alpha=0.6)
    ax.axhline(0, color="black", linewidth=0.8)
    # room below the bars, so that both axes have their zero and one in sight
    reach = max(1.0, np.abs(effect).max()) * 1.1
    ax.set(
        title=f"{title} ({reading[-1]:.0%})", ylabel="log-odds a word adds", ylim=(-reach, reach)
    )
    ax.set_xticks(places, tokens, rotation=40, ha="right", rotation_mode="anchor")
    line = ax.twinx()
    line.plot(places, reading, "o-", color="tab:blue", markersize=4)
    line.set(ylim=(-0.05, 1.05))
    line.set_ylabel("probability of spam so far", color="tab:blue")
figure.savefig("spam_filter.png", dpi=100)

# %%
# The same as a text in colours, for the first of them:

figure, ax = plt.subplots(figsize=(9, 2), layout="constrained")
message = X_test[chosen["spam, found"]]
IntegratedGradientsDisplay.from_estimator(model, message, target=1).plot(ax)
figure.savefig("spam_filter_text.png", dpi=100)

# %%
# Over the spam of the test set, these words add most where they stand, on average:

messages = [explain(X_test[number]) for number in np.flatnonzero(is_spam)[:60]]
words = pd.concat(
    pd.DataFrame({"word": tokens, "effect": effect}) for tokens, _, effect in messages
)
words = words.groupby("word")["effect"].agg(["mean", "size"]).query("size >= 4")
for word, mean, size in words.nlargest(8, "mean").itertuples():
    print(f"{word:12} {mean:+.2f} in {size} places")

# %%
# Do these words carry the messages? Make the five words unknown that add most to each message, and
# see how far its log-odds fall; beside that, the five that matter most when words are made unknown
# one at a time.


def log_odds(token_lists):
    return logit(model.predict_proba(token_lists)[:, 1].clip(1e-9, 1 - 1e-9))


def without(tokens, places):
    return ["<unknown>" if place in places else token for place, token in enumerate(tokens)]


falls = {"adding most": [], "mattering most one at a time": []}
for tokens, _, effect in messages:
    (whole,) = log_odds([tokens])
    alone = whole - log_odds([without(tokens, {place}) for place in range(len(tokens))])
    for name, strength in zip(falls, (effect, alone), strict=True):
        strongest = set(np.argsort(-strength)[:5])
        falls[name].append(whole - log_odds([without(tokens, strongest)])[0])
for name, fall in falls.items():
    print(f"without the five words {name}, the log-odds fall by {np.mean(fall):.2f}")
