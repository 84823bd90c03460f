#!/usr/bin/env python3
"""How often `compare` raises a false alarm over live runs: pairs of equal short runs against the stub inside.

Both runs of a pair have another seed. Fewer than one in a hundred pairs may call anything worse. Runs go one after the
other, unless JOBS says otherwise: a second one disturbs the first, as a neighbour on a shared machine would.

Usage: live_pairs.py OTPDRILL [PAIRS] [JOBS]
"""

import concurrent.futures
import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Nine seconds of wall time each: two minutes of arrivals at speed 20, with enough intervals to be resampled.
SETS = [
    "arrivals.stages=[{constant={rate=15.0,duration='2m'}}]",
    "policy.lifetime='1m'",
    "warm_up='5s'",
    "interval='2s'",
    "thresholds=[]",
]


def play(otpdrill: str, folder: pathlib.Path, seed: int) -> pathlib.Path:
    out = folder / str(seed)
    command = [otpdrill, "run", str(ROOT / "scenarios/quickstart.toml"), "--quiet", "--seed", str(seed), "--out", str(out)]
    done = subprocess.run(command + [f"--set={one}" for one in SETS], capture_output=True, text=True)
    if done.returncode not in (0, 13):
        raise RuntimeError(f"seed {seed} ended with {done.returncode}: {done.stderr}")
    return out


def compare(otpdrill: str, base: pathlib.Path, new: pathlib.Path) -> dict:
    command = [otpdrill, "compare", str(base), str(new), "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in (0, 11):
        raise RuntimeError(f"compare ended with {done.returncode}: {done.stderr}")
    return json.loads(done.stdout)


def main() -> int:
    if not 2 <= len(sys.argv) <= 4:
        print(__doc__, file=sys.stderr)
        return 2
    otpdrill = sys.argv[1]
    pairs = int(sys.argv[2]) if len(sys.argv) > 2 else 50
    jobs = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    alarms = better = invalid = tested = 0
    with tempfile.TemporaryDirectory() as name, concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        runs = list(pool.map(lambda seed: play(otpdrill, pathlib.Path(name), seed), range(2 * pairs)))
        for base, new in zip(runs[::2], runs[1::2]):
            found = compare(otpdrill, base, new)
            lines = found["lines"]
            alarms += found["verdict"] == "worse"
            better += any(line["verdict"] == "better" for line in lines)
            invalid += any("too slow" in warning for warning in found["warnings"])
            tested += sum(line["p_adjusted"] is not None for line in lines)
            for line in lines:
                if line["verdict"] in ("worse", "better"):
                    print(f"{base.name} and {new.name}: {line}")
    print(
        f"{alarms} false alarms in {pairs} pairs of equal live runs ({better} called better; {invalid} pairs with a run "
        f"that was too slow; {tested / pairs:.0f} lines tested a pair)"
    )
    return 1 if alarms > pairs / 100 else 0


if __name__ == "__main__":
    sys.exit(main())
