"""The unmodified monasca command line (Debian's python3-monascaclient) against Belfry, with Belfry as the identity service: every
command of it, and an alarm from metric-create to the webhook that it rings. Needs the commands monasca and a belfry (BELFRY)."""
import argparse
import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import BINARY, Server, check


class Webhook:
    """A receiver of notifications that keeps what it got."""

    def __init__(self):
        outer = self
        self.got, self.arrived = [], threading.Condition()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with outer.arrived:
                    outer.got.append(body)
                    outer.arrived.notify_all()
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wait(self, fits, seconds, what):
        with self.arrived:
            check(self.arrived.wait_for(lambda: any(fits(b) for b in self.got), seconds), f"no webhook: {what}; got {self.got}")
            return next(b for b in self.got if fits(b))


class Cli:
    def __init__(self, server, user, password, project):
        self.calls = 0
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("OS_", "MONASCA_"))}
        self.env |= {"OS_AUTH_URL": f"http://127.0.0.1:{server.port}/identity/v3", "OS_USERNAME": user, "OS_PASSWORD": password,
                     "OS_PROJECT_NAME": project, "OS_USER_DOMAIN_NAME": "Default", "OS_PROJECT_DOMAIN_NAME": "Default",
                     "PYTHONWARNINGS": "ignore"}

    def run(self, *arguments, code=0):
        self.calls += 1
        r = subprocess.run(["monasca", *arguments], env=self.env, capture_output=True, text=True, timeout=60)
        check((r.returncode == 0) == (code == 0), f"monasca {arguments}: exit {r.returncode}\n{r.stdout}\n{r.stderr}")
        return r.stdout + r.stderr

    def json(self, *arguments):
        """The output of commands that print JSON, asked for by -j or by themselves."""
        out = self.run(*arguments)
        begin = min(i for i in (out.find("["), out.find("{")) if i >= 0)
        return json.loads(out[begin:])

    def list(self, command, *arguments):
        return self.json(command, "-j", *arguments)


def wait_until(found, seconds, what):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        result = found()
        if result:
            return result
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds} s: {what}")


def metrics(cli):
    check("Successfully created" in cli.run("metric-create", "cpu.test_perc", "5", "--dimensions", "hostname=a,service=web",
                                            "--value-meta", "note=fine"), "metric-create")
    cli.run("metric-create-raw", json.dumps({"name": "cpu.test_perc", "dimensions": {"hostname": "b"}, "value": 7.5,
                                             "timestamp": int(time.time() * 1000) - 1000}))
    refused = cli.run("metric-create", "bad name", "1", code=1)
    check("422" in refused and "bad name" in refused, f"the error is printed: {refused}")
    listed = cli.list("metric-list", "--dimensions", "hostname=a|b")
    check([m["dimensions"]["hostname"] for m in listed] == ["a", "b"] and listed[0]["name"] == "cpu.test_perc", listed)
    check("cpu.test_perc" in cli.run("metric-list", "--name", "cpu.test_perc", "--limit", "1"), "the table")
    check([m["name"] for m in cli.list("metric-name-list", "--dimensions", "service=web")] == ["cpu.test_perc"], "names")
    check([d["dimension_name"] for d in cli.list("dimension-name-list", "--metric-name", "cpu.test_perc")] == ["hostname", "service"], "dimension names")
    check([d["dimension_value"] for d in cli.list("dimension-value-list", "hostname", "--metric-name", "cpu.test_perc")] == ["a", "b"], "values")
    check("merge_metrics" in cli.run("measurement-list", "cpu.test_perc", "-5", code=1), "several metrics: 409 and what to do")
    merged = cli.list("measurement-list", "cpu.test_perc", "-5", "--merge_metrics")
    check(sorted(row[1] for row in merged[0]["measurements"]) == [5, 7.5], merged)
    check({"note": "fine"} in [row[2] for row in merged[0]["measurements"]], merged)
    grouped = cli.list("measurement-list", "cpu.test_perc", "-5", "--group_by", "hostname")
    check([(g["dimensions"], g["measurements"][0][1]) for g in grouped] == [({"hostname": "a"}, 5), ({"hostname": "b"}, 7.5)], grouped)
    check("fine" in cli.run("measurement-list", "cpu.test_perc", "-5", "--dimensions", "hostname=a"), "the table")
    statistics = cli.list("metric-statistics", "cpu.test_perc", "avg,sum,count", "-5", "--period", "3600", "--merge_metrics")
    check(statistics[0]["columns"] == ["timestamp", "avg", "sum", "count"], statistics)
    check(sum(row[2] for row in statistics[0]["statistics"]) == 12.5, statistics)


def notifications(cli, url):
    check({"WEBHOOK", "EMAIL", "PAGERDUTY"} <= {t["type"] for t in cli.list("notification-type-list")}, "types")
    made = cli.json("notification-create", "hook", "webhook", url)
    check(made["type"] == "WEBHOOK" and made["period"] == 0 and made["links"][0]["href"].endswith(made["id"]), made)
    check("409" in cli.run("notification-create", "hook", "EMAIL", "a@b", code=1), "a second one of that name")
    check("400" in cli.run("notification-create", "mail", "EMAIL", "nobody", code=1), "no address")
    mail = cli.json("notification-create", "mail", "EMAIL", "a@example.org")
    check([n["name"] for n in cli.list("notification-list", "--sort-by", "name desc")] == ["mail", "hook"], "list")
    check(cli.list("notification-show", made["id"])["address"] == url, "show")
    check(cli.json("notification-patch", mail["id"], "--address", "c@example.org")["address"] == "c@example.org", "patch")
    check(cli.json("notification-update", mail["id"], "post", "EMAIL", "d@example.org", "0")["name"] == "post", "update")
    cli.run("notification-delete", mail["id"])
    check("404" in cli.run("notification-show", mail["id"], code=1), "gone")
    return made["id"]


def definitions(cli, method):
    made = cli.json("alarm-definition-create", "busy", "max(cpu.test_perc) > 90", "--description", "too much", "--severity", "HIGH",
                    "--match-by", "hostname", "--alarm-actions", method, "--ok-actions", method)
    check(made["match_by"] == ["hostname"] and made["deterministic"] is False and made["actions_enabled"] is True, made)
    check("422" in cli.run("alarm-definition-create", "bad", "max(cpu > 1", code=1), "a bad expression")
    check("409" in cli.run("alarm-definition-create", "busy", "max(x) > 1", code=1), "the name is taken")
    other = cli.json("alarm-definition-create", "other", "count(log.error{service=web},deterministic) > 1")
    check(other["severity"] == "LOW" and other["deterministic"] is True, other)
    check([d["name"] for d in cli.list("alarm-definition-list", "--sort-by", "severity desc")] == ["busy", "other"], "list")
    check([d["name"] for d in cli.list("alarm-definition-list", "--dimensions", "service=web")] == ["other"], "by dimensions")
    check("busy" in cli.run("alarm-definition-show", made["id"]), "show")
    check(cli.json("alarm-definition-patch", other["id"], "--severity", "CRITICAL")["severity"] == "CRITICAL", "patch")
    changed = cli.json("alarm-definition-update", other["id"], "others", "text", "count(log.error{service=web},deterministic) > 2",
                       "", "", "", "true", "", "LOW")
    check(changed["name"] == "others" and changed["expression"].endswith("> 2"), changed)
    refused = cli.run("alarm-definition-patch", other["id"], "--expression", "count(log.warn) > 2", code=1)
    check("metrics in subexpression must not change" in refused, refused)
    cli.run("alarm-definition-delete", other["id"])
    return made["id"]


def alarms(cli, hook, definition):
    # an alarm rings and the webhook hears of it, with Monasca's own members
    cli.run("metric-create", "cpu.test_perc", "95", "--dimensions", "hostname=a,service=web")
    alarm = wait_until(lambda: cli.list("alarm-list", "--state", "ALARM", "--metric-name", "cpu.test_perc"), 20, "the alarm")[0]
    check(alarm["alarm_definition"]["id"] == definition and alarm["alarm_definition"]["severity"] == "HIGH", alarm)
    check(alarm["metrics"] == [{"name": "cpu.test_perc", "dimensions": {"hostname": "a", "service": "web"}}], alarm)
    got = hook.wait(lambda b: b.get("state") == "ALARM", 20, "the alarm")
    check(got["alarm_id"] == alarm["id"] and got["alarm_name"] == "busy" and got["old_state"] == "UNDETERMINED", got)
    check(got["message"].startswith("Thresholds were exceeded for the sub-alarms: max(cpu.test_perc) > 90.0"), got)
    shown = cli.list("alarm-show", alarm["id"])
    check(shown["state"] == "ALARM" and shown["lifecycle_state"] is None, shown)
    check("cpu.test_perc" in cli.run("alarm-list"), "the table")
    check(cli.list("alarm-count", "--group-by", "state,name") ["counts"] == [[1, "ALARM", "busy"]], "count")
    check("count" in cli.run("alarm-count"), "the table")
    check(cli.json("alarm-patch", alarm["id"], "--link", "http://wiki/x")["link"] == "http://wiki/x", "patch")
    changed = cli.json("alarm-update", alarm["id"], "OK", "OPEN", "http://wiki/y")
    check((changed["state"], changed["lifecycle_state"], changed["link"]) == ("OK", "OPEN", "http://wiki/y"), changed)
    hook.wait(lambda b: b.get("state") == "OK", 20, "the change by hand")
    history = cli.list("alarm-history", alarm["id"])
    check([h["new_state"] for h in history][:2] == ["ALARM", "OK"], history)
    check(history[1]["reason"] == "Alarm state updated via API" and history[1]["sub_alarms"] == [], history)
    check(history[0]["sub_alarms"][0]["sub_alarm_expression"]["function"] == "MAX" and history[0]["reason_data"] == "{}", history)
    check("Thresholds were exceeded" in cli.run("alarm-history-list", "--dimensions", "hostname=a"), "history of all")
    cli.run("alarm-delete", alarm["id"])
    check("404" in cli.run("alarm-show", alarm["id"], code=1), "gone")
    cli.run("alarm-definition-delete", definition)


def main():
    argparse.ArgumentParser(description=__doc__).parse_args()
    check(shutil.which("monasca"), "the command monasca is not there: apt-get install python3-monascaclient")
    began = time.monotonic()
    with Server("--set", "auth.loopback_reads=false", "--set", "auth.loopback_ingests=false") as s:
        for user, role in (("ann", "monasca-user"), ("guest", "monasca-read-only-user")):
            r = subprocess.run([BINARY, "user", "add", user, "--project", "shop", "--role", role, "--password-stdin", "--data", s.data],
                               input="open sesame\n", capture_output=True, text=True)
            check(r.returncode == 0, r.stderr)
        hook = Webhook()
        cli = Cli(s, "ann", "open sesame", "shop")
        metrics(cli)
        guest = Cli(s, "guest", "open sesame", "shop")
        check("401" in guest.run("metric-create", "x", "1", code=1), "a reader does not write")
        check(guest.list("metric-list")[0]["name"] == "cpu.test_perc", "but reads")
        check("401" in cli.run("metric-list", "--tenant-id", "other", code=1), "another project is for delegates")
        method = notifications(cli, hook.url)
        definition = definitions(cli, method)
        alarms(cli, hook, definition)
    print(f"monasca client: {cli.calls} commands in {time.monotonic() - began:.0f} s, all as expected")


if __name__ == "__main__":
    main()
