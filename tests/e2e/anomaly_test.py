"""Anomaly monitors on the real server: a monitor over imported history finds what is injected, an alarm on its score rings, and a
back-test says when an alarm would have rung."""
import json
import math
import os
import time

from harness import Server, check
from rules_test import admin, put, until, value

STEP_MS = 1000
RULE = """groups:
- name: odd
  interval: 500ms
  rules:
  - {alert: Odd, expr: 'belfry_anomaly_level{monitor="load"} == 2', labels: {severity: warning}}
"""


def wave(ms):
    return 50 + 20 * math.sin(2 * math.pi * (ms // STEP_MS % 60) / 60) + (ms // STEP_MS * 7919 % 11) / 10


def send(server, points):
    status, body = server.write([({"__name__": "load", "host": "a"}, points)])
    check(status == 204, f"HTTP {status} {body}")


def call(server, method, path, body=None):
    status, answer, _ = server.request(method, "/api/v1/belfry/" + path, body=json.dumps(body).encode() if body is not None else None,
                                       headers={**admin(server), "Content-Type": "application/json"})
    return status, json.loads(answer) if answer else None


def test_a_monitor_finds_what_is_injected_and_an_alarm_rings():
    server = Server()
    rules = os.path.join(server.own_dir, "odd.yml")
    put(rules, RULE)
    for setting in (f"rules.files={rules}", "host.enabled=false", "self.enabled=false", "alarm.hold_back=0s"):
        server.flags += ["--set", setting]
    with server as s:
        now = int(time.time()) * 1000
        send(s, [(t, wave(t)) for t in range(now - 1_200_000, now, STEP_MS)])
        monitor = {"name": "load", "query": "load", "step_ms": STEP_MS, "training_ms": 1_000_000,
                   "forecast": {"limit": 1000, "window_ms": 600_000}}
        status, shown = call(s, "POST", "anomaly-monitors/preview", {"monitor": monitor, "from_ms": now - 100_000, "to_ms": now - STEP_MS})
        check(status == 200 and shown["series_count"] == 1, f"HTTP {status} {shown}")
        series = shown["series"][0]
        check(series["cycle"] == 60 and series["anomalies"] <= 1 and len(series["values"]) > 90, f"{series}")
        check(call(s, "POST", "anomaly-monitors", {**monitor, "detector": "magic"})[0] == 400, "an unknown detector is refused")
        check(s.request("POST", "/api/v1/belfry/anomaly-monitors", body=json.dumps(monitor).encode())[0] in (401, 403), "making one is a change")
        status, made = call(s, "POST", "anomaly-monitors", monitor)
        check(status == 201 and made["detector"] == "auto", f"HTTP {status} {made}")
        check(call(s, "POST", "anomaly-monitors", monitor)[0] == 409, "its name is taken")

        def calm():
            ms = int(time.time()) * 1000
            send(s, [(ms, wave(ms))])
            time.sleep(0.3)
            return value(s, 'belfry_anomaly_level{monitor="load",host="a"}') == ["0"]

        until("it judges, and all is well", calm)
        low, high = (float(value(s, f'belfry_anomaly_{side}{{monitor="load"}}')[0]) for side in ("lower", "upper"))
        check(low < 75 and high > 25 and low < high, f"{low} {high}")
        until("nothing rings", lambda: calm() and s.api("alerts")["alerts"] == [])
        began = time.monotonic()
        rang = []

        def odd():  # long enough to be seen at a whole second, where the back-test looks; the model soon gets used to it
            send(s, [(int(time.time() * 1000), 500)])
            time.sleep(0.2)
            rang.extend(a["state"] for a in s.api("alerts")["alerts"])
            return time.monotonic() - began > 2.5 and "firing" in rang

        until("the alarm on it rings", odd)
        status, one = call(s, "GET", "anomaly-monitors/" + made["id"])
        check(status == 200 and one["status"]["series_count"] == 1 and one["status"]["health"] == "ok", f"{one}")
        # a restart learns the history again
        s.kill()
        s.start()

        def judged():
            ms = int(time.time()) * 1000
            send(s, [(ms, wave(ms))])
            time.sleep(0.3)
            found = call(s, "GET", "anomaly-monitors")[1]["monitors"][0]["status"]
            return found and found["series_count"] == 1

        until("it judges again", judged)
        # when would it have rung: in both languages, with another threshold
        for language, expression in (("promql", "load > 300"), ("monasca", "max(load) > 300")):
            status, played = call(s, "POST", "alarm-definitions/backtest",
                                  {"language": language, "expression": expression, "interval_ms": 1000, "from_ms": now - 600_000,
                                   "to_ms": int(time.time() * 1000), "also": [10_000]})
            check(status == 200 and played["complete"] and played["series"] == 1, f"HTTP {status} {played}")
            check([r["threshold"] for r in played["runs"]] == [300, 10_000], f"{played}")
            own, other = (r["times"] for r in played["runs"])
            check(1 <= own <= 3 and other == 0, f"{language} {played['runs']}")
        check(call(s, "POST", "alarm-definitions/backtest", {"language": "promql", "expression": "load >", "from_ms": 1, "to_ms": 2})[0] == 400, "refused")
        check(call(s, "DELETE", "anomaly-monitors/" + made["id"])[0] in (200, 204), "removed")
        until("what it wrote ends", lambda: value(s, "belfry_anomaly_level") == [])


def test_definitions_in_promql_are_alarms_that_outlive_a_kill():
    server = Server()
    for setting in ("host.enabled=false", "self.enabled=false", "alarm.hold_back=0s"):
        server.flags += ["--set", setting]
    with server as s:
        definition = {"name": "Load", "language": "promql", "expression": "load > 5", "severity": "HIGH", "interval_ms": 1000}
        status, made = call(s, "POST", "alarm-definitions", definition)
        check(status in (200, 201), f"HTTP {status} {made}")

        def alarms(number):
            send(s, [(int(time.time() * 1000), number)])
            time.sleep(0.2)
            return [(a["labels"], a["state"]) for a in call(s, "GET", "alarms")[1]["alarms"]]

        until("it is OK", lambda: alarms(1) == [({"host": "a"}, "OK")])
        until("it rings", lambda: alarms(9) == [({"host": "a"}, "ALARM")])
        ringing = call(s, "GET", "alarms")[1]["alarms"][0]
        check(ringing["reason"] == "load is 9, > 5" and ringing["value"] == 9 and ringing["source"] == "query", f"{ringing}")
        s.kill()
        s.start()
        end = time.monotonic() + 4
        while time.monotonic() < end:
            check(alarms(9) == [({"host": "a"}, "ALARM")], "it rings on")
        history = call(s, "GET", f"alarms/{ringing['id']}/history")[1]["entries"]
        check(len([h for h in history if h["new"] == "ALARM"]) == 1, f"rung once: {history}")
        check(call(s, "DELETE", "alarm-definitions/" + made["id"])[0] in (200, 204), "removed")
        until("its alarms go with it", lambda: call(s, "GET", "alarms")[1]["alarms"] == [])
