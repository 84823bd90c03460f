"""What the checks of the stub share: starting it, its own endpoints, and counting comparisons."""

import contextlib
import json
import os
import subprocess
import sys
import traceback
import urllib.request
from pathlib import Path

SMS_ENDPOINT = "AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2"
CLOUDWATCH_ENDPOINT = "AWS_ENDPOINT_URL_CLOUDWATCH"
ACCESS = {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "not-a-secret",
    "AWS_DEFAULT_REGION": "us-east-1",
    "NO_PROXY": "127.0.0.1,localhost",
}


class Checks:
    """Counts comparisons, and prints each."""

    def __init__(self):
        self.done = self.failed = 0

    def equal(self, what, found, wanted):
        self.done += 1
        if found == wanted:
            print(f"  ok      {what}: {found!r}")
        else:
            self.failed += 1
            print(f"  FAILED  {what}: {found!r}, expected {wanted!r}")

    def true(self, what, found):
        self.equal(what, bool(found), True)

    def part(self, part, *arguments):
        """Runs one function of a script under its name; what it raises is a failure."""
        print(part.__name__.removeprefix("check_").replace("_", " "))
        try:
            part(*arguments)
        except Exception:  # whatever it is, the other parts are still worth running
            traceback.print_exc(file=sys.stdout)
            self.equal("it came to an end", False, True)

    def verdict(self):
        """Prints the totals, and gives the script's exit code."""
        print(f"{'FAILED' if self.failed else 'passed'}: {self.done} compared, {self.failed} differ")
        return 1 if self.failed else 0


class Stub:
    """The stub's own endpoints."""

    def __init__(self, url):
        self.url = url.rstrip("/")

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_mock/{path}", data=data, method=method)
        # A proxy of the surroundings must not stand between two ends of one machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=10) as answer:
            return json.load(answer)

    def reset(self):
        """Back to the start: no messages, no resources, the first settings."""
        self.call("POST", "reset")

    def service(self, **section):
        """How the service behaves from now on; without arguments as at its start."""
        self.call("PUT", "scenario", {"service": section})

    def advance(self, seconds):
        return self.call("POST", "clock/advance", {"seconds": seconds})["now"]

    def feedback(self, message_id):
        return self.call("GET", f"messages/{message_id}")["feedback"]

    def dashboard(self):
        return self.call("GET", "dashboard")


@contextlib.contextmanager
def started(target, *arguments):
    """The address of a stub: `target` itself if it is one, else that of the binary, started for as
    long as the block lasts on a port of its own."""
    if target.startswith("http"):
        yield target.rstrip("/")
        return
    command = [target] + (["mock"] if Path(target).name == "otpdrill" else [])
    command += ["--listen", "127.0.0.1:0", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as stub:
        try:
            first = stub.stdout.readline().strip()
            if not first.startswith("listening on http://"):
                sys.exit(f"the first line of {target} is {first!r}, not the address")
            yield first.removeprefix("listening on ")
        finally:
            stub.terminate()


def bare_environment(home):
    """The environment of a user who has configured nothing but what the caller adds."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("AWS_", "BOTO_")) and not name.lower().endswith("_proxy")}
    return kept | {"HOME": str(home), "NO_PROXY": "127.0.0.1,localhost"}
