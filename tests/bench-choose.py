#!/usr/bin/python3
"""The two workloads of chapter 12, sixteen tasks that wait and sixteen that
compute, in C and in Python, in turns, in one run. `make bench-choose` runs it
from the checkout's top and puts what it prints into figures/iocpu.tsv;
`tests/bench-choose.py --table figures/iocpu.tsv` prints the chapter's tables.

Times are in milliseconds, taken inside each program: from before the workers
are made to after the last of them has ended, after one run for warming up. Each
measurement is a process of its own. PYTHON names another interpreter.
"""
import argparse
import asyncio
import concurrent.futures
import multiprocessing
import os
import platform
import random
import statistics
import subprocess
import sys
import threading
import time

CHOOSE = "build/bin/12-io-or-cpu/choose"
PYTHON = os.environ.get("PYTHON", "/usr/bin/python3")
options = None


def read_options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=11)
    parser.add_argument("--tasks", type=int, default=16)
    parser.add_argument("--ms", type=int, default=20)
    parser.add_argument("--limit", type=int, default=300000)
    parser.add_argument("--once", nargs=2, metavar=("WORKLOAD", "WAY"))
    parser.add_argument("--table", metavar="FILE")
    return parser.parse_args()


# The workloads, as in choose.c.

def download(number):
    time.sleep(options.ms / 1000)
    return number + 1


def count_primes(begin, end):
    count = 0
    for n in range(begin, end):
        prime = n >= 2
        d = 2
        while prime and d * d <= n:
            prime = n % d != 0
            d += 1
        count += prime
    return count


def search(number):
    return count_primes(options.limit * number // options.tasks,
                        options.limit * (number + 1) // options.tasks)


WORKLOADS = {"waiting": download, "computing": search}


# The ways, as in choose.c: each makes what it needs, and ends it.

def cores():
    return len(os.sched_getaffinity(0))


def workers(run):
    return options.tasks if run is download else cores()


def py_loop(run):
    return [run(i) for i in range(options.tasks)]


def bare(kind, run, results):
    def work(i):
        results[i] = run(i)
    each = [kind(target=work, args=(i,)) for i in range(options.tasks)]
    for worker in each:
        worker.start()
    for worker in each:
        worker.join()
    return list(results)


def py_threads(run):
    return bare(threading.Thread, run, [None] * options.tasks)


def py_processes(run):
    context = multiprocessing.get_context("fork")
    return bare(context.Process, run, context.Array("l", options.tasks))


def py_thread_pool(run):
    with concurrent.futures.ThreadPoolExecutor(workers(run)) as pool:
        return list(pool.map(run, range(options.tasks)))


def py_process_pool(run):
    context = multiprocessing.get_context("fork")
    with concurrent.futures.ProcessPoolExecutor(workers(run), context) as pool:
        return list(pool.map(run, range(options.tasks)))


def py_mp_pool(run):
    context = multiprocessing.get_context("fork")
    with context.Pool(workers(run)) as pool:
        results = pool.map(run, range(options.tasks), chunksize=1)
        pool.close()
        pool.join()
        return results


def py_event_loop(run):
    async def one(number):
        await asyncio.sleep(options.ms / 1000)
        return number + 1

    async def all_of_them():
        return await asyncio.gather(*(one(i) for i in range(options.tasks)))

    return asyncio.run(all_of_them())


PYTHON_WAYS = {"loop": py_loop, "threads": py_threads, "processes": py_processes,
               "thread-pool": py_thread_pool, "process-pool": py_process_pool,
               "mp-pool": py_mp_pool, "event-loop": py_event_loop}
C_WAYS = ["loop", "threads", "processes", "thread-pool", "process-pool",
          "fast-pool", "event-loop"]


def once(workload, way):
    """In a process of its own: milliseconds and sum, on standard output."""
    run = WORKLOADS[workload]
    PYTHON_WAYS[way](run)  # for warming up
    began = time.perf_counter()
    results = PYTHON_WAYS[way](run)
    taken = time.perf_counter() - began
    print(f"{taken * 1000:.4f} {sum(results)}")


def measure(language, workload, way):
    sizes = ["--tasks", str(options.tasks), "--ms", str(options.ms),
             "--limit", str(options.limit)]
    command = [CHOOSE, *sizes, workload, way] if language == "C" else \
        [PYTHON, __file__, *sizes, "--once", workload, way]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    taken, total = result.stdout.split()
    return float(taken), int(total)


def version_of(*command):
    return subprocess.run(command, capture_output=True, text=True).stdout.strip()


def bench():
    cases = [(language, workload, way)
             for workload in WORKLOADS
             for language, ways in (("C", C_WAYS), ("Python", PYTHON_WAYS))
             for way in ways if way != "event-loop" or workload == "waiting"]
    samples, sums = {case: [] for case in cases}, {}
    for turn in range(options.runs + 1):  # the first warms up
        for case in random.sample(cases, len(cases)):
            taken, total = measure(*case)
            if sums.setdefault(case[1], total) != total:
                sys.exit(f"bench-choose: {case}: {total}, not {sums[case[1]]}")
            if turn:
                samples[case].append(taken)
    with open("/proc/cpuinfo") as file:
        model = next((l.split(":")[1].strip() for l in file if "model name" in l), "?")
    python = version_of(PYTHON, "-c", "import sys; print(sys.version.split()[0], "
                        "getattr(sys, '_is_gil_enabled', lambda: True)())")
    number, lock = python.split()
    print(f"# machine: {model}; cores: {cores()}; kernel: {platform.release()}; "
          f"compiler: gcc {version_of('gcc', '-dumpfullversion')}; python: {number}"
          f"{'' if lock == 'True' else ' without lock'}; {time.strftime('%Y-%m-%d')}")
    print(f"# runs: {options.runs}; milliseconds; {options.tasks} tasks of "
          f"{options.ms} ms, or primes below {options.limit}; sums "
          + ", ".join(f"{name} {total}" for name, total in sums.items()))
    print("language\tworkload\tway\tmin\tlower\tmedian\tupper\tmax")
    for case in cases:
        values = sorted(samples[case])
        low, mid, high = statistics.quantiles(values, n=4, method="inclusive") \
            if len(values) > 1 else values * 3
        print(*case, *(f"{v:.2f}" for v in (values[0], low, mid, high, values[-1])),
              sep="\t")


NAMES = {"loop": "a loop", "threads": "bare threads", "processes": "bare processes",
         "thread-pool": "pool of threads", "process-pool": "pool of processes",
         "fast-pool": "the fast pool", "mp-pool": "`multiprocessing.Pool`",
         "event-loop": "event loop"}


def table(name):
    cells = {}
    with open(name) as file:
        for line in file:
            if not line.startswith(("#", "language")):
                language, workload, way, _, low, mid, high, _ = line.split()
                text = [f"{float(v):,.{1 if float(mid) < 100 else 0}f}"
                        for v in (mid, low, high)]
                cells[language, workload, way] = f"{text[0]} ({text[1]}–{text[2]})"
    for workload in WORKLOADS:
        print(f"| {workload} | C | Python |\n|---|---:|---:|")
        for way, words in NAMES.items():
            if any((language, workload, way) in cells for language in ("C", "Python")):
                print("|", words, "|", " | ".join(
                    cells.get((language, workload, way), "")
                    for language in ("C", "Python")), "|")
        print(f"\n: Sixteen tasks, {workload}: milliseconds, with the making and the "
              "end of all workers.\n")


if __name__ == "__main__":
    options = read_options()
    if options.table:
        table(options.table)
    elif options.once:
        once(*options.once)
    else:
        bench()
