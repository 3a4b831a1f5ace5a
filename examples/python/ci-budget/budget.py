"""A budget of one CI run: of what is asked of models with this run's metadata.

python budget.py begin --limit-usd 0.50     before the steps that ask models; needs an admin's key
python budget.py check                      after them: fails (1) when they spent more than that

At twice the limit the run is stopped: what goes beyond is refused before a provider is asked.
"""

import argparse
import os
import sys
from decimal import Decimal
from pathlib import Path

import aistrale

RUN = os.environ.get("CI_RUN", "")


def begin(client: aistrale.Aistrale, limit: Decimal) -> int:
    budget = client.budgets.create(
        name(),
        scope={"type": "metadata", "key": "ci_run", "value": RUN},
        period="total",
        limit_usd=2 * limit,
        thresholds=[50, 100],
        action="block",
    )
    print(f"{budget.name} may spend {usd(limit)}, and is stopped at {usd(budget.limit_usd)}")
    return 0


def check(client: aistrale.Aistrale) -> int:
    budget = next((each for each in client.budgets.list() if each.name == name()), None)
    if budget is None:
        print(f"There is no budget {name()!r}: run `budget.py begin` first.", file=sys.stderr)
        return 2
    now, limit = budget.current, budget.limit_usd / 2
    summary = client.telemetry.summary(last="7d", metadata={"ci_run": RUN}, group_by="model")
    lines = [
        f"### {budget.name}: {usd(now.spent_usd)} of {usd(limit)}",
        "",
        "| model | calls | failed | tokens in | out | cost |",
        "|---|---|---|---|---|---|",
    ]
    for group in summary.groups:
        model, cost = group.group["model"] or "(none)", usd(group.cost_usd or Decimal(0))
        tokens = f"{group.input_tokens or 0} | {group.output_tokens or 0}"
        lines.append(f"| {model} | {group.count} | {group.errors} | {tokens} | {cost} |")
    wrong = []
    if now.spent_usd > limit:
        wrong.append(f"That is {usd(now.spent_usd - limit)} too much.")
    if now.unpriced_inferences:
        wrong.append(f"What {now.unpriced_inferences} calls cost is not known.")
    report(lines + ["", *(wrong or ["Within the budget."])])
    client.budgets.delete(budget.id)
    return 1 if wrong else 0


def report(lines: list[str]) -> None:
    """To the log, and onto the run's page where the host has one."""
    text = "\n".join(lines) + "\n"
    print(text, end="")
    page = os.environ.get("GITHUB_STEP_SUMMARY")
    if page:
        with Path(page).open("a", encoding="utf-8") as file:
            file.write(text)


def usd(amount: Decimal) -> str:
    return f"${amount.normalize():f}"


def name() -> str:
    return f"CI run {RUN}"


def main() -> int:
    parser = argparse.ArgumentParser(description="A budget of one CI run.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("begin").add_argument("--limit-usd", type=Decimal, required=True)
    commands.add_parser("check")
    arguments = parser.parse_args()
    if not RUN:
        print("CI_RUN is not set: it says which run this is.", file=sys.stderr)
        return 2
    try:
        with aistrale.Aistrale(timeout=60) as client:
            if arguments.command == "begin":
                return begin(client, arguments.limit_usd)
            return check(client)
    except aistrale.AistraleError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
