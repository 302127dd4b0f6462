"""Counting kernels set apart: Wick pairings, Gaussian moments and sums over neurons, packed, at 10^6 terms.

No command needs them: a derivation contracts parameters in ``recursion/next_layer`` and counts coincidences in
``recursion/coincidences``, on the few terms a recursion has. They are measured against other programs
(docs/benchmarks.md) and stand behind tests of what the engine counts.
"""
