"""Checks of the server, and `belfry agent`, which reports a host to a server elsewhere and waits for one that is away."""
import os
import signal
import subprocess
import tempfile
import time

from harness import BINARY, Server, check


def wait_for(server, expr, seconds=15):
    end = time.monotonic() + seconds
    while not (found := server.query(expr)) and time.monotonic() < end:
        time.sleep(0.1)
    check(found, f"no answer to {expr}")
    return found


def test_checks_of_the_server_become_metrics():
    with tempfile.TemporaryDirectory() as directory:
        with open(os.path.join(directory, "process.yaml"), "w") as f:
            f.write("init_config: null\ninstances:\n- {name: me, search_string: [belfry], detailed: true}\n")
        with open(os.path.join(directory, "tcp_check.yaml"), "w") as f:
            f.write("instances:\n- {host: 127.0.0.1, port: 1, dimensions: {service: nobody}}\n")
        with Server("--set", f"agent.checks_dir={directory}", "--set", "agent.system_metrics=true", "--set", "agent.interval=1s",
                    "--set", "agent.hostname=web01") as s:
            found = wait_for(s, '{"process.pid_count"}')
            check(float(found[0]["value"][1]) >= 1 and found[0]["metric"]["hostname"] == "web01", found)
            found = wait_for(s, '{"network.tcp.status"}')
            check(found[0]["value"][1] == "1" and found[0]["metric"]["service"] == "nobody", found)
            check(float(wait_for(s, '{"mem.total_mb"}')[0]["value"][1]) > 1, "memory")
            check(0 <= float(wait_for(s, '{"cpu.idle_perc"}')[0]["value"][1]) <= 100, "cpu")
        with open(os.path.join(directory, "http_check.yaml"), "w") as f:
            f.write("instances:\n- name: a\n")
        r = subprocess.run([BINARY, "serve", "--data", os.path.join(directory, "data"), "--listen", "127.0.0.1:0", "--set", f"agent.checks_dir={directory}",
                            "--set", "server.default_aliases="], capture_output=True, text=True, timeout=20)
        check(r.returncode != 0 and "http_check.yaml:2" in r.stderr and "url is missing" in r.stderr, r.stderr)


def test_the_agent_reports_with_a_token_and_waits_for_a_server_that_is_away():
    with Server("--set", "auth.loopback_ingests=false") as s:
        r = subprocess.run([BINARY, "user", "add", "agent", "--project", "default", "--role", "monasca-agent", "--password-stdin", "--data", s.data],
                           input="open sesame\n", capture_output=True, text=True, timeout=30)
        check(r.returncode == 0, r.stderr)
        url = f"http://127.0.0.1:{s.port}"
        environment = {**os.environ, "OS_AUTH_URL": url + "/identity/v3", "OS_USERNAME": "agent", "OS_PASSWORD": "open sesame", "OS_PROJECT_NAME": "default"}
        agent = subprocess.Popen([BINARY, "agent", "--to", url, "--set", "agent.interval=1s", "--set", "agent.hostname=far"], env=environment,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            wait_for(s, '{"mem.total_mb", hostname="far"}')
            s.stop()
            s.flags += ["--listen", f"127.0.0.1:{s.port}"]
            time.sleep(2.5)
            s.start()
            end = time.monotonic() + 20
            count = 'sum(count_over_time({"mem.total_mb", hostname="far"}[1m]))'
            while time.monotonic() < end and not (s.query(count) and float(s.query(count)[0]["value"][1]) >= 4):
                time.sleep(0.2)
            check(float(s.query(count)[0]["value"][1]) >= 4, "what was measured while the server was away came, too")
        finally:
            agent.send_signal(signal.SIGTERM)
            out, err = agent.communicate(timeout=15)
        check(agent.returncode == 0 and "metrics sent, 0 refused, 0 dropped" in out, f"{agent.returncode} {out} {err}")
