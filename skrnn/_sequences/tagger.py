"""RNNTagger: a label for each timestep of each sequence.

Longer than 500 lines because half of it documents the parameters, attributes and methods.
"""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import torch
from sklearn.utils import Tags

from skrnn._input.jagged import JaggedSequences
from skrnn._input.label_schemes import CHAIN_SCHEMES
from skrnn._input.label_sequences import split_labels
from skrnn._input.labels import read_classes
from skrnn._input.step_weights import label_accuracy
from skrnn._input.texts_without_tokens import refuse_without_tokens
from skrnn._input.validation import StrOptions, validated_fit
from skrnn._sequences.base import BaseSequenceEstimator
from skrnn._sequences.label_targets import LabelTargets
from skrnn._sequences.samples import Samples
from skrnn._training.arithmetic import fixed_arithmetic
from skrnn._training.batch_outputs import each_output
from skrnn._training.batching import TrainingData
from skrnn._training.timestep_data import TimestepData
from skrnn.modules.tagging_model import OUTPUT_LAYERS, TaggingLoss, TaggingModel
from skrnn.typing import Callbacks, ClassWeight, Labels, LabelSequences, Sequences, Weights

__all__ = ["RNNTagger"]


class RNNTagger(BaseSequenceEstimator):
    """Recurrent network that labels every timestep of sequences.

    A simple RNN, LSTM or GRU reads each sequence; its hidden state at a timestep is mapped to the
    probabilities of the labels there: parts of speech of words, entities in a text, activities in a
    signal.

    Parameters
    ----------
    cell : {"lstm", "gru", "rnn"}, default="lstm"
        The recurrence. "lstm" and "gru" remember over tens to hundreds of steps; "rnn", the simple
        recurrent network, over a few.
    hidden_size : int, default=64
        Hidden units of each layer and direction, 1 or more. More units fit
        more complicated sequences, take longer (about quadratically) and need more data.
    num_layers : int, default=1
        Stacked recurrent layers, 1 or more.
    bidirectional : bool, default=True
        Whether a second recurrence reads each sequence backwards, which doubles the time. A label
        then also depends on the timesteps after it. With False it depends on the past and the
        present only, as in a stream, unless ``output_layer="crf"`` looks at the whole sequence.
    dropout : float, default=0.1
        Share of hidden units, in [0, 1), that training leaves out at random, between layers and
        before the output layer. With token ids, elements of their vectors are left out in the same
        way. Raise it against overfitting.
    output_layer : {"softmax", "crf"}, default="softmax"
        How labels depend on one another, given X. "softmax" chooses each by itself. "crf", a
        linear-chain conditional random field, learns which label may follow which, and finds the
        most probable sequence as a whole. It is worth its time if labels have a grammar, as the
        spans of named entities do. Its cost grows with the square of the number of labels.
    scheme : {"iob1", "iob2", "bio", "ioe1", "ioe2", "iobes", "bioes", "bilou", "bmes"} or \
            None, default=None
        How labels mark spans, such as "B-PER" and "I-PER" in "iob2" (also called "bio"). Label
        sequences that the scheme does not write are then impossible: a chain gives them the
        probability 0 in training and in ``predict``; without one, ``predict`` chooses the most
        probable sequence among the others. Training labels that break the scheme are refused. None
        lets any label follow any other.
    class_weight : dict, "balanced" or None, default=None
        Weights of the classes, multiplied with ``sample_weight``. "balanced" weighs each class by
        the inverse of its frequency among the labelled timesteps, so that a rare label counts as
        much as a frequent one: it is found more often, and wrongly more often. A label of weight 0
        counts as none.
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
    input_noise : float, default=0.1
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
        Passes over the training data, 1 or more. "auto" takes as many as make about 1000 updates,
        at least 5 and at most 150.
    batch_size : int or "auto", default="auto"
        Samples in one update, 1 or more. "auto" takes about a twelfth of the samples, at least 8
        and at most 64, so that small data gets enough updates.
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
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    net_ : skorch.NeuralNet
        The trained net; ``net_.module_`` is the torch module.
    history_ : list of dict
        For each epoch, ``train_loss``, ``valid_loss`` if there is validation data,
        ``learning_rate``, and ``dur`` in seconds. Losses are per timestep.
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
    RNNClassifier : One label for a whole sequence.
    skrnn.metrics.token_accuracy_score : Share of the timesteps that are labelled right.
    skrnn.metrics.span_f1_score : Whether whole spans of labels are found.

    Notes
    -----
    Training minimises the negative log-likelihood of the labels with AdamW, and every timestep
    counts the same, whatever the length of its sequence. The cost of an epoch is linear in the
    number of timesteps. Predictions do not depend on padding or on the other samples.

    To scikit-learn this is not a classifier, which has one label for each sample: cross-validation
    does not stratify, and ``score`` is the accuracy over timesteps. With ``output_layer="crf"``,
    ``predict`` gives the most probable sequence of labels, and ``predict_proba`` the probability of
    each label at a timestep over all sequences; the largest of these may be another label. Without
    a chain ``predict_proba`` knows nothing of ``scheme``.

    ``sklearn.model_selection.cross_val_predict`` gives probabilities if the labels are parameters
    of ``fit``: ``cross_val_predict(tagger, X, params={"y": y}, method="predict_proba")``. As ``y``
    it would number them first, which it cannot do with label sequences.

    References
    ----------
    Lafferty, McCallum and Pereira (2001), "Conditional Random Fields: Probabilistic Models for
    Segmenting and Labeling Sequence Data", ICML.
    Graves and Schmidhuber (2005), "Framewise Phoneme Classification with Bidirectional LSTM and
    Other Neural Network Architectures", Neural Networks 18.
    Huang, Xu and Yu (2015), "Bidirectional LSTM-CRF Models for Sequence Tagging".

    Examples
    --------
    Is a noisy signal high or low? Its neighbours in time tell:

    >>> import numpy as np
    >>> from skrnn import RNNTagger
    >>> rng = np.random.default_rng(0)
    >>> y = [np.repeat(rng.permutation(["high", "low"]), rng.integers(3, 8, 2)) for _ in range(40)]
    >>> X = [rng.normal(np.where(labels == "high", 1.0, -1.0), 0.7) for labels in y]
    >>> tagger = RNNTagger(hidden_size=8, max_epochs=40, random_state=0).fit(X, y)
    >>> tagger.predict([np.array([0.9, 1.2, 0.8, -1.0, -1.1])])[0]
    array(['high', 'high', 'high', 'low', 'low'], dtype='<U4')
    """

    _targets: LabelTargets
    classes_: np.ndarray

    _FROZEN = ("scheme", *BaseSequenceEstimator._FROZEN)

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **BaseSequenceEstimator._parameter_constraints,
        "output_layer": [StrOptions(set(OUTPUT_LAYERS))],
        "scheme": [StrOptions(set(CHAIN_SCHEMES)), None],
        "class_weight": [StrOptions({"balanced"}), dict, None],
    }

    def __init__(
        self,
        *,
        cell: str = "lstm",
        hidden_size: int = 64,
        num_layers: int = 1,
        bidirectional: bool = True,
        dropout: float = 0.1,
        output_layer: str = "softmax",
        scheme: str | None = None,
        class_weight: ClassWeight | None = None,
        embedding_dim: int | None = None,
        embedding_weights: npt.ArrayLike | None = None,
        standardize: bool | str = "auto",
        input_noise: float = 0.1,
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
        self.cell = cell
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bidirectional = bidirectional
        self.dropout = dropout
        self.output_layer = output_layer
        self.scheme = scheme
        self.class_weight = class_weight
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
        y: LabelSequences,
        sample_weight: Weights | None = None,
        *,
        X_val: Sequences | None = None,
        y_val: LabelSequences | None = None,
        groups: Labels | None = None,
    ) -> Self:
        """Learn from labelled sequences.

        Parameters
        ----------
        X : sequences
            Array of shape (n_samples, n_timesteps, n_features) with all-NaN timesteps as padding
            at the end; or 2-D array or DataFrame of shape (n_samples, n_timesteps); or list of
            (T_i, n_features) or (T_i,) arrays; or, with ``embedding_dim`` set, token ids as a 2-D
            integer array padded with 0 or a list of lists, or several ids a timestep along a last
            axis, 0 for none. Other NaN are missing values.
        y : list of (T_i,) label sequences, or array of shape (n_samples, n_timesteps)
            A label of any type for every timestep; None, NaN or NA where it is not known. Such a
            timestep is read like any other, and counts in no loss and no score. Labels past the
            end of a sequence, in padded rows or at timesteps that are padding in X, are left out.
        sample_weight : array-like of shape (n_samples,), list of (T_i,) arrays, array of shape \
                (n_samples, n_timesteps), or None, default=None
            Weights of the samples, 0 or more. 0 leaves a sample out. A weight counts for all
            timesteps of a sample. Weights of single timesteps have the form of ``y``; 0 then takes
            away a label, not its timestep.
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
        y: LabelSequences,
        classes: Labels | None = None,
        sample_weight: Weights | None = None,
    ) -> Self:
        """Train one epoch at a constant learning rate, from the weights there are.

        Input statistics, token ids and classes are learned in the first call and then frozen.

        Parameters
        ----------
        X : sequences
            Array of shape (n_samples, n_timesteps, n_features) with all-NaN timesteps as padding
            at the end; or 2-D array or DataFrame of shape (n_samples, n_timesteps); or list of
            (T_i, n_features) or (T_i,) arrays; or, with ``embedding_dim`` set, token ids as a 2-D
            integer array padded with 0 or a list of lists, or several ids a timestep along a last
            axis, 0 for none. Other NaN are missing values.
        y : list of (T_i,) label sequences, or array of shape (n_samples, n_timesteps)
            A label of any type for every timestep; None, NaN or NA where it is not known. Such a
            timestep is read like any other, and counts in no loss and no score. Labels past the
            end of a sequence, in padded rows or at timesteps that are padding in X, are left out.
        classes : array-like of shape (n_classes,) or None, default=None
            All labels that will ever occur. Required in the first call.
        sample_weight : array-like of shape (n_samples,), list of (T_i,) arrays, array of shape \
                (n_samples, n_timesteps), or None, default=None
            Weights of the samples, 0 or more. 0 leaves a sample out. A weight counts for all
            timesteps of a sample. Weights of single timesteps have the form of ``y``; 0 then takes
            away a label, not its timestep.

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
        if classes is not None:
            classes = read_classes(classes, None if first else self.classes_)
        elif first:
            raise ValueError(
                "classes: got None in the first call to partial_fit. classes must be passed on "
                "the first call, all labels that will ever come: partial_fit(X, y, "
                "classes=np.unique(np.concatenate(all_labels)))."
            )
        return self._fit_on_draft(
            lambda draft: draft._learn(
                X, y, resume=not first, epochs=1, sample_weight=sample_weight, declared=classes
            ),
            resume=not first,
        )

    # -- what is learned -----------------------------------------------------------------

    def _new_targets(self, declared: Any) -> LabelTargets:
        return LabelTargets(self.class_weight, self.scheme, declared)

    def _read_samples(
        self, X: Any, y: Any, names: tuple[str, str], *, reset: bool = False
    ) -> Samples:
        refuse_without_tokens(X, names[0])
        return super()._read_samples(X, y, names, reset=reset)

    def _read_new(self, X: Any) -> JaggedSequences:
        refuse_without_tokens(X, "X")
        return super()._read_new(X)

    def _network(self) -> tuple[type[torch.nn.Module], type[torch.nn.Module]]:
        return TaggingModel, TaggingLoss

    def _module_params(self) -> dict[str, Any]:
        params = {"output_layer": self.output_layer, "grammar": self._targets.grammar}
        return super()._module_params() | params

    def _loss_name(self) -> str:
        return "crf" if self.output_layer == "crf" else "cross_entropy"

    def _training_data(self, samples: Samples, name: str, device: torch.device) -> TrainingData:
        is_chain = self.output_layer == "crf"
        weight = self._targets.step_weight(samples.targets, of_a_chain=is_chain)
        if weight is None or not weight.any():
            # equal weights are a matter of samples, and no weight at all is refused there.
            return super()._training_data(samples, name, device)
        if samples.weight is not None:
            weight = weight * np.repeat(samples.weight, samples.sequences.lengths)
        encoded = self._targets.encode(samples.targets, name)
        return self._net_data(
            samples.sequences, device, encoded, weight * len(samples) / weight.sum()
        )

    def _net_data(
        self,
        sequences: JaggedSequences,
        device: torch.device,
        y: np.ndarray | None = None,
        weight: np.ndarray | None = None,
    ) -> TimestepData:
        return TimestepData(
            *(sequences, device, y, weight),
            prepare=self._inputs.prepare,
            n_outputs=self._targets.n_outputs,
        )

    # -- after fit -----------------------------------------------------------------------

    def _predict(self, sequences: JaggedSequences) -> np.ndarray:
        """Return the labels of all timesteps, laid end to end."""
        data = self._net_data(sequences, torch.device(self.net_.device))
        labels = np.empty(sequences.lengths.sum(), dtype=np.int64)
        with fixed_arithmetic():
            # by batches: the scores have a number for every label that could be.
            for scores, places, samples in each_output(self.net_, data, "scores"):
                lengths = sequences.lengths[samples]
                labels[places] = self.net_.module_.decode(scores, lengths)
        return self.classes_[labels]

    def predict_proba(self, X: Sequences) -> np.ndarray:
        """Return the probability of each class at each timestep.

        Parameters
        ----------
        X : sequences
            As in ``fit``.

        Returns
        -------
        ndarray of object, shape (n_samples,)
            Arrays of float64, shape (T_i, n_classes), whose rows sum to 1. T_i does not count
            trailing all-NaN timesteps.
        """
        return self._of_timesteps(X, "probabilities")

    def predict_log_proba(self, X: Sequences) -> np.ndarray:
        """Return the logarithm of the probability of each class at each timestep.

        It is finite also where the probability itself is rounded to 0 or 1.

        Parameters
        ----------
        X : sequences
            As in ``fit``.

        Returns
        -------
        ndarray of object, shape (n_samples,)
            Arrays of float64, shape (T_i, n_classes). T_i does not count trailing all-NaN
            timesteps.
        """
        return self._of_timesteps(X, "log_probabilities")

    def _of_timesteps(self, X: Sequences, method: str) -> np.ndarray:
        """Return what a method of the network makes of its scores, for each sample."""
        sequences = self._read_new(X)
        compute = getattr(self.net_.module_, method)
        data = self._net_data(sequences, torch.device(self.net_.device))
        outputs = np.empty((sequences.lengths.sum(), len(self.classes_)))
        with fixed_arithmetic():
            for scores, places, samples in each_output(self.net_, data, "scores"):
                lengths = sequences.lengths[samples]
                outputs[places] = compute(scores, lengths)
        return split_labels(outputs, sequences.lengths)

    def predict(self, X: Sequences) -> np.ndarray:
        """Return the most probable labels of each sample.

        Parameters
        ----------
        X : sequences
            As in ``fit``.

        Returns
        -------
        ndarray of object, shape (n_samples,)
            Arrays of shape (T_i,), labels as in ``y``. T_i does not count trailing all-NaN
            timesteps.
        """
        sequences = self._read_new(X)
        return split_labels(self._predict(sequences), sequences.lengths)

    def score(self, X: Sequences, y: LabelSequences, sample_weight: Weights | None = None) -> float:
        """Return the share of timesteps that are labelled right.

        Parameters
        ----------
        X : sequences
            As in ``fit``.
        y : list of (T_i,) label sequences, or array of shape (n_samples, n_timesteps)
            True labels, as in ``fit``. Labels that ``fit`` did not see count as wrong, and
            timesteps without a label not at all.
        sample_weight : array-like of shape (n_samples,), list of (T_i,) arrays, array of shape \
                (n_samples, n_timesteps), or None, default=None
            Weights of the samples, 0 or more. 0 leaves a sample out. A weight counts for all
            timesteps of a sample. Weights of single timesteps have the form of ``y``; 0 then takes
            away a label, not its timestep.

        Returns
        -------
        float
            In [0, 1].

        Raises
        ------
        ValueError, TypeError
            If an argument cannot be used; the message names it, the value passed and the remedy.
        """
        sequences = self._read_new(X)
        target, weight = self._read_true(X, y, sequences.lengths, sample_weight)
        predicted = self._predict(sequences)
        steps = np.concatenate(target)
        labels, counts = steps["label"], steps["weight"] > 0
        given = labels[counts]
        if (given.dtype.kind in "UO") != (self.classes_.dtype.kind in "UO"):
            raise TypeError(
                f"y: got labels such as {given[:1].tolist()}, of another type than the classes "
                f"learned. Expected labels among {self.classes_.tolist()}. Convert y to their type."
            )
        if not np.isin(given, self.classes_).any():
            raise ValueError(
                f"y: got the labels {np.unique(given)[:5].tolist()}, none of which was among the "
                f"classes learned. Expected labels among {self.classes_.tolist()}."
            )
        if weight is not None:
            weight = steps["weight"] * np.repeat(weight, sequences.lengths)
        return label_accuracy(predicted == labels, weight, counts)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        # scikit-learn refuses ragged labels of a classifier.
        tags.estimator_type = "tagger"
        tags.target_tags.required = True
        return tags
