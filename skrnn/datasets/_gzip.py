"""Reading files that may or may not be compressed with gzip."""

import gzip
import zlib

GZIP_MAGIC = b"\x1f\x8b"


def gunzip(content: bytes, source: str) -> bytes:
    """Return ``content`` uncompressed; bytes that are not gzip are returned as they are.

    The first two bytes decide, not the file's name, so a file that was renamed or unpacked by
    a browser on the way is still read. ``source`` is what the error calls the content.
    """
    if not content.startswith(GZIP_MAGIC):
        return content
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(
            f"{source} starts like a gzip file but cannot be uncompressed ({error}). It is "
            "damaged or incomplete: replace it with a fresh copy."
        ) from error
