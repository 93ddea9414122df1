"""The catalogue: all layers that are described, one small YAML file each.

``layers/<theme>/<id>.yaml`` describes ``<id>``; ``layers/sample/<name>.yaml`` describes ``sample/<name>``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from siting.catalogue.spec import LayerSpec
from siting.errors import CatalogueError, did_you_mean

__all__ = ["LAYERS_VARIABLE", "Catalogue", "catalogue", "catalogue_folder", "read_spec", "shipped_files"]

LAYERS_VARIABLE = "SITING_LAYERS"  #: environment variable that names a user's own catalogue folder


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
            self._read[layer_id] = read_spec(self.files[layer_id], layer_id)
        return self._read[layer_id]

    def specs(self) -> tuple[LayerSpec, ...]:
        """Every layer, by id."""
        return tuple(self.find(layer_id) for layer_id in self)


def catalogue(extra: Path | None = None) -> Catalogue:
    """The catalogue of the package, with a user's own folder of YAML files put over it.

    extra : the user's folder; by default what the environment variable SITING_LAYERS names

    >>> "sample/parcels" in catalogue()
    True
    """
    if extra is None and os.environ.get(LAYERS_VARIABLE):
        extra = Path(os.environ[LAYERS_VARIABLE])
    files = dict(shipped_files())
    if extra is not None:
        if not extra.is_dir():
            raise CatalogueError(
                f"The catalogue folder {str(extra)!r} does not exist. Name a folder of YAML files with --catalogue or "
                f"in {LAYERS_VARIABLE}."
            )
        files |= _yaml_files(extra)
    return Catalogue(files)


def shipped_files() -> Mapping[str, Path]:
    """Ids and files of the catalogue of the package, without any folder of a user."""
    return _yaml_files(catalogue_folder())


def catalogue_folder() -> Path:
    """The folder of the catalogue: inside an installed package, beside it in a source tree."""
    package = Path(__file__).parents[1]
    for folder in (package / "_layers", package.parent / "layers"):
        if folder.is_dir():
            return folder
    raise CatalogueError("The catalogue of layers is missing from this installation. Install siting again.")


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


def read_spec(path: Path, layer_id: str | None = None) -> LayerSpec:
    """One file of the catalogue as a strict model.

    layer_id : the id that its place in the catalogue says; without it, the file's own name
    """
    where, expected = f"{path.parent.name}/{path.name}", layer_id or path.stem
    try:
        data: Any = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except (YAMLError, UnicodeDecodeError) as error:
        problem = " ".join(str(error).split())
        raise CatalogueError(f"The catalogue file {where!r} is not valid YAML: {problem}.") from error
    try:
        spec = LayerSpec.model_validate(data)
    except ValidationError as error:
        raise CatalogueError(f"The catalogue file {where!r} is not right: {_faults(error)}") from error
    except CatalogueError as error:
        raise CatalogueError(f"The catalogue file {where!r} is not right: {error}") from error
    if spec.id != expected:
        raise CatalogueError(
            f"The catalogue file {where!r} describes {spec.id!r}, but its name says {expected!r}. Rename one of them."
        )
    return spec


def _faults(error: ValidationError) -> str:
    """What a model refused, key by key."""
    faults = []
    for item in error.errors(include_url=False):
        key = ".".join(str(part) for part in item["loc"])
        if item["type"] == "extra_forbidden":
            faults.append(f"unknown key {key!r}.{did_you_mean(str(item['loc'][-1]), _known_keys(item['loc']))}")
        else:
            faults.append(f"{key}: {item['msg']}.")
    return " ".join(faults)


def _known_keys(place: tuple[int | str, ...]) -> tuple[str, ...]:
    """The keys that a model knows at a place of a file: those beside the one that was refused."""
    model: type[BaseModel] = LayerSpec
    for step in place[:-1]:
        found = _model_of(model.model_fields[step].annotation) if step in model.model_fields else None
        model = found or model
    return tuple(model.model_fields)


def _model_of(annotation: Any) -> type[BaseModel] | None:
    """The model inside a type such as ``tuple[LayerField, ...] | None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model_of(inner) for inner in get_args(annotation))
    return next(filter(None, found), None)
