"""Decision analysis: values, weights, aggregation and ranks. Arrays in, arrays out; no GIS, no drawing.

``value`` turns quantities into values in [0, 1], ``weights`` asks people and data and normalises relative numbers in
nested blocks, ``aggregate`` makes scores and contributions and holds the methods of the literature, ``rank`` ranks,
tiers and their checks, ``correlation`` compares rankings, ``robustness`` says how sure a ranking is.
"""
