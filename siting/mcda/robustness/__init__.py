"""How sure a ranking is: draws of weights and data, stability of weights, swings, non-dominated sets, what-if.

``chance`` draws numbers that depend on nothing but their names, ``weighting`` weights, ``data`` values;
``acceptability`` is SMAA-2. Numpy and scipy alone.
"""
