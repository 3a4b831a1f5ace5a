"""Writes what bench.mjs found into bench/results, beside the machine's facts, as the other benches do."""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "bench"))

from harness import facts, report  # noqa: E402
from harness.measures import Bound, Measures  # noqa: E402

LARGEST_KIB = 5.0
"""As tests/package.test.ts holds it."""


def main(found: Path, load_before: str) -> None:
    taken = json.loads(found.read_text("utf-8"))
    described = facts.machine(f"@aistrale/sdk {(ROOT / 'VERSION').read_text().strip()}") | taken["facts"]
    described["load average before"] = load_before or "unknown"
    described["load average after"] = facts.load_average()
    measures = Measures()
    for each in taken["figures"]:
        gated = each["name"] == "min+gzip, before the program runs: @aistrale/sdk"
        for value in each["rounds"]:
            measures.add(each["name"], each["unit"], value, Bound(most=LARGEST_KIB) if gated else None)
    machine = f"{facts.machine_name()}-typescript"
    print(f"written: {report.save(ROOT / 'bench' / 'results', machine, described, measures.all())}")


main(Path(sys.argv[1]), sys.argv[2])
