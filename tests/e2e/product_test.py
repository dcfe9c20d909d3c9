"""What a newcomer sees: start, ready, own metrics, a login link, a clean stop."""
import json
import os
import subprocess
import time

from harness import BINARY, Server, check

NOW = int(time.time() * 1000)


def test_an_empty_directory_becomes_a_working_server():
    with Server() as s:
        check(any("/#t=" in line for line in s.output), "a login link is printed:\n" + "\n".join(s.output))
        check(s.api("status/buildinfo")["version"], "buildinfo has a version")
        deadline = time.monotonic() + 25
        while time.monotonic() < deadline:
            if s.query("node_cpu_seconds_total") and s.query('process_resident_memory_bytes{job="belfry"}'):
                break
            time.sleep(0.2)
        check(s.query('node_cpu_seconds_total{mode="idle"}'), "this host's metrics are stored")
        check(s.query('process_resident_memory_bytes{job="belfry"}'), "Belfry's own counters are stored")
        live = json.loads(s.request("GET", "/api/v1/belfry/host/live")[1])
        while len(live["series"]) < 12 and time.monotonic() < deadline:  # rates need two readings
            time.sleep(0.2)
            live = json.loads(s.request("GET", "/api/v1/belfry/host/live")[1])
        check(len(live["series"]) >= 12, f"live series: {[x['id'] for x in live['series']]}")
        check(s.stop() == 0, f"a clean stop:\n" + "\n".join(s.output[-10:]))


def test_written_samples_survive_a_clean_restart_and_a_compaction():
    with Server("--auth", "off") as s:
        rows = [({"__name__": "kept", "i": str(i)}, [(NOW - 3_600_000 + k * 10_000, float(i * k)) for k in range(300)]) for i in range(50)]
        check(s.write(rows)[0] in (200, 204), "accepted")
        check(s.stop() == 0, "stopped")
        s.start()
        check(s.query("sum(count_over_time(kept[2h]))")[0]["value"][1] == "15000", "all there after a restart")
        status, text, _ = s.request("POST", "/api/v1/admin/tsdb/compact")
        check(status in (200, 204), f"compact: HTTP {status} {text!r}")
        check(s.query("sum(count_over_time(kept[2h]))")[0]["value"][1] == "15000", "all there after a compaction")
        s.stop()
        s.start()
        check(s.query("sum(count_over_time(kept[2h]))")[0]["value"][1] == "15000", "and after another restart")


def test_what_was_acknowledged_is_seen_by_the_next_query():
    with Server() as s:
        write, ask = s.connection(), s.connection()
        for i in range(300):
            check(s.write([({"__name__": "fresh", "i": str(i)}, [(NOW, float(i))])], write)[0] in (200, 204), "accepted")
            _, body, _ = s.request("GET", f"/api/v1/query?query=fresh%7Bi%3D%22{i}%22%7D&time={NOW / 1000}", connection=ask)
            rows = json.loads(body)["data"]["result"]
            check(len(rows) == 1 and rows[0]["value"][1] == str(i), f"write {i} is not seen: {rows}")


def test_a_second_server_on_the_same_port_says_who_has_it():
    with Server() as s:
        r = subprocess.run([BINARY, "serve", "--data", s.data + "-2", "--listen", f"127.0.0.1:{s.port}"], capture_output=True, text=True, timeout=20)
        check(r.returncode == 2, f"exit code {r.returncode}")
        check(str(s.process.pid) in r.stdout + r.stderr, f"names the owner: {r.stderr}")


def test_a_second_server_on_the_same_data_is_refused():
    with Server() as s:
        r = subprocess.run([BINARY, "serve", "--data", s.data, "--listen", "127.0.0.1:0"], capture_output=True, text=True, timeout=20)
        check(r.returncode == 2, f"exit code {r.returncode}: {r.stderr}")


def test_commands_answer_with_codes():
    run = lambda *a: subprocess.run([BINARY, *a], capture_output=True, text=True, timeout=20)
    check(run("version").returncode == 0, "version")
    check(json.loads(run("version", "--json").stdout)["version"], "version --json")
    check(run("no-such-command").returncode == 2, "an unknown command is a usage error")
    check(run("check-config", "/no/such/file").returncode != 0, "a missing file is an error")
    check("complete" in run("completion", "bash").stdout, "completion")
    with Server() as s:
        url = f"http://127.0.0.1:{s.port}"
        check(run("query", "--url", url, "1+1").stdout.strip().endswith("2"), "query prints the value")
        check(run("status", "--url", url).returncode == 0, "status")
        text = "# TYPE imported gauge\nimported{a=\"1\"} 42\n"
        r = subprocess.run([BINARY, "import", "--url", url, "-"], input=text, capture_output=True, text=True, timeout=20)
        check(r.returncode == 0, r.stderr)
        check(s.query("imported")[0]["value"][1] == "42", "import from standard input")


def test_an_idle_server_is_small():
    with Server() as s:
        time.sleep(3)
        check(os.path.getsize(BINARY) <= 20 << 20, f"binary {os.path.getsize(BINARY)} bytes")
        check(s.memory_mb() <= 60, f"idle memory {s.memory_mb()} MB")
