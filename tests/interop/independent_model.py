#!/usr/bin/env python3
"""Plays a scenario in NumPy and compares `otpdrill simulate` with it.

Usage: independent_model.py OTPDRILL [--quick] [options]   (needs: pip install numpy)

The model knows the scenario only by the `scenario.toml` of a run directory, where every default is
written out. It shares neither code nor random numbers with the program. It covers what a user does
and no more: quotas, errors, rate limits, API latency and `users.pool` are refused, because they would
make instants depend on the service.

For every seed and every country it compares, in standard errors of both sides together:
the conversion of sessions and of messages, the same by carrier and by template, the share of each
end of a session, messages and refused resends per session; for every carrier the share of delivery
delays below the scenario's median and 95th percentile; and the same for what users take to read and
type. Then it pools all seeds, which is the sharper test. Ends with 1 if anything deviates by more
than `--limit` (six) standard errors.
"""

import argparse
import csv
import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
ENDS = ("verified", "expired", "locked_out", "abandoned")
LEVELS = (0.5, 0.95)
CHUNK = 250_000


# --- Distributions: each can draw, and tell the probability of a shorter delay ---------------------


def seconds(text):
    parts = re.findall(r"([0-9.]+)\s*(us|ms|s|m|h|d)", text)
    return sum(float(number) * UNITS[unit] for number, unit in parts)


def gamma_below(shape, x):
    """The regularised lower incomplete gamma function, by its power series."""
    if x <= 0.0:
        return 0.0
    if x > shape + 40.0 * math.sqrt(shape) + 60.0:
        return 1.0
    term = total = 1.0 / shape
    nth = shape
    while term > total * 1e-17:
        nth += 1.0
        term *= x / nth
        total += term
    return min(1.0, total * math.exp(shape * math.log(x) - x - math.lgamma(shape)))


def log_normal_parameters(value):
    median = seconds(value["median"])
    if value.get("sigma") is not None:
        return median, value["sigma"]
    return median, math.log(seconds(value["p95"]) / median) / 1.6448536269514722


class Distribution:
    """One distribution of the scenario file, built from nothing but its parameters."""

    def __init__(self, table):
        ((self.family, self.value),) = table.items()
        value = self.value
        if self.family == "fixed":
            self.at = seconds(value)
        elif self.family == "uniform":
            self.low, self.high = seconds(value["low"]), seconds(value["high"])
        elif self.family == "exponential":
            self.mean = seconds(value["mean"])
        elif self.family == "log_normal":
            self.median, self.sigma = log_normal_parameters(value)
        elif self.family == "gamma":
            self.shape = value["shape"]
            self.scale = seconds(value["mean"]) / self.shape
        elif self.family == "weibull":
            self.shape, self.scale = value["shape"], seconds(value["scale"])
        elif self.family == "mixture":
            weights = np.array([part["weight"] for part in value], dtype=float)
            self.weights = weights / weights.sum()
            self.parts = [Distribution(part["delay"]) for part in value]
        elif self.family == "quantiles":
            self.p = [point["p"] for point in value]
            self.delay = [seconds(point["delay"]) for point in value]
        else:
            raise SystemExit(f"the model does not know the distribution `{self.family}`")

    def draw(self, rng, size):
        if self.family == "fixed":
            return np.full(size, self.at)
        if self.family == "uniform":
            return rng.uniform(self.low, self.high, size)
        if self.family == "exponential":
            return rng.exponential(self.mean, size)
        if self.family == "log_normal":
            return self.median * np.exp(self.sigma * rng.standard_normal(size))
        if self.family == "gamma":
            return rng.gamma(self.shape, self.scale, size)
        if self.family == "weibull":
            return self.scale * rng.weibull(self.shape, size)
        if self.family == "quantiles":
            return np.interp(rng.random(size), self.p, self.delay)
        part_of = rng.choice(len(self.parts), size=size, p=self.weights)
        drawn = np.empty(size)
        for index, part in enumerate(self.parts):
            chosen = part_of == index
            drawn[chosen] = part.draw(rng, int(chosen.sum()))
        return drawn

    def below(self, x):
        if self.family == "fixed":
            return 1.0 if x >= self.at else 0.0
        if self.family == "uniform":
            return min(1.0, max(0.0, (x - self.low) / (self.high - self.low)))
        if self.family == "exponential":
            return -math.expm1(-x / self.mean)
        if self.family == "log_normal":
            return 0.5 * math.erfc(-math.log(x / self.median) / self.sigma / math.sqrt(2.0))
        if self.family == "gamma":
            return gamma_below(self.shape, x / self.scale)
        if self.family == "weibull":
            return -math.expm1(-((x / self.scale) ** self.shape))
        if self.family == "quantiles":
            return float(np.interp(x, self.delay, self.p))
        return sum(w * part.below(x) for w, part in zip(self.weights, self.parts))

    def quantile(self, p):
        low, high = 1e-9, 1e9
        for _ in range(200):
            middle = math.sqrt(low * high)
            low, high = (middle, high) if self.below(middle) < p else (low, middle)
        return high

    def continuous(self):
        return self.family != "fixed" and all(p.continuous() for p in getattr(self, "parts", []))


# --- The scenario --------------------------------------------------------------------------------


def shares(items):
    weights = np.array([item["weight"] for item in items], dtype=float)
    return weights / weights.sum()


class Country:
    def __init__(self, code, table):
        users = table["users"]
        self.code = code
        self.weight = table["weight"]
        self.carriers = [carrier["name"] for carrier in table["carriers"]]
        self.carrier_shares = shares(table["carriers"])
        self.delivered = np.array([carrier["delivered"] for carrier in table["carriers"]])
        self.delays = [Distribution(carrier["delay"]) for carrier in table["carriers"]]
        self.finish = users["finish"]
        self.right_code = users["right_code"]
        self.resend_probability = users["resend_probability"]
        self.read_delay = Distribution(users["read_delay"])
        self.resend_after = Distribution(users["resend_after"])
        self.gives_up_after = Distribution(users["gives_up_after"])


class Scenario:
    def __init__(self, text):
        file = tomllib.loads(text)
        refuse_what_the_model_leaves_out(file)
        policy = file["policy"]
        self.lifetime = seconds(policy["lifetime"])
        self.cool_down = seconds(policy["cool_down"])
        self.tries = policy["tries"]
        self.most_messages = 1 + policy["resends"]
        self.older_code = policy["older_code"]
        self.templates = [template["name"] for template in file["templates"]]
        self.template_shares = shares(file["templates"])
        self.effects = np.array([template["conversion_effect"] for template in file["templates"]])
        self.countries = [Country(code, t) for code, t in sorted(file["countries"].items())]
        total = sum(country.weight for country in self.countries)
        self.share = {country.code: country.weight / total for country in self.countries}


def refuse_what_the_model_leaves_out(file):
    policy, service = file["policy"], file["service"]
    limits = [key for key in service["quotas"] if key != "burst"]
    errors = [s for shares in service["errors"].values() for s in shares.values() if s > 0.0]
    latency = [d for d in service["latency"].values() if d != {"fixed": "0s"}]
    pools = [c for c in file["countries"].values() if c["users"].get("pool") is not None]
    rules = [policy.get("per_user"), policy.get("per_country"), service.get("spend_limit_usd")]
    plain = policy["feedback"] != "off" and policy["reports"] == "everything"
    if limits or errors or latency or pools or any(rules) or not plain or policy["superseded"] != "failed":
        raise SystemExit("the model knows no quotas, errors, latencies, pools, limits or lost reports")


# --- The model: many sessions of one country at once ----------------------------------------------


class Played:
    """What became of many sessions of one country; instants count from each session's arrival."""

    def __init__(self, size):
        self.carrier = np.zeros(size, dtype=np.int8)
        self.template = np.zeros(size, dtype=np.int8)
        self.end = np.zeros(size, dtype=np.int8)
        self.messages = np.ones(size, dtype=np.int8)
        self.cool_down_refusals = np.zeros(size, dtype=np.int8)
        self.limit_refusals = np.zeros(size, dtype=np.int8)
        self.verified_after = np.full(size, np.nan)


def play(country, scenario, rng, size):
    played = Played(size)
    played.carrier[:] = rng.choice(len(country.carriers), size=size, p=country.carrier_shares)
    played.template[:] = rng.choice(len(scenario.templates), size=size, p=scenario.template_shares)
    means_to = rng.random(size) < np.minimum(1.0, country.finish * scenario.effects[played.template])
    gives_up = country.gives_up_after.draw(rng, size)
    sent = np.full((size, scenario.most_messages), np.inf)
    arrives = np.full((size, scenario.most_messages), np.inf)
    send(country, rng, played, sent, arrives, np.arange(size), np.zeros(size), 0)
    ask_again(country, scenario, rng, played, sent, arrives, means_to, gives_up)
    read_and_type(country, scenario, rng, played, sent, arrives, means_to, gives_up)
    return played


def send(country, rng, played, sent, arrives, rows, at, nth):
    """Sends message `nth` (one number, or one for each row) of these sessions."""
    sent[rows, nth] = at
    delay = np.full(len(rows), np.inf)
    for index, distribution in enumerate(country.delays):
        chosen = (played.carrier[rows] == index) & (
            rng.random(len(rows)) < country.delivered[index]
        )
        delay[chosen] = distribution.draw(rng, int(chosen.sum()))
    arrives[rows, nth] = at + delay


def ask_again(country, scenario, rng, played, sent, arrives, means_to, gives_up):
    """Until a message arrives, or the user gives up, or the session is over."""
    thinking = np.flatnonzero(means_to)
    since = np.zeros(len(thinking))
    for probability in country.resend_probability:
        asks = rng.random(len(thinking)) < probability
        thinking, since = thinking[asks], since[asks]
        at = since + country.resend_after.draw(rng, len(thinking))
        last_sent = sent[thinking, played.messages[thinking] - 1]
        waits = (
            (arrives[thinking].min(axis=1) > at)
            & (gives_up[thinking] > at)
            & (last_sent + scenario.lifetime > at)
        )
        thinking, at, last_sent = thinking[waits], at[waits], last_sent[waits]

        refused_for_good = played.messages[thinking] >= scenario.most_messages
        played.limit_refusals[thinking[refused_for_good]] += 1
        goes_on = ~refused_for_good
        thinking, at, last_sent = thinking[goes_on], at[goes_on], last_sent[goes_on]

        too_soon = at - last_sent < scenario.cool_down
        played.cool_down_refusals[thinking[too_soon]] += 1
        served = thinking[~too_soon]
        send(country, rng, played, sent, arrives, served, at[~too_soon], played.messages[served])
        played.messages[served] += 1
        since = at


def read_and_type(country, scenario, rng, played, sent, arrives, means_to, gives_up):
    """From the first message in hand to the end of the session."""
    newest = played.messages.astype(int) - 1
    over = sent[np.arange(len(newest)), newest] + scenario.lifetime
    first = arrives.min(axis=1)
    left = ~means_to | ((gives_up < first) & (gives_up < over))
    played.end[:] = np.where(left, ENDS.index("abandoned"), ENDS.index("expired"))

    rows = np.flatnonzero(~left & (first < over))
    in_hand = arrives[rows].argmin(axis=1)
    now = first[rows]
    wrong = np.zeros(len(newest), dtype=np.int8)
    while len(rows):
        reading = country.read_delay.draw(rng, len(rows))
        now = now + reading
        in_time = now < over[rows]
        rows, in_hand, now = rows[in_time], in_hand[in_time], now[in_time]

        good = (rng.random(len(rows)) < country.right_code) & (
            now < sent[rows, in_hand] + scenario.lifetime
        )
        if scenario.older_code == "invalid":
            good &= in_hand == newest[rows]
        played.end[rows[good]] = ENDS.index("verified")
        played.verified_after[rows[good]] = now[good]
        rows, in_hand, now = rows[~good], in_hand[~good], now[~good]

        wrong[rows] += 1
        locked = wrong[rows] >= scenario.tries
        played.end[rows[locked]] = ENDS.index("locked_out")
        rows, in_hand, now = rows[~locked], in_hand[~locked], now[~locked]

        rows, in_hand, now = next_in_hand(arrives, newest, over, rows, in_hand, now)


def next_in_hand(arrives, newest, over, rows, in_hand, now):
    """After a wrong try: the newest that has come since, else the next to come, else the same."""
    nth = np.arange(arrives.shape[1])
    newer = np.where(nth > in_hand[:, None], arrives[rows], np.inf)
    has_come = newer <= now[:, None]
    newest_come = np.where(has_come, nth, -1).max(axis=1)
    expects = ~has_come.any(axis=1) & (newest[rows] > in_hand)
    then = np.where(expects, newer.min(axis=1), now)
    chosen = np.where(newest_come >= 0, newest_come, np.where(expects, newer.argmin(axis=1), in_hand))
    reached = then < over[rows]
    return rows[reached], chosen[reached], then[reached]


# --- Figures of the model: sums that chunks add up ------------------------------------------------


def tally(played):
    """Per group of sessions: how many, and the sums and squares that conversions need."""
    verified = (played.end == ENDS.index("verified")).astype(float)
    messages = played.messages.astype(float)
    groups = {("country",): np.ones(len(messages), dtype=bool)}
    for index in np.unique(played.carrier):
        groups["carrier", int(index)] = played.carrier == index
    for index in np.unique(played.template):
        groups["template", int(index)] = played.template == index
    sums = {}
    for key, chosen in groups.items():
        v, m = verified[chosen], messages[chosen]
        sums[key] = np.array([len(v), v.sum(), m.sum(), (m * m).sum(), (v * m).sum()])
    for index, name in enumerate(ENDS):
        sums["end", name] = moments(played.end == index)
    sums["refused", "cool_down"] = moments(played.cool_down_refusals)
    sums["refused", "resend_limit"] = moments(played.limit_refusals)
    return sums


def moments(values):
    values = np.asarray(values, dtype=float)
    return np.array([len(values), values.sum(), (values * values).sum()])


def play_chunk(text, code, chunk, size):
    scenario = Scenario(text)
    country = next(c for c in scenario.countries if c.code == code)
    rng = np.random.default_rng([20261123, ord(code[0]), ord(code[1]), chunk])
    played = play(country, scenario, rng, size)
    sums = tally(played)
    return code, sums


def play_scenario(text, pool, sessions):
    """The model's figures: country code -> key -> sums."""
    chunks = max(1, math.ceil(sessions / CHUNK))
    size = min(CHUNK, sessions)
    codes = [country.code for country in Scenario(text).countries]
    jobs = [pool.submit(play_chunk, text, code, n, size) for code in codes for n in range(chunks)]
    figures = {code: defaultdict(float) for code in codes}
    for job in jobs:
        code, sums = job.result()
        for key, value in sums.items():
            figures[code][key] = figures[code][key] + value
    return figures


# --- What the program found -----------------------------------------------------------------------


def run_program(binary, text, settings, seed, sessions, folder):
    """One simulated run, reduced to counts; its files are deleted."""
    scenario = Scenario(text)
    out = Path(folder) / f"{seed}-{'-'.join(settings) or 'as-is'}".replace("/", "_")
    command = [binary, "simulate", str(Path(folder) / "scenario.toml"), "--seed", str(seed)]
    command += ["--set", f"arrivals.max_sessions={sessions}", "--messages", "--quiet"]
    command += [part for setting in settings for part in ("--set", setting)]
    command += ["--threads", "1", "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: exit code {done.returncode}\n{done.stderr}")
    try:
        return seed, count(out, scenario)
    finally:
        shutil.rmtree(out)


def count(out, scenario):
    found = {}
    for name in ("conversion", "conversion-by-carrier", "conversion-by-template"):
        with open(out / f"{name}.csv", newline="") as file:
            for row in csv.DictReader(file):
                keys = [row[k] for k in ("country", "carrier", "template") if k in row]
                columns = ("sessions", "verified", "messages_accepted", "received")
                found[name, *keys] = np.array([int(row[k]) for k in columns])
    summary = json.loads((out / "summary.json").read_text())
    found["ends",] = np.array([summary["sessions"][name] for name in ENDS])
    found["refused",] = np.array([summary["resends"][k] for k in ("cool_down", "resend_limit")])
    others = sum(summary["sessions"].values()) - summary["sessions"]["arrived"]
    if others != summary["sessions"]["arrived"] or others != found["ends",].sum():
        raise RuntimeError(f"{out}: sessions end in ways that the model does not know")
    found.update(count_delays(out / "messages.csv", scenario))
    return found


def count_delays(path, scenario):
    """How many delays lie below each theoretical quantile."""
    delay_marks, read_marks, found = {}, {}, {}
    for country in scenario.countries:
        for name, distribution in zip(country.carriers, country.delays):
            key = ("delay", country.code, name)
            delay_marks[country.code, name] = key, [distribution.quantile(p) for p in LEVELS]
            found[key] = [0, 0, 0]
        key = ("reading", country.code)
        read_marks[country.code] = key, [country.read_delay.quantile(p) for p in LEVELS]
        found[key] = [0, 0, 0]
    with open(path, newline="") as file:
        rows = csv.reader(file)
        header = next(rows)
        country_at, carrier_at = header.index("country"), header.index("carrier")
        delivered_at, delay_at = header.index("delivered"), header.index("delivery_delay_s")
        read_at = header.index("read_s")
        for row in rows:
            if row[delivered_at] == "true":
                key, marks = delay_marks[row[country_at], row[carrier_at]]
                add_delay(found[key], float(row[delay_at]), marks)
            elif row[delay_at]:
                raise RuntimeError(f"{path}: an undelivered message has a delay: {row}")
            if row[read_at]:
                key, marks = read_marks[row[country_at]]
                add_delay(found[key], float(row[read_at]), marks)
    return {key: np.array(value) for key, value in found.items()}


def add_delay(counts, delay, marks):
    counts[0] += 1
    counts[1] += delay < marks[0]
    counts[2] += delay < marks[1]


# --- The comparison -------------------------------------------------------------------------------


class Comparison:
    """Collects deviations in standard errors, by the kind of figure."""

    def __init__(self, limit):
        self.limit = limit
        self.kinds = defaultdict(list)
        self.failures = []

    def add(self, run, kind, subject, observed, expected, error):
        difference = observed - expected
        deviation = difference / error if error > 0 else (0.0 if difference == 0 else math.inf)
        self.kinds[kind].append((deviation, run, subject))
        if abs(deviation) > self.limit:
            self.failures.append(
                f"{run}: {kind} of {subject} is {observed:.6f}, expected {expected:.6f}, "
                f"{deviation:+.1f} standard errors"
            )

    def table(self):
        print(f"  {'figure':<42} {'compared':>8} {'rms':>6} {'largest':>8}  where")
        for kind, rows in self.kinds.items():
            worst = max(rows, key=lambda row: abs(row[0]))
            rms = math.sqrt(sum(row[0] ** 2 for row in rows) / len(rows))
            print(f"  {kind:<42} {len(rows):>8} {rms:>6.2f} {worst[0]:>+8.2f}  {worst[2]}, {worst[1]}")


def ratio_error(sums, sessions):
    """The standard error of messages received per message, on `sessions` sessions and the model's."""
    n, v, m, mm, vm = sums
    ratio = v / m
    spread = (v - 2.0 * ratio * vm + ratio * ratio * mm) / n
    return math.sqrt(spread * (1.0 / sessions + 1.0 / n)) / (m / n)


def share_error(p, *sizes):
    return math.sqrt(p * (1.0 - p) * sum(1.0 / size for size in sizes))


def compare(comparison, run, scenario, model, found):
    total = found["conversion", "TOTAL"][0]
    for country in scenario.countries:
        figures, code = model[country.code], country.code
        of_country = found["conversion", code]
        share = scenario.share[code]
        comparison.add(run, "share of sessions", code, of_country[0] / total, share, share_error(share, total))
        compare_conversion(comparison, run, "country", code, figures["country",], of_country)
        for index, name in enumerate(country.carriers):
            row = found["conversion-by-carrier", code, name]
            compare_conversion(comparison, run, "carrier", f"{code} {name}", figures["carrier", index], row)
            share = country.carrier_shares[index]
            error = share_error(share, of_country[0])
            comparison.add(run, "share of carrier", f"{code} {name}", row[0] / of_country[0], share, error)
        compare_delays(comparison, run, country, figures, found)
    compare_templates(comparison, run, scenario, model, found)
    compare_ends(comparison, run, scenario, model, found)


def compare_conversion(comparison, run, what, subject, sums, row):
    sessions, verified, messages, received = row
    if received != verified:
        comparison.failures.append(f"{run}: {subject}: {received} received, {verified} verified")
    n, v, m, mm, _ = sums
    p = v / n
    error = share_error(p, sessions, n)
    comparison.add(run, f"session conversion by {what}", subject, verified / sessions, p, error)
    error = ratio_error(sums, sessions)
    comparison.add(run, f"message conversion by {what}", subject, received / messages, v / m, error)
    error = math.sqrt((mm / n - (m / n) ** 2) * (1.0 / sessions + 1.0 / n))
    comparison.add(run, f"messages per session by {what}", subject, messages / sessions, m / n, error)


def compare_delays(comparison, run, country, figures, found):
    for index, level in enumerate(LEVELS):
        for name, distribution in zip(country.carriers, country.delays):
            if distribution.continuous():
                counts = found["delay", country.code, name]
                n, share = counts[0], counts[1 + index] / counts[0]
                kind = f"delivery delay, share below p{level * 100:.0f}"
                subject = f"{country.code} {name} ({distribution.family})"
                comparison.add(run, kind, subject, share, level, share_error(level, n))
        if country.read_delay.continuous():
            counts = found["reading", country.code]
            n, share = counts[0], counts[1 + index] / counts[0]
            subject = f"{country.code} ({country.read_delay.family})"
            kind = f"reading delay, share below p{level * 100:.0f}"
            comparison.add(run, kind, subject, share, level, share_error(level, n))


def compare_templates(comparison, run, scenario, model, found):
    for index, name in enumerate(scenario.templates):
        sessions, verified, messages, received = found["conversion-by-template", name]
        # Countries are strata of the model but chance in the program: mix them by their shares.
        sums = sum(
            scenario.share[code] * figures["template", index] / figures["template", index][0]
            for code, figures in model.items()
        )
        least = min(figures["template", index][0] for figures in model.values())
        row = (sessions, verified, messages, received)
        compare_conversion(comparison, run, "template", name, sums * least, row)


def compare_ends(comparison, run, scenario, model, found):
    """Sums over all countries, against what the sessions of each country should give."""
    sessions = {code: found["conversion", code][0] for code in model}
    kinds = [("share of", "end", name, found["ends",][i]) for i, name in enumerate(ENDS)]
    refusals = zip(("cool_down", "resend_limit"), found["refused",])
    kinds += [("refused resends per session", "refused", name, n) for name, n in refusals]
    total = sum(sessions.values())
    for kind, group, name, observed in kinds:
        expected = variance = 0.0
        for code, figures in model.items():
            n, first, second = figures[group, name]
            mean = first / n
            expected += sessions[code] * mean
            variance += sessions[code] * (second / n - mean * mean) * (1.0 + sessions[code] / n)
        label = "share of sessions by end" if group == "end" else kind
        comparison.add(run, label, name, observed / total, expected / total, math.sqrt(variance) / total)


def pooled(results):
    total = {}
    for found in results:
        for key, value in found.items():
            total[key] = total.get(key, 0) + value
    return total


# --- The command ----------------------------------------------------------------------------------


def written_out(binary, scenario, settings, folder):
    """The scenario as the program understands it, with every default."""
    out = Path(folder) / "written-out"
    command = [binary, "simulate", str(scenario), "--quiet", "--overwrite", "--out", str(out)]
    command += ["--set", "arrivals.max_sessions=1"]
    command += [part for setting in settings for part in ("--set", setting)]
    subprocess.run(command, check=True, capture_output=True)
    return (out / "scenario.toml").read_text()


def sessions_in_all(scenario, per_country):
    """So many that the smallest country has `per_country` of them, almost surely."""
    smallest = min(scenario.share.values())
    needed = per_country + 8.0 * math.sqrt(per_country)
    return math.ceil(needed / smallest)


def check_variant(options, settings, seeds, pool):
    label = ", ".join(settings) or "as it is"
    started = time.monotonic()
    with tempfile.TemporaryDirectory(dir=options.work) as folder:
        shutil.copy(options.scenario, Path(folder) / "scenario.toml")
        text = written_out(options.otpdrill, options.scenario, settings, folder)
        scenario = Scenario(text)
        sessions = sessions_in_all(scenario, options.sessions)
        runs = [
            pool.submit(run_program, options.otpdrill, text, settings, seed, sessions, folder)
            for seed in seeds
        ]
        model = play_scenario(text, pool, options.model_sessions)
        results = dict(run.result() for run in runs)
    comparison, sharper = Comparison(options.limit), Comparison(options.limit)
    for seed, found in sorted(results.items()):
        compare(comparison, f"seed {seed}", scenario, model, found)
    compare(sharper, "all seeds", scenario, model, pooled(results.values()))
    fewest = min(found["conversion", c.code][0] for found in results.values() for c in scenario.countries)
    if fewest < options.sessions:
        comparison.failures.append(f"a country had only {fewest} sessions")
    took = time.monotonic() - started
    print(f"\nScenario {label}: {len(results)} seeds, {sessions} sessions each, at least {fewest} per")
    print(f"country; the model played {options.model_sessions} per country; {took:.0f} s")
    print_conversions(scenario, model, pooled(results.values()))
    print("\n  One seed at a time, deviations in standard errors")
    comparison.table()
    print("\n  All seeds together")
    sharper.table()
    return comparison.failures + sharper.failures


def print_conversions(scenario, model, found):
    print(f"\n  {'country':<8} {'sessions: model':>16} {'program':>9} {'messages: model':>16} {'program':>9}")
    for country in scenario.countries:
        n, v, m, _, _ = model[country.code]["country",]
        sessions, verified, messages, received = found["conversion", country.code]
        print(
            f"  {country.code:<8} {v / n:>16.5f} {verified / sessions:>9.5f} "
            f"{v / m:>16.5f} {received / messages:>9.5f}"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("otpdrill", help="the binary")
    parser.add_argument("--scenario", default=HERE / "model.toml", type=Path)
    parser.add_argument("--seeds", default=20, type=int, help="seeds of each variant")
    parser.add_argument("--sessions", default=100_000, type=int, help="simulated sessions per country")
    parser.add_argument("--model-sessions", default=4_000_000, type=int, help="the model's, per country")
    parser.add_argument("--variant", action="append", metavar="PATH=VALUE",
                        help="a setting to repeat everything with; default policy.older_code=valid")
    parser.add_argument("--limit", default=6.0, type=float, help="allowed standard errors")
    parser.add_argument("--jobs", default=os.cpu_count(), type=int, help="processes at once")
    parser.add_argument("--work", default=None, help="where temporary runs go")
    parser.add_argument("--quick", action="store_true", help="two seeds")
    options = parser.parse_args()
    if options.quick:
        options.seeds, options.model_sessions = 2, 1_000_000
    options.otpdrill = str(Path(options.otpdrill).resolve())
    variants = [[]] + [[v] for v in options.variant or ["policy.older_code=valid"]]
    failures = []
    with ProcessPoolExecutor(options.jobs) as pool:
        for settings in variants:
            failures += check_variant(options, settings, range(1, options.seeds + 1), pool)
    for failure in failures:
        print(failure, file=sys.stderr)
    print(f"\n{'FAILED' if failures else 'passed'}: {len(failures)} deviations above {options.limit}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
