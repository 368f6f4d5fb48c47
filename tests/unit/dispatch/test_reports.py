"""Reports of incidents: every figure equals one that is computed here from what was put into the journal."""

import random
from collections import Counter

import pytest

from data.clock import SECOND
from data.entry import draft
from data.journal import Journal
from data.reports import Period
from data.vocabulary import handover as h
from data.vocabulary import incidents as i
from dispatch.incidents import reports
from dispatch.incidents.projection import INCIDENTS

T0 = 1_795_490_000 * SECOND
DISTRICTS = (("32.14.01", "Purwakarta"), ("32.14.04", "Plered"), (None, None))


class Told:
    """One incident as the generator meant it. Seconds from its opening; None: never."""

    def __init__(self, n, chance):
        self.n, self.id, self.opened = n, f"i{n}", T0 + n * 977 * SECOND
        self.by_call = chance.random() < 0.8
        self.call = f"call/pbx/{n}" if self.by_call else None
        self.afterwards = self.by_call and chance.random() < 0.2
        self.district, self.district_name = chance.choice(DISTRICTS)
        self.type, self.priority = chance.choice((("house_fire", 1), ("flood", 2), (None, None)))
        self.placed = chance.choice((10, 25.5, 60))
        self.status = chance.choice(("active", "closed", "merged"))
        self.result = chance.choice(("done", "false_report"))
        self.handovers = [
            {
                "agency": chance.choice(("damkar-mako", "psc-119", "polres")),
                "sent": chance.choice((30, 40, 55)) + k,
                "end": chance.choice(("acknowledged", "acknowledged", "refused", "withdrawn", "unanswered")),
                "after": chance.choice((5, 29.999999, 30, 60, 60.000001, 200)),
                "late": chance.random() < 0.2,
            }
            for k in range(chance.choice((0, 1, 1, 2, 3)))
        ]
        self.answered = -20 if self.by_call and chance.random() < 0.9 else None

    def at(self, seconds):
        return self.opened + round(seconds * SECOND)

    def drafts(self):
        return sorted(self.unordered(), key=lambda d: d.at)

    def unordered(self):
        stream = f"incident/{self.id}"
        origin = "call" if self.by_call else "radio"
        began = self.at(-900) if self.afterwards else None
        body = i.IncidentOpened(number=self.n, origin=origin, call=self.call, began_at=began)
        yield draft(stream, body, at=self.at(0))
        where = {"district": self.district_name, "district_code": self.district}
        yield draft(stream, i.IncidentPlaceSet(name="x", **where), at=self.at(self.placed))
        if self.type:
            yield draft(stream, i.IncidentTypeSet(type=self.type, priority=self.priority), at=self.at(20))
        for k, one in enumerate(self.handovers):
            id = f"h{k}"
            yield draft(
                stream, h.HandoverSent(handover=id, agency=one["agency"], role="primary"), at=self.at(one["sent"])
            )
            end = self.at(one["sent"] + one["after"])
            if one["late"]:
                yield draft(stream, h.HandoverOverdue(handover=id, what="acknowledgement", limit_s=60), at=end - 1)
            if one["end"] == "acknowledged":
                yield draft(stream, h.HandoverAcknowledged(handover=id), at=end)
                yield draft(stream, h.HandoverEnRoute(handover=id), at=end + 90 * SECOND)
            elif one["end"] == "refused":
                yield draft(stream, h.HandoverRefused(handover=id), at=end)
            elif one["end"] == "withdrawn":
                yield draft(stream, h.HandoverStoodDown(handover=id), at=end)
        if self.status == "closed":
            yield draft(stream, i.IncidentClosed(result=self.result), at=self.at(5000))
        elif self.status == "merged":
            yield draft(stream, i.IncidentMerged(into="incident/i0"), at=self.at(5000))


@pytest.fixture
def journal(tmp_path):
    with Journal(tmp_path / "d", [INCIDENTS]) as opened:
        yield opened


def filled(journal, seed, count=60):
    chance = random.Random(seed)
    told = [Told(n, chance) for n in range(1, count + 1)]
    journal.append([d for one in told for d in one.drafts()])
    answered = {one.call: one.at(one.answered) for one in told if one.answered is not None}
    return told, answered


def rank(values, p):
    for value in sorted(values):
        if sum(w <= value for w in values) / len(values) >= p / 100 - 1e-12:
            return round(value, 3)
    return None


def share(part, whole):
    return round(100 * part / whole, 2) if whole else None


def rows_of(report, table):
    found = report.table(table)
    return [dict(zip((c.name for c in found.columns), row, strict=True)) for row in found.rows]


def check_handovers(row, sent):
    times = [one["after"] for one in sent if one["end"] == "acknowledged"]
    assert (row["sent"], row["acknowledged"], row["timed"]) == (len(sent), len(times), len(times))
    ends = Counter(one["end"] for one in sent)
    for end in ("refused", "withdrawn", "unanswered"):
        assert row[end] == ends[end], end
    assert row["reported_late"] == sum(one["late"] for one in sent)
    for limit in (30, 60, 120):
        assert row[f"within_{limit}_s"] == share(len([t for t in times if t <= limit]), len(times))
    for p in (50, 90, 95, 99):
        assert row[f"p{p}_s"] == rank(times, p)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_handover_equals_what_was_told(journal, seed):
    told, answered = filled(journal, seed)
    report = reports.handover(journal, Period(), answered, {"polres": "Polres Purwakarta"}.get)
    sent = [one for incident in told for one in incident.handovers]
    check_handovers(rows_of(report, "handovers")[0], sent)
    by_agency = {row["agency"]: row for row in rows_of(report, "by_agency")}
    assert by_agency["polres"]["name"] == "Polres Purwakarta"
    for agency in {one["agency"] for one in sent}:
        check_handovers(by_agency[agency], [one for one in sent if one["agency"] == agency])
    for row in rows_of(report, "by_priority"):
        wanted = {"priority_1": 1, "priority_2": 2, "priority_none": None}[row["priority"]]
        check_handovers(row, [one for incident in told if incident.priority == wanted for one in incident.handovers])


@pytest.mark.parametrize("seed", [4, 5])
def test_steps_run_from_the_answer_and_only_for_incidents_by_call(journal, seed):
    told, answered = filled(journal, seed)
    report = reports.handover(journal, Period(), answered)
    by_call = [one for one in told if one.by_call and not one.afterwards]
    steps = {row["step"]: row for row in rows_of(report, "steps")}

    def first(one, what):
        acknowledged = [x["sent"] + x["after"] for x in one.handovers if x["end"] == "acknowledged"]
        return {
            "placed": one.placed,
            "sent": min((x["sent"] for x in one.handovers), default=None),
            "acknowledged": min(acknowledged, default=None),
            "en_route": min((a + 90 for a in acknowledged), default=None),
        }[what]

    for what in ("sent", "placed", "en_route"):
        times = [first(one, what) + 20 for one in by_call if one.answered and first(one, what) is not None]
        row = steps[f"step_{what}"]
        assert (row["incidents"], row["timed"]) == (len(by_call), len(times)), what
        assert row["within_60_s"] == share(sum(t <= 60 for t in times), len(times))
        assert row["p90_s"] == rank(times, 90)
    others = [n.params["incidents"] for n in report.notes if n.code == "not_by_call"]
    assert others == [len(told) - len(by_call)]


def test_steps_equal_independent_sql(journal):
    _, answered = filled(journal, 6)
    row = next(r for r in rows_of(reports.handover(journal, Period(), answered), "steps") if r["step"] == "step_sent")
    times = []
    for stream, body in journal.execute(
        "SELECT stream, json_extract(body, '$.call') FROM journal"
        " WHERE version = 1 AND json_extract(body, '$.began_at') IS NULL"
    ):
        (sent,) = journal.execute(
            "SELECT min(at) FROM journal WHERE kind = 'handover.sent' AND stream = ?", (stream,)
        ).fetchone()
        if body in answered and sent:
            times.append((sent - answered[body]) / SECOND)
    assert row["timed"] == len(times) > 10 and row["p50_s"] == rank(times, 50)


def test_follow_up_shows_what_nobody_has_taken(journal):
    told, answered = filled(journal, 7)
    count = Counter()
    for one in told:
        if one.status != "active":
            count[one.status] += 1
        elif not one.handovers:
            count["never_sent"] += 1
        else:
            taken = any(x["end"] == "acknowledged" for x in one.handovers)
            count["open_acknowledged" if taken else "open_unacknowledged"] += 1
    report = reports.handover(journal, Period(), answered)
    assert {row["stands"]: row["incidents"] for row in rows_of(report, "follow_up")} == {
        name: count[name] for name in ("closed", "merged", "open_acknowledged", "open_unacknowledged", "never_sent")
    }


@pytest.mark.parametrize("seed", [8, 9])
def test_areas_equal_what_was_told(journal, seed):
    told, _ = filled(journal, seed)
    counted = [one for one in told if one.status != "merged"]
    report = reports.areas(journal, Period(), {"house_fire": "Kebakaran rumah", "flood": "Banjir"}.get)
    districts = {row["district_code"]: row for row in rows_of(report, "districts")}
    for code, name in DISTRICTS:
        mine = [one for one in counted if one.district == code]
        row = districts[code]
        assert (row["incidents"], row["district"]) == (len(mine), name)
        assert row["percent"] == share(len(mine), len(counted))
        assert [row[f"priority_{p}"] for p in (1, 2, "none")] == [
            sum(one.priority == p for one in mine) for p in (1, 2, None)
        ]
        assert row["open"] == sum(one.status == "active" for one in mine)
        assert row["false_report"] == sum(one.status == "closed" and one.result == "false_report" for one in mine)
    types = {row["type"]: (row["name"], row["incidents"]) for row in rows_of(report, "types")}
    assert types["flood"] == ("Banjir", sum(one.type == "flood" for one in counted))
    params = {note.code: note.params for note in report.notes}
    assert params["merged"] == {"incidents": len(told) - len(counted)}
    assert params["nowhere"] == {"incidents": sum(one.district is None for one in counted)}


def test_a_period_takes_what_was_opened_or_sent_in_it(journal):
    told, answered = filled(journal, 10)
    since, until = told[10].opened, told[20].opened
    inside = [one for one in told if since <= one.opened < until]
    report = reports.handover(journal, Period(since, until), answered)
    assert sum(row["incidents"] for row in rows_of(report, "follow_up")) == len(inside) == 10
    assert rows_of(report, "handovers")[0]["sent"] == sum(
        since <= one.at(x["sent"]) < until for one in told for x in one.handovers
    )


def test_an_empty_period_says_so(journal):
    report = reports.handover(journal, Period(), {})
    assert report.notes[0].code == "empty" and rows_of(report, "handovers")[0]["p90_s"] is None
    assert reports.areas(journal, Period()).notes[0].code == "empty"
