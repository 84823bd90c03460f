#!/usr/bin/env python3
"""Signs requests as AWS's SDK for Python does, and asks a stub that checks signatures.

Usage: signatures.py BINARY   (needs: pip install boto3)

BINARY is `sms-voice-mock` or `otpdrill`; it is started on a free port with `--credentials` and stopped
at the end. Prints each comparison and ends with 1 if one fails.
"""

import json
import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from datetime import datetime, timedelta, timezone
from pathlib import Path
from unittest import mock

import boto3
import botocore.auth
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from stub import Checks, Stub, bare_environment, started

LASTING = ("AKIDLASTING", "lasting/secret+1=")
TEMPORARY = ("ASIDTEMPORARY", "temporary/secret+2=", "a/session+token==")
FILE = f"""# two keys
[default]
aws_access_key_id = {LASTING[0]}
aws_secret_access_key = {LASTING[1]}
region = eu-west-1

[assumed]
aws_access_key_id={TEMPORARY[0]}
aws_secret_access_key={TEMPORARY[1]}
aws_session_token={TEMPORARY[2]}
"""
INCOMPLETE = "IncompleteSignature"
UNKNOWN = "UnrecognizedClientException"
INVALID = "InvalidSignatureException"


class World:
    """A stub that checks signatures, and callers of it."""

    def __init__(self, url, checks):
        self.url, self.checks, self.stub = url, checks, Stub(url)

    def client(self, service, key, **settings):
        identity, secret, token = (*key, None)[:3]
        region = settings.pop("region", "us-east-1")
        config = Config(retries={"total_max_attempts": 1}, proxies={}, **settings)
        return boto3.client(
            service, endpoint_url=self.url, region_name=region, config=config,
            aws_access_key_id=identity, aws_secret_access_key=secret, aws_session_token=token,
        )

    def calls(self, key, **settings):
        """One call of each API with this key, by the API's name."""
        sms = self.client("pinpoint-sms-voice-v2", key, **settings)
        cloudwatch = self.client("cloudwatch", key, **settings)
        return {
            "SMS": lambda: sms.send_text_message(
                DestinationPhoneNumber="+12065550100", MessageBody="123456 is your code."),
            "CloudWatch": lambda: cloudwatch.list_metrics(Namespace="AWS/SMSVoice"),
        }

    def accepted(self, what, key, **settings):
        for api, call in self.calls(key, **settings).items():
            self.checks.equal(f"{api}: {what}", outcome(call), (200, None, ""))

    def refused(self, what, code, said, key, **settings):
        for api, call in self.calls(key, **settings).items():
            status, found, message = outcome(call)
            self.checks.equal(f"{api}: {what}", (status, found), (403, code))
            self.checks.true(f"{api}: {what}: the message says `{said}`", said in message)
            self.checks.true(f"{api}: {what}: and no secret",
                             not any(part in message for part in (*LASTING, *TEMPORARY)))

    def raw(self, headers, body=b"{}", path="/"):
        """Status and error of a request that is sent as it is."""
        request = urllib.request.Request(self.url + path, data=body, headers=headers)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=10) as answer:
                return answer.status, None
        except urllib.error.HTTPError as error:
            return error.code, json.load(error).get("__type")

    def signed(self, body=b'{"Keywords":[]}', **more):
        """The headers of a call that botocore's own signer has signed, with others among them."""
        headers = {
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": "PinpointSMSVoiceV2.DescribeAccountLimits",
            "Host": self.url.removeprefix("http://"),
            **more,
        }
        request = AWSRequest("POST", self.url + "/", headers=headers, data=body)
        SigV4Auth(Credentials(*LASTING), "sms-voice", "us-east-1").add_auth(request)
        return dict(request.headers.items())


def outcome(call):
    """Status, error code and message of a call."""
    try:
        return call()["ResponseMetadata"]["HTTPStatusCode"], None, ""
    except ClientError as error:
        answer = error.response
        status = answer["ResponseMetadata"]["HTTPStatusCode"]
        return status, answer["Error"]["Code"], answer["Error"]["Message"]


def skewed(by):
    """Lets botocore sign as if its clock went wrong by this much."""
    def signing_time(*_arguments, **_settings):
        return datetime.now(timezone.utc) + by
    return mock.patch.object(botocore.auth, "get_current_datetime", signing_time)


def check_known_keys(world):
    world.accepted("a lasting key", LASTING)
    world.accepted("a temporary key with its token", TEMPORARY)
    before = world.stub.dashboard()
    world.checks.true("the stub's own endpoints ask nobody", "expecting" in before)
    world.stub.advance(86_400)
    world.accepted("a day later by the stub's clock alone", LASTING)


def check_unknown_keys(world):
    invalid = "security token included in the request is invalid"
    world.refused("an unknown key id", UNKNOWN, invalid, ("AKIDNOBODY", LASTING[1]))
    world.refused("a temporary key without its token", UNKNOWN, invalid, TEMPORARY[:2])
    world.refused("with another token", UNKNOWN, invalid, (*TEMPORARY[:2], "another"))
    world.refused("a lasting key with a token", UNKNOWN, invalid, (*LASTING, TEMPORARY[2]))


def check_wrong_signatures(world):
    world.refused("another secret", INVALID, "does not match the signature", (LASTING[0], "other"))
    world.refused("another region", INVALID, "valid region", LASTING, region="eu-west-1")


def check_skewed_clocks(world):
    for minutes in (-4, 4):
        with skewed(timedelta(minutes=minutes)):
            world.accepted(f"a clock {minutes} minutes off", LASTING)
    with skewed(timedelta(minutes=-6)):
        world.refused("a clock 6 minutes late", INVALID, "Signature expired", LASTING)
    with skewed(timedelta(minutes=6)):
        world.refused("a clock 6 minutes early", INVALID, "Signature not yet current", LASTING)


def check_raw_requests(world):
    equal = world.checks.equal
    body = b"{}"
    signed = world.signed(body)
    equal("signed by hand", world.raw(signed, body), (200, None))
    equal("the body changed on its way", world.raw(signed, b'{"MaxResults":5}'), (403, INVALID))
    other = {**signed, "X-Amz-Target": "PinpointSMSVoiceV2.DescribeAccountAttributes"}
    equal("the operation changed on its way", world.raw(other, body), (403, INVALID))
    equal("a proxy's header on top", world.raw({**signed, "Via": "1.1 proxy"}, body), (200, None))
    unsigned = {name: value for name, value in signed.items() if name != "Authorization"}
    equal("not signed", world.raw(unsigned, body), (403, INCOMPLETE))
    broken = {**signed, "Authorization": "AWS4-HMAC-SHA256 nonsense"}
    equal("a broken Authorization", world.raw(broken, body), (403, INCOMPLETE))
    spaces = world.signed(body, **{"X-Amz-User-Agent": "two  spaces"})
    equal("a header with two spaces", world.raw(spaces, body), (200, None))
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(world.url + "/", timeout=10) as page:
        equal("the page", page.status, 200)


def check_refused_files(binary, checks):
    """A file that is none ends the program with 3, and a line that repeats nothing of it."""
    command = [binary] + (["mock"] if Path(binary).name == "otpdrill" else [])
    for text, said in (
        ("hunter2", "line 1 is none of"),
        ("[default]\naws_access_key_id = A\n", "line 1 begins a profile with a part of a key"),
        ("[default]\naws_secret_acess_key = hunter2\n", "line 2 gives an unknown key"),
        ("[default]\nregion = us-east-1\n", "no profile has an access key"),
    ):
        with tempfile.NamedTemporaryFile("w", suffix=".credentials") as file:
            file.write(text)
            file.flush()
            ended = subprocess.run([*command, "--listen", "127.0.0.1:0", "--credentials", file.name],
                                   capture_output=True, text=True, timeout=20, check=False)
        checks.equal(f"a file refused: {said}", (ended.returncode, said in ended.stderr), (3, True))
        checks.true("without a word of it", "hunter2" not in ended.stderr + ended.stdout)


def main():
    if len(sys.argv) != 2 or sys.argv[1].startswith("http"):
        print(__doc__, file=sys.stderr)
        return 2
    checks = Checks()
    with tempfile.TemporaryDirectory() as home:
        environment = bare_environment(home)
        os.environ.clear()
        os.environ.update(environment)
        file = Path(home, "credentials")
        file.write_text(FILE)
        with started(sys.argv[1], "--credentials", str(file)) as url:
            print(f"boto3 {boto3.__version__} against {url}")
            world = World(url, checks)
            for part in (check_known_keys, check_unknown_keys, check_wrong_signatures,
                         check_skewed_clocks, check_raw_requests):
                checks.part(part, world)
        checks.part(check_refused_files, sys.argv[1], checks)
    return checks.verdict()


if __name__ == "__main__":
    sys.exit(main())
