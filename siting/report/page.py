"""The page: one HTML file without a script, without a request, with the same bytes every time."""

from __future__ import annotations

import html
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from siting import __version__
from siting.export import write_text
from siting.layer.credits import check_open
from siting.ranking import Ranking
from siting.report.content import (
    METHOD,
    best_section,
    counts_of,
    exclusions_section,
    findings_section,
    layers_section,
    summary,
    weights_section,
)
from siting.report.criteria import criterion_cards
from siting.report.drawing import stacked
from siting.report.sites import sites_section
from siting.report.sure import agreement_section, sure_section

if TYPE_CHECKING:
    from jinja2 import Template

__all__ = ["Report", "report_of"]


@dataclass(frozen=True)
class Report:
    """A finished page; shows itself in a notebook."""

    html: str

    def save(self, path: str | Path) -> Path:
        """Write the page to a file; the file's path."""
        write_text(Path(path), self.html)
        return Path(path)

    def _repr_html_(self) -> str:
        frame = 'sandbox="" style="width: 100%; height: 700px; border: 1px solid #c9ced6; background: #fff"'
        return f'<iframe title="Report" srcdoc="{html.escape(self.html)}" {frame}></iframe>'


def report_of(ranking: Ranking) -> Report:
    """The report of a ranking: what it found, why, and how sure it is.

    Every text of the study, the layers and the parcels is escaped; only what a run writes anyway is in it. Raises
    StudyError for parcels that may not be passed on.
    """
    check_open(ranking.quality.provenance, "report")
    counts, read = counts_of(ranking)
    study = ranking.study
    marks = ["SYNTHETIC"] if ranking.synthetic else []
    marks += [study.marking] if study.marking not in ("", *marks) else []
    before = [best_section(ranking), sites_section(ranking), sure_section(ranking), agreement_section(ranking)]
    before.append(exclusions_section(ranking))
    text = _template().render(
        title=study.title or "A ranking of land",
        marks=marks,
        scenario=study.scenario_name,
        notes=ranking.notes,
        read=read,
        counts=counts,
        counts_bar=stacked(counts, "What became of the records"),
        before=[section for section in before if section is not None],
        cards=criterion_cards(ranking),
        after=[weights_section(ranking), findings_section(ranking), layers_section(ranking)],
        summary=summary(ranking),
        method=METHOD,
        version=__version__,
        seed=study.seed,
        crs=study.crs,
        style=Markup(_text("report.css")),
    )
    return Report("\n".join(line.rstrip() for line in text.split("\n") if line.strip()) + "\n")


@cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(_text("report.html.jinja"))


def _text(name: str) -> str:
    return (files("siting.report") / "web" / name).read_text(encoding="utf-8")
