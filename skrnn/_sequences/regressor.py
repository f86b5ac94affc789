"""RNNRegressor: a number, or several, for each sequence."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils import Tags

from skrnn._input.jagged import JaggedSequences
from skrnn._input.validation import StrOptions, validated_fit
from skrnn._sequences.number_targets import NumberTargets
from skrnn._sequences.outcomes import NumberOutcomes
from skrnn._sequences.pooled import PooledSequenceEstimator
from skrnn.typing import Callbacks, Labels, Numbers, Sequences, Weights

__all__ = ["RNNRegressor"]


class RNNRegressor(RegressorMixin, PooledSequenceEstimator):
    """Recurrent network that predicts numbers from sequences.

    A simple RNN, LSTM or GRU reads each sequence; its hidden states are pooled over time and
    mapped to one or several targets. Targets are standardised inside.

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
    loss : {"mse", "mae", "huber"}, default="mse"
        What training minimises, on the standardised targets: the squared error (predicts the mean),
        the absolute error (predicts the median, which outliers hardly move), or a squared error
        that turns into an absolute error at one standard deviation.
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
    n_outputs_ : int
        Targets of each sample.
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
    RNNClassifier : Labels instead of numbers.

    Notes
    -----
    The cost of an epoch is linear in the number of timesteps. Sequences of similar length are
    computed together, so ragged data costs little more than its own timesteps. Predictions do
    not depend on padding or on the other samples.

    References
    ----------
    Hochreiter and Schmidhuber (1997), "Long Short-Term Memory", Neural Computation 9(8).
    Loshchilov and Hutter (2019), "Decoupled Weight Decay Regularization", ICLR.
    Smith and Topin (2019), "Super-Convergence: Very Fast Training of Neural Networks Using Large
    Learning Rates".

    Examples
    --------
    The mean of sequences of different length:

    >>> import numpy as np
    >>> from skrnn import RNNRegressor
    >>> rng = np.random.default_rng(0)
    >>> X = [rng.normal(rng.normal(), 0.1, size=rng.integers(5, 9)) for _ in range(60)]
    >>> y = [x.mean() for x in X]
    >>> regressor = RNNRegressor(hidden_size=8, max_epochs=30, random_state=0).fit(X, y)
    >>> regressor.score(X, y) > 0.95
    True
    """

    _targets: NumberTargets
    n_outputs_: int

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **PooledSequenceEstimator._parameter_constraints,
        "loss": [StrOptions({"mse", "mae", "huber"})],
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
        loss: str = "mse",
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
        self.loss = loss
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
        y: Numbers,
        sample_weight: Weights | None = None,
        *,
        X_val: Sequences | None = None,
        y_val: Numbers | None = None,
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
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Finite numbers.
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
    def partial_fit(self, X: Sequences, y: Numbers, sample_weight: Weights | None = None) -> Self:
        """Train one epoch at a constant learning rate, from the weights there are.

        Statistics of inputs and targets are learned in the first call and then frozen.

        Parameters
        ----------
        X : sequences
            Array of shape (n_samples, n_timesteps, n_features) with all-NaN timesteps as padding
            at the end; or 2-D array or DataFrame of shape (n_samples, n_timesteps); or list of
            (T_i, n_features) or (T_i,) arrays; or, with ``embedding_dim`` set, token ids as a 2-D
            integer array padded with 0 or a list of lists, or several ids a timestep along a last
            axis, 0 for none. Other NaN are missing values.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Finite numbers.
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
        resume = hasattr(self, "net_")
        return self._fit_on_draft(
            lambda draft: draft._learn(X, y, resume=resume, epochs=1, sample_weight=sample_weight),
            resume=resume,
        )

    # -- what is learned -------------------------------------------------------------------

    def _new_targets(self, declared: Any) -> NumberTargets:
        return NumberTargets(self._weight_dtype)

    def _loss_name(self) -> str:
        return self.loss

    def _outcomes(self) -> NumberOutcomes:
        return NumberOutcomes()

    def _check_linear_model(self) -> None:
        super()._check_linear_model()
        if self.loss != "mse":
            raise ValueError(
                f"linear_model: got True with loss={self.loss!r}, while the linear model minimises "
                "the squared error. Expected 'auto' or False, or loss='mse'. Set "
                "linear_model='auto'."
            )

    def _may_have_linear_model(self) -> bool:
        return self.loss == "mse" and super()._may_have_linear_model()

    # -- after fit -----------------------------------------------------------------------

    def predict(self, X: Sequences) -> np.ndarray:
        """Return the predicted targets.

        Parameters
        ----------
        X : sequences
            As in ``fit``.

        Returns
        -------
        ndarray of float64, shape (n_samples,) or (n_samples, n_outputs)
            On the scale of ``y``.
        """
        return self._predict(self._read_new(X))

    def _predict(self, sequences: JaggedSequences) -> np.ndarray:
        return self._targets.decode(self._predictions(sequences))

    def score(self, X: Sequences, y: Numbers, sample_weight: Weights | None = None) -> float:
        """Return the coefficient of determination, R², averaged over the targets.

        Parameters
        ----------
        X : sequences
            As in ``fit``.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            True targets.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Weights of the samples, 0 or more. 0 leaves a sample out.

        Returns
        -------
        float
            1 is perfect, 0 as good as the mean of ``y``.

        Raises
        ------
        ValueError, TypeError
            If an argument cannot be used; the message names it, the value passed and the remedy.
        """
        sequences = self._read_new(X)
        target, weight = self._read_true(X, y, sequences.lengths, sample_weight)
        # Not self._predict: a subclass that changes its predictions is scored by them.
        predicted = self.predict(X)
        if target.size != predicted.size:
            raise ValueError(
                f"y: got shape {target.shape}. Expected {predicted.shape}, as in the data that the "
                "regressor was fitted on."
            )
        return float(r2_score(target, predicted, sample_weight=weight))

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
