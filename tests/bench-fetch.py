#!/usr/bin/python3
"""Fetching 200 pages of 20 kB from nginx on loopback, 16 connections, without
and with 20 ms of delay at the server: the designs of chapter 14 beside their
peers, in turns, in one run. `make bench-fetch` runs it from the checkout's top
and puts what it prints into figures/fetchrate.tsv.

Rates are measured inside each program, from before the first connection to
after the last byte; nobody looks at the bytes, but for the row "pool-text", which
counts characters. The rows "command" are whole commands, in milliseconds.
"""
import asyncio
import concurrent.futures
import os
import platform
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

PAGES, SIZE, WORKERS = 200, 20000, 16
BIN = "build/bin/14-fetching-pages/"


def peer_aiohttp(urls):
    import aiohttp

    async def fetch(session, url):
        async with session.get(url) as answer:
            return await answer.read()

    async def fetch_all():
        connector = aiohttp.TCPConnector(limit=WORKERS)
        async with aiohttp.ClientSession(connector=connector) as session:
            return await asyncio.gather(*(fetch(session, u) for u in urls))

    return asyncio.run(fetch_all())


def in_threads(fetch, urls):
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(fetch, urls))


def peer_urllib(urls):
    return in_threads(lambda url: urllib.request.urlopen(url).read(), urls)


def peer_requests(urls):
    import requests
    return in_threads(lambda url: requests.get(url).content, urls)


def peer_sessions(urls):
    import requests
    own = threading.local()

    def fetch(url):
        if not hasattr(own, "session"):
            own.session = requests.Session()
        return own.session.get(url).content

    return in_threads(fetch, urls)


def peer(name):
    """Run in a process of its own: the rate, on standard output."""
    urls = sys.stdin.read().split()
    run = globals()["peer_" + name]
    try:
        __import__({"sessions": "requests", "urllib": "os"}.get(name, name))
    except ImportError:
        sys.exit(3)
    began = time.perf_counter()
    bodies = run(urls)
    taken = time.perf_counter() - began
    assert all(len(body) == SIZE for body in bodies)
    print(f"{len(urls) / taken:.1f}")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


CONF = """daemon off; master_process off; {load}
pid {dir}/pid; error_log {dir}/error.log;
events {{ worker_connections 4096; }}
http {{ access_log off; sendfile on; tcp_nodelay on;
  client_body_temp_path {dir}/t; proxy_temp_path {dir}/t; fastcgi_temp_path {dir}/t;
  uwsgi_temp_path {dir}/t; scgi_temp_path {dir}/t;
  default_type text/html; keepalive_requests 1000000; root {dir}/www;
  server {{ listen 127.0.0.1:{port} backlog=4096; open_file_cache max=1000;
    location / {{ }}
    {slow}
  }} }}"""
SLOW = "location ~ ^/slow/(.*)$ { echo_sleep 0.02; echo_exec /$1; }"
MODULE = "/usr/lib/nginx/modules/ngx_http_echo_module.so"


def start_nginx(folder):
    os.makedirs(folder + "/www")
    rng = random.Random(14)
    for i in range(PAGES):
        text = f"<!DOCTYPE html><html><head><title>{i}</title></head><body>\n"
        while len(text) < SIZE - 400:
            words = " ".join("".join(rng.choices("abcdefghij", k=rng.randint(2, 9)))
                             for _ in range(40))
            text += f'<p class="text">{words} <a href="{i}.html">more</a></p>\n'
        text += "<!--" + "-" * (SIZE - len(text) - 21) + "--></body></html>"
        with open(f"{folder}/www/{i}.html", "w") as file:
            file.write(text[:SIZE].ljust(SIZE))
    port, echo = free_port(), os.path.exists(MODULE)
    with open(folder + "/conf", "w") as file:
        file.write(CONF.format(dir=folder, port=port, slow=SLOW if echo else "",
                               load=f"load_module {MODULE};" if echo else ""))
    nginx = subprocess.Popen(["nginx", "-p", folder, "-e", folder + "/error.log",
                              "-c", folder + "/conf"],
                             env={"PATH": "/usr/sbin:/usr/bin"})
    while socket.socket().connect_ex(("127.0.0.1", port)):
        time.sleep(0.01)
    return nginx, f"http://127.0.0.1:{port}/", echo


def rate_of_design(name, what="bytes"):
    def run(urls):
        result = subprocess.run([BIN + name] + urls, capture_output=True, text=True,
                                env=dict(os.environ, FETCH_RATE=what), check=True)
        return float(result.stderr.split()[0])
    return run


def rate_of_peer(name):
    def run(urls):
        result = subprocess.run([sys.executable, __file__, "--peer", name],
                                input="\n".join(urls), capture_output=True, text=True)
        return float(result.stdout) if result.returncode == 0 else None
    return run


def time_of(command, *options):
    def run(urls):
        if not shutil.which(command):
            return None
        with tempfile.TemporaryDirectory() as folder:
            files = sum((["-o", "/dev/null"] for _ in urls), []) \
                if command == "curl" else []
            began = time.perf_counter()
            subprocess.run([os.path.abspath(command) if "/" in command else command,
                            *options, *files, *urls], cwd=folder, check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            return (time.perf_counter() - began) * 1000
    return run


CASES = [
    ("threads", rate_of_design("fetch_threads")),
    ("pool", rate_of_design("fetch_pool")),
    ("multi", rate_of_design("fetch_multi")),
    ("pool-text", rate_of_design("fetch_pool", "text")),
    ("aiohttp", rate_of_peer("aiohttp")),
    ("urllib", rate_of_peer("urllib")),
    ("requests", rate_of_peer("requests")),
    ("sessions", rate_of_peer("sessions")),
    ("command-fetch", time_of(BIN + "fetch", "--bytes", "--per-host", "16")),
    ("command-curl", time_of("curl", "-sZ", "--parallel-max", "16")),
    ("command-wget2", time_of("wget2", "-q", "--max-threads=16", "-O", "/dev/null")),
]


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 11
    folder = tempfile.mkdtemp(prefix="bench-fetch-")
    nginx, base, echo = start_nginx(folder)
    samples = {}
    try:
        delays = [("0", base)] + ([("20", base + "slow/")] if echo else [])
        for turn in range(runs + 1):  # the first warms up
            order = [(d, c) for d in delays for c in CASES]
            random.shuffle(order)
            for (delay, prefix), (name, run) in order:
                value = run([f"{prefix}{i}.html" for i in range(PAGES)])
                if turn and value is not None:
                    samples.setdefault((name, delay), []).append(value)
    finally:
        nginx.terminate()
        nginx.wait()
        shutil.rmtree(folder)
    with open("/proc/cpuinfo") as file:
        model = next((l.split(":")[1].strip() for l in file if "model name" in l), "?")
    nginx_version = subprocess.run(["/usr/sbin/nginx", "-v"], capture_output=True,
                                   text=True).stderr.strip().split("/")[-1]
    print(f"# machine: {model}; cores: {os.cpu_count()}; kernel: "
          f"{platform.release()}; python: {platform.python_version()}; "
          f"nginx: {nginx_version}; {time.strftime('%Y-%m-%d')}")
    print(f"# runs: {runs}; pages a second, or ms for a command; {PAGES} pages of "
          f"{SIZE} bytes, {WORKERS} connections")
    print("case\tdelay\tmin\tlower\tmedian\tupper\tmax")
    for name, _ in CASES:
        for delay, _ in delays:
            values = sorted(samples.get((name, delay), []))
            if len(values) > 1:
                low, mid, high = statistics.quantiles(values, n=4, method="inclusive")
                print(name, delay, *(f"{v:.1f}" for v in
                                     (values[0], low, mid, high, values[-1])), sep="\t")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peer"]:
        peer(sys.argv[2])
    else:
        main()
