"""Closed forms as they are read: tensor by tensor, transcendental by transcendental, every coefficient one quotient in
factors.

    SymPy's expression ─▶ pieces, one for every term of the sum         closed_form_pieces.py
                       ─▶ quotients: like pieces over one denominator   quotients.py
                       ─▶ the tree that every printer prints            as_tree.py
"""
