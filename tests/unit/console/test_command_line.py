"""The command line as a pure function: what a line means, what is wrong with it, and how it may go on."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from console import i18n
from console.actions import for_role
from console.command_line import (
    Call,
    CommandFault,
    KnownAgency,
    OpenHandover,
    Surroundings,
    World,
    candidates,
    completed,
    parse,
    preview,
)
from console.command_line.grammar import find_verb
from console.ui.past_views import PastCall
from data.clock import SECOND
from tests.unit.console.fake_desk import NOW, incident, unit

AGENCIES = (
    KnownAgency("damkar-mako", "Damkar Purwakarta, Mako Pusat"),
    KnownAgency("damkar-plered", "Damkar, Pos Plered"),
    KnownAgency("psc-119", "PSC 119 Purwakarta"),
    KnownAgency("polsek-jatiluhur", "Polsek Jatiluhur"),
)
HOUSE = incident("i17", number=17, version=3)
ROAD = incident("i42", number=42, type="traffic", place="Jl. Veteran", version=9)
TREE = incident("i142", number=142, type="tree", place="Plered")
OLD = incident("i15", number=15, state="closed", version=5)


def part(incident: str, number: int, id: str, agency: KnownAgency, state: str) -> OpenHandover:
    return OpenHandover(incident, number, 7, id, agency.id, agency.name, state)


PARTS = (
    part("i17", 17, "h1", AGENCIES[0], "acknowledged"),
    part("i17", 17, "h2", AGENCIES[2], "sent"),
    part("i42", 42, "h3", AGENCIES[2], "sent"),
    part("i42", 42, "h4", AGENCIES[3], "stood_down"),
)
OUTCOMES = {"i": "incident", "a": "attached", "n": "informed", "p": "prank", "f": "false_emergency", "s": "silent"}
NAMES = {"fire_house": "Kebakaran rumah", "traffic": "Kecelakaan", "tree": "Pohon tumbang"}


def world(role: str = "dispatcher", **changes: object) -> World:
    known: dict[str, object] = {
        "incidents": (HOUSE, ROAD, TREE),
        "closed": (OLD,),
        "chosen": HOUSE,
        "waiting": (Call("call/p/1", "081234567890", "Ibu Sri", True), Call("call/p/2", "0811222333", "", True)),
        "own": (Call("call/p/9", "0899000111", "Pak Udin"), Call("call/p/8", "0899000222", "")),
        "outcomes": OUTCOMES,
        "surroundings": Surroundings(AGENCIES, PARTS),
    }
    return World(role, lambda code: NAMES.get(code, code), **(known | changes))  # type: ignore[arg-type]


def says(line: str, role: str = "dispatcher", **changes: object) -> str:
    """What the line would do, or what is wrong with it."""
    here = world(role, **changes)
    try:
        return preview(parse(line, here), here)
    except CommandFault as fault:
        return f"! {fault.message} {' | '.join(fault.possible)}".rstrip()


# ------------------------------------------------------------------ verbs


def test_a_unique_beginning_is_enough_and_capitals_do_not_matter() -> None:
    assert parse("jaw", world("calltaker")).action.id == "answer"
    assert parse("/Catat api  sudah padam ", world()).text == "api  sudah padam"
    assert parse("otw dam", world()).action.id == "en_route"


def test_a_whole_word_wins_over_longer_ones() -> None:
    assert parse("batal", world()).action.id == "stand_down"
    assert parse("d", world()).action.id == "hand_over"
    assert parse("n api", world()).action.id == "note"


def test_english_and_indonesian_words_mean_the_same() -> None:
    for one, other in (("OTW", "EN"), ("TBA", "AR"), ("SLS", "CL"), ("serah", "H"), ("tutup", "X")):
        assert parse(one, world()).action is parse(other, world()).action


def test_a_word_alone_does_what_the_key_does() -> None:
    for word in ("jawab", "hasil", "AT", "serah", "insiden"):
        assert parse(word, world("calltaker")).direct


@pytest.mark.parametrize(("line", "named"), [("zzz", "bantuan"), ("s", "SLS"), ("jawab", "serah")])
def test_a_verb_that_fits_none_or_several_is_refused_with_those_that_would_do(line: str, named: str) -> None:
    with pytest.raises(CommandFault) as fault:
        parse(line, world())
    assert named in fault.value.possible


def test_nothing_more_than_a_command_takes_is_let_through() -> None:
    assert says("tema terang") == "! tema tidak memerlukan apa-apa lagi: terang"
    assert says("PR 1", "calltaker") == "! Terlalu banyak: 1"


# ------------------------------------------------------------------ incidents


def test_the_preview_says_which_incident_and_what_happens() -> None:
    i18n.set_language("en")
    assert says("X 42 done") == "Close 42 KECELAKAAN Jl. Veteran: result done"
    assert says("N 42 two cars") == "Note on 42 KECELAKAAN Jl. Veteran: two cars"


def test_an_incident_is_named_by_its_number_or_by_digits_that_only_it_ends_in() -> None:
    assert parse("N 7 api", world()).incident == HOUSE
    assert parse("N 42 api", world()).incident == ROAD  # its own number, though 142 ends so too
    assert says("N 2 api") == ("! Beberapa insiden berakhiran 2: 42 KECELAKAAN Jl. Veteran | 142 POHON TUMBANG Plered")
    assert says("N 9 api").startswith("! Tidak ada insiden 9 di sini.")


def test_without_a_number_the_chosen_incident_is_meant_and_the_preview_names_it() -> None:
    assert parse("N api besar", world()).incident == HOUSE
    assert parse("X tuntas", world()).incident == HOUSE
    assert parse("X . tuntas", world()).incident == HOUSE
    assert says("N api", chosen=None).startswith("! Insiden mana?")


def test_a_number_first_is_always_the_incident_and_never_text() -> None:
    assert says("N 8 orang luka").startswith("! Tidak ada insiden 8")
    assert says("N 42") == "! Teks belum ada."


def test_a_number_that_is_somebodys_own_never_means_another_incident_that_ends_so() -> None:
    closed = incident("i2", number=2, state="closed")
    assert says("X 2 tuntas").startswith("! Beberapa insiden berakhiran 2")
    assert parse("X 2 tuntas", world(incidents=(HOUSE, ROAD))).incident == ROAD
    assert says("X 2 tuntas", incidents=(HOUSE, ROAD), closed=(closed,)).startswith("! Keadaan insiden 2 tidak cocok")


def test_only_a_closed_incident_is_reopened() -> None:
    assert parse("buka 15 salah tutup", world()).incident == OLD
    assert says("buka 17 salah").startswith("! Keadaan insiden 17 tidak cocok")
    assert says("buka salah tutup").startswith("! Keadaan insiden 17 tidak cocok")


# ------------------------------------------------------------------ agencies and hand-overs


def test_one_or_several_agencies_are_handed_an_incident() -> None:
    intent = parse("D damkar-m psc 42", world())
    assert [agency.id for agency in intent.agencies] == ["damkar-mako", "psc-119"]
    assert intent.incident == ROAD
    assert parse("H polsekjati, psc", world()).incident == HOUSE
    assert len(parse("D psc PSC psc-119 17", world()).agencies) == 1


def test_an_agency_that_may_be_several_is_refused_with_their_names() -> None:
    assert says("D damkar 17") == "! damkar bisa berarti beberapa instansi: damkar-mako | damkar-plered"
    assert says("D rsud 17").startswith("! Tidak ada instansi rsud.")
    assert says("D - 17").startswith("! Tidak ada instansi -.")


def test_of_an_agency_with_several_incidents_the_number_is_asked() -> None:
    assert says("terima psc") == "! PSC 119 Purwakarta punya beberapa insiden: tulis salah satu nomornya. 17 | 42"
    intent = parse("terima psc 42 radio Bu Dewi", world())
    assert (intent.handover, intent.choice, intent.text) == (PARTS[2], "radio", "Bu Dewi")


def test_only_hand_overs_in_a_fitting_state_are_meant() -> None:
    assert parse("OTW damkar regu 2", world()).handover == PARTS[0]  # the only fire brigade that has an incident
    assert parse("OTW damkar regu 2", world()).text == "regu 2"
    assert says("terima damkar Asep") == (
        "! Damkar Purwakarta, Mako Pusat diterima pada insiden 17: tidak bisa begitu. psc-119"
    )
    assert parse("tahu polsek Pak Oni", world()).handover == PARTS[3]


def test_how_an_agency_acknowledged_is_said_in_the_preview_also_when_it_is_not_typed() -> None:
    assert says("terima psc 17 Bu Dewi") == (
        "PSC 119 Purwakarta menerima 17 KEBAKARAN RUMAH Nagri Kaler, Purwakarta lewat telepon: Bu Dewi"
    )
    # Only the whole word is the means: a name may begin like it.
    assert parse("terima psc 17 Radi", world()).text == "Radi"


def test_a_result_is_one_of_the_list_by_a_unique_beginning_in_either_language() -> None:
    assert parse("SLS damkar tun padam total", world()).choice == "done"
    assert parse("CL damkar nothing", world()).choice == "nothing_found"
    assert says("SLS damkar beres").startswith("! beres bukan salah satu dari: tuntas | nihil")
    assert says("SLS damkar di").startswith("! di bisa berarti beberapa: dibatalkan | diteruskan")
    assert says("SLS damkar").startswith("! Hasil belum ada. tuntas | nihil")


def test_another_agency_instead_needs_the_agency_and_the_reason() -> None:
    intent = parse("ganti damkar psc terlalu jauh", world())
    assert (intent.handover, intent.agencies[0].id, intent.text) == (PARTS[0], "psc-119", "terlalu jauh")
    assert says("ganti damkar psc") == "! Alasan belum ada."


# ------------------------------------------------------------------ calls


def test_a_call_is_named_by_its_place_in_the_list_or_the_end_of_its_number() -> None:
    here = world("calltaker")
    assert parse("jawab 2", here).call == here.waiting[1]
    assert parse("jawab 7890", here).call == here.waiting[0]
    assert parse("AT 222 42", here).call == here.own[1]
    assert says("jawab 9", "calltaker").startswith("! Tidak ada panggilan 9 dalam daftar. 1 081234567890 Ibu Sri")
    assert says("AT 0899 42", "calltaker").startswith("! Tidak ada panggilan di sini yang berakhiran 0899.")
    assert says("jawab ibu", "calltaker").startswith("! ibu bukan panggilan")


def test_with_one_number_the_call_in_hand_is_attached_to_it() -> None:
    intent = parse("AT 42", world("calltaker"))
    assert (intent.call, intent.incident) == (world("calltaker").own[0], ROAD)
    assert says("AT 42", "calltaker", own=()) == "! Tidak ada panggilan yang sedang ditangani."


def test_the_call_in_hand_is_classified_by_a_word_a_letter_or_a_verb_of_its_own() -> None:
    for line, outcome in (("PR", "prank"), ("GH", "silent"), ("IN", "informed"), ("hasil p", "prank"),
                          ("hasil senyap", "silent")):  # fmt: skip
        assert parse(line, world("calltaker")).choice == outcome
    assert says("PR", "calltaker") == "Akhiri 0899000111 Pak Udin sebagai: prank"


def test_two_calls_with_the_same_end_are_told_apart() -> None:
    both = (Call("a", "0811999", "A", True), Call("b", "0822999", "B", True))
    assert says("jawab 999", "calltaker", waiting=both) == (
        "! Beberapa panggilan berakhiran 999: 1 0811999 A | 2 0822999 B"
    )


def test_a_lost_caller_is_called_back_by_the_end_of_the_number_and_the_preview_says_who() -> None:
    lost = (Call("call/p/5", "0812000555", "Bu Ani"), Call("call/p/6", "0812000666", ""))
    assert says("CB 555", "calltaker", lost=lost) == "Panggil balik 0812000555 Bu Ani"
    assert says("CB 1234", "calltaker", lost=lost) == "Panggil balik 1234"
    assert [each.insert for each in candidates("CB ", world("calltaker", lost=lost))] == ["0812000555", "0812000666"]


def test_the_preview_of_a_line_that_the_action_reads_itself_says_what_it_does_with_it() -> None:
    assert says("oper damkar", "calltaker") == "Hubungkan penelepon dengan: damkar"
    assert says("oper damkar kota 3", "calltaker") == "Ikutkan dalam pembicaraan: damkar kota"
    assert says("oper damkar kota T", "calltaker") == "Teruskan penelepon ke: damkar kota"
    assert says("oper 3", "calltaker") == "Hubungkan penelepon dengan: 3"
    assert says("saring banjir P1") == "Hanya tampilkan insiden dengan: banjir P1"
    assert says("ulang 20", "calltaker").startswith("Putar 20 detik terakhir")


def test_the_chosen_incident_is_merged_into_another() -> None:
    assert parse("gabung 42", world()).incident == ROAD
    assert says("gabung 42") == (
        "17 KEBAKARAN RUMAH Nagri Kaler, Purwakarta sama dengan 42 KECELAKAAN Jl. Veteran dan dilanjutkan di sana"
    )


# ------------------------------------------------------------------ cards


def test_a_question_mark_needs_no_blank() -> None:
    assert parse("?kebakaran rumah", world("admin")).text == "kebakaran rumah"
    assert says("?") == "! Kata belum ada."


# ------------------------------------------------------------------ completion


def test_tab_completes_a_verb_an_agency_and_a_result() -> None:
    assert completed("sel", world()) == "selesai "
    assert completed("OTW dam", world()) == "OTW damkar-mako "
    assert completed("D damk", world()) == "D damkar-"
    assert completed("D damkar-m", world()) == "D damkar-mako "
    assert completed("SLS damkar tu", world()) == "SLS damkar tuntas "
    assert completed("N 14", world()) == "N 142 "
    assert completed("catat api", world()) == "catat api"


def test_an_empty_line_offers_what_can_be_done_now() -> None:
    offered = {each.action.id for each in candidates("", world()) if each.action}
    assert {"acknowledge", "close", "help", "reopen"} <= offered
    assert "command" not in offered
    quiet = {each.action.id for each in candidates("", world(incidents=(), closed=(), surroundings=Surroundings()))
             if each.action}  # fmt: skip
    assert not quiet & {"acknowledge", "close", "reopen", "note"}
    nothing = {each.action.id for each in candidates("", world("calltaker", waiting=(), own=())) if each.action}
    assert not nothing & {"answer", "attach", "classify"}


def test_of_an_agency_only_its_own_incidents_are_offered() -> None:
    assert [each.insert for each in candidates("terima psc ", world())] == ["17", "42"]


# ------------------------------------------------------------------ the pages for operators

VERBS = sorted({word for role in ("calltaker", "dispatcher", "supervisor", "admin") for action in for_role(role)
                for word in action.words})  # fmt: skip
PAGES = {"en": "operators.md", "id": "operators.id.md"}
DOCS = Path(__file__).parents[3] / "docs"


def marked(page: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", (DOCS / page).read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES.values())
def test_every_example_on_the_page_is_understood(page: str) -> None:
    parts = (*PARTS, part("i42", 42, "h5", AGENCIES[2], "acknowledged"))
    on_the_way = (*PARTS, part("i42", 42, "h5", AGENCIES[2], "en_route"))
    lost = (Call("call/p/5", "0812000555", "Bu Ani"),)
    past, units = (
        (over("call/p/4", "081234567890", 10),),
        tuple(unit(sign, agency="psc-119") for sign in ("A-12", "A-14")),
    )
    surroundings = [Surroundings(AGENCIES, each, past, units) for each in (parts, on_the_way)]
    # What is marked and begins with a command word is a command; screen words and other programs' lines are none.
    verbs = {word.casefold() for word in VERBS}
    examples = [text for text in marked(page) if " " in text and text.split()[0].casefold() in verbs]
    assert len(examples) >= 10
    for text in examples:
        assert any(understood(text, world(role, lost=lost, surroundings=known)) for known in surroundings
                   for role in ("calltaker", "dispatcher", "supervisor")), text  # fmt: skip


def understood(text: str, here: World) -> bool:
    try:
        parse(text, here)
    except CommandFault:
        return False
    return True


def test_both_pages_name_the_same_keys() -> None:
    english, indonesian = ({text for text in marked(page) if re.fullmatch(r"F[0-9]+|[a-z]", text)}
                           for page in PAGES.values())  # fmt: skip
    assert english == indonesian


# ------------------------------------------------------------------ whatever is typed

PIECES = st.sampled_from(
    [*VERBS, "17", "42", "142", "2", "#42", ".", "0", "999999999999", "damkar-mako", "psc", "dam", "polsek", "-", "1",
     "7890", "done", "tuntas", "radio", "prank", "p", "api besar", "?", "/", "//", "+62", "\u0661", "²", "\x00", "İ"]
)  # fmt: skip
LINES = st.one_of(
    st.text(max_size=40),
    st.lists(st.one_of(PIECES, st.text(max_size=6)), max_size=6).map(" ".join),
    st.builds(lambda line, cut: line[:cut], st.lists(PIECES, max_size=5).map(" ".join), st.integers(0, 40)),
)
ROLES = st.sampled_from(["calltaker", "dispatcher", "supervisor", "admin", "nobody"])


@given(LINES, ROLES)
@example("N ²", "dispatcher")
@example("jawab \u0661", "calltaker")
def test_whatever_is_typed_the_answer_is_a_meaning_or_a_fault(line: str, role: str) -> None:
    here = world(role)
    candidates(line, here)
    completed(line, here)
    try:
        said = preview(parse(line, here), here)
    except CommandFault as fault:
        said = fault.message
    assert said.strip()


@given(LINES, ROLES)
@example("D 0 ", "dispatcher")
def test_what_is_offered_leads_to_something_that_can_be_carried_out(line: str, role: str) -> None:
    here = world(role)
    head = line if not line or line[-1:].isspace() else line[: len(line) - len(line.rsplit(maxsplit=1)[-1])]
    if line.lstrip().lstrip("/").startswith("?"):
        return
    for each in candidates(line, here)[:10]:
        try:
            parse(f"{head}{each.insert}", here)
        except CommandFault as fault:
            assert fault.incomplete, (line, each.insert, fault.message)


@given(LINES, ROLES)
def test_completing_changes_only_the_word_that_is_being_typed(line: str, role: str) -> None:
    here = world(role)
    typing = line.rsplit(maxsplit=1)[-1] if line.split() and not line[-1:].isspace() else ""
    before = line[: len(line) - len(typing)]
    assert completed(line, here).startswith(before)


@given(st.sampled_from(VERBS), st.integers(1, 12), ROLES)
def test_a_beginning_means_its_verb_or_is_refused_with_it(verb: str, length: int, role: str) -> None:
    mine = [action for action in for_role(role) if verb in action.words]
    if not mine:
        return
    typed = verb[:length]
    try:
        meant, _value = find_verb(typed, role)
    except CommandFault as fault:
        assert verb in fault.possible
    else:
        assert meant is mine[0] or typed.casefold() in {word.casefold() for word in meant.words}


# ------------------------------------------------------------------ calls that are over


def over(call: str, number: str, minute: int, outcome: str = "prank") -> PastCall:
    return PastCall(call, number, number, "Ibu Sri", NOW - minute * 60 * SECOND, fate="answered", outcome=outcome)


PAST = Surroundings(recent=(over("c1", "081234567890", 10), over("c2", "0811222333", 40), over("c3", "0811222333", 50)))


def past(line: str) -> str:
    return says(line, "calltaker", surroundings=PAST)


def test_a_call_that_is_over_is_named_by_its_place_or_the_end_of_its_number() -> None:
    assert past("riwayat 890 s diam") == "10:05 081234567890 Ibu Sri (prank) menjadi senyap, karena: diam"
    assert past("recent 2 s diam") == "09:35 0811222333 Ibu Sri (prank) menjadi senyap, karena: diam"
    assert past("riwayat 333 s diam").startswith("! Beberapa panggilan berakhiran 333: 2 09:35"), (
        "the place tells which"
    )
    assert past("riwayat 890") == "Tampilkan 10:05 081234567890 Ibu Sri (prank) dalam daftar"


def test_an_outcome_afterwards_needs_a_reason_and_only_some_an_incident() -> None:
    assert past("riwayat 890 p").startswith("! Alasan belum ada")
    assert past("riwayat 890 zz x").startswith("! zz bukan salah satu dari")
    assert past("riwayat 890 p 2 anak tertawa").endswith("menjadi prank, karena: 2 anak tertawa")
    assert past("riwayat 890 a 17 memang terbakar").endswith("dilampirkan ke insiden #17, karena: memang terbakar")
    assert past("riwayat 890 a memang terbakar").endswith("dilampirkan ke insiden, karena: memang terbakar")
    found = parse("riwayat 890 i #15 sudah ditutup", world("calltaker", surroundings=PAST))
    assert (found.number, found.text, found.choice) == (15, "sudah ditutup", "incident")


def test_a_beginning_that_the_past_calls_share_with_another_command_names_both() -> None:
    with pytest.raises(CommandFault) as fault:
        parse("rec", world("calltaker"))
    assert set(fault.value.possible) == {"recall", "recent"}
    assert parse("reca", world("calltaker")).action.id == "recall"
    assert parse("ri", world("calltaker")).direct


def test_what_may_follow_is_offered_for_calls_that_are_over() -> None:
    here = world("calltaker", surroundings=PAST)
    assert [each.insert for each in candidates("riwayat ", here)] == ["1", "2", "3"]
    assert [each.insert for each in candidates("riwayat 890 a ", here)][:2] == ["17", "42"]
    assert candidates("riwayat 890 p ", here) == ()


def test_a_supervisors_line_shows_a_number_masked_and_still_finds_it_by_its_end() -> None:
    masked = dataclasses.replace(over("c1", "081234567890", 10), shown="***890", name="")
    known = Surroundings(recent=(masked,))
    assert says("riwayat 7890 s diam", "supervisor", surroundings=known) == (
        "10:05 ***890 (prank) menjadi senyap, karena: diam"
    )
    assert all("81234" not in each.shown for each in candidates("riwayat ", world("supervisor", surroundings=known)))
