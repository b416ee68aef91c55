#!/usr/bin/env python3
"""The book's executors against the pools of Debian: make bench-pools.

Every pair of a workload and a contestant is a program's run that prints one
number. All pairs are run RUNS times (default 11), shuffled anew each time, so
that a bad second of the machine meets all alike. Prints a table of medians and
quartiles with targets and verdicts, and writes figures/data/pools.tsv, unless
WORKLOADS="post map" selects some of the workloads.
"""
import datetime
import glob
import os
import random
import shlex
import shutil
import signal
import statistics
import subprocess
import sys

RUNS = int(os.environ.get("RUNS", 11))
TIMEOUT = 20  # seconds for one measurement
DATA = "figures/data/pools.tsv"
PEERS = "build/peers"
PYTHON = "/usr/bin/python3"
MPI = f"mpiexec --oversubscribe -n 3 {PYTHON} -m mpi4py.futures tests/peers/python.py mpi"
os.environ.update(OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1", LC_ALL="C.UTF-8")

# Contestants: what runs them. OURS is the one that the targets are for.
POOLBENCH = next(iter(sorted(glob.glob("build/bin/*/poolbench"))), "build/bin/poolbench")
THREADS = {
    "fast": f"{POOLBENCH} fast",
    "threads": f"{POOLBENCH} threads",
    "GLib": f"{PEERS}/glib",
    "libuv": f"{PEERS}/uv",
    "oneTBB": f"{PEERS}/tbb",
    "libgomp": f"{PEERS}/gomp",
    "libomp": f"{PEERS}/omp",
    "Boost.Asio": f"{PEERS}/asio",
    "Python": f"{PYTHON} tests/peers/python.py threads",
}
PROCESSES = {
    "processes": f"{POOLBENCH} processes",
    "ProcessPoolExecutor": f"{PYTHON} tests/peers/python.py processes",
    "multiprocessing.Pool": f"{PYTHON} tests/peers/python.py pool",
    "mpi4py": MPI,
    "GNU parallel": f"{PYTHON} tests/peers/commands.py parallel",
    "xargs": f"{PYTHON} tests/peers/commands.py xargs",
}
COMPILED = {  # program: compiler, source, libraries
    "glib": "gcc glib.c $(pkg-config --cflags --libs glib-2.0) -lpthread",
    "uv": "gcc uv.c $(pkg-config --cflags --libs libuv) -lpthread",
    "tbb": "g++ tbb.cpp -ltbb",
    "gomp": "gcc -fopenmp openmp.c",
    "omp": "clang -fopenmp openmp.c",
    "asio": "g++ asio.cpp -lpthread",
}

# Workloads: name, what it is, unit, target ("<=" or ">=" a number).
# In post, the poster of OpenMP is itself a member of the team that runs the
# tasks: nobody submits from outside, so that row's ratio leaves OpenMP out.
THREAD_WORKLOADS = [
    ("post", "submit from outside, 1e6 empty tasks", "ns a task", "<=", 45),
    ("post2", "two producers", "ns a task", "<=", 40),
    ("futures", "submit + future + result in order", "ns a task", "<=", 100),
    ("ping_in_get", "round trip, the caller may run it", "ns", "<=", 60),
    ("ping", "round trip across threads, p50", "ns", "<=", 600),
    ("idle_ping", "round trip after 300 µs idle, p50", "µs", "<=", 8),
    ("idle_cpu", "processor used when idle", "ms a second", "<=", 1),
    ("map", "map of 1e6 squarings", "µs", "<=", 400),
    ("fib", "fork–join fib(32), no cutoff", "ms", "<=", 20),
    ("mandelbrot", "400 uneven mandelbrot rows", "× one thread", ">=", 1.95),
    ("create", "create + destroy", "µs", "<=", 0.5),
    ("create_task", "create + one task + destroy", "µs", "<=", 100),
    ("sleeps", "1,000 × 10 ms sleeps, 100 workers", "ms", "<=", 103),
    ("memory_task", "memory a queued task", "bytes", "<=", 33),
    ("memory_worker", "memory a worker", "KiB", "<=", 9),
]
PROCESS_WORKLOADS = [
    ("map_processes", "map of 10,000 tiny tasks, chunks by the pool", "µs a task", "<=", 0.02),
    ("message", "the same, one task a message", "µs a task", "<=", 1),
    ("large", "100 results of 1 MiB", "µs a MiB", "<=", 220),
    ("create_processes", "create + one task + destroy", "µs", "<=", 500),
    ("kill", "kill -9 of a worker: told after", "ms", "<=", 2),
    ("kill_lost", "other futures lost, of 20", "futures", "<=", 0),
    ("kill_replaced", "the worker is replaced", "1: yes", ">=", 1),
    ("ping", "round trip, p50", "ns", None, None),
    ("mandelbrot", "400 uneven mandelbrot rows", "× one process", None, None),
]
TABLES = [(THREADS, THREAD_WORKLOADS), (PROCESSES, PROCESS_WORKLOADS)]
FROM_OUTSIDE = [name for name in THREADS if name not in ("fast", "threads", "libgomp", "libomp")]


def note(text):
    print(f"bench-pools: {text}", file=sys.stderr)


def output_of(command):
    return subprocess.run(command, shell=True, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout.strip()


def build():
    """Compile the peers that are older than their sources; what fails is missing."""
    os.makedirs(PEERS, exist_ok=True)
    for name, recipe in COMPILED.items():
        compiler, *rest = recipe.split(" ", 1)
        program = f"{PEERS}/{name}"
        newest = max(map(os.path.getmtime, glob.glob("tests/peers/*.[ch]*") + [__file__]))
        if os.path.exists(program) and os.path.getmtime(program) > newest:
            continue
        done = subprocess.run(f"cd tests/peers && {compiler} -O2 -o ../../{program} {rest[0]}", shell=True,
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            errors = [line for line in done.stdout.splitlines() if "rror" in line] or ["no message"]
            note(f"{name} cannot be built: {errors[0]}")
            if os.path.exists(program):
                os.remove(program)


def measure(command, workload):
    """What the program prints: a number, a word, "-" if it has no such workload; or an OSError."""
    process = subprocess.Popen([*shlex.split(command), workload], text=True, start_new_session=True,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        output, errors = process.communicate(timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise OSError(f"took more than {TIMEOUT} s") from None
    output = output.strip()
    if process.returncode != 0 or not output:
        if workload.startswith("kill"):
            return "dies"
        raise OSError(f"exit status {process.returncode}: {(errors.strip().splitlines() or [''])[-1]}")
    try:
        return float(output)
    except ValueError:
        return output


def run_all(pairs):
    """All pairs, shuffled, RUNS times. Returns their values; of failing pairs, none."""
    values = {pair: [] for pair in pairs}
    left = dict(pairs)
    for run in range(RUNS):
        order = list(left)
        random.shuffle(order)
        for i, (contestant, workload) in enumerate(order):
            if sys.stderr.isatty():
                print(f"\r\033[Krun {run + 1} of {RUNS}, {i + 1} of {len(order)}: {contestant}, {workload}",
                      end="", file=sys.stderr, flush=True)
            pair = contestant, workload
            try:
                value = measure(left[pair], workload)
            except OSError as error:
                if sys.stderr.isatty():
                    print("\r\033[K", end="", file=sys.stderr)
                note(f"{contestant}, {workload}: failed in run {run + 1}, left out: {error}")
                value, values[pair] = "-", []
            if value == "-":
                del left[pair]
            else:
                values[pair].append(value)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    return values


def summary(values):
    """(lower, median, upper) of numbers, the commonest if there are words, or None."""
    if not values:
        return None
    if any(isinstance(value, str) for value in values):
        word = statistics.mode(map(str, values))
        return word, word, word
    if len(values) == 1:
        return values * 3
    return statistics.quantiles(values, n=4, method="inclusive")


def number(value):
    """Three digits, and commas in large numbers."""
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def cell(spread):
    if spread is None:
        return "–"
    lower, median, upper = map(number, spread)
    return median if lower == upper else f"{median} ({lower}–{upper})"


def verdict(workload, contestants, sign, target, medians):
    ours = medians.get(next(iter(contestants)))
    if target is None:
        return ""
    if not isinstance(ours, float):
        return "not measured"
    met = ours <= target if sign == "<=" else ours >= target
    if met:
        text = "met"
    elif target and ours < 2 * target:
        text = f"missed by {abs(ours / target - 1):.0%}"
    else:
        text = f"missed, {number(ours)} for {target:g}"
    others = {name: value for name, value in medians.items()
              if isinstance(value, float) and name != next(iter(contestants))}
    if workload == "post":
        others = {name: value for name, value in others.items() if name in FROM_OUTSIDE}
    if workload in ("post", "map") and others:
        best = min(others, key=others.get)
        ratio = others[best] / ours
        enough = ratio >= (3 if workload == "post" else 1 / 1.1)
        wanted = "3 × faster than each from outside" if workload == "post" else "within 10 % of the best"
        text += f"; {wanted}: {'met' if enough else 'missed'}, {best} takes {ratio:.2f} × as long"
    return text


def machine():
    with open("/proc/cpuinfo") as file:
        names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    return (f"machine: {names[0] if names else 'unknown'}; cores: {len(os.sched_getaffinity(0))}; "
            f"kernel: {os.uname().release}; compiler: gcc {output_of('gcc -dumpfullversion')}")


def versions():
    with open("packages") as file:
        packages = [line.split()[1] for line in file if line.startswith("bench ")]
    text = output_of("dpkg-query -W -f '${Package} ${Version}, ' " + " ".join(packages))
    return "peers: " + text.rstrip(", ")


def main():
    wanted = os.environ.get("WORKLOADS", "").split()
    known = {row[0] for _, workloads in TABLES for row in workloads}
    for name in wanted:
        if name not in known:
            sys.exit(f"bench-pools: no workload {name}; there are: {' '.join(sorted(known))}")
    build()
    tables = [(contestants, [row for row in workloads if not wanted or row[0] in wanted])
              for contestants, workloads in TABLES]
    pairs = {}
    for contestants, workloads in tables:
        for name, command in contestants.items():
            program = command.split()[0]
            if not shutil.which(program):
                note(f"{name} is missing: there is no {program}")
                continue
            pairs.update({(name, row[0]): command for row in workloads})
    head = [machine(), versions(), f"date: {datetime.date.today()}; runs: {RUNS}, shuffled; "
            "load average before: " + number(os.getloadavg()[0])]
    values = run_all(pairs)
    lines = [f"# {line}\n" for line in head] + ["workload\tcontestant\tunit\truns\tlower\tmedian\tupper\n"]
    for line in head:
        print(line)
    for contestants, workloads in tables:
        if not workloads:
            continue
        print("\nMedians (and quartiles).\n\n| workload | unit |", " | ".join(contestants), "| target | verdict |")
        print("|---" * (len(contestants) + 4) + "|")
        for name, meaning, unit, sign, target in workloads:
            spreads = {who: summary(values.get((who, name))) for who in contestants}
            medians = {who: spread[1] for who, spread in spreads.items() if spread}
            print(f"| {meaning} (`{name}`) | {unit} |", " | ".join(cell(spreads[who]) for who in contestants), "|",
                  f"{'≤' if sign == '<=' else '≥'} {target:g}" if sign else "",
                  f"| {verdict(name, contestants, sign, target, medians)} |")
            for who, spread in spreads.items():
                fields = [f"{value:.6g}" if isinstance(value, float) else value for value in spread or "---"]
                lines.append("\t".join([name, who, unit, str(len(values.get((who, name), []))), *fields]) + "\n")
    if not wanted:
        with open(DATA + ".new", "w") as file:
            file.writelines(lines)
        os.replace(DATA + ".new", DATA)
        print(f"\n{DATA} is written anew.")


if __name__ == "__main__":
    main()
