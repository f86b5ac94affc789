"""The ``split`` argument that the ``fetch_*`` functions share."""


def check_split(split: str, allowed: tuple[str, ...]) -> None:
    """Raise a ValueError unless ``split`` is one of ``allowed``."""
    if split not in allowed:
        choices = ", ".join(repr(choice) for choice in allowed)
        raise ValueError(f"split must be one of {choices}; got {split!r}.")
