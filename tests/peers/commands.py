#!/usr/bin/env python3
"""Commands that are pools: commands.py xargs|parallel WORKLOAD prints a number.

A task is a command of its own, which a shell runs; a worker is a slot for it.
"""
import os
import signal
import subprocess
import sys
import tempfile
import time

KIND = sys.argv[1]
WORKERS = 2
POOL = {"xargs": ["xargs", "-P", str(WORKERS)],
        "parallel": ["parallel", "-j", str(WORKERS), "--will-cite"]}[KIND]
SQUARES = ["sh", "-c", "for i; do echo $((i * i)); done", "sh"]
COMMAND = {"xargs": SQUARES, "parallel": ["echo $(({} * {}))"]}[KIND]
# Half of the numbers for each worker; xargs alone would give all of them to one.
HALVES = {"xargs": (["-n", "5000"], SQUARES),
          "parallel": (["--pipe", "-N", "5000"], ["while read i; do echo $((i * i)); done"])}[KIND]
SINGLE = ["-n", "1"]


def run(options, command, items):
    return subprocess.run([*POOL, *options, *command], check=True, stdout=subprocess.PIPE,
                          input="".join(f"{i}\n" for i in items).encode()).stdout


def squares(many, options, command):
    start = time.perf_counter()
    output = run(options, command, range(many))
    used = time.perf_counter() - start
    assert sorted(map(int, output.split())) == [i * i for i in range(many)]
    return used * 1e6 / many


def large(many):
    start = time.perf_counter()
    output = run(SINGLE, ["head -c 1048576 /dev/zero; true"], range(many))
    used = time.perf_counter() - start
    assert len(output) == many * 2**20
    return used * 1e6 / many


TASK = """
if [ $1 = 0 ]; then echo $$ >victim.new; mv victim.new victim; exec sleep 3; fi
sleep 0.01; echo $1 >done.$1
"""


def kill():
    """Task 0 says who it is and waits to be killed; 20 others go on beside it. xargs tells
    by ending, parallel in its log; nobody waits for a killed command's number."""
    with tempfile.TemporaryDirectory() as directory:
        os.chdir(directory)
        with open("task", "w") as file:
            file.write(TASK)
        command = {"xargs": [*SINGLE, "sh", "task"], "parallel": ["--joblog", "log", "exec sh task"]}[KIND]
        with open("numbers", "w+") as numbers:
            numbers.write("".join(f"{i}\n" for i in range(21)))
            numbers.seek(0)
            pool = subprocess.Popen([*POOL, *command], stdin=numbers, stdout=subprocess.DEVNULL,
                                    stderr=subprocess.DEVNULL)
        while not os.path.exists("victim"):
            time.sleep(0.001)
        with open("victim") as file:
            victim = int(file.read())
        start = time.perf_counter()
        os.kill(victim, signal.SIGKILL)

        def said():
            if KIND == "xargs":
                return pool.poll() is not None
            with open("log") as file:
                return any(line.split("\t")[7] == "9" for line in file.readlines()[1:])
        while not said() and time.perf_counter() < start + 2:
            time.sleep(0.0001)
        told = (time.perf_counter() - start) * 1e3 if said() else "never"
        pool.wait()
        lost = 20 - sum(name.startswith("done.") for name in os.listdir())
        os.chdir("/")
        return told, lost


WORKLOADS = {
    "map_processes": lambda: squares(10000, *HALVES),
    "message": lambda: squares({"xargs": 400, "parallel": 80}[KIND], SINGLE, COMMAND),
    "create_processes": lambda: squares(1, SINGLE, COMMAND),
    "kill": lambda: kill()[0],
    "kill_lost": lambda: kill()[1],
    # A worker is a slot: xargs closes all of them, parallel none.
    "kill_replaced": lambda: int(kill()[1] == 0),
}
if KIND == "parallel":  # xargs mixes the output of its commands
    WORKLOADS["large"] = lambda: large(20)

if __name__ == "__main__":
    workload = WORKLOADS.get(sys.argv[2])
    print(workload() if workload else "-")
