"""Who makes series: counts, limits and examples, asked while a limit refuses."""
import json
import time

from harness import Server, check

QUIET = ["--set", "host.enabled=false", "--set", "self.enabled=false"]


def ask(server, **params):
    query = "&".join(f"{k}={v}" for k, v in params.items())
    status, body, _ = server.request("GET", "/api/v1/belfry/cardinality?" + query)
    check(status == 200, f"HTTP {status} {body}")
    return json.loads(body)


def series(first, count, name="orders"):
    now = int(time.time() * 1000)
    return [({"__name__": name, "job": "shop", "session": f"s{i}"}, [(now, 1)]) for i in range(first, first + count)]


def test_the_culprit_is_named_while_a_limit_refuses_it():
    with Server(*QUIET, "--set", "metric.max_values_per_label=100") as s:
        check(s.write(series(0, 80))[0] == 204, "below the limit")
        status, body = s.write(series(0, 130))
        check(status == 429 and b"session has 100 values" in body and b"metric.max_values_per_label" in body, f"HTTP {status} {body}")
        check(s.write(series(0, 100))[0] == 204, "known series go on")
        check(s.write(series(0, 1, "other"))[0] == 204, "a known value under another name is taken")
        d = ask(s, limit=5)
        check((d["series"], d["refused_total"], d["complete"]) == (101, 30, True), f"{d}")
        check(d["metrics"][0]["name"] == "orders" and d["metrics"][0]["series"] == 100 and d["metrics"][0]["refused"] == 30, f"{d['metrics']}")
        check(sum(d["growing"][0]["created"]) == 100 and d["refused_metrics"][0]["name"] == "orders", f"{d['growing']}")
        label = d["growing_labels"][0]
        check((label["name"], label["values"], label["refused"], label["newest_values"][0]) == ("session", 100, 30, "s99"), f"{label}")
        check(d["pairs"][0] == {"name": "job", "value": "shop", "series": 101}, f"{d['pairs']}")
        check(d["receivers"][0]["id"] == "prometheus_write" and d["receivers"][0]["refused"] == 30, f"{d['receivers']}")
        example = d["refused_examples"][0]
        check(example["limit"] == "metric.max_values_per_label" and example["series"].startswith('orders{job="shop",session="s1'), f"{example}")
        tsdb = s.api("status/tsdb", limit=3)
        check(tsdb["headStats"]["numSeries"] >= 101 and tsdb["seriesCountByMetricName"][0] == {"name": "orders", "value": 100}, f"{tsdb}")
        limits = {x["key"]: x for x in json.loads(s.request("GET", "/api/v1/belfry/status")[1])["limits"]}
        check(limits["metric.max_values_per_label"]["used"] == 100, f"{limits}")
        check(s.request("GET", "/api/v1/belfry/cardinality?limit=0")[0] == 400, "a bad limit")


def test_counts_are_the_same_after_a_restart_and_a_kill():
    with Server(*QUIET) as s:
        check(s.write(series(0, 50))[0] == 204, "written")
        for how in (s.stop, s.kill):
            how()
            s.start()
            d = ask(s)
            check(d["series"] == 50 and {x["name"]: x["values"] for x in d["labels"]} == {"session": 50, "job": 1, "__name__": 1}, f"{d['labels']}")
            check(d["labels"][0]["name"] == "session" and sum(d["created"]) == 0, f"{d}")
