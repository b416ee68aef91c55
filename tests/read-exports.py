#!/usr/bin/env python3
"""read-exports.py SCHEMAS OUT EXPORTS: an independent reader of a grading and
of its exports. Each file must fit its schema, and say what result.json says.
EXPORTS has gradescope/, classroom50/, junit.xml and all.csv."""

import csv
import glob
import html.parser
import json
import os
import subprocess
import sys
import xml.etree.ElementTree

import jsonschema

schemas, out, exports = sys.argv[1:]


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def checked(path, schema):
    value = load(path)
    jsonschema.Draft7Validator(load(f"{schemas}/{schema}.json")).validate(value)
    return value


def has(condition, what):
    if not condition:
        sys.exit(f"read-exports: {what}")


paths = sorted(glob.glob(glob.escape(out) + "/*/result.json"))
results = {os.path.basename(os.path.dirname(p)): checked(p, "result") for p in paths}
graded = {s: r for s, r in results.items() if r["status"] != "infra"}
has(results, "no results")

# grades.csv
with open(f"{out}/grades.csv", newline="", encoding="utf-8") as file:
    rows = list(csv.DictReader(file, strict=True))
has(len(rows) == len(results), f"{len(rows)} rows for {len(results)} results")
for row, (student, result) in zip(rows, sorted(results.items(), key=lambda s: s[0].encode())):
    cell = row["student"]
    has(cell.lstrip("'") == student and cell[0] not in "=+-@", f"row of {student}: {cell}")
    has(row["status"] == result["status"], f"status of {student}")
    points = result["points"]
    has((row["points"] == "") == (points is None), f"points of {student}: {row['points']}")
    has(points is None or float(row["points"]) == points, f"points of {student}")
    for exercise in result["exercises"]:
        cell, points = row[exercise["id"]], exercise["points"]
        has(cell == "" if points is None else float(cell) == points,
            f"{exercise['id']} of {student}: {cell}")

# Gradescope, Classroom 50
for name in "gradescope", "classroom50":
    found = {os.path.basename(p)[:-5] for p in glob.glob(f"{exports}/{name}/*.json")}
    has(found == set(graded), f"{name}: {sorted(found ^ set(graded))}")
for student, result in graded.items():
    told = checked(f"{exports}/gradescope/{student}.json", "gradescope")
    has(told["score"] == result["points"], f"Gradescope, score of {student}")
    count = sum(max(1, len(e["tests"])) for e in result["exercises"])
    has(len(told["tests"]) == count, f"Gradescope, tests of {student}")
    has([t["number"] for t in told["tests"]] == [str(n + 1) for n in range(count)], "numbers")
    told = checked(f"{exports}/classroom50/{student}.json", "classroom50")
    has(told["score"] == round(10 * result["points"]), f"Classroom 50, score of {student}")
    has(told["score"] == sum(t["score"] for t in told["tests"]), "Classroom 50, sum")
    has(told["max-score"] == sum(t["max-score"] for t in told["tests"]), "Classroom 50, most")

# JUnit
subprocess.run(["xmllint", "--noout", "--nonet", "--schema", f"{schemas}/junit.xsd",
                f"{exports}/junit.xml"], check=True, stderr=subprocess.PIPE)
suites = xml.etree.ElementTree.parse(f"{exports}/junit.xml").getroot().findall("testsuite")
has(len(suites) == sum(len(r["exercises"]) for r in results.values()), "JUnit, suites")
expected = iter([(s, e) for s, r in sorted(results.items(), key=lambda s: s[0].encode())
                 for e in r["exercises"]])
for suite in suites:
    student, exercise = next(expected)
    has(suite.get("package") == student, f"JUnit, {suite.get('package')}")
    has(suite.get("name") == exercise["id"], f"JUnit, {suite.get('name')}")
    cases = suite.findall("testcase")
    states = [t["result"] for t in exercise["tests"]] or [exercise["status"]]
    told = ["fail" if c.find("failure") is not None else "error" if c.find("error") is not None
            else "pass" for c in cases]
    has(told == ["error" if s == "infra" else s for s in states], f"JUnit, {student}: {told}")
    has(int(suite.get("failures")) == told.count("fail"), "JUnit, failures")
    has(int(suite.get("errors")) == told.count("error"), "JUnit, errors")

# CSV
with open(f"{exports}/all.csv", newline="", encoding="utf-8") as file:
    rows = list(csv.DictReader(file, strict=True))
has(len(rows) == sum(max(1, len(e["tests"])) for r in results.values() for e in r["exercises"]),
    "CSV, rows")
for row in rows:
    has(all(not value or value[0] not in "=+-@" for value in row.values()), f"CSV: {row}")


# The report: a row a student, no script, nothing from elsewhere.
class Reader(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.rows, self.open, self.name = 0, [], None
        self.names, self.tags = [], set()

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        attributes = dict(attributes)
        self.rows += tag == "details" and attributes.get("class") == "student"
        has(not any(a.startswith("on") or a in ("src", "href") for a in attributes),
            f"report: <{tag} {attributes}>")
        if tag == "bdi":
            self.name = ""
        if tag not in ("meta", "!doctype"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        has(self.open and self.open.pop() == tag, f"report: </{tag}>")
        if tag == "bdi":
            self.names.append(self.name)
            self.name = None

    def handle_data(self, data):
        if self.name is not None:
            self.name += data


reader = Reader()
with open(f"{out}/report.html", encoding="utf-8") as file:
    reader.feed(file.read())
has(reader.rows == len(results) and not reader.open, f"report: {reader.rows} rows")
has(sorted(reader.names) == sorted(results), "report: names")
allowed = {"html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "p", "ul", "li", "b",
           "pre", "small", "details", "summary", "span", "div", "bdi"}
has(reader.tags <= allowed, f"report: {reader.tags - allowed}")
