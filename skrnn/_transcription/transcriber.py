"""RNNTranscriber: from a sequence to a text that is aligned to none of its timesteps.

Longer than 500 lines because half of it documents the parameters, attributes and methods.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import torch
from scipy.special import log_softmax, softmax
from sklearn.base import BaseEstimator, clone
from sklearn.frozen import FrozenEstimator
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from skrnn._input.containers import object_array
from skrnn._input.integers import check_integer
from skrnn._input.jagged import JaggedSequences
from skrnn._input.validation import (
    HasMethods,
    Interval,
    StrOptions,
    validate_parameter_constraints,
    validated_fit,
)
from skrnn._sequences.base import BaseSequenceEstimator
from skrnn._sequences.samples import Samples
from skrnn._training.batching import TrainingData
from skrnn._training.timestep_data import StepwiseData
from skrnn._transcription.auto_settings import (
    auto_transcript_batch_size,
    auto_transcript_epochs,
    auto_transcript_segment_length,
)
from skrnn._transcription.decoding import TranscriptDecoder
from skrnn._transcription.lexicon import Lexicon, read_word_list
from skrnn._transcription.stream import StepStream, stream_log_probs
from skrnn._transcription.tokens import n_steps_needed
from skrnn._transcription.transcript_targets import TranscriptTargets
from skrnn.metrics import word_error_rate
from skrnn.modules.transcription_model import TranscriptionLoss, TranscriptionModel
from skrnn.typing import Callbacks, Labels, Sequences, Transcripts, Weights

__all__ = ["RNNTranscriber"]

# A beam of as many hypotheses at every timestep is what these take.
_MOST_TRANSCRIPTS = 10_000

_UNFITTED = (
    "language_model: got a FrozenEstimator around a model that is not fitted. Expected a fitted "
    "one. Fit it first, or pass it without FrozenEstimator to have it fitted to the transcripts."
)


class RNNTranscriber(BaseSequenceEstimator):
    """Recurrent network that writes down what sequences say.

    A simple RNN, LSTM or GRU reads each sequence; at every step it says one token, a character or
    a word, or nothing. It is trained on transcripts that are aligned to none of the timesteps, by
    connectionist temporal classification (CTC): speech to text, a line of handwriting to letters,
    a signal to the events in it.

    Parameters
    ----------
    analyzer : {"char", "word"}, default="char"
        What the tokens of a transcript are when it is a string: every character, blanks included,
        or the words between blanks. Character tokens can spell words that did not occur in
        training; word tokens suit small vocabularies of frequent words. Without effect on lists of
        tokens.
    cell : {"lstm", "gru", "rnn"}, default="lstm"
        The recurrence. "lstm" and "gru" remember over tens to hundreds of steps; "rnn", the simple
        recurrent network, over a few.
    hidden_size : int, default=128
        Hidden units of each layer and direction, 1 or more. More units fit
        more complicated sequences, take longer (about quadratically) and need more data.
    num_layers : int, default=2
        Stacked recurrent layers, 1 or more.
    bidirectional : bool, default=True
        Whether a second recurrence reads each sequence backwards, which doubles the time. A token
        then also depends on the timesteps after it. ``stream`` needs False.
    dropout : float, default=0.4
        Share of hidden units, in [0, 1), that training leaves out at random, between layers and
        before the output layer. With token ids, elements of their vectors are left out in the same
        way. Raise it against overfitting.
    segment_length : int or "auto", default="auto"
        Timesteps that a learned convolution folds into one recurrent step, 1 or more. A step stands
        for one token at most, and two equal tokens in a row need a blank between them. "auto" folds
        until half of the training sequences have at most 32 recurrent steps, but leaves 95% of the
        transcripts at least twice the steps that they need, and every transcript as many as it
        needs.
    decoding : {"auto", "greedy", "beam"}, default="auto"
        How tokens are chosen. "greedy" takes what is most probable at each step. "beam" searches
        for the transcript that is most probable over all its alignments: slower, and needed for
        ``word_list`` and ``language_model``. "auto" is "beam" where one of these is given. May be
        changed after ``fit``, as may the settings up to ``word_bonus``.
    beam_width : int, default=32
        How many beginnings of a transcript "beam" keeps, 1 or more. Time grows linearly with it.
    word_list : list or set of str, "transcripts" or None, default=None
        The only words that are written; "transcripts" are those of the training data. Words with
        a token that no transcript held are left out. None writes anything.
    language_model : RNNLanguageModel or None, default=None
        What chooses among the transcripts that are left in the beam. ``fit`` fits a clone of it to
        the transcripts, with this ``random_state`` if it has none; a model that was fitted
        elsewhere, on more text, is used as it is when wrapped in
        ``sklearn.frozen.FrozenEstimator``. Any estimator with ``fit(texts)`` and
        ``log_prob(texts)`` will do.
    language_weight : float, default=0.5
        What the language model's log-probability is multiplied with, 0 or more, before it is
        added to the network's own.
    word_bonus : float, default=0.0
        Added for each word when a language model chooses: above 0 writes more words, below 0
        fewer.
    embedding_dim : int or None, default=None
        Set it, for example to 32, to read X as token ids; each id gets a learned vector of this
        width. Several ids at one timestep are summed, 0 left out.
    embedding_weights : array-like of shape (n_tokens, embedding_dim) or None, default=None
        Initial token vectors, which training changes; row 0 is padding, row 1 the unknown token.
        Setting it makes X token ids, and ``embedding_dim`` may be left at None.
    standardize : bool, "auto" or "robust", default="auto"
        Whether to subtract the mean of each feature and divide by its standard deviation, both over
        the observed timesteps of the training data. "auto" does so, and cares for two cases. Where
        a few samples are of another unit or scale (see
        :class:`~skrnn.exceptions.ScaleWarning`), they do not count in mean and standard deviation,
        and values beyond the range of the others are read as the end of that range. If, in half of
        the features, the standard deviations within samples differ by a factor of more than 100
        (between their 10% and 90% quantiles), the network is also given each sample's own shape and
        scale, so that small samples are not lost among large ones. "robust" subtracts the median
        and divides by the interquartile range (where that is 0, by the standard deviation).
    input_noise : float, default=0.4
        Standard deviation of the Gaussian noise added to the standardised inputs in training (to X
        itself with ``standardize=False``), 0 or more. For token ids, the share, in [0, 1), that
        training reads as unknown, so that no prediction depends on a single word and the network
        learns to read unknown words. Raise it against overfitting; 0 turns it off.
    learning_rate : float, default=0.003
        Largest step size of the optimizer (AdamW), above 0.
    learning_rate_schedule : {"one_cycle", "cosine", "constant"}, default="one_cycle"
        How the step size changes during ``fit``. "one_cycle" rises for the first 10% of the updates
        and then falls to almost 0; "cosine" falls from the start; "constant" stays the same.
    max_epochs : int or "auto", default="auto"
        Passes over the training data, 1 or more. "auto" takes as many as make about 2500 updates,
        at least 10 and at most 150.
    batch_size : int or "auto", default="auto"
        Samples in one update, 1 or more. "auto" takes about a twelfth of the samples, at least 8
        and at most 16, because an alignment is found only after many updates.
    early_stopping : bool or "auto", default="auto"
        Whether to hold out ``validation_fraction`` of the training data (or take ``X_val``), to
        stop after ``n_iter_no_change`` epochs without a smaller validation loss, and to restore the
        weights of the best epoch. "auto" does so when ``X_val`` is given.
    validation_fraction : float, default=0.1
        Share of the training data that early stopping holds out, in (0, 1).
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
    tokens_ : ndarray of object, shape (n_tokens,)
        The tokens, sorted; None, the blank, first.
    words_ : list of str
        The words of the transcripts, sorted, as the first fit saw them with ``warm_start`` or
        ``partial_fit``; absent for lists of tokens.
    segment_length_ : int
        Timesteps in one recurrent step.
    language_model_ : estimator
        The fitted language model, if one was given.
    net_ : skorch.NeuralNet
        The trained net; ``net_.module_`` is the torch module.
    history_ : list of dict
        For each epoch, ``train_loss``, ``valid_loss`` if there is validation data,
        ``learning_rate``, and ``dur`` in seconds. Losses are per token.
    loss_curve_ : list of float
        Training loss of each epoch.
    n_iter_ : int
        Epochs trained.
    best_epoch_ : int
        The epoch, counted from 1, whose weights are kept.
    statistics_ : object
        Mean and scale of each feature; absent for token ids.
    token_ids_ : ndarray of int64, shape (n_tokens,)
        The ids that have a vector, ascending, 0 and 1 first; only for token ids. Their vectors are
        numbered in this order, so that ids may be large and far apart.
    input_layout_ : {"sequences", "table", "ragged", "tokens"}
        How ``fit`` read X.
    n_features_in_ : int
        Columns of a 2-D table; otherwise features of a timestep.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, if ``fit`` saw columns with names that are all strings.

    See Also
    --------
    RNNTagger : A label for every timestep, where labels are aligned.
    RNNClassifier : One label for a whole sequence, where it says one thing.
    skrnn.metrics.word_error_rate : What ``score`` is computed from.
    skrnn.metrics.character_error_rate : The same for characters.

    Notes
    -----
    The loss is the negative log-likelihood of a transcript, summed over all its alignments (Graves
    et al., 2006); every token counts the same, whatever the length of its transcript. The cost of
    an epoch is linear in the number of timesteps. Predictions do not depend on padding or on the
    other samples.

    To scikit-learn this is no classifier: cross-validation does not stratify. ``score`` is 1 minus
    the word error rate, and negative where more is wrong than was said.

    References
    ----------
    Graves et al. (2006), "Connectionist Temporal Classification: Labelling Unsegmented Sequence
    Data with Recurrent Neural Networks", ICML.
    Graves and Jaitly (2014), "Towards End-To-End Speech Recognition with Recurrent Neural
    Networks", ICML.
    Hannun et al. (2014), "First-Pass Large Vocabulary Continuous Speech Recognition using
    Bi-Directional Recurrent DNNs".

    Examples
    --------
    Pulses in a noisy signal, short for a dot and long for a dash, as a text:

    >>> import numpy as np
    >>> from skrnn import RNNTranscriber
    >>> rng = np.random.default_rng(0)
    >>> y = ["".join(rng.choice(list(".-"), rng.integers(2, 6))) for _ in range(80)]
    >>> def key(text):
    ...     pulses = [np.repeat([1.0, 0.0], [8 if sign == "-" else 3, 4]) for sign in text]
    ...     signal = np.concatenate(pulses)
    ...     return signal + rng.normal(0, 0.1, len(signal))
    >>> X = [key(text) for text in y]
    >>> morse = RNNTranscriber(hidden_size=16, dropout=0, max_epochs=30, random_state=0).fit(X, y)
    >>> morse.predict([key("...---...")])[0]
    '...---...'
    """

    _FROZEN = ("analyzer", "segment_length", *BaseSequenceEstimator._FROZEN)

    _SEARCH = (
        *("decoding", "beam_width", "word_list"),
        *("language_model", "language_weight", "word_bonus"),
    )

    _targets: TranscriptTargets
    tokens_: np.ndarray
    words_: list[str]

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **BaseSequenceEstimator._parameter_constraints,
        "analyzer": [StrOptions({"char", "word"})],
        "segment_length": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "decoding": [StrOptions({"auto", "greedy", "beam"})],
        "beam_width": [Interval(Integral, 1, None, closed="left")],
        "word_list": ["array-like", StrOptions({"transcripts"}), None],
        "language_model": [HasMethods(["fit", "log_prob"]), None],
        "language_weight": [Interval(Real, 0, None, closed="left")],
        "word_bonus": [Interval(Real, None, None, closed="neither")],
    }

    def __init__(
        self,
        *,
        analyzer: str = "char",
        cell: str = "lstm",
        hidden_size: int = 128,
        num_layers: int = 2,
        bidirectional: bool = True,
        dropout: float = 0.4,
        segment_length: int | str = "auto",
        decoding: str = "auto",
        beam_width: int = 32,
        word_list: Sequence[str] | str | None = None,
        language_model: BaseEstimator | None = None,
        language_weight: float = 0.5,
        word_bonus: float = 0.0,
        embedding_dim: int | None = None,
        embedding_weights: npt.ArrayLike | None = None,
        standardize: bool | str = "auto",
        input_noise: float = 0.4,
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
        self.cell = cell
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bidirectional = bidirectional
        self.dropout = dropout
        self.segment_length = segment_length
        self.decoding = decoding
        self.beam_width = beam_width
        self.word_list = word_list
        self.language_model = language_model
        self.language_weight = language_weight
        self.word_bonus = word_bonus
        self.embedding_dim = embedding_dim
        self.embedding_weights = embedding_weights
        self.standardize = standardize
        self.input_noise = input_noise
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

    @validated_fit(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: Sequences,
        y: Transcripts,
        sample_weight: Weights | None = None,
        *,
        X_val: Sequences | None = None,
        y_val: Transcripts | None = None,
        groups: Labels | None = None,
    ) -> Self:
        """Learn from sequences and their transcripts.

        Parameters
        ----------
        X : sequences
            Array of shape (n_samples, n_timesteps, n_features) with all-NaN timesteps as padding
            at the end; or 2-D array or DataFrame of shape (n_samples, n_timesteps); or list of
            (T_i, n_features) or (T_i,) arrays; or, with ``embedding_dim`` set, token ids as a 2-D
            integer array padded with 0 or a list of lists, or several ids a timestep along a last
            axis, 0 for none. Other NaN are missing values.
        y : list or array of str, shape (n_samples,); or list of lists of tokens
            The transcript of each sample, empty if it says nothing. Tokens are strings or numbers;
            each row of a 2-D array is a list of tokens.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Weights of the samples, 0 or more. 0 leaves a sample out. A weight counts for all tokens
            of a sample.
        X_val, y_val : sequences and targets, or None, default=None
            Validation data, instead of a part of X.
        groups : array-like of shape (n_samples,) or None, default=None
            Samples of one group are held out together or not at all.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError, TypeError
            If an argument cannot be used; the message names it, the value passed and the remedy.
        KeyboardInterrupt
            When interrupted. The estimator then holds the best weights so far, or is as before
            if no epoch had ended.
        """
        resume = self._is_warm_start()
        return self._fit_on_draft(
            lambda draft: draft._learn(
                X,
                y,
                resume=resume,
                sample_weight=sample_weight,
                X_val=X_val,
                y_val=y_val,
                groups=groups,
            ),
            resume=resume,
        )

    @validated_fit(prefer_skip_nested_validation=True)
    def partial_fit(
        self,
        X: Sequences,
        y: Transcripts,
        tokens: Iterable[Hashable] | None = None,
        sample_weight: Weights | None = None,
    ) -> Self:
        """Train one epoch at a constant learning rate, from the weights there are.

        Input statistics, token ids of X, tokens of the transcripts and the language model are
        learned in the first call and then frozen.

        Parameters
        ----------
        X : sequences
            Array of shape (n_samples, n_timesteps, n_features) with all-NaN timesteps as padding
            at the end; or 2-D array or DataFrame of shape (n_samples, n_timesteps); or list of
            (T_i, n_features) or (T_i,) arrays; or, with ``embedding_dim`` set, token ids as a 2-D
            integer array padded with 0 or a list of lists, or several ids a timestep along a last
            axis, 0 for none. Other NaN are missing values.
        y : list or array of str, shape (n_samples,); or list of lists of tokens
            The transcript of each sample, empty if it says nothing. Tokens are strings or numbers;
            each row of a 2-D array is a list of tokens.
        tokens : str, iterable of tokens, or None, default=None
            Tokens that may occur later, in addition to those of ``y``: a list of them, or a string
            of all characters (or words, with ``analyzer="word"``). Without effect after the first
            call.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Weights of the samples, 0 or more. 0 leaves a sample out. A weight counts for all tokens
            of a sample.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError, TypeError
            If an argument cannot be used; the message names it, the value passed and the remedy.
        """
        first = not hasattr(self, "net_")
        return self._fit_on_draft(
            lambda draft: draft._learn(
                X, y, resume=not first, epochs=1, sample_weight=sample_weight, declared=tokens
            ),
            resume=not first,
        )

    # -- the network ---------------------------------------------------------------------

    def _network(self) -> tuple[type[torch.nn.Module], type[torch.nn.Module]]:
        return TranscriptionModel, TranscriptionLoss

    def _loss_name(self) -> str:
        return "ctc"

    def _module_params(self) -> dict[str, Any]:
        return super()._module_params() | {"segment_length": self.segment_length_}

    def _training_params(self, n_samples: int) -> dict[str, Any]:
        params = super()._training_params(n_samples)
        if self.batch_size == "auto":
            params["batch_size"] = min(auto_transcript_batch_size(n_samples), n_samples)
        if self.max_epochs == "auto":
            params["max_epochs"] = auto_transcript_epochs(n_samples, params["batch_size"])
        return params

    def _learn_inputs(self, train: Samples) -> None:
        if self.segment_length == "auto":
            needed = n_steps_needed(self._targets.encode(train.targets, "y"))
            self.segment_length_ = auto_transcript_segment_length(train.sequences.lengths, needed)
        else:
            self.segment_length_ = int(self.segment_length)
        super()._learn_inputs(train)

    def _net_data(
        self,
        sequences: JaggedSequences,
        device: torch.device,
        y: np.ndarray | None = None,
        weight: np.ndarray | None = None,
    ) -> StepwiseData:
        return StepwiseData(
            *(sequences, device, y, weight),
            segment_length=self.segment_length_,
            prepare=self._inputs.prepare,
            n_outputs=self._targets.n_outputs,
        )

    def _train(
        self, train: Samples, valid: Samples | None, epochs: int | None, *, resume: bool
    ) -> KeyboardInterrupt | None:
        self._learn_language(train.targets)
        return super()._train(train, valid, epochs, resume=resume)

    def _training_data(self, samples: Samples, name: str, device: torch.device) -> TrainingData:
        self._refuse_too_few_steps(samples, name)
        return super()._training_data(samples, name, device)

    def _refuse_too_few_steps(self, samples: Samples, name: str) -> None:
        """Raise a ValueError unless every sample has a step for each token of its transcript."""
        lengths = samples.sequences.lengths
        needed = n_steps_needed(self._targets.encode(samples.targets, name))
        n_steps = -(-lengths // self.segment_length_)
        if (needed <= n_steps).all():
            return
        sample = int(np.argmax(needed > n_steps))
        transcript = samples.targets[sample]
        text = transcript if isinstance(transcript, str) else list(transcript)
        is_tagged = len(text) == lengths[sample] and not isinstance(text, str)
        hint = " For a label at every timestep use RNNTagger." if is_tagged else ""
        raise ValueError(
            f"{name}: got {text!r:.80}, which takes {needed[sample]} recurrent steps to say, "
            f"for a sample of {lengths[sample]} timesteps, which are "
            f"{n_steps[sample]} steps with segment_length={self.segment_length_}. Expected a "
            "step for each token, and one between two that are the same. Lower "
            f"segment_length, pass finer timesteps, or leave the sample out.{hint}"
        )

    def _check_settings(self) -> None:
        super()._check_settings()
        self._is_greedy()
        if isinstance(self.language_model, type):
            raise TypeError(
                f"language_model: got the class {self.language_model.__name__}. Expected an "
                f"instance. Pass {self.language_model.__name__}()."
            )
        if isinstance(self.language_model, FrozenEstimator):
            check_is_fitted(self.language_model, msg=_UNFITTED)

    # -- what is learned -----------------------------------------------------------------

    def _new_targets(self, declared: Any) -> TranscriptTargets:
        return TranscriptTargets(self.analyzer, declared)

    def _learn_targets(self, samples: Samples) -> None:
        super()._learn_targets(samples)
        # A word list that cannot be used is better refused before the training than after.
        self._lexicon()

    def _learn_language(self, transcripts: np.ndarray) -> None:
        """Fit the language model, unless it has been fitted for this estimator or elsewhere."""
        if self.language_model is None:
            return
        self._check_texts("language_model")
        if isinstance(self.language_model, FrozenEstimator):
            self.language_model_ = self.language_model
        elif getattr(self, "_language_model_given_", None) is not self.language_model:
            model = clone(self.language_model)
            # A model without a seed of its own takes this one: random_state fixes both.
            if hasattr(model, "random_state") and model.random_state is None:
                model.set_params(random_state=self._seed)
            self.language_model_ = model.fit(list(transcripts))
            self._language_model_given_ = self.language_model

    def _check_texts(self, argument: str) -> None:
        if not self._targets.tokens.reads_texts:
            raise ValueError(
                f"{argument}: got {getattr(self, argument)!r:.80}, while transcripts are lists of "
                f"tokens. Expected None. Pass y as strings to use {argument}."
            )

    # -- after fit -----------------------------------------------------------------------

    def _lexicon(self) -> Lexicon | None:
        if self.word_list is None:
            return None
        self._check_texts("word_list")
        words = self.words_ if isinstance(self.word_list, str) else self.word_list
        return read_word_list(words, self._targets.tokens, by_word=self.analyzer == "word")

    def _decoder(self) -> TranscriptDecoder:
        """Return the decoder that the current parameters ask for: they may change after fit."""
        validate_parameter_constraints(
            {name: self._parameter_constraints[name] for name in self._SEARCH},
            {name: getattr(self, name) for name in self._SEARCH},
            caller_name=type(self).__name__,
        )
        is_greedy = self._is_greedy()
        return TranscriptDecoder(
            tokens=self._targets.tokens,
            is_greedy=is_greedy,
            beam_width=self.beam_width,
            lexicon=None if is_greedy else self._lexicon(),
            language_model=None if is_greedy else self._fitted_language_model(),
            language_weight=self.language_weight,
            word_bonus=self.word_bonus,
        )

    def _is_greedy(self) -> bool:
        has_use_for_beam = self.word_list is not None or self.language_model is not None
        if self.decoding == "auto":
            return not has_use_for_beam
        if has_use_for_beam and self.decoding == "greedy":
            argument = "language_model" if self.word_list is None else "word_list"
            raise ValueError(
                f"decoding: got 'greedy' while {argument} is given, which is of no use to it. "
                "Expected 'beam' or 'auto'. Change it, or leave out word_list and language_model."
            )
        return self.decoding == "greedy"

    def _fitted_language_model(self) -> Any:
        """Return the model to use: settings of decoding may be changed after fit."""
        if self.language_model is None:
            return None
        self._check_texts("language_model")
        if isinstance(self.language_model, FrozenEstimator):
            check_is_fitted(self.language_model, msg=_UNFITTED)
            return self.language_model
        if getattr(self, "_language_model_given_", None) is not self.language_model:
            raise ValueError(
                f"language_model: got {self.language_model!r:.80} after fit, which has not fitted "
                "it. Expected a fitted one. Wrap it in sklearn.frozen.FrozenEstimator, or call fit "
                "again."
            )
        return self.language_model_

    def _log_probs(self, sequences: JaggedSequences) -> list[np.ndarray]:
        """Return log-probabilities of shape (n_steps, n_tokens) for each sample."""
        n_steps = -(-sequences.lengths // self.segment_length_)
        return np.split(self._compute(sequences, "scores"), np.cumsum(n_steps)[:-1])

    def predict_proba(self, X: Sequences) -> np.ndarray:
        """Return the probability of each token, and of the blank, at each step.

        Parameters
        ----------
        X : sequences
            As in ``fit``.

        Returns
        -------
        ndarray of object, shape (n_samples,)
            Arrays of float64, shape (n_steps_i, n_tokens), whose rows sum to 1; columns as in
            ``tokens_``. A step is ``segment_length_`` timesteps, the last one perhaps fewer.
        """
        log_probs = self._log_probs(self._read_new(X))
        return object_array([softmax(part.astype(float), axis=1) for part in log_probs])

    def predict_log_proba(self, X: Sequences) -> np.ndarray:
        """Return the logarithm of the probability of each token, and of the blank, at each step.

        It is finite also where the probability itself is rounded to 0 or 1.

        Parameters
        ----------
        X : sequences
            As in ``fit``.

        Returns
        -------
        ndarray of object, shape (n_samples,)
            Arrays of float64, shape (n_steps_i, n_tokens); columns as in ``tokens_``.
        """
        log_probs = self._log_probs(self._read_new(X))
        return object_array([log_softmax(part.astype(float), axis=1) for part in log_probs])

    def predict(self, X: Sequences) -> np.ndarray:
        """Return what each sample says.

        Parameters
        ----------
        X : sequences
            As in ``fit``.

        Returns
        -------
        ndarray of object, shape (n_samples,)
            Strings, or lists of tokens, as ``y`` in ``fit``.
        """
        return self._transcribe(self._read_new(X))

    def _transcribe(self, sequences: JaggedSequences) -> np.ndarray:
        log_probs = self._log_probs(sequences)
        return object_array(self._decoder().transcribe(log_probs))

    def predict_n_best(self, X: Sequences, n: int = 5) -> np.ndarray:
        """Return the n best transcripts of each sample, with their log-probabilities.

        Parameters
        ----------
        X : sequences
            As in ``fit``.
        n : int, default=5
            How many, from 1 to 10,000. Fewer are returned where there are fewer, as with a short
            ``word_list``.

        Returns
        -------
        ndarray of object, shape (n_samples,)
            Lists of pairs of a transcript and its log-probability. The first is what ``predict``
            returns, and the others follow, best first. The probability is the network's, summed
            over all alignments. With a ``language_model`` the order is by the sum of both, and a
            log-probability may be above one before it.

        Notes
        -----
        The beam of ``decoding="beam"`` finds them, of ``beam_width`` or of n if that is larger.
        ``predict`` chooses by what the beam kept of their alignments, or step by step ("greedy"):
        where the network is unsure of them all, another one may be more probable than the first.
        """
        n = check_integer(n, "n", at_least=1, meaning="the number of transcripts")
        if n > _MOST_TRANSCRIPTS:
            raise ValueError(
                f"n: got {n}. Expected at most {_MOST_TRANSCRIPTS}: the beam keeps that many at "
                f"every timestep. Pass n={_MOST_TRANSCRIPTS}, or fewer."
            )
        log_probs = self._log_probs(self._read_new(X))
        return object_array(self._decoder().transcribe_n_best(log_probs, n))

    def predict_times(
        self, X: Sequences, *, unit: str = "word", hop_length: float | None = None
    ) -> np.ndarray:
        """Return when each word of the transcript is said.

        Parameters
        ----------
        X : sequences
            As in ``fit``.
        unit : {"word", "token"}, default="word"
            Whether to return words, or tokens: characters, blanks included, with
            ``analyzer="char"``. A token of a list counts as a word.
        hop_length : float or None, default=None
            Seconds from one timestep to the next, above 0, as of a
            :class:`~skrnn.preprocessing.LogMelSpectrogram`. None counts timesteps.

        Returns
        -------
        ndarray of object, shape (n_samples,)
            Lists of tuples (word, start, end) in the order of the transcript that ``predict``
            returns: ints, the first timestep and the one after the last, or floats, in seconds.

        Notes
        -----
        The times are those of the most probable alignment of the transcript. They are multiples of
        ``segment_length_`` timesteps. Training leaves it to the network when to say a token: it
        often does so late and for a single step, so that starts are more certain with a
        bidirectional network, and ends come early.
        """
        if unit not in ("word", "token"):
            raise ValueError(
                f"unit: got {unit!r:.60}. Expected 'word' or 'token'. Pass unit='word'."
            )
        is_number = isinstance(hop_length, Real) and not isinstance(hop_length, (bool, np.bool_))
        if hop_length is not None and not (is_number and 0 < hop_length < np.inf):
            raise ValueError(
                f"hop_length: got {hop_length!r:.60}. Expected seconds above 0, or None to count "
                "timesteps. Pass hop_length=0.01, for example."
            )
        sequences = self._read_new(X)
        found = self._decoder().transcribe_in_time(
            self._log_probs(sequences), by_word=unit == "word"
        )
        times: list[list[tuple[Any, float, float]]] = []
        for words, length in zip(found, sequences.lengths.tolist(), strict=True):
            # ints stay ints where timesteps are counted.
            unit_length = 1 if hop_length is None else float(hop_length)
            spans = [(word, *self._timesteps(span, length)) for word, *span in words]
            times.append([(word, a * unit_length, b * unit_length) for word, a, b in spans])
        return object_array(times)

    def _timesteps(self, span: list[int], length: int) -> tuple[int, int]:
        """Return the timesteps that recurrent steps are of; the last one may have fewer."""
        begin, end = span
        return begin * self.segment_length_, min(end * self.segment_length_, length)

    def score(self, X: Sequences, y: Transcripts, sample_weight: Weights | None = None) -> float:
        """Return 1 minus the word error rate.

        Parameters
        ----------
        X : sequences
            As in ``fit``.
        y : list or array of str, shape (n_samples,); or list of lists of tokens
            True transcripts, as in ``fit``. For lists, every token counts as a word.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Weights of the samples, 0 or more. 0 leaves a sample out. A weight counts for all words
            of a sample.

        Returns
        -------
        float
            At most 1; negative if more words are wrong than the true transcripts have.

        Raises
        ------
        ValueError, TypeError
            If an argument cannot be used; the message names it, the value passed and the remedy.
        """
        sequences = self._read_new(X)
        true, weight = self._read_true(X, y, sequences.lengths, sample_weight)
        predicted = self._transcribe(sequences)
        if isinstance(true[0], str) != self._targets.tokens.reads_texts:
            # ids_of says what it expects.
            self._targets.tokens.ids_of(true[0], "y")
        spoken = true if weight is None else true[weight > 0]
        if not any(text.split() if isinstance(text, str) else text for text in spoken):
            raise ValueError(
                f"y: got {len(true)} transcripts without a single word (samples of weight 0 left "
                "out). Expected at least one: the score is one of wrong words per word."
            )
        return 1 - word_error_rate(true, predicted, sample_weight=weight)

    def stream(self, chunks: Iterable[npt.ArrayLike]) -> Iterator[Any]:
        """Write down what a sequence says while it arrives, chunk by chunk.

        Parameters
        ----------
        chunks : iterable of arrays of shape (n_timesteps, n_features) or (n_timesteps,)
            The timesteps of one sequence, in pieces of any length. The generator asks for the next
            piece after it has yielded what the last one added.

        Returns
        -------
        iterator of str, or of lists of tokens
            The text that has become certain. All of it joined is what ``predict`` returns for the
            sequence as a whole. With "beam" a token is certain when all beginnings in the beam
            agree on it.

        Raises
        ------
        ValueError, TypeError
            If the network reads backwards, too, or needs each sample's own scale, or a chunk cannot
            be read.

        Notes
        -----
        With ``segment_length_`` above 1 a step is certain two segments later. Time and memory of a
        chunk do not depend on what came before it; with "beam" memory grows with what is written.
        """
        if not hasattr(self, "net_"):
            check_is_fitted(self, "net_")
        if self.bidirectional:
            raise ValueError(
                "bidirectional: got True, while a stream has to be written down before its end is "
                "known. Expected a network that reads forwards. Fit one with bidirectional=False."
            )
        statistics = self._inputs.statistics
        if statistics is not None and statistics.sample_scale is not None:
            raise ValueError(
                "standardize: got 'auto', which found that the samples' own scales are needed; "
                "that of a stream is known at its end. Expected standardize=True. Fit with it."
            )
        if not isinstance(chunks, Iterable):
            raise TypeError(
                f"chunks: got {chunks!r:.60}. Expected an iterable of arrays, the timesteps of one "
                "sequence in pieces. Pass a list of arrays, or a generator of them."
            )
        # Made now, so that a stream goes on as it began whatever becomes of the estimator.
        decoder, steps = self._decoder(), StepStream(self.net_)
        return decoder.transcribe_stream(stream_log_probs(steps, self._inputs, chunks))

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.estimator_type = "transcriber"
        tags.target_tags.required = True
        return tags
