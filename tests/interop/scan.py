#!/usr/bin/env python3
"""Looks for what must never be written down: `scan.py FOLDER_OR_FILE...`, or `scan.py --self-test`.

Full phone numbers (with a plus, or of the patterns that the scenarios' users have), texts with a code in them,
access keys, secrets and signatures, in every file below, whatever it is. What the tests themselves hand to the
program (`INPUTS`) is left out. Of a stub's state, the strings are looked at: its figures are instants in nanoseconds,
and some look like numbers; the destinations that its owner verified or opted out (`OWNED`) have to be in it.
Needs nothing but Python.
"""
import json, pathlib, re, sys, tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Lists of allowed destinations and credentials that tests write for the program to read.
INPUTS = {"allowed.txt", "keys.json", "keys.sh", "credentials"}
STATE = b'{"file":"sms-voice-mock state"'
OWNED = {"verified_numbers", "opt_out_lists", "phone_numbers"}
SECRETS = {
    "a number": rb"\+[1-9][0-9]{9,14}(?![0-9#])",
    "a text with a code": rb"(?i:code is|code:|your code) ?[0-9]{4,10}(?![0-9])|(?<![0-9])[0-9]{4,10} is your",
    "an access key": rb"(?:AKIA|ASIA)[A-Z0-9]{16}|AKIDEXAMPLE",
    "a secret": rb"not-a-secret|AWS4-HMAC-SHA256|(?i:x-amz-security-token)",
}


def patterns():
    """The secrets, and the numbers of all scenarios without their plus."""
    texts = [path.read_text() for folder in ("scenarios", "tests") for path in (ROOT / folder).rglob("*.toml")]
    numbers = {found for text in texts for found in re.findall(r'"\+([0-9]+)(#{4,})"', text)}
    users = b"|".join(sorted(f"{digits}[0-9]{{{len(free)}}}".encode() for digits, free in numbers))
    # Not within a decimal fraction or a message id.
    return {name: re.compile(found) for name, found in SECRETS.items()} | {
        "a number of a scenario": re.compile(rb"(?<![0-9a-f.-])(?:" + users + rb")(?![0-9a-f-])")}


def strings(value):
    """All strings in a JSON value, each on a line, but for those of `OWNED`."""
    if isinstance(value, dict):
        return "\n".join(f"{key}\n{strings(inner)}" for key, inner in value.items() if key not in OWNED)
    return "\n".join(map(strings, value)) if isinstance(value, list) else value if isinstance(value, str) else ""


def looked_at(content):
    """What of a file is looked at: all of it, unless it is a stub's whole state."""
    if content.startswith(STATE):
        try:
            return strings([json.loads(line) for line in content.splitlines()[:2]]).encode()
        except ValueError:
            pass
    return content


def scan(places):
    files = [file for place in map(pathlib.Path, places)
             for file in ([place] if place.is_file() else sorted(place.rglob("*"))) if file.is_file()]
    wanted, found = patterns(), []
    for file in files:
        if file.name not in INPUTS:
            content = looked_at(file.read_bytes())
            found += [f"{file} has {name}" for name, pattern in wanted.items() if pattern.search(content)]
    return len(files), found


def self_test():
    leaks = {"plus": b"to +14254147755 ", "user": b'"5511987654321",', "code": b"Your code is 123456", "id": b"AKIDEXAMPLE",
             "key": b"AKIA1234567890ABCDEF", "signed": b"AWS4-HMAC-SHA256 Credential"}
    harmless = {"masked": b"+55\xe2\x80\xa655", "figure": b"0.5511987654321", "stamp": b"1795637263591", "id of a message": b"b839-4580-b94d-33751311126a", "ten": b"123456,"}
    state = lambda account: STATE + b"}\n" + json.dumps({"account": account}).encode() + b"\nend"
    leaks |= {"state": state({"messages": [[1, "+14254147755"]]}), "torn": state({"at": "+14254147755"})[:-5]}
    harmless |= {"owned": state({"at": 34683901539, "verified_numbers": {"DestinationPhoneNumber": "+14254147755"}})}
    with tempfile.TemporaryDirectory() as folder:
        for name, content in (leaks | harmless).items():
            before = b"" if content.startswith(STATE) else b"x\0"
            pathlib.Path(folder, name).write_bytes(before + content)
        seen = {pathlib.Path(line.split(" has ")[0]).name for line in scan([folder])[1]}
    assert seen == set(leaks), seen ^ set(leaks)
    print("the scan finds what it must, and nothing else")


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        sys.exit()
    count, found = scan(sys.argv[1:])
    print("\n".join(found + [f"{count} files looked at, {len(found)} with what must never be written down"]))
    sys.exit(1 if found or not count else 0)
