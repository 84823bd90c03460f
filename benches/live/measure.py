#!/usr/bin/env python3
"""Measures the live driver: `measure.py BINARY BARE_LOOP [ROUNDS]`, both from the `dist` profile.

Prints what `docs/performance.md` reports: calls per second at saturation against a bare loop of SDK
calls, runs interleaved, medians; then lag and memory at 2,000 sessions a second.
"""
import csv, itertools, json, os, pathlib, statistics, subprocess, sys, tempfile, time

HERE = pathlib.Path(__file__).parent
BARE = (8, 32, 64)
INTERVAL_MS = 200
# When the process has set itself up: from here on memory is counted.
START_S = 0.2
# What `docs/performance.md` states.
STATED_BYTES = 8192
# A run needs a few more in flight than a loop does, because its arrivals are people, not a queue.
RUN = (16, 24, 32, 64)


def saturated(binary, workers, cores):
    """Calls per second of a run that always has an arrival waiting."""
    with tempfile.TemporaryDirectory() as out:
        subprocess.run(
            [binary, "run", HERE / "saturation.toml", "--quiet", "--overwrite", "--out", out,
             "--max-in-flight", str(workers * cores)],
            check=False, capture_output=True)
        summary = json.loads(pathlib.Path(out, "summary.json").read_text())
    calls = summary["messages"]["attempted"] + summary["feedback_calls"]["attempted"]
    return calls / summary["elapsed_s"]


def bare(loop, workers, seconds=8):
    done = subprocess.run([loop, str(workers), str(seconds)], check=True, capture_output=True)
    return float(done.stdout)


def saturation(binary, loop, rounds):
    cores = len(os.sched_getaffinity(0))
    seen = {("bare", w): [] for w in BARE} | {("run", w): [] for w in RUN}
    for _ in range(rounds):
        for bare_workers, run_workers in itertools.zip_longest(BARE, RUN):
            if bare_workers:
                seen["bare", bare_workers].append(bare(loop, bare_workers))
            seen["run", run_workers].append(saturated(binary, run_workers, cores))
    print("calls per second at saturation, median of", rounds, "(in flight per core)")
    best = {}
    for (who, workers), values in seen.items():
        median = statistics.median(values)
        best[who] = max(best.get(who, 0.0), median)
        print(f"  {who:5} {workers:3}  {median:9.0f}   " + " ".join(f"{v:.0f}" for v in values))
    ratio = best["run"] / best["bare"]
    print(f"  best run / best bare = {ratio:.3f} (0.8 is promised)")
    return ratio >= 0.8


def rss(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return None


def waited(pid):
    """Seconds that the shards' threads were ready to run and had no CPU."""
    tasks = pathlib.Path(f"/proc/{pid}/task")
    shards = [task for task in tasks.iterdir()
              if (task / "comm").read_text().startswith("shard-")]
    return sum(int((task / "schedstat").read_text().split()[1]) for task in shards) / 1e9


def stolen():
    """Seconds that the host kept this machine's CPUs from it, since boot."""
    first = pathlib.Path("/proc/stat").read_text().splitlines()[0]
    return int(first.split()[8]) / os.sysconf("SC_CLK_TCK")


def steady(binary):
    with tempfile.TemporaryDirectory() as out:
        child = subprocess.Popen(
            [binary, "run", HERE / "steady.toml", "--quiet", "--overwrite", "--out", out,
             "--set", f"interval={INTERVAL_MS}ms"],
            stdout=subprocess.DEVNULL)
        samples, begun, ready_s, before = [], time.monotonic(), 0.0, stolen()
        while child.poll() is None:
            try:
                samples.append((time.monotonic() - begun, rss(child.pid)))
                # A thread that has ended says nothing any more.
                ready_s = max(ready_s, waited(child.pid))
            except (FileNotFoundError, ProcessLookupError):
                pass
            time.sleep(0.1)
        summary = json.loads(pathlib.Path(out, "summary.json").read_text())
        rows = list(csv.DictReader(pathlib.Path(out, "timeseries.csv").open()))
    ends = {}
    for row in rows:
        end = round(float(row["t_s"]) * 1000 / INTERVAL_MS) + 1
        open_, accepted = ends.get(end, (0, 0))
        ends[end] = (open_ + int(row["open_sessions"]), accepted + int(row["accepted"]))
    held, total = {}, 0
    for end in sorted(ends):
        total += ends[end][1]
        held[end] = ends[end][0] + total
    start = next(value for at, value in samples if value and at >= START_S)
    worst = {least: 0.0 for least in (1, 5_000)}
    for at, value in samples:
        # What was held a moment ago, which is less than now: the clock began after the process.
        things = held.get(int(at * 1000 / INTERVAL_MS), 0)
        for least in worst:
            if value and things >= least:
                worst[least] = max(worst[least], (value - start) / things)
    lag = summary["latency_ms"]["schedule_lag"]
    print("2,000 sessions/s for 20 s: exit code", summary["exit_code"])
    print("  sessions", {k: v for k, v in summary["sessions"].items() if v})
    print(f"  schedule lag ms: p50 {lag['p50']} p99 {lag['p99']} p99.9 {lag['p999']} max {lag['max']}")
    print(f"  RSS: start {start / 1e6:.1f} MB, most {max(v for _, v in samples if v) / 1e6:.1f} MB, "
          f"at most {worst[1]:.0f} bytes per open session or retained message "
          f"({worst[5_000]:.0f} where there are 5,000 or more)")

    print(f"  the machine: shards ready without a CPU {ready_s * 1000:.0f} ms, "
          f"stolen by the host {(stolen() - before) * 1000:.0f} ms")

    lost = summary["sessions"]["dropped"] + summary["messages"]["unknown"]
    return lost == 0 and lag["p99"] < 5 and max(worst.values()) <= STATED_BYTES


if __name__ == "__main__":
    binary, loop = sys.argv[1:3]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    kept = steady(binary)
    if rounds:
        kept = saturation(binary, loop, rounds) and kept
    sys.exit(0 if kept else 1)
