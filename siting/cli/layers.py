"""Commands about layers: siting layers list, info, search, check, add, fetch, pack, unpack, index."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from siting.cli.layer_words import found_in, say_checked, say_layer, say_layers
from siting.cli.options import Data, QuietFlag, StudyFile
from siting.cli.terminal import console_of, shown_steps
from siting.errors import CatalogueError, RunError, did_you_mean, named

if TYPE_CHECKING:
    from siting.catalogue import Catalogue, Finder, LayerSpec, Service
    from siting.catalogue.verify import Checked
    from siting.evaluate import Steps
    from siting.layer import Quality
    from siting.parcels import ParcelQuality, Parcels
    from siting.sources.access import Access
    from siting.sources.fetch import Haul
    from siting.study import Study
    from siting.supply import Supply

__all__ = ["COMMANDS", "add", "check", "fetch", "index", "info", "layers_app", "list_", "pack", "search", "unpack"]

layers_app = typer.Typer(no_args_is_help=True, help="Public layers: what is known about them, and bringing them home.")

Own = Annotated[
    Path | None,
    typer.Option("--catalogue", help="Your own folder of catalogue files (or SITING_LAYERS).", metavar="DIR"),
]
Theme = Annotated[str | None, typer.Option("--theme", help="Layers of one theme, such as water.")]
State = Annotated[str | None, typer.Option("--state", help="Layers that say something about a state, such as AZ.")]
Sample = Annotated[bool, typer.Option("--sample", help="Also the layers of the SYNTHETIC sample county.")]
Ids = Annotated[list[str] | None, typer.Argument(help="Ids of the catalogue.", metavar="[ID]...", show_default=False)]
Allow = Annotated[
    list[str] | None, typer.Option("--allow", help="A host of your own network that may be asked.", metavar="HOST")
]
_AT_ONCE = 8
_AROUND_M = 5_000.0  #: land around the parcels for layers that the study does not use


def list_(theme: Theme = None, state: State = None, sample: Sample = False, own: Own = None) -> None:
    """List the layers of the catalogue."""
    say_layers(_chosen(_catalogue(own), theme, state, sample), console_of())


def info(layer: Annotated[str, typer.Argument(metavar="ID", show_default=False)], own: Own = None) -> None:
    """Say everything that is known about a layer."""
    say_layer(_catalogue(own).find(layer), console_of())


def search(
    words: Annotated[list[str], typer.Argument(metavar="WORD...", show_default=False)],
    theme: Theme = None,
    state: State = None,
    sample: Sample = False,
    own: Own = None,
) -> None:
    """Find layers whose description holds all of the words."""
    found = found_in(_chosen(_catalogue(own), theme, state, sample), words)
    if not found:
        raise CatalogueError(
            f"No layer's description holds {named(words)}. Use fewer words, or siting layers list for all of them."
        )
    say_layers(found, console_of())


def check(
    ids: Ids = None,
    out: Annotated[Path | None, typer.Option("--out", help="Table to write: .csv or .md.", metavar="FILE")] = None,
    theme: Theme = None,
    state: State = None,
    own: Own = None,
    allow: Allow = None,
    quiet: QuietFlag = False,
) -> None:
    """Ask services whether they are alive and still as described; all layers without an id."""
    from siting.catalogue.verify import table_csv, table_markdown
    from siting.export import write_text

    known = _catalogue(own)
    chosen = [known.find(item) for item in ids] if ids else _chosen(known, theme, state, sample=False)
    access = _access(allow)
    if access.offline:
        raise RunError(
            "siting layers check asks services, and this run is offline (SITING_OFFLINE). Ask when it is not."
        )
    if out is not None and out.suffix.lower() not in (".csv", ".md"):
        raise RunError(f"The table '{out}' is neither CSV nor Markdown. Name a file that ends in .csv or .md.")
    with shown_steps(quiet) as steps:
        steps.begin(f"Asking the services of {len(chosen):,} layers")
        rows = _checked(chosen, access)
    say_checked(rows, console_of(quiet))
    if out is not None:
        write_text(out, table_csv(rows) if out.suffix.lower() == ".csv" else table_markdown(rows))
        console_of(quiet).print(str(out), markup=False, soft_wrap=True)


def add(
    url: Annotated[str, typer.Argument(help="Address of one layer.", metavar="URL", show_default=False)],
    layer_id: Annotated[str | None, typer.Option("--id", help="Its id; by default from its name.")] = None,
    theme: Annotated[str, typer.Option("--theme", help="Its theme.")] = "land",
    kind: Annotated[
        str | None, typer.Option("--kind", help="point, line, polygon, raster or table, where the service is silent.")
    ] = None,
    collection: Annotated[str | None, typer.Option("--collection", help="The layer of a WFS.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Your folder of catalogue files; else printed.", metavar="DIR")
    ] = None,
    allow: Allow = None,
) -> None:
    """Draft the description of a layer by asking its service; complete it by hand."""
    from siting.catalogue import THEMES
    from siting.catalogue.draft import draft, service_of, yaml_of
    from siting.export import write_text
    from siting.sources.describe import describe

    if theme not in THEMES:
        raise CatalogueError(f"{theme!r} is no theme.{did_you_mean(theme, THEMES)} Themes are {named(THEMES)}.")
    service = service_of(url, collection=collection)
    said = describe(service, access=_access(allow))
    spec = draft(layer_id or _id_of(said.name, service), theme, service, said, title=said.name, kind=kind, day=_today())
    text = yaml_of(spec)
    if out is None:
        typer.echo(text, nl=False)
        return
    path = out / theme / f"{spec.id}.yaml"
    if path.exists():
        raise CatalogueError(f"There is a description of {spec.id!r} already: '{path}'. Give the new one --id.")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, text)
    typer.echo(str(path))
    typer.echo(f"Complete what is 'not stated', then use it with --catalogue {out} or SITING_LAYERS={out}.")


def index(
    out: Annotated[Path | None, typer.Option("--out", help="File to write to; else printed.", metavar="FILE")] = None,
) -> None:
    """Write the index of the shipped catalogue: layers/README.md."""
    from siting.catalogue import Catalogue, shipped_files
    from siting.catalogue.index import index_text
    from siting.export import write_text

    text = index_text(Catalogue(shipped_files()))
    if out is None:
        typer.echo(text, nl=False)
    else:
        write_text(out, text)


def fetch(
    ids: Ids = None,
    area: Annotated[
        Path | None,
        typer.Option("--area", help="Study whose land is fetched, as far as its measures see.", metavar="STUDY"),
    ] = None,
    refresh: Annotated[bool, typer.Option("--refresh", help="Ask anew for what the cache holds.")] = False,
    data: Data = None,
    own: Own = None,
    allow: Allow = None,
    quiet: QuietFlag = False,
) -> None:
    """Bring layers home into the cache: the named ones, or all that a study needs; whole without --area."""
    from siting.supply import Supply

    if area is None and not ids:
        raise RunError("siting layers fetch has neither an id nor a study. Name layers, or --area STUDY, or both.")
    known = _catalogue(own)
    supply = Supply(refresh=refresh)
    with shown_steps(quiet) as steps:
        if area is None:
            haul = _whole(ids or (), known, supply, allow, steps)
        else:
            haul = _for_study(area, ids or (), known, supply, data, steps)
    console_of(quiet).print(str(haul), markup=False, soft_wrap=True)


def pack(
    study: StudyFile,
    out: Annotated[Path, typer.Argument(help="The zip to write.", metavar="OUT.zip", show_default=False)],
    data: Data = None,
    refresh: Annotated[bool, typer.Option("--refresh", help="Ask anew for what the cache holds.")] = False,
    quiet: QuietFlag = False,
) -> None:
    """Bundle everything that a study reads, so that a colleague without a network repeats its run."""
    from siting.catalogue import data_folder
    from siting.pack import pack_study
    from siting.supply import Supply

    with shown_steps(quiet) as steps:
        steps.begin("Bundling the study and what it reads")
        said = pack_study(study, out, data=data_folder(data), supply=Supply(refresh=refresh))
    console = console_of(quiet)
    for why in said["left_out"].values():
        console.print(f"Left out: {why}.", markup=False, soft_wrap=True)
    console.print(f"{out}: {len(said['files']):,} files; {said['run']}", markup=False, soft_wrap=True)


def unpack(
    path: Annotated[Path, typer.Argument(help="What siting layers pack wrote.", metavar="ZIP", show_default=False)],
    folder: Annotated[Path, typer.Argument(help="A new folder for it.", metavar="DIR", show_default=False)],
) -> None:
    """Open a pack: every file is compared with its hash; then run the study without a network."""
    from siting.sources.pack import open_pack

    study = open_pack(path, folder)
    typer.echo(f"siting run {study} --data {folder / 'data'} --offline --out OUT")


def _whole(ids: Sequence[str], known: Catalogue, supply: Supply, allow: Sequence[str] | None, steps: Steps) -> Haul:
    """Whole layers, for no study."""
    from siting.sources.cache import Cache, cache_folder
    from siting.sources.fetch import Need, fetch_layers
    from siting.supply import Telling

    needs = [Need(spec=_fetchable(known, item)) for item in ids]
    steps.begin(f"Fetching {', '.join(ids)}", len(needs))
    return fetch_layers(
        needs, cache=Cache(supply.cache or cache_folder()), access=_access(allow), refresh=supply.refresh,
        hearing=Telling(steps),
        beside={name: path.parent for name, path in known.files.items()},
    )  # fmt: skip


def _for_study(
    path: Path, ids: Sequence[str], known: Catalogue, supply: Supply, data: Path | None, steps: Steps
) -> Haul:
    """The layers of a study, or the named ones, for the land that its measures can see."""
    from siting.catalogue import data_folder
    from siting.crs import study_crs
    from siting.evaluate import finder_of
    from siting.parcels import read_parcels
    from siting.plan import plan_of
    from siting.sources.fetch import Haul, Need
    from siting.study import read_study
    from siting.supply import land_of, layer_needs, parcel_needs

    study = read_study(path)
    finder = replace(finder_of(study, data_folder(data)), catalogue=known)
    steps.begin("Fetching parcels")
    first = supply.haul(study, parcel_needs(study, finder), steps=steps)
    finder = replace(finder, fetched={**finder.fetched, **first.files()})
    steps.begin("Reading parcels")
    read = read_parcels(study.parcels, finder=finder, crs=study_crs(study.crs))
    parcels = read.parcels
    needs = layer_needs(study, plan_of(study), parcels, finder)
    if ids:
        needed = {need.spec.id: need for need in needs}
        around = land_of(parcels, study.crs, _AROUND_M)
        needs = [needed.get(item) or Need(spec=_fetchable(known, item), area=around) for item in ids]
    steps.begin(
        f"Fetching {', '.join(need.spec.id for need in needs) or 'nothing: all of it is here'}", len(needs) or None
    )
    then = supply.haul(study, needs, steps=steps)
    finder = replace(finder, fetched={**finder.fetched, **then.files()})
    mended = _mended(study, parcels, finder) | {item.entry.id: _words(read.quality) for item in first.items}
    items = [
        replace(item, notes=(*item.notes, *filter(None, [mended.get(item.entry.id)])))
        for item in (*first.items, *then.items)
    ]
    return Haul(items=tuple(items), failed={**first.failed, **then.failed})


def _mended(study: Study, parcels: Parcels, finder: Finder) -> dict[str, str]:
    """What is repaired of each layer of a study when it is read; where it cannot be read, siting check says why."""
    from siting.crs import study_crs
    from siting.errors import SitingError
    from siting.evaluate import open_layers
    from siting.plan import plan_of

    try:
        layers = open_layers(
            study, plan_of(study), parcels.shapes.total_bounds, finder=finder, crs=study_crs(study.crs)
        )
    except SitingError:
        return {}
    return {str(study.layers[name].source): _words(layer.quality) for name, layer in layers.items()}


def _words(quality: Quality | ParcelQuality) -> str:
    """How many features are repaired, or dropped, when they are read; "" where none is."""
    counts = {"repaired": quality.repaired, "dropped": quality.dropped}
    said = [f"{count:,} {what}" for what, count in counts.items() if count]
    return f"When read: {', '.join(said)}." if said else ""


def _fetchable(known: Catalogue, layer_id: str) -> LayerSpec:
    """A layer that a connector can bring, or a refusal that says where it is to be had."""
    spec = known.find(layer_id)
    if any(service.connected for service in spec.services):
        return spec
    if spec.recipe is not None:
        raise CatalogueError(
            f"The layer {layer_id!r} is made from others ({spec.recipe.what}). Fetch those: "
            f"siting layers fetch {' '.join(spec.recipe.sources())}."
        )
    where = f"at {spec.service.url}" if spec.service else "nowhere that siting knows"
    instead = f" These may serve instead: {named(spec.instead)}." if spec.instead else ""
    raise CatalogueError(
        f"The layer {layer_id!r} cannot be fetched by siting: it is {where}. Download it, and name its file in the "
        f"table of a data folder.{instead}"
    )


def _catalogue(own: Path | None) -> Catalogue:
    from siting.catalogue import catalogue

    return catalogue(own)


def _chosen(known: Catalogue, theme: str | None, state: str | None, sample: bool) -> list[LayerSpec]:
    """The layers of a theme and of a state; those of the sample county where they are asked for."""
    from siting.catalogue import STATES, THEMES

    if theme is not None and theme not in THEMES:
        raise CatalogueError(f"{theme!r} is no theme.{did_you_mean(theme, THEMES)} Themes are {named(THEMES)}.")
    if state is not None and state not in STATES:
        raise CatalogueError(f"{state!r} is no state.{did_you_mean(state, STATES)} Write a postal code such as AZ.")
    specs = [spec for spec in known.specs() if sample or not spec.synthetic]
    specs = [spec for spec in specs if theme is None or spec.theme == theme]
    return [spec for spec in specs if state is None or spec.lies_in(state)]


def _checked(specs: Sequence[LayerSpec], access: Access) -> list[Checked]:
    """A row for each address of each layer, in the order of the layers; a few are asked at a time."""
    from siting.catalogue.verify import checked, not_asked
    from siting.sources.describe import describe

    def row(spec: LayerSpec, service: Service | None) -> Checked:
        if service is None:
            return not_asked(spec, _today())
        return checked(spec, service, describe(service, access=access), _today())

    asked: list[tuple[LayerSpec, Service | None]] = []
    for spec in specs:
        services = [service for service in spec.services if service.connected]
        asked += [(spec, service) for service in services] or [(spec, None)]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(lambda pair: row(*pair), asked))


def _access(allow: Sequence[str] | None) -> Access:
    from siting.sources.access import Access

    return Access.of_environment(tuple(allow or ()))


def _id_of(name: str, service: Service) -> str:
    """An id from the name of a layer, else from its address."""
    text = name or service.collection or service.url.rstrip("/").rpartition("/")[2].partition(".")[0]
    words = "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in text.lower()).split()
    return "_".join(words) or "layer"


def _today() -> str:
    return datetime.date.today().isoformat()


#: name -> function, in the order of the help
COMMANDS: dict[str, Callable[..., None]] = {
    "list": list_,
    "info": info,
    "search": search,
    "check": check,
    "add": add,
    "fetch": fetch,
    "pack": pack,
    "unpack": unpack,
    "index": index,
}
for _name, _command in COMMANDS.items():
    layers_app.command(name=_name)(_command)
