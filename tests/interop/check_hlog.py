#!/usr/bin/env python3
"""Reads a run's .hlog files with another implementation of HdrHistogram.

Usage: check_hlog.py RUN_DIR   (needs: pip install hdrhistogram)

For each latency of summary.json, the untagged intervals must add up to the same count and the same
quantiles, and the countries' intervals to the same count. Ends with 1 and the differing lines if not.
"""

import json
import sys
from pathlib import Path

from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader

DAY_IN_MICROS = 86_400_000_000
QUANTILES = {"p50": 50, "p90": 90, "p95": 95, "p99": 99, "p999": 99.9}


def empty() -> HdrHistogram:
    return HdrHistogram(1, DAY_IN_MICROS, 3)


def read(path: Path) -> tuple[HdrHistogram, HdrHistogram]:
    """The sum of the intervals without a tag, and of those with one."""
    total, tagged = empty(), empty()
    reader = HistogramLogReader(str(path), empty())
    while (interval := reader.get_next_interval_histogram()) is not None:
        (tagged if interval.get_tag() else total).add(interval)
    reader.close()
    return total, tagged


def differences(name: str, expected: dict, total: HdrHistogram, tagged: HdrHistogram) -> list[str]:
    found = {"count": total.get_total_count(), "count of all countries": tagged.get_total_count()}
    wanted = {"count": expected["count"], "count of all countries": expected["count"]}
    if expected["count"]:
        for key, percentile in QUANTILES.items():
            found[key] = total.get_value_at_percentile(percentile)
            wanted[key] = round(expected[key] * 1000)
    return [
        f"{name}: {key} is {found[key]} in the log, {wanted[key]} in summary.json"
        for key in wanted
        if found[key] != wanted[key]
    ]


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    run = Path(sys.argv[1])
    summary = json.loads((run / "summary.json").read_text())
    problems = []
    print(f"{'latency':<18} {'count':>10} {'p99 µs':>14}  agrees")
    for name, expected in summary["latency_ms"].items():
        total, tagged = read(run / "latency" / f"{name}.hlog")
        wrong = differences(name, expected, total, tagged)
        problems += wrong
        p99 = total.get_value_at_percentile(99) if total.get_total_count() else "-"
        print(f"{name:<18} {total.get_total_count():>10} {p99:>14}  {'no' if wrong else 'yes'}")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
