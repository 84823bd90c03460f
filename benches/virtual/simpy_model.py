#!/usr/bin/env python3
"""The campaign of a `scenario.toml` in SimPy, one process for each session.

Usage: simpy_model.py SCENARIO SESSIONS [SEED]   (needs: pip install simpy)

SCENARIO is that of a run directory, with every default written out; its `arrivals.max_sessions` is
replaced by SESSIONS. Prints one JSON object: the counts that `summary.json` has too, and the seconds of
CPU and wall time that the simulation took, without the start of Python and the reading of the file.

The model is written to be quick where that costs no outcome: a process waits for the next thing that
can happen to its user, by a single timeout, and not for a choice of events, and Python's collector of
cycles is off. It counts outcomes and keeps no histogram, no course of time and no cost, all of which `otpdrill simulate` keeps; codes are
not made, whether one is right is drawn. What it leaves out of the session: nothing else happens to a
user while a call is unanswered or a send waits in the queue.
"""

import gc
import json
import math
import random
import re
import sys
import time
import tomllib
from bisect import bisect
from itertools import accumulate

import simpy

UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
NEVER = math.inf


def seconds(text):
    parts = re.findall(r"([0-9.]+)\s*(us|ms|s|m|h|d)", text)
    return sum(float(number) * UNITS[unit] for number, unit in parts)


def sampler(table, chance):
    """A function that draws from a distribution of the scenario file."""
    ((family, value),) = table.items()
    if family == "fixed":
        at = seconds(value)
        return lambda: at
    if family == "exponential":
        rate = 1.0 / seconds(value["mean"])
        return lambda: chance.expovariate(rate)
    if family == "log_normal":
        mu, sigma = math.log(seconds(value["median"])), value.get("sigma")
        if sigma is None:
            sigma = (math.log(seconds(value["p95"])) - mu) / 1.6448536269514722
        gauss, exp = chance.gauss, math.exp
        return lambda: exp(gauss(mu, sigma))
    raise SystemExit(f"the model does not know the distribution `{family}`")


class Choice:
    """One of several, by weight."""

    def __init__(self, items, weights, chance):
        self.items, self.random = items, chance.random
        self.steps = list(accumulate(weights))

    def __call__(self):
        return self.items[bisect(self.steps, self.random() * self.steps[-1])]


class Carrier:
    def __init__(self, table, chance):
        self.delivered, self.delay = table["delivered"], sampler(table["delay"], chance)


class Country:
    def __init__(self, table, chance):
        users, carriers = table["users"], table["carriers"]
        items = [Carrier(carrier, chance) for carrier in carriers]
        self.carrier = Choice(items, [carrier["weight"] for carrier in carriers], chance)
        self.finish, self.right_code = users["finish"], users["right_code"]
        self.resend_probability = users["resend_probability"]
        self.read_delay = sampler(users["read_delay"], chance)
        self.resend_after = sampler(users["resend_after"], chance)
        self.gives_up_after = sampler(users["gives_up_after"], chance)


class Quota:
    """Calls per second with a burst: the generic cell rate algorithm."""

    def __init__(self, rate, burst):
        self.gap, self.burst, self.paid = 1.0 / rate, max(burst, 1.0 / rate), 0.0

    def admits(self, now):
        owed = max(0.0, self.paid - now)
        if owed + self.gap > self.burst + 1e-12:
            return False
        self.paid = now + owed + self.gap
        return True


class Line:
    """The queue of throttled sends, emptied at the quota's rate."""

    def __init__(self, rate, limit, max_wait):
        self.gap, self.limit, self.max_wait = 1.0 / rate, limit, max_wait
        self.next_free, self.last_accepted = 0.0, -NEVER

    def release(self, now):
        return now if self.next_free <= now else self.place(now)

    def again(self, now):
        after = self.last_accepted + self.gap
        self.next_free = max(self.next_free, after if now < after else now + self.gap)
        return self.place(now)

    def place(self, now):
        slot = max(self.next_free, now)
        if slot - now > self.max_wait or math.ceil((slot - now) / self.gap) > self.limit:
            return None
        self.next_free = slot + self.gap
        return slot


class Pace:
    """Puts slow down together when one is throttled."""

    def __init__(self):
        self.gap = self.next = 0.0

    def release(self, now):
        if not self.gap:
            return now
        at = max(self.next, now)
        self.next = at + self.gap
        return at

    def throttled(self):
        self.gap = min(self.gap * 1.5, 1.0) if self.gap else 0.01

    def passed(self):
        self.gap = self.gap * 0.95 if self.gap * 0.95 >= 0.001 else 0.0


class Campaign:
    def __init__(self, file, sessions, seed):
        self.chance = chance = random.Random(seed)
        self.env = simpy.Environment()
        self.sessions = sessions
        ((kind, stage),) = file["arrivals"]["stages"][0].items()
        policy, service = file["policy"], file["service"]
        if kind != "constant" or len(file["arrivals"]["stages"]) > 1:
            raise SystemExit("the model knows one constant stage")
        self.rate = stage["rate"]
        self.lifetime, self.cool_down = seconds(policy["lifetime"]), seconds(policy["cool_down"])
        self.resends, self.tries = policy["resends"], policy["tries"]
        self.older_counts = policy["older_code"] == "valid"
        self.backoff = seconds(policy["feedback_backoff"])
        effects = [template["conversion_effect"] for template in file["templates"]]
        self.effect = Choice(effects, [t["weight"] for t in file["templates"]], chance)
        countries = list(file["countries"].values())
        items = [Country(country, chance) for country in countries]
        self.country = Choice(items, [country["weight"] for country in countries], chance)
        latency, quotas, burst = service["latency"], service["quotas"], seconds(service["quotas"]["burst"])
        self.send_latency = sampler(latency["SendTextMessage"], chance)
        self.put_latency = sampler(latency["PutMessageFeedback"], chance)
        self.send_quota = Quota(quotas["SendTextMessage"], burst)
        self.put_quota = Quota(quotas["PutMessageFeedback"], burst)
        queue = policy["on_throttle"]["queue"]
        rate = queue.get("rate") or quotas["SendTextMessage"]
        self.line = Line(rate, queue["limit"], seconds(queue["max_wait"]))
        self.pace = Pace()
        names = ("verified", "expired", "locked_out", "abandoned", "send_failed")
        self.ends = dict.fromkeys(names, 0)
        self.messages = dict.fromkeys(("accepted", "throttled", "received", "failed"), 0)
        self.throttled_puts = 0

    def play(self):
        self.env.process(self.source())
        self.env.run()

    def source(self):
        env, gap = self.env, self.chance.expovariate
        for _ in range(self.sessions):
            yield env.timeout(gap(self.rate))
            env.process(self.session())

    def send(self, message):
        """From asking for a message to its answer; whether it was accepted."""
        env, line = self.env, self.line
        until = line.release(env.now)
        while until is not None:
            if until > env.now:
                yield env.timeout(until - env.now)
            released = env.now
            passes = self.send_quota.admits(released)
            yield env.timeout(self.send_latency())
            if passes:
                line.last_accepted = max(line.last_accepted, released)
                self.messages["accepted"] += 1
                if self.chance.random() < message.carrier.delivered:
                    message.arrives = released + message.carrier.delay()
                return True
            self.messages["throttled"] += 1
            until = line.again(env.now)
        return False

    def session(self):
        env, chance = self.env, self.chance
        country = self.country()
        carrier, effect = country.carrier(), self.effect()
        asks, tries, seen, since = 0, 0, 0, env.now
        stays = chance.random() < country.finish * effect
        gives_up = env.now + country.gives_up_after() if stays else NEVER

        def thinks():
            nonlocal asks
            chances, nth = country.resend_probability, asks
            asks += 1
            if stays and nth < len(chances) and chance.random() < chances[nth]:
                return env.now + country.resend_after()
            return NEVER

        ask = thinks()
        message = Message(env.now, carrier)
        if not (yield from self.send(message)):
            self.ends["send_failed"] += 1
            return
        messages, entered = [message], None
        while True:
            expires = messages[-1].due + self.lifetime
            if not stays:
                yield env.timeout(max(0.0, expires - env.now))
                end = "abandoned"
                break
            arrival = min((m.arrives for m in messages[seen:]), default=NEVER)
            first = min(arrival, ask, gives_up, expires)
            if first > env.now:
                yield env.timeout(first - env.now)
            now = max(first, env.now)
            if first == expires:
                end = "expired"
                break
            if first == arrival:
                nth = max(n for n, m in enumerate(messages) if m.arrives <= now)
                typed = max(arrival, since) + country.read_delay()
                while True:
                    if typed >= expires:
                        yield env.timeout(max(0.0, expires - env.now))
                        end = "expired"
                        break
                    if typed > env.now:
                        yield env.timeout(typed - env.now)
                    tries += 1
                    current = self.older_counts or nth == len(messages) - 1
                    alive = typed < messages[nth].due + self.lifetime
                    if chance.random() < country.right_code and current and alive:
                        end, entered = "verified", nth
                        break
                    if tries >= self.tries:
                        end = "locked_out"
                        break
                    come = [n for n, m in enumerate(messages) if n > nth and m.arrives <= typed]
                    if not come and nth < len(messages) - 1:
                        seen, since, ask, gives_up, end = nth + 1, env.now, NEVER, NEVER, None
                        break
                    nth = come[-1] if come else nth
                    typed = env.now + country.read_delay()
                if end:
                    break
            elif first == ask:
                ask = NEVER
                if len(messages) > self.resends:
                    continue
                if env.now >= messages[-1].due + self.cool_down:
                    ask = thinks()
                    message = Message(env.now, carrier)
                    if (yield from self.send(message)):
                        messages.append(message)
                else:
                    ask = thinks()
            else:
                stays = False
        self.ends[end] += 1
        decisive = entered if entered is not None else -1
        for nth in range(len(messages)):
            received = end == "verified" and nth == decisive
            yield from self.put("received" if received else "failed")

    def put(self, verdict):
        env, attempt = self.env, 0
        while True:
            at = self.pace.release(env.now)
            if at > env.now:
                yield env.timeout(at - env.now)
            released = env.now
            passes = self.put_quota.admits(released)
            yield env.timeout(self.put_latency())
            if passes:
                self.pace.passed()
                self.messages[verdict] += 1
                return
            self.pace.throttled()
            self.throttled_puts += 1
            pause = min(self.backoff * 2**attempt, 60.0) * (0.5 + 0.5 * self.chance.random())
            attempt += 1
            if released + pause > env.now:
                yield env.timeout(released + pause - env.now)


class Message:
    __slots__ = ("due", "carrier", "arrives")

    def __init__(self, due, carrier):
        self.due, self.carrier, self.arrives = due, carrier, NEVER


def main():
    if len(sys.argv) not in (3, 4):
        raise SystemExit(__doc__.splitlines()[2])
    with open(sys.argv[1], "rb") as file:
        scenario = tomllib.load(file)
    seed = int(sys.argv[3]) if len(sys.argv) == 4 else scenario["seed"]
    campaign = Campaign(scenario, int(sys.argv[2]), seed)
    # Nothing here refers to itself, and looking for what does would take half of the time.
    gc.disable()
    wall, cpu = time.perf_counter(), time.process_time()
    campaign.play()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    counts = {
        "sessions": {"arrived": campaign.sessions} | campaign.ends,
        "messages": campaign.messages,
        "throttled_puts": campaign.throttled_puts,
    }
    print(json.dumps(counts | {"cpu_s": cpu, "wall_s": wall}))


if __name__ == "__main__":
    main()
