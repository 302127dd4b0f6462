"""Depth in closed form: recursions solved in the number l of the layer.

recursions at one input ─▶ sums of c l^p rho^l, exact in every layer     depth_sum.py, closed_tower_in_depth.py
                        ─▶ every order in 1/n at once, homogeneous σ     every_order.py
"""
