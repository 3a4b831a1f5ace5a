"""Whether what was answered was recorded."""

import sqlite3
from pathlib import Path

from .postgres import Postgres
from .processes import Failure


def check(database: Path, given: list[str], answered: int) -> int:
    """Looks for the completed row of every id that a client got; tells how many there are."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        rows = connection.execute("SELECT id FROM inference WHERE status = 'completed'")
        return _compare({str(row[0]) for row in rows}, given, answered)
    finally:
        connection.close()


def check_postgres(database: Postgres, given: list[str], answered: int) -> int:
    recorded = database.column("SELECT id FROM inference WHERE status = 'completed'")
    return _compare(set(recorded), given, answered)


def _compare(recorded: set[str], given: list[str], answered: int) -> int:
    if len(given) != answered or len(set(given)) != answered:
        raise Failure(
            f"{answered} answers came with {len(given)} ids, {len(set(given))} of them different"
        )
    missing = set(given) - recorded
    if missing:
        raise Failure(
            f"{len(missing)} of {answered} answered calls have no row; {min(missing)} is one"
        )
    return len(given)
