#!/usr/bin/env python3
"""Plays the life of one-time passwords against the stub with boto3, as a service that uses it would.

Usage: otp_flow.py STUB_URL|BINARY   (needs: pip install boto3)

BINARY is `sms-voice-mock` or `otpdrill`; it is started on a free port and stopped at the end. A stub
that is already there is reset. The clients know the stub from AWS's own environment variables, and
nothing else is configured. Both ways of enabling feedback, every exception that the stub has, as the
SDK's own class with the members of AWS's model, every paginator, the metrics of CloudWatch, the SDK's
retries, and the unusual ways of speaking HTTP that clients have. Prints each comparison and ends with
1 if one fails.
"""

import gzip
import http.client
import json
import os
import socket
import sys
import tempfile
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path
from unittest import mock

import boto3
import botocore
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from stub import ACCESS, CLOUDWATCH_ENDPOINT, SMS_ENDPOINT, Checks, Stub, bare_environment, started

US, BR = "+12065550100", "+5511912345678"
NOBODY = "00000000-0000-4000-8000-000000000000"
BODY = "123456 is your code."
ONCE = {"total_max_attempts": 1}


def new_client(service="pinpoint-sms-voice-v2", **settings):
    return boto3.session.Session().client(service, config=Config(**settings) if settings else None)


class World:
    def __init__(self, url, checks):
        self.stub, self.checks = Stub(url), checks
        self.client = new_client(retries=ONCE)
        self.careless = new_client(retries=ONCE, parameter_validation=False)

    def send(self, to=US, client=None, **members):
        members = {"DestinationPhoneNumber": to, "MessageBody": BODY} | members
        return (client or self.client).send_text_message(**members)["MessageId"]

    def refused(self, what, name, call, status=400, **members):
        """The call raises this class of the client, with these members and all others of the model."""
        try:
            call()
        except ClientError as error:
            answer = error.response
            code = answer["Error"]["Code"]
            self.checks.equal(what, (type(error).__name__, code), (name, name))
            classes = tuple(getattr(client.exceptions, name) for client in (self.client, self.careless))
            self.checks.equal(f"{what}: is the client's class", isinstance(error, classes), True)
            found = {key: answer.get(key) for key in members}
            self.checks.equal(f"{what}: members", found, members)
            shape = self.client.meta.service_model.shape_for(name)
            absent = [key for key in shape.members if key != "Message" and not answer.get(key)]
            self.checks.equal(f"{what}: members that are absent", absent, [])
            self.checks.true(f"{what}: the message says something", answer["Error"]["Message"])
            metadata = answer["ResponseMetadata"]
            self.checks.equal(f"{what}: status and retries",
                              (metadata["HTTPStatusCode"], metadata["RetryAttempts"]), (status, 0))
            self.checks.true(f"{what}: request id", metadata["RequestId"])
            return answer
        self.checks.equal(what, "accepted", name)
        return {}


def check_feedback(world):
    """Enabled by the call, by the set, and the call's own word against the set's."""
    checks, client, stub = world.checks, world.client, world.stub
    stub.reset()
    client.create_configuration_set(ConfigurationSetName="otp")
    client.set_default_message_feedback_enabled(ConfigurationSetName="otp", MessageFeedbackEnabled=True)
    messages = {
        "by the call": (world.send(MessageFeedbackEnabled=True), "EXPECTING"),
        "by the set": (world.send(ConfigurationSetName="otp"), "EXPECTING"),
        "the call's no": (world.send(ConfigurationSetName="otp", MessageFeedbackEnabled=False), "NONE"),
        "by nobody": (world.send(), "NONE"),
    }
    for what, (message, wanted) in messages.items():
        checks.equal(what, stub.feedback(message), wanted)
    by_call, by_set = messages["by the call"][0], messages["by the set"][0]
    lost = world.send(BR, MessageFeedbackEnabled=True)
    for message, status in [(by_call, "RECEIVED"), (by_set, "FAILED")]:
        answer = client.put_message_feedback(MessageId=message, MessageFeedbackStatus=status)
        shown = {key: answer[key] for key in ("MessageId", "MessageFeedbackStatus")}
        checks.equal("put", shown, {"MessageId": message, "MessageFeedbackStatus": status})
    totals = ("expecting", "received", "failed", "auto_failed", "completed")
    found = stub.dashboard()
    checks.equal("dashboard", [found[key] for key in totals], [3, 1, 1, 0, 1])
    before = metrics(world)
    checks.equal("CloudWatch", before, {"expecting": 3, "with": 2, "received": 1, "share": 100 / 3})
    stub.advance(3700)
    checks.equal("after an hour", [stub.feedback(m) for m in (by_call, by_set, lost)],
                 ["RECEIVED", "FAILED", "AUTO_FAILED"])
    found = stub.dashboard()
    checks.equal("dashboard after an hour", [found[key] for key in totals], [3, 1, 1, 1, 1])
    checks.equal("CloudWatch is not moved by it", metrics(world), before)
    client.put_message_feedback(MessageId=lost, MessageFeedbackStatus="RECEIVED")
    checks.equal("CloudWatch after a late put", metrics(world)["received"], 2)


def metrics(world):
    """The feedback of the whole account by the metrics, over a day around now."""
    cloudwatch = new_client("cloudwatch")
    middle = datetime.fromtimestamp(world.stub.advance(0), timezone.utc)

    def query(name, metric, **dimensions):
        pairs = [{"Name": key, "Value": value} for key, value in dimensions.items()]
        metric = {"Namespace": "AWS/SMSVoice", "MetricName": metric, "Dimensions": pairs}
        return {"Id": name, "MetricStat": {"Metric": metric, "Period": 7 * 86400, "Stat": "Sum"}}

    queries = [query("expecting", "NumberOfTextMessagesExpectingFeedback"),
               query("with", "NumberOfTextMessagesWithFeedback"),
               query("received", "NumberOfTextMessagesWithFeedback", MessageFeedbackStatus="RECEIVED"),
               {"Id": "share", "Expression": "100*received/expecting"}]
    answer = cloudwatch.get_metric_data(
        StartTime=middle - timedelta(days=14), EndTime=middle + timedelta(days=14), MetricDataQueries=queries)
    values = {result["Id"]: result["Values"] for result in answer["MetricDataResults"]}
    return {name: sum(found) for name, found in values.items()}


def check_validation_exceptions(world):
    send, refused = world.careless.send_text_message, world.refused
    answer = refused("two wrong members", "ValidationException",
                     lambda: send(DestinationPhoneNumber="abc", MessageBody=BODY, TimeToLive=1),
                     Reason="FIELD_VALIDATION_FAILED")
    named = sorted(field["Name"] for field in answer.get("Fields", []))
    world.checks.equal("Fields", named, ["DestinationPhoneNumber", "TimeToLive"])
    cases = [
        ("a country of no plan", "INVALID_PARAMETER", lambda: send(DestinationPhoneNumber="+999123", MessageBody=BODY)),
        ("no text", "MISSING_PARAMETER", lambda: send(DestinationPhoneNumber=US)),
        ("a text of eleven parts", "MAXIMUM_SIZE_EXCEEDED",
         lambda: send(DestinationPhoneNumber=US, MessageBody="x" * 1531)),
        ("too dear", "PRICE_OVER_THRESHOLD",
         lambda: send(DestinationPhoneNumber=US, MessageBody=BODY, MaxPrice="0.00001")),
        ("a token of nowhere", "INVALID_NEXT_TOKEN",
         lambda: world.client.describe_configuration_sets(NextToken="nowhere")),
        ("an ARN of another service", "INVALID_ARN", lambda: world.client.list_tags_for_resource(
            ResourceArn="arn:aws:s3:us-east-1:123456789012:bucket/x")),
    ]
    for what, reason, call in cases:
        refused(what, "ValidationException", call, Reason=reason)


def check_channels(world):
    """Every way of sending, with feedback, and what the SDK makes of the answers."""
    client, checks = world.client, world.checks
    world.stub.reset()
    common = {"DestinationPhoneNumber": US, "MessageFeedbackEnabled": True}
    originated = common | {"OriginationIdentity": "SENDER"}
    notified = common | {"NotifyConfigurationId": "notify-1", "TemplateVariables": {"code": "123456"}}
    sent = {
        "send_text_message": common | {"MessageBody": BODY},
        "send_media_message": originated | {"MessageBody": BODY, "MediaUrls": ["s3://bucket/picture.png"]},
        "send_voice_message": originated | {"MessageBody": BODY, "VoiceId": "JOANNA"},
        "send_notify_text_message": notified | {"TemplateId": "otp"},
        "send_notify_voice_message": notified | {"TemplateId": "otp"},
        "send_rcs_message": originated | {"RcsMessageContent": {"Content": {"TextMessage": {"Body": BODY}}}},
    }
    for operation, members in sent.items():
        message = getattr(client, operation)(**members)["MessageId"]
        checks.equal(operation, world.stub.feedback(message), "EXPECTING")
        client.put_message_feedback(MessageId=message, MessageFeedbackStatus="RECEIVED")
        checks.equal(f"{operation}: put", world.stub.feedback(message), "RECEIVED")


def check_conflicts(world):
    client, refused, stub = world.client, world.refused, world.stub
    stub.reset()
    client.create_configuration_set(ConfigurationSetName="twice")
    refused("a set of the same name", "ConflictException",
            lambda: client.create_configuration_set(ConfigurationSetName="twice"),
            Reason="RESOURCE_ALREADY_EXISTS", ResourceType="configuration-set", ResourceId="twice")
    client.put_opted_out_number(OptOutListName="Default", OptedOutNumber=US)
    refused("who has opted out", "ConflictException", lambda: world.send(US),
            Reason="DESTINATION_PHONE_NUMBER_OPTED_OUT", ResourceType="opted-out-number")
    protect = client.create_protect_configuration(DeletionProtectionEnabled=True)["ProtectConfigurationId"]
    client.update_protect_configuration_country_rule_set(
        ProtectConfigurationId=protect, NumberCapability="SMS",
        CountryRuleSetUpdates={"BR": {"ProtectStatus": "BLOCK"}})
    refused("a blocked country", "ConflictException", lambda: world.send(BR, ProtectConfigurationId=protect),
            Reason="DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION",
            ResourceType="protect-configuration", ResourceId=protect)
    client.put_protect_configuration_rule_set_number_override(
        ProtectConfigurationId=protect, DestinationPhoneNumber="+33612345678", Action="BLOCK")
    refused("a blocked number", "ConflictException",
            lambda: world.send("+33612345678", ProtectConfigurationId=protect),
            Reason="DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE",
            ResourceType="protect-configuration", ResourceId=protect)
    number = client.request_phone_number(
        IsoCountryCode="US", MessageType="TRANSACTIONAL", NumberCapabilities=["SMS"],
        NumberType="TOLL_FREE", DeletionProtectionEnabled=True)
    refused("a protected number", "ConflictException",
            lambda: client.release_phone_number(PhoneNumberId=number["PhoneNumberId"]),
            Reason="DELETION_PROTECTION_ENABLED", ResourceType="phone-number", ResourceId=number["PhoneNumberId"])
    refused("an originator of another type", "ConflictException",
            lambda: world.send("+12065550123", OriginationIdentity=number["PhoneNumberId"], MessageType="PROMOTIONAL"),
            Reason="MESSAGE_TYPE_MISMATCH")
    refused("an originator without voice", "ConflictException",
            lambda: client.send_voice_message(DestinationPhoneNumber="+12065550123", MessageBody=BODY,
                                              OriginationIdentity=number["PhoneNumberId"]),
            Reason="NUMBER_CAPABILITIES_MISMATCH")
    stub.service(account={"tier": "sandbox"})
    refused("a number that is not verified", "ConflictException", lambda: world.send("+12065550124"),
            Reason="DESTINATION_PHONE_NUMBER_NOT_VERIFIED", ResourceType="verified-destination-number")
    refused("no originator for the country of a simulator number", "ConflictException", lambda: world.send("+447860019066"),
            Reason="NO_ORIGINATION_IDENTITIES_FOUND")
    verified = client.create_verified_destination_number(DestinationPhoneNumber="+12065550124")
    code = client.send_destination_number_verification_code(
        VerifiedDestinationNumberId=verified["VerifiedDestinationNumberId"], VerificationChannel="TEXT")
    text = stub.call("GET", f"messages/{code['MessageId']}")["body"]
    digits = "".join(letter for letter in text if letter.isdigit())
    answer = client.verify_destination_number(
        VerifiedDestinationNumberId=verified["VerifiedDestinationNumberId"], VerificationCode=digits)
    world.checks.equal("verified with the code that was sent", answer["Status"], "VERIFIED")
    world.checks.true("and then it is reached", world.send("+12065550124"))


def check_other_exceptions(world):
    client, refused, stub = world.client, world.refused, world.stub
    stub.reset()
    put = {"MessageId": NOBODY, "MessageFeedbackStatus": "RECEIVED"}
    refused("feedback on nobody's message", "ResourceNotFoundException",
            lambda: client.put_message_feedback(**put), ResourceType="message", ResourceId=NOBODY)
    refused("nobody's set", "ResourceNotFoundException", lambda: world.send(ConfigurationSetName="nobodys"),
            ResourceType="configuration-set", ResourceId="nobodys")
    stub.service(spend_limit_usd=0.0)
    refused("the month's money is spent", "ServiceQuotaExceededException", world.send,
            Reason="MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT")
    stub.service(account={"tier": "production"})
    for nth in range(25):
        client.create_configuration_set(ConfigurationSetName=f"set-{nth}")
    refused("a 26th set", "ServiceQuotaExceededException",
            lambda: client.create_configuration_set(ConfigurationSetName="one-more"),
            Reason="CONFIGURATION_SETS_PER_ACCOUNT")
    for status, reason in [("disabled", "ACCOUNT_DISABLED"), ("low_reputation", "INSUFFICIENT_ACCOUNT_REPUTATION")]:
        stub.service(account={"status": status})
        refused(f"an account that is {status}", "AccessDeniedException", world.send, Reason=reason)
    stub.reset()
    stub.service(quotas={"SendTextMessage": 0.01})
    world.send()
    refused("faster than the quota", "ThrottlingException", world.send)
    stub.service(errors={"SendTextMessage": {"internal_error": 1.0}, "PutMessageFeedback": {"throttle": 1.0}})
    answer = refused("an internal error", "InternalServerException", world.send, status=500)
    world.checks.equal("its RequestId is the answer's", answer.get("RequestId"),
                       answer["ResponseMetadata"]["RequestId"])
    refused("a throttled put", "ThrottlingException", lambda: client.put_message_feedback(**put))
    stub.service(errors={"SendTextMessage": {"unavailable": 1.0}})
    try:
        world.send()
    except ClientError as error:
        world.checks.equal("a bare 503", (type(error), error.response["Error"]["Code"]), (ClientError, "503"))
    stub.service(errors={"SendTextMessage": {"reset_after": 1.0}})
    try:
        world.send()
    except ConnectionClosedError:
        world.checks.equal("a lost answer is a transport error", True, True)
    stub.service()
    world.checks.equal("and one message more", len(stub.call("GET", "messages")["messages"]), 2)


def check_paginators(world):
    """Every paginator that the SDK has for the stub's operations, over more than one page."""
    client, checks = world.client, world.checks
    world.stub.reset()
    protect = client.create_protect_configuration()["ProtectConfigurationId"]
    for nth in range(5):
        client.create_configuration_set(ConfigurationSetName=f"set-{nth}")
        client.create_opt_out_list(OptOutListName=f"list-{nth}")
        client.put_opted_out_number(OptOutListName="list-0", OptedOutNumber=f"+1206555010{nth}")
        number = client.request_phone_number(
            IsoCountryCode="US", MessageType="TRANSACTIONAL", NumberCapabilities=["SMS"], NumberType="TOLL_FREE")
        client.create_pool(OriginationIdentity=number["PhoneNumberId"], IsoCountryCode="US",
                           MessageType="TRANSACTIONAL")
        client.request_sender_id(SenderId=f"SENDER{nth}", IsoCountryCode="DE")
        client.create_verified_destination_number(DestinationPhoneNumber=f"+1206555020{nth}")
        client.put_protect_configuration_rule_set_number_override(
            ProtectConfigurationId=protect, DestinationPhoneNumber=f"+1206555030{nth}", Action="BLOCK")
        if nth > 0:
            client.create_protect_configuration()
    client.set_account_default_protect_configuration(ProtectConfigurationId=protect)
    cases = [
        ("describe_account_attributes", {}, 2), ("describe_account_limits", {}, None),
        ("describe_spend_limits", {}, 5), ("describe_configuration_sets", {}, 5),
        ("describe_opt_out_lists", {}, None), ("describe_opted_out_numbers", {"OptOutListName": "list-0"}, 5),
        ("describe_phone_numbers", {}, 5), ("describe_pools", {}, 5), ("describe_sender_ids", {}, 5),
        ("describe_verified_destination_numbers", {}, 5), ("describe_protect_configurations", {}, 5),
        ("list_protect_configuration_rule_set_number_overrides", {"ProtectConfigurationId": protect}, 5),
    ]
    for operation, arguments, wanted in cases:
        paginator = client.get_paginator(operation)
        key = paginator.result_keys[0].expression
        whole = getattr(client, operation)(**arguments)[key]
        size = 1 if operation == "describe_account_attributes" else 2
        pages = [page[key] for page in paginator.paginate(**arguments, PaginationConfig={"PageSize": size})]
        checks.equal(f"{operation}: pages", [len(page) for page in pages],
                     [size] * (len(whole) // size) + [len(whole) % size] * (len(whole) % size > 0))
        checks.equal(f"{operation}: all pages are the whole", sum(pages, []) == whole, True)
        if wanted is not None:
            checks.equal(f"{operation}: items", len(whole), wanted)
    few = client.get_paginator("describe_phone_numbers").paginate(
        PaginationConfig={"MaxItems": 3, "PageSize": 2}).build_full_result()
    checks.equal("MaxItems", len(few["PhoneNumbers"]), 3)
    rest = client.get_paginator("describe_phone_numbers").paginate(
        PaginationConfig={"StartingToken": few["NextToken"]}).build_full_result()
    checks.equal("and on from there", len(rest["PhoneNumbers"]), 2)


def check_clients(world):
    """Ways of setting up a client."""
    checks, stub, url = world.checks, world.stub, world.stub.url
    stub.reset()
    port = urllib.parse.urlsplit(url).port
    settings = {
        "as it comes": {}, "legacy retries": {"retries": {"mode": "legacy"}},
        "standard retries": {"retries": {"mode": "standard"}}, "adaptive retries": {"retries": {"mode": "adaptive"}},
        "in Frankfurt": {"region_name": "eu-central-1"}, "in a GovCloud": {"region_name": "us-gov-west-1"},
        "in China": {"region_name": "cn-north-1"}, "unsigned": {"signature_version": UNSIGNED},
        "a user agent": {"user_agent_extra": "otp/1.0 (ünïcode)".encode("ascii", "ignore").decode()},
        "an application": {"user_agent_appid": "my-app"},
        "checksums wherever there may be": {"request_checksum_calculation": "when_supported",
                                            "response_checksum_validation": "when_supported"},
        "no checksums": {"request_checksum_calculation": "when_required"},
        "compression from the first byte": {"request_min_compression_size_bytes": 1},
        "keep-alive by TCP": {"tcp_keepalive": True}, "one connection": {"max_pool_connections": 1},
        "no prefix of the host": {"inject_host_prefix": False},
    }
    for what, setting in settings.items():
        checks.true(what, world.send(client=new_client(**setting)))
    for what, endpoint in [("a slash behind", f"{url}/"), ("by name", f"http://localhost:{port}")]:
        client = boto3.client("pinpoint-sms-voice-v2", endpoint_url=endpoint)
        checks.true(what, world.send(client=client))
    profile = Path(os.environ["HOME"]) / "aws-config"
    profile.write_text("[profile otp]\nregion = sa-east-1\naws_access_key_id = A\n"
                       "aws_secret_access_key = B\nservices = stub\n\n[services stub]\n"
                       f"pinpoint_sms_voice_v2 =\n  endpoint_url = {url}\n")
    with mock.patch.dict(os.environ, {"AWS_CONFIG_FILE": str(profile)}):
        del os.environ[SMS_ENDPOINT], os.environ["AWS_DEFAULT_REGION"]
        client = boto3.Session(profile_name="otp").client("pinpoint-sms-voice-v2")
    checks.equal("by a profile", (client.meta.region_name, client.meta.endpoint_url), ("sa-east-1", url))
    checks.true("by a profile", world.send(client=client))
    client = boto3.client("pinpoint-sms-voice-v2", aws_session_token="a-session")
    checks.true("with a session token", world.send(client=client))
    client = new_client(max_pool_connections=16)
    with ThreadPoolExecutor(16) as pool:
        ids = list(pool.map(lambda nth: world.send(client=client), range(200)))
    checks.equal("200 sends in 16 threads", len(set(ids)), 200)


def check_retries(world):
    """The SDK's retries, told apart by what the stub says and by what it then holds."""
    checks, stub = world.checks, world.stub

    def attempts(share, mode):
        stub.reset()
        stub.service(errors={"SendTextMessage": {share: 1.0}})
        client = new_client(retries={"mode": mode, "total_max_attempts": 3})
        try:
            world.send(client=client)
        except ClientError as error:
            return error.response["ResponseMetadata"].get("RetryAttempts")
        except ConnectionClosedError:
            return len(stub.call("GET", "messages")["messages"])
        return "accepted"

    for share in ("throttle", "internal_error", "unavailable"):
        checks.equal(f"standard retries of {share}", attempts(share, "standard"), 2)
    for mode in ("legacy", "adaptive"):
        checks.equal(f"{mode} retries of a throttle", attempts("throttle", mode), 2)
    checks.equal("three lost answers are three messages", attempts("reset_after", "standard"), 3)
    checks.equal("no retry of a validation", validation_retries(world), 0)
    stub.service(errors={"SendTextMessage": {"throttle": 0.5}})
    client = new_client(retries={"mode": "standard", "total_max_attempts": 10})
    answers = [client.send_text_message(DestinationPhoneNumber=US, MessageBody=BODY) for _ in range(4)]
    checks.equal("half of the calls throttled, all sent", len({answer["MessageId"] for answer in answers}), 4)
    stub.service()


def validation_retries(world):
    try:
        new_client(parameter_validation=False).send_text_message(MessageBody=BODY)
    except ClientError as error:
        return error.response["ResponseMetadata"]["RetryAttempts"]
    return "accepted"


def check_http(world):
    """What clients and the proxies between may do with a request, and AWS's own do not mind."""
    checks, place = world.checks, urllib.parse.urlsplit(world.stub.url)
    world.stub.reset()
    body = json.dumps({"DestinationPhoneNumber": US, "MessageBody": BODY}).encode()
    headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "PinpointSMSVoiceV2.SendTextMessage"}
    line = http.client.HTTPConnection(place.hostname, place.port, timeout=10)

    def asked(body, path="/", **more):
        line.request("POST", path, body, headers | {name.replace("_", "-"): value for name, value in more.items()})
        answer = line.getresponse()
        return answer.status, json.loads(answer.read() or b"{}"), answer.headers

    status, answer, given = asked(body)
    own = line.sock
    checks.equal("plain", (status, list(answer)), (200, ["MessageId"]))
    checks.equal("its type", given["content-type"], "application/x-amz-json-1.0")
    checks.true("its request id", given["x-amzn-requestid"])
    checks.true("its date", given["date"])
    checks.equal("in chunks", asked(iter([body[:10], body[10:]]))[0], 200)
    checks.equal("checksum headers", asked(body, x_amz_sdk_checksum_algorithm="CRC32", x_amz_checksum_crc32="AAAAAA==",
                                           Content_MD5="1B2M2Y8AsgTpgAmY7PhCfg==")[0], 200)
    checks.equal("a trace and an attempt", asked(body, X_Amzn_Trace_Id="Root=1-67891233-abcdef012345678912345678",
                                                 amz_sdk_request="attempt=1; max=3")[0], 200)
    checks.equal("a content type in capitals", asked(body, Content_Type="Application/X-Amz-Json-1.0")[0], 200)
    checks.equal("gzip is not decoded", asked(gzip.compress(body), Content_Encoding="gzip")[:2][1].get("__type"),
                 "SerializationException")
    checks.true("all on one connection", line.sock is own and own is not None)
    name = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    request = f"POST / HTTP/1.1\r\nHost: x\r\n{name}Content-Length: {len(body)}\r\n"
    with socket.create_connection((place.hostname, place.port), timeout=10) as raw:
        raw.sendall(f"{request}Expect: 100-continue\r\n\r\n".encode())
        checks.equal("100 Continue", raw.recv(4096).split(b"\r\n")[0], b"HTTP/1.1 100 Continue")
        raw.sendall(body)
        checks.equal("and then the answer", raw.recv(4096).split(b"\r\n")[0], b"HTTP/1.1 200 OK")
    with socket.create_connection((place.hostname, place.port), timeout=10) as raw:
        raw.sendall(f"{request}\r\n".encode() + body + f"{request}Connection: close\r\n\r\n".encode() + body)
        answers = b"".join(iter(lambda: raw.recv(4096), b""))
        checks.equal("two requests at once", answers.count(b"HTTP/1.1 200 OK"), 2)
    with socket.create_connection((place.hostname, place.port), timeout=10) as raw:
        raw.sendall(request.replace("HTTP/1.1", "HTTP/1.0").encode() + b"\r\n" + body)
        answers = b"".join(iter(lambda: raw.recv(4096), b""))
        checks.equal("HTTP/1.0", answers.split(b"\r\n")[0], b"HTTP/1.0 200 OK")


def check_all(url):
    checks = Checks()
    print(f"botocore {botocore.__version__} against {url}")
    with tempfile.TemporaryDirectory() as home:
        clean = bare_environment(home) | ACCESS | {SMS_ENDPOINT: url, CLOUDWATCH_ENDPOINT: url}
        os.environ.clear()
        os.environ |= clean
        world = World(url, checks)
        world.stub.reset()
        for part in (check_feedback, check_channels, check_validation_exceptions, check_conflicts,
                     check_other_exceptions, check_paginators, check_clients, check_retries, check_http):
            checks.part(part, world)
        world.stub.reset()
    return checks.verdict()


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    with started(sys.argv[1]) as url:
        return check_all(url)


if __name__ == "__main__":
    sys.exit(main())
