#!/usr/bin/env python3
"""Injects each fault into the stub, and checks what boto3 makes of it.

Usage: faults.py STUB_URL|BINARY   (needs: pip install boto3)

BINARY is `sms-voice-mock` or `otpdrill`. Retries are off, so that one call is one request. Prints each
comparison and ends with 1 if one fails.
"""

import sys
import time
from email.utils import parsedate_to_datetime

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from stub import ACCESS, Checks, Stub, started

CONFIG = Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=1)
MESSAGE = {"DestinationPhoneNumber": "+5511987654321", "MessageBody": "Your code is 123456",
           "MessageFeedbackEnabled": True}

# The fault, what boto3 sees, and whether the request was processed.
SENDS = [
    ({"kind": "throttle"}, "ThrottlingException 400", False),
    ({"kind": "internal_error"}, "InternalServerException 500", False),
    ({"kind": "unavailable"}, "503 503", False),
    ({"kind": "slow", "delay_ms": 300}, "answered", True),
    ({"kind": "slow", "delay_ms": 3000}, "ReadTimeoutError", True),
    ({"kind": "hang"}, "ReadTimeoutError", False),
    ({"kind": "reset_before"}, "ConnectionClosedError", False),
    ({"kind": "reset_after"}, "ConnectionClosedError", True),
    # botocore does not hold a body against its length, and takes what it cannot parse for empty: the
    # caller has to notice that there is no id.
    ({"kind": "truncate"}, "answered without an id", True),
    ({"kind": "drip", "delay_ms": 300}, "answered", True),
    ({"kind": "clock_skew", "skew_s": 7200}, "answered", True),
]


def client(url):
    return boto3.client(
        "pinpoint-sms-voice-v2", endpoint_url=url, region_name=ACCESS["AWS_DEFAULT_REGION"],
        aws_access_key_id=ACCESS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=ACCESS["AWS_SECRET_ACCESS_KEY"], config=CONFIG)


def seen(call):
    """What a call came to, in the words of botocore."""
    try:
        answer = call()
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        return f"{error.response['Error']['Code']} {status}"
    except BotoCoreError as error:
        return type(error).__name__
    return "answered" if answer.keys() - {"ResponseMetadata"} else "answered without an id"


def accepted(stub):
    return len(stub.call("GET", "messages")["messages"])


def inject(stub, *faults):
    return stub.call("PUT", "faults", {"faults": list(faults)})


def check_sends(checks, stub, sms):
    for fault, expected, processed in SENDS:
        stub.reset()
        inject(stub, fault)
        checks.equal(f"{fault}", seen(lambda: sms.send_text_message(**MESSAGE)), expected)
        if fault["kind"] == "clock_skew":
            answer = sms.send_text_message(**MESSAGE)["ResponseMetadata"]["HTTPHeaders"]
            ahead = parsedate_to_datetime(answer["date"]).timestamp() - time.time()
            checks.true(f"its date is two hours ahead: {ahead:.0f} s", 7190 < ahead < 7210)
            stub.reset()
            inject(stub, fault)
            sms.send_text_message(**MESSAGE)
        # A slow call may still be under way.
        deadline = time.monotonic() + 5
        while processed and not accepted(stub) and time.monotonic() < deadline:
            time.sleep(0.1)
        checks.equal(f"{fault['kind']}: messages accepted", accepted(stub), int(processed))
        listed = stub.call("GET", "faults")
        checks.equal(f"{fault['kind']}: injected", listed["injected"], {fault["kind"]: 1})
        checks.equal(f"{fault['kind']}: its rule says so", listed["faults"][0]["injected"], 1)


def check_feedback_and_control(checks, stub, sms):
    stub.reset()
    sent = sms.send_text_message(**MESSAGE)["MessageId"]
    put = {"MessageId": sent, "MessageFeedbackStatus": "RECEIVED"}
    inject(stub, {"kind": "reset_after", "operation": "PutMessageFeedback", "country": "BR"})
    checks.equal("a put whose answer is lost", seen(lambda: sms.put_message_feedback(**put)),
                 "ConnectionClosedError")
    checks.equal("counts all the same", stub.feedback(sent), "RECEIVED")
    inject(stub, {"kind": "throttle", "operation": "CreatePool"})
    checks.equal("another operation is left alone",
                 seen(lambda: sms.describe_pools()), "answered")
    inject(stub, {"kind": "reset_after", "operation": "CreateConfigurationSet"})
    create = {"ConfigurationSetName": "otp", "ClientToken": "one-token"}
    checks.equal("a create whose answer is lost",
                 seen(lambda: sms.create_configuration_set(**create)), "ConnectionClosedError")
    inject(stub)
    checks.equal("is the same create when it is repeated",
                 seen(lambda: sms.create_configuration_set(**create)), "answered")


def check_time_and_share(checks, stub, sms):
    stub.reset()
    inject(stub, {"kind": "throttle", "from_s": 100, "until_s": 200},
           {"kind": "internal_error", "country": "DE"})
    send = lambda: seen(lambda: sms.send_text_message(**MESSAGE))
    checks.equal("before its time", send(), "answered")
    stub.advance(120)
    checks.equal("in its time", send(), "ThrottlingException 400")
    stub.advance(100)
    checks.equal("after its time", send(), "answered")
    german = MESSAGE | {"DestinationPhoneNumber": "+4915123456789"}
    checks.equal("in its country", seen(lambda: sms.send_text_message(**german)),
                 "InternalServerException 500")
    inject(stub, {"kind": "throttle", "share": 0.5})
    throttled = sum(send() != "answered" for _ in range(200))
    checks.true(f"half of 200 calls, within five standard errors: {throttled}",
                65 <= throttled <= 135)


def check_events(checks, stub, sms):
    stub.reset()
    inject(stub, {"kind": "duplicate_event"})
    sent = sms.send_text_message(**MESSAGE)["MessageId"]
    stub.advance(60)
    events = stub.call("GET", "events")["events"]
    told = [event["eventType"] for event in events if event["messageId"] == sent]
    checks.equal("each event comes twice", [told.count(kind) for kind in dict.fromkeys(told)],
                 [2] * len(set(told)))


def check_retries(checks, stub, url):
    """What botocore's own retries do to a message whose answer is lost: it is sent twice."""
    stub.reset()
    retrying = boto3.client(
        "pinpoint-sms-voice-v2", endpoint_url=url, region_name=ACCESS["AWS_DEFAULT_REGION"],
        aws_access_key_id=ACCESS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=ACCESS["AWS_SECRET_ACCESS_KEY"],
        config=Config(retries={"total_max_attempts": 2, "mode": "standard"}, read_timeout=1))
    inject(stub, {"kind": "reset_after"})
    checks.equal("a retried call", seen(lambda: retrying.send_text_message(**MESSAGE)),
                 "ConnectionClosedError")
    checks.equal("left two messages", accepted(stub), 2)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    checks = Checks()
    with started(sys.argv[1]) as url:
        stub, sms = Stub(url), client(url)
        checks.part(check_sends, checks, stub, sms)
        checks.part(check_feedback_and_control, checks, stub, sms)
        checks.part(check_time_and_share, checks, stub, sms)
        checks.part(check_events, checks, stub, sms)
        checks.part(check_retries, checks, stub, url)
        stub.reset()
    return checks.verdict()


if __name__ == "__main__":
    sys.exit(main())
