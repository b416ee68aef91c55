#!/usr/bin/env python3
"""bench-grade.py [COUNT [ROUNDS [NUMBER...]]]: what grading costs. COUNT submissions of a function
exercise of three tests, solution, starter and mutants by turns, as archives:

- graded by two workers, with unpack, compile, gate, link, judge and all boxes;
- bare: each compiled and run with the exercise's own tests, by two at a time, for the
  plain build alone, and for the three builds that the judge makes;
- the most memory that grade itself has used, against their number.

Rounds are interleaved. Prints a line each, with the median and the quartiles: of the
rate, and of the processor's time, which other programs on the machine change less."""

import concurrent.futures
import contextlib
import glob
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 40
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 5
NUMBERS = [int(n) for n in sys.argv[3:]] or [10, 100, 1000]
EXERCISE, FILE = "ex-outcome", "outcome.c"
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
    memory = 0
    while child.poll() is None:
        with contextlib.suppress(OSError), open(f"/proc/{child.pid}/status") as file:
            memory = max([memory] + [int(line.split()[1]) for line in file if line.startswith("VmHWM")])
        time.sleep(0.02)
    seconds = time.monotonic() - began
    if child.returncode:
        sys.exit(f"bench-grade: grade ended with status {child.returncode}")
    return seconds, memory


def bare(number, builds):
    for build in builds:
        name = f"{work}/bare-{number % 2}-{build}"
        objects = [f"build/{build}/tests/exercises/{EXERCISE}.o", f"build/{build}/tests/run.o",
                   f"build/{build}/tests/schedule.o", f"build/{build}/libhands.steered.a"]
        subprocess.run(["gcc", "-std=gnu11", "-w", *FLAGS[build], "-Itangled", "-c", "-o", f"{name}.o",
                        variants[number % len(variants)]], check=True)
        subprocess.run(["objcopy", "--redefine-syms=tests/schedule.names", f"{name}.o"], check=True)
        subprocess.run(["gcc", *FLAGS[build], "-o", name, f"{name}.o", *objects, "-lcheck_pic", "-lrt",
                        "-lsubunit", "-lpthread", "-lm"], check=True)
        subprocess.run([name], cwd=work, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def bare_all(builds):
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        halves = [pool.submit(lambda h=h: [bare(n, builds) for n in range(h, COUNT, 2)])
                  for h in (0, 1)]
        for half in halves:
            half.result()


def timed(work_to_do):
    """Submissions a second, and seconds of the processor for one."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    work_to_do()
    seconds, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return COUNT / seconds, used / COUNT


def tell(what, samples):
    medians = []
    for unit, values in zip(("a second", "s of CPU each"), zip(*samples)):
        lower, median, upper = statistics.quantiles(values, n=4, method="inclusive")
        medians.append(median)
        print(f"{what}, {unit}: {median:.2f} ({lower:.2f} to {upper:.2f})", flush=True)
    return medians


try:
    folder = hand_in(COUNT)
    grade(folder)  # the reference runs once, and files are warm
    graded, plain, three = [], [], []
    for _ in range(ROUNDS):
        graded.append(timed(lambda: grade(folder)))
        plain.append(timed(lambda: bare_all(["bin"])))
        three.append(timed(lambda: bare_all(["bin", "asan", "tsan"])))
    print(f"{COUNT} submissions of {EXERCISE}, {ROUNDS} rounds, {os.cpu_count()} cores, two workers")
    rate, cost = tell("graded", graded)
    plain_rate, plain_cost = tell("compiled and run bare, plain build alone", plain)
    three_rate, three_cost = tell("compiled and run bare, three builds", three)
    print(f"overhead over bare: {plain_rate / rate:.1f} over one build, {three_rate / rate:.1f} over three; "
          f"by CPU {cost / plain_cost:.1f} and {cost / three_cost:.1f}")
    for count in NUMBERS:
        seconds, memory = grade(hand_in(count))
        print(f"{count} submissions: {count / seconds:.1f} a second, most memory {memory / 1024:.1f} MiB",
              flush=True)
finally:
    shutil.rmtree(work, ignore_errors=True)
