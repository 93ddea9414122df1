"""Compiled kernels: arrays in, arrays out. Import the module that is needed; this package imports nothing.

``nearest`` distance to features, ``overlap`` areas and lengths in common, ``coverage`` exact cell
fractions and zonal statistics, ``slope`` Horn's slope of a terrain model.
"""
