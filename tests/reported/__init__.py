"""Inputs that once failed, each a member of a kind, with the right value: one module per kind."""
