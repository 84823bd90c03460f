#!/usr/bin/env python3
"""Whether Apache Otava reads history.csv: 24 simulated runs, of which the second dozen has users who mistype codes.

Otava must find the change at the right commit, by docs/ci/otava.yaml. Usage: otava.py OTPDRILL
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
RUNS, CHANGED = 24, 12


def play(otpdrill: str, folder: pathlib.Path) -> None:
    """A row for each run; they begin in different seconds, as Otava wants one point per instant."""
    worse = [f"--set=countries.{code}.users.right_code=0.6" for code in ("US", "BR")]
    for number in range(RUNS):
        command = [otpdrill, "simulate", str(ROOT / "scenarios/quickstart.toml"), "--quiet", "--seed", str(number)]
        command += ["--out", str(folder / f"run-{number}"), "--history", str(folder / "reports/history.csv")]
        command += ["--set=thresholds=[]"] + (worse if number >= CHANGED else [])
        env = {**os.environ, "GITHUB_SHA": f"commit-{number:02}", "GITHUB_ACTIONS": "false"}
        began = time.monotonic()
        subprocess.run(command, env=env, check=True)
        time.sleep(max(0.0, 1.05 - (time.monotonic() - began)))


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        play(os.path.abspath(sys.argv[1]), folder)
        env = {**os.environ, "OTAVA_CONFIG": str(ROOT / "docs/ci/otava.yaml")}
        command = [sys.executable, "-c", "from otava.main import main; main()", "analyze", "otpdrill", "--since", "2000-01-01"]
        done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)
    table = done.stdout
    print(table + done.stderr)
    rows = [line for line in table.splitlines() if re.match(r"\d{4}-\d\d-\d\d ", line)]
    # Below the row before the change Otava draws a line with the change in it.
    lines = table.splitlines()
    place = next((i for i, line in enumerate(lines) if f"commit-{CHANGED:02}" in line), None)
    change = lines[place - 2 : place] if place else []
    problems = []
    if done.returncode != 0:
        problems.append(f"otava ended with {done.returncode}")
    if len(rows) != RUNS:
        problems.append(f"{len(rows)} rows, not {RUNS}")
    if not any("%" in line for line in change):
        problems.append(f"no change found before commit-{CHANGED:02}: {change}")
    for problem in problems:
        print("WRONG:", problem)
    if not problems:
        print(f"Otava read {len(rows)} rows and found the change at commit-{CHANGED:02}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
