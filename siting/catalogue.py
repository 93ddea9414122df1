"""The catalogue: what is known about every public layer, one small YAML file each, and where its file lies here.

``layers/<theme>/<id>.yaml`` describes ``<id>``; ``layers/sample/<name>.yaml`` describes ``sample/<name>``.
A data folder maps ids to local files through a table ``layers.csv`` (columns id, file, layer, crs) in it, or
through the table that comes with the package.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from siting.errors import CatalogueError, did_you_mean, named

__all__ = [
    "DATA_VARIABLE",
    "Catalogue",
    "Coverage",
    "DataEntry",
    "DataFolder",
    "Finder",
    "Found",
    "LayerField",
    "LayerSpec",
    "Service",
    "catalogue",
    "catalogue_folder",
    "data_folder",
]

DATA_VARIABLE = "SITING_DATA"  #: environment variable that names the data folder

Texts = Annotated[tuple[str, ...], Field(strict=False)]
Nulls = Annotated[tuple[str | int | float, ...], Field(strict=False)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Service(_Strict):
    """Where a layer is published.

    type : "ArcGIS FeatureServer", "GeoJSON download", "file" ...
    """

    type: str
    url: str


class LayerField(_Strict):
    """One attribute of a layer.

    unit : unit of the numbers ("kV", "ft", "acre"); empty for codes and text
    null : sentinels that stand for "no value" (-999999, "NOT AVAILABLE")
    """

    name: str
    type: Literal["text", "integer", "number", "date", "boolean"]
    unit: str = ""
    meaning: str = ""
    null: Nulls = ()


class Coverage(_Strict):
    """Where the absence of a feature means that there is none.

    words : for people
    layer : id of the polygon layer that is the coverage; "extent" is the bounding box of the layer
        itself, "hull" its convex hull; None: everywhere that a study may lie
    """

    words: str
    layer: str | None = None


class LayerSpec(_Strict):
    """What is known about a public layer.

    kind : what its features are; "raster" for a grid
    feature : what one feature (or the value of a cell) is
    key : the field that identifies a feature from one edition to the next
    crs : as published, or as corrected where the label is known to be wrong (see ``traps``)
    redistribute : whether a map or report that carries the layer may be passed on
    vintage, update : the date of the content, and how often it changes
    grain : the finest thing that it can tell apart (parcel, block group, county, 30 m cell)
    criteria : what it is good for
    confidence : in this description; verified : date of the last look at the service, or "never"
    """

    id: str
    title: str
    publisher: str
    kind: Literal["point", "line", "polygon", "raster"]
    theme: Literal[
        "air", "hazard", "industry", "land", "people", "power", "terrain", "transport", "water", "zoning"
    ]  # fmt: skip
    feature: str
    service: Service | None = None
    fields: Annotated[tuple[LayerField, ...], Field(strict=False)] = ()
    key: str | None = None
    crs: str | None = None
    licence: str
    attribution: str
    redistribute: Literal["yes", "attribution", "share-alike", "no"]
    vintage: str
    update: str = "unknown"
    coverage: Coverage
    grain: str
    traps: Texts = ()
    alternatives: Texts = ()
    criteria: Texts = ()
    confidence: Literal["high", "medium", "low"]
    verified: str = "never"
    synthetic: bool = False

    def field(self, name: str) -> LayerField | None:
        """What is known about a field, or None."""
        return next((item for item in self.fields if item.name == name), None)

    @property
    def nulls(self) -> dict[str, tuple[str | int | float, ...]]:
        """The sentinels of the fields that have some."""
        return {item.name: item.null for item in self.fields if item.null}

    @property
    def units(self) -> dict[str, str]:
        """The units of the fields that have one."""
        return {item.name: item.unit for item in self.fields if item.unit}


@dataclass(frozen=True)
class Catalogue:
    """All layers that are described, read one by one when they are asked for.

    files : id -> the YAML file
    """

    files: Mapping[str, Path]
    _read: dict[str, LayerSpec] = field(default_factory=dict, compare=False, repr=False)

    def __contains__(self, item: object) -> bool:
        return item in self.files

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self.files))

    def __len__(self) -> int:
        return len(self.files)

    def find(self, layer_id: str) -> LayerSpec:
        """What is known about a layer, or a refusal that names the nearest id."""
        if layer_id not in self.files:
            raise CatalogueError(
                f"The catalogue has no layer {layer_id!r}.{did_you_mean(layer_id, self.files)} "
                "Name a layer of the catalogue, or a file by its path with its extension."
            )
        if layer_id not in self._read:
            self._read[layer_id] = _read_spec(layer_id, self.files[layer_id])
        return self._read[layer_id]

    def specs(self) -> tuple[LayerSpec, ...]:
        """Every layer, by id."""
        return tuple(self.find(layer_id) for layer_id in self)


def catalogue(extra: Path | None = None) -> Catalogue:
    """The catalogue of the package, with a user's own folder of YAML files put over it.

    >>> "sample/parcels" in catalogue()
    True
    """
    files = _yaml_files(catalogue_folder())
    if extra is not None:
        if not extra.is_dir():
            raise CatalogueError(f"The catalogue folder {str(extra)!r} does not exist. Name a folder of YAML files.")
        files |= _yaml_files(extra)
    return Catalogue(files)


def catalogue_folder() -> Path:
    """The folder of the catalogue: inside an installed package, beside it in a source tree."""
    package = Path(__file__).parent
    for folder in (package / "_layers", package.parent / "layers"):
        if folder.is_dir():
            return folder
    raise CatalogueError("The catalogue of layers is missing from this installation. Install siting again.")


@dataclass(frozen=True, kw_only=True)
class DataEntry:
    """One row of a data folder's table.

    layer : the layer inside a file that has several; crs : the CRS that the file should have had
    """

    id: str
    file: str
    layer: str | None = None
    crs: str | None = None


@dataclass(frozen=True)
class DataFolder:
    """A folder of files and the table that says which file is which layer."""

    path: Path
    table: Path

    @cached_property
    def entries(self) -> Mapping[str, DataEntry]:
        """The rows of the table by id."""
        with self.table.open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream)
            missing = {"id", "file"} - set(reader.fieldnames or ())
            if missing:
                raise CatalogueError(
                    f"The table {self.table.name!r} of the data folder has no column {named(sorted(missing))}. "
                    "It needs the columns id and file, and may have layer and crs."
                )
            rows = [{key: (value or "").strip() for key, value in row.items() if key} for row in reader]
        twice = sorted({row["id"] for row in rows if sum(other["id"] == row["id"] for other in rows) > 1})
        if twice:
            raise CatalogueError(
                f"The table {self.table.name!r} of the data folder names {named(twice)} more than once. "
                "Keep one row each."
            )
        return {
            row["id"]: DataEntry(
                id=row["id"], file=row["file"], layer=row.get("layer") or None, crs=row.get("crs") or None
            )
            for row in rows
        }

    def file(self, layer_id: str) -> Path:
        """The file of a layer, or a refusal that says where it was looked for."""
        return self.path / self.entry(layer_id).file

    def entry(self, layer_id: str) -> DataEntry:
        """The row of a layer whose file exists."""
        found = self.entries.get(layer_id)
        if found is None:
            raise CatalogueError(
                f"The data folder {self.path.name!r} has no file for the layer {layer_id!r}: its table "
                f"{self.table.name!r} does not name it.{did_you_mean(layer_id, self.entries)} "
                "Add a row with its id and file, or name the file by its path in the study."
            )
        if not (self.path / found.file).is_file():
            raise CatalogueError(
                f"The file {found.file!r} of the layer {layer_id!r} is not in the data folder {self.path.name!r} "
                f"(table {self.table.name!r}). Put it there, or name another folder with --data."
            )
        return found


def data_folder(path: Path | None = None) -> DataFolder | None:
    """The data folder that is named, else the one of the environment variable SITING_DATA, else None.

    Its table is its own ``layers.csv``, else the table that comes with the package.
    """
    if path is None:
        named_path = os.environ.get(DATA_VARIABLE, "")
        if not named_path:
            return None
        path = Path(named_path)
    if not path.is_dir():
        raise CatalogueError(
            f"The data folder {str(path)!r} does not exist. Name a folder with --data or in {DATA_VARIABLE}."
        )
    own = path / "layers.csv"
    return DataFolder(path, own if own.is_file() else Path(__file__).parent / "studies" / "data.csv")


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a source in a study turned out to be.

    source : as the study says (an id of the catalogue, or a path)
    path : the file; name : its path without anything of this machine, for records
    spec : what the catalogue knows; None for a plain file
    layer, crs : the layer inside the file and the corrected CRS, from the data folder's table
    """

    source: str
    path: Path
    name: str
    spec: LayerSpec | None = None
    layer: str | None = None
    crs: str | None = None


@dataclass(frozen=True, kw_only=True)
class Finder:
    """Finds the sources that a study names: ids of the catalogue, or paths relative to the study.

    base : the folder of the study
    data : where the files of catalogue ids lie; None: nowhere
    """

    catalogue: Catalogue
    base: Path
    data: DataFolder | None = None

    def find(self, source: str) -> Found:
        """The file of a source and what is known about it; touches no more than the file's name."""
        if source in self.catalogue:
            return self._from_catalogue(source)
        path = self.base / source
        if path.is_file():
            return Found(source=source, path=path, name=Path(source).as_posix())
        if Path(source).suffix and not source.startswith("sample/"):
            raise CatalogueError(
                f"There is no file {source!r} in the folder of the study, and the catalogue has no layer of that name."
                f"{did_you_mean(source, self.catalogue)} Write the path relative to the study file, or a catalogue id."
            )
        return self._from_catalogue(source)

    def table(self, source: str) -> Path:
        """A small table (a crosswalk): relative to the study, else in the catalogue's folder."""
        for folder in (self.base, catalogue_folder()):
            if (folder / source).is_file():
                return folder / source
        raise CatalogueError(
            f"There is no table {source!r} in the folder of the study or in the catalogue. "
            "Write its path relative to the study file."
        )

    def _from_catalogue(self, layer_id: str) -> Found:
        spec = self.catalogue.find(layer_id)
        if self.data is None:
            raise CatalogueError(
                f"The layer {layer_id!r} ({spec.title}) needs a file, and no data folder is named. "
                f"Name the folder that holds it with --data or in {DATA_VARIABLE}."
            )
        entry = self.data.entry(layer_id)
        return Found(
            source=layer_id,
            path=self.data.path / entry.file,
            name=Path(entry.file).as_posix(),
            spec=spec,
            layer=entry.layer,
            crs=entry.crs,
        )


def _yaml_files(folder: Path) -> dict[str, Path]:
    """Ids and files of a catalogue folder; files of the folder "sample" have ids with a prefix."""
    files: dict[str, Path] = {}
    for path in sorted(folder.rglob("*.yaml")):
        layer_id = f"sample/{path.stem}" if path.parent.name == "sample" else path.stem
        if layer_id in files:
            raise CatalogueError(
                f"Two files of the catalogue describe {layer_id!r}: {_inside(files[layer_id], folder)!r} and "
                f"{_inside(path, folder)!r}. Give one of them another name."
            )
        files[layer_id] = path
    return files


def _inside(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def _read_spec(layer_id: str, path: Path) -> LayerSpec:
    """One file of the catalogue as a strict model."""
    where = f"{path.parent.name}/{path.name}"
    try:
        data: Any = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except YAMLError as error:
        problem = " ".join(str(error).split())
        raise CatalogueError(f"The catalogue file {where!r} is not valid YAML: {problem}.") from error
    try:
        spec = LayerSpec.model_validate(data)
    except ValidationError as error:
        raise CatalogueError(f"The catalogue file {where!r} is not right: {_faults(error)}") from error
    if spec.id != layer_id:
        raise CatalogueError(
            f"The catalogue file {where!r} describes {spec.id!r}, but its name says {layer_id!r}. Rename one of them."
        )
    return spec


def _faults(error: ValidationError) -> str:
    """What a model refused, key by key."""
    faults = []
    for item in error.errors(include_url=False):
        key = ".".join(str(part) for part in item["loc"])
        if item["type"] == "extra_forbidden":
            known = LayerSpec.model_fields if len(item["loc"]) == 1 else LayerField.model_fields
            faults.append(f"unknown key {key!r}.{did_you_mean(str(item['loc'][-1]), known)}")
        else:
            faults.append(f"{key}: {item['msg']}.")
    return " ".join(faults)
