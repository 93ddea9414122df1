"""siting: find the best land for a semiconductor-fab cluster."""

__version__ = "0.1.0"
