"""Derived formulas in other tools: SymPy, functions of NumPy and JAX arrays, Mathematica, FORM: ``docs/export.md``."""
