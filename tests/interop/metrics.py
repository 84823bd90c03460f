#!/usr/bin/env python3
"""Reads a run's metrics with the parsers of Prometheus's own Python client, and pushed ones with OpenTelemetry's.

Usage: metrics.py OTPDRILL   (needs: pip install prometheus-client; with opentelemetry-proto it reads pushes)

A campaign is played with `--metrics`. Both text formats are scraped until it ends: every scrape must parse,
counters and buckets must only grow, and sums must agree among each other. A binary built with the feature
`otlp` pushes to a collector here; the last push must say what `summary.json` says.
"""

import http.server
import json
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as prometheus

from stub import Checks

ROOT = Path(__file__).resolve().parents[2]
OPEN_METRICS = "application/openmetrics-text; version=1.0.0"


class Collector(http.server.BaseHTTPRequestHandler):
    """Keeps what is pushed; refuses the first push, as a collector that is starting does."""

    requests: list = []
    refused: list = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if not self.refused:
            self.refused.append(body)
            self.send_response(503)
        else:
            self.requests.append((self.path, self.headers["content-type"], body))
            self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def scrape(url, accept):
    request = urllib.request.Request(url, headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=5) as answer:
        return answer.headers["content-type"], answer.read().decode()


def samples(families):
    """Every sample by its name and labels."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def grows(name):
    return name.endswith(("_total", "_bucket", "_count", "_sum"))


def total(found, name, **labels):
    wanted = set(labels.items())
    return sum(value for (key, have), value in found.items() if key == name and wanted <= set(have))


def check_scrapes(checks, run, url):
    before, count, latest = {}, 0, []
    while run.poll() is None:
        try:
            kind, text = scrape(url, OPEN_METRICS)
            plain_kind, plain = scrape(url, "text/plain")
        except (urllib.error.URLError, ConnectionError):
            break  # The run has ended.
        latest = list(open_metrics(text))
        found = samples(latest)
        shrunk = [key for key, value in before.items() if grows(key[0]) and found[key] < value]
        if shrunk:
            checks.equal("counters that shrank", shrunk, [])
        others = samples(prometheus(plain))
        if set(others) != set(found):
            checks.equal("series in one format only", sorted(set(others) ^ set(found)), [])
        before, count = found, count + 1
        time.sleep(1)
    checks.true("it was scraped several times", count > 5)
    checks.equal("the type of one format", kind, "application/openmetrics-text; version=1.0.0; charset=utf-8")
    checks.equal("the type of the other", plain_kind, "text/plain; version=0.0.4; charset=utf-8")
    check_sums(checks, before)
    check_documentation(checks, latest)


def check_sums(checks, found):
    arrived = total(found, "otpdrill_sessions_arrived_total")
    ended = total(found, "otpdrill_sessions_ended_total")
    checks.equal("arrived = ended + open", arrived, ended + total(found, "otpdrill_sessions_open"))
    for operation in ["SendTextMessage", "PutMessageFeedback"]:
        started = total(found, "otpdrill_calls_started_total", operation=operation)
        answered = total(found, "otpdrill_calls_answered_total", operation=operation)
        flying = total(found, "otpdrill_calls_in_flight", operation=operation)
        checks.equal(f"{operation}: started = answered + in flight", started, answered + flying)
        measured = total(found, "otpdrill_call_service_seconds_count", operation=operation)
        checks.equal(f"{operation}: each answer was measured", measured, answered)


def check_documentation(checks, families):
    """`docs/metrics.md` names each metric, its kind, and nothing else."""
    page = (ROOT / "docs/metrics.md").read_text()
    told = dict(re.findall(r"^\| `(otpdrill_\w+)` \| (\w+) \|", page, re.M))
    have = {f.name + ("_total" if f.type == "counter" else ""): f.type for f in families}
    checks.equal("documented metrics", sorted(told.items()), sorted(have.items()))


def check_pushes(checks, out):
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

    pushes = Collector.requests
    checks.true("a push that was refused was followed by others", len(pushes) > 2)
    checks.equal("where they go", {path for path, _, _ in pushes}, {"/v1/metrics"})
    checks.equal("what they are", {kind for _, kind, _ in pushes}, {"application/x-protobuf"})
    request = ExportMetricsServiceRequest.FromString(pushes[-1][2])
    checks.equal("nothing is there that it does not know", pushes[-1][2], request.SerializeToString())
    [of_resource] = request.resource_metrics
    resource = {pair.key: pair.value.string_value for pair in of_resource.resource.attributes}
    checks.equal("the service", resource["service.name"], "otpdrill")
    metrics = {metric.name: metric for metric in of_resource.scope_metrics[0].metrics}
    summary = json.loads((out / "summary.json").read_text())

    def sum_of(name, **labels):
        points = metrics[name].sum.data_points
        wanted = set(labels.items())
        has = lambda p: wanted <= {(a.key, a.value.string_value) for a in p.attributes}
        return sum(point.as_double for point in points if has(point))

    sessions, messages = summary["sessions"], summary["messages"]
    checks.equal("arrived", sum_of("otpdrill_sessions_arrived"), sessions["arrived"])
    for outcome in ["verified", "expired", "abandoned"]:
        checks.equal(outcome, sum_of("otpdrill_sessions_ended", outcome=outcome), sessions[outcome])
    sends = sum_of("otpdrill_calls_started", operation="SendTextMessage")
    checks.equal("sends", sends, messages["attempted"])
    for outcome in ["received", "failed"]:
        checks.equal(outcome, sum_of("otpdrill_feedback_settled", outcome=outcome), messages[outcome])
    sums = [m for m in metrics.values() if m.HasField("sum")]
    checks.true("sums are cumulative and only grow", all(m.sum.is_monotonic and m.sum.aggregation_temporality == 2 for m in sums))
    for name in ["otpdrill_call_response_seconds", "otpdrill_schedule_lag_seconds"]:
        for point in metrics[name].histogram.data_points:
            checks.equal(f"{name}: buckets", len(point.bucket_counts), len(point.explicit_bounds) + 1)
            checks.equal(f"{name}: all are in one", sum(point.bucket_counts), point.count)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    binary, checks = str(Path(sys.argv[1]).resolve()), Checks()
    told = subprocess.run([binary, "run", "--help"], capture_output=True, text=True).stdout
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        command = [binary, "run", "scenarios/quickstart.toml", "--metrics", "0", "--quiet"]
        command += ["--out", str(out), "--set", "max_lag=1m", "--set", "thresholds=[]"]
        pushed = "--otlp" in told
        if pushed:
            collector = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
            threading.Thread(target=collector.serve_forever, daemon=True).start()
            command += ["--otlp", f"http://127.0.0.1:{collector.server_port}"]
        run = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT)
        url = re.search(r"http://\S+/metrics", run.stderr.readline())[0]
        checks.part(check_scrapes, checks, run, url)
        told = run.stderr.read()
        checks.equal("the run's exit code", run.wait(), 0)
        if not pushed:
            print("skipped: pushes, because the binary has no feature `otlp`")
        else:
            checks.true("a refused push is told at the end", "503" in told)
            try:
                import opentelemetry.proto  # noqa: F401
            except ImportError:
                print("skipped: pushes: the Python package opentelemetry-proto is not installed")
            else:
                checks.part(check_pushes, checks, out)
    sys.exit(checks.verdict())


if __name__ == "__main__":
    main()
