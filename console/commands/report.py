"""``siaga112 report``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from console import configuration
from console.compose import open_journal, region_path
from console.main import data_option, time_option
from data.clock import now
from data.errors import SiagaError
from data.reports import FORMATS, Period, Report, period, render

if TYPE_CHECKING:
    from data.pack import Pack
    from data.projection import Reader

REPORTS = ("answering", "handover", "nuisance", "areas", "operators")


@click.command()
@click.argument("what", type=click.Choice(REPORTS))
@time_option("--from", "From this date or time (UTC unless it has an offset).")
@time_option("--to", "Before this date or time.")
@click.option("--format", "format_", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("--lang", type=click.Choice(["id", "en"]), help="Language of text and html; else the configuration's.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="File to write; else printed.")
@data_option
def report(
    what: str, since: int | None, until: int | None, format_: str, lang: str | None, output: Path | None,
    data_directory: Path,
) -> None:  # fmt: skip
    """Figures of a period: answering, handover, nuisance, areas, operators.

    Text and html are in the centre's time zone and language; json and csv in UTC and in stable codes.
    """
    from console.report_words import words  # noqa: PLC0415
    from data.export.write import write_whole  # noqa: PLC0415

    wanted = period(since, until)
    with open_journal(data_directory) as journal:
        loaded = _configuration(data_directory)
        centre = configuration.Centre() if loaded is None else loaded.centre
        with journal.snapshot() as view:
            language = "en" if format_ in ("json", "csv") else lang or centre.language
            made = make(view, what, wanted, loaded, language)
    text = render(made, format_, words(language), centre.zone)
    if output is None:
        click.echo(text.encode("utf-8"), nl=False)
    else:
        write_whole(output, text)
        click.echo(f"{what} written to {output}")


def make(view: Reader, what: str, wanted: Period, loaded: configuration.Configuration | None, language: str) -> Report:
    """The report ``what`` (one of REPORTS) on a consistent view of the record; types named in ``language``.

    ``loaded``: the centre's configuration, None where nothing is configured.
    """
    centre = configuration.Centre() if loaded is None else loaded.centre
    from dispatch.incidents import reports as of_incidents  # noqa: PLC0415
    from telephony.calls import reports as of_calls  # noqa: PLC0415
    from telephony.calls.operators_report import operators  # noqa: PLC0415
    from telephony.nuisance.reports import lowered_table  # noqa: PLC0415
    from telephony.nuisance.settings import Nuisance  # noqa: PLC0415

    if what == "answering":
        return of_calls.answering(view, wanted, centre.zone)
    if what == "nuisance":
        settings = Nuisance() if loaded is None else loaded.telephony.nuisance
        made = of_calls.nuisance(view, wanted)
        # How numbers stand at the end of the period, or now.
        table = lowered_table(view, settings, wanted.until if wanted.until is not None else now())
        return msgspec.structs.replace(made, tables=(*made.tables, table))
    if what == "operators":
        return operators(view, wanted)
    pack = _pack(centre)
    if what == "areas":
        types = {} if pack is None else pack.types
        type_name = _namer({code: t.name_en if language == "en" else t.name_id for code, t in types.items()})
        return of_incidents.areas(view, wanted, type_name)
    agency_name = _namer({} if pack is None else {id: agency.name for id, agency in pack.agencies.items()})
    answered = of_calls.answered_at(view, of_incidents.opening_calls(view, wanted).values())
    return of_incidents.handover(view, wanted, answered, agency_name)


def _namer(names: dict[str, str]) -> Callable[[str], str]:
    return lambda code: names.get(code, code)


def _configuration(data_directory: Path) -> configuration.Configuration | None:
    """The configuration; None where nothing is configured (figures need no exchange)."""
    path = data_directory / configuration.FILE
    return configuration.load(path) if path.exists() else None


def _pack(centre: configuration.Centre) -> Pack | None:
    """The region's pack for names; without it the figures stand, under the codes, and a warning says so."""
    from data.pack import load_pack  # noqa: PLC0415

    try:
        return load_pack(region_path(centre.region))
    except SiagaError as error:
        click.echo(f"siaga112: codes are shown instead of names: {error}", err=True)
        return None
