"""The queues of `queueing.py` in SimPy: a resource with so many servers, a process for each customer."""

import math
import random

import simpy


def draw(table, chance):
    """One service time of a distribution as the scenario file writes it, in seconds."""
    ((family, value),) = table.items()
    if family == "fixed":
        return value
    if family == "exponential":
        return chance.expovariate(1.0 / value["mean"])
    if family == "gamma":
        return chance.gammavariate(value["shape"], value["mean"] / value["shape"])
    if family == "log_normal":
        return chance.lognormvariate(math.log(value["median"]), value["sigma"])
    if family == "mixture":
        part = chance.choices(value, [part["weight"] for part in value])[0]
        return draw(part["delay"], chance)
    raise ValueError(family)


class Queue:
    """`servers` of them, and `places` for those who wait; None is any number."""

    def __init__(self, servers, places):
        self.env = simpy.Environment()
        self.resource = simpy.Resource(self.env, servers)
        self.places = math.inf if places is None else places
        # Of each customer in order of arrival: when, and how long it waited; None if it was lost.
        self.arrived, self.waits = [], []

    def customer(self, number, service):
        resource, env = self.resource, self.env
        full = resource.count == resource.capacity and len(resource.queue) >= self.places
        self.arrived.append(env.now)
        self.waits.append(None)
        if full:
            return
        with resource.request() as turn:
            yield turn
            self.waits[number] = env.now - self.arrived[number]
            yield env.timeout(service)

    def source(self, customers):
        """`customers` gives pairs: when, how long its service takes."""
        for number, (at, service) in enumerate(customers):
            yield self.env.timeout(max(0.0, at - self.env.now))
            self.env.process(self.customer(number, service))

    def play(self, customers):
        self.env.process(self.source(customers))
        self.env.run()
        return self


def by_chance(servers, places, arrivals, service, until, seed):
    """Poisson arrivals and service times of SimPy's own chance."""
    chance = random.Random(seed)

    def customers():
        at = chance.expovariate(arrivals)
        while at < until:
            yield at, draw(service, chance)
            at += chance.expovariate(arrivals)

    return Queue(servers, places).play(customers())


def by_trace(servers, customers):
    """The same customers as somebody else had; their waits in order of arrival."""
    return Queue(servers, None).play(customers).waits
