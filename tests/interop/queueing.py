#!/usr/bin/env python3
"""Holds `on_throttle = { queue }` against queueing theory and against SimPy.

Usage: queueing.py OTPDRILL [--quick] [--only TEXT] [--work DIR]   (needs: pip install simpy)

Each case is a scenario, played by `otpdrill simulate` with 20 seeds. One message per session, nobody
asks for another, and a session ends with the answer to its send: so what is open is what is in the
system. A customer is a message; it arrives at `due_s` and its service begins at `released_s`.

Two queues are held against theory:

- `rate`: no workers; the account's quota of calls per second is the server. A send is tried at once. If
  the quota refuses it, it waits, first come first served, and is sent when one whole interval (1/rate)
  has passed since the send before. With a burst of one call that is a server with fixed service 1/rate.
- `workers`: at most so many sends are unanswered, so the service is the latency of `SendTextMessage`.

For each figure: the mean of 20 seeds, and half the width of its 99.9 % interval (Student's t, 19
degrees of freedom), within which theory must lie. Seeds are independent; within a seed, what arrives
during the warm-up is left out. SimPy plays the same queue with chance of its own, 20 seeds too: theory
must lie in its interval, and the two means must differ by less than their common interval (`--quick` gives it
half of the customers). An interval
wider than the bound stated for the figure fails too, for it would prove nothing.

Beside that, Little's law seed by seed: the mean of `open_sessions` of timeseries.csv, sampled up
to 1,500 times, against arrivals per second times the mean time in the system of messages.csv. And SimPy
plays the very arrivals and service times of the first seed: every single wait must be the same, but for
the microseconds that messages.csv rounds away.

Seeds are fixed: a version of the program that passes always passes. Of as many figures as there are
here, one in a thousand would be out by chance if the seeds were new.
"""

import argparse
import csv
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import queueing_simpy
import queueing_theory as theory
from queueing_theory import Service

SEEDS = range(1, 21)
# Student's t for 19 degrees of freedom, 99.9 % two-sided.
T = 3.8834
# Mean service in seconds, whatever the case.
SERVICE = 0.1
# How often we look at how many are inside, at most.
SAMPLES = 1500
# `--quick` plays so many times fewer customers, and its intervals may be wider.
QUICKER = 6


@dataclass(frozen=True)
class Case:
    """One queue and what theory says about it."""

    name: str
    kind: str
    servers: int
    arrivals: float
    table: dict
    places: int | None
    figures: dict
    tail: float = 0.0
    # Customers per seed; heavy traffic needs more for the same interval.
    customers: int = 20_000

    def wanted_seconds(self, quick):
        return self.customers / self.arrivals / (QUICKER if quick else 1)

    def interval_ms(self, quick):
        """How often timeseries.csv looks at what is open: some 1,500 times, in tenths of a second."""
        return 100 * math.ceil(10.0 * self.wanted_seconds(quick) / SAMPLES)

    def intervals(self, quick):
        return math.ceil(1000.0 * self.wanted_seconds(quick) / self.interval_ms(quick))

    def seconds(self, quick):
        return self.intervals(quick) * self.interval_ms(quick) / 1000

    def warm_up(self, quick):
        return self.intervals(quick) // 10 * self.interval_ms(quick) / 1000


# --- The cases -------------------------------------------------------------------------------------


def one_server(name, kind, arrivals, table, service, customers):
    """M/G/1; `table` is the service as the scenario writes it."""
    load = arrivals * service.mean
    wait = theory.mg1_wait(arrivals, service)
    figures = {"wait": wait, "delayed": load, "inside": inside(kind, arrivals, wait)}
    return Case(name, kind, 1, arrivals, table, None, figures, customers=customers)


def inside(kind, arrivals, wait):
    """Mean number of customers inside; a send that waits for its rate has left when it is sent."""
    return arrivals * (wait + (SERVICE if kind == "workers" else 0.0))


def md1(kind, arrivals, tail, customers):
    case = one_server("M/D/1", kind, arrivals, {"fixed": SERVICE}, Service.fixed(SERVICE), customers)
    figures = case.figures | {"longer": theory.md1_longer(arrivals, SERVICE, tail)}
    return replace(case, figures=figures, tail=tail)


def mmc(servers, arrivals, customers):
    wait = theory.mmc_wait(servers, arrivals, SERVICE)
    # The mean of those who wait, so that the tail is a tail.
    tail = 1.0 / (servers / SERVICE - arrivals)
    figures = {
        "wait": wait,
        "delayed": theory.erlang_c(servers, arrivals * SERVICE),
        "longer": theory.mmc_longer(servers, arrivals, SERVICE, tail),
        "inside": inside("workers", arrivals, wait),
    }
    name = f"M/M/{servers} (Erlang C)"
    return Case(name, "workers", servers, arrivals, EXPONENTIAL, None, figures, tail, customers)


def mdc(servers, arrivals, customers):
    wait = theory.mdc_wait(servers, arrivals, SERVICE)
    figures = {"wait": wait, "inside": inside("workers", arrivals, wait)}
    table = {"fixed": SERVICE}
    name = f"M/D/{servers}"
    return Case(name, "workers", servers, arrivals, table, None, figures, customers=customers)


def erlang_b(name, servers, arrivals, table, customers):
    """Nobody may wait: M/G/c/c, whatever the service looks like."""
    blocked = theory.erlang_b(servers, arrivals * SERVICE)
    figures = {"blocked": blocked, "inside": arrivals * SERVICE * (1.0 - blocked)}
    name = f"{name}/{servers}/{servers} (Erlang B)"
    return Case(name, "workers", servers, arrivals, table, 0, figures, customers=customers)


def finite(name, kind, servers, places, arrivals, table, of_theory, customers):
    in_system = inside(kind, arrivals * (1.0 - of_theory.blocked), of_theory.wait)
    figures = {"blocked": of_theory.blocked, "wait": of_theory.wait, "inside": in_system}
    return Case(name, kind, servers, arrivals, table, places, figures, customers=customers)


EXPONENTIAL = {"exponential": {"mean": SERVICE}}
GAMMA = {"gamma": {"shape": 2.0, "mean": SERVICE}}
SIGMA = 0.8
MEDIAN = SERVICE / math.exp(SIGMA**2 / 2.0)
LOG_NORMAL = {"log_normal": {"median": MEDIAN, "sigma": SIGMA}}
# Nine quick answers and a slow one.
MIXTURE = {
    "mixture": [
        {"weight": 0.9, "delay": {"exponential": {"mean": SERVICE / 2.0}}},
        {"weight": 0.1, "delay": {"exponential": {"mean": SERVICE * 5.5}}},
    ]
}
EXP = Service.exponential
HYPER = Service.mixture([(0.9, EXP(SERVICE / 2.0)), (0.1, EXP(SERVICE * 5.5))])
LOGN = Service.log_normal(MEDIAN, SIGMA)

CASES = [
    md1("rate", 5.0, SERVICE, 20_000),
    md1("rate", 8.0, 3 * SERVICE, 40_000),
    finite("M/D/1/4", "rate", 1, 3, 9.0, {"fixed": SERVICE}, theory.md1k(3, 9.0, SERVICE), 20_000),
    md1("workers", 8.0, 3 * SERVICE, 40_000),
    mmc(1, 7.0, 40_000),
    mmc(3, 24.0, 40_000),
    mmc(10, 80.0, 60_000),
    mdc(4, 32.0, 40_000),
    one_server("M/G/1 gamma", "workers", 7.0, GAMMA, Service.gamma(2.0, SERVICE), 40_000),
    one_server("M/G/1 log-normal", "workers", 6.0, LOG_NORMAL, LOGN, 60_000),
    one_server("M/G/1 mixture", "workers", 5.0, MIXTURE, HYPER, 60_000),
    erlang_b("M/M", 5, 40.0, EXPONENTIAL, 20_000),
    erlang_b("M/M", 50, 450.0, EXPONENTIAL, 60_000),
    erlang_b("M/G log-normal", 5, 40.0, LOG_NORMAL, 20_000),
    erlang_b("M/D", 5, 40.0, {"fixed": SERVICE}, 20_000),
    finite("M/M/3/7", "workers", 3, 4, 27.0, EXPONENTIAL, theory.mmck(3, 4, 27.0, SERVICE), 20_000),
]

# --- Ours: a scenario, its run, its files ----------------------------------------------------------

SCENARIO = """
name = "queueing"
interval = "{interval}ms"
drain = "1d"
thresholds = []
[arrivals]
stages = [{{ constant = {{ rate = {arrivals}, duration = "{milliseconds}ms" }} }}]
[policy]
lifetime = "1d"
call_timeout = "10m"
resends = 0
feedback = "off"
on_throttle = {{ queue = {{ {queue} }} }}
[service]
{service}
[countries.US]
number = "+1206#######"
carriers = [{{ name = "any", delivered = 1.0, delay = {{ fixed = "0s" }} }}]
[countries.US.users]
finish = 1.0
right_code = 1.0
read_delay = {{ fixed = "0s" }}
resend_probability = []
gives_up_after = {{ fixed = "30d" }}
"""


def toml_of(value):
    """A distribution as a TOML inline table; numbers under these keys are seconds there."""
    if isinstance(value, dict):
        pairs = (f"{key} = {duration_or(key, item)}" for key, item in value.items())
        return "{ " + ", ".join(pairs) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(toml_of(item) for item in value) + "]"
    return repr(value)


def duration_or(key, value):
    if key in ("fixed", "mean", "median"):
        return f'"{round(value * 1e6)}us"'
    return toml_of(value)


def scenario_of(case, quick):
    limit = 1_000_000 if case.places is None else case.places
    rules = f'limit = {limit}, max_wait = "1d"'
    if case.kind == "rate":
        rate = 1.0 / SERVICE
        rules += f", rate = {rate}"
        service = f'quotas = {{ SendTextMessage = {rate}, burst = "1ms" }}'
    else:
        rules += f", workers = {case.servers}"
        service = f"latency = {{ SendTextMessage = {toml_of(case.table)} }}"
    return SCENARIO.format(
        arrivals=case.arrivals,
        milliseconds=round(case.seconds(quick) * 1000),
        interval=case.interval_ms(quick),
        queue=rules,
        service=service,
    )


@dataclass
class Played:
    """What one run says about its customers after the warm-up."""

    figures: dict
    little: float | None
    # Of all customers from the first on: when, how long its service took, how long it waited.
    trace: list


def run_ours(binary, case, seed, quick, work):
    with tempfile.TemporaryDirectory(dir=work) as folder:
        folder = Path(folder)
        (folder / "case.toml").write_text(scenario_of(case, quick))
        command = [binary, "simulate", folder / "case.toml", "--seed", str(seed), "--messages"]
        command += ["--quiet", "--out", folder / "run"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"{case.name}, seed {seed}: exit {done.returncode}\n{done.stderr}")
        with open(folder / "run" / "messages.csv", newline="") as file:
            rows = [row for row in named(file, MESSAGE) if row["answer"] != "throttled"]
        with open(folder / "run" / "timeseries.csv", newline="") as file:
            series = named(file, ("t_s", "arrived", "open_sessions"))
    unclear = [row for row in rows if row["answer"] != "accepted"]
    if unclear:
        raise SystemExit(f"{case.name}, seed {seed}: {len(unclear)} sends were not accepted")
    return read_ours(case, quick, rows, series)


MESSAGE = ("due_s", "released_s", "answer", "response_ms")


def named(file, columns):
    """Some columns of a CSV file, row by row; quicker than a dictionary of all."""
    rows = csv.reader(file)
    header = next(rows)
    places = [(column, header.index(column)) for column in columns]
    return [{column: row[place] for column, place in places} for row in rows]


def read_ours(case, quick, rows, series):
    start, end = case.warm_up(quick), case.seconds(quick)
    customers = [
        (float(row["due_s"]), float(row["released_s"]), float(row["response_ms"]) / 1e3)
        for row in rows
    ]
    counted = [customer for customer in customers if customer[0] >= start]
    within = [row for row in series if start <= float(row["t_s"]) < end]
    arrived = sum(int(row["arrived"]) for row in within)
    open_sessions = statistics.fmean(int(row["open_sessions"]) for row in within)
    waits = [released - due for due, released, _ in counted]
    figures = figures_of(case, arrived, waits)
    figures["inside"] = open_sessions
    sojourns = sum(response for _, _, response in counted)
    return Played(
        {name: figures[name] for name in case.figures},
        open_sessions - sojourns / (end - start),
        [(due, due + response - released, released - due) for due, released, response in customers],
    )


def figures_of(case, arrived, waits):
    """`waits` are those of the customers who were served, of so many who arrived."""
    served = len(waits)
    return {
        "wait": sum(waits) / served,
        # Less than the half microsecond to which instants are written is none.
        "delayed": sum(wait > 0.6e-6 for wait in waits) / served,
        "longer": sum(wait > case.tail for wait in waits) / served,
        "blocked": 1.0 - served / arrived,
    }


# --- SimPy: the same figures ------------------------------------------------------------------------


def run_simpy(case, seed, quick):
    start, end = case.warm_up(quick), case.seconds(quick) / (2 if quick else 1)
    queue = queueing_simpy.by_chance(
        case.servers, case.places, case.arrivals, case.table, end, 1_000_000 + seed
    )
    counted = [wait for at, wait in zip(queue.arrived, queue.waits) if at >= start]
    waits = [wait for wait in counted if wait is not None]
    figures = figures_of(case, len(counted), waits)
    # SimPy's queue is not sampled.
    return {name: figures[name] for name in case.figures if name != "inside"}


def trace_differs(case, trace):
    """The greatest difference in seconds of a single wait, SimPy playing the customers of a run."""
    trace = sorted(trace)
    service = [SERVICE if case.kind == "rate" else service for _, service, _ in trace]
    waits = queueing_simpy.by_trace(case.servers, zip((at for at, _, _ in trace), service))
    return max(abs(ours - wait) for (_, _, ours), wait in zip(trace, waits, strict=True))


# --- The comparison ---------------------------------------------------------------------------------


def interval(values):
    """Mean, and half of the 99.9 % interval."""
    return statistics.fmean(values), T * statistics.stdev(values) / math.sqrt(len(values))


def widest(quick):
    """Half an interval may have this share of what it is about."""
    return 0.25 if quick else 0.1


def judge(case, quick, ours, simpy):
    """One line per figure; True if all are well."""
    well = True
    for name, wanted in case.figures.items():
        mean, half = interval([played.figures[name] for played in ours])
        verdicts = []
        if abs(mean - wanted) > half:
            verdicts.append("OUT")
        if half > widest(quick) * wanted:
            verdicts.append("TOO WIDE")
        line = f"{name:8} theory {wanted:9.5f}  ours {mean:9.5f} +- {half:.5f}"
        if name in simpy[0]:
            theirs, other = interval([figures[name] for figures in simpy])
            line += f"  SimPy {theirs:9.5f} +- {other:.5f}"
            if abs(theirs - wanted) > other:
                verdicts.append("SIMPY OUT")
            if abs(mean - theirs) > math.hypot(half, other):
                verdicts.append("APART")
        well &= say(case, line, verdicts)
    return well


def judge_little(case, quick, ours):
    mean, half = interval([played.little for played in ours])
    counted = statistics.fmean(played.figures["inside"] for played in ours)
    line = f"Little   open sessions {counted:.5f}, less arrivals x time {mean:+.5f} +- {half:.5f}"
    # Where service is fixed there is no chance in it, and only the rounding of instants remains.
    verdicts = ["OUT"] if abs(mean) > max(half, 1e-5 * counted) else []
    if half > widest(quick) * counted:
        verdicts.append("TOO WIDE")
    return say(case, line, verdicts)


def judge_trace(case, difference, customers):
    line = f"each     {customers} single waits, SimPy's with the same customers: {difference * 1e6:.1f} us apart"
    # Instants are written in microseconds, and each customer of a busy period adds its rounding.
    return say(case, line, ["OUT"] if difference > 1e-3 else [])


def say(case, line, verdicts):
    print(f"{case.kind:7} {case.name:24} {case.arrivals:5g}/s  {line}  {' '.join(verdicts) or 'ok'}", flush=True)
    return not verdicts


def check(case, quick, binary, work, pool):
    ours = [pool.submit(run_ours, binary, case, seed, quick, work) for seed in SEEDS]
    simpy = [pool.submit(run_simpy, case, seed, quick) for seed in SEEDS]
    ours, simpy = [job.result() for job in ours], [job.result() for job in simpy]
    well = judge(case, quick, ours, simpy)
    well &= judge_little(case, quick, ours)
    if case.places is None:
        trace = ours[0].trace
        well &= judge_trace(case, trace_differs(case, trace), len(trace))
    return well


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary", type=Path)
    parser.add_argument("--quick", action="store_true", help="a sixth of the customers")
    parser.add_argument("--only", default="", help="only cases whose kind and name contain this")
    parser.add_argument("--work", help="where runs go until they are read")
    options = parser.parse_args()
    theory.self_test()
    began, well = time.monotonic(), True
    binary = options.binary.resolve()
    cases = [case for case in CASES if options.only in f"{case.kind} {case.name}"]
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        results = [check(case, options.quick, binary, options.work, pool) for case in cases]
    well = bool(results) and all(results)
    print(f"{len(cases)} queues, {len(SEEDS)} seeds each, {time.monotonic() - began:.0f} s: {'ok' if well else 'FAILED'}")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
