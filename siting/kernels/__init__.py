"""Compiled kernels: arrays in, arrays out. Import the module that is needed; this package imports nothing.

``nearest`` distances to features (in a grid of ``segments``), ``overlap`` common areas (``union`` where
features overlap) and ``length`` of lines, ``adjacency`` of parcels, ``coverage`` exact cell fractions and zonal
statistics, ``slope`` Horn's slope of a terrain model, ``cost_distance`` over a grid, ``simple`` rings;
``compiled`` says how.
"""
