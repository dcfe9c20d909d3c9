"""The ways in beside remote write, as their clients use them: what curl, telegraf and collectors send, and what they get back."""
import gzip
import json
import time

from harness import Server, check

CURL = {"Content-Type": "application/x-www-form-urlencoded"}  # what curl says of every --data
NOW = int(time.time())


def put(server, path, body, headers=None):
    body = body.encode() if isinstance(body, str) else body
    status, text, head = server.request("POST", path, body, headers or CURL)
    return status, (json.loads(text) if text else None), head


def values(server, expr, count=1):
    """[(labels, value)] of at least `count` series: what is durable is readable a moment later."""
    end = time.monotonic() + 10
    while len(result := server.query(expr)) < count and time.monotonic() < end:
        time.sleep(0.01)
    return sorted((tuple(sorted((k, v) for k, v in r["metric"].items() if k != "__name__")), r["value"][1]) for r in result)


def test_influx_lines_of_either_api_are_stored():
    with Server() as s:
        status, body, head = put(s, "/write?db=telegraf&rp=&u=me&p=x", f"cpu,host=a idle=99.5,busy=1i {NOW}000000000\nroom,load=50% value=21.5\n")
        check((status, body) == (204, None), f"HTTP {status} {body}")
        check(head.get("x-influxdb-version"), f"{head}")
        check(values(s, "cpu_idle") == [((("db", "telegraf"), ("host", "a")), "99.5")], f"{values(s, 'cpu_idle')}")
        check(values(s, "room") == [((("db", "telegraf"), ("load", "50%")), "21.5")], f"{values(s, 'room')}")
        for path in ("/api/v2/write", "/influx/api/v2/write", "/influx/write"):
            status, body, _ = put(s, f"{path}?org=o&bucket=b/rp&db=&precision=s", gzip.compress(f"m,way={path} up=T {NOW}\n".encode()),
                                  {"Content-Type": "text/plain; charset=utf-8", "Content-Encoding": "gzip"})
            check(status == 204, f"{path}: HTTP {status} {body}")
        check([v for _, v in values(s, "m_up", 3)] == ["1", "1", "1"], f"{values(s, 'm_up')}")
        check(len(values(s, 'm_up{db="b"}', 2)) == 2, f"{values(s, 'm_up')}")
        status, body, _ = put(s, "/write", "größe,größe=x länge=2\n", {"Content-Type": "text/plain"})
        check(status == 204, f"HTTP {status} {body}")
        check([v for _, v in values(s, '{__name__="größe_länge"}')] == ["2"], "names keep their letters")


def test_influx_bad_lines_are_named_and_good_ones_kept():
    with Server() as s:
        status, body, _ = put(s, "/write", 'kept v=1\nbad v=oops\nkept2 v=2,s="text"\n')
        check(status == 400 and "partial write" in body["error"] and "line 2" in body["error"], f"HTTP {status} {body}")
        check(len(values(s, "kept_v")) == 1 and len(values(s, "kept2_v")) == 1, "the good lines are stored")
        status, body, _ = put(s, "/api/v2/write", "bad\n")
        check(status == 400 and body["code"] == "invalid" and body["line"] == 1, f"HTTP {status} {body}")
        status, body, _ = put(s, "/write?precision=week", "m v=1\n")
        check(status == 400 and "week" in body["error"], f"HTTP {status} {body}")
        status, body, _ = put(s, "/write", "old v=1 1\n")
        check(status == 400 and "partial write" in body["error"], f"too old: HTTP {status} {body}")
        status, body, _ = put(s, "/write", b"m,t=\xff v=1\n")
        check(status == 400 and "UTF-8" in body["error"], f"not UTF-8: HTTP {status} {body}")
        check(s.request("POST", "/write", gzip.compress(b"m v=1\n" * 50_000_000, 9), {"Content-Encoding": "gzip"})[0] == 413, "a bomb")
        for reason in ("malformed", "text_field", "parameter", "too_old", "invalid_labels"):
            check(s.counter("belfry_ingest_refused_total", receiver="influx", reason=reason) >= 1, f"{reason} is counted")


def test_influx_answers_what_telegraf_asks_first():
    with Server() as s:
        for path in ("/ping", "/influx/ping"):
            for method in ("GET", "HEAD"):
                status, body, head = s.request(method, path)
                check((status, body) == (204, b"") and head.get("x-influxdb-version"), f"{method} {path}: HTTP {status} {head}")
        status, body, _ = put(s, "/query", "q=CREATE+DATABASE+%22telegraf%22")
        check((status, body) == (200, {"results": [{"statement_id": 0}]}), f"HTTP {status} {body}")
        status, body, _ = s.request("GET", "/influx/query?q=SHOW%20DATABASES")
        check(status == 200, f"HTTP {status} {body}")
        status, body, _ = put(s, "/query", "q=DROP+DATABASE+telegraf")
        check(status == 400 and "PromQL" in body["error"], f"HTTP {status} {body}")


def test_opentsdb_points_are_stored_and_counted():
    with Server() as s:
        point = {"metric": "sys.cpu", "timestamp": NOW, "value": 18, "tags": {"host": "50%"}}
        check(put(s, "/api/put", json.dumps(point))[0] == 204, "one point")
        many = [dict(point, metric="m", timestamp=NOW * 1000 + i, value=str(i)) for i in range(3)]
        status, body, _ = put(s, "/opentsdb/api/put?summary", json.dumps(many))
        check((status, body) == (200, {"success": 3, "failed": 0}), f"HTTP {status} {body}")
        status, body, _ = put(s, "/api/put?details", json.dumps([point, {"metric": "x"}]))
        check(status == 400 and body["failed"] == 1 and body["errors"][0]["datapoint"] == {"metric": "x"}, f"HTTP {status} {body}")
        status, body, _ = put(s, "/api/put", "{")
        check(status == 400 and body["error"]["code"] == 400, f"HTTP {status} {body}")
        check([v for _, v in values(s, '{__name__="sys.cpu",host="50%"}')] == ["18"], "stored under its name")
        check(s.counter("belfry_ingest_records_total", receiver="opentsdb") == 5, "taken points are counted")


def test_import_takes_what_curl_calls_a_form():
    with Server() as s:
        status, body, _ = put(s, "/api/v1/import/prometheus", 'battery{level="50%"} 1\n')
        check(status == 204, f"HTTP {status} {body}")
        check(len(values(s, "battery")) == 1, "stored")
