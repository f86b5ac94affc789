"""Tokens of a tokenizer of the library tokenizers, which need not be installed."""

from __future__ import annotations

from typing import Any

__all__ = ["tokens_of"]


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
    """
    encoding = tokenizer.encode(text, add_special_tokens=False)
    try:
        pairs = zip(encoding.tokens, encoding.attention_mask, strict=True)
        return [token for token, is_text in pairs if is_text]
    except AttributeError as error:
        raise TypeError(
            f"analyzer: got a {type(tokenizer).__name__} whose encode returned a "
            f"{type(encoding).__name__}. Expected a tokenizers.Tokenizer, or a callable that "
            "returns the tokens of a text. Pass the method that does, tokenizer.tokenize say."
        ) from error
