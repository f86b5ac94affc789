"""Audio to sequences of log-mel spectra."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from numbers import Integral, Real
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
from scipy.signal import get_window
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from skrnn._input.jagged import RaggedRows
from skrnn._input.validation import CountInterval, Interval, StrOptions, validated_fit
from skrnn.preprocessing._audio.mel_bands import band_edges, mel_filters
from skrnn.preprocessing._audio.mel_frames import MelFrames
from skrnn.preprocessing._audio.mel_stream import MelStream
from skrnn.preprocessing._audio.recordings import Recordings, read_recordings
from skrnn.preprocessing._transformer import SequenceTransformer
from skrnn.preprocessing._unchanged_by_errors import unchanged_by_errors
from skrnn.typing import Audio

# Windows and hops above this many seconds are lengths in another unit.
_LONGEST = 5.0
_LONGEST_FFT = 2**17
# What n_fft may be: more samples than any window has are a typo.
_LARGEST_N_FFT = 2**20


class LogMelSpectrogram(SequenceTransformer):
    """Turn audio into sequences of log-mel spectra.

    A window slides over the recording. The power spectrum of each window is summed in ``n_mels``
    bands, as wide as the ear tells pitches apart, and its logarithm taken: one timestep of
    ``n_mels`` features every ``hop_length`` seconds.

    Parameters
    ----------
    sampling_rate : float or None, default=None
        Samples a second, in Hz, above 0: arrays do not tell it. Files, and pairs of samples and
        their rate, of a higher rate are resampled to it; one of a lower rate is an error, unless
        ``f_max`` is below half of its rate. None is for files and pairs only, which must all have
        one rate then.
    n_mels : int, default=40
        Number of bands, 1 or more. More of them resolve pitch, fewer blur it; 40 to 80 are usual
        for speech.
    window_length : float, default=0.025
        Length of the window, in seconds, above 0 and at most 5. Longer tells frequencies apart
        better, and moments worse.
    hop_length : float, default=0.01
        Time from one timestep to the next, in seconds, above 0 and at most 5. Raising it makes
        shorter sequences.
    n_fft : int or None, default=None
        Samples of the Fourier transform, at least those of the window, which is filled up with
        zeros, and at most 1,048,576. None is the next power of two, doubled until every band has a
        frequency in it.
    f_min : float, default=0.0
        Lower end of the bands, in Hz, 0 or more. Raise it against hum.
    f_max : float or None, default=None
        Upper end of the bands, in Hz, above ``f_min`` and at most half of ``sampling_rate``, which
        None stands for.
    mel_scale : {"slaney", "htk"}, default="slaney"
        Where the bands lie: ``"slaney"`` is linear below 1 kHz, ``"htk"`` logarithmic throughout.
    log_floor : float, default=1e-10
        Power below this is raised to it before the logarithm is taken, above 0. The default is
        about the rounding noise of 16 bit samples; raise it to hide quiet noise.

    Attributes
    ----------
    sampling_rate_ : float
        ``sampling_rate``, or the rate of the files in ``fit`` where that is None.
    n_fft_ : int
        Samples of the Fourier transform.
    frequencies_ : ndarray of float64, shape (n_mels,)
        Where each band has its peak, in Hz.
    n_features_in_ : int
        1; for a 2-D table its number of columns.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, if ``fit`` saw columns with names that are all strings.
    input_layout_ : {"table", "sequences", "ragged"}
        How X was read in ``fit``.

    See Also
    --------
    read_audio : An audio file as an array.
    SequenceScaler : With ``per_sample=True``, takes the microphone's colour off each recording.
    SequencePadder : One array of spectrograms of different lengths.

    Notes
    -----
    Timestep t is centred on second ``t * hop_length``, so that a recording of n samples has
    ``1 + n // hop`` timesteps; before and behind it there are zeros. Lengths are rounded to whole
    samples. The window is Hann's, the power ``abs(rfft(window * audio))**2``, a band a triangle
    over the frequency of area 1. At 16 kHz and the default settings this is::

        mel = librosa.feature.melspectrogram(
            y=audio, sr=16000, n_fft=512, win_length=400, hop_length=160, n_mels=40)
        np.log(np.maximum(mel, 1e-10)).T

    and differs from it by less than 1e-4, from librosa's result for float64 audio by less than
    2e-6 (``htk=True`` is ``mel_scale="htk"``). For ``n_fft=2048, hop_length=512``, which are
    librosa's own defaults, set ``window_length=2048 / rate, hop_length=512 / rate``.

    The arithmetic is in float64, in blocks: beside the audio and its spectrogram it needs a few
    megabytes, however long the recording. An hour at 16 kHz takes about a second. Files are read
    one after the other; ``fit`` reads them to check them, ``fit_transform`` only once.

    There are no names for output features, and the result is an array or a list whatever
    :meth:`set_output` says.

    References
    ----------
    Davis and Mermelstein (1980), "Comparison of parametric representations for monosyllabic word
    recognition in continuously spoken sentences", IEEE Transactions on Acoustics, Speech, and
    Signal Processing 28(4).

    Slaney (1998), "Auditory Toolbox", Interval Research technical report 1998-010.

    Examples
    --------
    >>> import numpy as np
    >>> from skrnn.preprocessing import LogMelSpectrogram
    >>> seconds = np.arange(4000) / 8000
    >>> tone = 0.5 * np.sin(2 * np.pi * 440 * seconds)
    >>> spectrogram = LogMelSpectrogram(sampling_rate=8000)
    >>> X = spectrogram.fit_transform([tone, tone[:2000]])
    >>> [x.shape for x in X]
    [(51, 40), (26, 40)]
    >>> float(spectrogram.frequencies_[X[0].mean(axis=0).argmax()].round())
    457.0
    """

    _parameter_constraints: dict = {
        "sampling_rate": [Interval(Real, 0, None, closed="neither"), None],
        "n_mels": [CountInterval(Integral, 1, None, closed="left")],
        "window_length": [Interval(Real, 0, None, closed="neither")],
        "hop_length": [Interval(Real, 0, None, closed="neither")],
        "n_fft": [CountInterval(Integral, 1, None, closed="left"), None],
        "f_min": [Interval(Real, 0, None, closed="left")],
        "f_max": [Interval(Real, 0, None, closed="neither"), None],
        "mel_scale": [StrOptions({"slaney", "htk"})],
        "log_floor": [Interval(Real, 0, None, closed="neither")],
    }

    def __init__(
        self,
        sampling_rate: float | None = None,
        n_mels: int = 40,
        window_length: float = 0.025,
        hop_length: float = 0.01,
        n_fft: int | None = None,
        f_min: float = 0.0,
        f_max: float | None = None,
        mel_scale: Literal["slaney", "htk"] = "slaney",
        log_floor: float = 1e-10,
    ) -> None:
        self.sampling_rate = sampling_rate
        self.n_mels = n_mels
        self.window_length = window_length
        self.hop_length = hop_length
        self.n_fft = n_fft
        self.f_min = f_min
        self.f_max = f_max
        self.mel_scale = mel_scale
        self.log_floor = log_floor

    @validated_fit(prefer_skip_nested_validation=True)
    @unchanged_by_errors
    def fit(self, X: Audio, y: object = None) -> Self:
        """Check the recordings and the parameters against each other; nothing else is learned.

        Parameters
        ----------
        X : list of (n_timesteps,) arrays or of paths, or array of shape (n_samples, n_timesteps)
            The recordings, of one channel: floats in [-1, 1], integers of 8, 16 or 32 bit, which
            are divided by their full scale, or str and pathlib.Path of audio files, as
            :func:`read_audio` reads them, or pairs of samples and their rate, as it returns them,
            or dicts of both, such as ``{"array": samples, "sampling_rate": 16000}``. Also an object
            array or a Series of these.
        y : object, default=None
            Ignored.

        Returns
        -------
        self : LogMelSpectrogram
            The fitted transformer.

        Raises
        ------
        ValueError
            If X holds no recordings of one channel, each of at least one window, or the parameters
            do not fit each other or the files.
        FileNotFoundError
            If there is no file at a path.
        ImportError
            If a file needs soundfile, which is not installed.
        """
        recordings = self._read_recordings(X, reset=True)
        for _ in self._audio(recordings):
            pass
        return self

    @validated_fit(prefer_skip_nested_validation=True)
    @unchanged_by_errors
    def fit_transform(self, X: Audio, y: object = None) -> Any:
        """Do what ``fit`` and ``transform`` do, and read files only once.

        Parameters
        ----------
        X : list of (n_timesteps,) arrays or of paths, or array of shape (n_samples, n_timesteps)
            The recordings, as in :meth:`fit`.
        y : object, default=None
            Ignored.

        Returns
        -------
        X_mel : list of (T_i, n_mels) ndarrays of float32, or one (n_samples, T, n_mels) ndarray
            The spectrograms, as :meth:`transform` returns them.

        Raises
        ------
        ValueError
            As in :meth:`fit`.
        """
        return self._spectrograms(self._read_recordings(X, reset=True))

    def transform(self, X: Audio) -> Any:
        """Compute the spectrograms.

        Parameters
        ----------
        X : list of (n_timesteps,) arrays or of paths, or array of shape (n_samples, n_timesteps)
            The recordings, as in :meth:`fit`.

        Returns
        -------
        X_mel : list of (T_i, n_mels) ndarrays of float32, or one (n_samples, T, n_mels) ndarray
            Natural logarithms of the power in each band, new arrays; one array for an array or a
            DataFrame, else a list. T is ``1 + n_timesteps // hop``, where hop is ``hop_length`` in
            samples.

        Raises
        ------
        ValueError
            If X holds no recordings of one channel, each of at least one window, or a file has a
            lower rate than the bands need.
        FileNotFoundError
            If there is no file at a path.
        ImportError
            If a file needs soundfile, which is not installed.
        """
        check_is_fitted(self)
        return self._spectrograms(self._read_recordings(X, reset=False))

    def stream(self, chunks: Iterable[npt.ArrayLike]) -> Iterator[np.ndarray]:
        """Compute the spectrogram of one recording while it arrives, chunk by chunk.

        Parameters
        ----------
        chunks : iterable of (n_timesteps,) arrays
            The samples of one recording, in pieces of any length; types as in :meth:`fit`.

        Returns
        -------
        iterator of (n_frames, n_mels) ndarrays of float32
            The timesteps that each chunk completes, where it completes any. Laid end to end they
            are what :meth:`transform` returns for the recording as a whole, to the last bit.

        Raises
        ------
        ValueError, TypeError
            If a chunk holds no samples of one channel.

        See Also
        --------
        skrnn.RNNTranscriber.stream : Takes these pieces, and writes what they say.

        Examples
        --------
        >>> import numpy as np
        >>> from skrnn.preprocessing import LogMelSpectrogram
        >>> tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(4000) / 8000)
        >>> spectrogram = LogMelSpectrogram(sampling_rate=8000).fit([tone])
        >>> pieces = list(spectrogram.stream(np.array_split(tone, 5)))
        >>> [len(piece) for piece in pieces]
        [9, 10, 10, 10, 10, 2]
        """
        check_is_fitted(self)
        if not isinstance(chunks, Iterable):
            raise TypeError(
                f"chunks: got {chunks!r:.60}. Expected an iterable of arrays, the samples of one "
                "recording in pieces. Pass a list of arrays, or a generator of them."
            )
        return self._stream(chunks)

    def _stream(self, chunks: Iterable[Any]) -> Iterator[np.ndarray]:
        spectra = MelStream(self._frames())
        n_samples = 0
        for number, chunk in enumerate(chunks):
            if hasattr(chunk, "__len__") and not len(chunk):
                continue
            try:
                recordings = self._read_recordings([chunk], reset=False)
                rates = (self.sampling_rate_, self._f_max)
                ((audio, _),) = recordings.audio(*rates, is_resampled=False)
            except (TypeError, ValueError) as error:
                message = str(error).removeprefix("X").removeprefix("[0]")
                raise type(error)(f"chunks[{number}]{message}") from error
            n_samples += len(audio)
            new = spectra.read(audio)
            if len(new):
                yield new
        if n_samples:
            yield spectra.end()

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = False
        tags.input_tags.string = True
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags

    def _read_recordings(self, X: Any, *, reset: bool) -> Recordings:
        """Take X apart and set, or check it against, what ``fit`` saw; read no samples."""
        recordings = read_recordings(X)
        if self.sampling_rate is None:
            recordings.refuse_arrays()
        # scikit-learn's names and numbers of columns; a timestep has one feature, a sample.
        no_values = np.empty((0, recordings.n_columns))
        no_lengths = np.empty(0, dtype=np.int64)
        rows = RaggedRows(no_values, no_lengths, recordings.layout, recordings.n_columns)
        self._check_form(X, rows, reset=reset)
        if reset:
            rate = self.sampling_rate
            self.sampling_rate_ = recordings.first_rate() if rate is None else rate
            self._check_lengths()
            self.n_fft_ = self._choose_n_fft()
            self.frequencies_ = self._edges()[1:-1]
        return recordings

    @property
    def _f_max(self) -> float:
        return self.sampling_rate_ / 2 if self.f_max is None else self.f_max

    @property
    def _n_window(self) -> int:
        return round(self.window_length * self.sampling_rate_)

    @property
    def _hop(self) -> int:
        return round(self.hop_length * self.sampling_rate_)

    def _edges(self) -> np.ndarray:
        return band_edges(self.n_mels, self.f_min, self._f_max, self.mel_scale)

    def _check_lengths(self) -> None:
        """Refuse parameters that do not fit each other or the rate."""
        rate = self.sampling_rate_
        for name, least in (("window_length", 2), ("hop_length", 1)):
            length = getattr(self, name)
            if round(length * rate) < least:
                raise ValueError(
                    f"{name}: got {length!r} seconds, {length * rate:.3g} samples at {rate:g} Hz. "
                    f"Expected at least {least} sample(s), {least / rate:.3g} seconds. Lengths are "
                    "in seconds: 0.025 is 25 milliseconds."
                )
            if length > _LONGEST:
                raise ValueError(
                    f"{name}: got {length!r} seconds. Expected at most {_LONGEST:g}. Lengths are "
                    f"in seconds, not in milliseconds or samples: divide samples by {rate:g}."
                )
        if not self.f_min < self._f_max <= rate / 2:
            raise ValueError(
                f"f_max: got bands from f_min={self.f_min:g} to f_max={self._f_max:g} Hz at a "
                f"sampling rate of {rate:g} Hz. Expected f_min below f_max, and f_max at most half "
                f"of the rate, {rate / 2:g} Hz. Set f_max=None for that."
            )

    def _choose_n_fft(self) -> int:
        """Return ``n_fft``, or the smallest good one, if every band has a frequency in it."""
        if self.n_fft is not None:
            if self.n_fft < self._n_window:
                raise ValueError(
                    f"n_fft: got {self.n_fft}. Expected at least {self._n_window}, the samples of "
                    f"a window of {self.window_length:g} seconds at {self.sampling_rate_:g} Hz. "
                    "Set n_fft=None, or lower window_length."
                )
            if self.n_fft > _LARGEST_N_FFT:
                raise ValueError(
                    f"n_fft: got {self.n_fft}. Expected at most {_LARGEST_N_FFT}. Set n_fft=None."
                )
            n_empty = self._n_empty_bands(self.n_fft)
            if n_empty:
                raise ValueError(
                    f"n_fft: got {self.n_fft}, whose frequencies leave {n_empty} of "
                    f"n_mels={self.n_mels} bands empty. Expected a frequency in every band. Set "
                    "n_fft=None, or lower n_mels."
                )
            return int(self.n_fft)
        n_fft = 1 << (self._n_window - 1).bit_length()
        # More bands than frequencies leave some empty, whatever they are.
        while self.n_mels > _LONGEST_FFT // 2 or self._n_empty_bands(n_fft):
            n_fft *= 2
            if n_fft > _LONGEST_FFT:
                raise ValueError(
                    f"n_mels: got {self.n_mels} bands between {self.f_min:g} and {self._f_max:g} "
                    f"Hz, so narrow that {_LONGEST_FFT} samples of a Fourier transform leave some "
                    "empty. Expected fewer bands. Lower n_mels."
                )
        return n_fft

    def _n_empty_bands(self, n_fft: int) -> int:
        filters = mel_filters(self._edges(), n_fft, self.sampling_rate_)
        return int((filters.max(axis=1).toarray() == 0).sum())

    def _audio(self, recordings: Recordings) -> Iterator[np.ndarray]:
        """Yield the samples of each recording, all of them checked."""
        n_window = self._n_window
        is_resampled = self.sampling_rate is not None
        for audio, where in recordings.audio(
            self.sampling_rate_, self._f_max, is_resampled=is_resampled
        ):
            if len(audio) < n_window:
                raise ValueError(
                    f"{where}: got {len(audio)} samples at {self.sampling_rate_:g} Hz, shorter "
                    f"than a window of {n_window} samples. Expected at least one window. Drop the "
                    f"recording from X and y, or lower window_length={self.window_length:g}."
                )
            yield audio

    def _frames(self) -> MelFrames:
        return MelFrames(
            get_window("hann", self._n_window),
            self._hop,
            self.n_fft_,
            mel_filters(self._edges(), self.n_fft_, self.sampling_rate_),
            self.log_floor,
        )

    def _spectrograms(self, recordings: Recordings) -> Any:
        frames = self._frames()
        spectrograms = [frames.log_mel(audio) for audio in self._audio(recordings)]
        return spectrograms if recordings.layout == "ragged" else np.stack(spectrograms)
