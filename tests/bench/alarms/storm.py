"""Alarms as a whole, from the wire to a webhook: a storm of 100,000 alarms that ring in one second, the same storm with a
kill -9 in the middle, and the time from one sample to its webhook. `make bench-alarms ARGS="--alarms 100000 --rounds 3"`"""
import argparse
import http.client
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "e2e"))
from harness import WRITE_HEADERS, Server, check, write_request
from ports import free_port

BODY_LINES = 20_000


def line(name, figure, unit, more=""):
    print(f"{name:<58} {figure:>12.3f} {unit:<10} {more}", flush=True)


class Sink:
    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def stats(self):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        c.request("GET", "/stats")
        out = json.loads(c.getresponse().read())
        c.close()
        return out

    def stop(self):
        self.process.stdin.close()
        self.process.wait(10)


def change(server, method, path, body):
    status, answer, _ = server.request(method, "/api/v1/belfry/" + path, json.dumps(body), {"Content-Type": "application/json"})
    check(status // 100 == 2, f"{method} {path}: HTTP {status} {answer[:300]!r}")
    return json.loads(answer)


def import_text(server, text):
    status, answer, _ = server.request("POST", "/api/v1/import/prometheus", text)
    while status in (429, 503):
        time.sleep(0.2)
        status, answer, _ = server.request("POST", "/api/v1/import/prometheus", text)
    check(status // 100 == 2, f"HTTP {status} {answer[:300]!r}")


def send(server, count, value):
    """One sample a series; the seconds until all were acknowledged."""
    texts = ["".join(f'storm_value{{host="h{i}"}} {value}\n' for i in range(at, min(count, at + BODY_LINES))).encode()
             for at in range(0, count, BODY_LINES)]
    began = time.monotonic()
    for text in texts:
        import_text(server, text)
    return time.monotonic() - began


def counts(server, definition):
    status, answer, _ = server.request("GET", f"/api/v1/belfry/alarms?definition_id={definition}&limit=1")
    check(status == 200, f"HTTP {status} {answer[:200]!r}")
    return json.loads(answer)["counts"]


def wait_for_port(port, limit_s):
    began = time.monotonic()
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            check(time.monotonic() - began < limit_s, f"nobody listens on {port}")
            time.sleep(0.05)


def wait(what, done, limit_s=300):
    began = time.monotonic()
    while not done():
        check(time.monotonic() - began < limit_s, f"waited {limit_s} s for {what}")
        time.sleep(0.05)
    return time.monotonic() - began


def method_and_definition(server, address, name, expression):
    method = change(server, "POST", "notification-methods", {"name": name, "type": "WEBHOOK", "address": address})
    made = change(server, "POST", "alarm-definitions", {"name": name, "language": "monasca", "expression": expression,
                                                        "match_by": ["host"], "alarm_actions": [method["id"]]})
    return made["id"]


def storm(args, kill):
    sink = Sink(args.sink)
    flags = ["--set", "auth.mode=off", "--set", "host.enabled=false"]
    with Server(*flags) as server:
        definition = method_and_definition(server, f"http://127.0.0.1:{sink.port}/", "storm", "last(storm_value) > 10")
        send(server, args.alarms, 1)
        took = wait("all alarms to be OK", lambda: counts(server, definition).get("OK", 0) == args.alarms)
        if not kill:
            line("alarms made", args.alarms / max(took, 1e-3), "alarms/s", f"{server.memory_mb():.0f} MB with {args.alarms} alarms")
        cpu, began, wall = server.cpu_s(), time.monotonic(), time.time()
        acked = send(server, args.alarms, 20)
        if kill:
            time.sleep(random.random() * args.kill_within)
            server.kill()
            server.start(wait_s=60)
        wait("all alarms to ring", lambda: counts(server, definition).get("ALARM", 0) == args.alarms)
        readable = time.monotonic() - began
        wait("all webhooks", lambda: sink.stats()["distinct"] >= args.alarms)
        stats = sink.stats()
        time.sleep(1)  # what comes twice would come now
        stats = sink.stats()
        check(stats["distinct"] == args.alarms and stats["without_key"] == 0, stats)
        if kill:
            line("storm with kill -9: webhooks beyond one each", stats["posts"] - args.alarms, "repeats", "each with the key of the first")
        else:
            check(stats["posts"] == args.alarms, f"a webhook came twice: {stats}")
            line("storm: samples acknowledged after", acked, "s")
            line("storm: all transitions stored and readable after", readable, "s")
            line("storm: all webhooks received after", stats["last_new_s"] - wall, "s", f"{args.alarms} once each")
            line("storm: CPU of the server", server.cpu_s() - cpu, "s", f"{server.memory_mb('VmHWM'):.0f} MB at the most")
    sink.stop()


class Receiver:
    """Notes when the webhook of each host came; knows Monasca's payload and Alertmanager's."""

    def __init__(self):
        self.arrived, self.changed = {}, threading.Condition()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            threading.Thread(target=self.serve, args=(self.listener.accept()[0],), daemon=True).start()

    def serve(self, peer):
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        held = b""
        while got := peer.recv(65536):
            at = time.monotonic()
            held += got
            while b"\r\n\r\n" in held:
                head, rest = held.split(b"\r\n\r\n", 1)
                size = int(next(l.split(b":")[1] for l in head.lower().split(b"\r\n") if l.startswith(b"content-length")))
                if len(rest) < size:
                    break
                body, held = json.loads(rest[:size]), rest[size:]
                with self.changed:
                    for dimensions in [m["dimensions"] for m in body.get("metrics", [])] + [a["labels"] for a in body.get("alerts", [])]:
                        self.arrived.setdefault(dimensions["host"], at)
                    self.changed.notify_all()
                peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    def wait(self, host, limit_s):
        with self.changed:
            check(self.changed.wait_for(lambda: host in self.arrived, limit_s), f"no webhook for {host}")
            return self.arrived[host]


def report(name, times, more):
    times.sort()
    line(f"{name}: sample -> webhook, p50", times[len(times) // 2], "ms")
    line(f"{name}: sample -> webhook, p99", times[int(len(times) * 0.99)], "ms", more)


def latency(args):
    """From before a sample is sent to when its webhook is read."""
    receiver, times = Receiver(), []
    with Server("--set", "auth.mode=off") as server:
        method_and_definition(server, f"http://127.0.0.1:{receiver.port}/", "latency", "max(latency_value) > 10")
        connection = server.connection()
        for i in range(args.rounds):
            began = time.monotonic()
            status, answer, _ = server.request("POST", "/api/v1/import/prometheus", f'latency_value{{host="h{i}"}} 20\n', connection=connection)
            check(status // 100 == 2, answer[:200])
            times.append((receiver.wait(f"h{i}", 10) - began) * 1000)
            time.sleep(0.01)
    report("belfry", times, f"{len(times)} new alarms, one after the other")


def peer_latency(args):
    """The same with Prometheus and Alertmanager, set as fast as they go: rules each second, groups sent at once."""
    if not (shutil.which("prometheus") and shutil.which("prometheus-alertmanager")):
        print("prometheus and prometheus-alertmanager are not to be found: left out", flush=True)
        return
    receiver, times = Receiver(), []
    with tempfile.TemporaryDirectory(prefix="belfry-peer-") as directory:
        ports = [free_port() for _ in range(2)]
        files = {"alertmanager.yml": f"""
route: {{receiver: hook, group_by: ['...'], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}}
receivers: [{{name: hook, webhook_configs: [{{url: 'http://127.0.0.1:{receiver.port}/', send_resolved: false}}]}}]
""", "prometheus.yml": f"""
global: {{evaluation_interval: 1s}}
rule_files: [rules.yml]
alerting: {{alertmanagers: [{{static_configs: [{{targets: ['127.0.0.1:{ports[1]}']}}]}}]}}
""", "rules.yml": "groups: [{name: g, rules: [{alert: Latency, expr: latency_value > 10}]}]\n"}
        for name, text in files.items():
            with open(os.path.join(directory, name), "w") as f:
                f.write(text)
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": directory}
        peers = [subprocess.Popen(["prometheus-alertmanager", "--config.file=alertmanager.yml", "--storage.path=am", "--cluster.listen-address=",
                                   f"--web.listen-address=127.0.0.1:{ports[1]}"], **quiet),
                 subprocess.Popen(["prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=tsdb", "--web.enable-remote-write-receiver",
                                   f"--web.listen-address=127.0.0.1:{ports[0]}"], **quiet)]
        try:
            for port in ports:
                wait_for_port(port, 30)
            connection = http.client.HTTPConnection("127.0.0.1", ports[0], timeout=30)

            def discovered():
                connection.request("GET", "/api/v1/alertmanagers")
                return json.loads(connection.getresponse().read())["data"]["activeAlertmanagers"]

            wait("Prometheus to find Alertmanager", discovered, 30)
            for i in range(args.peer_rounds):
                body = write_request([({"__name__": "latency_value", "host": f"h{i}"}, [(int(time.time() * 1000), 20)])])
                began = time.monotonic()
                connection.request("POST", "/api/v1/write", body, WRITE_HEADERS)
                answer = connection.getresponse()
                check(answer.status // 100 == 2, answer.read()[:200])
                answer.read()
                times.append((receiver.wait(f"h{i}", 60) - began) * 1000)
                time.sleep(random.random())  # not in step with the evaluations
        finally:
            for peer in peers:
                peer.kill()
                peer.wait()
    report("prometheus + alertmanager", times, f"{len(times)} alerts, rules each second, no grouping (defaults: 60 s and 30 s)")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sink", default="build/bench/alarm-sink")
    parser.add_argument("--alarms", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=500)
    parser.add_argument("--peer-rounds", type=int, default=60)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--kill-within", type=float, default=3.0, help="seconds after the last acknowledgement")
    args = parser.parse_args()
    latency(args)
    peer_latency(args)
    storm(args, kill=False)
    for _ in range(args.kills):
        storm(args, kill=True)


if __name__ == "__main__":
    main()
