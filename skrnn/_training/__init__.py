"""Training of networks: the only package that knows skorch."""
