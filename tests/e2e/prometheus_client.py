"""An unmodified Prometheus scrapes node_exporter and itself and remote-writes to Belfry; then promtool asks both the same questions.

    PATH=...:$PATH python3 tests/e2e/prometheus_client.py --seconds 600
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import Failure, Server, check  # noqa: E402
from ports import free_port, wait_for  # noqa: E402

INSTANT = ["up", "node_load1", "count(node_cpu_seconds_total)", "sum by (mode) (node_cpu_seconds_total)", "prometheus_build_info",
           'node_filesystem_size_bytes{mountpoint="/"}', "topk(3, node_cpu_seconds_total)", "sort_desc(sum by (job) (scrape_samples_scraped))",
           "histogram_quantile(0.9, sum by (le) (prometheus_http_request_duration_seconds_bucket))", "vector(1) + scalar(count(up))",
           'label_replace(up, "x", "$1", "instance", "(.*):.*")', "absent(nope)"]
# A range ends before the newest scrape, so that both have all of it.
RANGE = ["up", "node_memory_MemFree_bytes", "sum by (job) (scrape_duration_seconds)", "max_over_time(node_load1[30s])", "node_cpu_seconds_total"]


def promtool(*args):
    r = subprocess.run(["promtool", *args], capture_output=True, text=True, timeout=60)
    check(r.returncode == 0, f"promtool {args}: {r.stderr[:400]} {r.stdout[:200]}")
    return sorted(line for line in r.stdout.splitlines() if line.strip())


def prometheus_counter(url, name):
    text = urllib.request.urlopen(url + "/metrics", timeout=5).read().decode()
    return sum(float(m) for m in re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", text, re.M))


def compare(prometheus, belfry, ask):
    """ask(url) on both; small differences of the newest instant are given one more chance."""
    for attempt in range(3):
        a, b = ask(prometheus), ask(belfry)
        if a == b:
            return len(a)
        time.sleep(0.3)
    extra = [x for x in a if x not in b][:3], [x for x in b if x not in a][:3]
    raise Failure(f"answers differ ({len(a)} and {len(b)} lines): only Prometheus {extra[0]}, only Belfry {extra[1]}")


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--seconds", type=int, default=20)
    a = p.parse_args()
    directory = tempfile.mkdtemp(prefix="belfry-prometheus-")
    node, prom = free_port(), free_port()
    url = f"http://127.0.0.1:{prom}"
    children, passed, failed = [], 0, 0
    try:
        with Server(env={"BELFRY_HOST__ENABLED": "false", "BELFRY_SELF__ENABLED": "false"}) as server:
            belfry = f"http://127.0.0.1:{server.port}"
            with open(f"{directory}/prometheus.yml", "w") as f:
                f.write(f"""global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - {{job_name: prometheus, static_configs: [{{targets: ["127.0.0.1:{prom}"]}}]}}
  - {{job_name: node, static_configs: [{{targets: ["127.0.0.1:{node}"]}}]}}
remote_write:
  - {{url: "{belfry}/api/v1/write", queue_config: {{batch_send_deadline: 200ms}}, metadata_config: {{send_interval: 3s}}}}
""")
            quiet = dict(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            children.append(subprocess.Popen(["prometheus-node-exporter", f"--web.listen-address=127.0.0.1:{node}"], **quiet))
            children.append(subprocess.Popen(["prometheus", f"--config.file={directory}/prometheus.yml", f"--storage.tsdb.path={directory}/data",
                                              f"--web.listen-address=127.0.0.1:{prom}", "--log.level=warn"], **quiet))
            wait_for(url + "/-/ready")
            time.sleep(a.seconds)
            at = int(time.time()) - 4
            start = at - min(a.seconds - 6, 300)

            def case(name, ask):
                nonlocal passed, failed
                try:
                    lines = compare(url, belfry, ask)
                    check(lines > 0 or "nope" in name, f"no answer at all")
                    passed += 1
                    print(f"ok     {name} ({lines} lines)", flush=True)
                except (Failure, subprocess.TimeoutExpired) as e:
                    failed += 1
                    print(f"FAILED {name}: {e}", flush=True)

            for expr in INSTANT:
                case(f"query instant {expr}", lambda u: promtool("query", "instant", f"--time={at}", u, expr))
            for expr in RANGE:
                # Values only where Prometheus 2.42 and the newest semantics agree: windows that no sample touches at the left edge.
                case(f"query range {expr}", lambda u: promtool("query", "range", f"--start={start}", f"--end={at}", "--step=7s", u, expr))
            case("query series", lambda u: promtool("query", "series", f"--start={start}", f"--end={at}", '--match=node_cpu_seconds_total', u))
            case("query labels", lambda u: promtool("query", "labels", f"--start={start}", f"--end={at}", u, "mode"))
            case("query label names", lambda u: promtool("query", "labels", f"--start={start}", f"--end={at}", u, "__name__"))
            try:
                bad = sum(prometheus_counter(url, f"prometheus_remote_storage_{kind}_total") for kind in ("samples_failed", "samples_dropped", "samples_retried"))
                sent = prometheus_counter(url, "prometheus_remote_storage_samples_total")
                refused = server.counter("belfry_ingest_refused_total")
                check(sent > 0 and bad == 0 and refused == 0, f"sent {sent}, failed, dropped or retried {bad}, refused {refused}")
                passed += 1
                print(f"ok     remote write: {sent:.0f} samples sent, none refused, failed, dropped or retried")
            except Failure as e:
                failed += 1
                print(f"FAILED remote write: {e}")
    finally:
        for c in children:
            c.terminate()
        for c in children:
            c.wait()
        shutil.rmtree(directory, ignore_errors=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
