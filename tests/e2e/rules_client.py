"""The same rule file and the same samples for an unmodified Prometheus and for Belfry: promtool accepts it, recorded series,
ALERTS and the texts of alerts are equal.

    PATH=...:$PATH python3 tests/e2e/rules_client.py
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import BINARY, Failure, Server, WRITE_HEADERS, check, write_request  # noqa: E402
from prometheus_client import free_port, wait_for  # noqa: E402

RULES = """groups:
- name: record
  interval: 500ms
  rules:
  - {record: 'job:load:sum', expr: sum by (job) (load)}
  - {record: 'job:load:double', expr: 'job:load:sum * 2', labels: {made: rule}}
  - {record: 'hosts:count', expr: count(load)}
  - {record: 'constant', expr: vector(42) + 0.5}
  - {record: 'load:above', expr: load > 5}
- name: alerts
  interval: 500ms
  rules:
  - alert: High
    expr: load > 5
    labels: {severity: '{{ if gt $value 8.0 }}page{{ else }}ticket{{ end }}', host: '{{ $labels.host | toUpper }}'}
    annotations:
      text: '{{ $labels.host }} of {{ .Labels.job }} has {{ $value }} ({{ $value | humanize }}, {{ printf "%.3f" $value }}, {{ humanizePercentage 0.1234 }})'
      list: '{{ range query "sort(load)" }}{{ .Labels.host }}={{ .Value | humanize1024 }} {{ end }}'
      first: '{{ with query "job:load:sum" }}{{ . | first | value | humanizeDuration }}{{ end }}'
      regex: '{{ reReplaceAll "(.*)-(.*)" "$2-$1" $labels.instance }} {{ stripPort $labels.instance }} {{ if match "^edge" $labels.instance }}edge{{ end }}'
      parts: '{{ define "x" }}{{ .arg0 }}+{{ .arg1 }}{{ end }}{{ template "x" (args 1 "b") }} {{ title "one two" }} {{ 1435065584.128 | humanizeTimestamp }}'
      wrong: '{{ $labels.nope }}|{{ 1234567.0 }}|{{ 0.00001 }}|{{ 3661.5 | humanizeDuration }}|{{ 0.0005 | humanizeDuration }}'
  - {alert: Later, expr: load > 2, for: 1h}
  - {alert: Never, expr: load > 1000}
  - {alert: Kept, expr: hosts:count == 3, for: 1s, keep_firing_for: 1h}
"""
LOADS = [("a", "node", "edge-1:9100", 3.0), ("b", "node", "edge-2:9100", 7.25), ("c", "api", "core-1:80", 1234567.5)]


def ask(url, path, **params):
    with urllib.request.urlopen(f"{url}/api/v1/{path}?" + urllib.parse.urlencode(params), timeout=10) as r:
        return json.load(r)["data"]


def result(url, expr):
    return sorted((json.dumps(r["metric"], sort_keys=True), r["value"][1]) for r in ask(url, "query", query=expr)["result"])


def alerts(url):
    rows = []
    for g in ask(url, "rules", type="alert")["groups"]:
        for r in g["rules"]:
            for a in r["alerts"]:
                rows.append((r["name"], r["state"], r["duration"], a["state"], a["value"], json.dumps(a["labels"], sort_keys=True), json.dumps(a["annotations"], sort_keys=True)))
    return sorted(rows)


def main():
    directory = tempfile.mkdtemp(prefix="belfry-rules-")
    port, passed, failed, child = free_port(), 0, 0, None
    prometheus = f"http://127.0.0.1:{port}"

    def case(name, run):
        nonlocal passed, failed
        try:
            note = run()
            passed += 1
            print(f"ok     {name}" + (f" ({note})" if note else ""), flush=True)
        except (Failure, OSError, subprocess.SubprocessError) as e:
            failed += 1
            print(f"FAILED {name}: {e}", flush=True)

    try:
        with open(f"{directory}/rules.yml", "w") as f:
            f.write(RULES)
        with open(f"{directory}/prometheus.yml", "w") as f:
            f.write(f"global: {{evaluation_interval: 1s}}\nrule_files: [{directory}/rules.yml]\n")

        def accepted(*command):
            r = subprocess.run(command, capture_output=True, text=True, timeout=60)
            check(r.returncode == 0, f"{command[0]}: {r.stdout} {r.stderr}")

        case("promtool check rules", lambda: accepted("promtool", "check", "rules", f"{directory}/rules.yml"))
        case("belfry check-rules", lambda: accepted(BINARY, "check-rules", f"{directory}/rules.yml"))
        child = subprocess.Popen(["prometheus", f"--config.file={directory}/prometheus.yml", f"--storage.tsdb.path={directory}/data", f"--web.listen-address=127.0.0.1:{port}", "--web.enable-remote-write-receiver",
                                  "--log.level=error"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(prometheus + "/-/ready")
        with Server("--set", f"rules.files={directory}/rules.yml", "--set", "host.enabled=false", "--set", "self.enabled=false") as server:
            belfry = f"http://127.0.0.1:{server.port}"

            def same(what):
                end = time.monotonic() + 30
                while True:
                    now = int(time.time() * 1000)
                    body = write_request([({"__name__": "load", "host": h, "job": j, "instance": i}, [(now, v)]) for h, j, i, v in LOADS])
                    for url in (prometheus, belfry):
                        urllib.request.urlopen(urllib.request.Request(url + "/api/v1/write", body, WRITE_HEADERS), timeout=10).read()
                    a, b = what(prometheus), what(belfry)
                    if a and a == b:
                        return f"{len(a)} rows"
                    if time.monotonic() > end:
                        raise Failure(f"only Prometheus: {[x for x in a if x not in b][:3]}\n       only Belfry: {[x for x in b if x not in a][:3]}")
                    time.sleep(0.3)

            for expr in ("job:load:sum", "job:load:double", "hosts:count", "constant", "load:above", 'ALERTS{alertname!="Kept"}', 'ALERTS{alertname="Kept",alertstate="firing"}',
                         "count by (alertname, alertstate) (ALERTS)", "count by (alertname) (ALERTS_FOR_STATE)"):
                case(f"the same {expr}", lambda e=expr: same(lambda url: result(url, e)))
            case("the same alerts, states, labels and annotations", lambda: same(alerts))
            LOADS[1] = ("b", "node", "edge-2:9100", 1.0)
            case("the same after one is resolved", lambda: same(lambda url: [x for x in alerts(url) if x[0] == "High"] if len([x for x in alerts(url) if x[0] == "High"]) == 1 else []))
            case("the same series after one ended", lambda: same(lambda url: r if len(r := result(url, "load:above")) == 1 else []))
    finally:
        if child:
            child.terminate()
            child.wait()
        shutil.rmtree(directory, ignore_errors=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
