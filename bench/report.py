"""The results of all rounds, in a form that can be compared between machines."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from load import Load, Measured

# The most memory that a server may need under these loads.
MOST_MIB = 48
# The highest ratio of the 99th percentile of latencies to their median, when there is room.
WIDEST_SPREAD = 4.0
# The longest that a start on a store that exists may take.
LONGEST_START_MS = 200
# The most processor time that a keyed read may cost the server, as a multiple of a request that asks no
# store.
MOST_READ_TIME = 1.6

Rounds = list[dict[str, "Measured"]]


def verdict(reached: bool) -> str:
    return "ok" if reached else "MISSED"


def median(rounds: Rounds, load: Load, value: Callable[[Measured], float | None]) -> float | None:
    values = [value(measured[load.name]) for measured in rounds]
    return None if None in values else statistics.median(values)


def text(loads: tuple[Load, ...], rounds: Rounds, start_ms: float, steady: float) -> str:
    """Ratios with their targets, then the numbers that they are made of: medians of the rounds."""
    lines = ["", f"{'':42} {'against':34} {'ratio':>5} {'of the rounds':>15}  target"]
    lines += [ratio(load, rounds) for load in loads if load.against]
    lines.append(read_time(loads, rounds))
    lines += [memory(store, loads, rounds) for store in ("PostgreSQL", "SQLite")]
    reached = verdict(start_ms <= LONGEST_START_MS)
    lines.append(f"{'start to listening, PostgreSQL':42} {start_ms:.0f} ms, target <= {LONGEST_START_MS} ms {reached}")
    lines += ["", f"{'':42} {'a second':>9} {'pgbench':>9} {'p50 ms':>7} {'p99 ms':>7} {'server µs':>10} {'PostgreSQL µs':>14}"]
    lines += [full_rate(load, rounds) for load in loads]
    lines += ["", f"{f'at {steady:.0%} of that':42} {'a second':>9} {'p50 ms':>7} {'p99 ms':>7} {'p99/p50':>8}  target"]
    lines += [steady_rate(load, rounds) for load in loads]
    return "\n".join(lines)


def ratio(load: Load, rounds: Rounds) -> str:
    against = load.against
    if load.statement:
        clients = sorted({measured[load.name].clients for measured in rounds})
        against = f"pgbench, plain SQL, {'/'.join(map(str, clients))} clients"
        ratios = [measured[load.name].full.rate / measured[load.name].ceiling for measured in rounds]
    else:
        ratios = [measured[load.name].full.rate / measured[against].full.rate for measured in rounds]
    middle = statistics.median(ratios)
    spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
    reached = verdict(middle >= load.least)
    return f"{load.name:42} {against:34} {middle:5.2f} {spread:>15}  >= {load.least:.2f} {reached}"


def read_time(loads: tuple[Load, ...], rounds: Rounds) -> str:
    live, read = (median(rounds, load, lambda it: it.server_us) for load in loads[:2])
    name = "processor time of a keyed read"
    if not live or not read:
        return f"{name:42} not known on this system"
    reached = verdict(read / live <= MOST_READ_TIME)
    return f"{name:42} {loads[0].name:34} {read / live:5.2f} {'':>15}  <= {MOST_READ_TIME:.2f} {reached}"


def memory(store: str, loads: tuple[Load, ...], rounds: Rounds) -> str:
    """The most that a server had under any load."""
    name = f"peak memory, {store}"
    peaks = [measured[load.name].peak_mib for measured in rounds for load in loads if load.server == store]
    if None in peaks:
        return f"{name:42} not known on this system"
    return f"{name:42} {max(peaks):.0f} MiB, target <= {MOST_MIB} MiB {verdict(max(peaks) <= MOST_MIB)}"


def full_rate(load: Load, rounds: Rounds) -> str:
    def shown(value: Callable[[Measured], float | None], digits: int, width: int) -> str:
        number = median(rounds, load, value)
        return f"{'-' if number is None else format(number, f'.{digits}f'):>{width}}"

    cells = [
        shown(lambda it: it.full.rate, 0, 9),
        shown(lambda it: it.ceiling, 0, 9),
        shown(lambda it: it.full.p50_ms, 2, 7),
        shown(lambda it: it.full.p99_ms, 2, 7),
        shown(lambda it: it.server_us, 1, 10),
        shown(lambda it: it.database_us, 1, 14),
    ]
    return f"{load.name:42} {' '.join(cells)}"


def steady_rate(load: Load, rounds: Rounds) -> str:
    rate, p50, p99, spread = (
        median(rounds, load, value)
        for value in (
            lambda it: it.steady.rate,
            lambda it: it.steady.p50_ms,
            lambda it: it.steady.p99_ms,
            lambda it: it.steady.p99_ms / it.steady.p50_ms,
        )
    )
    reached = verdict(spread <= WIDEST_SPREAD)
    return f"{load.name:42} {rate:9.0f} {p50:7.2f} {p99:7.2f} {spread:8.1f}  <= {WIDEST_SPREAD:.0f} {reached}"
