#!/usr/bin/env python3
"""Python's pools: python.py threads|processes|pool|mpi WORKLOAD prints a number.

threads and processes are those of concurrent.futures, pool is that of
multiprocessing, mpi is mpi4py's MPIPoolExecutor. The work is that of
workloads.h, with fewer tasks. What is not here, Python does not have: fork-join
(a task that waits for another keeps a worker), a caller that runs the task.
"""
import concurrent.futures
import multiprocessing
import os
import resource
import signal
import statistics
import sys
import tempfile
import threading
import time

WORKERS = 2
ROWS = 400
KIND = sys.argv[1]


class Pool:
    """multiprocessing.Pool with the methods of an executor."""

    def __init__(self, workers):
        self.pool = multiprocessing.Pool(workers)

    def submit(self, run, *arguments):
        result = self.pool.apply_async(run, arguments)
        result.result = result.get
        return result

    def map(self, run, items, chunksize=None):
        return self.pool.map(run, items, chunksize)

    def shutdown(self):
        self.pool.close()
        self.pool.join()


def make(workers=WORKERS):
    if KIND == "threads":
        return concurrent.futures.ThreadPoolExecutor(workers)
    if KIND == "processes":
        return concurrent.futures.ProcessPoolExecutor(workers)
    if KIND == "mpi":
        from mpi4py.futures import MPIPoolExecutor
        return MPIPoolExecutor(workers)
    return Pool(workers)


def nothing():
    pass


def square(number):
    return number * number


def fill(number):
    return bytes([number]) * 2**20


def row(number):
    inside = 0
    y = number * 2.4 / ROWS - 1.2
    for column in range(60):
        x = column * 3.0 / 60 - 2.1
        a = b = 0.0
        i = 0
        while i < 100 and a * a + b * b <= 4:
            a, b = a * a - b * b + x, 2 * a * b + y
            i += 1
        inside += i == 100
    return inside


def open_pool():
    pool = make()
    pool.submit(nothing).result()
    return pool


def post(many):
    pool = open_pool()
    start = time.perf_counter()
    for _ in range(many):
        pool.submit(nothing)
    pool.shutdown()
    return (time.perf_counter() - start) * 1e9 / many


def post2(many):
    pool = open_pool()

    def half():
        for _ in range(many // 2):
            pool.submit(nothing)
    producers = [threading.Thread(target=half) for _ in range(2)]
    start = time.perf_counter()
    for producer in producers:
        producer.start()
    for producer in producers:
        producer.join()
    pool.shutdown()
    return (time.perf_counter() - start) * 1e9 / many


def futures(many):
    pool = open_pool()
    start = time.perf_counter()
    results = [future.result() for future in [pool.submit(square, i) for i in range(many)]]
    used = time.perf_counter() - start
    assert results == [i * i for i in range(many)]
    return used * 1e9 / many


def pings(many, idle):
    pool = open_pool()
    samples = []
    for _ in range(many):
        if idle:
            time.sleep(idle)
        start = time.perf_counter()
        pool.submit(nothing).result()
        samples.append(time.perf_counter() - start)
    return statistics.median(samples)


def idle_cpu():
    pool = open_pool()
    for _ in range(100):
        pool.submit(nothing).result()
    time.sleep(0.01)
    used, start = time.process_time(), time.perf_counter()
    time.sleep(0.3)
    return (time.process_time() - used) * 1e3 / (time.perf_counter() - start)


def maps(many, chunk, times):
    """Seconds to square `many` numbers, the median of some maps."""
    pool = open_pool()
    expected = [i * i for i in range(many)]
    samples = []
    for _ in range(times):
        start = time.perf_counter()
        # An executor has no chunk size of its own choice; 100 serves it well.
        options = {"chunksize": chunk} if chunk else {} if KIND == "pool" else {"chunksize": 100}
        squares = list(pool.map(square, range(many), **options))
        samples.append(time.perf_counter() - start)
        assert squares == expected
    return statistics.median(samples)


def mandelbrot():
    pool = open_pool()
    samples = []
    for _ in range(3):
        start = time.perf_counter()
        alone = [row(i) for i in range(ROWS)]
        middle = time.perf_counter()
        together = list(pool.map(row, range(ROWS), chunksize=4))
        samples.append((middle - start) / (time.perf_counter() - middle))
        assert alone == together
    return statistics.median(samples)


def create(times, with_task):
    start = time.perf_counter()
    for _ in range(times):
        pool = make()
        if with_task:
            pool.submit(nothing).result()
        pool.shutdown()
    return (time.perf_counter() - start) * 1e6 / times


def sleeps():
    start = time.perf_counter()
    pool = make(100)
    for _ in range(1000):
        pool.submit(time.sleep, 0.01)
    pool.shutdown()
    return (time.perf_counter() - start) * 1e3


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def memory(workers, tasks):
    arrived, leave = threading.Barrier(workers + 1), threading.Barrier(workers + 1)

    def wait():
        arrived.wait()
        leave.wait()
    before = resident()
    pool = make(workers)
    for _ in range(workers):
        pool.submit(wait)
    arrived.wait()
    if tasks:
        before = resident()
    for _ in range(tasks):
        pool.submit(nothing)
    grown = resident() - before
    leave.wait()
    pool.shutdown()
    return grown


def large():
    pool = open_pool()
    for _ in range(2):
        start = time.perf_counter()
        for i, future in enumerate([pool.submit(fill, i) for i in range(100)]):
            result = future.result()
            assert len(result) == 2**20 and set(result[::4096]) == {i}
            del result
        used = time.perf_counter() - start
    return used * 1e6 / 100


def victim(path):
    with open(path + ".new", "w") as file:
        file.write(str(os.getpid()))
    os.rename(path + ".new", path)
    time.sleep(1000)


def little():
    time.sleep(0.002)


def meet(directory):
    with open(f"{directory}/{os.getpid()}", "w"):
        pass
    for _ in range(1000):
        if len(os.listdir(directory)) == WORKERS:
            return
        time.sleep(0.001)
    raise TimeoutError


def failed(future):
    try:
        future.result(timeout=1)
        return False
    except (Exception, concurrent.futures.CancelledError):
        return True


def kill():
    """What happens when a worker is killed: (ms or "never", futures lost, replaced)."""
    with tempfile.TemporaryDirectory() as directory:
        path = f"{directory}/victim"
        os.mkdir(f"{directory}/meeting")
        pool = make()
        future = pool.submit(victim, path)
        while not os.path.exists(path):
            time.sleep(0.001)
        others = [pool.submit(little) for _ in range(20)]
        with open(path) as file:
            process = int(file.read())
        start = time.perf_counter()
        os.kill(process, signal.SIGKILL)
        told = "never"
        try:
            future.result(timeout=1)
        except (TimeoutError, multiprocessing.TimeoutError, concurrent.futures.TimeoutError):
            pass
        except Exception:
            told = (time.perf_counter() - start) * 1e3
        lost = sum(failed(other) for other in others)
        try:
            guests = [pool.submit(meet, f"{directory}/meeting") for _ in range(WORKERS)]
            replaced = 0 if any([failed(guest) for guest in guests]) else 1
        except Exception:
            replaced = 0
    return told, lost, replaced


THREADS = {
    "post": lambda: post(30000),
    "post2": lambda: post2(30000),
    "futures": lambda: futures(20000),
    "idle_ping": lambda: pings(300, 0.0003) * 1e6,
    "idle_cpu": idle_cpu,
    "map": lambda: maps(10000, None, 1) * 1e6 * 100,  # of 1e6, from a hundredth of it
    "create": lambda: create(1000, False),
    "create_task": lambda: create(200, True),
    "sleeps": sleeps,
    "memory_task": lambda: memory(WORKERS, 30000) / 30000,
    "memory_worker": lambda: memory(64, 0) / 64 / 1024,
}
PROCESSES = {
    "map_processes": lambda: maps(10000, None, 5) * 1e6 / 10000,
    "message": lambda: maps(2000, 1, 1) * 1e6 / 2000,
    "large": large,
    "create_processes": lambda: create(1 if KIND == "mpi" else 10, True),
    "kill": lambda: kill()[0],
    "kill_lost": lambda: kill()[1],
    "kill_replaced": lambda: kill()[2],
}
BOTH = {
    "ping": lambda: pings(2000, 0) * 1e9,
    "mandelbrot": mandelbrot,
}

if __name__ == "__main__":
    offered = {**BOTH, **(THREADS if KIND == "threads" else PROCESSES)}
    workload = offered.get(sys.argv[2])
    print(workload() if workload else "-", flush=True)
    if sys.argv[2].startswith("kill"):
        os._exit(0)  # a broken pool may never end
