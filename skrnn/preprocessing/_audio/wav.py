"""WAV files of plain samples: what their headers say, and the samples that are there."""

from __future__ import annotations

import os
import struct
from typing import BinaryIO, NamedTuple, NoReturn

import numpy as np

__all__ = ["WavHeader", "is_wav", "read_wav_header", "read_wav_samples"]

# How a file begins: little-endian, big-endian, and twice with 64-bit sizes.
_BYTE_ORDERS = {b"RIFF": "<", b"RIFX": ">", b"RF64": "<", b"BW64": "<"}
# A size of 32 bits from here on was written by a program that did not know how much would follow.
_UNKNOWN_SIZE = 0x7FFF_F000
# The size that stands for the one of 64 bits in the chunk "ds64".
_SEE_DS64 = 0xFFFF_FFFF
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_FORMAT = "HHIIHH"
# Where the format tag stands in the chunk "fmt " of an extensible header.
_SUBFORMAT = 24


class WavHeader(NamedTuple):
    """What a WAV file says of its samples.

    Attributes
    ----------
    encoding : {"integer", "float", "compressed"}
        What a sample is; "compressed" is all that `read_wav_samples` cannot read.
    n_bytes : int
        Bytes of one sample of one channel.
    n_channels : int
        Channels, 1 or more.
    sampling_rate : int
        Samples a second, in Hz.
    byte_order : {"<", ">"}
        Little- or big-endian.
    start : int
        Where the samples begin, in bytes from the start of the file.
    n_declared : int or None
        Bytes of samples by the header; None if the program that wrote it could not know.
    n_present : int
        Bytes of samples in the file.
    is_unfinished : bool
        Whether samples follow a header that declares none, as one does that was to be completed at
        the end of a recording.
    """

    encoding: str
    n_bytes: int
    n_channels: int
    sampling_rate: int
    byte_order: str
    start: int
    n_declared: int | None
    n_present: int
    is_unfinished: bool

    @property
    def is_cut(self) -> bool:
        """Whether samples that the header declares are missing."""
        return self.n_declared is not None and self.n_declared > self.n_present


def is_wav(start: bytes) -> bool:
    """Whether a file that begins with these bytes is a WAV file, or another of its family."""
    return start[:4] in _BYTE_ORDERS


def read_wav_header(file: BinaryIO, path: str | os.PathLike[str]) -> WavHeader:
    """Read the chunks of a file up to its samples.

    Sizes are held against the file, and nothing is reserved for what a header merely announces.

    Parameters
    ----------
    file : binary file
        At its start.
    path : str or path-like
        What errors call it.

    Raises
    ------
    ValueError
        If there are no samples, or the header does not say what they are.
    """
    n_file = os.fstat(file.fileno()).st_size
    start = file.read(12)
    if len(start) < 12 or start[8:] != b"WAVE":
        what = f"it ends after {n_file} bytes" if len(start) < 12 else f"it holds {start[8:]!r}"
        _refuse(path, what)
    order = _BYTE_ORDERS[start[:4]]
    layout, size_of_64_bits = None, None
    while True:
        name, n_declared = _next_chunk(file, path, order)
        at = file.tell()
        if name == b"data":
            break
        if at + n_declared > n_file:
            says = f"its chunk {name!r} should have {n_declared} bytes, and {n_file - at} follow"
            _refuse(path, says)
        if name == b"fmt ":
            layout = _read_layout(file.read(min(n_declared, 64)), path, order)
        elif name == b"ds64" and n_declared >= 16:
            size_of_64_bits = struct.unpack(f"{order}Q", file.read(16)[8:])[0]
        file.seek(at + n_declared)
        # a chunk of an odd size is filled up with a zero, which some programs forget.
        if n_declared % 2 and file.read(1) not in (b"\0", b""):
            file.seek(-1, os.SEEK_CUR)
    if layout is None:
        _refuse(path, "no chunk 'fmt ' says what its samples are")
    n_present = n_file - at
    is_unfinished = n_declared == 0 and _holds_samples(file)
    known: int | None = n_declared
    if n_declared == _SEE_DS64 and size_of_64_bits is not None:
        known = size_of_64_bits
    elif n_declared >= _UNKNOWN_SIZE or is_unfinished:
        known = None
    if known is not None:
        n_present = min(n_present, known)
    return WavHeader(*layout, order, at, known, n_present, is_unfinished)


def read_wav_samples(file: BinaryIO, header: WavHeader) -> np.ndarray:
    """Return the samples that are there, shape (n_timesteps,) or (n_timesteps, n_channels).

    Integers of 24 bit come as those of 32 bit; what is left of a timestep that was cut off is not
    returned.
    """
    timestep = header.n_bytes * header.n_channels
    n_timesteps = header.n_present // timestep
    file.seek(header.start)
    content = file.read(n_timesteps * timestep)
    if header.encoding == "integer" and header.n_bytes == 3:
        wide = np.zeros((n_timesteps * header.n_channels, 4), dtype=np.uint8)
        highest = slice(1, 4) if header.byte_order == "<" else slice(0, 3)
        wide[:, highest] = np.frombuffer(content, np.uint8).reshape(-1, 3)
        samples = wide.view(f"{header.byte_order}i4").ravel()
    else:
        kind = {"float": "f", "integer": "u" if header.n_bytes == 1 else "i"}[header.encoding]
        samples = np.frombuffer(content, f"{header.byte_order}{kind}{header.n_bytes}")
    return samples if header.n_channels == 1 else samples.reshape(-1, header.n_channels)


def _refuse(path: str | os.PathLike[str], why: str) -> NoReturn:
    raise ValueError(
        f"path: got {os.fspath(path)!r}, a WAV file that cannot be read: {why}. Expected a "
        "complete file of integer or float samples. Replace it by a fresh copy."
    )


def _next_chunk(file: BinaryIO, path: str | os.PathLike[str], order: str) -> tuple[bytes, int]:
    """Return the name of the next chunk and the number of its bytes, which come next."""
    head = file.read(8)
    if len(head) < 8:
        _refuse(path, "it ends before a chunk 'data' of samples")
    name = head[:4]
    if not _is_name(name):
        _refuse(path, f"{name!r} stands where a chunk should begin")
    return name, struct.unpack(f"{order}I", head[4:])[0]


def _is_name(name: bytes) -> bool:
    return all(32 <= byte < 127 for byte in name)


def _holds_samples(file: BinaryIO) -> bool:
    """Whether samples follow, and not another chunk or the end of the file."""
    head = file.read(8)
    return len(head) > 0 and not (len(head) == 8 and _is_name(head[:4]))


def _read_layout(fmt: bytes, path: str | os.PathLike[str], order: str) -> tuple[str, int, int, int]:
    """Return encoding, bytes of a sample, channels and rate that a chunk "fmt " declares."""
    size = struct.calcsize(f"{order}{_FORMAT}")
    if len(fmt) < size:
        _refuse(path, f"its chunk 'fmt ' has {len(fmt)} bytes of {size}")
    tag, n_channels, rate, _, timestep, n_bits = struct.unpack(f"{order}{_FORMAT}", fmt[:size])
    if tag == _EXTENSIBLE:
        if len(fmt) < _SUBFORMAT + 2:
            _refuse(path, f"its extensible chunk 'fmt ' has {len(fmt)} bytes of 40")
        (tag,) = struct.unpack(f"{order}H", fmt[_SUBFORMAT : _SUBFORMAT + 2])
    if not n_channels or not rate:
        _refuse(path, f"it has {n_channels} channels at a rate of {rate} Hz")
    if tag not in (_PCM, _FLOAT) or not n_bits:
        return "compressed", 0, n_channels, rate
    n_bytes = -(-n_bits // 8)
    # some programs leave the bytes of a timestep out.
    if timestep not in (0, n_bytes * n_channels):
        _refuse(
            path, f"{n_channels} channel(s) of {n_bits} bit do not make {timestep} bytes a timestep"
        )
    allowed = (4, 8) if tag == _FLOAT else (1, 2, 3, 4)
    if n_bytes not in allowed:
        kind = "float" if tag == _FLOAT else "int"
        raise ValueError(
            f"path: got {os.fspath(path)!r}, a WAV file of {kind}{n_bits} samples. Expected "
            "integers of up to 32 bit, or floats of 32 or 64. Convert the file to one of these."
        )
    return "float" if tag == _FLOAT else "integer", n_bytes, n_channels, rate
