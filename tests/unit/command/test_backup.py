"""A centre is copied into one file while it works, and goes on from that file elsewhere."""

import io
import json
import shutil
import tarfile
import threading

import pytest

from console.compose import open_journal
from data.entry import draft
from data.vocabulary.incidents import IncidentNoted, IncidentOpened
from tests.unit.command.support import siaga

PASSWORD = "kata-sandi-panjang-1"


@pytest.fixture(scope="module")
def centre(tmp_path_factory):
    data = tmp_path_factory.mktemp("centre") / "data"
    (data.parent / "password").write_text(PASSWORD + "\n")
    run = siaga("setup", "--admin", "ani", "--password-file", data.parent / "password", data=data)
    assert run.returncode == 0, run.stderr
    with open_journal(data) as journal:
        journal.append([draft("incident/a", IncidentOpened(number=1, origin="radio"), actor="siti")])
    return data


def head(directory):
    with open_journal(directory) as journal:
        return journal.head()


def test_what_was_backed_up_goes_on_elsewhere(centre, tmp_path):
    target, before = tmp_path / "centre.tar", head(centre)
    made = siaga("backup", "-o", target, "--json", data=centre)
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["head_hash"] == before[1]
    assert target.stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir()] == ["centre.tar"], "nothing is left beside it"
    back = siaga("restore", target, data=tmp_path / "new")
    assert back.returncode == 0, back.stderr
    assert before[1] in back.stdout
    assert head(tmp_path / "new") == before
    assert siaga("verify", data=tmp_path / "new").returncode == 0
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
    for name in ("siaga112.toml", "secrets/ami-pbx-1", "journal.sqlite"):
        assert (tmp_path / "new" / name).stat().st_mode & 0o077 == 0, name
    for name in ("siaga112.toml", "secrets/ami-pbx-1"):
        assert (tmp_path / "new" / name).read_bytes() == (centre / name).read_bytes()
    users = siaga("users", "list", "--json", data=tmp_path / "new").stdout
    assert json.loads(users)["login"] == "ani"


def test_that_data_left_the_house_is_on_record(centre, tmp_path):
    assert siaga("backup", "-o", tmp_path / "b.tar", data=centre).returncode == 0
    with open_journal(centre) as journal:
        last = journal.read(journal.head()[0] - 1)[0]
    assert (last.kind, last.body.what, last.body.unmasked) == ("export.made", "backup", True)


def test_a_backup_of_a_centre_at_work_is_whole(centre, tmp_path):
    stop = threading.Event()

    def work():
        with open_journal(centre) as journal:
            while not stop.is_set():
                journal.append([draft("incident/a", IncidentNoted(text="lagi"), actor="siti")])

    worker = threading.Thread(target=work)
    worker.start()
    try:
        for n in range(2):
            assert siaga("backup", "-o", tmp_path / f"{n}.tar", data=centre).returncode == 0
    finally:
        stop.set()
        worker.join()
    back = siaga("restore", tmp_path / "1.tar", "--json", data=tmp_path / "new")
    assert json.loads(back.stdout)["ok"] is True


def test_a_record_that_was_changed_makes_no_backup_and_none_is_put_back(centre, tmp_path):
    broken = tmp_path / "broken"
    shutil.copytree(centre, broken)
    with open_journal(broken) as journal:
        journal.execute("UPDATE journal SET body = replace(body, 'radio', 'other') WHERE kind = 'incident.opened'")
    run = siaga("backup", "-o", tmp_path / "b.tar", data=broken)
    assert run.returncode == 1 and "not whole" in run.stderr
    assert not (tmp_path / "b.tar").exists()
    with tarfile.open(tmp_path / "forged.tar", "w") as archive:
        with open_journal(broken) as journal:
            journal.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        archive.add(broken / "journal.sqlite", "journal.sqlite")
    run = siaga("restore", tmp_path / "forged.tar", data=tmp_path / "new")
    assert run.returncode == 1 and "not whole" in run.stderr
    assert list((tmp_path / "new").iterdir()) == []


def test_a_journal_is_never_overwritten_and_a_configuration_kept(centre, tmp_path):
    target = tmp_path / "b.tar"
    assert siaga("backup", "-o", target, data=centre).returncode == 0
    before = head(centre)
    run = siaga("restore", target, data=centre)
    assert run.returncode == 1 and "never overwritten" in run.stderr
    assert head(centre) == before
    (tmp_path / "new").mkdir(mode=0o700)
    (tmp_path / "new" / "siaga112.toml").write_bytes((centre / "siaga112.toml").read_bytes() + b"# ours\n")
    run = siaga("restore", target, data=tmp_path / "new")
    assert run.returncode == 0 and "siaga112.toml stood there already" in run.stderr
    assert (tmp_path / "new" / "siaga112.toml").read_bytes().endswith(b"# ours\n")


@pytest.mark.parametrize("name", ["../outside", "/etc/x", "secrets/../x", "secrets/a/b", "other", "secrets/.."])
def test_what_is_no_backup_is_refused_whole(tmp_path, name):
    bad = tmp_path / "bad.tar"
    with tarfile.open(bad, "w") as archive:
        member = tarfile.TarInfo(name)
        member.size = 1
        archive.addfile(member, io.BytesIO(b"x"))
    run = siaga("restore", bad, data=tmp_path / "d" / "new")
    assert run.returncode == 1 and "no backup of siaga112" in run.stderr and "Traceback" not in run.stderr
    assert list((tmp_path / "d" / "new").iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.tar", "d"]


def test_a_link_in_place_of_the_record_is_refused(tmp_path):
    bad = tmp_path / "bad.tar"
    with tarfile.open(bad, "w") as archive:
        member = tarfile.TarInfo("journal.sqlite")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(member)
    run = siaga("restore", bad, data=tmp_path / "new")
    assert run.returncode == 1 and "no backup of siaga112" in run.stderr


@pytest.mark.parametrize("content", [b"", b"not a tar file", b"\0" * 10240])
def test_a_file_that_is_no_archive_is_refused(tmp_path, content):
    (tmp_path / "x").write_bytes(content)
    run = siaga("restore", tmp_path / "x", data=tmp_path / "new")
    assert run.returncode == 1 and "no backup of siaga112" in run.stderr and "Traceback" not in run.stderr


def test_a_target_that_cannot_be_written_is_named(centre, tmp_path):
    run = siaga("backup", "-o", tmp_path / "nowhere" / "b.tar", data=centre)
    assert run.returncode == 1 and "no such folder" in run.stderr
    run = siaga("restore", tmp_path / "missing.tar", data=tmp_path / "new")
    assert run.returncode == 2 and "missing.tar" in run.stderr
