#!/usr/bin/env python3
"""Asks the stub for its CloudWatch metrics with boto3 and the AWS CLI.

Usage: cloudwatch.py STUB_URL|BINARY   (needs: pip install boto3 awscli)

BINARY is `sms-voice-mock` or `otpdrill`; it is started on a free port and stopped at the end. A stub
that is already there is reset. boto3 asks everything three times, once in each protocol that it has for
CloudWatch. Prints each comparison and ends with 1 if one fails. Without the AWS CLI its part is skipped,
with a line that says so.
"""

import json
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ElementTree
from datetime import datetime, timedelta, timezone
from pathlib import Path
from unittest import mock

import boto3
import botocore
from botocore.config import Config
from botocore.exceptions import ClientError

from stub import ACCESS, CLOUDWATCH_ENDPOINT, Checks, Stub, started

NAMESPACE = "AWS/SMSVoice"
EXPECTING = "NumberOfTextMessagesExpectingFeedback"
WITH = "NumberOfTextMessagesWithFeedback"
PARTS = "NumberOfTextMessagePartsSent"
NUMBERS = {"US": "+12065550100", "BR": "+5511912345678", "FR": "+33612345678"}
# botocore takes the first of its own list that a service has; the others by being alone in the list.
PROTOCOLS = ["json", "smithy-rpc-v2-cbor", "query"]


class MetricChecks(Checks):
    """Comparisons of errors besides."""

    def refused(self, what, call, code):
        try:
            call()
        except ClientError as error:
            self.equal(what, error.response["Error"]["Code"], code)
            self.equal(f"{what}: says why", bool(error.response["Error"]["Message"]), True)
        else:
            self.equal(what, "accepted", code)


def dimensions(**values):
    return [{"Name": name, "Value": value} for name, value in values.items()]


def query(identifier, metric, stat="Sum", period=3600, **values):
    metric = {"Namespace": NAMESPACE, "MetricName": metric, "Dimensions": dimensions(**values)}
    return {"Id": identifier, "MetricStat": {"Metric": metric, "Period": period, "Stat": stat}}


def played(url):
    """Five messages to the US of which three are received and one fails; one to Brazil, two parts long,
    and one to France without feedback. Gives a time span around all of it."""
    stub = Stub(url)
    stub.reset()
    # Midnight must not come between two messages: some periods below are days.
    if stub.advance(0) % 86400 > 86400 - 600:
        stub.advance(1200)
    settings = Config(retries={"total_max_attempts": 1}, proxies={})
    sms = boto3.client("pinpoint-sms-voice-v2", endpoint_url=url, config=settings)

    def send(country, **members):
        members = {"MessageBody": "123456 is your code.", "MessageFeedbackEnabled": True} | members
        return sms.send_text_message(DestinationPhoneNumber=NUMBERS[country], **members)["MessageId"]

    ids = [send("US") for _ in range(5)]
    for message, status in zip(ids, ["RECEIVED", "RECEIVED", "RECEIVED", "FAILED"]):
        sms.put_message_feedback(MessageId=message, MessageFeedbackStatus=status)
    send("BR", MessageBody="x" * 161)
    send("FR", MessageFeedbackEnabled=False)
    middle = datetime.fromtimestamp(stub.advance(0), timezone.utc)
    return middle - timedelta(hours=2), middle + timedelta(hours=1)


def total(result):
    return sum(result["Values"])


def check_get_metric_data(client, checks, span):
    start, end = span
    queries = [
        query("exp", EXPECTING, IsoCountryCode="US"),
        query("rec", WITH, IsoCountryCode="US", MessageFeedbackStatus="RECEIVED"),
        query("all", EXPECTING),
        query("failed", WITH, MessageFeedbackStatus="FAILED"),
        query("longest", PARTS, stat="Maximum"),
        query("none", WITH, IsoCountryCode="BR"),
        query("strange", "Nobodys"),
    ]
    answer = client.get_metric_data(StartTime=start, EndTime=end, MetricDataQueries=queries)
    found = {result["Id"]: total(result) for result in answer["MetricDataResults"]}
    wanted = {"exp": 5, "rec": 3, "all": 6, "failed": 1, "none": 0, "strange": 0}
    checks.equal("sums", {name: found[name] for name in wanted}, wanted)
    longest = max(answer["MetricDataResults"][4]["Values"])
    checks.equal("the most parts of a message", longest, 2)
    codes = {result["StatusCode"] for result in answer["MetricDataResults"]}
    checks.equal("status codes", codes, {"Complete"})
    stamps = [stamp for result in answer["MetricDataResults"] for stamp in result["Timestamps"]]
    aligned = all(stamp.timestamp() % 3600 == 0 for stamp in stamps)
    checks.equal("points begin with their hour", aligned and bool(stamps), True)


def check_math(client, checks, span):
    start, end = span
    # All was sent within one day.
    queries = [
        query("exp", EXPECTING, period=86400, IsoCountryCode="US") | {"ReturnData": False},
        query("rec", WITH, period=86400, IsoCountryCode="US", MessageFeedbackStatus="RECEIVED")
        | {"ReturnData": False},
        {"Id": "conv", "Expression": "100*rec/exp", "Label": "conversion %"},
        {"Id": "both", "Expression": "SUM(METRICS())"},
        {"Id": "filled", "Expression": "FILL(rec - rec, 0) + -(2 - 3)"},
    ]
    answer = client.get_metric_data(StartTime=start, EndTime=end, MetricDataQueries=queries)
    results = {result["Id"]: result for result in answer["MetricDataResults"]}
    checks.equal("returned", sorted(results), ["both", "conv", "filled"])
    checks.equal("100*rec/exp", results["conv"]["Values"], [60.0])
    checks.equal("its label", results["conv"]["Label"], "conversion %")
    checks.equal("SUM(METRICS())", results["both"]["Values"], [8.0])
    checks.equal("FILL", set(results["filled"]["Values"]), {1.0})

    def asked(*queries):
        return lambda: client.get_metric_data(
            StartTime=start, EndTime=end, MetricDataQueries=list(queries))

    checks.refused("an unknown id", asked({"Id": "e", "Expression": "x + 1"}), "ValidationError")
    checks.refused("a number", asked({"Id": "e", "Expression": "1 + 1"}), "ValidationError")
    checks.refused("an unknown function", asked(query("m", WITH), {"Id": "e", "Expression": "RATE(m)"}),
                   "ValidationError")
    checks.refused("an id used twice", asked(query("m", WITH), query("m", WITH)), "ValidationError")
    checks.refused("a period of 61 s", asked(query("m", WITH, period=61)), "ValidationError")


def check_paging(client, checks, span):
    start, end = span
    queries = [query(f"m{nth}", EXPECTING) for nth in range(7)]
    arguments = {"StartTime": start, "EndTime": end, "MetricDataQueries": queries}
    whole = client.get_metric_data(**arguments)
    points = sum(len(result["Values"]) for result in whole["MetricDataResults"])
    paginator = client.get_paginator("get_metric_data")
    pages = list(paginator.paginate(**arguments, MaxDatapoints=2))
    checks.equal("pages of two points", len(pages), (points + 1) // 2)
    summed = sum(total(result) for page in pages for result in page["MetricDataResults"])
    checks.equal("the sum over all pages", summed, 7 * 6)
    checks.refused("a token of nowhere",
                   lambda: client.get_metric_data(**arguments, NextToken="nowhere"), "InvalidNextToken")


def check_get_metric_statistics(client, checks, span):
    start, end = span

    def asked(**changes):
        arguments = {"Namespace": NAMESPACE, "MetricName": PARTS, "StartTime": start, "EndTime": end,
                     "Period": 86400, "Statistics": ["Sum", "SampleCount", "Minimum", "Maximum"]}
        return client.get_metric_statistics(**arguments | changes)

    points = asked(ExtendedStatistics=["p50", "p99"])["Datapoints"]
    checks.equal("sum of parts", sum(point["Sum"] for point in points), 8)
    checks.equal("messages", sum(point["SampleCount"] for point in points), 7)
    checks.equal("least and most", [(points[0]["Minimum"], points[-1]["Maximum"])], [(1, 2)])
    checks.equal("p50 and p99", points[-1]["ExtendedStatistics"], {"p50": 1, "p99": 2})
    checks.equal("unit", {point["Unit"] for point in points}, {"Count"})
    points = asked(MetricName="TextMessageMonthlySpend", Statistics=["Maximum"])["Datapoints"]
    checks.equal("the month cost something", points[-1]["Maximum"] > 0, True)
    checks.equal("another namespace", asked(Namespace="AWS/EC2")["Datapoints"], [])
    checks.refused("the end before the start", lambda: asked(StartTime=end, EndTime=start),
                   "InvalidParameterValue")
    checks.refused("more than 1,440 points", lambda: asked(Period=60, StartTime=end - timedelta(days=2)),
                   "InvalidParameterCombination")
    checks.refused("no statistic", lambda: client.get_metric_statistics(
        Namespace=NAMESPACE, MetricName=PARTS, StartTime=start, EndTime=end, Period=60),
        "InvalidParameterCombination")
    try:
        asked(StartTime=end, EndTime=start)
    except client.exceptions.InvalidParameterValueException:
        checks.equal("it is the modelled exception class", True, True)


def check_list_metrics(client, checks, _):
    def listed(**arguments):
        pages = client.get_paginator("list_metrics").paginate(**arguments)
        return [metric for page in pages for metric in page["Metrics"]]

    found = listed(Namespace=NAMESPACE, MetricName=WITH)
    sets = sorted(sorted(pair["Value"] for pair in metric["Dimensions"]) for metric in found)
    checks.equal("series of a metric", sets, [
        [], ["FAILED"], ["FAILED", "US"], ["RECEIVED"], ["RECEIVED", "US"], ["US"]])
    countries = listed(MetricName=EXPECTING, Dimensions=[{"Name": "IsoCountryCode"}])
    values = sorted(pair["Value"] for metric in countries for pair in metric["Dimensions"])
    checks.equal("countries", values, ["BR", "US"])
    one = listed(Dimensions=dimensions(IsoCountryCode="FR"))
    checks.equal("of France", [metric["MetricName"] for metric in one], [PARTS])
    checks.equal("recently active", len(listed(RecentlyActive="PT3H")), len(listed()))
    checks.equal("another namespace", listed(Namespace="AWS/EC2"), [])


def check_query_protocol(url, checks, span):
    """What clients spoke before: a form in, XML out."""
    members = {"Action": "GetMetricStatistics", "Version": "2010-08-01", "Namespace": NAMESPACE,
               "MetricName": EXPECTING, "StartTime": span[0].isoformat(), "EndTime": span[1].isoformat(),
               "Period": "86400", "Statistics.member.1": "Sum"}
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{url}/", urllib.parse.urlencode(members).encode(), timeout=10) as answer:
        found = ElementTree.parse(answer)
    sums = [float(node.text) for node in found.iter("{http://monitoring.amazonaws.com/doc/2010-08-01/}Sum")]
    checks.equal("sum", sum(sums), 6)
    try:
        opener.open(f"{url}/", b"Action=GetMetricStatistics&Version=2010-08-01", timeout=10)
    except urllib.error.HTTPError as error:
        codes = [node.text for node in ElementTree.parse(error).iter() if node.tag.endswith("}Code")]
        checks.equal("an error's code", (error.code, codes), (400, ["MissingParameter"]))


def check_cli(cli, url, checks, span):
    def run(*arguments):
        command = [cli, "cloudwatch", *arguments, "--endpoint-url", url, "--output", "json"]
        done = subprocess.run(command, capture_output=True, text=True, env=os.environ | ACCESS, timeout=60)
        return json.loads(done.stdout) if done.returncode == 0 else done.stderr.strip()

    start, end = (instant.strftime("%Y-%m-%dT%H:%M:%SZ") for instant in span)
    times = ["--start-time", start, "--end-time", end]
    found = run("get-metric-statistics", "--namespace", NAMESPACE, "--metric-name", EXPECTING, *times,
                "--period", "86400", "--statistics", "Sum", "--dimensions", "Name=IsoCountryCode,Value=US")
    checks.equal("get-metric-statistics", sum(point["Sum"] for point in found["Datapoints"]), 5)
    queries = [query("exp", EXPECTING, period=86400, IsoCountryCode="US"),
               query("rec", WITH, period=86400, IsoCountryCode="US", MessageFeedbackStatus="RECEIVED"),
               {"Id": "conv", "Expression": "100*rec/exp"}]
    found = run("get-metric-data", *times, "--metric-data-queries", json.dumps(queries))
    values = {result["Id"]: result["Values"] for result in found["MetricDataResults"]}
    checks.equal("get-metric-data", values, {"exp": [5.0], "rec": [3.0], "conv": [60.0]})
    found = run("list-metrics", "--namespace", NAMESPACE, "--metric-name", EXPECTING)
    checks.equal("list-metrics", len(found["Metrics"]), 3)
    refused = run("get-metric-statistics", "--namespace", NAMESPACE, "--metric-name", EXPECTING,
                  "--start-time", end, "--end-time", start, "--period", "60", "--statistics", "Sum")
    checks.equal("a refusal", "(InvalidParameterValue)" in refused, True)


def check_other_operations(client, checks, _):
    """They are named as missing, whatever comes with them: clients compress what they put."""
    data = [{"MetricName": "m", "Value": 1.0}] * 20
    checks.refused("PutMetricData", lambda: client.put_metric_data(Namespace="N", MetricData=data), "InvalidAction")
    checks.refused("DescribeAlarms", client.describe_alarms, "InvalidAction")


def client_of(protocol, url):
    """A client that speaks this protocol."""
    # In the query protocol the operation's name is compressed with all the rest, and nobody reads it.
    settings = Config(proxies={}, request_min_compression_size_bytes=1,
                      disable_request_compression=protocol == "query")
    with mock.patch("botocore.model.PRIORITY_ORDERED_SUPPORTED_PROTOCOLS", (protocol,)):
        client = boto3.Session().client("cloudwatch", endpoint_url=url, config=settings)
        spoken = client.meta.service_model.resolved_protocol
    return client, spoken


def check_all(url):
    os.environ |= ACCESS | {"AWS_MAX_ATTEMPTS": "1"}
    checks = MetricChecks()
    print(f"botocore {botocore.__version__} against {url}")
    span = played(url)
    parts = [check_get_metric_data, check_math, check_paging, check_get_metric_statistics,
             check_list_metrics, check_other_operations]
    for protocol in PROTOCOLS:
        client, spoken = client_of(protocol, url)
        checks.equal("protocol", spoken, protocol)
        for part in parts:
            checks.part(part, client, checks, span)
    os.environ[CLOUDWATCH_ENDPOINT] = url
    checks.part(check_get_metric_data, boto3.Session().client("cloudwatch"), checks, span)
    checks.part(check_query_protocol, url, checks, span)
    beside = Path(sys.executable).with_name("aws")
    cli = str(beside) if beside.exists() else shutil.which("aws")
    if cli is None:
        print("skipped: the AWS CLI is not installed")
    else:
        version = subprocess.run([cli, "--version"], capture_output=True, text=True, timeout=60).stdout
        print(f"AWS CLI: {version.split(' ')[0]}")
        checks.part(check_cli, cli, url, checks, span)
    return checks.verdict()


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    with started(sys.argv[1]) as url:
        return check_all(url)


if __name__ == "__main__":
    sys.exit(main())
