"""A PostgreSQL of a test's own, as a process: started, crashed, brought back, ended with the tests."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from .machine import ROOT, free_port
from .wait import until

MASTER_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
USER, PASSWORD = "aistrale", "in-the-tests"


class Postgres:
    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="aistrale-postgres-", dir="/tmp"))
        self.log_file = self.folder.with_suffix(".log")
        self.port = free_port()
        self.url = f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/postgres"
        self.start()

    def start(self) -> None:
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [str(ROOT / "tools" / "postgres"), str(self.folder), str(self.port)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_until_ready(self) -> "Postgres":
        until("PostgreSQL answers", self._is_ready, seconds=60)
        return self

    def _is_ready(self) -> bool:
        if (code := self.process.poll()) is not None:
            raise AssertionError(f"PostgreSQL ended with {code}:\n{self.log_file.read_text()}")
        return self._psql("SELECT 1").returncode == 0

    def settings(self) -> dict[str, str]:
        """The environment that makes a server keep its data here."""
        return {"AISTRALE_DATABASE_URL": self.url, "AISTRALE_MASTER_KEY": MASTER_KEY}

    def rows(self, query: str) -> list[list[str]]:
        done = self._psql(query)
        assert done.returncode == 0, done.stderr
        return [line.split("|") for line in done.stdout.splitlines()]

    def change(self, query: str) -> None:
        self.rows(query)

    def insert(self, table: str, columns: str, values: Iterable[Sequence[object]]) -> None:
        """All of them in one transaction."""
        lines = ("\t".join(map(_in_copy, row)) for row in values)
        done = self._psql(f"COPY {table} ({columns}) FROM STDIN", "\n".join(lines) + "\n")
        assert done.returncode == 0, done.stderr

    def _psql(self, query: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        where = ["-h", "127.0.0.1", "-p", str(self.port), "-U", USER, "-d", "postgres"]
        return subprocess.run(
            ["psql", "-X", "-A", "-t", "-F", "|", *where, "-c", query],
            env={**os.environ, "PGPASSWORD": PASSWORD, "PGCONNECT_TIMEOUT": "5"},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=300 if stdin else 60,
        )

    def crash(self) -> None:
        """As `pg_ctl stop -m immediate`: every connection is cut, nothing is tidied up."""
        pid = int((self.folder / "postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, signal.SIGQUIT)
        self.process.wait(20)

    def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            self.process.wait(20)
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.log_file.unlink(missing_ok=True)


def _in_copy(value: object) -> str:
    """A value in the text format of COPY."""
    return r"\N" if value is None else str(value).replace("\\", "\\\\")


@contextmanager
def postgres() -> Iterator[Postgres]:
    server = Postgres()
    try:
        yield server.wait_until_ready()
    finally:
        server.end()
