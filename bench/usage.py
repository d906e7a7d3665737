"""The processor time and memory of processes, from Linux's /proc; `None` on other systems."""

import os
import re
from pathlib import Path

PROC = Path("/proc")


def processor_seconds(process: int, with_children: bool = False) -> float | None:
    """The processor time that a process has used with all its threads, and, `with_children`, that of
    the processes it has started, whether they live or have ended."""
    own = times_of(PROC / str(process))
    if own is None:
        return None
    ticks = own[1]
    if with_children:
        others = (times_of(folder) for folder in PROC.glob("[0-9]*"))
        ticks += own[2] + sum(times[1] for times in others if times and times[0] == process)
    return ticks / os.sysconf("SC_CLK_TCK")


def times_of(process: Path) -> tuple[int, int, int] | None:
    """The parent of a process, its own ticks, and those of the children it has waited for."""
    try:
        return times_in((process / "stat").read_text())
    except OSError:
        return None


def times_in(stat: str) -> tuple[int, int, int]:
    # proc_pid_stat(5): the second field is a name in parentheses, which may contain anything.
    fields = ["", "", "", *stat.rpartition(") ")[2].split()]
    return int(fields[4]), int(fields[14]) + int(fields[15]), int(fields[16]) + int(fields[17])


def forget_peak_memory(process: int) -> None:
    """Resets `peak_memory_mib` to what the process has now."""
    try:
        (PROC / str(process) / "clear_refs").write_text("5")
    except OSError:
        pass  # The earlier peak counts too.


def peak_memory_mib(process: int) -> float | None:
    """The most memory that a process has had at once."""
    try:
        return peak_mib_in((PROC / str(process) / "status").read_text())
    except OSError:
        return None


def peak_mib_in(status: str) -> float:
    return int(re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)[1]) / 1024
