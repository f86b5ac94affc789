"""RNNLanguageModel: how probable each token is after those before it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, Literal, Self

import numpy as np
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from skrnn._input.containers import object_array
from skrnn._input.validation import validated_fit
from skrnn._language.texts import TokenTexts
from skrnn._language.writing import WritingLanguageModel
from skrnn.typing import Callbacks, Texts, Tokenizer

__all__ = ["RNNLanguageModel"]


class RNNLanguageModel(ClassNamePrefixFeaturesOutMixin, TransformerMixin, WritingLanguageModel):
    r"""Recurrent network that predicts each token of a text from all before it.

    A simple RNN, LSTM or GRU reads the texts one after the other, as one contiguous text. It is
    trained on windows of it (truncated backpropagation through time), its state carried from
    window to window.

    Parameters
    ----------
    analyzer : {"word", "char"}, callable, tokenizers.Tokenizer or None, default="word"
        How a text becomes tokens. ``"word"`` finds what ``token_pattern`` matches. ``"char"`` takes
        every character, blanks and ends of lines among them. A callable takes a text and returns
        tokens: ``str.split`` those between blanks. A trained tokenizer of the library tokenizers
        gives its own, and its own truncation cuts nothing. None expects lists of tokens. Without
        effect on token ids.
    lowercase : bool, default=False
        Whether texts are lower-cased first. Without effect on lists of tokens and on what a
        callable or a tokenizer returns.
    strip_accents : {"unicode", "ascii"} or None, default=None
        How accents are removed from texts, as in
        :class:`~skrnn.preprocessing.TokenEncoder`. Without effect on lists of tokens and on what a
        callable or a tokenizer returns.
    token_pattern : str, default="auto"
        Regular expression of a token for ``analyzer="word"``. "auto" takes words, with the marks
        and joiners that scripts such as Devanagari, Thai or Arabic write them with, and
        symbols, among them punctuation marks and emoji.
    max_tokens : int or None, default=None
        Keep this many of the most frequent tokens, at least 1; all others are one, unknown token.
        None keeps all; then nothing in training is unknown, and an unknown token in a score
        counts as very improbable.
    min_df : int or float, default=1
        Keep tokens found in at least this many texts, as in
        :class:`~skrnn.preprocessing.TokenEncoder`.
    cell : {"lstm", "gru", "rnn"}, default="lstm"
        The recurrence. "lstm" and "gru" remember over tens to hundreds of steps; "rnn", the simple
        recurrent network, over a few.
    hidden_size : int, default=256
        Hidden units of each layer and direction, 1 or more. More units fit
        more complicated sequences, take longer (about quadratically) and need more data.
    num_layers : int, default=1
        Stacked recurrent layers, 1 or more.
    embedding_dim : int or "auto", default="auto"
        Width of a token's vector, 1 or more. "auto" takes eight times the square root of the number
        of tokens, at most ``hidden_size``.
    dropout : float, default=0.2
        Share of hidden units, in [0, 1), that training leaves out at random, between layers and
        before the output layer. Elements of token vectors are left out in the same way, and what is
        left out stays the same through a whole window (variational dropout). Raise it against
        overfitting: small texts, large networks, many epochs.
    output_layer : {"auto", "softmax", "adaptive"}, default="auto"
        How probabilities are computed. "softmax" scores every token. "adaptive" spends less on
        rare ones, which is several times faster for large vocabularies and a little worse. "auto"
        takes it from 5000 tokens on.
    tie_weights : bool or "auto", default="auto"
        Whether the vectors that tokens are read by are those that they are predicted by: fewer
        weights, better with little text. Not with the adaptive output. "auto" ties where vectors
        have the width ``hidden_size``.
    sequence_length : int or "auto", default="auto"
        Timesteps of a window, through which errors are traced back, 1 or more. "auto" takes 128
        where there are at most 256 different tokens, as with characters, else 35.
    carry_state : bool, default=True
        Whether a window begins in training with the state that the last one ended with. False
        begins each from zeros, in random order.
    learning_rate : float, default=0.003
        Largest step size of the optimizer (AdamW), above 0.
    learning_rate_schedule : {"one_cycle", "cosine", "constant"}, default="one_cycle"
        How the step size changes during ``fit``. "one_cycle" rises for the first 10% of the updates
        and then falls to almost 0; "cosine" falls from the start; "constant" stays the same.
    max_epochs : int or "auto", default="auto"
        Passes over the training data, 1 or more. "auto" takes as many as read about 20 million
        tokens, at least 5 and at most 40; for a short text, as many as make 1000 updates, at most
        150.
    batch_size : int or "auto", default="auto"
        Parts that the text is cut into and that one update reads together, 1 or more. "auto" takes
        32, and fewer if a part would have less than 20 windows.
    early_stopping : bool or "auto", default="auto"
        Whether to hold out ``validation_fraction`` of the training data (or take ``X_val``), to
        stop after ``n_iter_no_change`` epochs without a smaller validation loss, and to restore the
        weights of the best epoch. "auto" does so when ``X_val`` is given.
    validation_fraction : float, default=0.1
        Share of the training data that early stopping holds out, in (0, 1). It is the end of the
        text.
    n_iter_no_change : int, default=10
        Epochs without a smaller validation loss that early stopping waits for, 1 or more.
    weight_decay : float, default=0.01
        Decoupled weight decay of AdamW, 0 or more. Raise it against overfitting.
    gradient_clip : float or None, default=1.0
        Largest norm of an update's gradient, above 0; a larger gradient is scaled down to it, so
        that one odd sample cannot undo the training. None does not clip.
    random_state : int, RandomState instance or None, default=None
        Fixes what is random in ``fit``: initial weights, dropout, the order of the training data
        and what is held out or sampled from it. An int gives the same bits in every fit on one
        machine, whatever the number of threads or jobs.
    device : str, default="auto"
        Where to compute: "cpu", "cuda" or another torch device. "auto" takes CUDA if it is
        available.
    dtype : {"float32", "float64", "bfloat16"}, default="float32"
        Precision of the network. "float64" is slower. "bfloat16" keeps float32 weights and
        recurrences, and lets a GPU compute all other products in bfloat16; on a CPU it is float32.
    warm_start : bool, default=False
        Whether ``fit`` continues from the weights of the last fit. What the first fit learned about
        the inputs, such as the mean and scale of features or the tokens, then stays as it is.
    callbacks : list of skorch callbacks or None, default=None
        Further skorch callbacks, copied before use; the writers, files and trials that they were
        given stay the caller's own.
    net_params : dict or None, default=None
        Further parameters of ``skorch.NeuralNet``, such as ``{"optimizer": torch.optim.SGD,
        "optimizer__momentum": 0.9}``.
    verbose : int or bool, default=0
        1 prints a line for each epoch; 0 prints nothing.

    Attributes
    ----------
    encoder_ : TokenEncoder or None
        What turns texts into tokens; None after a fit on token ids.
    n_tokens_ : int
        Different tokens, the end of a text and the unknown token included.
    n_features_in_ : int
        1; for a table of token ids its number of columns, which later tables need not have.
    net_ : skorch.NeuralNet
        The trained net; ``net_.module_`` is the torch module.
    history_ : list of dict
        For each epoch, ``train_loss``, ``valid_loss`` if there is validation data,
        ``learning_rate``, and ``dur`` in seconds. Losses are in nats per token.
    loss_curve_ : list of float
        Training loss of each epoch.
    n_iter_ : int
        Epochs trained.
    best_epoch_ : int
        The epoch, counted from 1, whose weights are kept.

    See Also
    --------
    RNNClassifier : One answer for each text.

    Notes
    -----
    Every text is followed by an end token, which counts as a token in all scores, and the first
    one is preceded by one. Texts of lines, as those of a book, are therefore given in their order.
    A fit takes time linear in the number of tokens and, for "softmax", in the size of the
    vocabulary.

    References
    ----------
    Mikolov et al. (2010), "Recurrent Neural Network Based Language Model"; Williams and Peng
    (1990), "An Efficient Gradient-Based Algorithm for On-Line Training of Recurrent Network
    Trajectories"; Press and Wolf (2017), "Using the Output Embedding to Improve Language Models";
    Gal and Ghahramani (2016), "A Theoretically Grounded Application of Dropout in Recurrent Neural
    Networks"; Grave et al. (2017), "Efficient softmax approximation for GPUs".

    Examples
    --------
    >>> from skrnn import RNNLanguageModel
    >>> texts = ["the cat sat on the mat .", "the dog sat on the cat ."] * 20
    >>> model = RNNLanguageModel(hidden_size=32, random_state=0).fit(texts)
    >>> model.predict_next(["the dog sat on the"])
    array(['cat'], dtype=object)
    >>> model.generate("the dog", temperature=0)
    'sat on the cat .'
    >>> bool(model.perplexity(texts) < 2)
    True
    """

    _parameter_constraints = WritingLanguageModel._parameter_constraints

    def __init__(
        self,
        *,
        analyzer: Literal["word", "char"]
        | Callable[[str], Iterable[str]]
        | Tokenizer
        | None = "word",
        lowercase: bool = False,
        strip_accents: Literal["unicode", "ascii"] | None = None,
        token_pattern: str = "auto",
        max_tokens: int | None = None,
        min_df: float = 1,
        cell: str = "lstm",
        hidden_size: int = 256,
        num_layers: int = 1,
        embedding_dim: int | str = "auto",
        dropout: float = 0.2,
        output_layer: str = "auto",
        tie_weights: bool | str = "auto",
        sequence_length: int | str = "auto",
        carry_state: bool = True,
        learning_rate: float = 0.003,
        learning_rate_schedule: str = "one_cycle",
        max_epochs: int | str = "auto",
        batch_size: int | str = "auto",
        early_stopping: bool | str = "auto",
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        weight_decay: float = 0.01,
        gradient_clip: float | None = 1.0,
        random_state: int | np.random.RandomState | None = None,
        device: str = "auto",
        dtype: str = "float32",
        warm_start: bool = False,
        callbacks: Callbacks | None = None,
        net_params: dict[str, Any] | None = None,
        verbose: int = 0,
    ) -> None:
        self.analyzer = analyzer
        self.lowercase = lowercase
        self.strip_accents = strip_accents
        self.token_pattern = token_pattern
        self.max_tokens = max_tokens
        self.min_df = min_df
        self.cell = cell
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.embedding_dim = embedding_dim
        self.dropout = dropout
        self.output_layer = output_layer
        self.tie_weights = tie_weights
        self.sequence_length = sequence_length
        self.carry_state = carry_state
        self.learning_rate = learning_rate
        self.learning_rate_schedule = learning_rate_schedule
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.weight_decay = weight_decay
        self.gradient_clip = gradient_clip
        self.random_state = random_state
        self.device = device
        self.dtype = dtype
        self.warm_start = warm_start
        self.callbacks = callbacks
        self.net_params = net_params
        self.verbose = verbose

    # -- fit -----------------------------------------------------------------------------

    @validated_fit(prefer_skip_nested_validation=True)
    def fit(self, X: Texts, y: object = None, *, X_val: Texts | None = None) -> Self:
        """Learn from texts.

        Parameters
        ----------
        X : list, array or Series of str, list of lists of tokens, or token ids
            Texts in their order. A single long text is a list of one. Token ids are lists of
            integers, or a 2-D integer array padded with 0 at the end.
        y : object, default=None
            Ignored.
        X_val : texts or None, default=None
            Validation data, instead of a part of X.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError, TypeError
            If an argument cannot be used; the message names it, the value passed and the remedy.
        KeyboardInterrupt
            When interrupted. The estimator then holds the best weights so far, or is as before if
            no epoch had ended.
        """
        resume = self._is_warm_start()
        return self._fit_on_draft(
            lambda draft: draft._learn(X, X_val, resume=resume), resume=resume
        )

    # -- how probable texts are ------------------------------------------------------------

    def score(self, X: Texts, y: object = None) -> float:
        """Return the mean log-likelihood of a token, in nats.

        The texts are read in their order as one contiguous text, each followed by an end token.

        Parameters
        ----------
        X : texts
            As in ``fit``.
        y : object, default=None
            Ignored.

        Returns
        -------
        float
            At most 0, larger is better. ``-score`` is the cross-entropy in nats a token.
        """
        check_is_fitted(self, "net_")
        text = TokenTexts.joined(self._texts.read(X))
        return sum(float(part.sum()) for part in self._onward(text)) / (len(text) - 1)

    def perplexity(self, X: Texts) -> float:
        """Return how many equally probable tokens the model hesitates between: ``exp(-score(X))``.

        Parameters
        ----------
        X : texts
            As in ``fit``.

        Returns
        -------
        float
            1 or more, smaller is better.
        """
        return math.exp(min(-self.score(X), 700.0))

    def log_prob(self, X: Texts, *, per_token: bool = False) -> np.ndarray:
        """Return the log-probability of each text, each read from its own beginning.

        Parameters
        ----------
        X : texts
            As in ``fit``.
        per_token : bool, default=False
            Whether to return it for each token.

        Returns
        -------
        ndarray of float64, shape (n_samples,), or object array of (n_tokens + 1,) arrays
            In nats; the last token of each text is its end. Summed over the tokens unless
            ``per_token``.
        """
        check_is_fitted(self, "net_")
        log_probs = self._log_probs(self._texts.read(X))
        if not per_token:
            return np.array([part.sum() for part in log_probs])
        return object_array(log_probs)

    def predict_next_proba(self, X: Texts) -> np.ndarray:
        """Return the probability of every token after each text.

        Parameters
        ----------
        X : texts
            As in ``fit``; beginnings of texts. An empty text asks for the first token.

        Returns
        -------
        ndarray of float64, shape (n_samples, `n_tokens_`)
            Rows sum to 1. A column for each token: the end of the text, the unknown token, then
            those of ``encoder_.vocabulary_`` in its order; after a fit on token ids, 0 and 1 and
            the ids of the training data by falling frequency, as ``next_tokens_`` lists them.
        """
        check_is_fitted(self, "net_")
        texts = self._texts.read(X)
        proba = np.empty((len(texts), self.n_tokens_))
        for samples, part in self._next_probabilities(texts):
            proba[samples] = part
        return proba

    @property
    def next_tokens_(self) -> np.ndarray:
        """Tokens, or token ids, in the order of the columns of :meth:`predict_next_proba`."""
        check_is_fitted(self, "net_")
        return self._texts.names()

    def predict_next(self, X: Texts) -> np.ndarray:
        """Return the most probable token after each text.

        Parameters
        ----------
        X : texts
            As in ``fit``; beginnings of texts. An empty text asks for the first token.

        Returns
        -------
        ndarray of object, shape (n_samples,), or of int64 after a fit on token ids
            ``"<end>"``, or 0, where the text most probably ends; ``"<unknown>"``, or 1, where a
            token that ``fit`` did not keep is the most probable.
        """
        names, texts = self.next_tokens_, self._texts.read(X)
        chosen = np.empty(len(texts), dtype=np.int64)
        for samples, proba in self._next_probabilities(texts):
            chosen[samples] = proba.argmax(axis=1)
        return names[chosen]

    def transform(self, X: Texts) -> np.ndarray:
        """Return the hidden state of the last layer after each text.

        Parameters
        ----------
        X : texts
            As in ``fit``, each read from its own beginning.

        Returns
        -------
        ndarray of float, shape (n_samples, hidden_size)
            What the network remembers of each text.
        """
        check_is_fitted(self, "net_")
        texts = self._texts.read(X)
        states = np.empty((len(texts), self._n_features_out), dtype=self._weight_dtype)
        for samples, _, last in self._encoded(texts, with_last=True):
            states[samples] = last.cpu().numpy()
        return states

    # -- as a transformer -----------------------------------------------------------------

    @property
    def _n_features_out(self) -> int:
        return self.net_.module_.encoder.output_size

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.transformer_tags.preserves_dtype = []
        return tags
