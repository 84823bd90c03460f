#!/usr/bin/env python3
"""Adds up a run directory: every count that two files tell must be the same in both.

Usage: sums.py RUN_DIR…   (needs nothing but Python)

Reads summary.json, the three conversion tables, timeseries.csv, and messages.csv where it was
written. Prints what was compared and ends with 1 if something does not add up.
"""

import csv
import json
import math
import re
import sys
import tomllib
from collections import Counter, defaultdict
from pathlib import Path

COUNTS = (
    "sessions", "verified", "messages_attempted", "messages_accepted", "throttled", "rejected",
    "unknown", "expecting", "not_expecting", "received", "failed", "unreported", "feedback_errors",
    "pending", "delivered", "dlr_delivered", "message_parts",
)
# The last digit of a share or an amount in a table is rounded.
ROUNDING = 0.6e-6
FULL_NUMBER = re.compile(r"\+\d{7,15}")


class Checks:
    def __init__(self):
        self.done, self.failures = Counter(), []

    def equal(self, subject, what, found, wanted):
        self.done[subject] += 1
        if found != wanted:
            self.failures.append(f"{subject}: {what} is {found!r}, expected {wanted!r}")

    def near(self, subject, what, found, wanted, tolerance=ROUNDING):
        """Equal but for rounding; absent must be absent in both."""
        absent = found is None or wanted is None
        same = found is wanted if absent else abs(found - wanted) <= tolerance
        self.equal(subject, what, found if not same else wanted, wanted)


def ratio(part, whole):
    return part / whole if whole else None


def wilson(successes, trials):
    if not trials:
        return [None, None]
    z = 1.959963984540054
    p, square = successes / trials, z * z
    middle = (p + square / (2 * trials)) / (1 + square / trials)
    reach = z * math.sqrt(p * (1 - p) / trials + square / (4 * trials**2)) / (1 + square / trials)
    return [max(0.0, middle - reach), min(1.0, middle + reach)]


def rows_of(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def number(text, kind=float):
    return None if text == "" else kind(text)


def counts_of(row):
    return {key: number(row[key], int) for key in COUNTS}


def added(rows):
    """The sum of the rows; a column that is empty in any row stays unknown."""
    total = {}
    for key in COUNTS:
        values = [row[key] for row in rows]
        total[key] = None if None in values else sum(values)
    return total


def check_summary(summary, checks):
    subject = "summary.json"
    sessions, messages = summary["sessions"], summary["messages"]
    ends = sum(count for end, count in sessions.items() if end != "arrived")
    checks.equal(subject, "the sum of all ends", ends, sessions["arrived"])
    answers = sum(messages[key] for key in ("accepted", "throttled", "rejected", "unknown"))
    checks.equal(subject, "the sum of all answers", answers, messages["attempted"])
    checks.equal(
        subject, "expecting and not", messages["expecting"] + messages["not_expecting"], messages["accepted"]
    )
    settled = ("received", "failed", "unreported", "feedback_errors", "pending")
    put = sum(messages[key] for key in settled)
    checks.equal(subject, "the sum of all feedback", put, messages["expecting"])
    conversion = summary["conversion"]
    checks.near(subject, "session conversion", conversion["session"], ratio(sessions["verified"], sessions["arrived"]), 1e-12)
    checks.near(subject, "message conversion", conversion["message"], ratio(messages["received"], messages["expecting"]), 1e-12)
    reported = messages["received"] + messages["failed"]
    checks.near(subject, "coverage", conversion["coverage"], ratio(reported, messages["expecting"]), 1e-12)
    interval = conversion["message_ci95"] or [None, None]
    for found, wanted in zip(interval, wilson(messages["received"], messages["expecting"])):
        checks.near(subject, "an end of the 95 % interval", found, wanted, 1e-9)
    for name, latency in summary["latency_ms"].items():
        figures = [value for key, value in latency.items() if key != "count"]
        absent = [value is None for value in figures]
        checks.equal(subject, f"{name}: figures without samples", all(absent), latency["count"] == 0)
        if latency["count"]:
            rising = [latency[key] for key in ("p50", "p90", "p95", "p99", "p999", "max")]
            checks.equal(subject, f"{name}: rising quantiles", rising, sorted(rising))
    check_verdict(summary, checks)


def check_verdict(summary, checks):
    subject = "verdict"
    broken = [threshold for threshold in summary["thresholds"] if not threshold["ok"]]
    passed = summary["exit_code"] == 0
    checks.equal(subject, "the verdict", summary["verdict"] == "passed", passed)
    checks.equal(subject, "reasons without a failure", bool(summary["reasons"]), not passed)
    if broken:
        checks.equal(subject, "passed with a broken threshold", passed, False)
    for threshold in summary["thresholds"]:
        if threshold["samples"] == 0:
            checks.equal(subject, f"`{threshold['expr']}` without samples", threshold["ok"], False)


def check_table(name, rows, key, checks):
    """Each row adds up in itself, and all of them to the last."""
    for row in rows:
        where = " ".join(row[column] for column in key)
        counts = counts_of(row)
        answers = sum(counts[k] for k in ("messages_accepted", "throttled", "rejected", "unknown"))
        checks.equal(name, f"{where}: the sum of all answers", answers, counts["messages_attempted"])
        accepted = counts["expecting"] + counts["not_expecting"]
        checks.equal(name, f"{where}: expecting and not", accepted, counts["messages_accepted"])
        settled = ("received", "failed", "unreported", "feedback_errors", "pending")
        put = sum(counts[k] for k in settled)
        checks.equal(name, f"{where}: the sum of all feedback", put, counts["expecting"])
        check_shares(name, where, row, counts, checks)
    total = rows[-1]
    checks.equal(name, "the last row", total[key[0]], "TOTAL")
    checks.equal(name, "the sum of all rows", added([counts_of(row) for row in rows[:-1]]), counts_of(total))
    costs = sum(float(row["cost_usd"]) for row in rows[:-1])
    checks.near(name, "the sum of all costs", costs, float(total["cost_usd"]), ROUNDING * len(rows))


def check_shares(name, where, row, counts, checks):
    expecting, received = counts["expecting"], counts["received"]
    low, high = wilson(received, expecting)
    wanted = {
        "session_conversion": ratio(counts["verified"], counts["sessions"]),
        "message_conversion": ratio(received, expecting),
        "coverage": ratio(received + counts["failed"], expecting),
        "ci95_low": low,
        "ci95_high": high,
    }
    for column, value in wanted.items():
        checks.near(name, f"{where}: {column}", number(row[column]), value)
    if counts["delivered"] is not None:
        checks.equal(name, f"{where}: more delivered than sent",
                     counts["delivered"] > counts["messages_accepted"] + counts["unknown"], False)


def check_agreement(tables, summary, checks):
    """The tables agree with each other and with summary.json."""
    countries = {row["country"]: counts_of(row) for row in tables["conversion.csv"]}
    codes = [code for code in countries if code != "TOTAL"]
    checks.equal("conversion.csv", "the order of countries", codes, sorted(codes))
    by_country = defaultdict(list)
    for row in tables["conversion-by-carrier.csv"][:-1]:
        by_country[row["country"]].append(counts_of(row))
    checks.equal("conversion-by-carrier.csv", "its countries", sorted(by_country), codes)
    for code, rows in by_country.items():
        checks.equal("conversion-by-carrier.csv", f"the sum of {code}", added(rows), countries.get(code))
    totals = {name: counts_of(rows[-1]) for name, rows in tables.items()}
    for name, total in totals.items():
        checks.equal(name, "its total", total, totals["conversion.csv"])
    total, messages = totals["conversion.csv"], summary["messages"]
    for key, count in messages.items():
        column = f"messages_{key}" if key in ("attempted", "accepted") else key
        checks.equal("conversion.csv", f"{column} against summary.json", total[column], count)
    checks.equal("conversion.csv", "sessions against summary.json", total["sessions"], summary["sessions"]["arrived"])
    checks.equal("conversion.csv", "verified against summary.json", total["verified"], summary["sessions"]["verified"])
    cost = float(tables["conversion.csv"][-1]["cost_usd"])
    checks.near("conversion.csv", "cost against summary.json", cost, summary["cost_usd"])


def check_series(rows, tables, summary, checks):
    name = "timeseries.csv"
    columns = {
        "arrived": "sessions", "attempted": "messages_attempted", "accepted": "messages_accepted",
        "throttled": "throttled", "received": "received", "failed": "failed",
    }
    sums = defaultdict(Counter)
    for row in rows:
        sums[row["country"]].update({column: int(row[column]) for column in columns})
    for row in tables["conversion.csv"][:-1]:
        code = row["country"]
        for column, other in columns.items():
            checks.equal(name, f"{column} of {code} against conversion.csv", sums[code][column], int(row[other]))
    times = [float(row["t_s"]) for row in rows]
    checks.equal(name, "rising time", times, sorted(times))
    starts = sorted(set(times))
    steps = {round(after - before, 3) for before, after in zip(starts, starts[1:])}
    checks.equal(name, "one length of all intervals", len(steps) <= 1, True)
    countries = len(tables["conversion.csv"]) - 1
    checks.equal(name, "one row per interval and country", len(rows), len(starts) * countries)
    for row in rows:
        parts = [int(row["accepted"]), int(row["throttled"])]
        if any(part < 0 for part in parts) or int(row["open_sessions"]) < 0 or int(row["calls_in_flight"]) < 0:
            checks.equal(name, f"a negative count at {row['t_s']}", True, False)
    for row in rows[len(rows) - countries:]:
        what = f"of {row['country']} at the end"
        checks.equal(name, f"open sessions {what}", int(row["open_sessions"]), 0)
        checks.equal(name, f"calls in flight {what}", int(row["calls_in_flight"]), 0)


ANSWERS = {"accepted": "messages_accepted", "throttled": "throttled", "rejected": "rejected", "unknown": "unknown"}
FEEDBACK = {
    "received": "received", "failed": "failed", "unreported": "unreported",
    "not_expecting": "not_expecting", "error": "feedback_errors", "pending": "pending",
}


def check_messages(path, tables, policy, checks):
    """Every row makes sense in itself, and all of them add up to the tables."""
    name = "messages.csv"
    received = Counter()
    groups = {key: defaultdict(Counter) for key in tables}
    ids, sent, last_of = Counter(), defaultdict(set), {}
    wrong = Counter()
    order, before = True, None
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            place = (int(row["session"]), int(row["nth"]), int(row["attempt"]))
            order &= before is None or before < place
            before = place
            counted = count_row(row)
            groups["conversion.csv"][row["country"],].update(counted)
            groups["conversion-by-carrier.csv"][row["country"], row["carrier"]].update(counted)
            groups["conversion-by-template.csv"][row["template"],].update(counted)
            wrong.update(contradictions(row))
            if row["message_id"]:
                ids[row["message_id"]] += 1
            sent[place[0]].add(place[1])
            received[place[0]] += row["feedback"] == "received"
            home = (row["country"], row["carrier"], row["template"])
            if last_of.setdefault(place[0], home) != home:
                wrong["a session that moves to another country, carrier or template"] += 1
    checks.equal(name, "rows in order, none twice", order, True)
    checks.equal(name, "message ids used twice", sum(1 for n in ids.values() if n > 1), 0)
    gaps = sum(1 for numbers in sent.values() if max(numbers) != len(numbers) - 1)
    checks.equal(name, "sessions whose messages are not numbered 0, 1, 2, …", gaps, 0)
    most = 1 + policy["resends"]
    checks.equal(name, f"sessions with over {most} messages", sum(len(n) > most for n in sent.values()), 0)
    if policy["superseded"] != "received":
        twice = sum(count > 1 for count in received.values())
        checks.equal(name, "sessions with two messages received", twice, 0)
    checks.equal(name, "rows that contradict themselves", dict(wrong), {})
    for table, rows in tables.items():
        key = [column for column in ("country", "carrier", "template") if column in rows[0]]
        for row in rows[:-1]:
            where = tuple(row[column] for column in key)
            found = groups[table].pop(where, Counter())
            for column in ("messages_attempted", *ANSWERS.values(), *FEEDBACK.values()):
                what = f"{column} of {' '.join(where)} against {table}"
                checks.equal(name, what, found[column], int(row[column]))
            for column in ("delivered", "dlr_delivered"):
                if row[column] != "":
                    what = f"{column} of {' '.join(where)} against {table}"
                    checks.equal(name, what, found[column], int(row[column]))
        checks.equal(name, f"rows that {table} does not know", list(groups[table]), [])


def count_row(row):
    counted = {"messages_attempted": 1, ANSWERS[row["answer"]]: 1}
    if row["feedback"]:
        counted[FEEDBACK[row["feedback"]]] = 1
    counted["delivered"] = int(row["delivered"] == "true")
    counted["dlr_delivered"] = int(row["receipt"] == "delivered")
    return counted


def contradictions(row):
    accepted = row["answer"] == "accepted"
    due, released = float(row["due_s"]), float(row["released_s"])
    if released < due:
        yield "released before due"
    if (row["message_id"] != "") != accepted:
        yield "an id without an acceptance, or the reverse"
    if (row["feedback"] != "") != accepted:
        yield "feedback without an acceptance, or the reverse"
    if (row["delivery_delay_s"] != "") != (row["delivered"] == "true"):
        yield "a delivery delay without a delivery, or the reverse"
    if (row["receipt_s"] != "") != (row["receipt"] != ""):
        yield "a receipt without its time, or the reverse"
    if row["read_s"] and row["delivered"] == "false":
        yield "read but not delivered"
    if row["feedback"] == "received" and row["feedback_s"] and row["delivered"] == "false":
        yield "received but not delivered"
    if row["feedback_s"] and float(row["feedback_s"]) < released:
        yield "feedback before the send"


def check_privacy(run, checks):
    for path in sorted(run.glob("*.csv")) + [run / "summary.json"]:
        with open(path) as file:
            full = sum(1 for line in file if FULL_NUMBER.search(line))
        checks.equal("privacy", f"lines of {path.name} with a full number", full, 0)


def check_run(run):
    checks = Checks()
    summary = json.loads((run / "summary.json").read_text())
    keys = {
        "conversion.csv": ["country"],
        "conversion-by-carrier.csv": ["country", "carrier"],
        "conversion-by-template.csv": ["template"],
    }
    tables = {name: rows_of(run / name) for name in keys}
    checks.equal("summary.json", "schema", summary["schema"], 1)
    check_summary(summary, checks)
    for name, rows in tables.items():
        check_table(name, rows, keys[name], checks)
    check_agreement(tables, summary, checks)
    check_series(rows_of(run / "timeseries.csv"), tables, summary, checks)
    if (run / "messages.csv").exists():
        policy = tomllib.loads((run / "scenario.toml").read_text())["policy"]
        check_messages(run / "messages.csv", tables, policy, checks)
    check_privacy(run, checks)
    print(f"{run}: {summary['scenario']}, seed {summary['seed']}, target {summary['target']}")
    for subject, count in checks.done.items():
        bad = sum(1 for failure in checks.failures if failure.startswith(f"{subject}:"))
        print(f"  {subject:<28} {count:>6} compared  {'ok' if not bad else f'{bad} DIFFER'}")
    for failure in checks.failures:
        print(failure, file=sys.stderr)
    return not checks.failures


def main():
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    passed = [check_run(Path(run)) for run in sys.argv[1:]]
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
