"""Decision analysis: values, weights, aggregation and ranks. Arrays in, arrays out; no GIS, no drawing.

``value`` turns quantities into values in [0, 1], ``weights`` normalises relative numbers in nested blocks,
``aggregate`` makes scores and contributions, ``rank`` ranks, tiers and their checks.
"""
