"""The version: the repository's VERSION file, of which a source archive carries a copy."""

from pathlib import Path

_HERE = Path(__file__).resolve().parent
_PLACES = (_HERE / "VERSION", _HERE.parent.parent / "VERSION")

__version__ = next(place for place in _PLACES if place.is_file()).read_text("utf-8").strip()
