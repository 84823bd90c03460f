#!/usr/bin/env python3
"""Measures the stub's throughput: `throughput.py STUB BARE_SERVER LOAD_CLIENT [ROUNDS]`.

STUB is `sms-voice-mock`, the others are examples of its package, all from one profile (`release` or
`dist`). The same client sends messages with feedback and puts it, first to the stub, whose state grows,
then to a bare hyper server that answers a constant: in turns, each in a process of its own on a core of
its own, as far as the system gives one. Prints calls per second and the ratio of the medians; exit code
1 if that is below 0.75.
"""
import statistics, subprocess, sys

CONNECTIONS, SECONDS = 16, 5


def calls_per_second(server, client):
    with subprocess.Popen(server, stdout=subprocess.PIPE, text=True) as process:
        try:
            address = process.stdout.readline().rsplit("/", 1)[-1].strip()
            done = subprocess.run([client, address, str(CONNECTIONS), str(SECONDS)],
                                  check=True, stdout=subprocess.PIPE)
            return float(done.stdout)
        finally:
            process.terminate()


if __name__ == "__main__":
    stub, bare, client = sys.argv[1:4]
    rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 5
    servers = {"stub": [stub, "--listen", "127.0.0.1:0"], "bare": [bare]}
    seen = {name: [] for name in servers}
    for _ in range(rounds):
        for name, command in servers.items():
            seen[name].append(calls_per_second(command, client))
    for name, values in seen.items():
        print(f"{name}: median {statistics.median(values):.0f} calls/s of "
              + " ".join(f"{value:.0f}" for value in values))
    ratio = statistics.median(seen["stub"]) / statistics.median(seen["bare"])
    print(f"stub / bare = {ratio:.3f} (0.75 is promised)")
    sys.exit(0 if ratio >= 0.75 else 1)
