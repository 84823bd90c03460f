#!/usr/bin/env python3
"""Holds `otpdrill verify` against what boto3, the AWS CLI and moto make of the same metrics.

Usage: verify.py OTPDRILL   (needs: pip install boto3; with awscli and moto it compares more)

A campaign is played against a stub in a process of its own. boto3 and the AWS CLI then read from the
stub's CloudWatch what `verify.json` says that `verify` read. moto, another implementation of CloudWatch,
is filled from `dashboard-expected.json` and read by boto3; `verify --against file:` must pass on that,
and fail as soon as any single datapoint is another. Without the AWS CLI or moto their part is skipped,
with a line that says so.
"""

import copy
import json
import os
import shutil
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

import boto3
from botocore.config import Config

from stub import ACCESS, Checks, started

SCENARIO = "scenarios/quickstart.toml"
ROOT = Path(__file__).resolve().parents[2]


class Program:
    """otpdrill, its runs in one folder."""

    def __init__(self, binary, folder):
        self.binary, self.folder = str(Path(binary).resolve()), folder

    def call(self, *arguments):
        command = [self.binary, *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=300)

    def play(self, name, *arguments):
        out = self.folder / name
        done = self.call(*arguments, "--quiet", "--out", out, "--set", "max_lag=1m", "--set", "thresholds=[]")
        if done.returncode != 0:
            sys.exit(f"{arguments} ended with {done.returncode}: {done.stderr}")
        return out

    def verify(self, run, *arguments):
        done = self.call("verify", run, *arguments)
        found = run / "verify.json"
        return done.returncode, json.loads(found.read_text()) if found.exists() else {}

    def queries(self, run):
        return json.loads(self.call("verify", run, "--queries").stdout)


def minute(stamp):
    """RFC 3339, or the seconds that the AWS CLI prints of an answer in CBOR."""
    if isinstance(stamp, (int, float)):
        return datetime.fromtimestamp(stamp, timezone.utc)
    return datetime.fromisoformat(stamp).astimezone(timezone.utc)


def told(found):
    """What verify.json says was read: points by id."""
    return {total["id"]: {minute(at): value for at, value in total["points"]} for total in found["totals"]}


def read(client, queries):
    """What a client reads, in pages, and in the form that the AWS CLI prints."""
    results = {}
    arguments = dict(queries)
    arguments["StartTime"], arguments["EndTime"] = minute(queries["StartTime"]), minute(queries["EndTime"])
    while True:
        page = client.get_metric_data(**arguments)
        for result in page["MetricDataResults"]:
            whole = results.setdefault(result["Id"], {"Id": result["Id"], "Timestamps": [], "Values": []})
            whole["Timestamps"] += [stamp.isoformat() for stamp in result["Timestamps"]]
            whole["Values"] += result["Values"]
        if not page.get("NextToken"):
            return {"MetricDataResults": list(results.values())}
        arguments["NextToken"] = page["NextToken"]


def points(answer):
    return {result["Id"]: {minute(at): value for at, value in zip(result["Timestamps"], result["Values"])}
            for result in answer["MetricDataResults"]}


def check_boto3(program, url, run, checks):
    code, found = program.verify(run)
    checks.equal("verify agrees", (code, found["verdict"]), (0, "agrees"))
    settings = Config(retries={"total_max_attempts": 1}, proxies={})
    client = boto3.client("cloudwatch", endpoint_url=url, config=settings)
    queries = program.queries(run)
    seen = points(read(client, queries))
    checks.equal("boto3's points", sum(map(len, seen.values())), sum(map(len, told(found).values())))
    checks.true("boto3 reads what verify.json says", seen == told(found))
    seen = points(read(client, queries | {"MaxDatapoints": 7}))
    checks.true("in pages of seven too", seen == told(found))


def check_cli(cli, program, url, run, checks):
    file, answer = run / "queries.json", run / "metrics.json"
    file.write_text(json.dumps(program.queries(run)))
    command = [cli, "cloudwatch", "get-metric-data", "--cli-input-json", f"file://{file}",
               "--endpoint-url", url, "--output", "json"]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | ACCESS, timeout=120)
    checks.equal("get-metric-data takes the queries", (done.returncode, done.stderr.strip()), (0, ""))
    answer.write_text(done.stdout)
    seen = points(json.loads(done.stdout))
    code, found = program.verify(run, "--against", f"file:{answer}")
    checks.equal("verify of what it printed", code, 0)
    checks.true("it reads what verify.json says", seen == told(found))


def fill(client, expected, wanted):
    """Puts every point of the wanted series, as whoever counts would."""
    for metric in filter(wanted, expected["metrics"]):
        dimensions = [{"Name": name, "Value": value} for name, value in metric["dimensions"].items()]
        data = [{"MetricName": metric["name"], "Dimensions": dimensions, "Value": lowest, "Unit": "Count",
                 "Timestamp": minute(at) + timedelta(seconds=30)} for at, lowest, _ in metric["points"] if lowest]
        for start in range(0, len(data), 100):
            client.put_metric_data(Namespace=expected["namespace"], MetricData=data[start:start + 100])


def check_moto(program, checks):
    from moto import mock_aws

    run = program.play("simulated", "simulate", SCENARIO)
    expected = json.loads((run / "dashboard-expected.json").read_text())
    inexact = [point for metric in expected["metrics"] for point in metric["points"] if point[1] != point[2]]
    checks.equal("points that leave something open", len(inexact), 0)
    queries = program.queries(run)
    answer = {"MetricDataResults": []}
    # To moto a query without dimensions asks for all series of the name together; CloudWatch has a series
    # without dimensions. So these get an account of their own.
    for bare in (True, False):
        asked = [query for query in queries["MetricDataQueries"]
                 if bare != bool(query["MetricStat"]["Metric"]["Dimensions"])]
        with mock_aws():
            client = boto3.client("cloudwatch", region_name="us-east-1")
            fill(client, expected, lambda metric: bare != bool(metric["dimensions"]))
            answer["MetricDataResults"] += read(client, queries | {"MetricDataQueries": asked})["MetricDataResults"]
    file = run / "metrics.json"

    def judged(answer):
        file.write_text(json.dumps(answer))
        return program.verify(run, "--against", f"file:{file}")

    checks.equal("moto filled from dashboard-expected.json", judged(answer)[0], 0)
    changes = missed = 0
    for nth, result in enumerate(answer["MetricDataResults"]):
        for place in range(len(result["Values"])):
            for change in (1, -1):
                changed = copy.deepcopy(answer)
                changed["MetricDataResults"][nth]["Values"][place] += change
                changes += 1
                missed += judged(changed)[0] != 12
    checks.true("every datapoint was changed", changes >= 200)
    checks.equal(f"of {changes} changes by one, not found", missed, 0)
    late = copy.deepcopy(answer)
    for result in late["MetricDataResults"]:
        if result["Id"] in ("with", "with_received", "with_us", "with_us_received"):
            result["Values"][1] -= 2
            result["Values"][3] += 2
    code, found = judged(late)
    checks.equal("two moved to a later minute", (code, {each["verdict"] for each in found["findings"]}),
                 (12, {"late"}))


def main():
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print(__doc__)
        return 2
    os.environ |= ACCESS | {"AWS_MAX_ATTEMPTS": "1"}
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder, started(sys.argv[1]) as url:
        program = Program(sys.argv[1], Path(folder))
        run = program.play("live", "run", SCENARIO, "--target", url, "--speed", "100")
        checks.part(check_boto3, program, url, run, checks)
        beside = Path(sys.executable).with_name("aws")
        cli = str(beside) if beside.exists() else shutil.which("aws")
        if cli is None:
            print("skipped: the AWS CLI is not installed")
        else:
            checks.part(check_cli, cli, program, url, run, checks)
        try:
            import moto
        except ImportError:
            print("skipped: the Python package moto is not installed")
        else:
            print(f"moto {moto.__version__}")
            checks.part(check_moto, program, checks)
    return checks.verdict()


if __name__ == "__main__":
    sys.exit(main())
