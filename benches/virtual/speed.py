#!/usr/bin/env python3
"""Measures virtual time: `speed.py BINARY [SESSIONS]` (needs: pip install simpy, for Python's side)

Plays `campaign.toml` with SESSIONS sessions (ten million if absent) by `otpdrill simulate` with one
thread and with two, and by `simpy_model.py`, in turns, `--rounds` times. Prints OTPs (accepted messages)
per second of wall and of CPU time, medians, and the ratios. Before that it holds SimPy's outcomes
against ours: no share may differ by more than a point. Then, with `--day`, a hundred million OTPs once.

How it is measured: for otpdrill the whole process, from its start to its last file, by `wait4` (CPU
time is user plus system, memory is the greatest resident set); for SimPy its simulation alone, as it
tells itself. Every report is written and every histogram kept; SimPy keeps counts only. SimPy plays
fewer sessions (`--simpy`), whose number in flight is still that of the long run.

Ends with 1 if a share is apart, or if a bound of `--demand` is missed: on one thread so many OTPs a
second, so many times SimPy, so many times faster with two; and what `--day` promises.
"""

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
CAMPAIGN = HERE / "campaign.toml"
POINT = 0.01
# One thread: OTPs a second, and times SimPy; two threads: times one. For a day: seconds and MiB.
DEMANDS = {"otps": 2e6, "simpy": 80.0, "threads": 1.6, "day_s": 60.0, "day_mib": 500.0}
DAY = 100_000_000
# From here on as many are in flight as will ever be: hardly a session lasts longer.
FULL_AFTER_S = 500.0


@dataclass
class Run:
    """One play of the campaign."""

    counts: dict
    wall: float
    cpu: float
    mib: float
    in_flight: float | None = None

    @property
    def otps(self):
        return self.counts["messages"]["accepted"]


def play(binary, sessions, threads, more=()):
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "run")
        command = [binary, "simulate", CAMPAIGN, "--quiet", "--out", out, "--threads", str(threads)]
        command += ["--set", f"arrivals.max_sessions={sessions}", *more]
        began = time.perf_counter()
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            raise SystemExit(f"otpdrill ended with {child.returncode}")
        counts = json.loads((out / "summary.json").read_text())
        in_flight = mean_in_flight(out / "timeseries.csv")
        resolved = (out / "scenario.toml").read_text()
    run = Run(counts, wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, in_flight)
    return run, resolved


def mean_in_flight(path):
    """Open sessions of all countries, while people arrive and after the first minutes."""
    at, arriving = {}, 0.0
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            t = float(row["t_s"])
            at[t] = at.get(t, 0) + int(row["open_sessions"])
            arriving = max(arriving, t) if row["arrived"] != "0" else arriving
    full = [open_sessions for t, open_sessions in at.items() if FULL_AFTER_S <= t < arriving]
    return statistics.fmean(full) if full else None


def play_simpy(resolved, sessions, seed):
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
        file.write(resolved)
        file.flush()
        command = [sys.executable, HERE / "simpy_model.py", file.name, str(sessions), str(seed)]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        told = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise SystemExit("the model in SimPy failed")
    counts = json.loads(told)
    return Run(counts, counts["wall_s"], counts["cpu_s"], usage.ru_maxrss / 1024)


# --- What is compared ------------------------------------------------------------------------------


def shares(counts):
    sessions, messages = counts["sessions"], counts["messages"]
    ends = ("verified", "expired", "locked_out", "abandoned", "send_failed")
    found = {f"sessions {end}": sessions[end] / sessions["arrived"] for end in ends}
    found["messages received"] = messages["received"] / messages["accepted"]
    found["messages a session"] = messages["accepted"] / sessions["arrived"]
    found["sends throttled"] = messages["throttled"] / (messages["accepted"] + messages["throttled"])
    return found


def same_shares(ours, simpy):
    well = True
    for name, share in shares(ours.counts).items():
        theirs = shares(simpy.counts)[name]
        near = abs(share - theirs) < POINT
        well &= near
        print(f"  {name:20} ours {share:8.5f}  SimPy {theirs:8.5f}  {'ok' if near else 'APART'}")
    return well


def rates(name, runs):
    """Medians of OTPs per second, of wall and of CPU time."""
    wall, cpu = [run.otps / run.wall for run in runs], [run.otps / run.cpu for run in runs]
    mib = max(run.mib for run in runs)
    each = " ".join(f"{value:.3g}" for value in wall)
    print(
        f"  {name:10} {statistics.median(wall):12,.0f} a second, {statistics.median(cpu):12,.0f} "
        f"a CPU second, {mib:6.0f} MiB   [{each}]"
    )
    return statistics.median(wall), statistics.median(cpu)


def demand(name, found, wanted, most=False):
    well = found <= wanted if most else found >= wanted
    print(f"  {name}: {found:,.2f}, {'at most' if most else 'at least'} {wanted:,g} wanted: {'ok' if well else 'MISSED'}")
    return well


def measure(options):
    one, two, simpy = [], [], []
    _, resolved = play(options.binary, 1000, 1)
    for seed in range(1, options.rounds + 1):
        one.append(play(options.binary, options.sessions, 1)[0])
        two.append(play(options.binary, options.sessions, 2)[0])
        if options.simpy:
            simpy.append(play_simpy(resolved, options.simpy, seed))
        print(f"  round {seed}: {one[-1].wall:.1f} s, {two[-1].wall:.1f} s" + (f", SimPy {simpy[-1].wall:.1f} s" if simpy else ""), flush=True)
    in_flight = one[0].in_flight
    print(f"{options.sessions:,} sessions, {one[0].otps:,} OTPs, {'too few to say how many' if in_flight is None else f'{in_flight:,.0f}'} in flight on average")
    wall_one, cpu_one = rates("1 thread", one)
    wall_two, _ = rates("2 threads", two)
    well = [demand("OTPs a second on one thread", wall_one, DEMANDS["otps"])]
    well.append(demand("2 threads, times 1 (wall)", wall_two / wall_one, DEMANDS["threads"]))
    same = True
    if simpy:
        wall, cpu = rates("SimPy", simpy)
        print(f"  1 thread, times SimPy, by CPU time: {cpu_one / cpu:,.1f}")
        well.append(demand("1 thread, times SimPy (wall)", wall_one / wall, DEMANDS["simpy"]))
        same = same_shares(one[0], simpy[0])
    return same, all(well)


def measure_day(options):
    threads = len(os.sched_getaffinity(0))
    run, _ = play(options.binary, options.day, threads)
    print(f"{run.otps:,} OTPs, {threads} threads: {run.wall:.1f} s, {run.cpu:.1f} s of CPU, {run.otps / run.wall:,.0f} a second")
    return demand("seconds", run.wall, DEMANDS["day_s"], True) & demand("MiB at most", run.mib, DEMANDS["day_mib"], True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary", type=Path)
    parser.add_argument("sessions", type=int, nargs="?", default=10_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--simpy", type=int, default=1_500_000, metavar="SESSIONS", help="0 leaves SimPy out")
    parser.add_argument("--day", type=int, nargs="?", const=DAY, metavar="SESSIONS", help="a large day too, once")
    parser.add_argument("--demand", action="store_true", help="end with 1 if a bound is missed")
    options = parser.parse_args()
    options.binary = options.binary.resolve()
    same, fast = measure(options)
    if options.day:
        fast &= measure_day(options)
    return 0 if same and (fast or not options.demand) else 1


if __name__ == "__main__":
    sys.exit(main())
