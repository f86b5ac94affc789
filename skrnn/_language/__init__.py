"""The language model, from texts and tokens to probabilities and new text."""
