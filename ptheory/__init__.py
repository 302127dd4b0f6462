"""ptheory: a symbolic engine for the effective theory of neural networks at finite width."""

__version__ = "0.1.0"
