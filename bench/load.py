"""Requests per second, as shares of what PostgreSQL does without a server in front of it.

Server, database and load generator share the machine, and all absolute numbers depend on it. Each round
measures everything once, so that numbers that are compared were measured next to each other. `cargo
xtask bench` runs this.
"""

import argparse
import os
import re
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import report
import usage
from harness import SEPARATOR, Population, Server, call

FOLDER = Path(__file__).parent

# Seconds of a load that do not count, in which connections are made and caches fill.
WARM_UP = 1
# The share of the highest rate that is sent to see how long answers take when there is room.
STEADY = 0.7

THREADS = 2
# wrk's connections at the highest rate. At a lower rate clients send whether or not others have been
# answered: with that many, each of them pauses for much longer than an answer takes.
CONNECTIONS = 32
STEADY_CONNECTIONS = 64
# pgbench's clients: reads do best with few, commits with many.
CLIENTS = (8, 16, 32)


@dataclass(frozen=True)
class Load:
    """Requests of a kind that go to one of the servers. `against` is what their rate is compared with,
    another load or pgbench with a statement, and `least` the ratio to reach."""

    name: str
    server: str
    kind: str
    against: str | None = None
    least: float = 0.0

    @property
    def statement(self) -> Path | None:
        file = FOLDER / "ceiling" / f"{self.against}.sql"
        return file if file.exists() else None


LIVE = "GET /health/live"
READ = "keyed read, PostgreSQL"
CREATE = "create, PostgreSQL"

# Those first that change nothing.
LOADS = (
    Load(LIVE, "PostgreSQL", "live"),
    Load(READ, "PostgreSQL", "read", "read", 0.65),
    Load("keyed read with EdDSA tokens, PostgreSQL", "EdDSA", "read", READ, 0.9),
    Load("keyed read, SQLite", "SQLite", "read", READ, 1.2),
    Load("list of 50, PostgreSQL", "PostgreSQL", "list", "list", 0.45),
    Load("unchanged list (304), PostgreSQL", "PostgreSQL", "unchanged", READ, 1.0),
    Load("toggle, PostgreSQL", "PostgreSQL", "toggle", "toggle", 0.65),
    Load(CREATE, "PostgreSQL", "create", "create", 0.75),
    Load("create, SQLite", "SQLite", "create", CREATE, 2.0),
)


@dataclass
class Answered:
    requests: int
    rate: float
    p50_ms: float
    p99_ms: float


@dataclass
class Measured:
    full: Answered
    steady: Answered
    # What pgbench did a second right after, and with how many clients.
    ceiling: float | None
    clients: int | None
    # Processor time of one request, in microseconds, where the system tells.
    server_us: float | None
    database_us: float | None
    # The most memory that the server had meanwhile, in MiB.
    peak_mib: float | None


def wrk(server: Server, requests: Path, seconds: int, rate: float | None = None) -> Answered:
    """Sends requests that are picked at random for some seconds: as many as are answered, or at random
    times at a rate a second."""
    connections = STEADY_CONNECTIONS if rate else CONNECTIONS
    os.environ["REQUESTS"] = str(requests)
    # On each connection, the milliseconds between two requests.
    os.environ["PAUSE"] = str(connections / rate * 1e3 if rate else 0)
    url = "http://{}:{}".format(*server.address)
    return answered_in(call("wrk", f"-c{connections}", f"-t{THREADS}", f"-d{seconds}s", "-s", FOLDER / "load.lua", url))


def answered_in(output: str) -> Answered:
    """Reads the line of load.lua: requests, microseconds that they took in all, failures, and the two
    latencies in microseconds."""
    found = re.search(r"^LOAD (\d+) (\d+) (\d+) (\d+) (\d+)$", output, re.MULTILINE)
    if not found or found[3] != "0":
        sys.exit(f"wrk reports failures:\n{output}")
    count, micros, _, p50, p99 = (int(number) for number in found.groups())
    return Answered(count, count / (micros / 1e6), p50 / 1e3, p99 / 1e3)


class Ceiling:
    """pgbench, which runs plain statements for the same work on a plain table, without a need for
    revisions, quotas or change feeds. A server that sends one statement at a time cannot exceed it.
    Ids are computed from numbers, since pgbench knows nothing else: about a microsecond a statement."""

    def __init__(self, pgbench: Path, database: str, population: Population, folder: Path) -> None:
        self.pgbench, self.folder = pgbench, folder
        self.variables = [f"--define={name}={number}" for name, number in population.numbers.items()]
        self.url = database
        self.execute("CREATE DATABASE ceiling;")
        self.url = database.rpartition("/")[0] + "/ceiling"
        self.execute((FOLDER / "ceiling" / "setup.sql").read_text())
        for name in ("read", "toggle", "create"):
            # \gset fails unless there is exactly one row.
            text = (FOLDER / "ceiling" / f"{name}.sql").read_text()
            self.execute(text.rstrip().removesuffix(";") + " \\gset")

    def run(self, script: Path, *options: str) -> str:
        return call(self.pgbench, "--no-vacuum", *options, *self.variables, "--file", script, self.url)

    def execute(self, statements: str) -> None:
        script = self.folder / "once.sql"
        script.write_text(statements + "\n")
        output = self.run(script, "--protocol=simple", "--transactions=1")
        if "actually processed: 1/1" not in output:
            sys.exit(f"pgbench cannot run this:\n{statements}\n{output}")

    def rate(self, statement: Path, seconds: int) -> tuple[float, int]:
        """How often a statement runs in a second with the best number of clients, and that number."""
        rates = []
        for clients in CLIENTS:
            options = (f"--client={clients}", f"--jobs={THREADS}", f"--time={seconds}")
            rates.append((rate_in(self.run(statement, "--protocol=prepared", *options)), clients))
        return max(rates)


def rate_in(output: str) -> float:
    failed = re.search(r"^number of failed transactions: [1-9]", output, re.MULTILINE)
    found = re.search(r"^tps = ([\d.]+)", output, re.MULTILINE)
    if failed or not found:
        sys.exit(f"pgbench reports failures:\n{output}")
    return float(found[1])


class Bench:
    """Everything that runs while it is measured."""

    def __init__(self, arguments: argparse.Namespace, folder: Path) -> None:
        self.database_process = arguments.database_process
        self.seconds = arguments.seconds
        # The same as in comparisons with other servers, so that ratios can be compared too.
        population = Population(arguments.bench, users=1000, tasks=100, active=200)
        hs256, eddsa, sqlite = folder / "hs256", folder / "eddsa", f"sqlite:{folder}/tasklane.db"
        population.write_requests(hs256, "hs256")
        population.write_requests(eddsa, "eddsa")
        for store in (arguments.database, sqlite):
            print("creating 1000 users with 100 tasks each", flush=True)
            population.seed(store)
        self.ceiling = Ceiling(arguments.pgbench, arguments.database, population, folder)
        starts = []
        for _ in range(5):
            server = Server([arguments.tasklane], hs256, arguments.database)
            starts.append(server.started_within)
            server.stop()
        self.start_ms = statistics.median(starts) * 1e3
        self.servers = {
            "PostgreSQL": Server([arguments.tasklane], hs256, arguments.database),
            "EdDSA": Server([arguments.tasklane], eddsa, arguments.database),
            "SQLite": Server([arguments.tasklane], hs256, sqlite),
        }
        for load in LOADS:
            server = self.servers[load.server]
            server.send(load.kind, server.requests(load.kind)[:3])

    def stop(self) -> None:
        for server in self.servers.values():
            server.stop()

    def measure(self, load: Load) -> Measured:
        """Runs a load, first as fast as it is answered, then slower, and then its ceiling."""
        server = self.servers[load.server]
        requests = server.folder / f"{load.kind}.requests"
        if load.kind == "unchanged":
            requests.write_bytes(SEPARATOR.join(server.requests(load.kind)).encode())
        self.ceiling.execute("CHECKPOINT;")
        # What the load before has written, the lines of its log above all, would otherwise reach the
        # disk half a minute later, and make the commits of that moment wait.
        os.sync()
        wrk(server, requests, WARM_UP)
        usage.forget_peak_memory(server.process.pid)
        before = self.processor_times(server)
        full = wrk(server, requests, self.seconds)
        after = self.processor_times(server)
        peak_mib = usage.peak_memory_mib(server.process.pid)
        server_us, database_us = (
            None if then is None or now is None else (now - then) / full.requests * 1e6
            for then, now in zip(before, after)
        )
        steady = wrk(server, requests, self.seconds, rate=STEADY * full.rate)
        ceiling, clients = self.ceiling.rate(load.statement, self.seconds) if load.statement else (None, None)
        print(f"  {load.name}: {full.rate:.0f} a second", flush=True)
        return Measured(full, steady, ceiling, clients, server_us, database_us, peak_mib)

    def processor_times(self, server: Server) -> tuple[float | None, float | None]:
        database = usage.processor_seconds(self.database_process, with_children=True)
        return usage.processor_seconds(server.process.pid), database


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasklane", type=Path, required=True, help="the program to measure")
    parser.add_argument("--bench", type=Path, required=True, help="the program tasklane-bench")
    parser.add_argument("--pgbench", type=Path, required=True, help="the program pgbench")
    parser.add_argument("--database", required=True, help="a superuser's URL of a PostgreSQL that syncs its commits")
    parser.add_argument("--database-process", type=int, required=True, help="its first process")
    parser.add_argument("--seconds", type=int, required=True, help="of each load")
    parser.add_argument("--rounds", type=int, required=True, help="the median of the ratios counts")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(arguments, Path(folder))
        rounds = []
        for number in range(1, arguments.rounds + 1):
            print(f"round {number} of {arguments.rounds}", flush=True)
            rounds.append({load.name: bench.measure(load) for load in LOADS})
        bench.stop()
    print(report.text(LOADS, rounds, bench.start_ms, STEADY))


if __name__ == "__main__":
    main()
