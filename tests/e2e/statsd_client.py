"""Monasca's own statsd client (python3-monasca-statsd), unmodified: counters, gauges and timers with dimensions arrive as
Monasca's agent would report them.

    python3 tests/e2e/statsd_client.py
"""
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import Failure, Server, check  # noqa: E402

import monascastatsd  # noqa: E402


def wait_query(server, expr):
    end = time.monotonic() + 10
    while not (result := server.query(expr)) and time.monotonic() < end:
        time.sleep(0.05)
    check(len(result) == 1, f"{expr}: {result}")
    return result[0]["metric"], float(result[0]["value"][1])


def test_dimensions_arrive_as_monascas_client_writes_them():
    with Server("--set", "statsd.listen=127.0.0.1:0", "--set", "statsd.flush_interval=1s", "--set", "statsd.hostname=web01") as s:
        port = dict(s.doors("statsd"))["udp"]
        client = monascastatsd.Client("shop", host="127.0.0.1", port=port, dimensions={"env": "test"})
        client.get_gauge("door").send("open", 1, dimensions={"quote": "it's | a, \"door\""})
        labels, found = wait_query(s, '{"shop.door.open"}')
        check(found == 1 and labels == {"__name__": "shop.door.open", "env": "test", "hostname": "web01", "quote": "it's | a, \"door\""}, labels)
        timer = client.get_timer()
        timer.timing("bake", 1250, dimensions={"hostname": "oven"})
        labels, found = wait_query(s, '{"shop.bake"}')
        check(found == 1250 and labels["hostname"] == "oven", (labels, found))
        for _ in range(3):
            client.get_counter("orders").increment(2)
        end = time.monotonic() + 10
        while time.monotonic() < end and not (s.query('sum(sum_over_time({"shop.orders"}[1m])) >= 6')):
            time.sleep(0.05)
        labels, found = wait_query(s, 'sum(sum_over_time({"shop.orders"}[1m]))')
        check(found == 6, f"the sums of the intervals: {found}")
        check(s.counter("belfry_ingest_refused_total", receiver="statsd") == 0, "nothing refused")


if __name__ == "__main__":
    try:
        test_dimensions_arrive_as_monascas_client_writes_them()
        print("1 passed, 0 failed")
    except Failure as failure:
        print(f"FAILED: {failure}")
        sys.exit(1)
