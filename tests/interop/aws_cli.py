#!/usr/bin/env python3
"""Plays the life of one-time passwords against the stub with the AWS CLI.

Usage: aws_cli.py STUB_URL|BINARY   (needs: pip install awscli)

BINARY is `sms-voice-mock` or `otpdrill`; it is started on a free port and stopped at the end. A stub
that is already there is reset. The CLI has never been configured: its home is empty, and it knows the
stub from AWS's own environment variables. A call costs it a second, so `otp_flow.py` asks more. Prints
each comparison and ends with 1 if one fails.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

from stub import ACCESS, CLOUDWATCH_ENDPOINT, SMS_ENDPOINT, Checks, Stub, bare_environment, started

US, BR = "+12065550100", "+5511912345678"
NOBODY = "00000000-0000-4000-8000-000000000000"
ENABLED, DISABLED = "--message-feedback-enabled", "--no-message-feedback-enabled"
EXPECTING = "NumberOfTextMessagesExpectingFeedback"
WITH = "NumberOfTextMessagesWithFeedback"


class Cli:
    """The AWS CLI, run in an environment of its own."""

    def __init__(self, program, url, home):
        self.program = program
        self.environment = bare_environment(home) | ACCESS | {
            SMS_ENDPOINT: url, CLOUDWATCH_ENDPOINT: url, "AWS_MAX_ATTEMPTS": "1", "AWS_PAGER": ""}

    def run(self, *arguments, service="pinpoint-sms-voice-v2", environment=()):
        command = [self.program, service, *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=60,
                              env=self.environment | dict(environment))

    def ask(self, *arguments, **more):
        """The output, which must be JSON or nothing."""
        done = self.run(*arguments, **more)
        if done.returncode != 0:
            raise RuntimeError(f"{arguments}: {done.stderr.strip()}")
        return json.loads(done.stdout or "null")

    def send(self, *arguments, to=US):
        return self.ask("send-text-message", "--destination-phone-number", to,
                        "--message-body", "123456 is your code.", *arguments)["MessageId"]

    def put(self, message, status):
        return self.ask("put-message-feedback", "--message-id", message, "--message-feedback-status", status)


class World:
    def __init__(self, cli, url, checks):
        self.cli, self.stub, self.checks = cli, Stub(url), checks

    def refused(self, what, code, *arguments):
        """The CLI fails as it does on an error of the service, and names this one."""
        done = self.cli.run(*arguments)
        found = re.search(r"An error occurred \((\w+)\) when calling the (\w+) operation[^:]*: (.+)", done.stderr)
        self.checks.equal(what, (done.returncode in REFUSED, found and found[1]), (True, code))
        self.checks.true(f"{what}: says why", found and found[3])
        return found[3] if found else ""


# What the CLI exits with where the service refuses: version 1 and version 2.
REFUSED = (255, 254)


def check_feedback(world):
    cli, stub, checks = world.cli, world.stub, world.checks
    stub.reset()
    made = cli.ask("create-configuration-set", "--configuration-set-name", "otp", "--tags", "Key=team,Value=identity")
    checks.equal("tags", made["Tags"], [{"Key": "team", "Value": "identity"}])
    default = "set-default-message-feedback-enabled"
    switched = cli.ask(default, "--configuration-set-name", "otp", ENABLED)
    checks.equal("switched on", switched["MessageFeedbackEnabled"], True)
    by_call = cli.send(ENABLED, "--context", "session=1,nth=0")
    by_set = cli.send("--configuration-set-name", "otp")
    no = cli.send("--configuration-set-name", "otp", DISABLED)
    lost = cli.send(ENABLED, to=BR)
    checks.equal("by the call, by the set, the call's no", [stub.feedback(m) for m in (by_call, by_set, no)],
                 ["EXPECTING", "EXPECTING", "NONE"])
    wanted = {"MessageId": by_call, "MessageFeedbackStatus": "RECEIVED"}
    checks.equal("put RECEIVED", cli.put(by_call, "RECEIVED"), wanted)
    checks.equal("put FAILED", cli.put(by_set, "FAILED")["MessageFeedbackStatus"], "FAILED")
    totals = ("expecting", "received", "failed", "auto_failed", "completed")
    checks.equal("dashboard", [stub.dashboard()[key] for key in totals], [3, 1, 1, 0, 1])
    stub.advance(3700)
    checks.equal("after an hour", stub.feedback(lost), "AUTO_FAILED")
    checks.equal("dashboard after an hour", [stub.dashboard()[key] for key in totals], [3, 1, 1, 1, 1])
    checks.equal("and only the puts have moved CloudWatch", metrics(world),
                 {"expecting": 3, "with": 2, "received": 1, "share": 100 / 3})
    middle = datetime.fromtimestamp(stub.advance(0), timezone.utc)
    found = cli.ask("get-metric-statistics", "--namespace", "AWS/SMSVoice", "--metric-name", EXPECTING,
                    *span(middle), "--period", "604800", "--statistics", "Sum", "SampleCount",
                    "--dimensions", "Name=IsoCountryCode,Value=BR", service="cloudwatch")
    checks.equal("get-metric-statistics", [(p["Sum"], p["SampleCount"]) for p in found["Datapoints"]], [(1, 1)])
    found = cli.ask("list-metrics", "--namespace", "AWS/SMSVoice", "--metric-name", WITH, service="cloudwatch")
    checks.equal("list-metrics", len(found["Metrics"]), 6)


def span(middle):
    times = (middle - timedelta(days=14), middle + timedelta(days=14))
    start, end = (instant.strftime("%Y-%m-%dT%H:%M:%SZ") for instant in times)
    return ["--start-time", start, "--end-time", end]


def metrics(world):
    def query(name, metric, *dimensions):
        metric = {"Namespace": "AWS/SMSVoice", "MetricName": metric, "Dimensions": list(dimensions)}
        return {"Id": name, "MetricStat": {"Metric": metric, "Period": 604800, "Stat": "Sum"}}

    received = {"Name": "MessageFeedbackStatus", "Value": "RECEIVED"}
    queries = [query("expecting", EXPECTING), query("with", WITH), query("received", WITH, received),
               {"Id": "share", "Expression": "100*received/expecting"}]
    middle = datetime.fromtimestamp(world.stub.advance(0), timezone.utc)
    answer = world.cli.ask("get-metric-data", *span(middle), "--metric-data-queries", json.dumps(queries),
                           service="cloudwatch")
    return {result["Id"]: sum(result["Values"]) for result in answer["MetricDataResults"]}


def check_exceptions(world):
    stub, refused = world.stub, world.refused
    stub.reset()
    send = ["send-text-message", "--destination-phone-number", US, "--message-body", "x"]
    # What the shapes forbid the CLI refuses by itself.
    said = refused("too dear", "ValidationException", *send, "--max-price", "0.00001")
    world.checks.equal("it gives reason and member", "PRICE_OVER_THRESHOLD" in said and "MaxPrice" in said, True)
    world.cli.ask("create-configuration-set", "--configuration-set-name", "twice")
    said = refused("a set of the same name", "ConflictException",
                   "create-configuration-set", "--configuration-set-name", "twice")
    world.checks.equal("it gives the reason", "RESOURCE_ALREADY_EXISTS" in said, True)
    put = ["put-message-feedback", "--message-id", NOBODY, "--message-feedback-status", "RECEIVED"]
    refused("nobody's message", "ResourceNotFoundException", *put)
    for what, code, section in [
        ("the month's money is spent", "ServiceQuotaExceededException", {"spend_limit_usd": 0.0}),
        ("a disabled account", "AccessDeniedException", {"account": {"status": "disabled"}}),
        ("a throttle", "ThrottlingException", {"errors": {"SendTextMessage": {"throttle": 1.0}}}),
        ("an internal error", "InternalServerException", {"errors": {"SendTextMessage": {"internal_error": 1.0}}}),
    ]:
        stub.service(**section)
        refused(what, code, *send)


def check_pages(world):
    """The CLI joins pages by itself, and can be made to stop and go on."""
    cli, checks = world.cli, world.checks
    world.stub.reset()
    for nth in range(5):
        cli.ask("create-configuration-set", "--configuration-set-name", f"set-{nth}")
    describe = "describe-configuration-sets"
    joined = cli.ask(describe, "--page-size", "2", "--query", "ConfigurationSets[].ConfigurationSetName")
    checks.equal("pages of two, joined", joined, [f"set-{nth}" for nth in range(5)])
    first = cli.ask(describe, "--max-items", "3", "--page-size", "2")
    checks.equal("three at most", len(first["ConfigurationSets"]), 3)
    rest = cli.ask(describe, "--starting-token", first["NextToken"])
    checks.equal("and the rest", [s["ConfigurationSetName"] for s in rest["ConfigurationSets"]], ["set-3", "set-4"])
    alone = cli.ask(describe, "--no-paginate", "--max-results", "4")
    checks.equal("a single page", (len(alone["ConfigurationSets"]), "NextToken" in alone), (4, True))
    # Version 1 shows a time as it came, version 2 as ISO 8601.
    stamp = alone["ConfigurationSets"][0]["CreatedTimestamp"]
    age = world.stub.advance(0) - (stamp if isinstance(stamp, float) else datetime.fromisoformat(stamp).timestamp())
    checks.equal("it was made just now", abs(age) < 120, True)


def check_ways(world):
    """Ways of calling it."""
    cli, checks, url = world.cli, world.checks, world.stub.url
    world.stub.reset()
    text = cli.run("send-text-message", "--destination-phone-number", US, "--message-body", "x", "--output", "text")
    checks.equal("as text", (text.returncode, len(text.stdout.strip())), (0, 36))
    bare = {SMS_ENDPOINT: "", "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_DEFAULT_REGION": ""}
    done = cli.run("describe-pools", "--endpoint-url", url, "--no-sign-request", "--region", "sa-east-1",
                   environment=bare)
    checks.equal("without credentials or any variable", (done.returncode, done.stderr), (0, ""))
    everywhere = bare | ACCESS | {"AWS_ENDPOINT_URL": url}
    done = cli.run("describe-pools", environment=everywhere)
    checks.equal("by the endpoint of all services", (done.returncode, done.stderr), (0, ""))
    arguments = {"DestinationPhoneNumber": US, "MessageBody": "Schlüssel 123456 🔑", "MessageFeedbackEnabled": True}
    message = cli.ask("send-text-message", "--cli-input-json", json.dumps(arguments))["MessageId"]
    found = world.stub.call("GET", f"messages/{message}")
    checks.equal("from JSON", (found["body"], found["feedback"]), (arguments["MessageBody"], "EXPECTING"))


def check_all(program, url):
    checks = Checks()
    with tempfile.TemporaryDirectory() as home:
        cli = Cli(program, url, home)
        version = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=60,
                                 env=cli.environment)
        print(f"{(version.stdout or version.stderr).split(' ')[0]} against {url}")
        world = World(cli, url, checks)
        for part in (check_feedback, check_exceptions, check_pages, check_ways):
            checks.part(part, world)
        world.stub.reset()
    return checks.verdict()


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    beside = Path(sys.executable).with_name("aws")
    program = str(beside) if beside.exists() else shutil.which("aws")
    if program is None:
        print("skipped: the AWS CLI is not installed")
        return 0
    with started(sys.argv[1]) as url:
        return check_all(program, url)


if __name__ == "__main__":
    sys.exit(main())
