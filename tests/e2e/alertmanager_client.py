"""An unmodified Prometheus sends its alerts to Belfry as to an Alertmanager: they become alarms, ring a webhook, and are over.

    PATH=...:$PATH python3 tests/e2e/alertmanager_client.py
"""
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import Server, check  # noqa: E402
from notify_test import API, OPEN, Hook, call, make_method, wait_until  # noqa: E402
from ports import free_port, wait_for  # noqa: E402


def main():
    check(shutil.which("prometheus"), "no prometheus in PATH")
    directory = tempfile.mkdtemp(prefix="belfry-alertmanager-")
    rules, config = os.path.join(directory, "rules.yml"), os.path.join(directory, "prometheus.yml")
    hook, process = Hook(), None
    try:
        with Server(env=OPEN) as s:
            make_method(s, "hook", hook.url)
            call(s, "PUT", API + "routing", {"yaml": "route:\n  receiver: hook\n  group_by: ['...']\n  group_wait: 0s\n  group_interval: 1s\n"})
            with open(rules, "w") as f:
                f.write("groups:\n- name: g\n  interval: 1s\n  rules:\n  - alert: Always\n    expr: vector(1) > 0\n"
                        "    labels: {severity: critical, host: web-1}\n    annotations: {summary: 'value {{ $value }}'}\n")
            with open(config, "w") as f:
                f.write("global: {evaluation_interval: 1s}\nrule_files: [rules.yml]\nalerting:\n  alertmanagers:\n  - path_prefix: /alertmanager\n"
                        f"    static_configs: [{{targets: ['127.0.0.1:{s.port}']}}]\n")
            port = free_port()
            process = subprocess.Popen(["prometheus", "--config.file", config, "--storage.tsdb.path", os.path.join(directory, "data"),
                                        "--web.listen-address", f"127.0.0.1:{port}", "--web.enable-lifecycle",
                                        "--rules.alert.resend-delay", "1s"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            wait_for(f"http://127.0.0.1:{port}/-/ready")
            alarm = wait_until(lambda: call(s, "GET", API + "alarms")["alarms"], "the alert becomes an alarm", 30)[0]
            check((alarm["source"], alarm["name"], alarm["state"], alarm["severity"]) == ("outside", "Always", "ALARM", "CRITICAL"), alarm)
            check(alarm["labels"]["host"] == "web-1" and alarm["link"].startswith("http://"), alarm)
            wait_until(lambda: hook.seen, "it rings the webhook")
            body = hook.bodies()[0]
            check(body["status"] == "firing" and body["alerts"][0]["annotations"]["summary"] == "value 1", body)
            time.sleep(3)  # it is sent again every second
            history = call(s, "GET", f"{API}alarms/{alarm['id']}/history")["entries"]
            check(len([e for e in history if e["kind"] == "transition"]) == 1, f"sent again without a change: {history}")
            check(len(hook.seen) == 1, "told once")
            with open(rules, "w") as f:
                f.write("groups:\n- name: g\n  interval: 1s\n  rules:\n  - alert: Always\n    expr: vector(1) > 1\n"
                        "    labels: {severity: critical, host: web-1}\n    annotations: {summary: 'value {{ $value }}'}\n")
            process.send_signal(1)  # read again: the alert ends, by Prometheus' word or by its silence
            wait_until(lambda: call(s, "GET", API + "alarms")["alarms"][0]["state"] == "OK", "over when Prometheus says so", 60)
            wait_until(lambda: len(hook.seen) == 2, "and told so", 15)
            check(hook.bodies()[1]["status"] == "resolved", hook.bodies()[1])
        print("prometheus -> alertmanager API: firing, sent again, resolved: as expected")
    finally:
        if process:
            process.kill()
        hook.stop()
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
