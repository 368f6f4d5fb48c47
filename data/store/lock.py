"""The writers' lock: ``flock`` on a file, fair between processes, with a time-out that names who holds it.

Measured: 20 saturated writers under ``flock`` give no error and p99 32 ms; SQLite's own busy handler gives errors and
waits of 4 s. A process stopped while it holds the lock (SIGSTOP) would block every writer for ever, therefore the
time-out, and the pid in its message.
"""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path

from data.errors import SiagaError
from data.store.ownership import give_to_owner


class StoreLocked(SiagaError):
    """Another process holds the writers' lock for too long. ``pid`` is the holder, 0 when unknown."""

    code = "store_locked"

    def __init__(self, path: Path, pid: int, stopped: bool, waited_s: float) -> None:
        who = f"process {pid}" if pid else "another process"
        state = " (it is stopped)" if stopped else ""
        super().__init__(
            f"{who}{state} has held the journal's lock for more than {waited_s:g} s; nothing was written",
            where=str(path),
            remedy=f"let it go on (kill -CONT {pid}) or end it" if pid else "look for a stopped siaga112 process",
        )
        self.pid = pid
        self.stopped = stopped


class WriterLock:
    """One lock file. One object per thread of a process may hold it; ``acquire`` and ``release`` in pairs."""

    def __init__(self, path: Path, timeout_s: float) -> None:
        self._path = path
        self._timeout = timeout_s
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        give_to_owner(path)
        self._waiter: _Waiter | None = None

    def acquire(self) -> None:
        """Take the lock, waiting in the kernel's queue. Raises StoreLocked after the time-out."""
        if self._waiter is None or not self._waiter.want():
            self._waiter = None
            try:
                fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._waiter = _Waiter(self._fd)
        if self._waiter is not None:
            # After a time-out the waiter still stands in the kernel's queue: the next attempt joins it.
            if not self._waiter.wait(self._timeout):
                pid = self._holder()
                raise StoreLocked(self._path, pid, _is_stopped(pid), self._timeout)
            self._waiter = None
        os.pwrite(self._fd, b"%-12d\n" % os.getpid(), 0)

    def release(self) -> None:
        """Give the lock back."""
        fcntl.flock(self._fd, fcntl.LOCK_UN)

    def close(self) -> None:
        """Forget the lock file; a lock still held is released by the kernel."""
        if self._waiter is None or not self._waiter.leave_descriptor():
            os.close(self._fd)
        self._waiter = None

    def _holder(self) -> int:
        text = os.pread(self._fd, 16, 0).strip()
        return int(text) if text.isdigit() else 0


class _Waiter:
    """Blocks in ``flock`` on a thread of its own, since flock knows no time-out.

    When it gets the lock and nobody wants it any more, it gives it back at once: a lock that nobody knows of would
    block every writer.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._changed = threading.Condition()
        self._wanted = True
        self._got = False
        self._done = False
        self._owns_fd = False
        threading.Thread(target=self._run, daemon=True, name="journal-lock").start()

    def _run(self) -> None:
        fcntl.flock(self._fd, fcntl.LOCK_EX)
        with self._changed:
            self._done = True
            if self._owns_fd:
                os.close(self._fd)
            elif self._wanted:
                self._got = True
                self._changed.notify_all()
            else:
                fcntl.flock(self._fd, fcntl.LOCK_UN)

    def want(self) -> bool:
        """Want the lock (again); False when this waiter has given it back already."""
        with self._changed:
            self._wanted = True
            return not self._done or self._got

    def wait(self, timeout_s: float) -> bool:
        """True: the lock is the caller's. False: not within the time, and not wanted from now on."""
        with self._changed:
            self._wanted = self._changed.wait_for(lambda: self._got, timeout_s)
            return self._wanted

    def leave_descriptor(self) -> bool:
        """Let the waiting thread close the descriptor when it wakes; False when it has ended: close it yourself."""
        with self._changed:
            self._owns_fd = not self._done
            return self._owns_fd


def _is_stopped(pid: int) -> bool:
    if not pid:
        return False
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rsplit(")", 1)[1].split()[0] in ("T", "t")
