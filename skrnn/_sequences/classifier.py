"""RNNClassifier: a label, or several, for each sequence.

This file is longer than 500 lines because most of it documents parameters.
"""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score
from sklearn.utils import Tags

from skrnn._input.jagged import JaggedSequences
from skrnn._input.labels import read_classes, read_labels
from skrnn._input.validation import StrOptions, validated_fit
from skrnn._sequences.class_targets import ClassTargets
from skrnn._sequences.outcomes import ClassOutcomes, LabelOutcomes
from skrnn._sequences.pooled import PooledSequenceEstimator
from skrnn.typing import Callbacks, ClassWeight, Labels, Sequences, Weights

__all__ = ["RNNClassifier"]


class RNNClassifier(ClassifierMixin, PooledSequenceEstimator):
    """Recurrent network that classifies sequences.

    A simple RNN, LSTM or GRU reads each sequence; its hidden states are pooled over time and
    mapped to class probabilities. Binary, multiclass and multilabel targets.

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
        Whether a second recurrence reads each sequence backwards, which doubles the time. Better
        whenever the whole sequence is known before the prediction is needed.
    dropout : float or "auto", default="auto"
        Share of hidden units, in [0, 1), that training leaves out at random, between layers and
        before the output layer. With token ids, elements of their vectors are left out in the same
        way. Raise it against overfitting. "auto" is 0.1 for measurements and 0.7 for token ids.
    pooling : {"last", "mean", "max", "attention"} or tuple of them, \
            default=("last", "mean", "max")
        What of the hidden states the answer is read from: the state after the last timestep,
        their mean, their maximum, or a learned weighted mean; a tuple concatenates.
    segment_length : int or "auto", default="auto"
        Timesteps that a learned convolution folds into one recurrent step, 1 or more. Larger is
        faster and remembers further back; 1 leaves the timesteps as they are. "auto" folds until
        half of the training sequences have at most 32 recurrent steps, and 95% of them 128.
    linear_model : bool or "auto", default="auto"
        Whether a linear model answers beside the network. Of measurements, it reads some thousand
        fixed random convolutions, the share of timesteps at which each is above a bound: it finds
        short shapes in long sequences, which a recurrent network overlooks. Of token ids, for
        classes, it counts tokens and pairs of neighbours. How much the network counts,
        ``network_weight_``, is learned from samples that are left out, which takes one or two more
        trainings; from validation data where there is any. "auto" takes it from 16 samples on, for
        measurements where half of the samples have 9 timesteps or more; not with ``warm_start``,
        nor for another loss than cross-entropy or squared error.
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
    n_members : int, default=1
        Networks trained from different seeds, 1 or more, whose answers are combined. More are
        slightly better, and take that many times as long.
    class_weight : dict, "balanced" or None, default=None
        Weights of the classes, multiplied with ``sample_weight``. "balanced" weighs each class by
        the inverse of its frequency. Not for multilabel targets.
    learning_rate : float, default=0.003
        Largest step size of the optimizer (AdamW), above 0.
    learning_rate_schedule : {"one_cycle", "cosine", "constant"}, default="one_cycle"
        How the step size changes during ``fit``. "one_cycle" rises for the first 10% of the updates
        and then falls to almost 0; "cosine" falls from the start; "constant" stays the same.
    max_epochs : int or "auto", default="auto"
        Passes over the training data, 1 or more. "auto" takes as many as make about 1000 updates,
        at least 5 and at most 150; for token ids beside a linear model half as many.
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
        The labels, sorted. For multilabel targets, the numbers of the label columns.
    nets_ : list of skorch.NeuralNet
        The trained networks.
    net_ : skorch.NeuralNet
        The trained net; ``net_.module_`` is the torch module. The first of ``nets_``.
    history_ : list of dict
        For each epoch, ``train_loss``, ``valid_loss`` if there is validation data,
        ``learning_rate``, and ``dur`` in seconds.
    loss_curve_ : list of float
        Training loss of each epoch.
    n_iter_ : int
        Epochs trained.
    best_epoch_ : int
        The epoch, counted from 1, whose weights are kept.
    segment_length_ : int
        Timesteps in one recurrent step.
    linear_model_ : object
        The linear model beside the network; absent without it.
    network_weight_ : float
        How much the networks count in the answer, from 0 to 1. The rest is that of the linear
        model; it is 1 without one.
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
    RNNRegressor : Numbers instead of labels.

    Notes
    -----
    Training minimises the cross-entropy with AdamW. The cost of an epoch is linear in the number
    of timesteps. Sequences of similar length are computed together, so ragged data costs little
    more than its own timesteps. Predictions do not depend on padding or on the other samples.

    References
    ----------
    Hochreiter and Schmidhuber (1997), "Long Short-Term Memory", Neural Computation 9(8).
    Loshchilov and Hutter (2019), "Decoupled Weight Decay Regularization", ICLR.
    Smith and Topin (2019), "Super-Convergence: Very Fast Training of Neural Networks Using Large
    Learning Rates".

    Examples
    --------
    Sequences of different length, rising or falling:

    >>> import numpy as np
    >>> from skrnn import RNNClassifier
    >>> rng = np.random.default_rng(0)
    >>> X = [np.cumsum(rng.normal(step, 1, size=rng.integers(5, 9))) for step in [-1, 1] * 20]
    >>> y = ["falling", "rising"] * 20
    >>> classifier = RNNClassifier(hidden_size=8, max_epochs=20, random_state=0).fit(X, y)
    >>> classifier.predict([np.array([0.0, 1.5, 2.0, 4.0]), np.array([0.0, -1.0, -3.0])])
    array(['rising', 'falling'], dtype='<U7')
    """

    _targets: ClassTargets
    classes_: np.ndarray

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **PooledSequenceEstimator._parameter_constraints,
        "class_weight": [StrOptions({"balanced"}), dict, None],
    }

    def __init__(
        self,
        *,
        cell: str = "lstm",
        hidden_size: int = 64,
        num_layers: int = 1,
        bidirectional: bool = True,
        dropout: float | str = "auto",
        pooling: str | tuple[str, ...] = ("last", "mean", "max"),
        segment_length: int | str = "auto",
        linear_model: bool | str = "auto",
        embedding_dim: int | None = None,
        embedding_weights: npt.ArrayLike | None = None,
        standardize: bool | str = "auto",
        input_noise: float = 0.1,
        n_members: int = 1,
        class_weight: ClassWeight | None = None,
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
        self.pooling = pooling
        self.segment_length = segment_length
        self.linear_model = linear_model
        self.embedding_dim = embedding_dim
        self.embedding_weights = embedding_weights
        self.standardize = standardize
        self.input_noise = input_noise
        self.n_members = n_members
        self.class_weight = class_weight
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
        y: Labels,
        sample_weight: Weights | None = None,
        *,
        X_val: Sequences | None = None,
        y_val: Labels | None = None,
        groups: Labels | None = None,
    ) -> Self:
        """Learn from sequences.

        Parameters
        ----------
        X : sequences
            Array of shape (n_samples, n_timesteps, n_features) with all-NaN timesteps as padding
            at the end; or 2-D array or DataFrame of shape (n_samples, n_timesteps); or list of
            (T_i, n_features) or (T_i,) arrays; or, with ``embedding_dim`` set, token ids as a 2-D
            integer array padded with 0 or a list of lists, or several ids a timestep along a last
            axis, 0 for none. Other NaN are missing values.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Class labels of any type, or a 0/1 indicator of labels for multilabel.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Weights of the samples, 0 or more. 0 leaves a sample out.
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
        y: Labels,
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
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Class labels of any type, or a 0/1 indicator of labels for multilabel.
        classes : array-like of shape (n_classes,) or None, default=None
            All labels that will ever occur. Required in the first call, unless labels are an
            indicator.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Weights of the samples, 0 or more. 0 leaves a sample out.

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
        elif first and read_labels(y).ndim == 1:
            raise ValueError(
                "classes: got None in the first call to partial_fit. classes must be passed on "
                "the first call, all labels that will ever come: partial_fit(X, y, "
                "classes=np.unique(all_labels))."
            )
        return self._fit_on_draft(
            lambda draft: draft._learn(
                X, y, resume=not first, epochs=1, sample_weight=sample_weight, declared=classes
            ),
            resume=not first,
        )

    # -- what is learned -------------------------------------------------------------------

    def _new_targets(self, declared: Any) -> ClassTargets:
        return ClassTargets(self.class_weight, self._weight_dtype, declared)

    def _loss_name(self) -> str:
        return "binary_cross_entropy" if self._targets.is_multilabel else "cross_entropy"

    def _outcomes(self) -> ClassOutcomes | LabelOutcomes:
        return LabelOutcomes() if self._targets.is_multilabel else ClassOutcomes(len(self.classes_))

    # -- after fit -----------------------------------------------------------------------

    def predict_proba(self, X: Sequences) -> np.ndarray:
        """Return the probability of each class, or of each label.

        Parameters
        ----------
        X : sequences
            As in ``fit``.

        Returns
        -------
        ndarray of float64, shape (n_samples, n_classes) or (n_samples, n_labels)
            Rows sum to 1, except for multilabel targets.
        """
        return self._predictions(self._read_new(X))

    def predict_log_proba(self, X: Sequences) -> np.ndarray:
        """Return the logarithm of the probability of each class, or of each label.

        It is finite also where the probability itself is rounded to 0 or 1.

        Parameters
        ----------
        X : sequences
            As in ``fit``.

        Returns
        -------
        ndarray of float64, shape (n_samples, n_classes) or (n_samples, n_labels)
            Columns as in ``predict_proba``.
        """
        sequences = self._read_new(X)
        if hasattr(self, "linear_model_") or len(self.nets_) > 1:
            return np.log(self._predictions(sequences))
        return self._outcomes().log_predictions(self._compute(sequences))

    def predict(self, X: Sequences) -> np.ndarray:
        """Return the most probable label of each sample.

        Parameters
        ----------
        X : sequences
            As in ``fit``.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_labels)
            Labels as in ``y``; for multilabel targets 1 where the probability is above 0.5.
        """
        return self._predict(self._read_new(X))

    def _predict(self, sequences: JaggedSequences) -> np.ndarray:
        probabilities = self._predictions(sequences)
        if self._targets.is_multilabel:
            return (probabilities > 0.5).astype(np.int64)
        return self.classes_[probabilities.argmax(axis=1)]

    def score(self, X: Sequences, y: Labels, sample_weight: Weights | None = None) -> float:
        """Return the share of samples, or of rows of the indicator, that are predicted right.

        Parameters
        ----------
        X : sequences
            As in ``fit``.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            True labels.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Weights of the samples, 0 or more. 0 leaves a sample out.

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
        # Not self._predict: a subclass that changes its predictions is scored by them.
        predicted = self.predict(X)
        if target.ndim != predicted.ndim or target.shape[1:] != predicted.shape[1:]:
            raise ValueError(
                f"y: got shape {target.shape}. Expected {predicted.shape}, as in the data that the "
                "classifier learned its labels from. "
                + (
                    "Pass np.argmax(y, axis=1) if a row marks one class."
                    if target.ndim == 2
                    else f"Pass np.eye({len(self.classes_)}, dtype=int)[y] if y has one label each."
                )
            )
        if (target.dtype.kind in "UO") != (self.classes_.dtype.kind in "UO"):
            raise TypeError(
                f"y: got labels such as {target[:1].tolist()}, of another type than the classes "
                f"learned. Expected labels among {self.classes_.tolist()}. Convert y to their type."
            )
        return float(accuracy_score(target, predicted, sample_weight=weight))

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        tags.target_tags.multi_output = True
        return tags
