"""The forecaster, from the reading of series and features to the answers it gives."""
