#!/usr/bin/env python3
"""Reads the .hlog files of runs with another implementation of HdrHistogram.

Usage: check_hlog.py RUN_DIR…   (needs: pip install hdrhistogram)

For each latency of summary.json, the untagged intervals must add up to the same count, quantiles and
maximum (to the microsecond), and the intervals of all countries, bucket by bucket, to the untagged
ones. Tags must be countries of conversion.csv. Ends with 1 and the differing figures if not.
"""

import csv
import json
import sys
from collections import defaultdict
from pathlib import Path

from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader

DAY_IN_MICROS = 86_400_000_000
QUANTILES = {"p50": 50, "p90": 90, "p95": 95, "p99": 99, "p999": 99.9}


def empty() -> HdrHistogram:
    return HdrHistogram(1, DAY_IN_MICROS, 3)


def read(path: Path) -> tuple[HdrHistogram, dict[str, HdrHistogram]]:
    """The sum of the intervals without a tag, and the sums of those with one, by tag."""
    total, tagged = empty(), defaultdict(empty)
    reader = HistogramLogReader(str(path), empty())
    while (interval := reader.get_next_interval_histogram()) is not None:
        (tagged[interval.get_tag()] if interval.get_tag() else total).add(interval)
    reader.close()
    return total, tagged


def buckets(histogram: HdrHistogram) -> dict[int, int]:
    """Recorded value -> how often."""
    counted = {}
    for item in histogram.get_recorded_iterator():
        counted[item.value_iterated_to] = item.count_at_value_iterated_to
    return counted


def compared(expected: dict, total: HdrHistogram, tagged: dict, countries: set) -> list[tuple]:
    """What is compared: its name, as found in the log, as wanted."""
    together = empty()
    for histogram in tagged.values():
        together.add(histogram)
    figures = [
        ("count", total.get_total_count(), expected["count"]),
        ("count of all countries", together.get_total_count(), expected["count"]),
        ("buckets of all countries", buckets(together), buckets(total)),
        ("tags that are no country", set(tagged) - countries, set()),
    ]
    if expected["count"]:
        for key, percentile in QUANTILES.items():
            found = total.get_value_at_percentile(percentile)
            figures.append((f"{key} in µs", found, round(expected[key] * 1000)))
        figures.append(("maximum in µs", total.get_max_value(), round(expected["max"] * 1000)))
    return figures


def check_run(run: Path) -> list[str]:
    summary = json.loads((run / "summary.json").read_text())
    with open(run / "conversion.csv", newline="") as file:
        countries = {row["country"] for row in csv.DictReader(file)} - {"TOTAL"}
    problems = []
    print(f"{run}: {summary['scenario']}, seed {summary['seed']}, target {summary['target']}")
    print(f"  {'latency':<18} {'count':>10} {'p99 µs':>14}  tags  agrees")
    for name, expected in summary["latency_ms"].items():
        total, tagged = read(run / "latency" / f"{name}.hlog")
        wrong = [
            f"{run}: {name}: {what} is {found}, expected {wanted}"
            for what, found, wanted in compared(expected, total, tagged, countries)
            if found != wanted
        ]
        problems += wrong
        p99 = total.get_value_at_percentile(99) if total.get_total_count() else "-"
        agrees = "no" if wrong else "yes"
        print(f"  {name:<18} {total.get_total_count():>10} {p99:>14}  {len(tagged):>4}  {agrees}")
    written = {path.stem for path in (run / "latency").glob("*.hlog")}
    if written != set(summary["latency_ms"]):
        problems.append(f"{run}: the files are {sorted(written)}, summary.json has other names")
    return problems


def main() -> int:
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    problems = [problem for run in sys.argv[1:] for problem in check_run(Path(run))]
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
