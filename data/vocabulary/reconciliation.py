"""What came of holding the journal against an exchange's own records. Stream ``reconcile/<pbx>``."""

from __future__ import annotations

from data.vocabulary.record import Record, record


@record("reconcile.finished")
class ReconcileFinished(Record, frozen=True, kw_only=True):
    """The calls that began in [since, until) (UTC micros) were compared with the exchange's archive, after a gap.

    ``calls``: compared, ``open``: of these still going on, ``recovered``: known from the archive alone, ``uncovered``:
    from before the archive begins. The others count differences by kind (``telephony.reconciliation.compare.KINDS``).
    """

    bridge: str
    since: int
    until: int
    calls: int
    open: int = 0
    recovered: int = 0
    uncovered: int = 0
    missing: int = 0
    unknown: int = 0
    doubled: int = 0
    outcome: int = 0
    operator: int = 0
    time: int = 0
    end: int = 0

    @property
    def differences(self) -> int:
        """How many there are of all kinds."""
        return self.missing + self.unknown + self.doubled + self.outcome + self.operator + self.time + self.end
