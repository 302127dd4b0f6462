"""Depth in closed form."""
