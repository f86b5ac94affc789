"""Recordings and their spectra."""
