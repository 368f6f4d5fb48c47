"""The composition root: the one place that knows all the parts and puts them together."""

from __future__ import annotations

from pathlib import Path

from data.administration import ADMINISTRATION
from data.errors import SiagaError
from data.export.journal_set import JOURNAL_SET
from data.export.sets import ExportSet
from data.journal import LOCK_TIMEOUT_S, Journal
from data.projection import Database, Projection

REGIONS = Path(__file__).parents[1] / "data" / "regions"
"""The region packs that ship."""


def projections() -> list[Projection]:
    """Every derived table of every domain; the journal refuses kinds that none of them handles."""
    from dispatch.incidents.projection import INCIDENTS  # noqa: PLC0415 - keeps `siaga112 --help` quick
    from dispatch.units.projection import UNITS  # noqa: PLC0415
    from telephony.callbacks.projection import CALLBACKS  # noqa: PLC0415
    from telephony.calls.projection import CALLS  # noqa: PLC0415
    from telephony.nuisance.area_alerts import AREA_ALERTS  # noqa: PLC0415
    from telephony.nuisance.projection import NUISANCE  # noqa: PLC0415
    from telephony.reconciliation.projection import RECONCILIATION  # noqa: PLC0415
    from telephony.recordings.projection import RECORDINGS  # noqa: PLC0415
    from telephony.supervision.projection import SUPERVISIONS  # noqa: PLC0415

    return [
        ADMINISTRATION, CALLS, CALLBACKS, NUISANCE, AREA_ALERTS, INCIDENTS, RECORDINGS, RECONCILIATION, SUPERVISIONS,
        UNITS,
    ]  # fmt: skip


def incidents_of(db: Database, call: str) -> set[str]:
    """The ids of the incidents that a call belongs to, those that were merged too: what a legal hold may name."""
    from dispatch.incidents.queries import of_call  # noqa: PLC0415

    return {row.id for row in of_call(db, call)}


def open_journal(directory: Path, *, create: bool = False, lock_timeout_s: float = LOCK_TIMEOUT_S) -> Journal:
    """The journal of a data directory with all its derived tables."""
    return Journal(directory, projections(), create=create, lock_timeout_s=lock_timeout_s)


def export_sets() -> dict[str, ExportSet]:
    """What ``siaga112 export`` knows, by name."""
    from dispatch.incidents.export import ASSIGNMENTS_SET, INCIDENTS_SET  # noqa: PLC0415
    from telephony.calls.export import CALLS_SET  # noqa: PLC0415

    return {s.name: s for s in (INCIDENTS_SET, CALLS_SET, ASSIGNMENTS_SET, JOURNAL_SET)}


def region_here(region: str | None, directory: Path) -> Path:
    """The folder of the pack ``region``, else of the centre in ``directory``, else (there is none) of the default."""
    from console import configuration  # noqa: PLC0415 - keeps `siaga112 --help` quick

    if region is None:
        file = directory / configuration.FILE
        region = (configuration.load(file).centre if file.exists() else configuration.Centre()).region
    return region_path(region)


def region_path(region: str) -> Path:
    """The folder of a region pack: one that ships, by name, or any folder by its path. Raises SiagaError."""
    shipped = REGIONS / region
    path = shipped if "/" not in region and shipped.is_dir() else Path(region)
    if not path.is_dir():
        names = ", ".join(sorted(p.name for p in REGIONS.iterdir() if p.is_dir()))
        raise SiagaError(
            f"there is no region pack {region!r}", remedy=f"ship with us: {names}; or the path of a folder"
        )
    return path
