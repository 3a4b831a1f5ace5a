"""Whether what was answered was recorded."""

import sqlite3
from pathlib import Path

from .processes import Failure


def check(database: Path, ids: Path, answered: int) -> int:
    """Looks for the completed row of every id that a client got; tells how many there are."""
    given = ids.read_text().split()
    if len(given) != answered or len(set(given)) != answered:
        raise Failure(
            f"{answered} answers came with {len(given)} ids, {len(set(given))} of them different"
        )
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        rows = connection.execute("SELECT id FROM inference WHERE status = 'completed'")
        recorded = {str(row[0]) for row in rows}
    finally:
        connection.close()
    missing = set(given) - recorded
    if missing:
        raise Failure(
            f"{len(missing)} of {answered} answered calls have no row; {min(missing)} is one"
        )
    return len(given)
