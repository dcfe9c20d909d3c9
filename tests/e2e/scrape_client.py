"""Belfry scrapes unmodified exporters: node_exporter, Prometheus itself and a program on python3-prometheus-client. The same
configuration is given to a Prometheus beside it (and to promtool); both must come to the same series.

    PATH=...:$PATH PYTHONPATH=... python3 tests/e2e/scrape_client.py --seconds 10
"""
import argparse
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
from harness import Failure, Server, check  # noqa: E402
from ports import free_port, wait_for  # noqa: E402

APP = """
import sys, threading, time
from prometheus_client import Counter, Gauge, Histogram, Summary, start_http_server
orders = Counter('orders', 'Orders taken.', ['shop'])
weight = Histogram('parcel_weight_kilograms', 'Weight of parcels.', unit='kilograms', buckets=(1, 2.5, 10))
took = Summary('packing_seconds', 'Time to pack.')
odd = Gauge('odd', 'Odd "labels".', ['what'])
odd.labels(what='quote " backslash \\\\ line\\nend').set(1)
start_http_server(int(sys.argv[1]), addr='127.0.0.1')
while True:
    orders.labels(shop='attic').inc(exemplar={'trace_id': 'abc123'})
    weight.observe(2, {'trace_id': 'def456'})
    took.observe(0.2)
    time.sleep(0.1)
"""
# Belfry writes these always, Prometheus 2.42 on demand.
EXTRA = {"scrape_timeout_seconds", "scrape_sample_limit", "scrape_body_size_bytes"}


def series_of(url, job, since_s):
    query = urllib.parse.urlencode({"match[]": f'{{job="{job}"}}', "start": since_s, "end": time.time()})
    data = json.load(urllib.request.urlopen(f"{url}/api/v1/series?{query}", timeout=10))["data"]
    out = set()
    for labels in data:
        if labels["__name__"] in EXTRA:
            continue
        for bound in ("le", "quantile"):  # "1" of Prometheus 2 is "1.0" of Prometheus 3
            if labels.get(bound, "").isdigit():
                labels[bound] += ".0"
        out.add(tuple(sorted(labels.items())))
    return out


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--seconds", type=int, default=10)
    a = p.parse_args()
    directory = tempfile.mkdtemp(prefix="belfry-scrape-")
    node, prom, app = free_port(), free_port(), free_port()
    config = f"{directory}/prometheus.yml"
    with open(config, "w") as f:
        f.write(f"""global: {{scrape_interval: 1s, scrape_timeout: 1s, external_labels: {{site: here}}}}
scrape_configs:
- job_name: prometheus
  static_configs: [{{targets: ["127.0.0.1:{prom}"]}}]
  metric_relabel_configs: [{{source_labels: [__name__], regex: "go_.*", action: drop}}]
- job_name: node
  static_configs: [{{targets: ["127.0.0.1:{node}"], labels: {{role: test}}}}]
  relabel_configs: [{{source_labels: [__address__], regex: ".*:(.*)", target_label: port}}]
- job_name: app
  file_sd_configs: [{{files: ["{directory}/app*.json"]}}]
""")
    with open(f"{directory}/app1.json", "w") as f:
        json.dump([{"targets": [f"127.0.0.1:{app}"], "labels": {"team": "post"}}], f)
    quiet = dict(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    children, passed, failed = {}, 0, 0

    def case(name, test):
        nonlocal passed, failed
        try:
            print(f"ok     {name}: {test()}", flush=True)
            passed += 1
        except (Failure, subprocess.SubprocessError, OSError) as e:
            print(f"FAILED {name}: {e}", flush=True)
            failed += 1

    try:
        children["node"] = subprocess.Popen(["prometheus-node-exporter", f"--web.listen-address=127.0.0.1:{node}"], **quiet)
        children["app"] = subprocess.Popen([sys.executable, "-c", APP, str(app)], **quiet)
        children["prometheus"] = subprocess.Popen(
            ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={directory}/data", f"--web.listen-address=127.0.0.1:{prom}",
             "--log.level=warn", "--enable-feature=exemplar-storage"], **quiet)
        wait_for(f"http://127.0.0.1:{prom}/-/ready")
        wait_for(f"http://127.0.0.1:{app}/metrics")
        began = time.time()
        with Server("--set", f"scrape.config_file={config}", env={"BELFRY_HOST__ENABLED": "false", "BELFRY_SELF__ENABLED": "false"}) as server:
            belfry, prometheus = f"http://127.0.0.1:{server.port}", f"http://127.0.0.1:{prom}"
            time.sleep(a.seconds)

            def promtool():
                r = subprocess.run(["promtool", "check", "config", config], capture_output=True, text=True, timeout=30)
                check(r.returncode == 0, r.stdout + r.stderr)
                return "promtool takes the same file"

            def up():
                rows = {r["metric"]["job"]: r["value"][1] for r in server.query("up")}
                check(rows == {"prometheus": "1", "node": "1", "app": "1"}, str(rows))
                targets = server.api("targets")["activeTargets"]
                check(all(t["health"] == "up" and not t["lastError"] for t in targets), str(targets)[:500])
                return f"{len(targets)} targets answer"

            def same_series(job):
                for _ in range(5):
                    mine, theirs = series_of(belfry, job, began), series_of(prometheus, job, began)
                    if mine == theirs:
                        return f"{len(mine)} series, the same as Prometheus'"
                    time.sleep(1)
                raise Failure(f"only Belfry {sorted(mine - theirs)[:3]}, only Prometheus {sorted(theirs - mine)[:3]}")

            def app_values():
                grown = server.query('rate(orders_total{shop="attic",team="post"}[5s])')
                check(len(grown) == 1 and 5 < float(grown[0]["value"][1]) < 15, str(grown))
                median = server.query("histogram_quantile(0.5, rate(parcel_weight_kilograms_bucket[5s]))")
                check(len(median) == 1 and 1 < float(median[0]["value"][1]) < 2.5, str(median))
                odd = server.query("odd")
                check(odd and odd[0]["metric"]["what"] == 'quote " backslash \\ line\nend', str(odd))
                return "counter, histogram and odd labels"

            def metadata():
                rows = server.api("targets/metadata", match_target='{job="app"}', metric="orders")
                check(rows and rows[0]["type"] == "counter" and rows[0]["help"] == "Orders taken.", str(rows))
                check(server.api("metadata", metric="parcel_weight_kilograms")["parcel_weight_kilograms"][0]["unit"] == "kilograms", "unit")
                return "types, helps and units"

            def clean():
                bad = [server.counter("belfry_scrape_late_total"), server.counter("belfry_scrape_scrapes_total", outcome="failed"),
                       server.counter("belfry_ingest_refused_total")]
                check(bad == [0, 0, 0], str(bad))
                return f"{server.counter('belfry_scrape_scrapes_total', outcome='stored'):.0f} scrapes, none late, failed or refused"

            def staleness():
                children.pop("app").kill()
                end = time.monotonic() + 10
                while server.query("orders_total"):
                    check(time.monotonic() < end, "its series do not end")
                    time.sleep(0.1)
                check(server.query('up{job="app"}')[0]["value"][1] == "0", "up")
                error = [t["lastError"] for t in server.api("targets")["activeTargets"] if t["scrapePool"] == "app"]
                check("nobody answers" in error[0], str(error))
                os.remove(f"{directory}/app1.json")
                while server.query('up{job="app"}'):
                    check(time.monotonic() < end + 10, "its report does not end")
                    time.sleep(0.1)
                return "series of a killed target end at once, its report when it is taken from the list"

            case("promtool check config", promtool)
            case("up", up)
            for job in ("prometheus", "node", "app"):
                case(f"series of {job}", lambda: same_series(job))
            case("values of the client library", app_values)
            case("metadata", metadata)
            case("nothing lost", clean)
            case("staleness", staleness)
    finally:
        for c in children.values():
            c.terminate()
        for c in children.values():
            c.wait()
        shutil.rmtree(directory, ignore_errors=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
