#!/usr/bin/env python3
"""Whether junit.xml says what summary.json and compare.json say, read by junitparser.

Usage: junit.py RUN_DIR...
"""

import json
import pathlib
import sys

from junitparser import Error, Failure, JUnitXml, Skipped


def expected(folder: pathlib.Path) -> dict[tuple[str, str], str]:
    """Each test case's class and name, and what must have become of it."""
    summary = json.loads((folder / "summary.json").read_text())
    prefix = f"otpdrill.{summary['scenario']}"
    own = any(reason["exit_code"] not in (10, 11) for reason in summary["reasons"])
    cases = {(prefix, "the run is whole and valid"): "error" if own else "passed"}
    for result in summary["thresholds"]:
        cases[(f"{prefix}.thresholds", result["expr"])] = "passed" if result["ok"] else "failure"
    comparison = folder / "compare.json"
    if comparison.exists():
        words = {"worse": "failure", "not_enough_data": "skipped"}
        for line in json.loads(comparison.read_text())["lines"]:
            key = (f"{prefix}.baseline", f"{line['country']} {line['metric']}")
            cases[key] = words.get(line["verdict"], "passed")
    return cases


def found(folder: pathlib.Path) -> tuple[dict[tuple[str, str], str], list[str]]:
    tree = JUnitXml.fromfile(str(folder / "junit.xml"))
    cases, problems = {}, []
    words = {Failure: "failure", Error: "error", Skipped: "skipped"}
    for suite in tree:
        for case in suite:
            results = case.result
            if any(not result.message or not result.text for result in results):
                problems.append(f"{case.name}: a result without a message or a text")
            cases[(case.classname, case.name)] = words[type(results[0])] if results else "passed"
        counts = {word: sum(found == word for found in cases.values()) for word in words.values()}
        told = {"failure": suite.failures, "error": suite.errors, "skipped": suite.skipped}
        if told != counts or suite.tests != len(cases):
            problems.append(f"the suite tells {told} of {suite.tests}, but has {counts} of {len(cases)}")
    return cases, problems


def main() -> int:
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    wrong = 0
    for name in sys.argv[1:]:
        folder = pathlib.Path(name)
        cases, problems = found(folder)
        if cases != expected(folder):
            problems.append(f"other test cases: {set(cases.items()) ^ set(expected(folder).items())}")
        for problem in problems:
            print(f"WRONG: {folder}: {problem}")
        wrong += len(problems)
        print(f"{folder}: {len(cases)} test cases")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
