"""Processes are killed and stopped, the disk fills: what was acknowledged stays, and messages say what to do."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from data.store.ballast import SIZE
from data.store.lock import StoreLocked
from data.verify import verify
from tests.unit.data.support import arrived, open_journal

pytestmark = pytest.mark.fault

ROOT = Path(__file__).parents[2]


def start(program: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program), *map(str, arguments)],
        stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip


WRITER = """
    import sys
    from pathlib import Path
    from tests.unit.data.support import arrived, open_journal
    journal = open_journal(Path(sys.argv[1]))
    for n in range(int(sys.argv[2]), 10**9):
        journal.append([arrived(n)])
        print(n, flush=True)
"""


def test_killed_writers_lose_nothing_that_they_acknowledged(tmp_path):
    open_journal(tmp_path).close()
    acknowledged = set()
    for round in range(8):
        writers = [start(WRITER, tmp_path, (round * 10 + k) * 100_000) for k in range(2)]
        for _ in range(5 + round):
            acknowledged |= {int(writer.stdout.readline()) for writer in writers}
        for writer in writers:
            writer.send_signal(signal.SIGKILL)
        for writer in writers:
            text = writer.communicate()[0]
            acknowledged |= set(map(int, text[: text.rfind("\n") + 1].split()))
    with open_journal(tmp_path) as journal:
        streams = {row[0] for row in journal.execute("SELECT stream FROM journal").fetchall()}
        assert {f"call/pbx/{n}" for n in acknowledged} <= streams
        assert len(acknowledged) > 100
        assert verify(journal).ok


def test_a_stopped_process_that_holds_the_lock_is_named_and_nothing_is_written(tmp_path):
    holder = start(
        """
        import sys, time
        from pathlib import Path
        from tests.unit.data.support import open_journal
        with open_journal(Path(sys.argv[1])).transaction():
            print("held", flush=True)
            time.sleep(600)
        """,
        tmp_path,
    )
    try:
        holder.stdout.readline()
        holder.send_signal(signal.SIGSTOP)
        while Path(f"/proc/{holder.pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "T":
            time.sleep(0.01)
        with pytest.raises(StoreLocked) as locked:
            open_journal(tmp_path, lock_timeout_s=0.3)
        assert locked.value.pid == holder.pid and locked.value.stopped
        assert f"process {holder.pid} (it is stopped)" in str(locked.value)
    finally:
        holder.kill()
        holder.wait()
    with open_journal(tmp_path) as journal:
        assert len(journal.append([arrived(1)])) == 1


def test_a_waiter_that_gave_up_once_still_gets_the_lock_later(tmp_path):
    with open_journal(tmp_path, lock_timeout_s=0.2) as journal, open_journal(tmp_path) as other:
        session = other._session()
        session.begin()
        for _ in range(3):
            with pytest.raises(StoreLocked):
                journal.append([arrived(1)])
        session.rollback()
        assert len(other.append([arrived(3)])) == 1, "the one that gave up does not keep the lock"
        assert len(journal.append([arrived(1)])) == 1
        assert len(other.append([arrived(2)])) == 1
        assert verify(journal).ok


FULL_DISK = """
    import sys
    from pathlib import Path
    from data.store.connection import StoreFull
    from data.verify import verify
    from data.vocabulary.incidents import IncidentNoted
    from tests.unit.data.support import note, open_journal
    folder = Path(sys.argv[1])
    journal = open_journal(folder / "d")
    assert (folder / "d" / "ballast").exists()
    (folder / "filler").write_bytes(b"x" * int(sys.argv[2]))
    written, errors = 0, []
    for n in range(100_000):
        try:
            journal.append([note("x" * 3000, id=f"note-{n}")])
            written += 1
        except StoreFull as error:
            errors.append(str(error))
            if len(errors) == 1:
                # the reserve was given back: the very same fact is written by a repeat
                journal.append([note("x" * 3000, id=f"note-{n}")])
                written += 1
            else:
                break
    assert "the reserve was given back" in errors[0], errors
    assert "the disk is full; nothing was written" in errors[1], errors
    (folder / "filler").unlink()
    journal.append([note("again", id="after")])
    assert len(journal.execute("SELECT 1 FROM journal").fetchall()) == written + 1
    report = verify(journal)
    print("ok" if report.ok else report.faults, flush=True)
"""


def test_on_a_full_disk_the_reserve_is_given_back_and_nothing_is_half_written(tmp_path):
    size = SIZE + 24 * 1024 * 1024
    namespace = ["unshare", "--mount"] if os.getuid() == 0 else ["unshare", "--map-root-user", "--mount"]
    program = tmp_path / "full.py"
    program.write_text(textwrap.dedent(FULL_DISK))
    disk = tmp_path / "disk"
    disk.mkdir()
    run = subprocess.run(
        [*namespace, "sh", "-c", f'mount -t tmpfs -o size={size} none "$1" && exec "$2" "$3" "$1" {12 * 1024 * 1024}',
         "sh", str(disk), sys.executable, str(program)],
        capture_output=True, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False,
    )  # fmt: skip
    assert run.stdout.strip() == "ok", run.stdout + run.stderr
