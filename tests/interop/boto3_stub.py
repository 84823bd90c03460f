#!/usr/bin/env python3
"""Talks to the stub with AWS's SDK for Python, which knows the API from AWS's own model.

Usage: boto3_stub.py STUB_URL|BINARY   (needs: pip install boto3)

BINARY is `sms-voice-mock` or `otpdrill`; it is started on a free port and stopped at the end. A stub
that is already there is reset. Prints each comparison and ends with 1 if one fails.
"""

import json
import os
import sys
from datetime import datetime, timezone

import boto3
import botocore
from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError

from stub import SMS_ENDPOINT, Checks, Stub, started

NOBODY = "00000000-0000-4000-8000-000000000000"
NUMBERS = {"US": "+12065550100", "BR": "+5511912345678", "FR": "+33612345678"}


class ApiChecks(Checks):
    """Comparisons of exceptions besides."""

    def refused(self, what, call, code, **members):
        """The call ends with this exception, whose other members AWS's model makes readable."""
        try:
            call()
        except ClientError as error:
            answer = error.response
            found = {key: answer.get(key) for key in members}
            self.equal(what, (answer["Error"]["Code"], found), (code, members))
            self.true(f"{what}: the message says something", answer["Error"]["Message"])
            self.equal(f"{what}: status", answer["ResponseMetadata"]["HTTPStatusCode"], 400)
            return answer
        self.equal(what, "accepted", code)
        return {}


def new_client(**settings):
    settings = Config(retries={"total_max_attempts": 1}, proxies={}, **settings)
    return boto3.client(
        "pinpoint-sms-voice-v2",
        region_name="us-east-1",
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="not-a-secret",
        config=settings,
    )


class World:
    """One stub, two clients, and what was learned on the way."""

    def __init__(self, url, checks):
        self.stub = Stub(url)
        self.checks = checks
        self.client = new_client()
        self.careless = new_client(parameter_validation=False)

    def send(self, country="US", **members):
        return self.client.send_text_message(
            DestinationPhoneNumber=NUMBERS[country], MessageBody="123456 is your code.", **members
        )["MessageId"]

    def put(self, message_id, status):
        return self.client.put_message_feedback(
            MessageId=message_id, MessageFeedbackStatus=status
        )

    def dashboard(self, what, **wanted):
        """Compares the totals named, and that countries add up to all of them."""
        found = self.stub.call("GET", "dashboard")
        self.checks.equal(f"dashboard {what}", {key: found[key] for key in wanted}, wanted)
        for key in ("expecting", "received", "failed", "auto_failed"):
            added = sum(country[key] for country in found["by_country"].values())
            self.checks.equal(f"dashboard {what}: {key} of all countries", added, found[key])
        return found


def check_health(world):
    health = world.stub.call("GET", "health")
    world.checks.equal("status", health["status"], "ok")
    world.checks.equal("server", health["server"], "sms-voice-mock")
    world.checks.equal("the client's endpoint", world.client.meta.endpoint_url, world.stub.url)
    world.stub.call("POST", "reset")
    world.dashboard("after a reset", expecting=0, received=0, completed=0, percentage=None)


def check_feedback(world):
    checks = world.checks
    ids = {country: world.send(country, MessageFeedbackEnabled=True) for country in NUMBERS}
    without = world.send("US")
    checks.equal("distinct message ids", len({*ids.values(), without}), 4)
    checks.equal("feedback after a send with it", world.stub.feedback(ids["US"]), "EXPECTING")
    checks.equal("feedback after a send without", world.stub.feedback(without), "NONE")
    answer = world.put(ids["US"], "RECEIVED")
    checks.equal("answer: id", answer["MessageId"], ids["US"])
    checks.equal("answer: status", answer["MessageFeedbackStatus"], "RECEIVED")
    answer = world.put(ids["BR"], "FAILED")
    checks.equal("answer: status", answer["MessageFeedbackStatus"], "FAILED")
    checks.equal("stored", world.stub.feedback(ids["US"]), "RECEIVED")
    checks.equal("stored", world.stub.feedback(ids["BR"]), "FAILED")
    found = world.dashboard("of three messages", expecting=3, received=1, failed=1, completed=1)
    checks.equal("percentage", round(found["percentage"], 6), round(100 / 3, 6))
    counts = {"expecting": 1, "received": 1, "failed": 0, "auto_failed": 0}
    checks.equal("dashboard of the US", found["by_country"]["US"], counts)
    counts = {"expecting": 1, "received": 0, "failed": 1, "auto_failed": 0}
    checks.equal("dashboard of Brazil", found["by_country"]["BR"], counts)
    listed = json.dumps(world.stub.call("GET", "messages"))
    checks.true("no full number is listed", all(n[1:] not in listed for n in NUMBERS.values()))


def check_unknown_message(world):
    world.checks.refused(
        "feedback on an unknown message",
        lambda: world.put(NOBODY, "RECEIVED"),
        "ResourceNotFoundException",
        ResourceType="message",
        ResourceId=NOBODY,
    )
    try:
        world.put(NOBODY, "RECEIVED")
    except world.client.exceptions.ResourceNotFoundException:
        world.checks.true("it is the modelled exception class", True)


def check_validation(world):
    checks, careless = world.checks, world.careless
    to, body = NUMBERS["US"], "123456"
    refusals = [
        ("no destination", careless.send_text_message, {"MessageBody": body}, ["DestinationPhoneNumber"]),
        ("an impossible number", careless.send_text_message,
         {"DestinationPhoneNumber": "abc", "MessageBody": body}, ["DestinationPhoneNumber"]),
        ("a blank body", careless.send_text_message,
         {"DestinationPhoneNumber": to, "MessageBody": "  "}, ["MessageBody"]),
        ("a long body", careless.send_text_message,
         {"DestinationPhoneNumber": to, "MessageBody": "x" * 1601}, ["MessageBody"]),
        ("a short time to live", careless.send_text_message,
         {"DestinationPhoneNumber": to, "MessageBody": body, "TimeToLive": 1}, ["TimeToLive"]),
        ("two mistakes at once", careless.send_text_message,
         {"DestinationPhoneNumber": "abc", "MessageBody": body, "MessageType": "LOUD"},
         ["DestinationPhoneNumber", "MessageType"]),
        ("a status of no kind", careless.put_message_feedback,
         {"MessageId": NOBODY, "MessageFeedbackStatus": "MAYBE"}, ["MessageFeedbackStatus"]),
        ("no status", careless.put_message_feedback, {"MessageId": NOBODY}, ["MessageFeedbackStatus"]),
        ("a name with a blank", careless.create_configuration_set,
         {"ConfigurationSetName": "two words"}, ["ConfigurationSetName"]),
        ("no switch", careless.set_default_message_feedback_enabled,
         {"ConfigurationSetName": "plain"}, ["MessageFeedbackEnabled"]),
    ]
    for what, operation, members, fields in refusals:
        answer = checks.refused(what, lambda: operation(**members), "ValidationException")
        named = sorted(field["Name"] for field in answer.get("Fields", []))
        checks.equal(f"{what}: fields", named, fields)
        checks.true(f"{what}: every field has a message",
                    all(field["Message"] for field in answer.get("Fields", [])))
    try:
        world.client.send_text_message(MessageBody=body)
        checks.equal("a client that validates", "sent", "refused")
    except ParamValidationError:
        checks.true("a client that validates refuses by itself", True)
    found = world.stub.call("GET", "messages")["messages"]
    checks.equal("messages that came of it", len(found), 0)


def check_configuration_sets(world):
    checks, client = world.checks, world.client
    for name in ("first", "second", "third"):
        tags = [{"Key": "team", "Value": "identity"}]
        made = client.create_configuration_set(ConfigurationSetName=name, Tags=tags)
        checks.equal("made", made["ConfigurationSetName"], name)
        checks.true("its ARN names it", made["ConfigurationSetArn"].endswith(f"configuration-set/{name}"))
        checks.equal("its tags", made["Tags"], tags)
        age = datetime.now(timezone.utc) - made["CreatedTimestamp"]
        checks.true("it was made just now", abs(age.total_seconds()) < 60)
    checks.refused(
        "a second set of one name",
        lambda: client.create_configuration_set(ConfigurationSetName="first"),
        "ConflictException",
        Reason="RESOURCE_ALREADY_EXISTS",
        ResourceType="configuration-set",
        ResourceId="first",
    )
    pages = client.get_paginator("describe_configuration_sets").paginate(
        PaginationConfig={"PageSize": 2}
    )
    names = [[item["ConfigurationSetName"] for item in page["ConfigurationSets"]] for page in pages]
    checks.equal("pages of two", [len(page) for page in names], [2, 1])
    checks.equal("sets on all pages", sorted(sum(names, [])), ["first", "second", "third"])
    asked = client.describe_configuration_sets(ConfigurationSetNames=["second"])
    checks.equal("one by its name", [s["ConfigurationSetName"] for s in asked["ConfigurationSets"]], ["second"])
    checks.equal("event destinations", asked["ConfigurationSets"][0]["EventDestinations"], [])
    checks.refused(
        "a set that nobody made",
        lambda: client.describe_configuration_sets(ConfigurationSetNames=["fourth"]),
        "ResourceNotFoundException", ResourceType="configuration-set", ResourceId="fourth",
    )
    gone = client.delete_configuration_set(ConfigurationSetName="third")
    checks.equal("deleted", gone["ConfigurationSetName"], "third")
    checks.refused(
        "deleting it twice",
        lambda: client.delete_configuration_set(ConfigurationSetName="third"),
        "ResourceNotFoundException", ResourceType="configuration-set", ResourceId="third",
    )
    checks.equal("sets left", len(client.describe_configuration_sets()["ConfigurationSets"]), 2)


def check_default_feedback(world):
    checks, client, feedback = world.checks, world.client, world.stub.feedback
    arn = client.create_configuration_set(ConfigurationSetName="otp")["ConfigurationSetArn"]
    checks.equal("before", feedback(world.send(ConfigurationSetName="otp")), "NONE")
    answer = client.set_default_message_feedback_enabled(
        ConfigurationSetName="otp", MessageFeedbackEnabled=True
    )
    checks.equal("switched on", answer["MessageFeedbackEnabled"], True)
    described = client.describe_configuration_sets(ConfigurationSetNames=["otp"])
    shown = described["ConfigurationSets"][0]["DefaultMessageFeedbackEnabled"]
    checks.equal("described", shown, True)
    checks.equal("by the set", feedback(world.send(ConfigurationSetName="otp")), "EXPECTING")
    checks.equal("by its ARN", feedback(world.send(ConfigurationSetName=arn)), "EXPECTING")
    by_call = world.send(ConfigurationSetName="otp", MessageFeedbackEnabled=False)
    checks.equal("the call's no beats the set", feedback(by_call), "NONE")
    client.set_default_message_feedback_enabled(
        ConfigurationSetName="otp", MessageFeedbackEnabled=False
    )
    by_call = world.send(ConfigurationSetName="otp", MessageFeedbackEnabled=True)
    checks.equal("the call's yes beats the set", feedback(by_call), "EXPECTING")
    checks.equal("switched off", feedback(world.send(ConfigurationSetName="otp")), "NONE")
    world.dashboard("of three that expect", expecting=3, received=0, failed=0)
    checks.refused(
        "a send with a set that nobody made",
        lambda: world.send(ConfigurationSetName="nobodys"),
        "ResourceNotFoundException", ResourceType="configuration-set", ResourceId="nobodys",
    )


def check_one_hour(world):
    checks = world.checks
    early, never, late = (world.send("BR", MessageFeedbackEnabled=True) for _ in range(3))
    world.put(early, "RECEIVED")
    before = world.stub.call("POST", "clock/advance", {"seconds": 3500})["now"]
    checks.equal("before the hour", world.stub.feedback(never), "EXPECTING")
    after = world.stub.call("POST", "clock/advance", {"seconds": 100})["now"]
    checks.true("the clock moved by 100 s", 100 <= after - before < 130)
    checks.equal("after the hour", world.stub.feedback(never), "AUTO_FAILED")
    checks.equal("what was reported stays", world.stub.feedback(early), "RECEIVED")
    world.dashboard("after the hour", expecting=3, received=1, failed=0, auto_failed=2, completed=1)
    answer = world.put(late, "RECEIVED")
    checks.equal("a late put is accepted", answer["MessageFeedbackStatus"], "RECEIVED")
    checks.equal("and stored", world.stub.feedback(late), "RECEIVED")
    found = world.dashboard("after a late put", expecting=3, received=2, failed=0, auto_failed=1, completed=2)
    checks.equal("percentage", round(found["percentage"], 6), round(200 / 3, 6))


def check_reset(world):
    world.client.create_configuration_set(ConfigurationSetName="gone-soon")
    message = world.send(MessageFeedbackEnabled=True)
    world.stub.call("POST", "reset")
    world.dashboard("after a reset", expecting=0, received=0, failed=0, auto_failed=0, percentage=None)
    world.checks.equal("messages", world.stub.call("GET", "messages"), {"messages": [], "next": None})
    sets = world.client.describe_configuration_sets()["ConfigurationSets"]
    world.checks.equal("configuration sets", sets, [])
    world.checks.refused(
        "feedback on a message from before",
        lambda: world.put(message, "RECEIVED"),
        "ResourceNotFoundException", ResourceType="message", ResourceId=message,
    )


SUBJECTS = [check_health, check_feedback, check_unknown_message, check_validation,
            check_configuration_sets, check_default_feedback, check_one_hour, check_reset]


def check_all(url):
    os.environ[SMS_ENDPOINT] = url
    checks = ApiChecks()
    world = World(url, checks)
    print(f"botocore {botocore.__version__} against {url}")
    for subject in SUBJECTS:
        world.stub.reset()
        checks.part(subject, world)
    return checks.verdict()


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    with started(sys.argv[1]) as url:
        return check_all(url)


if __name__ == "__main__":
    sys.exit(main())
