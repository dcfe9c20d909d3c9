"""Alarms against the real server: definitions of both languages over the API, ringing, history, acknowledging, muting, deleting, the command line, restart and kill -9."""
import json
import os
import subprocess
import time

from harness import BINARY, Server, check

ALARMS = "/api/v1/belfry/alarms"
DEFINITIONS = "/api/v1/belfry/alarm-definitions"
METHODS = "/api/v1/belfry/notification-methods"
DELIVERIES = "/api/v1/belfry/deliveries"
QUIET = [x for s in ["host.enabled=false", "self.enabled=false"] for x in ("--set", s)]


def until(what, ask, seconds=20):
    end = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer or time.monotonic() > end:
            check(answer, what)
            return answer
        time.sleep(0.05)


def call(server, method, path, body=None, want=200):
    """As the owner of the data directory."""
    key = json.load(open(os.path.join(server.data, "server.json")))["key"]
    headers = {"Authorization": "Bearer " + key, "Content-Type": "application/json"}
    status, answer, _ = server.request(method, path, None if body is None else json.dumps(body), headers)
    check(status == want, f"{method} {path}: HTTP {status} {answer[:300]!r}")
    return json.loads(answer) if answer else None


def put(server, name, value, **labels):
    status, body = server.write([({"__name__": name, **labels}, [(int(time.time() * 1000), value)])])
    check(status == 204, f"HTTP {status} {body}")


def alarms(server, **params):
    query = "&".join(f"{k}={v}" for k, v in params.items())
    return call(server, "GET", ALARMS + ("?" + query if query else ""))["alarms"]


def state(server, definition):
    return {a["labels"].get("host", ""): a["state"] for a in alarms(server, definition_id=definition["id"])}


def cli(server, *words):
    out = subprocess.run([BINARY, *words, "--data", server.data], capture_output=True, text=True, timeout=60)
    return out.returncode, out.stdout, out.stderr


def threshold(server, **more):
    return call(server, "POST", DEFINITIONS, {"name": "temperature", "expression": "last(temp) > 30", "match_by": ["host"], "severity": "HIGH", **more}, 201)


def promql(server):
    return call(server, "POST", DEFINITIONS, {"name": "door", "language": "promql", "expression": "door > 0", "interval_ms": 1000, "annotations": {"summary": "{{ $labels.host }} is open"}}, 201)


def test_alarms_of_both_languages_ring_and_are_looked_after():
    with Server(*QUIET) as s:
        d = threshold(s)
        check(d["parts"] == [{"function": "last", "metric": "temp", "dimensions": {}, "op": ">", "threshold": 30, "period_s": 60, "times": 1, "deterministic": False, "join": None}], f"{d['parts']}")
        q = promql(s)
        put(s, "temp", 20, host="a")
        put(s, "temp", 35, host="b")
        put(s, "door", 1, host="a")
        until("states by host", lambda: state(s, d) == {"a": "OK", "b": "ALARM"})
        until("the query's alarm", lambda: state(s, q) == {"a": "ALARM"})
        ringing = alarms(s, definition_id=d["id"], state="ALARM")[0]
        one = f"{ALARMS}/{ringing['id']}"
        detail = call(s, "GET", one)
        check(detail["definition"]["id"] == d["id"] and "temperature (host=b) rings since" in detail["words"], f"{detail['words']}")
        check(s.query(detail["chart"]["query"])[0]["value"][1] == "35", "the chart's query gives the value")
        check(alarms(s, definition_id=q["id"])[0]["annotations"]["summary"] == "a is open", "the text of the annotation")

        # acknowledged until it is OK again
        call(s, "POST", one + "/ack", {"until_ms": 0}, 400)
        check(call(s, "POST", one + "/ack", {"reason": "on it"})["acknowledged"]["reason"] == "on it", "acknowledged")
        call(s, "POST", one + "/mute", {"reason": "noise", "until_ms": int(time.time() * 1000) + 60_000})
        check(call(s, "GET", one)["alarm"]["muted_until_ms"] is not None, "muted")
        call(s, "DELETE", one + "/mute")
        put(s, "temp", 10, host="b")
        until("it is OK again", lambda: state(s, d)["b"] == "OK")
        put(s, "temp", 40, host="b")
        until("it rings again", lambda: state(s, d)["b"] == "ALARM")
        check(call(s, "GET", one)["alarm"]["acknowledged"] is None, "a new ring is not acknowledged")
        kinds = [(e["kind"], e["new"], e["by"]) for e in call(s, "GET", one + "/history")["entries"]]
        check([k[1] for k in kinds if k[0] == "transition"] == ["ALARM", "OK", "ALARM"], f"{kinds}")
        check(sum(k[0] == "changed" for k in kinds) == 1, f"{kinds}")
        strips = call(s, "GET", f"{ALARMS}/strips?ids={ringing['id']}")
        check(strips["strips"][ringing["id"]][-1][2] == "ALARM" and strips["watch"][-1][2] == "ALARM", f"{strips}")

        # nobody without a key changes anything
        check(s.request("DELETE", one)[0] in (401, 403), "a deletion needs a key")
        call(s, "DELETE", one, want=204)
        call(s, "GET", one, want=404)
        call(s, "DELETE", f"{DEFINITIONS}/{q['id']}", want=204)
        until("a definition takes its alarms along", lambda: state(s, q) == {})


def test_what_is_known_of_alarms_survives_a_kill_and_a_backup():
    server = Server(*QUIET)
    with server as s:
        # nobody answers there: what is told waits
        hook = call(s, "POST", METHODS, {"name": "hook", "type": "WEBHOOK", "address": "http://127.0.0.1:1/", "options": {"authorization": "Bearer x"}}, 201)
        d = threshold(s, alarm_actions=[hook["id"]])
        put(s, "temp", 35, host="a")
        until("it rings", lambda: state(s, d) == {"a": "ALARM"})
        alarm = alarms(s)[0]
        until("it is told", lambda: call(s, "GET", DELIVERIES)["deliveries"])
        call(s, "POST", f"{ALARMS}/{alarm['id']}/ack", {"reason": "on it"})
        moved = {**{k: hook[k] for k in ("name", "type", "options")}, "address": "http://127.0.0.1:2/"}
        call(s, "PUT", f"{METHODS}/{hook['id']}", moved, 400)
        before = call(s, "GET", f"{ALARMS}/{alarm['id']}/history")
        s.kill()
        s.start()
        after = call(s, "GET", f"{ALARMS}/{alarm['id']}/history")
        check(after == before, f"{before} {after}")
        check(alarms(s)[0]["acknowledged"]["reason"] == "on it", "the acknowledgement is there")
        put(s, "temp", 36, host="a")
        put(s, "temp", 5, host="b")
        until("it goes on", lambda: state(s, d) == {"a": "ALARM", "b": "OK"})
        check(len(call(s, "GET", f"{ALARMS}/{alarm['id']}/history")["entries"]) == len(before["entries"]), "it has not rung again")
        status, out, err = cli(s, "backup", os.path.join(s.own_dir, "saved"))
        check(status == 0, err)
        restored = os.path.join(s.own_dir, "restored")
        out = subprocess.run([BINARY, "restore", os.path.join(s.own_dir, "saved"), "--data", restored], capture_output=True, text=True, timeout=60)
        check(out.returncode == 0, out.stderr)
        other = Server(*QUIET, data=restored)
        with other as o:
            check(state(o, d) == {"a": "ALARM", "b": "OK"}, f"{state(o, d)}")
            told = call(o, "GET", DELIVERIES)["deliveries"]
            check([(t["alarm_id"], t["status"]) for t in told] == [(alarm["id"], "pending")], f"what waits came along: {told}")
            check(call(o, "GET", f"{ALARMS}/{alarm['id']}/history") == before, "the history came along")


def test_the_command_line_lists_and_looks_after_alarms():
    with Server(*QUIET) as s:
        d = threshold(s)
        put(s, "temp", 35, host="a")
        until("it rings", lambda: state(s, d) == {"a": "ALARM"})
        status, out, err = cli(s, "alarms", "list")
        check(status == 0 and "temperature" in out and "1 ring" in out, out + err)
        short = out.splitlines()[1].split()[0]
        status, out, err = cli(s, "alarms", "show", short)
        check(status == 0 and "rings since" in out, out + err)
        check(cli(s, "alarms", "ack", short)[0] == 2, "a reason is needed")
        check(cli(s, "alarms", "ack", short, "--reason", "on it")[0] == 0, "acknowledged")
        check(cli(s, "alarms", "mute", short, "--reason", "noise", "--for", "1h")[0] == 0, "muted")
        status, out, err = cli(s, "alarms", "list", "--json")
        alarm = json.loads(out)["alarms"][0]
        check(alarm["acknowledged"]["reason"] == "on it" and alarm["muted_until_ms"], out)
        status, out, err = cli(s, "alarms", "history", short)
        check(status == 0 and "-> ALARM" in out and "changed" in out, out + err)
        check(cli(s, "alarms", "show", "ffffffff")[0] == 1, "an alarm that is not there")
        status, out, err = cli(s, "alarms", "test", short)
        check(status == 0 and "no notification methods" in out, out + err)


def test_ready_made_alarms_are_there_once_and_are_judged():
    server = Server(env={"BELFRY_ALARMS__READY_MADE": "true"})
    with server as s:
        until("definitions that nobody made", lambda: len(call(s, "GET", DEFINITIONS)["definitions"]) > 20)
        made = call(s, "GET", DEFINITIONS)["definitions"]
        check(all(d["ready_made"] for d in made), f"{made}")
        disk = next(d for d in made if d["name"] == "Disk nearly full")
        until("a definition over what this host emits has alarms", lambda: state(s, disk), 90)
        call(s, "DELETE", f"{DEFINITIONS}/{disk['id']}", want=204)
        s.stop()
        s.start()
        check(len(call(s, "GET", DEFINITIONS)["definitions"]) == len(made) - 1, "what was deleted stays deleted")
