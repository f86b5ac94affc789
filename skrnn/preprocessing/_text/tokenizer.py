"""Tokens of a tokenizer of the library tokenizers, which need not be installed."""

from __future__ import annotations

import copy
from typing import Any

__all__ = ["tokens_of", "without_truncation"]


def without_truncation(tokenizer: Any) -> Any:
    """Return a tokenizer that reads whole texts, and leave the one passed as it is.

    Parameters
    ----------
    tokenizer : tokenizers.Tokenizer
        Its own truncation was set for a network of another kind, and is kept in its file.

    Returns
    -------
    tokenizers.Tokenizer
        A copy, if there is something to change.
    """
    if getattr(tokenizer, "truncation", None) is None:
        return tokenizer
    try:
        whole = copy.deepcopy(tokenizer)
        whole.no_truncation()
    except Exception as error:
        # a part written in Python cannot be copied, which the library says by a bare Exception.
        raise ValueError(
            f"analyzer: got a {type(tokenizer).__name__} that cuts texts to "
            f"{tokenizer.truncation.get('max_length')} tokens and cannot be copied ({error}). "
            "Expected one that reads whole texts; TokenEncoder cuts them by max_length. Call "
            "analyzer.no_truncation() first."
        ) from error
    return whole


def tokens_of(tokenizer: Any, text: str) -> list[str]:
    """Return the tokens that a tokenizer finds in a text.

    Parameters
    ----------
    tokenizer : tokenizers.Tokenizer
        Or what has its method ``encode``.
    text : str

    Returns
    -------
    list of str
        Without the marks that it puts around a text, and without its padding: TokenEncoder pads.

    Raises
    ------
    UnicodeEncodeError
        If the text holds half of a surrogate pair, which the library does not take for text.
    """
    try:
        encoding = tokenizer.encode(text, add_special_tokens=False)
    except TypeError:
        text.encode("utf-8")
        raise
    try:
        pairs = zip(encoding.tokens, encoding.attention_mask, strict=True)
        return [token for token, is_text in pairs if is_text]
    except AttributeError as error:
        raise TypeError(
            f"analyzer: got a {type(tokenizer).__name__} whose encode returned a "
            f"{type(encoding).__name__}. Expected a tokenizers.Tokenizer, or a callable that "
            "returns the tokens of a text. Pass the method that does, tokenizer.tokenize say."
        ) from error
