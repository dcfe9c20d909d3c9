"""A million series: rate and memory of taking them in, replay after kill -9, and what queries cost. By hand:
BELFRY=build/release/belfry python3 tests/bench/million_series.py [--series 1000000] [--scrapes 6]"""
import argparse
import json
import os
import re
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from harness import Server, check

NAMES, BODY_LINES = 500, 20_000


def line(name, figure, unit, more=""):
    print(f"{name:<46} {figure:>12.1f} {unit:<12} {more}", flush=True)


def scrape(server, lines, time_ms, workers):
    """One sample of every series at `time_ms`; the seconds it took."""
    bodies = [lines[i:i + BODY_LINES] for i in range(0, len(lines), BODY_LINES)]
    value = time_ms // 1000 % 100_000
    texts = ["".join(f"{l} {value + i % 97} {time_ms}\n" for i, l in enumerate(part)).encode() for part in bodies]
    began, errors, places = time.monotonic(), [], iter(range(len(texts)))

    def send():
        connection = server.connection(120)
        for place in places:
            status, answer, _ = server.request("POST", "/api/v1/import/prometheus", texts[place], connection=connection)
            while status in (429, 503):
                time.sleep(0.2)
                status, answer, _ = server.request("POST", "/api/v1/import/prometheus", texts[place], connection=connection)
            if status // 100 != 2:
                errors.append((status, answer[:200]))
                return
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(workers)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    check(not errors, errors)
    return time.monotonic() - began


def timed(server, name, path, **params):
    best = None
    for _ in range(3):
        began = time.monotonic()
        answer = server.api(path, **params)
        best = min(best or 1e9, time.monotonic() - began)
    rows = answer["result"] if isinstance(answer, dict) else answer
    line(name, best * 1000, "ms", f"{len(rows)} rows" if len(rows) != 1 else str(rows)[:70])
    return rows


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--series", type=int, default=1_000_000)
    p.add_argument("--scrapes", type=int, default=6)
    p.add_argument("--workers", type=int, default=2)
    a = p.parse_args()
    lines = [f'm{i % NAMES}{{host="host-{i // NAMES}",region="r{i // NAMES % 8}",job="load",path="/api/v1/things/{i % 7}"}}'
             for i in range(a.series)]
    # nothing is sealed because of a pause, so that the replay is the worst one
    with Server("--set", f"metric.max_series={a.series * 2}", "--set", "metric.idle=1h", "--set", "host.enabled=false",
                "--set", "self.enabled=false") as s:
        start = int(time.time() * 1000) - a.scrapes * 15_000
        cpu = s.cpu_s()
        seconds = scrape(s, lines, start, a.workers)
        line("new series, text import", a.series / seconds, "series/s", f"{(s.cpu_s() - cpu) / a.series * 1e6:.2f} us of CPU a series")
        cpu, seconds = s.cpu_s(), 0.0
        for k in range(1, a.scrapes):
            seconds += scrape(s, lines, start + k * 15_000, a.workers)
        samples = a.series * (a.scrapes - 1)
        line("samples of known series, text import", samples / seconds, "samples/s", f"{(s.cpu_s() - cpu) / samples * 1e6:.3f} us of CPU a sample")
        line("memory at the end / at most", s.memory_mb(), "MB", f"{s.memory_mb('VmHWM'):.1f} MB")
        s.kill()
        log = sum(os.path.getsize(os.path.join(d, f)) for d, _, files in os.walk(s.data + "/log") for f in files)
        s.start(wait_s=180)
        ready = next(l for l in s.output if "msg=ready" in l)
        line("replay after kill -9, all in the log", float(re.search(r"replay_ms=(\d+)", ready)[1]) / 1000, "s",
             f"{log / 1e6:.0f} MB of log, ready after {s.ready_s:.1f} s, {s.cpu_s():.1f} s of CPU, memory {s.memory_mb():.0f} MB")
        at = (start + (a.scrapes - 1) * 15_000) / 1000
        where = "head"
        for where in ("head", "parts"):
            rows = timed(s, f"count of all, {where}", "query", query='count({job="load"})', time=at)
            check(float(rows[0]["value"][1]) == a.series, rows)
            timed(s, f"count by region, {where}", "query", query='count by (region) ({job="load"})', time=at)
            timed(s, f"topk(5, all), {where}", "query", query='topk(5, {job="load"})', time=at)
            timed(s, f"sum(rate) of one metric, {where}", "query", query="sum(rate(m7[1m]))", time=at)
            timed(s, f"one series, {where}", "query", query='m7{host="host-77"}', time=at)
            timed(s, f"one host, {where}", "query", query='{host="host-77"}', time=at)
            timed(s, f"label values of 2,000 hosts, {where}", "label/host/values")
            timed(s, f"label names, {where}", "labels")
            if where == "head":
                key = json.load(open(os.path.join(s.data, "server.json")))["key"]
                began = time.monotonic()
                status, answer, _ = s.request("POST", "/api/v1/admin/tsdb/compact", "", {"Authorization": "Bearer " + key}, s.connection(600))
                check(status == 200, answer)
                line("seal and fold", time.monotonic() - began, "s", f"memory {s.memory_mb():.0f} MB, at most {s.memory_mb('VmHWM'):.0f} MB")
                files = sum(os.path.getsize(os.path.join(d, f)) for d, _, fs in os.walk(s.data + "/metrics") for f in fs)
                line("files", files / 1e6, "MB", f"{files / a.series:.0f} B a series with {a.scrapes} samples")
        s.kill()
        s.start(wait_s=180)
        ready = next(l for l in s.output if "msg=ready" in l)
        line("start, all in files", s.ready_s, "s", re.search(r"replay_ms=\d+", ready)[0])


if __name__ == "__main__":
    main()
