"""Tests of the scripts: `python3 -m unittest tests` in this folder. `cargo xtask test --web` runs them."""

import contextlib
import io
import json
import platform
import tempfile
import unittest
from pathlib import Path

import instructions
import load
import report
import usage


def measured(it: load.Load, rate: float) -> load.Measured:
    p99_ms = 1.203 if it.name == load.READ else 1.197
    full, steady = (load.Answered(1000, each, 0.3, p99_ms) for each in (rate, 0.7 * rate))
    ceiling, clients = (100.0, 8) if it.statement else (None, None)
    return load.Measured(full, steady, ceiling, clients, server_us=None, database_us=20.0, peak_mib=49.0)


def report_of(*rates: float) -> list[str]:
    rounds = [{it.name: measured(it, rate) for it in load.LOADS} for rate in rates]
    return report.text(load.LOADS, rounds, start_ms=30, steady=0.7).splitlines()


class Report(unittest.TestCase):
    def test_the_median_of_the_ratios_is_judged(self) -> None:
        lines = report_of(66.0, 60.0, 90.0)
        read = next(line for line in lines if line.startswith(load.READ))
        self.assertIn("pgbench, plain SQL, 8 clients", read)
        self.assertTrue(read.endswith("0.66    0.60 to 0.90  >= 0.65 ok"), read)
        # Create, both on SQLite, the memory of both stores, and the spread of the read.
        missed = [line for line in lines if line.endswith("MISSED")]
        self.assertEqual(len(missed), 6, missed)

    def test_a_number_that_the_system_does_not_tell_is_left_open(self) -> None:
        lines = [line for line in report_of(1.0) if line.startswith("create, SQLite")]
        self.assertEqual(lines[1].split()[2:], ["1", "-", "0.30", "1.20", "-", "20.0"])


class Outputs(unittest.TestCase):
    def test_the_line_of_load_lua_is_read(self) -> None:
        answered = load.answered_in("Running\nLOAD 3000 2000000 0 700 1500\n")
        self.assertEqual(answered, load.Answered(3000, 1500.0, 0.7, 1.5))

    def test_a_load_with_failures_ends_the_measurement(self) -> None:
        for output in ("LOAD 3000 2000000 1 700 1500\n", "unable to connect\n"):
            with self.assertRaises(SystemExit):
                load.answered_in(output)

    def test_the_rate_of_pgbench_is_the_one_without_connecting(self) -> None:
        output = "number of failed transactions: 0 (0.000%)\ntps = 1234.5 (without initial connection time)\n"
        self.assertEqual(load.rate_in(output), 1234.5)

    def test_a_run_of_pgbench_with_failures_ends_the_measurement(self) -> None:
        with self.assertRaises(SystemExit):
            load.rate_in("number of failed transactions: 3 (0.1%)\ntps = 1234.5 (without)\n")

    def test_times_are_found_behind_any_name(self) -> None:
        stat = "7 (a) (b) S 1 7 7 0 -1 4 9 0 0 0 11 12 13 14 20 0 1 0"
        self.assertEqual(usage.times_in(stat), (1, 23, 27))

    def test_the_peak_is_in_mebibytes(self) -> None:
        self.assertEqual(usage.peak_mib_in("Name:\tx\nVmHWM:\t    2048 kB\n"), 2.0)


class Counts(unittest.TestCase):
    KEPT = {"read": 1000, "list": 1000, "cursor": 1000, "old": 1}

    def test_counts_that_are_higher_or_lower_than_before_are_named(self) -> None:
        counted = {"read": 1031, "list": 969, "cursor": 1029, "new": 1}
        expected = [
            "list: 1000 before, 969 now (-3.1 %)",
            "new: new",
            "old: gone",
            "read: 1000 before, 1031 now (+3.1 %)",
        ]
        self.assertEqual(instructions.differences(self.KEPT, counted), expected)
        self.assertEqual(instructions.differences(self.KEPT, self.KEPT), [])

    def test_other_architectures_keep_their_counts(self) -> None:
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
            file = Path(folder) / "instructions.json"
            file.write_text('{"another": {"read": 7}}')
            instructions.write(file, {"read": 1000})
            self.assertEqual(json.loads(file.read_text()), {"another": {"read": 7}, platform.machine(): {"read": 1000}})
            instructions.compare(file, {"read": 1010})
            with self.assertRaisesRegex(SystemExit, "read: 1000 before"):
                instructions.compare(file, {"read": 1100})

    def test_the_total_of_callgrind_is_found(self) -> None:
        self.assertEqual(instructions.total_in("events: Ir\nfn=(1) a\n1 2\n\ntotals: 39\n"), 39)
        for output in ("events: Ir\n", "totals: 0\n"):
            with self.assertRaises(SystemExit):
                instructions.total_in(output)


if __name__ == "__main__":
    unittest.main()
