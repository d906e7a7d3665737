"""How many instructions whole requests and their steps take, counted by Valgrind's callgrind.

They hardly depend on the machine or on what else it does, so the counts are checked in: a change that
makes a request more expensive shows in its review. `cargo xtask instructions` runs this.
"""

import argparse
import itertools
import json
import platform
import re
import sys
import tempfile
from pathlib import Path

from harness import Population, Server, call

COUNTS = Path(__file__).with_name("instructions.json")

# How far a count may be from the one that is checked in, in percent. Two counts of one build differ by
# less than one in a hundred; the rest is for the C library's functions, which other processors have in
# other versions.
TOLERANCE = 3.0

# The function below which the program serves a connection. What other threads do, for the log or for
# PostgreSQL's connections, is not seen.
SERVING = "*h1::dispatcher::Dispatcher*Future*poll*"
# The function below which a step is repeated, and how often.
REPEATING = "*tasklane_bench::steps::run_counted*"
TIMES = 200

# Requests, and how often each is sent: often enough that what only the first one costs does not count.
REQUESTS = {"read": ("read", 300), "list of 50": ("list", 60), "unchanged list (304)": ("unchanged", 300)}


class Callgrind:
    def __init__(self, folder: Path) -> None:
        self.output = folder / "callgrind.out"
        self.log = folder / "valgrind.log"

    def command(self, functions: str) -> list[str]:
        """What to put before a program, to count below the functions that `functions` matches."""
        files = [f"--callgrind-out-file={self.output}", f"--log-file={self.log}"]
        return ["valgrind", "--tool=callgrind", f"--toggle-collect={functions}", *files]

    def each(self, name: str, times: int) -> int:
        """The count of the last run, for one time of several."""
        total = total_in(self.output.read_text())
        print(f"  {name}: {total // times}", flush=True)
        return total // times


def total_in(output: str) -> int:
    found = re.search(r"^totals: ([1-9]\d*)$", output, re.MULTILINE)
    if not found:
        sys.exit("no instruction was counted: the function to count below may have another name now")
    return int(found[1])


def count(arguments: argparse.Namespace, folder: Path) -> dict[str, int]:
    counts = {}
    callgrind = Callgrind(folder)
    for name in call(arguments.bench, "steps").splitlines():
        call(*callgrind.command(REPEATING), arguments.bench, "step", name, TIMES)
        counts[name] = callgrind.each(name, TIMES)
    # What one user's request costs does not depend on the others.
    population = Population(arguments.bench, users=4, tasks=100, active=1)
    population.write_requests(folder, "hs256")
    for store, url in {"SQLite": f"sqlite:{folder}/tasklane.db", "PostgreSQL": arguments.database}.items():
        population.seed(url)
        for request, (kind, times) in REQUESTS.items():
            undisturbed = Server([arguments.tasklane], folder, url)
            requests = undisturbed.requests(kind)
            undisturbed.stop()
            server = Server([*callgrind.command(SERVING), arguments.tasklane], folder, url, workers=1)
            server.send(kind, list(itertools.islice(itertools.cycle(requests), times)))
            server.stop()
            name = f"request: {request}, {store}"
            counts[name] = callgrind.each(name, times)
    return counts


def differences(kept: dict[str, int], counted: dict[str, int]) -> list[str]:
    findings = []
    for name in sorted(kept.keys() | counted.keys()):
        if name not in counted:
            findings.append(f"{name}: gone")
        elif name not in kept:
            findings.append(f"{name}: new")
        elif abs(percent := (counted[name] / kept[name] - 1) * 100) > TOLERANCE:
            findings.append(f"{name}: {kept[name]} before, {counted[name]} now ({percent:+.1f} %)")
    return findings


def write(file: Path, counts: dict[str, int]) -> None:
    """Writes the counts of this machine's architecture; others keep theirs."""
    everything = read_json(file)
    everything[platform.machine()] = counts
    file.write_text(json.dumps(everything, indent=2, sort_keys=True) + "\n")
    print(f"wrote {file.name}")


def compare(file: Path, counts: dict[str, int]) -> None:
    """Fails when counts differ from those of the file, and names them."""
    if findings := differences(read_json(file).get(platform.machine(), {}), counts):
        lines = "\n  ".join([f"{file.name} has other counts:", *findings])
        sys.exit(f"{lines}\nIf that is intended, run `cargo xtask instructions`, which writes it")
    print(f"all within {TOLERANCE} % of {file.name}")


def read_json(file: Path) -> dict[str, dict[str, int]]:
    return json.loads(file.read_text()) if file.exists() else {}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasklane", type=Path, required=True, help="the program to measure")
    parser.add_argument("--bench", type=Path, required=True, help="the program tasklane-bench")
    parser.add_argument("--database", required=True, help="a superuser's URL of a PostgreSQL")
    parser.add_argument("--check", action="store_true", help="compare with the counts that are checked in")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        counts = count(arguments, Path(folder))
    (compare if arguments.check else write)(COUNTS, counts)


if __name__ == "__main__":
    main()
