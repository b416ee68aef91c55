#!/usr/bin/env python3
"""The scoring of chapter 16's pipeline, in Python: csv and ProcessPoolExecutor.

    score.py [--rows] FOLDER OUTPUT [WORKERS]

Scores FOLDER/customers.csv with the model FOLDER/churn.model and writes
OUTPUT/customers.csv and OUTPUT/customers.rejects, in the order of the input and
byte for byte as `pipeline` does. Memory stays bounded: a window of results is
under way. Workers get blocks of whole lines and parse them; with --rows the parent
parses and workers get lists of rows, which is what one writes first.

Unlike pipeline it takes what float() takes for a number, such as 1_000, and a
quoted field may go over several lines of a block.
"""
import collections
import concurrent.futures
import csv
import itertools
import math
import os
import re
import sys

BLOCK = 1 << 20  # bytes
ROWS = 10000
KEY = "id"


def read_model(path):
    """The bias, and the columns with their weights in the order of the file."""
    bias, weights = 0.0, []
    with open(path) as file:
        words = [line.split("#")[0].split() for line in file]
    words = [line for line in words if line]
    if words[0] != ["logistic"]:
        sys.exit(f"score.py: {path}: not a logistic model")
    for name, number in words[1:]:
        if name == "bias":
            bias = float(number)
        else:
            weights.append((name, float(number)))
    return bias, weights


def begin(header, model):
    """In each worker, once: which columns are needed."""
    global width, key, bias, needed
    bias, weights = model
    width, key = len(header), header.index(KEY)
    needed = [(header.index(name), name, weight) for name, weight in weights]


def reason(row):
    """What is wrong with a row, in the words of pipeline."""
    for column, name, _ in sorted(needed):
        if column >= len(row):
            break
        try:
            if math.isfinite(float(row[column])):
                continue
        except ValueError:
            pass
        text = re.sub('[\0-\x1f\x7f,"]', "?", row[column][:30])
        return f"'{text}' in column {name} is not a number"
    return f"{len(row)} fields where the header has {width}"


def score(rows, first_line):
    """Results and rejects of rows, as text; rows are (lines before it, fields)."""
    scores, rejects = [], []
    exp, isfinite = math.exp, math.isfinite
    for before, row in rows:
        if not row:
            continue
        try:
            if len(row) != width:
                raise ValueError
            total = bias
            for column, _, weight in needed:
                total += weight * float(row[column])
            if not isfinite(total):
                raise ValueError
            scores.append("%s,%.6f\n" % (row[key], 1 / (1 + exp(-total))))
        except ValueError:
            rejects.append(f"{first_line + before},{reason(row)}\n")
        except OverflowError:  # exp of more than 709: the score is 0
            scores.append(f"{row[key]},0.000000\n")
    return "".join(scores), "".join(rejects)


def score_block(block, first_line):
    return score(enumerate(csv.reader(block.decode().splitlines())), first_line)


def blocks(file):
    """Whole lines of about a block, and the number of the first."""
    line = 2
    while block := file.read(BLOCK):
        block += file.readline()
        yield block, line
        line += block.count(b"\n")


def row_lists(file):
    """The same with rows that are parsed already."""
    line, rows = 2, enumerate(csv.reader(map(bytes.decode, file)))
    while part := list(itertools.islice(rows, ROWS)):
        yield part, line


def main():
    arguments = sys.argv[1:]
    by_rows = arguments[:1] == ["--rows"]
    folder, output, *rest = arguments[by_rows:]
    workers = int(rest[0]) if rest else os.cpu_count()
    os.makedirs(output, exist_ok=True)
    model = read_model(f"{folder}/churn.model")
    work, parts = (score, row_lists) if by_rows else (score_block, blocks)
    with open(f"{folder}/customers.csv", "rb") as table, \
            open(f"{output}/customers.csv", "w", newline="\n") as scores, \
            open(f"{output}/customers.rejects", "w", newline="\n") as rejects:
        header = next(csv.reader([table.readline().decode("utf-8-sig")]))
        scores.write(f"{KEY},score\n")
        rejects.write("line,reason\n")
        with concurrent.futures.ProcessPoolExecutor(
                workers, initializer=begin, initargs=(header, model)) as pool:
            window = collections.deque()

            def write_oldest():
                good, bad = window.popleft().result()
                scores.write(good)
                rejects.write(bad)

            for part in parts(table):
                window.append(pool.submit(work, *part))
                if len(window) > 2 * workers + 2:
                    write_oldest()
            while window:
                write_oldest()


if __name__ == "__main__":
    main()
