"""Rule files against the real server: recorded series, alerts through their states, reload by every way, restart and kill -9."""
import json
import os
import signal
import subprocess
import time

from harness import BINARY, Server, check

RECORD = """groups:
- name: fast
  interval: 200ms
  rules:
  - {record: 'job:up:sum', expr: sum by (job) (up), labels: {by: rule}}
  - {record: 'double', expr: 'job:up:sum * 2'}
"""
ALERT = """groups:
- name: alerts
  interval: 200ms
  rules:
  - alert: Down
    expr: up == 0
    for: %s
    labels: {severity: page}
    annotations: {summary: '{{ $labels.host }} is {{ if eq $value 0.0 }}down{{ end }}'}
"""


def until(what, ask, seconds=15):
    end = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer or time.monotonic() > end:
            check(answer, what)
            return answer
        time.sleep(0.05)


def put(path, text):
    with open(path + ".new", "w") as f:
        f.write(text)
    os.rename(path + ".new", path)


def up(server, host, value):
    status, body = server.write([({"__name__": "up", "job": "node", "host": host}, [(int(time.time() * 1000), value)])])
    check(status == 204, f"HTTP {status} {body}")


def value(server, expr):
    return [r["value"][1] for r in server.query(expr)]


def rules(server, **params):
    return [r for g in server.api("rules", **params)["groups"] for r in g["rules"]]


def flags(directory, *more):
    settings = [f"rules.files={directory}/*.yml", "rules.watch=100ms", "rules.grace=10s", "host.enabled=false", "self.enabled=false", *more]
    return [x for s in settings for x in ("--set", s)]


def admin(server):
    return {"Authorization": "Bearer " + json.load(open(os.path.join(server.data, "server.json")))["key"]}


def test_rules_record_ring_and_follow_their_files():
    server = Server()
    directory = os.path.join(server.own_dir, "rules")
    os.mkdir(directory)
    put(f"{directory}/r.yml", RECORD)
    server.flags += flags(directory)
    with server as s:
        up(s, "a", 1)
        up(s, "b", 0)
        until("a recorded series", lambda: value(s, 'job:up:sum{by="rule",job="node"}') == ["1"])
        until("what is made of it", lambda: value(s, "double") == ["2"])
        check([r["health"] for r in rules(s)] == ["ok", "ok"], f"{rules(s)}")
        # a new file is found by itself
        put(f"{directory}/a.yml", ALERT % "600ms")
        until("pending", lambda: value(s, 'ALERTS{alertname="Down",alertstate="pending",host="b",severity="page"}') == ["1"])
        until("firing", lambda: value(s, 'ALERTS{alertname="Down",alertstate="firing",host="b"}') == ["1"])
        until("no longer pending", lambda: value(s, 'ALERTS{alertstate="pending"}') == [])
        alert = s.api("alerts")["alerts"][0]
        check(alert["state"] == "firing" and alert["annotations"] == {"summary": "b is down"} and alert["value"] == "0e+00", f"{alert}")
        check([r["name"] for r in rules(s, type="alert")] == ["Down"], "by type")
        check([r["name"] for r in rules(s, **{"match[]": '{by="rule"}'})] == ["job:up:sum"], "by label")
        check(rules(s, type="alert", exclude_alerts="true")[0]["alerts"] == [], "without alerts")
        page = s.api("rules", group_limit=1)
        check(len(page["groups"]) == 1 and page["groupNextToken"], f"{page}")
        check([g["name"] for g in s.api("rules", group_limit=1, group_next_token=page["groupNextToken"])["groups"]] == ["fast"], "the next page")
        until("the frame counts it", lambda: json.loads(s.request("GET", "/api/v1/belfry/frame")[1])["alarms_ringing"] == 1)
        alarm = json.loads(s.request("GET", "/api/v1/belfry/alarms")[1])["alarms"][0]
        check((alarm["name"], alarm["state"], alarm["severity"], alarm["source"]) == ("Down", "ALARM", "CRITICAL", "rule"), f"{alarm}")
        check(alarm["labels"]["host"] == "b" and alarm["annotations"] == {"summary": "b is down"}, f"{alarm}")
        # resolved
        up(s, "b", 1)
        until("resolved", lambda: value(s, "ALERTS") == [] and s.api("alerts")["alerts"] == [])
        until("the alarm is OK", lambda: [a["state"] for a in json.loads(s.request("GET", "/api/v1/belfry/alarms")[1])["alarms"]] == ["OK"])
        # a wrong file is refused and shown, the rules go on
        put(f"{directory}/r.yml", "groups: 5\n")
        status, body, _ = s.request("POST", "/-/reload", headers=admin(s))
        check(status == 400 and b"groups is a list" in body, f"HTTP {status} {body}")
        check(s.request("POST", "/-/reload")[0] in (401, 403), "a reload is a change")
        check(len(rules(s)) == 3, "the rules before stay")
        shown = json.loads(s.request("GET", "/api/v1/belfry/rules")[1])
        check(not shown["load"]["ok"] and "groups is a list" in shown["load"]["errors"][0], f"{shown['load']}")
        put(f"{directory}/r.yml", RECORD.replace("double", "twice"))
        s.process.send_signal(signal.SIGHUP)
        until("the new name", lambda: value(s, "twice") == ["4"])
        until("the old one ends", lambda: value(s, "double") == [])
        check(s.counter("belfry_rule_evaluations_total") > 5 and s.counter("belfry_rule_evaluation_failures_total") == 0, "counted")


def test_states_of_alerts_outlive_restart_and_kill():
    server = Server()
    directory = os.path.join(server.own_dir, "rules")
    os.mkdir(directory)
    put(f"{directory}/a.yml", ALERT % "0s" + (ALERT % "1h").replace("groups:\n", "").replace("alerts", "slow").replace("Down", "Slow"))
    server.flags += flags(directory)
    with server as s:
        up(s, "a", 0)
        until("firing", lambda: value(s, 'ALERTS{alertname="Down",alertstate="firing"}'))
        until("pending", lambda: value(s, 'ALERTS{alertname="Slow",alertstate="pending"}'))
        def active(name):
            found = [a for a in s.api("alerts")["alerts"] if a["labels"]["alertname"] == name]
            return (found[0]["state"], time.mktime(time.strptime(found[0]["activeAt"][:19], "%Y-%m-%dT%H:%M:%S"))) if found else ("", 0)

        for how in (s.kill, s.stop):
            down, slow = active("Down"), active("Slow")
            time.sleep(3)
            how()
            s.start()
            until("the same alarm goes on", lambda: active("Down") == down)
            # only the time while nobody looked is added to what it waits
            alarms = json.loads(s.request("GET", "/api/v1/belfry/alarms")[1])["alarms"]
            check([(a["name"], a["state"]) for a in alarms] == [("Down", "ALARM")], f"one alarm, ringing: {alarms}")
            entries = json.loads(s.request("GET", f"/api/v1/belfry/alarms/{alarms[0]['id']}/history")[1])["entries"]
            check(len(entries) == 1, f"it rang once: {entries}")
            until("it goes on waiting", lambda: active("Slow")[0] == "pending" and 0 <= active("Slow")[1] - slow[1] <= 2)


def test_check_rules_tells_what_is_wrong_with_its_line():
    server = Server()
    good, bad = os.path.join(server.own_dir, "good.yml"), os.path.join(server.own_dir, "bad.yml")
    put(good, RECORD)
    put(bad, RECORD.replace("expr: sum", "exp: sum"))
    try:
        r = subprocess.run([BINARY, "check-rules", good, bad], capture_output=True, text=True)
        check(r.returncode == 1 and "2 rules in 1 group, all right" in r.stdout and "line 5" in r.stderr and "unknown key exp" in r.stderr, f"{r}")
        r = subprocess.run([BINARY, "check-rules", "--json", "-"], input=RECORD, capture_output=True, text=True)
        check(r.returncode == 0 and json.loads(r.stdout)[0]["rules"] == 2, f"{r}")
    finally:
        server.__exit__()
