"""Belfry beside Prometheus and VictoriaMetrics (Debian's packages) on the same loads in the same minutes.

    python3 tests/bench/peers/compare.py [--loads steady,churn,jitter] [--peers belfry,prometheus,victoria-metrics] [--scale 1.0]

Prints one Markdown table a load, ready for ARCHITECTURE.md. Every figure is of the server process alone.
"""
import argparse
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
LOADS = {
    "steady": ("3,996 series x 12 h at 10 s", 333, 4320, []),
    "churn": ("96,000 series x 10 min at 10 s", 8000, 60, []),
    "jitter": ("3,996 series x 4 h at 10 s, scrape times moved by up to 5 ms", 333, 1440, ["--jitter", "5"]),
    "million": ("1,000,008 series x 3 min at 10 s", 83334, 18, []),
}


def machine():
    with open("/proc/cpuinfo") as f:
        model = next((line.split(":", 1)[1].strip() for line in f if line.startswith("model name")), "unknown processor")
    return f"{os.cpu_count()} cores, {model}, {time.strftime('%Y-%m-%d')}"


def run(peer, hosts, scrapes, extra):
    r = subprocess.run(["bash", os.path.join(HERE, "run.sh"), peer, "--hosts", str(hosts), "--scrapes", str(scrapes), "--conns", "2", *extra],
                       stdout=subprocess.PIPE, text=True)
    try:
        return json.loads(r.stdout[r.stdout.index("{"):])
    except ValueError:
        print(f"{peer}: no result\n{r.stdout[-500:]}", file=sys.stderr)
        return None


def rows(x):
    load, size = x["load"], x["bytes_per_sample"]
    yield "samples/s, wall", f"{load['samples_per_s']:,.0f}" if "samples_per_s" in load else "-"
    yield "CPU-s per million samples", f"{x['cpu_s_per_million_samples']['after_settle']:.2f}"
    yield "samples per CPU-second", f"{x['samples_per_cpu_s']:,}"
    yield "request p50 / p99, ms", f"{load.get('p50_ms', 0)} / {load.get('p99_ms', 0)}"
    yield "refused samples", f"{load.get('failed', 0):,}"
    yield "peak memory after load / queries, MB", f"{x['peak_rss_mb']['after_load']:.0f} / {x['peak_rss_mb']['after_queries']:.0f}"
    yield "bytes/sample after settling", f"{size['after_settle']:.3f}"
    yield "bytes/sample in final form", f"{size['after_final_merge']:.3f}"
    yield "written bytes/sample", f"{x['write_bytes_per_sample']:.2f}"
    for name, q in x["queries_ms"].items():
        yield f"{name}, ms", (f"{q['ms']}" if "error" not in q else f"error: {q['error'][:40]}")


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--loads", default="steady,churn,jitter")
    p.add_argument("--peers", default="belfry,prometheus,victoria-metrics")
    p.add_argument("--scale", type=float, default=1.0, help="share of the scrapes of each load")
    a = p.parse_args()
    print(f"Machine: {machine()}")
    for name in a.loads.split(","):
        title, hosts, scrapes, extra = LOADS[name]
        results = {peer: run(peer, hosts, max(2, int(scrapes * a.scale)), extra) for peer in a.peers.split(",")}
        results = {peer: dict(rows(x)) for peer, x in results.items() if x}
        print(f"\n| {title} | " + " | ".join(results) + " |\n|---|" + "---|" * len(results))
        for row in next(iter(results.values()), {}):
            print(f"| {row} | " + " | ".join(r.get(row, "-") for r in results.values()) + " |")


if __name__ == "__main__":
    main()
