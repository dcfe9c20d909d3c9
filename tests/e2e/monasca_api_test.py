"""Monasca's REST API as a whole server answers it: rights and refusals, the well-known port, value_meta over a restart, an alarm
from its first sample to its history."""
import json
import subprocess
import time

from harness import BINARY, Server, check
from ports import free_port

JSON = {"Content-Type": "application/json"}


def ask(server, method, path, body=None, headers=None):
    status, text, _ = server.request(method, "/monasca" + path, None if body is None else json.dumps(body), {**JSON, **(headers or {})})
    return status, json.loads(text) if text else None


def key_of(server, name, scope):
    r = subprocess.run([BINARY, "keys", "create", name, "--scope", scope, "--data", server.data], capture_output=True, text=True, timeout=60)
    check(r.returncode == 0, r.stderr)
    return next(word for word in r.stdout.split() if word.startswith("bf_"))


def now_ms():
    return int(time.time() * 1000)


def wait_until(found, seconds, what):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found():
            return
        time.sleep(0.05)
    check(False, f"not within {seconds} s: {what}")


def test_monascas_refusals_have_its_shape_whoever_makes_them():
    with Server("--set", "auth.loopback_ingests=false") as s:
        for method, path, headers, wanted in (("GET", "/v2.0/metrics", {"Authorization": "Bearer bf_i_no"}, 401), ("GET", "/v2.0/nothing", {}, 404),
                                              ("PUT", "/v2.0/metrics", {}, 405), ("POST", "/v2.0/alarm-definitions", {}, 401),
                                              ("GET", "/v2.0/alarms/x", {}, 404), ("GET", "/v2.0/metrics?limit=x", {}, 422)):
            status, body = ask(s, method, path, {} if method != "GET" else None, headers)
            check(status == wanted and set(body) == {"title", "description"}, f"{method} {path}: {status} {body}")
        reader = {"X-Auth-Token": key_of(s, "reader", "read")}
        status, body = ask(s, "POST", "/v2.0/metrics", {"name": "x", "timestamp": now_ms(), "value": 1}, reader)
        check(status == 401 and body["title"] == "Unauthorized", f"a right that is missing is 401 here: {status} {body}")
        check(s.request("GET", "/api/v1/nothing")[1].startswith(b'{"status":"error"'), "elsewhere refusals are as they were")
        check(s.request("HEAD", "/monasca/healthcheck")[0] == 204, "HEAD")
        check(s.request("HEAD", "/monasca/healthcheck/")[0] == 204, "HEAD with a slash")


def test_monasca_has_its_well_known_port():
    port = free_port()
    with Server(env={"BELFRY_SERVER__DEFAULT_ALIASES": f"127.0.0.1:{port}/monasca"}) as s:
        import http.client
        c = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        c.request("GET", "/")
        body = json.loads(c.getresponse().read())
        check(body["elements"][0]["links"][0]["href"] == f"http://127.0.0.1:{port}/v2.0", body)
        c.request("POST", "/v2.0/metrics/", json.dumps({"name": "x", "timestamp": now_ms() + 0.5, "value": 1}), JSON)
        r = c.getresponse()
        check(r.status == 204 and r.read() == b"", r.status)
        c.request("GET", "/v2.0/metrics?name=x&limit=1")
        body = json.loads(c.getresponse().read())
        check(body["links"][0]["href"] == f"http://127.0.0.1:{port}/v2.0/metrics?name=x&limit=1" and len(body["elements"]) == 1, body)
        c.request("GET", "/v2.0/nothing")
        check(json.loads(c.getresponse().read())["title"] == "Not Found", "refusals of the port")
        check(s.query('x')[0]["value"][1] == "1", "the same store")


def test_value_meta_logs_and_events_survive_kill_9():
    with Server() as s:
        at = now_ms() - 60_000
        meta = {"error": "é" * 900, "code": ""}
        status, _ = ask(s, "POST", "/v2.0/metrics", [{"name": "http_status", "dimensions": {"url": "http://x/a:b"}, "timestamp": at, "value": 1, "value_meta": meta},
                                                     {"name": "http_status", "dimensions": {"url": "http://x/a:b"}, "timestamp": at + 1000, "value": 0}])
        check(status == 204, status)
        for path in ("/v3.0/logs", "/v2.0/logs/"):
            check(ask(s, "POST", path, {"dimensions": {"a": "b"}, "logs": [{"message": "ERROR x"}]})[0] == 204, path)
        check(s.request("POST", "/monasca/v2.0/log/single", "one line", {"Content-Type": "text/plain", "X-Dimensions": "a:b"})[0] == 204, "single")
        check(ask(s, "POST", "/v1.0/events", {"timestamp": "2026-11-22T00:00:00Z", "events": [{"event_type": "x"}]})[0] == 200, "events")
        check(s.counter("belfry_ingest_records_total", receiver="monasca_logs") == 3, "lines are counted")
        for again in (False, True):
            if again:
                s.kill()
                s.start()
            rows = {c["id"]: c for c in json.loads(s.request("GET", "/api/v1/belfry/status")[1])["consumers"]}
            kept = [rows["keep_logs"], rows["keep_events"]]
            check([(c["end"], c["state"], c["lag_ms"]) for c in kept] == [(3, "in_step", 0), (1, "in_step", 0)], f"kept, and nobody is behind: {kept}")
        query = f"/v2.0/metrics/measurements?name=http_status&dimensions=url:http://x/a:b&start_time={time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(at / 1000 - 5))}"
        rows = ask(s, "GET", query)[1]["elements"][0]["measurements"]
        check([r[1] for r in rows] == [1, 0] and rows[0][2] == meta and rows[1][2] == {}, rows)


def test_an_alarm_from_its_first_sample_to_its_history():
    with Server() as s:
        admin = {"X-Auth-Token": key_of(s, "admin", "admin")}
        status, made = ask(s, "POST", "/v2.0/alarm-definitions", {"name": "hot", "expression": "max(temp) > 30", "match_by": ["room"]}, admin)
        check(status == 201, made)

        def post(room, value):
            check(ask(s, "POST", "/v2.0/metrics", {"name": "temp", "dimensions": {"room": room}, "timestamp": now_ms(), "value": value})[0] == 204, room)

        def states():
            return {a["metrics"][0]["dimensions"]["room"]: a["state"] for a in ask(s, "GET", "/v2.0/alarms?alarm_definition_id=" + made["id"])[1]["elements"]}

        # a definition counts from its creation on; the engine hears of it a moment later
        wait_until(lambda: (post("a", 20), states().get("a"))[1], 20, "an alarm for the room")
        check(states() == {"a": "UNDETERMINED"}, states())
        post("a", 35)
        post("b", 31)
        wait_until(lambda: states() == {"a": "ALARM", "b": "ALARM"}, 10, "both rooms ring")
        counts = ask(s, "GET", "/v2.0/alarms/count?group_by=state,dimension_value&alarm_definition_id=" + made["id"])[1]
        check(counts["counts"] == [[1, "ALARM", "a"], [1, "ALARM", "b"]], counts)
        history = ask(s, "GET", "/v2.0/alarms/state-history/?dimensions=room:a")[1]["elements"]
        check(len(history) == 1 and history[0]["old_state"] == "UNDETERMINED" and history[0]["new_state"] == "ALARM", history)
        check(history[0]["reason"] == "Thresholds were exceeded for the sub-alarms: max(temp) > 30.0 with the values: [35.0]", history)
        sub = history[0]["sub_alarms"][0]
        check(sub["sub_alarm_expression"]["operator"] == "GT" and sub["sub_alarm_state"] == "ALARM" and sub["current_values"] == [35.0], sub)
        check(ask(s, "DELETE", "/v2.0/alarm-definitions/" + made["id"], None, admin)[0] == 204, "removal")
        check(states() == {}, "its alarms go with it")
