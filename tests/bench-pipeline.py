#!/usr/bin/python3
"""Chapter 16's pipeline beside Python, in turns, in one run; how busy it keeps
the cores; and how much memory it takes: make bench-pipeline.

    tests/bench-pipeline.py [ROUNDS [MEGABYTES [LARGEST]]]

ROUNDS (default 7, at least 5) shuffled rounds over a table of MEGABYTES (200) and a
folder of images; one more round before them warms up and does not count. The memory
is that of tables of 10 MB and of LARGEST (default: MEGABYTES; 1000 needs 1.4 GB of
disk). Inputs are made by the chapter's program `sample` in build/bench-pipeline and
kept there, but for a LARGEST above 200 MB. Results that differ from each other end the run.

Prints a table and writes figures/data/pipeline.tsv. All times are those of whole
commands. The rows "busy" are (user + system) / (time x cores) of the whole command,
and, as "busy-trace", the part of the cores' time in which the trace of the run shows
a worker at work, from the first such moment to the last; where others compute too, an
interval goes on while its worker waits for a core. Peak memory is the kernel's
high-water mark VmHWM, read until the end; ru_maxrss would count what this script
takes, because that is what the command was before its exec.
"""
import filecmp
import json
import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
import threading
import time

BIN = os.path.abspath("build/bin/16-data-pipeline")
HERE = os.path.abspath("build/bench-pipeline")
SCORE = [sys.executable, os.path.abspath("tests/peers/score.py")]
DATA = "figures/data/pipeline.tsv"
CORES = len(os.sched_getaffinity(0))
IMAGES, WIDTH = 8, 2400
TABLE = "output = {0}\nworkers = {1}\n[table customers]\nfrom = {2}/customers.csv\nmodel = {2}/churn.model\n"
PHOTOS = "output = {0}\nworkers = {1}\n[images photos]\nfrom = {2}/photos\nsteps = {3}\n"
STEPS = "grey, blur 12"  # with resize, decoding would be most of the work
ROW = 50  # bytes a row, roughly; the size is that of the file


def note(text):
    print(f"bench-pipeline: {text}", file=sys.stderr)


def sample(name, rows, images):
    """The folder of that name, made anew if the program is newer."""
    folder, program = f"{HERE}/{name}", f"{BIN}/sample"
    made = f"{folder}/made"
    if not os.path.exists(made) or os.path.getmtime(made) < os.path.getmtime(program):
        shutil.rmtree(folder, ignore_errors=True)
        note(f"making {folder}")
        subprocess.run([program, folder, str(rows), str(images), str(WIDTH)], check=True)
        open(made, "w").close()
    return folder


def configuration(name, form, *values):
    path = f"{HERE}/{name}.conf"
    with open(path, "w") as file:
        file.write(form.format(f"{HERE}/out-{name}", *values))
    return path


def run(command, trace=None):
    """A command's wall time, processor time and peak memory in bytes."""
    environment = dict(os.environ, LC_ALL="C.UTF-8")
    if trace:
        environment["TRACE"] = trace
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    peak = [0]

    def watch():
        try:
            while True:
                with open(f"/proc/{process.pid}/status") as file:
                    marks = [line for line in file if line.startswith("VmHWM")]
                if not marks:
                    return  # it has ended
                peak[0] = int(marks[0].split()[1]) * 1024
                time.sleep(0.005)
        except OSError:
            return

    watcher = threading.Thread(target=watch)
    watcher.start()
    errors = process.stderr.read().decode(errors="replace")
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    watcher.join()
    if process.returncode != 0:
        sys.exit(f"bench-pipeline: {' '.join(command)}: status {process.returncode}: {errors.strip()}")
    return wall, usage.ru_utime + usage.ru_stime, peak[0]


def busy_in_trace(path):
    """The part of the cores' time that workers were at work: lanes "worker N"."""
    with open(path) as file:
        events = json.load(file)["traceEvents"]
    lanes, open_since, work = {}, {}, []
    for event in events:
        lane = event.get("pid"), event.get("tid")
        if event["ph"] == "M" and event["name"] == "thread_name":
            lanes[lane] = event["args"]["name"]
        elif event["ph"] == "B" and lanes.get(lane, "").startswith("worker"):
            open_since.setdefault(lane, []).append((event["ts"], event.get("cat")))
        elif event["ph"] == "E" and open_since.get(lane):
            since, kind = open_since[lane].pop()
            if kind == "run" and not any(outer == "run" for _, outer in open_since[lane]):
                work.append((since, event["ts"]))
    if not work:
        return None
    span = max(end for _, end in work) - min(begin for begin, _ in work)
    return sum(end - begin for begin, end in work) / (span * CORES)


def same(one, other):
    if not filecmp.cmp(one, other, shallow=False):
        sys.exit(f"bench-pipeline: {one} and {other} differ")


def spread(values):
    values = sorted(values)
    if len(values) == 1:
        return values * 5
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return [values[0], low, middle, high, values[-1]]


def number(value):
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def main():
    numbers = [int(argument) for argument in sys.argv[1:]]
    rounds, megabytes, largest = (numbers + [7, 200, 0][len(numbers):])[:3]
    rounds, largest = max(rounds, 5), largest or megabytes
    os.makedirs(HERE, exist_ok=True)
    table = sample(f"table-{megabytes}", megabytes * 1000000 // ROW, 0)
    size = os.path.getsize(f"{table}/customers.csv")
    photos = sample("photos", 1, IMAGES)
    pipeline = [f"{BIN}/pipeline", "--fresh", "--quiet"]
    trace = f"{HERE}/trace.json"
    commands = {
        "score-c": (pipeline + [configuration("c", TABLE, CORES, table)], None),
        "score-c-1": (pipeline + [configuration("c-1", TABLE, 1, table)], None),
        "score-python": (SCORE + [table, f"{HERE}/out-python", str(CORES)], None),
        "score-python-rows": (SCORE + ["--rows", table, f"{HERE}/out-python-rows", str(CORES)], None),
        "images": (pipeline + [configuration("images", PHOTOS, CORES, photos, STEPS)], trace),
        "images-1": (pipeline + [configuration("images-1", PHOTOS, 1, photos, STEPS)], None),
    }
    samples = {}

    def keep(case, unit, value):
        samples.setdefault((case, unit), []).append(value)

    for turn in range(rounds + 1):  # the first warms up
        order = list(commands)
        random.shuffle(order)
        results = {}
        for case in order:
            if sys.stderr.isatty():
                print(f"\r\033[Kround {turn} of {rounds}: {case}", end="", file=sys.stderr, flush=True)
            results[case] = run(*commands[case])
        walls = {case: wall for case, (wall, _, _) in results.items()}
        for case, (_, traced) in commands.items():
            if turn:
                wall, used, _ = results[case]
                keep(case, "s", wall)
                if case.startswith("score"):
                    keep(case + "-rate", "MB/s", size / wall / 1e6)
                keep(case + "-busy", "of the cores", used / (wall * CORES))
                if traced and (busy := busy_in_trace(traced)) is not None:
                    keep(case + "-busy-trace", "of the cores", busy)
        for name in ("c-1", "python", "python-rows"):
            for suffix in ("csv", "rejects"):
                same(f"{HERE}/out-c/customers.{suffix}", f"{HERE}/out-{name}/customers.{suffix}")
        for i in range(1, IMAGES + 1):
            same(f"{HERE}/out-images/photos/lake-{i}.png", f"{HERE}/out-images-1/photos/lake-{i}.png")
        if turn:
            keep("python/c", "times", walls["score-python"] / walls["score-c"])
            keep("python-rows/c", "times", walls["score-python-rows"] / walls["score-c"])
            keep("score-speed-up", "times", walls["score-c-1"] / walls["score-c"])
            keep("images-speed-up", "times", walls["images-1"] / walls["images"])
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)

    for name, mega in (("10", 10), (str(largest), largest)):
        folder = sample(f"table-{mega}", mega * 1000000 // ROW, 0)
        command = pipeline + [configuration(f"memory-{name}", TABLE, CORES, folder)]
        for _ in range(5 if mega < 100 else 3):
            keep(f"memory-{name}", "MB", run(command)[2] / 1e6)
        if mega > max(megabytes, 200):
            shutil.rmtree(folder)
            shutil.rmtree(f"{HERE}/out-memory-{name}")

    with open("/proc/cpuinfo") as file:
        model = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), "?")
    gcc = subprocess.run(["gcc", "-dumpfullversion"], capture_output=True, text=True).stdout.strip()
    lines = [f"# machine: {model}; cores: {CORES}; kernel: {platform.release()}; compiler: gcc {gcc}; "
             f"python: {platform.python_version()}; {time.strftime('%Y-%m-%d')}",
             f"# rounds: {rounds}, shuffled; table: {size / 1e6:.0f} MB; {IMAGES} images {WIDTH} wide, {STEPS}; "
             f"load average before: {number(LOAD)}",
             "case\tunit\truns\tmin\tlower\tmedian\tupper\tmax"]
    for (case, unit), values in samples.items():
        lines.append("\t".join([case, unit, str(len(values)), *(f"{value:.4g}" for value in spread(values))]))
    with open(DATA + ".new", "w") as file:
        file.write("\n".join(lines) + "\n")
    os.replace(DATA + ".new", DATA)

    print("\n".join(lines[:2]), "\n\n| case | unit | median (quartiles) |\n|---|---|---|", sep="")
    for (case, unit), values in samples.items():
        _, low, middle, high, _ = map(number, spread(values))
        print(f"| {case} | {unit} | {middle} ({low}–{high}) |")
    median = {case: statistics.median(values) for (case, _), values in samples.items()}
    ratio = median[f"memory-{largest}"] / median["memory-10"]
    busy = median.get("images-busy-trace", median["images-busy"])
    print("\n| target | measured | |\n|---|---|---|")
    for text, value, met in (
            ("score: 5 × Python or more", median["python/c"], median["python/c"] >= 5),
            ("both cores busy during transforms: 0.9 or more", busy, busy >= 0.9),
            (f"memory, {largest} MB against 10 MB: within 10 %", ratio, abs(ratio - 1) <= 0.1)):
        print(f"| {text} | {value:.3g} | {'met' if met else 'missed'} |")
    print(f"\n{DATA} is written anew.")


LOAD = os.getloadavg()[0]

if __name__ == "__main__":
    main()
