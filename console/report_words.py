"""The words of the reports, in both languages: code -> (English, Indonesian).

A report itself holds codes only (see ``data.reports``); JSON and CSV keep them, text and HTML show these words.
"""

from __future__ import annotations

from data.reports import Words

_TITLES = {
    "answering": ("Answering of 112 calls", "Penjawaban panggilan 112"),
    "handover": ("Hand-over to agencies", "Penyerahan ke instansi"),
    "nuisance": ("Kinds of calls and nuisance", "Jenis panggilan dan gangguan"),
    "areas": ("Incidents by area and type", "Kejadian menurut wilayah dan jenis"),
    "operators": ("Work of operators", "Kerja operator"),
    "table.calls": ("What became of the calls", "Nasib panggilan"),
    "table.answered": ("Answering time (t3-t0)", "Waktu jawab (t3-t0)"),
    "table.targets": ("Targets (calls other than ghost and prank)", "Sasaran (panggilan selain ghost dan prank)"),
    "table.abandoned": ("Abandoned calls, reported apart", "Panggilan tak terjawab, dilaporkan terpisah"),
    "table.hours": ("By hour of the day", "Menurut jam"),
    "table.evidence": ("How the record knows the calls", "Asal catatan panggilan"),
    "table.outcomes": ("Outcomes given by call-takers", "Hasil menurut call-taker"),
    "table.repeats": ("Numbers with more than one nuisance call", "Nomor dengan lebih dari satu panggilan gangguan"),
    "table.lowered": (
        "Numbers that wait at the end, for at most 45 s",
        "Nomor yang antre paling akhir, paling lama 45 d",
    ),
    "table.people": ("People", "Orang"),
    "table.telephones": ("Telephones", "Telepon"),
    "table.handovers": ("All hand-overs (t8-t7)", "Semua penyerahan (t8-t7)"),
    "table.by_priority": ("Hand-overs by priority", "Penyerahan menurut prioritas"),
    "table.by_agency": ("Hand-overs by agency", "Penyerahan menurut instansi"),
    "table.steps": ("From the answer (t3) until", "Sejak dijawab (t3) sampai"),
    "table.follow_up": ("Where the incidents stand", "Keadaan kejadian"),
    "table.districts": ("By district", "Menurut kecamatan"),
    "table.villages": ("By village", "Menurut desa/kelurahan"),
    "table.types": ("By type", "Menurut jenis"),
    "language": ("en", "id"),
    "beginning": ("the beginning", "awal"),
    "now": ("now", "sekarang"),
    "nothing": ("nothing in this period", "tidak ada dalam kurun ini"),
}

_COLUMNS = {
    "fate": ("fate", "nasib"),
    "group": ("calls", "panggilan"),
    "calls": ("calls", "panggilan"),
    "percent": ("percent", "persen"),
    "timed": ("timed", "berwaktu"),
    "within_10_s": ("<= 10 s", "<= 10 d"),
    "within_15_s": ("<= 15 s", "<= 15 d"),
    "within_20_s": ("<= 20 s", "<= 20 d"),
    "within_30_s": ("<= 30 s", "<= 30 d"),
    "within_60_s": ("<= 60 s", "<= 60 d"),
    "within_120_s": ("<= 120 s", "<= 120 d"),
    "within_900_s": ("<= 15 min", "<= 15 mnt"),
    "p50_s": ("p50", "p50"),
    "p90_s": ("p90", "p90"),
    "p95_s": ("p95", "p95"),
    "p99_s": ("p99", "p99"),
    "max_s": ("longest", "terlama"),
    "estimated": ("estimated", "perkiraan"),
    "target": ("target", "sasaran"),
    "limit_s": ("limit (s)", "batas (d)"),
    "wanted": ("wanted", "diminta"),
    "reached": ("reached", "tercapai"),
    "met": ("met", "terpenuhi"),
    "abandoned": ("abandoned", "tak terjawab"),
    "before_limit": ("before limit", "sebelum batas"),
    "after_limit": ("after limit", "sesudah batas"),
    "unknown": ("unknown", "tak diketahui"),
    "never_queued": ("never queued", "tak sempat antre"),
    "hour": ("hour", "jam"),
    "answered": ("answered", "terjawab"),
    "how_known": ("how known", "asal"),
    "outcome": ("outcome", "hasil"),
    "talk_s": ("talk, total", "bicara, jumlah"),
    "talk_p50_s": ("talk p50", "bicara p50"),
    "talk_max_s": ("talk longest", "bicara terlama"),
    "rank": ("rank", "urutan"),
    "until_at": ("until", "sampai"),
    "flagged_by": ("flagged by", "ditandai oleh"),
    "score": ("score", "skor"),
    "number": ("number", "nomor"),
    "emergencies": ("emergencies", "darurat"),
    "first_at": ("first", "pertama"),
    "last_at": ("last", "terakhir"),
    "person": ("person", "orang"),
    "telephone": ("telephone", "telepon"),
    "offered": ("offered", "ditawarkan"),
    "missed": ("missed", "terlewat"),
    "pickup_p50_s": ("pick-up p50", "angkat p50"),
    "pickup_p90_s": ("pick-up p90", "angkat p90"),
    "first_answers": ("answered first", "jawab pertama"),
    "talks": ("talks", "percakapan"),
    "sent": ("sent", "dikirim"),
    "acknowledged": ("acknowledged", "diterima"),
    "refused": ("refused", "ditolak"),
    "withdrawn": ("withdrawn", "ditarik"),
    "unanswered": ("unanswered", "belum dijawab"),
    "reported_late": ("reported late", "dilaporkan lambat"),
    "priority": ("priority", "prioritas"),
    "agency": ("agency", "instansi"),
    "name": ("name", "nama"),
    "step": ("step", "langkah"),
    "incidents": ("incidents", "kejadian"),
    "stands": ("state", "keadaan"),
    "district_code": ("code", "kode"),
    "district": ("district", "kecamatan"),
    "regency": ("regency", "kabupaten"),
    "village_code": ("code", "kode"),
    "village": ("village", "desa/kelurahan"),
    "type": ("type", "jenis"),
    "priority_1": ("priority 1", "prioritas 1"),
    "priority_2": ("priority 2", "prioritas 2"),
    "priority_3": ("priority 3", "prioritas 3"),
    "priority_4": ("priority 4", "prioritas 4"),
    "priority_none": ("no priority", "tanpa prioritas"),
    "open": ("open", "terbuka"),
    "false_report": ("false report", "laporan palsu"),
}

_CODES = {
    "all": ("all", "semua"),
    "pbx_lost": ("lost with the exchange", "hilang bersama sentral"),
    "genuine": ("all but ghost and prank", "semua selain ghost dan prank"),
    "emergency": ("emergencies", "darurat"),
    "ghost": ("ghost (silent)", "ghost (hening)"),
    "prank_calls": ("prank", "prank"),
    "unclassified": ("not classified", "belum digolongkan"),
    "nena_15": ("NENA-STA-020.1", "NENA-STA-020.1"),
    "nena_20": ("NENA-STA-020.1", "NENA-STA-020.1"),
    "nfpa_10": ("NFPA 1225 (stretch)", "NFPA 1225 (ambisi)"),
    "yes": ("yes", "ya"),
    "no": ("no", "tidak"),
    "no_data": ("no data", "tidak ada data"),
    "seen_live": ("seen live", "terlihat langsung"),
    "end_unseen": ("seen live, its end noticed afterwards", "terlihat langsung, akhirnya diketahui kemudian"),
    "completed": ("seen live, completed from the archive", "terlihat langsung, dilengkapi dari arsip"),
    "observed_only": ("found under way by a snapshot", "ditemukan saat berlangsung"),
    "recovered": ("from the archive only", "dari arsip saja"),
    "incident": ("incident", "kejadian"),
    "attached": ("same incident", "kejadian sama"),
    "informed": ("information", "informasi"),
    "prank": ("prank", "prank"),
    "false_emergency": ("false emergency", "darurat palsu"),
    "silent": ("silent", "hening"),
    "accidental": ("accidental", "tak sengaja"),
    "cut_off": ("cut off", "terputus"),
    "step_placed": ("place known (t4)", "lokasi diketahui (t4)"),
    "step_typed": ("type known (t5)", "jenis diketahui (t5)"),
    "step_sent": ("first sent (t7)", "pertama dikirim (t7)"),
    "step_acknowledged": ("first acknowledged (t8)", "pertama diterima (t8)"),
    "step_en_route": ("first en route (t10)", "pertama berangkat (t10)"),
    "step_on_scene": ("first on scene (t11)", "pertama di lokasi (t11)"),
    "closed": ("closed", "selesai"),
    "merged": ("merged", "digabung"),
    "open_acknowledged": ("open, an agency took it", "terbuka, diterima instansi"),
    "open_unacknowledged": ("open, no agency has taken it", "terbuka, belum diterima instansi"),
    "never_sent": ("open, never handed over", "terbuka, belum pernah diserahkan"),
}

_NOTES = {
    "empty": ("There is nothing in this period.", "Tidak ada apa pun dalam kurun ini."),
    "answering": (
        "Answering time is from the arrival on the trunk (t0) to the operator's answer (t3), of the calls that began "
        "in the period; percents are of the answered calls whose times are known (timed).",
        "Waktu jawab dihitung dari masuknya panggilan (t0) sampai dijawab operator (t3), untuk panggilan yang bermula "
        "dalam kurun ini; persen terhadap panggilan terjawab yang waktunya diketahui (berwaktu).",
    ),
    "genuine": (
        "Ghost and prank calls stand in rows of their own, so that they neither flatter nor spoil the targets.",
        "Ghost dan prank ditulis terpisah agar tidak memperindah atau merusak sasaran.",
    ),
    "percentiles": (
        "Percentiles are nearest rank: p90 is the smallest time that 90 % of the calls or cases do not exceed.",
        "Persentil memakai peringkat terdekat: p90 ialah waktu terkecil yang tidak dilampaui 90 % kasus.",
    ),
    "abandoned": (
        "Abandoned calls are in no answering figure. The limit is {limit} s from arrival to hang-up.",
        "Panggilan tak terjawab tidak masuk angka penjawaban. Batasnya {limit} detik sejak masuk sampai ditutup.",
    ),
    "not_seen_live": (
        "{calls} calls were not seen live from beginning to end: what was missing comes from a snapshot or from the "
        "exchange's archive. Their times are estimates.",
        "{calls} panggilan tidak terlihat langsung dari awal sampai akhir: yang kurang berasal dari potret atau arsip "
        "sentral. Waktunya adalah perkiraan.",
    ),
    "untimed": (
        "{calls} answered calls have no known answering time and are in no percentile.",
        "{calls} panggilan terjawab tidak diketahui waktu jawabnya dan tidak masuk persentil.",
    ),
    "no_beginning": (
        "{calls} calls of the whole record have no known beginning and are in no period.",
        "{calls} panggilan di seluruh catatan tidak diketahui awalnya dan tidak masuk kurun mana pun.",
    ),
    "nuisance": (
        "The last outcome that a call-taker gave counts; percents are of all calls that began in the period.",
        "Yang dihitung ialah hasil terakhir dari call-taker; persen terhadap semua panggilan dalam kurun ini.",
    ),
    "silent": (
        "A silent call may be somebody who cannot speak (EENA); no number is blocked by this report.",
        "Panggilan hening mungkin dari orang yang tidak dapat bicara (EENA); laporan ini tidak memblokir nomor.",
    ),
    "masked": (
        "Numbers are masked: two of them may look alike and be different.",
        "Nomor disamarkan: dua nomor yang tampak sama bisa berbeda.",
    ),
    "seats": (
        "A person is known by the session that had the telephone at that moment; (nobody): no session had it.",
        "Orang dikenal dari sesi yang memakai telepon itu saat itu; (nobody): tidak ada sesi yang memakainya.",
    ),
    "talks": (
        "Offers and talks belong to the period in which they began, outcomes to that in which they were given.",
        "Tawaran dan percakapan masuk kurun saat bermula, hasil masuk kurun saat diberikan.",
    ),
    "handover": (
        "Hand-over is from sent (t7, the first sending) to acknowledged (t8), of those first sent in the period. "
        "Withdrawn: stood down before the agency answered.",
        "Penyerahan dihitung dari dikirim (t7, kiriman pertama) sampai diterima (t8), untuk yang pertama dikirim dalam "
        "kurun ini. Ditarik: dihentikan sebelum instansi menjawab.",
    ),
    "processing": (
        "The record has no dispatch of a unit (t9); processing t9-t3 lies between first acknowledged and first en "
        "route. Steps are of incidents opened in the period by a call.",
        "Catatan tidak memuat pengerahan unit (t9); pemrosesan t9-t3 terletak antara pertama diterima dan pertama "
        "berangkat. Langkah dihitung dari kejadian yang dibuka lewat panggilan dalam kurun ini.",
    ),
    "not_by_call": (
        "{incidents} incidents were opened without a call or entered after the fact; they are in no step.",
        "{incidents} kejadian dibuka tanpa panggilan atau dicatat kemudian; tidak masuk langkah mana pun.",
    ),
    "areas": (
        "Incidents that were opened in the period; at most {shown} villages are listed.",
        "Kejadian yang dibuka dalam kurun ini; paling banyak {shown} desa/kelurahan ditampilkan.",
    ),
    "borders": (
        "A border is not sharp: an incident near one may belong to the other side.",
        "Batas wilayah tidak tajam: kejadian dekat batas mungkin milik wilayah sebelah.",
    ),
    "merged": (
        "{incidents} incidents were merged into others and are not counted.",
        "{incidents} kejadian digabung ke kejadian lain dan tidak dihitung.",
    ),
    "nowhere": (
        "{incidents} incidents have no known district.",
        "{incidents} kejadian tidak diketahui kecamatannya.",
    ),
}

WORDS: dict[str, tuple[str, str]] = {
    **_TITLES,
    **_COLUMNS,
    **_CODES,
    **{f"note.{code}": texts for code, texts in _NOTES.items()},
}


def words(language: str) -> Words:
    """The words of ``language`` (en or id). A code without words is shown as it is."""
    index = 0 if language == "en" else 1

    def of(code: str) -> str:
        found = WORDS.get(code)
        return code if found is None else found[index]

    return of
