#!/usr/bin/env python3
"""Holds the stub's verdict on requests against the verdict of the API's own shapes.

Usage: shapes.py STUB_URL|BINARY [--self-test]   (needs: nothing but Python)

BINARY is `sms-voice-mock` or `otpdrill`; it is started on a free port and stopped at the end. A stub
that is already there is reset.

Walks every operation of mock-server/data/api-shapes.json and every constraint of its input, however
deep: texts, lists and maps below, at and above each bound, texts that match a pattern and that do not,
every value of every enum and none of them, numbers around each bound, members missing, null and of
each wrong JSON type, unknown members. What a request deserves is worked out here from the shapes with
Python's `re`; the stub's own code has no part in it. An answer that is no refusal of the shapes must be
one that the model knows for the operation: its output, or one of its exceptions, with every member as
its shape says. Prints the number of cases and every disagreement, and ends with 1 if there is one.

`--self-test` then changes each constraint of the shapes, one at a time, and demands that each change
makes this script disagree with the answers it was given.

What the shapes leave open is read like this (assumptions): a pattern means the whole text, and its
`\\s` and `\\d` mean ASCII; a length counts code points; `null` is an absent member or map entry, but no
list item; a union with other than one member is of the wrong type; wrong JSON types are answered
before anything else is looked at.
"""

import copy
import http.client
import itertools
import json
import re
import sys
import time
import urllib.parse
from pathlib import Path

from stub import Stub, started

SHAPES = Path(__file__).parents[2] / "mock-server" / "data" / "api-shapes.json"
JSON_TYPE = "application/x-amz-json-1.0"
ANY_INTEGER = (-(2**63), 2**63 - 1)

# Refusals that are not the shapes' business: the stub understood the request and minds what it says.
# Each has a reason of its own in the answer, never FIELD_VALIDATION_FAILED.
SEMANTIC = {
    ("INVALID_PARAMETER", "DestinationPhoneNumber"): "a number must belong to a country",
    ("MISSING_PARAMETER", "MessageBody"): "a text message without text says nothing",
    ("MAXIMUM_SIZE_EXCEEDED", "MessageBody"): "a text has at most ten parts",
    ("INVALID_NEXT_TOKEN", "NextToken"): "a token must be one that the operation gave",
    ("INVALID_FILTER_VALUES", "Filters"): "some filters take true or false or a time only",
    ("INVALID_PARAMETER", "ClientToken"): "a token belongs to one set of members",
    ("MISSING_PARAMETER", "EventDestination"): "an event destination has at least one kind",
    ("PARAMETERS_CANNOT_BE_USED_TOGETHER", "EventDestination"): "and not two",
    ("CANNOT_PARSE", "PhoneNumber"): "a number to look up must have digits enough",
    ("INVALID_ARN", "ResourceArn"): "an ARN must be one of this service",
    ("INVALID_PARAMETER", "ExpirationTimestamp"): "an override must end in the future",
    ("TWO_WAY_CHANNEL_NOT_PRESENT", "TwoWayChannelArn"): "two-way messages need a channel",
    ("COUNTRY_NOT_ENABLED", "IsoCountryCode"): "a number needs a country with a numbering plan",
}

# Lists that the model wants to hold something although there may be nothing to tell. What AWS answers
# then is not documented; that it is an empty list is an assumption.
MAY_BE_EMPTY = ("ProtectConfigurations", "RuleSetNumberOverrides")

# Samples that are not only right but make sense, so that requests get further than the shapes.
SENSIBLE = {"PhoneNumber": "+12065550100", "IsoCountryCode": "US"}

PREFIXES = ["", "+1", "+", "arn:", "s3://abc/", "https://", ".", "1.", "12."]
FILLINGS = ["a", "1", "A", "_"]
ODD = ["", " ", "  ", "\n", " \t\n\r\f\v", "\0", "é", "\u00a0", "\u2003", "\u2028", "\x85", "\x1f", "\x7f",
       "😀", "a b", "a\nb", "0", "+0", "++1", "-1", "1e3", "null", "aé", "٣", "ａ", "ß", "'\"\\", "%s", "()"]
WRONG_TYPES = ["text", 7, 7.5, True, False, [], {}, ["a"], {"a": 1}, [7], [{}], {"a": {}}]


class Model:
    """The API's shapes, and what they say about a value."""

    def __init__(self, data):
        self.operations, self.shapes = data["operations"], data["shapes"]
        self.all_names = data["allOperationNames"]
        self.patterns = {}

    def matches(self, pattern, text):
        if pattern not in self.patterns:
            self.patterns[pattern] = re.compile(pattern, re.ASCII)
        return self.patterns[pattern].fullmatch(text) is not None

    def judge(self, name, value):
        """What is wrong with a value: the paths of the wrong type, else those not allowed."""
        mistyped, invalid = set(), set()
        self._judge(name, value, "", mistyped, invalid)
        if mistyped:
            return ("mistyped", frozenset(mistyped))
        return ("invalid", frozenset(invalid)) if invalid else ("passed", frozenset())

    def _judge(self, name, value, path, mistyped, invalid):
        shape = self.shapes[name]
        kind = shape["type"]
        if not OF_TYPE[kind](value):
            mistyped.add(path)
        elif kind == "string":
            if not self.text_fits(shape, value):
                invalid.add(path)
        elif kind in ("integer", "long", "double"):
            least, most = ANY_INTEGER
            if not shape.get("min", least) <= value <= shape.get("max", most):
                invalid.add(path)
        elif kind == "list":
            if not size_fits(shape, len(value)):
                invalid.add(path)
            for place, item in enumerate(value):
                if item is None:
                    mistyped.add(below(path, place))
                else:
                    self._judge(shape["member"]["shape"], item, below(path, place), mistyped, invalid)
        elif kind == "map":
            entries = {key: entry for key, entry in value.items() if entry is not None}
            if not size_fits(shape, len(entries)):
                invalid.add(path)
            for key, entry in entries.items():
                self._judge(shape["key"]["shape"], key, below(path, "key"), mistyped, invalid)
                self._judge(shape["value"]["shape"], entry, below(path, "value"), mistyped, invalid)
        elif kind == "structure":
            self._judge_structure(shape, value, path, mistyped, invalid)

    def _judge_structure(self, shape, value, path, mistyped, invalid):
        present = [member for member in shape.get("members", {}) if value.get(member) is not None]
        if shape.get("union") and len(present) != 1:
            mistyped.add(path)
        for member in present:
            inner = shape["members"][member]["shape"]
            self._judge(inner, value[member], below(path, member), mistyped, invalid)
        for member in shape.get("required", []):
            if member not in present:
                invalid.add(below(path, member))

    def text_fits(self, shape, value):
        if "enum" in shape:
            return value in shape["enum"]
        pattern = shape.get("pattern")
        return size_fits(shape, len(value)) and (pattern is None or self.matches(pattern, value))

    def reachable(self, name, found=None):
        """The shapes that a value of this shape may hold, and itself."""
        found = set() if found is None else found
        if name not in found:
            found.add(name)
            shape = self.shapes[name]
            inner = [shape[part] for part in ("member", "key", "value") if part in shape]
            for reference in inner + list(shape.get("members", {}).values()):
                self.reachable(reference["shape"], found)
        return found


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


OF_TYPE = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "long": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "double": is_number,
    "timestamp": is_number,
    "list": lambda value: isinstance(value, list),
    "map": lambda value: isinstance(value, dict),
    "structure": lambda value: isinstance(value, dict),
}


def below(path, step):
    return f"{path}.{step}" if path else str(step)


def size_fits(shape, size):
    return shape.get("min", 0) <= size <= shape.get("max", size)


class Writer:
    """Makes values of shapes: right ones, and all the ones worth asking about."""

    def __init__(self, model):
        self.model = model
        self.sensible = dict(SENSIBLE)

    def text(self, shape, length):
        """A text of this length that matches the shape's pattern; `None` if there seems to be none."""
        for prefix, filling in itertools.product(PREFIXES, FILLINGS):
            text = (prefix + filling * length)[:length]
            pattern = shape.get("pattern")
            if pattern is None or self.model.matches(pattern, text):
                return text
        return None

    def right_text(self, name):
        shape = self.model.shapes[name]
        if "enum" in shape:
            return shape["enum"][0]
        if name in self.sensible:
            return self.sensible[name]
        least, most = shape.get("min", 0), shape.get("max", 40)
        lengths = [n for n in (12, 3, 2, 1, *range(least, most + 1)) if least <= n <= most]
        return next(text for n in lengths if (text := self.text(shape, n)) is not None)

    def right(self, name):
        """The smallest value that is right (with one item where a list or map may have some)."""
        shape = self.model.shapes[name]
        kind = shape["type"]
        if kind == "string":
            return self.right_text(name)
        if kind in ("integer", "long", "double"):
            return max(shape.get("min", 0), min(10, shape.get("max", 10)))
        if kind == "list":
            return [self.right(shape["member"]["shape"])] * max(1, shape.get("min", 0))
        if kind == "map":
            return self.map_of(shape, max(1, shape.get("min", 0)))
        if kind == "structure":
            members = list(shape["members"])[:1] if shape.get("union") else shape.get("required", [])
            return {member: self.right(shape["members"][member]["shape"]) for member in members}
        return {"boolean": True, "timestamp": 4102444800}[kind]

    def full(self, name):
        """A right value with every member."""
        shape = self.model.shapes[name]
        members = shape.get("members", {})
        if shape["type"] != "structure" or shape.get("union"):
            return self.right(name)
        return {member: self.full(inner["shape"]) for member, inner in members.items()}

    def map_of(self, shape, entries):
        value = self.right(shape["value"]["shape"])
        return {key: value for key in itertools.islice(self.keys(shape["key"]["shape"]), entries)}

    def keys(self, name):
        """Different texts, right ones as long as there are any."""
        shape = self.model.shapes[name]
        if "enum" in shape:
            yield from shape["enum"]
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        for first, second in itertools.product(letters, letters):
            yield first + second

    def cases(self, name):
        """Values worth asking about, with the shape that each is about."""
        shape = self.model.shapes[name]
        for value in WRONG_TYPES:
            yield name, value
        kind = shape["type"]
        if kind == "string":
            yield from ((name, value) for value in self.texts(shape, name))
        elif kind in ("integer", "long", "double"):
            yield from ((name, value) for value in numbers(shape, kind))
        elif kind == "boolean":
            yield from ((name, value) for value in ("true", 0, 1))
        elif kind == "timestamp":
            yield from ((name, value) for value in (0, 1.5, -1, 4102444800, "2026-01-01T00:00:00Z"))
        elif kind == "list":
            yield from self.lists(shape, name)
        elif kind == "map":
            yield from self.maps(shape, name)
        else:
            yield from self.structures(shape, name)

    def texts(self, shape, name):
        if "enum" in shape:
            yield from shape["enum"]
            first = shape["enum"][0]
            yield from [first.lower(), first.swapcase(), first + " ", " " + first, first[:-1], "NONE_OF_THEM"]
        right = self.right_text(name)
        yield from ODD
        for odd in (" ", "\n", "\0", "é", "😀", "+", ":", "/", ".", "-", "_", "0", "~", "A", "a", "\t"):
            yield from (odd + right, right + odd, right[:1] + odd + right[1:], right[:-1] + odd)
        yield from (right[1:], right[:-1], right.upper(), right.lower())
        if "enum" in shape:
            return
        for length in sorted(around(shape.get("min"), shape.get("max"))):
            text = self.text(shape, length)
            yield "x" * length if text is None else text
            yield "😀" * length
            yield (text or "x" * length)[:-1] + " "

    def lists(self, shape, name):
        inner = shape["member"]["shape"]
        right = self.right(inner)
        least = shape.get("min", 0)
        for size in sorted(around(shape.get("min"), shape.get("max")) | {0, 1}):
            yield name, [right] * size
        yield name, [None]
        yield name, [right, None]
        yield name, [right] * shape.get("max", 3) + [None]
        for about, value in self.cases(inner):
            yield about, [value] + [right] * (least - 1)
        if shape.get("max", 2) > 1:
            yield inner, [right, {}, right][: shape.get("max", 3)]
            yield inner, [right, "", 7, right][: shape.get("max", 4)]

    def maps(self, shape, name):
        key, inner = shape["key"]["shape"], shape["value"]["shape"]
        right = self.right(inner)
        for size in sorted(around(shape.get("min"), shape.get("max")) | {0, 1}):
            yield name, self.map_of(shape, size)
        good = next(self.keys(key))
        yield name, {good: None}
        yield name, {good: right, "": None}
        yield name, self.map_of(shape, shape.get("max", 3)) | {"Z": None}
        for about, value in self.cases(key):
            if isinstance(value, str):
                yield about, {value: right}
        for about, value in self.cases(inner):
            yield about, {good: value}

    def structures(self, shape, name):
        members = shape.get("members", {})
        union = shape.get("union")
        least, full = self.right(name), self.full(name)
        yield name, least
        yield name, full
        yield name, {}
        yield name, least | {"NobodyKnowsThis": [{"a": None}, 1e300], "nextToken": 7}
        for member, reference in members.items():
            yield name, {key: value for key, value in full.items() if key != member}
            yield name, {key: value for key, value in least.items() if key != member}
            yield name, least | {member: None}
            yield name, full | {member: None}
            if member.lower() not in members:
                # Names are case-sensitive: this one is unknown.
                yield name, least | {member.lower(): 7}
            for about, value in self.cases(reference["shape"]):
                yield about, {member: value} if union else least | {member: value}
        if union:
            right = {member: self.right(inner["shape"]) for member, inner in members.items()}
            yield name, right
            for one, other in itertools.combinations(members, 2):
                yield name, {one: right[one], other: right[other]}
            yield name, {"NobodyKnowsThis": {}}
            yield name, {next(iter(members)): None}
        # Everything wrong at once, by value and by type.
        yield name, {member: "" for member in members}
        yield name, {member: [] for member in members}
        yield name, {member: -(2**40) for member in members}


def around(least, most):
    near = {bound + step for bound in (least, most) if bound is not None for step in (-1, 0, 1)}
    return {size for size in near if size >= 0}


def numbers(shape, kind):
    least, most = shape.get("min", ANY_INTEGER[0]), shape.get("max", ANY_INTEGER[1])
    yield from (0, 1, -1, 2**31 - 1, 2**31, -(2**31) - 1, 2**53 + 1, 2**63 - 1, 2**63, -(2**63), 2**64, 10**30)
    yield from (least - 1, least, least + 1, most - 1, most, most + 1, "5", "", None)
    if kind == "double":
        yield from (least - 0.5, least + 0.5, most - 0.5, most + 0.5, 1e308)
    else:
        yield from (least + 0.5, 0.5)


class Line:
    """One connection to the stub, kept alive."""

    def __init__(self, url):
        place = urllib.parse.urlsplit(url)
        self.connection = http.client.HTTPConnection(place.hostname, place.port, timeout=30)

    def ask(self, operation, body, **headers):
        sent = {"Content-Type": JSON_TYPE, "X-Amz-Target": f"PinpointSMSVoiceV2.{operation}"}
        for name, value in headers.items():
            sent[name.replace("_", "-")] = value
        sent = {name: value for name, value in sent.items() if value is not None}
        self.connection.request("POST", "/", body, sent)
        answer = self.connection.getresponse()
        return answer.status, answer.read()


class Walk:
    """All cases, asked and compared."""

    def __init__(self, model, url):
        self.model, self.line, self.stub = model, Line(url), Stub(url)
        self.asked = []
        self.disagreements = []
        self.outcomes = {}
        self.answered = set()
        self.semantic = {}

    def disagree(self, what, operation, value, found):
        shown = value if isinstance(value, (bytes, str)) else json.dumps(value)
        self.disagreements.append(f"{operation} {shown[:300]}\n    {what}\n    answered {found[:500]}")

    def operation(self, name):
        self.stub.call("POST", "reset")
        writer = Writer(self.model)
        writer.sensible |= self.prepared(writer)
        if name == "CreateEventDestination":
            # What is there already cannot be made.
            self.made("DeleteEventDestination", EventDestinationName="destination",
                      ConfigurationSetName=writer.right_text("ConfigurationSetName"))
        shape = self.model.operations[name]["input"]["shape"]
        seen = set()
        for about, value in writer.cases(shape):
            body = json.dumps(value)
            if body not in seen:
                seen.add(body)
                self.case(name, shape, about, value, body)
        if name not in self.answered:
            self.disagree("no request got further than an exception", name, {}, "by none")

    def made(self, operation, **members):
        """A call that must succeed."""
        status, answer = self.line.ask(operation, json.dumps(members))
        if status != 200:
            raise RuntimeError(f"{operation} {members}: {answer.decode()}")
        return json.loads(answer)

    def prepared(self, writer):
        """Makes a resource of each kind, and gives texts of shapes that name them."""
        number, named = SENSIBLE["PhoneNumber"], {"ConfigurationSetName": writer.right_text("ConfigurationSetName")}
        configuration_set = self.made("CreateConfigurationSet", **named)
        topic = {"TopicArn": "arn:aws:sns:us-east-1:123456789012:topic"}
        self.made("CreateEventDestination", **named, EventDestinationName="destination",
                  MatchingEventTypes=["ALL"], SnsDestination=topic)
        listed = {"OptOutListName": writer.right_text("OptOutListName")}
        self.made("CreateOptOutList", **listed)
        self.made("PutOptedOutNumber", **listed, OptedOutNumber=number)
        protect = self.made("CreateProtectConfiguration")
        protected = {"ProtectConfigurationId": protect["ProtectConfigurationId"]}
        self.made("AssociateProtectConfiguration", **protected, **named)
        self.made("SetAccountDefaultProtectConfiguration", **protected)
        self.made("PutProtectConfigurationRuleSetNumberOverride", **protected,
                  DestinationPhoneNumber=number, Action="ALLOW")
        verified = self.made("CreateVerifiedDestinationNumber", DestinationPhoneNumber="+12065550199")
        verified = {"VerifiedDestinationNumberId": verified["VerifiedDestinationNumberId"]}
        code = self.made("SendDestinationNumberVerificationCode", **verified, VerificationChannel="TEXT")
        text = self.stub.call("GET", f"messages/{code['MessageId']}")["body"]
        message = self.made("SendTextMessage", DestinationPhoneNumber=number, MessageBody="x",
                            MessageFeedbackEnabled=True)
        # The last, because from here on the account has originators of its own.
        phone = self.made("RequestPhoneNumber", IsoCountryCode="US", MessageType="TRANSACTIONAL",
                          NumberCapabilities=["SMS", "VOICE"], NumberType="TOLL_FREE")
        return {
            "AmazonResourceName": configuration_set["ConfigurationSetArn"],
            "EventDestinationName": "destination",
            "MessageId": message["MessageId"],
            "PhoneNumberIdOrArn": phone["PhoneNumberId"],
            "PhoneOrSenderIdOrArn": phone["PhoneNumberId"],
            "ProtectConfigurationIdOrArn": protect["ProtectConfigurationId"],
            "VerificationCode": "".join(re.findall("[0-9]", text)),
            "VerifiedDestinationNumberIdOrArn": verified["VerifiedDestinationNumberId"],
        }

    def case(self, operation, shape, about, value, body):
        wanted = self.model.judge(shape, value)
        status, answer = self.line.ask(operation, body)
        if not isinstance(value, dict):
            # Where the body itself is no object there is no member to name.
            wanted = ("mistyped", None)
        try:
            found = self.read(operation, status, answer)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            self.disagree(f"the answer makes no sense: {error!r}", operation, value, answer.decode())
            return
        if wanted == ("mistyped", None) and found[0] == "mistyped":
            found = wanted
        self.asked.append((operation, shape, about, value, found))
        self.outcomes[wanted[0]] = self.outcomes.get(wanted[0], 0) + 1
        if found != wanted:
            self.disagree(f"the shapes say {told(wanted)}, the stub {told(found)}", operation, value,
                          answer.decode())

    def read(self, operation, status, answer):
        """The stub's verdict."""
        body = json.loads(answer)
        if status == 200:
            self.answered.add(operation)
            self.conforms(self.model.operations[operation]["output"]["shape"], body)
            return ("passed", frozenset())
        exception = body["__type"]
        if exception == "SerializationException":
            if status != 400:
                raise ValueError(f"status {status} for {exception}")
            named = re.findall(r"(?:read: |; )([A-Za-z0-9.]*) must be", body["Message"])
            return ("mistyped", frozenset(named))
        modelled = {error["shape"] for error in self.model.operations[operation]["errors"]}
        if exception not in modelled or status != 400:
            raise ValueError(f"{exception} with status {status} is not of this operation")
        self.conforms(exception, body)
        if exception != "ValidationException":
            return ("passed", frozenset())
        fields = body["Fields"]
        if not fields or not all(field["Message"] for field in fields):
            raise ValueError("a refusal names a field and says what is wrong with it")
        if body["Reason"] == "FIELD_VALIDATION_FAILED":
            return ("invalid", frozenset(field["Name"] for field in fields))
        for rule in [(body["Reason"], field["Name"]) for field in fields]:
            if rule not in SEMANTIC:
                raise ValueError(f"{rule} is not among the rules that are known beside the shapes")
            self.semantic[rule] = self.semantic.get(rule, 0) + 1
        return ("passed", frozenset())

    def conforms(self, shape, body):
        body = {name: value for name, value in body.items() if value != [] or name not in MAY_BE_EMPTY}
        verdict = self.model.judge(shape, body)
        if verdict[0] != "passed":
            raise ValueError(f"it is no {shape}: {told(verdict)}")

    def protocol(self):
        """What is wrong before any shape can be."""
        send = {"DestinationPhoneNumber": "+12065550100", "MessageBody": "x"}
        good = json.dumps(send)
        other = sorted(set(self.model.all_names) - set(self.model.operations))
        unknown, unreadable = ("UnknownOperationException", 404), ("SerializationException", 400)
        bodies = ["{", "}", '{"a":}', '{"a":1,}', good + "x", good + good, '{"a" 1}', "{'a':1}", "\ufeff" + good,
                  '{"a":"\x01"}', '{"a":NaN}', '{"a":01}', b'{"a":"\xff"}', '{"MessageBody":"\\ud800"}',
                  "[" * 300 + "]" * 300,
                  good[:-1] + ',"MessageBody":"y"}']
        cases = [("SendTextMessage", body, {}, unreadable) for body in bodies]
        cases += [(name, "{}", {}, unknown) for name in [*other, "SendPigeon", "sendTextMessage", ""]]
        cases += [("SendTextMessage", good, {"Content_Type": kind}, unknown)
                  for kind in (None, "application/json", "application/x-amz-json-1.1", "text/plain")]
        cases += [("SendTextMessage", good, {"X_Amz_Target": target}, unknown)
                  for target in (None, "SendTextMessage", "Logs_20140328.SendTextMessage", "PinpointSMSVoiceV2")]
        cases += [("SendTextMessage", good, {"Content_Type": f"{JSON_TYPE}; charset=utf-8"}, (None, 200))]
        for operation, body, headers, wanted in cases:
            data = body if isinstance(body, bytes) else body.encode()
            status, answer = self.line.ask(operation, data, **headers)
            found = (json.loads(answer).get("__type"), status)
            self.outcomes["protocol"] = self.outcomes.get("protocol", 0) + 1
            if found != wanted:
                self.disagree(f"{headers} deserve {wanted}, the stub says {found}", operation, body,
                              answer.decode())
        # The connection may be closed by it, so it comes last.
        status, _ = self.line.ask("SendTextMessage", json.dumps(send | {"x": "y" * 300_000}))
        self.outcomes["protocol"] += 1
        if status != 413:
            self.disagree("a body of 300 kB deserves 413", "SendTextMessage", "", str(status))


def told(verdict):
    kind, paths = verdict
    return kind if kind == "passed" else f"{kind} {', '.join(sorted(paths or [])) or 'body'}"


def changes(model, names):
    """Every constraint changed, one at a time: what, which shape, and the changed shape. The last
    member says whether a value can tell the change at all."""
    writer = Writer(model)
    for name in sorted(names):
        shape = model.shapes[name]

        def changed(**parts):
            return {key: value for key, value in (shape | parts).items() if value is not None}

        if "enum" in shape:
            for value in shape["enum"]:
                rest = [other for other in shape["enum"] if other != value]
                yield f"enum without {value}", name, changed(enum=rest), True
            yield "enum with one more", name, changed(enum=[*shape["enum"], "NONE_OF_THEM"]), True
        elif "pattern" in shape:
            yield "no pattern", name, changed(pattern=None), True
        for bound, step in itertools.product(("min", "max"), (-1, 1)):
            if bound not in shape or "enum" in shape or shape[bound] + step < 0 and shape["type"] != "double":
                continue
            moved = shape[bound] + step
            # The value that the old bound and the new one judge differently.
            between = moved if (bound == "min") == (step < 0) else shape[bound]
            if shape["type"] == "string":
                telling = writer.text(shape, between) is not None
            elif shape["type"] == "map" and "enum" in model.shapes[shape["key"]["shape"]]:
                telling = between <= len(model.shapes[shape["key"]["shape"]]["enum"])
            else:
                telling = True
            yield f"{bound} {moved}", name, changed(**{bound: moved}), telling
        for member in shape.get("members", {}):
            required = [other for other in shape.get("required", []) if other != member]
            if member in shape.get("required", []):
                yield f"{member} optional", name, changed(required=required), True
            elif not shape.get("union"):
                yield f"{member} required", name, changed(required=[*required, member]), True
            rest = {other: ref for other, ref in shape["members"].items() if other != member}
            yield f"no {member}", name, changed(members=rest, required=required), True
        if shape.get("union"):
            yield "no union", name, changed(union=None), True
        another = "boolean" if shape["type"] != "boolean" else "string"
        yield f"type {another}", name, {"type": another}, True


def self_test(model, walk):
    """Whether each changed constraint makes the walk disagree with the answers it was given."""
    inputs = [operation["input"]["shape"] for operation in model.operations.values()]
    reach = {name: model.reachable(name) for name in inputs}
    names = set().union(*reach.values())
    cases = {name: [] for name in names}
    for case in walk.asked:
        cases[case[2]].append(case)
    noticed = idle = 0
    unnoticed = []
    for what, name, shape, telling in changes(model, names):
        twin = copy.copy(model)
        twin.shapes = model.shapes | {name: shape}
        inside = (case for case in walk.asked if name in reach[case[1]])
        for _, top, _, value, found in itertools.chain(cases[name], inside):
            if isinstance(value, dict) and twin.judge(top, value) != found:
                noticed += 1
                break
        else:
            if telling:
                unnoticed.append(f"{name}: {what}")
            else:
                idle += 1
    print(f"self-test: {noticed} changed constraints noticed, {idle} that no value can tell apart, "
          f"{len(unnoticed)} missed")
    for line in unnoticed:
        print(f"  MISSED {line}")
    return not unnoticed


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--self-test"]
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    model = Model(json.loads(SHAPES.read_text()))
    begun = time.monotonic()
    with started(arguments[0]) as url:
        walk = Walk(model, url)
        walk.stub.reset()
        for name in model.operations:
            walk.operation(name)
        walk.protocol()
        walk.stub.reset()
    for line in walk.disagreements[:200]:
        print(f"DISAGREE {line}")
    counted = ", ".join(f"{count} {what}" for what, count in sorted(walk.outcomes.items()))
    print(f"{len(model.operations)} operations, {sum(walk.outcomes.values())} cases ({counted}) in "
          f"{time.monotonic() - begun:.0f} s; {len(walk.disagreements)} disagreements")
    for (reason, field), count in sorted(walk.semantic.items()):
        print(f"  beside the shapes: {reason} {field} {count} times: {SEMANTIC[reason, field]}")
    good = not walk.disagreements
    if "--self-test" in sys.argv:
        good &= self_test(model, walk)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
