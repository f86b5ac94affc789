"""Files of data sets, written and listed."""

import gzip


def read_text(folder, path):
    plain = folder / path
    if plain.exists():
        return plain.read_text(encoding="utf-8")
    return gzip.decompress((folder / f"{path}.gz").read_bytes()).decode("utf-8")
