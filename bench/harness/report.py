"""The table, and the files under results/."""

import json
from datetime import date
from pathlib import Path

from .measures import Measure


def table(measures: list[Measure]) -> str:
    """Markdown that can be read as it is."""
    head = ["measured", "median", "min", "max", "target", ""]
    rows = [
        [m.name, *_values(m), "" if m.bound is None else m.bound.text(), m.verdict()]
        for m in measures
    ]
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    numbers = range(1, 4)

    def line(row: list[str]) -> str:
        cells = (
            cell.rjust(width) if column in numbers else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        return "| " + " | ".join(cells) + " |"

    rule = [
        "-" * width if column not in numbers else "-" * (width - 1) + ":"
        for column, width in enumerate(widths)
    ]
    return "\n".join([line(head), line(rule), *map(line, rows)])


def _values(measure: Measure) -> list[str]:
    return [
        _figure(value, measure.unit)
        for value in (measure.median, min(measure.rounds), max(measure.rounds))
    ]


def _figure(value: float, unit: str) -> str:
    match unit:
        case "1/s":
            return f"{value:,.0f}"
        case "MiB":
            return f"{value:.0f} MiB"
        case "s":
            return f"{value:.3f} s"
        case _:
            return f"{value:.2f} {unit}"


def markdown(title: str, facts: dict[str, str], measures: list[Measure]) -> str:
    lines = [f"# {title}", "", "[How this was measured and how to read it](../README.md)", ""]
    lines += [f"- {name}: {value}" for name, value in facts.items()]
    return "\n".join([*lines, "", table(measures), ""])


def save(folder: Path, machine: str, facts: dict[str, str], measures: list[Measure]) -> Path:
    """Writes the report twice, for people and for programs. @return the former"""
    name = f"{date.today().isoformat()}-{machine}"
    folder.mkdir(exist_ok=True)
    page = folder / f"{name}.md"
    page.write_text(markdown(f"{date.today().isoformat()}, {machine}", facts, measures))
    figures = {
        m.name: {
            "unit": m.unit,
            "rounds": [round(value, 4) for value in m.rounds],
            **({} if m.bound is None else {"target": m.bound.text(), "verdict": m.verdict()}),
        }
        for m in measures
    }
    (folder / f"{name}.json").write_text(
        json.dumps({"facts": facts, "figures": figures}, indent=1) + "\n"
    )
    return page
