"""What queueing theory says: waiting times and blocking, from nothing but rates and moments.

Rates are per second, times in seconds. `load` is the offered load in erlangs, arrivals times mean
service. Needs nothing but Python; the tests at the end are run by `queueing.py`.
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Service:
    """How long one server takes: the first two moments are all that one-server formulas want."""

    mean: float
    square: float

    @staticmethod
    def fixed(mean):
        return Service(mean, mean**2)

    @staticmethod
    def exponential(mean):
        return Service(mean, 2.0 * mean**2)

    @staticmethod
    def gamma(shape, mean):
        return Service(mean, mean**2 * (1.0 + 1.0 / shape))

    @staticmethod
    def log_normal(median, sigma):
        return Service(median * math.exp(sigma**2 / 2.0), median**2 * math.exp(2.0 * sigma**2))

    @staticmethod
    def mixture(parts):
        """`parts` are (share, Service)."""
        return Service(sum(p * s.mean for p, s in parts), sum(p * s.square for p, s in parts))


def erlang_b(servers, load):
    """Share of arrivals that find every server busy and are lost (M/G/c/c)."""
    blocked = 1.0
    for n in range(1, servers + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked


def erlang_c(servers, load):
    """Share of arrivals that have to wait (M/M/c)."""
    blocked = erlang_b(servers, load)
    return blocked / (1.0 - load / servers * (1.0 - blocked))


def mmc_wait(servers, arrivals, service):
    """Mean wait of M/M/c."""
    return erlang_c(servers, arrivals * service) / (servers / service - arrivals)


def mmc_longer(servers, arrivals, service, than):
    """Share of M/M/c whose wait is longer than `than`."""
    spare = servers / service - arrivals
    return erlang_c(servers, arrivals * service) * math.exp(-spare * than)


def mg1_wait(arrivals, service):
    """Mean wait of M/G/1: Pollaczek and Khinchine."""
    return arrivals * service.square / (2.0 * (1.0 - arrivals * service.mean))


def md1_longer(arrivals, service, than):
    """Share of M/D/1 whose wait is longer than `than`: Erlang 1909. Exact while `than` is a few services."""
    load = arrivals * service
    total = 0.0
    for k in range(math.floor(than / service + 1e-9) + 1):
        x = arrivals * (k * service - than)
        total += x**k / math.factorial(k) * math.exp(-x)
    return 1.0 - (1.0 - load) * total


def mdc_wait(servers, arrivals, service):
    """Mean wait of M/D/c: Crommelin 1932."""
    load = arrivals * service
    wait = 0.0
    for i in range(1, 2000):
        at_least, more = poisson_tails(i * load, i * servers)
        term = at_least - more * servers / load
        wait += service * term
        if term < 1e-14:
            return wait
    raise ArithmeticError("the sum of M/D/c does not end: the load is too near to the servers")


def poisson_tails(mean, k):
    """P(N >= k) and P(N > k) of a Poisson number, `k` being above its mean."""
    probability = math.exp(k * math.log(mean) - mean - math.lgamma(k + 1))
    at_least, term, n = 0.0, probability, k
    while term > at_least * 1e-17:
        at_least += term
        n += 1
        term *= mean / n
    return at_least, at_least - probability


@dataclass(frozen=True)
class Finite:
    """A queue with a limited number of places: what is lost, and how long the others wait."""

    blocked: float
    wait: float


def mmck(servers, places, arrivals, service):
    """M/M/c with `places` to wait in."""
    load, weights = arrivals * service, [1.0]
    for n in range(1, servers + places + 1):
        weights.append(weights[-1] * load / min(n, servers))
    total = sum(weights)
    waiting = sum((n - servers) * w for n, w in enumerate(weights) if n > servers) / total
    blocked = weights[-1] / total
    return Finite(blocked, waiting / (arrivals * (1.0 - blocked)))


def md1k(places, arrivals, service):
    """M/D/1 with `places` to wait in: the chain of what a departure leaves behind."""
    load = arrivals * service
    come = [math.exp(-load) * load**n / math.factorial(n) for n in range(places + 2)]
    # left[n]: a departure leaves n behind, up to a factor; n runs to `places`.
    left = [1.0]
    for n in range(places):
        others = sum(left[j] * come[n - j + 1] for j in range(1, n + 1))
        left.append((left[n] - left[0] * come[n] - others) / come[0])
    left = [weight / sum(left) for weight in left]
    seen = 1.0 / (left[0] + load)
    blocked = 1.0 - seen
    inside = sum(n * weight * seen for n, weight in enumerate(left)) + (places + 1) * blocked
    return Finite(blocked, inside / (arrivals * seen) - service)


def self_test():
    """Values from tables, and formulas that must agree where they meet."""
    near = lambda a, b, within=1e-9: math.isclose(a, b, rel_tol=within)
    assert near(erlang_b(1, 1.0), 0.5) and near(erlang_b(2, 1.0), 0.2)
    # Tables of Erlang B: ten trunks carry 4.461 E at 1 %, a hundred 84.06 E.
    assert near(erlang_b(10, 4.461), 0.01, 1e-3) and near(erlang_b(100, 84.06), 0.01, 1e-3)
    assert near(erlang_c(1, 0.7), 0.7)
    assert near(mmc_wait(1, 7.0, 0.1), mg1_wait(7.0, Service.exponential(0.1)))
    assert near(mdc_wait(1, 8.0, 0.1), mg1_wait(8.0, Service.fixed(0.1)))
    assert near(md1_longer(8.0, 0.1, 0.0), 0.8)
    areas = sum(md1_longer(4.0, 0.1, (n + 0.5) / 1000) / 1000 for n in range(1000))
    assert near(areas, mg1_wait(4.0, Service.fixed(0.1)), 1e-4)
    assert near(mmck(5, 0, 40.0, 0.1).blocked, erlang_b(5, 4.0))
    assert near(mmck(3, 2000, 24.0, 0.1).wait, mmc_wait(3, 24.0, 0.1))
    assert near(md1k(0, 8.0, 0.1).blocked, erlang_b(1, 0.8))
    assert near(md1k(60, 8.0, 0.1).wait, mg1_wait(8.0, Service.fixed(0.1)), 1e-6)
    assert near(Service.mixture([(1.0, Service.gamma(1.0, 2.0))]).square, 8.0)
