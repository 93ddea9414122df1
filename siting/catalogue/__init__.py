"""The catalogue: what is known about every public layer, one small YAML file each, and where its file lies here."""

from __future__ import annotations

from siting.catalogue.data import DATA_VARIABLE, DataEntry, DataFolder, Fetched, Finder, Found, data_folder
from siting.catalogue.folder import LAYERS_VARIABLE, Catalogue, catalogue, catalogue_folder, read_spec, shipped_files
from siting.catalogue.service import CONNECTED, Paging, Service
from siting.catalogue.spec import STATES, THEMES, Coverage, LayerField, LayerSpec

__all__ = [
    "CONNECTED",
    "DATA_VARIABLE",
    "LAYERS_VARIABLE",
    "STATES",
    "THEMES",
    "Catalogue",
    "Coverage",
    "DataEntry",
    "DataFolder",
    "Fetched",
    "Finder",
    "Found",
    "LayerField",
    "LayerSpec",
    "Paging",
    "Service",
    "catalogue",
    "catalogue_folder",
    "data_folder",
    "read_spec",
    "shipped_files",
]
