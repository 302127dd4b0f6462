"""Exact values for finite networks with polynomial layer functions, by brute force.

Independent witnesses for the derived recursions: nothing here imports ptheory, and no method here uses cumulant
recursions or a 1/n expansion. ``network`` holds networks as data; ``covariance_transfer``, ``site_transfer`` and
``literal`` are three unrelated ways to the same moments; ``tensors`` reads G, V, ..., U off them.
"""
