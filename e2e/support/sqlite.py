"""The database file of a machine, read and written from outside, as support.postgres does it with a PostgreSQL."""

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing

from .machine import Machine


class Sqlite:
    def __init__(self, machine: Machine):
        self._file = machine.data / "aistrale.db"

    def settings(self) -> dict[str, str]:
        return {}

    def rows(self, query: str) -> list[list[str]]:
        with closing(sqlite3.connect(f"file:{self._file}?mode=ro", uri=True, timeout=30)) as found:
            return [
                ["" if value is None else str(value) for value in row]
                for row in found.execute(query)
            ]

    def change(self, statement: str) -> None:
        with closing(sqlite3.connect(self._file, timeout=30)) as database, database:
            database.execute(statement)

    def insert(self, table: str, columns: str, values: Iterable[Sequence[object]]) -> None:
        """All of them in one transaction."""
        places = ", ".join("?" for _ in columns.split(","))
        with closing(sqlite3.connect(self._file, timeout=30)) as database, database:
            database.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", values)
