"""Writes the table that oracle.rs compares with: rules, and their first days as python-dateutil makes them.

    pip install python-dateutil==2.9.0.post0
    python3 oracle.py > oracle.txt

A line is the start, the rule in the words of RFC 5545, and how many days each of its first days is after
the one before it (the first: after the start). The rules are random, but the same each time. They are limited
to what dateutil and Tasklane both mean: a day that a month does not have is omitted, and a yearly rule with
days of the month names its months.
"""

import random
from datetime import datetime, timedelta
from itertools import islice

from dateutil import rrule
from dateutil.relativedelta import relativedelta

RULES = 10_000
DAYS = 5
YEARS = 100
WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
FREQUENCIES = ["YEARLY", "MONTHLY", "WEEKLY", "DAILY"]


def some(pick, values, most):
    """A few values, each once."""
    return list(dict.fromkeys(pick.sample(values, pick.randint(1, most))))


def random_rule(pick):
    """The members of a rule, by their names in RFC 5545."""
    frequency = pick.choice(FREQUENCIES)
    rule = {"FREQ": frequency}
    by_months = frequency in ("YEARLY", "MONTHLY")
    if pick.random() < 0.5:
        rule["INTERVAL"] = pick.choice([2, 3, 4, 5, 7, 12, 30])
    if pick.random() < 0.35:
        rule["BYMONTH"] = some(pick, range(1, 13), 4)
    if frequency != "WEEKLY" and pick.random() < 0.4:
        days = [1, 13, 28, 29, 30, 31, -1, -2, -29, -30, -31, pick.randint(2, 27), -pick.randint(3, 28)]
        rule["BYMONTHDAY"] = some(pick, days, 4)
        if frequency == "YEARLY" and "BYMONTH" not in rule:
            rule["BYMONTH"] = some(pick, range(1, 13), 4)
    if pick.random() < 0.5:
        with_nth = frequency == "MONTHLY" or (frequency == "YEARLY" and "BYMONTH" in rule)
        nths = [1, 2, 3, 4, 5, -1, -2, -3, -4, -5] if with_nth and pick.random() < 0.5 else [""]
        days = [f"{nth}{day}" for nth in nths for day in WEEKDAYS]
        rule["BYDAY"] = some(pick, days, 5)
    if by_months and pick.random() < 0.3 and any(name.startswith("BY") for name in rule):
        rule["BYSETPOS"] = some(pick, [1, 2, 3, 5, 31, -1, -2, -4, -31], 2)
    if frequency == "WEEKLY":
        rule["WKST"] = pick.choice(WEEKDAYS)
    return rule


def random_start(pick):
    start = datetime(2000, 1, 1) + timedelta(days=pick.randrange(36_525))
    ends = [start.replace(month=2, day=28), start.replace(month=12, day=31), start.replace(month=1, day=31)]
    return pick.choice([start, start, start, *ends])


def to_text(value):
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def gaps(text, start):
    until = start + relativedelta(years=YEARS)
    days = rrule.rrulestr(f"{text};UNTIL={until:%Y%m%d}", dtstart=start)
    previous = start
    for day in islice(days, DAYS):
        yield (day - previous).days
        previous = day


def main():
    pick = random.Random(20261129)
    for _ in range(RULES):
        start, rule = random_start(pick), random_rule(pick)
        text = ";".join(f"{name}={to_text(value)}" for name, value in rule.items())
        print(f"{start:%Y-%m-%d} {text}", *gaps(text, start))


main()
