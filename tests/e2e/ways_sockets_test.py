"""The ways in with ports of their own (Graphite, statsd), and the imports and exports in lines, as their clients use them."""
import json
import pickle
import shutil
import socket
import struct
import subprocess
import time
import urllib.parse

from harness import Failure, Server, WRITE_HEADERS, check, field, snappy, varint

NOW = int(time.time())
PORTS = {"BELFRY_GRAPHITE__LISTEN": "127.0.0.1:0", "BELFRY_GRAPHITE__PICKLE_LISTEN": "127.0.0.1:0", "BELFRY_STATSD__LISTEN": "127.0.0.1:0"}


def values(server, expr, count=1):
    """[(labels, value)] of at least `count` series: what is durable is readable a moment later."""
    end = time.monotonic() + 15
    while len(result := server.query(expr)) < count and time.monotonic() < end:
        time.sleep(0.02)
    return sorted((tuple(sorted((k, v) for k, v in r["metric"].items() if k != "__name__")), r.get("value", [0, None])[1]) for r in result)


def netcat(kind, port, text):
    check(shutil.which("nc"), "nc is missing (netcat-openbsd)")
    flags = ["-u", "-w1"] if kind == "udp" else ["-N"]
    subprocess.run(["nc", *flags, "127.0.0.1", str(port)], input=text.encode(), timeout=10, check=True)


def test_graphite_lines_by_nc_and_pickles_by_python():
    with Server(env=PORTS) as s:
        (_, tcp), (_, udp), (_, pickles) = s.doors("graphite")
        netcat("tcp", tcp, f"local.random.diceroll 4 {NOW}\ndisk.used;dc=eu;host=a 7.5 -1\nbad line\n")
        netcat("udp", udp, f"by.udp 1 {NOW}\n")
        for protocol in (0, 2, pickle.HIGHEST_PROTOCOL):
            body = pickle.dumps([(f"pickled.p{protocol}", (NOW, protocol)), ("pickled.tagged;p=%d" % protocol, (NOW, 1.5))], protocol=protocol)
            with socket.create_connection(("127.0.0.1", pickles)) as c:
                c.sendall(struct.pack("!L", len(body)) + body)
        got = values(s, '{"local.random.diceroll"}')
        check(got == [((), "4")], f"{got}")
        got = values(s, '{"disk.used"}')
        check(got == [((("dc", "eu"), ("host", "a")), "7.5")], f"{got}")
        check(values(s, '{"by.udp"}') == [((), "1")], "by UDP")
        check(len(values(s, '{__name__=~"pickled[.].*"}', 6)) == 6, "by pickle")
        with socket.create_connection(("127.0.0.1", pickles)) as c:
            body = b"cos\nsystem\n(S'true'\ntR."
            c.sendall(struct.pack("!L", len(body)) + body)
        end = time.monotonic() + 10
        while s.counter("belfry_ingest_refused_total", receiver="graphite", reason="malformed") < 2 and time.monotonic() < end:
            time.sleep(0.02)
        check(s.counter("belfry_ingest_refused_total", receiver="graphite", reason="malformed") == 2, "a bad line and a pickle that calls are counted")


def test_statsd_by_nc_counts_and_keeps_at_the_stop():
    s = Server(env=dict(PORTS, BELFRY_STATSD__FLUSH_INTERVAL="200ms"))
    with s:
        (_, tcp), (_, udp) = s.doors("statsd")
        netcat("udp", udp, "hits:1|c|#page:home\nhits:2|c|#page:home\nfuel:0.5|g\n_e{1,1}:a|b")
        netcat("tcp", tcp, "users:a|s\nusers:b|s\nlatency:1:2:4|ms|@0.5\n")
        check(values(s, 'hits{page="home"}') == [((("page", "home"),), "3")], f"{values(s, 'hits')}")
        check(values(s, "fuel") == [((), "0.5")], f"{values(s, 'fuel')}")
        check(values(s, "max_over_time(users[1m])") == [((), "2")], f"{values(s, 'users')}")
        check(values(s, "increase(hits[1m])")[0][1] is not None, "rate and increase see the first values")
        check(values(s, "histogram_count(latency)") == [((), "6")], f"{values(s, 'histogram_count(latency)')}")
        check(s.counter("belfry_ingest_refused_total", receiver="statsd", reason="event_not_stored") == 1, "events are counted")
        s.stop()
        # an interval that never ends: what was counted is written at the stop
        s.env["BELFRY_STATSD__FLUSH_INTERVAL"] = "1h"
        s.start()
        (_, tcp), _ = s.doors("statsd")
        netcat("tcp", tcp, "last.words:1|c\n")
        end = time.monotonic() + 10
        while s.counter("belfry_ingest_records_total", receiver="statsd") < 1 and time.monotonic() < end:
            time.sleep(0.02)
        s.stop()
        s.start()
        check(values(s, '{"last.words"}') == [((), "1")], "written at the stop")


def test_a_busy_port_is_a_warning_and_stands_on_the_status_page():
    with Server(env=PORTS) as first:
        (_, tcp), (_, udp) = first.doors("statsd")
        with Server(env=dict(PORTS, BELFRY_STATSD__LISTEN=f"127.0.0.1:{tcp}")) as second:
            rows = json.loads(second.request("GET", "/api/v1/belfry/receivers")[1])["receivers"]
            text = next(r["listens_on"] for r in rows if r["id"] == "statsd")
            check("not open" in text and f"pid {first.process.pid}" in text, text)
            check(any("port not opened" in line for line in second.output), "said in the log")
            check(second.write([({"__name__": "up"}, [(NOW * 1000, 1)])])[0] == 204, "the rest works")


def test_ports_beyond_this_machine_need_a_word():
    try:
        with Server(env={"BELFRY_STATSD__LISTEN": "0.0.0.0:0"}):
            raise AssertionError("it must not start")
    except Failure as e:
        check("0.0.0.0:0" in str(e), str(e))


def test_csv_and_json_lines_come_back_by_export():
    with Server() as s:
        query = urllib.parse.urlencode({"format": "1:time:unix_s,2:label:room,3:metric:temperature,4:metric:humidity", "extra_label": "site=x"})
        status, body, _ = s.request("POST", "/api/v1/import/csv?" + query, f'{NOW},"attic, left",21.5,\n{NOW},cellar,12,80\n')
        check(status == 204, f"HTTP {status} {body}")
        check(values(s, "temperature", 2) == [((("room", "attic, left"), ("site", "x")), "21.5"), ((("room", "cellar"), ("site", "x")), "12")], "csv")
        lines = [{"metric": {"__name__": "up.time", "job": "a \"b\""}, "values": [1, 0.1, 1e-300, "Infinity", "StaleNaN", None],
                  "timestamps": [NOW * 1000 + i for i in range(6)]},
                 {"metric": {"__name__": "many"}, "values": [i / 3 for i in range(2500)], "timestamps": [NOW * 1000 - 2500 + i for i in range(2500)]}]
        status, body, _ = s.request("POST", "/api/v1/import", "".join(json.dumps(x) + "\n" for x in lines))
        check(status == 204, f"HTTP {status} {body}")
        check(values(s, "count_over_time(many[1h])") == [((), "2500")], "stored")
        selector = urllib.parse.urlencode([("match[]", '{__name__=~"up.time|many"}'), ("max_rows_per_line", "1000")])
        status, body, head = s.request("GET", "/api/v1/export?" + selector)
        check(status == 200, f"HTTP {status} {body[:200]}")
        got = [json.loads(x) for x in body.decode().splitlines()]
        check([len(x["values"]) for x in got] == [1000, 1000, 500, 6], "lines of at most 1000 samples")
        check(sum((x["values"] for x in got[:3]), []) == lines[1]["values"], "bit for bit")
        check(got[3] == lines[0], f"{got[3]}")
        with Server() as other:
            status, body, _ = other.request("POST", "/api/v1/import", body)
            check(status == 204, f"HTTP {status} {body}")
            check(values(other, "count_over_time(many[1h])") == [((), "2500")], "a round trip")
            check(other.request("GET", "/api/v1/export?" + selector)[1] == s.request("GET", "/api/v1/export?" + selector)[1], "the same export")
        status, body, _ = s.request("POST", "/api/v1/import/csv", "1,2\n")
        check(status == 400 and b"format" in body, f"HTTP {status} {body}")
        check(s.request("GET", "/api/v1/export")[0] == 400, "a selector is needed")


def packed(refs):
    return field(1, b"".join(varint(r) for r in refs))


def test_remote_write_2_with_everything():
    headers = dict(WRITE_HEADERS, **{"Content-Type": "application/x-protobuf;proto=io.prometheus.write.v2.Request",
                                     "X-Prometheus-Remote-Write-Version": "2.0.0"})
    symbols = ["", "__name__", "v2_requests_total", "job", "a", "Requests.", "trace_id", "abc", "v2_latency"]
    ms = NOW * 1000

    def sample(value, t):
        return field(2, b"\x09" + struct.pack("<d", value) + b"\x10" + varint(t))

    histogram = (b"\x08" + varint(3) + b"\x19" + struct.pack("<d", 4.5) + b"\x20\x00" + field(11, b"\x08\x02\x10\x01") + field(12, varint(6)) + b"\x78" + varint(ms))
    exemplar = field(4, packed([6, 7]) + b"\x11" + struct.pack("<d", 0.5) + b"\x18" + varint(ms))
    series = [packed([1, 2, 3, 4]) + sample(1, ms - 1000) + sample(2, ms) + exemplar + field(5, b"\x08\x01\x18\x05") + b"\x30" + varint(ms - 5000),
              packed([1, 8]) + field(3, histogram)]
    message = b"".join(field(4, x.encode()) for x in symbols) + b"".join(field(5, x) for x in series)
    with Server() as s:
        status, body, head = s.request("POST", "/api/v1/write", snappy(message), headers)
        written = [head.get(f"x-prometheus-remote-write-{x}-written") for x in ("samples", "histograms", "exemplars")]
        check((status, written) == (204, ["2", "1", "1"]), f"HTTP {status} {written} {body}")
        check(values(s, "v2_requests_total") == [((("job", "a"),), "2")], "samples")
        check(values(s, "histogram_count(v2_latency)") == [((), "3")], "histograms")
        check(s.api("metadata")["v2_requests_total"][0]["help"] == "Requests.", "metadata")
        bad = message + field(5, packed([1, 99]) + sample(1, ms)) + field(5, packed([1, 2]))
        status, body, head = s.request("POST", "/api/v1/write", snappy(bad), headers)
        written = [head.get(f"x-prometheus-remote-write-{x}-written") for x in ("samples", "histograms", "exemplars")]
        check(status == 400 and b"reference" in body and written[0] == "2", f"HTTP {status} {written} {body}")
        status, _, _ = s.request("POST", "/api/v1/write", snappy(b""), dict(headers, **{"Content-Type": "application/x-protobuf;proto=x.y"}))
        check(status == 415, f"HTTP {status}")


