"""Reading the ``.ts`` text format of the UCR, UEA and TSER archives."""

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, NoReturn, TypeAlias

import numpy as np
import numpy.typing as npt

from skrnn.datasets._archives import gunzip
from skrnn.datasets._ts_time_stamps import TimedSamples, check_time_stamps, split_timed_fields

FloatArray: TypeAlias = npt.NDArray[np.float64]
Sequences: TypeAlias = FloatArray | list[FloatArray]
Targets: TypeAlias = npt.NDArray[np.str_] | FloatArray | None

# The archives use "#"; "%" came into some of their files with the older ARFF format.
COMMENT_MARKS = ("#", "%")
MISSING_VALUE = "?"
BOOLEANS = {"true": True, "false": False}
TAGS = (
    "@problemName",
    "@timeStamps",
    "@missing",
    "@univariate",
    "@dimensions",
    "@equalLength",
    "@seriesLength",
    "@classLabel",
    "@targetLabel",
    "@data",
)


class TsContents(NamedTuple):
    """What a ``.ts`` file holds: the sequences, their targets and the leading comment."""

    X: Sequences
    y: Targets
    comment: str


def read_ts(
    path: str | os.PathLike[str], *, time_stamps: str = "auto"
) -> tuple[Sequences, Targets]:
    r"""Read a ``.ts`` file of the UCR, UEA or TSER archives.

    Parameters
    ----------
    path : str or path-like
        The file, plain or compressed with gzip (found out from its first bytes).
    time_stamps : {"auto", "feature", "drop"}, default="auto"
        What becomes of the times in a file with ``@timeStamps true``. "feature" appends the time
        since the start of each sample as its last feature, in seconds if the times are dates.
        "drop" leaves them out. "auto" leaves them out if all steps from one time to the next are
        the same, and otherwise raises an error.

    Returns
    -------
    X : ndarray of shape (n_samples, n_timesteps, n_features), or list of ndarray
        The samples as float64, time-major with the features last. If they all have the same
        length it is one 3-D array, otherwise a list of ``n_samples`` arrays of shape
        ``(T_i, n_features)``. What the samples are decides, not the header's ``@equalLength``.
    y : ndarray of shape (n_samples,), or None
        For classification (``@classLabel true``) an array of str, the labels as they are spelt
        in the file; for regression (``@targetLabel true``) a float64 array; None if the file has
        neither.

    Raises
    ------
    OSError
        If the file cannot be opened.
    ValueError
        If the file is not in the format, or contradicts its own header; or if the times in it are
        not evenly spaced and ``time_stamps`` is "auto". The message names the file, the line, what
        stands there and what was expected.

    Notes
    -----
    A line after ``@data`` is a sample: its features separated by ``:``, the values of a feature
    by ``,``, and last the label. This is features-first; `read_ts` turns it round.

    Missing values (``?`` or ``NaN`` in any case) are NaN in the result, also at the end of a
    sample: no timestep is dropped, so samples that were padded with missing values to a common
    length stay padded. The estimators of this package read trailing timesteps whose features are
    all NaN as padding. Infinity, and numbers too large for a float64, are an error: nothing tells
    whether a missing value or a large one was meant.

    Tags are read in any case. ``@univariate``, ``@dimensions`` and, with ``@equalLength true``,
    ``@seriesLength`` are held against the samples, and labels against the list after
    ``@classLabel true`` if there is one. ``@missing`` and ``@problemName`` have no effect. A tag
    may be repeated if it says the same. In a file without labels, a ``:`` may end the line.

    With ``@timeStamps true`` a feature is written ``(time,value),(time,value)``; times are numbers,
    or dates in the form of ISO 8601. A sample has a timestep for every time of any of its features,
    and NaN where a feature has no value then.

    Reading takes time and memory proportional to the file: about 0.1 s and 5 MB per megabyte.

    References
    ----------
    .. [1] A. Bagnall et al., "The UEA multivariate time series classification archive, 2018",
       arXiv:1811.00075.
    .. [2] C. W. Tan, C. Bergmeir, F. Petitjean, G. I. Webb, "Time series extrinsic regression",
       Data Mining and Knowledge Discovery 35, 2021.

    Examples
    --------
    Two samples of two features; the second is shorter and has a missing value.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from skrnn.datasets import read_ts
    >>> text = "@classLabel true up down\n@data\n1,2,3:10,20,30:up\n5,?:50,40:down\n"
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "tiny.ts"
    ...     _ = path.write_text(text)
    ...     X, y = read_ts(path)
    >>> [sample.shape for sample in X]
    [(3, 2), (2, 2)]
    >>> X[0][:, 1].tolist(), y.tolist()
    ([10.0, 20.0, 30.0], ['up', 'down'])
    """
    check_time_stamps(time_stamps)
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(
            f"path: got a {type(path).__name__}. Expected the path of one .ts file, a str or a "
            "pathlib.Path. Call read_ts once for each file, with its path."
        )
    content = gunzip(Path(path).read_bytes(), str(path))
    contents = parse_ts(content, source=str(path), time_stamps=time_stamps)
    return contents.X, contents.y


def parse_ts(content: bytes, *, source: str, time_stamps: str = "auto") -> TsContents:
    """Parse the bytes of a ``.ts`` file; ``source`` is what the errors call it."""
    lines = _numbered_lines(content)
    header, comment = _parse_header(lines, source)
    parser = _SampleParser(header, source)
    samples = [parser.parse(text, line) for line, text in lines if not _is_comment(text)]
    if not samples:
        raise ValueError(f"{source}: no sample after @data. Expected one on each line.")
    sequences = [sequence for sequence, _ in samples]
    if parser.timed is not None:
        sequences = parser.timed.settle(sequences, time_stamps, source)
    elif time_stamps == "feature":
        raise ValueError(
            f"time_stamps: got 'feature', while {source} has no times (@timeStamps true). Expected "
            "'auto'. Leave time_stamps out."
        )
    equal_length = len({len(sequence) for sequence in sequences}) == 1
    y: Targets = None
    if header.target == "class":
        y = np.array([target for _, target in samples], dtype=np.str_)
    elif header.target == "number":
        y = np.array([target for _, target in samples], dtype=np.float64)
    return TsContents(np.stack(sequences) if equal_length else sequences, y, comment)


def _numbered_lines(content: bytes) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank, stripped, with their numbers from 1."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Comments of some archive files are in Latin-1, which can decode any byte.
        text = content.decode("latin-1")
    for number, line in enumerate(text.split("\n"), start=1):
        if stripped := line.strip():
            yield number, stripped


def _is_comment(text: str) -> bool:
    return text.startswith(COMMENT_MARKS)


def _fail(source: str, line: int, problem: str, expected: str) -> NoReturn:
    raise ValueError(f"{source}, line {line}: {problem}. Expected {expected}.")


def _abridge(text: str) -> str:
    return repr(text) if len(text) <= 40 else f"{text[:37]!r}..."


def _as_float(token: str) -> float:
    """Return the number that a token is; Python's own ``float`` reads "1_0" as 10."""
    if "_" in token:
        raise ValueError
    return float(token)


@dataclass
class _Header:
    """What the tags above ``@data`` declare; None stands for "not declared"."""

    is_timed: bool = False
    univariate: bool | None = None
    n_features: int | None = None
    equal_length: bool | None = None
    n_timesteps: int | None = None
    target: str | None = None  # "class" or "number"
    class_labels: tuple[str, ...] = ()  # empty: any label is allowed


def _parse_header(lines: Iterator[tuple[int, str]], source: str) -> tuple[_Header, str]:
    """Consume the lines up to and with ``@data``."""
    header = _Header()
    comment: list[str] = []
    seen: dict[str, list[str]] = {}
    for line, text in lines:
        if _is_comment(text):
            comment.append(text.lstrip("".join(COMMENT_MARKS)).strip())
            continue
        tag, *words = text.split()
        key = tag.lower()
        if not tag.startswith("@"):
            _fail(source, line, f"{_abridge(text)} stands before @data", "a tag or a # comment")
        if seen.setdefault(key, words) != words and key != "@problemname":
            problem = f"the tag {tag} occurs a second time and says something else"
            _fail(source, line, problem, f"one {tag}, or the same twice")
        if key == "@data":
            if header.univariate and header.n_features not in (None, 1):
                problem = f"@univariate true contradicts @dimensions {header.n_features}"
                _fail(source, line, problem, "@univariate false, or @dimensions 1")
            return header, "\n".join(comment).strip()
        _apply_tag(header, tag, words, source, line)
    raise ValueError(f"{source}: no @data line. Expected one between the header and the samples.")


def _apply_tag(header: _Header, tag: str, words: list[str], source: str, line: int) -> None:
    value = words[0] if words else ""

    def boolean() -> bool:
        if value.lower() not in BOOLEANS:
            _fail(source, line, f"{tag} is followed by {_abridge(value)}", "true or false")
        return BOOLEANS[value.lower()]

    def count(at_least: int = 1) -> int:
        if not value.removeprefix("-").isdecimal() or int(value) < at_least:
            expected = f"a whole number from {at_least}"
            _fail(source, line, f"{tag} is followed by {_abridge(value)}", expected)
        return int(value)

    match tag.lower():
        case "@problemname":
            pass
        case "@timestamps":
            header.is_timed = boolean()
        case "@missing":
            boolean()
        case "@univariate":
            header.univariate = boolean()
        case "@dimension" | "@dimensions":
            header.n_features = count()
        case "@equallength":
            header.equal_length = boolean()
        case "@serieslength":
            # programs write 0 or -1 where lengths differ.
            header.n_timesteps = max(count(at_least=-1), 0) or None
        case "@classlabel" | "@targetlabel" as key:
            if boolean():
                if header.target not in (None, "class" if key == "@classlabel" else "number"):
                    problem = "@classLabel and @targetLabel are both true"
                    _fail(source, line, problem, "one of them to be false")
                header.target = "class" if key == "@classlabel" else "number"
                header.class_labels = tuple(words[1:])
        case _:
            known = ", ".join(TAGS)
            _fail(source, line, f"unknown tag {tag}", f"one of {known}, or a # before it")


class _SampleParser:
    """Reads one line after ``@data`` at a time, and holds it against the header."""

    def __init__(self, header: _Header, source: str) -> None:
        self._header = header
        self._source = source
        # A file that does not declare a count is held to the count of its first sample.
        self._n_features = 1 if header.univariate else header.n_features
        self._n_timesteps = header.n_timesteps
        self.timed = TimedSamples() if header.is_timed else None

    def parse(self, text: str, line: int) -> tuple[FloatArray, str | float | None]:
        """Return the sample as ``(n_timesteps, n_features)``, and its target."""
        parts = text.split(":") if self.timed is None else split_timed_fields(text)
        fields = [field.strip() for field in parts]
        target: str | float | None = None
        if self._header.target is not None:
            *fields, label = fields
            self._require_label(fields, label, line)
            target = label if self._header.target == "class" else self._number(label, line)
        elif len(fields) > 1 and not fields[-1]:
            # where a label would stand if there were one
            fields.pop()
        self._check_n_features(len(fields), line)
        sample = self._timed_sample(fields, line) if self.timed else self._sample(fields, line)
        if self._header.equal_length:
            self._check_n_timesteps(len(sample), line)
        return sample, target

    def _sample(self, fields: list[str], line: int) -> FloatArray:
        features = [self._values(field.split(","), line) for field in fields]
        lengths = [len(values) for values in features]
        if len(set(lengths)) > 1:
            shown = ", ".join(map(str, lengths))
            problem = f"the features of this sample have unequal lengths: {shown}"
            self._fail(line, problem, "as many values in every feature; fill up with ?")
        return np.ascontiguousarray(np.array(features, dtype=np.float64).T)

    def _timed_sample(self, fields: list[str], line: int) -> FloatArray:
        assert self.timed is not None
        try:
            features = [self.timed.read_feature(field) for field in fields]
        except ValueError as error:
            expected = (
                "(time,value),(time,value), rising numbers or ISO dates, as in the whole file"
            )
            self._fail(line, str(error), expected)
        return self.timed.align(features, [self._values(f.values, line) for f in features])

    def _fail(self, line: int, problem: str, expected: str) -> NoReturn:
        _fail(self._source, line, problem, expected)

    def _require_label(self, fields: list[str], label: str, line: int) -> None:
        what = "class label" if self._header.target == "class" else "target value"
        where = f"the {what} after the last ':' of the sample"
        if label in ("", MISSING_VALUE) or label.lower() == "nan":
            self._fail(line, f"the {what} is missing", where)
        # A label holds no comma: the last field is a feature, and nothing follows it.
        if not fields or "," in label:
            self._fail(line, f"the {what} is missing, the line ends with {_abridge(label)}", where)
        allowed = self._header.class_labels
        # @classLabel separates labels by blanks, whether they have blanks of their own or not.
        if allowed and f" {' '.join(label.split())} " not in f" {' '.join(allowed)} ":
            shown = ", ".join(sorted(allowed))
            problem = f"the class label {_abridge(label)} is not among those of @classLabel"
            self._fail(line, problem, f"one of {shown}; or add it to @classLabel")

    def _number(self, label: str, line: int) -> float:
        try:
            number = _as_float(label)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            self._fail(line, f"the target value is {_abridge(label)}", "a finite number")
        return number

    def _check_n_features(self, n_features: int, line: int) -> None:
        if self._n_features is None:
            self._n_features = n_features
        if n_features != self._n_features:
            reason = self._origin(
                "@univariate" if self._header.univariate else "@dimensions",
                declared=bool(self._header.univariate) or self._header.n_features is not None,
            )
            label = " and then the label" if self._header.target is not None else ""
            expected = f"{self._n_features}, as {reason}, separated by ':'{label}"
            self._fail(line, f"the number of features is {n_features}", expected)

    def _check_n_timesteps(self, n_timesteps: int, line: int) -> None:
        if self._n_timesteps is None:
            self._n_timesteps = n_timesteps
        if n_timesteps != self._n_timesteps:
            declared = self._header.n_timesteps is not None
            reason = self._origin("@seriesLength", declared=declared)
            problem = f"the number of timesteps is {n_timesteps}, though @equalLength is true"
            self._fail(line, problem, f"{self._n_timesteps}, as {reason}, or @equalLength false")

    @staticmethod
    def _origin(tag: str, *, declared: bool) -> str:
        return f"{tag} says" if declared else "in the first sample"

    def _values(self, tokens: list[str], line: int) -> list[float]:
        tokens = [token.strip() for token in tokens]
        values = []
        for position, token in enumerate(tokens, start=1):
            try:
                value = math.nan if token == MISSING_VALUE else _as_float(token)
            except ValueError:
                value = math.inf
            if math.isinf(value):
                problem = f"value {position} of a feature is {_abridge(token)}"
                self._fail(line, problem, "finite numbers, ? or NaN, separated by commas")
            values.append(value)
        return values
