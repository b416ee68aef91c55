#!/usr/bin/env python3
"""bench-grade.py [COUNT [ROUNDS]]: what grading costs. COUNT submissions of a function
exercise of three tests, solution, starter and mutants by turns, as archives:

- graded by two workers, with unpack, compile, gate, link, judge and all boxes;
- bare: each compiled and run with the exercise's own tests, by two at a time, for the
  plain build alone, and for the three builds that the judge makes;
- the memory of grade, and of the largest process it waits for, against their number.

Rounds are interleaved. Prints a line each, with the median and the quartiles."""

import concurrent.futures
import glob
import os
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 40
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 5
EXERCISE, FILE = "ex-slice", "slice.c"
TOP = os.getcwd()
BIN = f"{TOP}/build/bin/22-grader"
KIT = f"{TOP}/build/grading/exercises"
FLAGS = {"bin": ["-O2", "-g"],
         "asan": ["-O1", "-g", "-fsanitize=address,undefined"],
         "tsan": ["-O1", "-g", "-fsanitize=thread"]}

work = tempfile.mkdtemp(prefix="bench-grade-")
os.chmod(work, 0o755)
os.mkdir(f"{work}/kit")
for part in "common", EXERCISE:
    shutil.copytree(f"{KIT}/{part}", f"{work}/{part}")
with open(f"{work}/kit/assignment.json", "w") as file:
    file.write('{"name": "bench", "kit": "..", "exercises": '
               f'[{{"id": "{EXERCISE}", "file": "{FILE}", "points": 20, "max": 20}}]}}')

variants = []
for path in sorted(glob.glob(f"build/exercises/{EXERCISE}/*/{FILE}")):
    with open(path) as file:
        text = "".join(line for line in file if not line.startswith("#line "))
    name = os.path.basename(os.path.dirname(path))
    variants.append(f"{work}/{name}.c")
    with open(variants[-1], "w") as file:
        file.write(text)


def hand_in(count):
    folder = f"{work}/in-{count}"
    os.mkdir(folder)
    for i in range(count):
        with tarfile.open(f"{folder}/s{i:04}.tar.gz", "w:gz") as archive:
            archive.add(variants[i % len(variants)], f"{EXERCISE}/{FILE}")
    return folder


def grade(folder):
    out = f"{work}/out"
    shutil.rmtree(out, ignore_errors=True)
    began = time.monotonic()
    child = subprocess.Popen([f"{BIN}/grade", "kit", folder, "-o", out, "-j", "2", "--quiet"],
                             cwd=work, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    seconds = time.monotonic() - began
    if status:
        sys.exit(f"bench-grade: grade ended with status {status}")
    return seconds, used.ru_maxrss


def bare(number, builds):
    for build in builds:
        name = f"{work}/bare-{number % 2}-{build}"
        objects = [f"build/{build}/tests/exercises/{EXERCISE}.o", f"build/{build}/tests/run.o",
                   f"build/{build}/tests/schedule.o", f"build/{build}/libhands.steered.a"]
        subprocess.run(["gcc", "-std=gnu11", "-w", *FLAGS[build], "-Itangled", "-c", "-o", f"{name}.o",
                        variants[number % len(variants)]], check=True)
        subprocess.run(["objcopy", "--redefine-syms=tests/schedule.names", f"{name}.o"], check=True)
        subprocess.run(["gcc", *FLAGS[build], "-o", name, f"{name}.o", *objects, "-lcheck_pic", "-lrt",
                        "-lsubunit", "-lgmp", "-lpthread", "-lm"], check=True)
        subprocess.run([name], cwd=work, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def bare_all(builds):
    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        halves = [pool.submit(lambda h=h: [bare(n, builds) for n in range(h, COUNT, 2)])
                  for h in (0, 1)]
        for half in halves:
            half.result()
    return time.monotonic() - began


def tell(what, samples):
    lower, median, upper = statistics.quantiles(samples, n=4, method="inclusive")
    print(f"{what}: {median:.2f} ({lower:.2f} to {upper:.2f})", flush=True)
    return median


try:
    folder = hand_in(COUNT)
    grade(folder)  # the reference runs once, and files are warm
    graded, plain, three = [], [], []
    for _ in range(ROUNDS):
        graded.append(COUNT / grade(folder)[0])
        plain.append(COUNT / bare_all(["bin"]))
        three.append(COUNT / bare_all(["bin", "asan", "tsan"]))
    print(f"{COUNT} submissions of {EXERCISE}, {ROUNDS} rounds, {os.cpu_count()} cores, two workers")
    rate = tell("graded, a second", graded)
    one = tell("compiled and run bare, plain build alone, a second", plain)
    all_three = tell("compiled and run bare, three builds, a second", three)
    print(f"overhead over bare: {one / rate:.1f} for one build, {all_three / rate:.1f} for three")
    for count in 10, 100, 1000:
        seconds, memory = grade(hand_in(count))
        print(f"{count} submissions: {count / seconds:.1f} a second, most memory {memory / 1024:.1f} MiB",
              flush=True)
finally:
    shutil.rmtree(work, ignore_errors=True)
