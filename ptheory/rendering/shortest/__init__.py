"""The shortest form of a recursion in the quantities a theorist has names for: susceptibilities, ratios of
hyperparameters, tensors of the next layer.

    right-hand side ─▶ averages of single products      single_means.py
                    ─▶ less c X', X derived too          other_recursions.py
                    ─▶ chi, h for averages               known.py
                    ─▶ one average for a sum of them     single_means.py
                    ─▶ lambda_W/C_W as one letter        ratios.py

Every step is a substitution of equals, chosen by the printed width of what it gives. ``short_form.py`` is the column.
"""
