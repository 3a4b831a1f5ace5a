"""The run from its beginning to the report."""

import argparse
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from . import money, report, rows, soak, telemetry, webhooks
from .facts import facts, load_average, machine_name
from .load import Load, Target
from .measures import Bound, Measures
from .plan import Rounds
from .postgres import Nodes, Postgres
from .processes import BENCH, ROOT, Failure, Gateway, Mock, build_product, build_tools


@dataclass(frozen=True)
class Size:
    """Of a run: rounds, server starts before them, length of a measurement, the end in seconds."""

    rounds: int
    starts: int
    scale: float
    limit: int


FULL = Size(rounds=5, starts=3, scale=1, limit=420)
QUICK = Size(rounds=2, starts=1, scale=0.6, limit=180)
WARM_UP_SECONDS = 15
START = Bound(most=2.0)
MEMORY = Bound(most=350)
SDK = ROOT / "sdk" / "python" / "bench" / "run"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="bench/run", description="Measures the gateway beside direct calls."
    )
    parser.add_argument(
        "--quick", action="store_true", help="about 90 s instead of 5 minutes; writes no results"
    )
    parser.add_argument("--sdk", action="store_true", help="the Python SDK's benchmark instead")
    parser.add_argument(
        "--postgres",
        action="store_true",
        help="PostgreSQL beside SQLite instead, and two nodes beside one",
    )
    parser.add_argument(
        "--money",
        action="store_true",
        help="budgets, limits, routing and idempotency on instead, on SQLite, with --postgres on PostgreSQL",
    )
    parser.add_argument(
        "--soak", action="store_true", help="a million calls instead: does the memory stay?"
    )
    parser.add_argument(
        "--telemetry",
        action="store_true",
        help="reading a million records instead, on SQLite, with --postgres on PostgreSQL",
    )
    parser.add_argument(
        "--webhooks",
        action="store_true",
        help="deliveries instead: how many, how soon, at what cost; on SQLite, with --postgres on PostgreSQL",
    )
    options = parser.parse_args(arguments)
    try:
        if options.sdk:
            return sdk()
        if options.telemetry:
            telemetry.run(options.postgres)
        elif options.soak:
            run_soak()
        elif options.webhooks:
            run_webhooks(options.quick, options.postgres)
        elif options.money:
            run_money(options.quick, options.postgres)
        elif options.postgres:
            run_postgres(options.quick)
        else:
            run(options.quick)
    except Failure as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as failed:
        print(
            f"bench: `{failed.cmd[0]}` ended with {failed.returncode}; it said above why.",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        print("bench: interrupted; everything it had started is ended.", file=sys.stderr)
        return 130
    return 0


def sdk() -> int:
    if not SDK.exists():
        raise Failure(f"{SDK.relative_to(ROOT)} is not there")
    return subprocess.run([str(SDK)], check=False).returncode


def say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


def too_long(number: int, frame: object) -> None:
    raise Failure(
        "this took longer than it may; the machine is too busy for figures that mean anything."
    )


def interrupted(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def prepare(limit: int) -> tuple[float, dict[str, str], Measures]:
    """Builds what is measured and sees to the end. The begin, what is known, no figures yet."""
    build_tools()
    version = build_product()
    signal.signal(signal.SIGTERM, interrupted)
    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(limit)
    begin = time.monotonic()
    known = facts(version)
    known["load average before"] = load_average()
    return begin, known, Measures()


def run(quick: bool) -> None:
    """Prints the table; a missed target is said there and fails nothing."""
    size = QUICK if quick else FULL
    begin, known, measures = prepare(size.limit)
    with ExitStack() as ends:
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="aistrale-bench-")))
        starts(folder, size.starts, measures)
        mock = Mock(folder)
        ends.callback(mock.end)
        gateway = Gateway(folder / "load", mock.url)
        ends.callback(gateway.end)
        gateway.first_answer()
        ids = folder / "ids"
        load = Load(mock, ids)
        rounds = Rounds(load, Target.direct(mock), Target.of(gateway), measures, size.scale)
        say(f"warming up for {WARM_UP_SECONDS} s and a little more")
        rounds.warm_up(WARM_UP_SECONDS)
        known["rounds"] = f"{all_rounds(rounds.round, size, begin)} of {size.rounds}"
        for when, value in gateway.memory().items():
            measures.add(f"resident memory, {when}", "MiB", value, MEMORY)
        known["load average after"] = load_average()
        gateway.end()
        recorded = rows.check(gateway.data / "aistrale.db", load.ids(), load.answered)
        known["rows"] = f"{recorded:,} calls were answered, and each has its row"
    tell("", known, measures, begin, quick)


def tell(which: str, known: dict[str, str], measures: Measures, begin: float, quick: bool) -> None:
    """Prints the table, and keeps it unless the run was a quick one."""
    signal.alarm(0)
    known["duration"] = f"{time.monotonic() - begin:.0f} s" + (", --quick" if quick else "")
    print("\n".join(f"{name}: {value}" for name, value in known.items()))
    print("\n" + report.table(measures.all()))
    if not quick:
        page = report.save(BENCH / "results", machine_name() + which, known, measures.all())
        say(f"written: {page.relative_to(ROOT)}")


def run_soak() -> None:
    begin, known, measures = prepare(soak.LIMIT_SECONDS + 60)
    with ExitStack() as ends:
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="aistrale-bench-")))
        mock = Mock(folder)
        ends.callback(mock.end)
        gateway = Gateway(folder / "soak", mock.url)
        ends.callback(gateway.end)
        gateway.first_answer()
        load = Load(mock, folder / "ids")
        soak.soak(load, gateway, measures)
        known["load average after"] = load_average()
        gateway.end()
        recorded = rows.check(gateway.data / "aistrale.db", load.ids(), load.answered)
        known["rows"] = f"{recorded:,} calls were answered, and each has its row"
    tell("-soak", known, measures, begin, quick=False)


def run_money(quick: bool, postgres: bool) -> None:
    """As `run`, with all on that keeps money; what the budgets say is held to the rows."""
    size = QUICK if quick else FULL
    begin, known, measures = prepare(size.limit)
    with ExitStack() as ends:
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="aistrale-bench-")))
        database = Postgres() if postgres else None
        if database is not None:
            ends.callback(database.end)
        mock = Mock(folder)
        ends.callback(mock.end)
        settings = money.prices(folder) | {"AISTRALE_ADMIN_KEY": money.KEY}
        settings |= {} if database is None else database.settings()
        gateway = Gateway(folder / "money", mock.url, settings)
        ends.callback(gateway.end)
        gateway.first_answer()
        account = money.Account(gateway)
        load = Load(mock, folder / "ids")
        rounds = Rounds(load, Target.direct(mock), account.target, measures, size.scale, money.PLAN)
        say(f"warming up for {WARM_UP_SECONDS} s and a little more")
        rounds.warm_up(WARM_UP_SECONDS)

        def one() -> None:
            rounds.round()
            account.open_circuit(load, measures, size.scale)

        known["rounds"] = f"{all_rounds(one, size, begin)} of {size.rounds}"
        known["load average after"] = load_average()
        if database is None:
            file = gateway.data / "aistrale.db"
            known["budgets"] = account.check(money.spent(file))
            gateway.end()
            recorded = rows.check(file, load.ids(), load.answered)
        else:
            known["budgets"] = account.check(money.spent_on(database))
            gateway.end()
            recorded = rows.check_postgres(database, load.ids(), load.answered)
        known["rows"] = f"{recorded:,} calls were answered, and each has its row"
    tell("-money-postgresql" if postgres else "-money-sqlite", known, measures, begin, quick)


def run_webhooks(quick: bool, postgres: bool) -> None:
    """One server, a receiver on the same cores, and events by the ten thousand."""
    size = QUICK if quick else FULL
    events = 10_000 if quick else 30_000
    begin, known, measures = prepare(size.limit)
    with ExitStack() as ends:
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="aistrale-bench-")))
        database = Postgres() if postgres else None
        if database is not None:
            ends.callback(database.end)
        mock = Mock(folder)
        ends.callback(mock.end)
        receiver = webhooks.Receiver(folder)
        ends.callback(receiver.end)
        settings = webhooks.SETTINGS | ({} if database is None else database.settings())
        gateway = Gateway(folder / "webhooks", mock.url, settings)
        ends.callback(gateway.end)
        gateway.first_answer()
        load = Load(mock, folder / "ids")
        hooks = webhooks.Hooks(gateway, database, receiver)
        say("warming up")
        hooks.warm_up(load, 5 * size.scale, events)
        hooks.idle(20 * size.scale, measures)

        def one() -> None:
            hooks.round(load, measures, events, 6 * size.scale)

        known["rounds"] = f"{all_rounds(one, size, begin)} of {size.rounds}"
        for when, value in gateway.memory().items():
            measures.add(f"resident memory, {when}", "MiB", value, MEMORY)
        known["deliveries"] = hooks.check()
        known["load average after"] = load_average()
        gateway.end()
        if database is None:
            recorded = rows.check(gateway.data / "aistrale.db", load.ids(), load.answered)
        else:
            recorded = rows.check_postgres(database, load.ids(), load.answered)
        known["rows"] = f"{recorded:,} calls were answered, and each has its row"
    tell("-webhooks-postgresql" if postgres else "-webhooks-sqlite", known, measures, begin, quick)


def run_postgres(quick: bool) -> None:
    """Starts a PostgreSQL of its own."""
    size = QUICK if quick else FULL
    begin, known, measures = prepare(size.limit)
    with ExitStack() as ends:
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="aistrale-bench-")))
        database = Postgres()
        ends.callback(database.end)
        mock = Mock(folder)
        ends.callback(mock.end)
        nodes = Nodes(folder, mock, database, ends)
        say("warming up")
        nodes.warm_up(3 if quick else 8)
        for number in range(size.rounds):
            say(f"round {number + 1}")
            nodes.round(measures, 4 * size.scale)
        nodes.end()
        recorded = rows.check(nodes.sqlite_file, nodes.sqlite.ids(), nodes.sqlite.answered)
        shared = rows.check_postgres(database, nodes.postgres.ids(), nodes.postgres.answered)
        known["rows"] = f"{recorded:,} and {shared:,} calls were answered, and each has its row"
    known["load average after"] = load_average()
    tell("-postgres", known, measures, begin, quick)


def all_rounds(one: Callable[[], None], size: Size, begin: float) -> int:
    """How many rounds there were: on a busy machine they take longer, and fewer of them fit."""
    longest = 0.0
    for number in range(size.rounds):
        if time.monotonic() - begin + longest > size.limit - 20:
            return number
        say(f"round {number + 1}")
        started = time.monotonic()
        one()
        longest = max(longest, time.monotonic() - started)
    return size.rounds


def starts(folder: Path, count: int, measures: Measures) -> None:
    """From the launcher's exec to the first answer: with nothing there yet, and once more."""
    say("starting the server on an empty and on a used data directory")
    for number in range(count):
        for name in ("first start", "second start"):
            gateway = Gateway(folder / f"start-{number}", None)
            try:
                measures.add(f"{name} to first answer", "s", gateway.first_answer(), START)
            finally:
                gateway.end()
