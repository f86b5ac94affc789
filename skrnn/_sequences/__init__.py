"""Estimators of whole sequences and of their timesteps."""
