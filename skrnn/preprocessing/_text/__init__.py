"""Texts, tokens and their ids."""
