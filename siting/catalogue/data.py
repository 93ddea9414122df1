"""Where the files of layers lie on this machine: a data folder with its table, and the finder of a study's sources.

A data folder maps ids to local files through a table ``layers.csv`` (columns id, file, layer, crs) in it, or
through the table that comes with the package.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from siting.catalogue.folder import Catalogue, catalogue_folder, read_spec
from siting.catalogue.spec import LayerSpec
from siting.errors import CatalogueError, did_you_mean, named
from siting.sources.remote import local_copy, url_of

__all__ = ["DATA_VARIABLE", "DataEntry", "DataFolder", "Fetched", "Finder", "Found", "data_folder"]

DATA_VARIABLE = "SITING_DATA"  #: environment variable that names the data folder


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
        return self.located(self.entry(layer_id))[0]

    def entry(self, layer_id: str) -> DataEntry:
        """The row of a layer whose file exists."""
        found = self.entries.get(layer_id)
        if found is None:
            raise self.lacks(layer_id)
        if not self.has(found):
            raise CatalogueError(
                f"The file {found.file!r} of the layer {layer_id!r} is not in the data folder {self.path.name!r} "
                f"(table {self.table.name!r}). Put it there, or name another folder with --data."
            )
        return found

    def has(self, entry: DataEntry) -> bool:
        """Whether the file of a row is there."""
        return (self.path / entry.file).is_file()

    def located(self, entry: DataEntry) -> tuple[Path, Mapping[str, Any] | None]:
        """The file of a row, and the record of how it came where it lay elsewhere."""
        return self.path / entry.file, None

    def lacks(self, layer_id: str) -> CatalogueError:
        """The refusal of a layer that the table does not name."""
        return CatalogueError(
            f"The data folder {self.path.name!r} has no file for the layer {layer_id!r}: its table "
            f"{self.table.name!r} does not name it.{did_you_mean(layer_id, self.entries)} "
            "Add a row with its id and file, or name the file by its path in the study."
        )


def data_folder(path: Path | None = None) -> DataFolder | None:
    """The data folder that is named, else the one of the environment variable SITING_DATA, else None.

    Its table is its own ``layers.csv``, else the table that comes with the package. It may be an address
    (s3://bucket/folder).
    """
    if path is None:
        named_path = os.environ.get(DATA_VARIABLE, "")
        if not named_path:
            return None
        path = Path(named_path)
    url = url_of(path)
    if url is not None:
        from siting.catalogue.urls import url_folder

        return url_folder(url)
    if not path.is_dir():
        raise CatalogueError(
            f"The data folder {str(path)!r} does not exist. Name a folder with --data or in {DATA_VARIABLE}."
        )
    own = path / "layers.csv"
    return DataFolder(path, own if own.is_file() else Path(__file__).parents[1] / "studies" / "data.csv")


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """A layer that a connector brought home.

    path : the file in the cache; name : what records call it
    record : where it came from, for the manifest: url, time, counts, ETag ...
    """

    path: Path
    name: str
    layer: str | None = None
    crs: str | None = None
    record: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a source in a study turned out to be.

    source : as the study says (an id of the catalogue, or a path)
    path : the file; name : its path without anything of this machine, for records
    spec : what the catalogue knows; None for a plain file
    layer, crs : the layer inside the file and the corrected CRS, from the data folder's table
    fetched : the record of the connector that brought it, or of the object that it is a copy of; None for a file
        that lay here
    """

    source: str
    path: Path
    name: str
    spec: LayerSpec | None = None
    layer: str | None = None
    crs: str | None = None
    fetched: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Finder:
    """Finds the sources that a study names: ids of the catalogue, paths relative to the study, or addresses.

    A catalogue id is looked for in the data folder, then beside the catalogue file (a service that is a relative
    path), then among what connectors have fetched. A path that ends in ".yaml" is a catalogue file of the study's own.

    base : the folder of the study
    data : where the files of catalogue ids lie; None: nowhere
    fetched : what connectors have brought home, by id
    """

    catalogue: Catalogue
    base: Path
    data: DataFolder | None = None
    fetched: Mapping[str, Fetched] = field(default_factory=dict)

    def find(self, source: str) -> Found:
        """The file of a source and what is known about it; touches no more than the file's name."""
        from siting.catalogue.urls import found_at

        spec = self.spec(source)
        if spec is not None:
            return self._from_catalogue(source, spec)
        url = url_of(source)
        if url is not None:
            return found_at(source, url)
        path = self.base / source
        if path.is_file():
            return Found(source=source, path=path, name=Path(source).as_posix())
        if Path(source).suffix and not source.startswith("sample/"):
            raise CatalogueError(
                f"There is no file {source!r} in the folder of the study, and the catalogue has no layer of that name."
                f"{did_you_mean(source, self.catalogue)} Write the path relative to the study file, or a catalogue id."
            )
        return self._from_catalogue(source, self.catalogue.find(source))

    def spec(self, source: str) -> LayerSpec | None:
        """What is known about a source, whether or not its file is here; None for a plain file."""
        if source in self.catalogue:
            return self.catalogue.find(source)
        path = self.base / source
        if path.suffix.lower() in (".yaml", ".yml") and path.is_file():
            return read_spec(path)
        return None

    def table(self, source: str) -> Path:
        """A small table (a crosswalk): at its address, relative to the study, else in the catalogue's folder."""
        url = url_of(source)
        if url is not None:
            return local_copy(url).path
        for folder in (self.base, catalogue_folder()):
            if (folder / source).is_file():
                return folder / source
        raise CatalogueError(
            f"There is no table {source!r} in the folder of the study or in the catalogue. "
            "Write its path relative to the study file."
        )

    def _from_catalogue(self, source: str, spec: LayerSpec) -> Found:
        if spec.recipe is not None:
            raise CatalogueError(
                f"The layer {spec.id!r} ({spec.title}) is made from others ({spec.recipe.what}) and has no file of its "
                "own. Use it under layers: of a study, or name a layer that has a file."
            )
        entries = self.data.entries if self.data else {}
        if self.data is not None and spec.id in entries:
            entry = self.data.entry(spec.id)
            (path, record), name = self.data.located(entry), Path(entry.file).as_posix()
            return Found(
                source=source, path=path, name=name, spec=spec, layer=entry.layer, crs=entry.crs, fetched=record
            )
        beside = self._beside(source, spec)
        if beside is not None:
            return beside
        if spec.id in self.fetched:
            got = self.fetched[spec.id]
            return Found(
                source=source, path=got.path, name=got.name, spec=spec, layer=got.layer, crs=got.crs, fetched=got.record
            )
        if self.data is None:
            raise CatalogueError(
                f"The layer {spec.id!r} ({spec.title}) needs a file, and no data folder is named. "
                f"Name the folder that holds it with --data or in {DATA_VARIABLE}{_or_fetch(spec)}."
            )
        raise self.data.lacks(spec.id)

    def _beside(self, source: str, spec: LayerSpec) -> Found | None:
        """The file beside a catalogue file, where the description names one."""
        service = spec.service
        if service is None or service.local is None:
            return None
        home = self.catalogue.files[source].parent if source in self.catalogue else (self.base / source).parent
        path = home / service.local
        if not path.is_file():
            raise CatalogueError(
                f"The layer {spec.id!r} has its file {service.local!r} beside its catalogue file, where it is not. "
                "Put it there, or correct url: under service:."
            )
        return Found(
            source=source,
            path=path,
            name=Path(service.local).as_posix(),
            spec=spec,
            layer=service.layer,
            crs=service.srs,
        )


def _or_fetch(spec: LayerSpec) -> str:
    """The other way to a file, where a connector can fetch the layer."""
    return f", or fetch it: siting layers fetch {spec.id}" if any(item.connected for item in spec.services) else ""
