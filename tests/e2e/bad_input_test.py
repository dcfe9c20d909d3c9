"""Whatever comes from outside: a clear error with the right status, a counter, and nothing else disturbed."""
import gzip
import socket
import struct
import time
import zlib

from harness import WRITE_HEADERS, Server, check, encode_series, field, snappy, varint, write_request

NOW = int(time.time() * 1000)
GOOD = ({"__name__": "good", "a": "b"}, [(NOW, 1.0)])


def post(server, body, headers=None):
    return server.request("POST", "/api/v1/write", body, headers or WRITE_HEADERS)


def expect(server, name, body, statuses, needle=b"", headers=None):
    status, text, _ = post(server, body, headers)
    check(status in statuses, f"{name}: HTTP {status} {text[:200]!r}, wanted {statuses}")
    check(needle.lower() in text.lower(), f"{name}: {text[:200]!r} does not speak of {needle!r}")
    status, text = server.write([GOOD])
    check(status in (200, 204), f"after {name} a good write got HTTP {status} {text[:200]!r}")


def test_malformed_writes_are_refused_with_a_reason():
    with Server() as s:
        expect(s, "not snappy", b"\xff" * 100, (400,), b"snappy")
        expect(s, "empty snappy of garbage", snappy(b"\xff\xff\xff\xff"), (400,))
        expect(s, "length past the end", snappy(b"\x0a\xff\xff\xff\x7f"), (400,))
        expect(s, "snappy claims 4 GiB", varint(1 << 32) + b"\xf0" + b"x" * 100, (400, 413))
        expect(s, "snappy claims 60 MB of nothing", varint(60_000_000) + b"\x00x", (400, 413))
        expect(s, "wrong content type", write_request([GOOD]), (415, 400), b"content",
               {"Content-Type": "text/plain", "Content-Encoding": "snappy"})
        twice = field(1, field(1, field(1, b"__name__") + field(2, b"x")) + field(1, field(1, b"a") + field(2, b"1"))
                      + field(1, field(1, b"a") + field(2, b"2")) + field(2, b"\x09" + struct.pack("<d", 1) + b"\x10" + varint(NOW)))
        expect(s, "a label twice", snappy(twice), (400,), b"label")
        empty_name = field(1, field(1, field(1, b"") + field(2, b"x")) + field(2, b"\x09" + struct.pack("<d", 1) + b"\x10" + varint(NOW)))
        expect(s, "an empty label name", snappy(empty_name), (400,), b"label")
        bad_utf8 = field(1, field(1, field(1, b"__name__") + field(2, b"x\xff")) + field(2, b"\x09" + struct.pack("<d", 1) + b"\x10" + varint(NOW)))
        expect(s, "not UTF-8", snappy(bad_utf8), (400,), b"utf-8")
        expect(s, "no labels at all", snappy(field(1, field(2, b"\x09" + struct.pack("<d", 1) + b"\x10" + varint(NOW)))), (400,))
        for ms in (-(2 ** 63), 2 ** 63 - 1):
            expect(s, f"time {ms}", write_request([({"__name__": "t"}, [(ms, 1.0)])]), (400,), b"sample at")
        refused = s.counter("belfry_ingest_refused_total", receiver="prometheus_write")
        check(refused >= 10, f"refusals are counted: {refused}")
        check([r["value"][1] for r in s.query("good")] == ["1"], "the good sample is there")


def test_good_rows_of_a_bad_request_are_kept():
    with Server() as s:
        status, text = s.write([({"__name__": "kept", "n": "1"}, [(NOW, 1.0)]), ({"__name__": "bad", "": "x"}, [(NOW, 2.0)]),
                                ({"__name__": "kept", "n": "2"}, [(NOW, 3.0)])])
        check(status == 400, f"HTTP {status} {text!r}")
        check(sorted(r["value"][1] for r in s.query("kept")) == ["1", "3"], "both good rows are stored")


def test_special_values_come_back_bit_for_bit():
    with Server() as s:
        values = [float("inf"), float("-inf"), float("nan"), -0.0, 5e-324, 1 / 3, 0.1 + 0.2, 1.7976931348623157e308]
        samples = [(NOW - 60000 + i * 1000, v) for i, v in enumerate(values)]
        check(s.write([({"__name__": "special"}, samples)])[0] in (200, 204), "accepted")
        have = [v for _, v in s.query("special[2m]", NOW / 1000)[0]["values"]]
        check([repr(float(v)) for v in have] == [repr(v) for v in values], f"{have}")


def test_bombs_and_huge_bodies_cost_nothing():
    with Server() as s:
        before = s.memory_mb()
        bomb = gzip.compress(b"\0" * 300_000_000, 9)
        status, text, _ = s.request("POST", "/api/v1/import/prometheus", bomb, {"Content-Encoding": "gzip"})
        check(status == 413, f"gzip bomb: HTTP {status} {text[:200]!r}")
        status, text, _ = s.request("POST", "/api/v1/import/prometheus", zlib.compress(b"\0" * 300_000_000, 9), {"Content-Encoding": "deflate"})
        check(status == 413, f"deflate bomb: HTTP {status}")
        with socket.create_connection(("127.0.0.1", s.port)) as c:
            c.sendall(b"POST /api/v1/write HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999999\r\n\r\n")
            check(b" 413 " in c.recv(4096), "a body too large is refused by its length")
        check(s.memory_mb() - before < 120, f"memory grew from {before} to {s.memory_mb()} MB")
        check(s.write([GOOD])[0] in (200, 204), "still works")


def test_slow_and_garbage_connections_disturb_nobody():
    with Server() as s:
        held = []
        try:
            for i in range(1500):
                c = socket.create_connection(("127.0.0.1", s.port))
                kind = i % 4
                if kind == 1:
                    c.sendall(b"GET / HT")
                elif kind == 2:
                    c.sendall(b"POST /api/v1/write HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\nabc")
                elif kind == 3:
                    c.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03garbage" if i % 8 == 3 else bytes(range(256)))
                held.append(c)
            for _ in range(20):
                check(s.write([GOOD])[0] in (200, 204), "a good client is served beside 1,500 bad ones")
            check(s.query("good"), "queries too")
        finally:
            for c in held:
                c.close()


def test_query_errors_are_clear_and_cheap():
    with Server() as s:
        for query, status in (("up{", 400), ("foo bar", 400), ("(" * 5000, 400), ("rate(up)", 400), ('up{a=~"("}', 400)):
            got, text, _ = s.request("POST", "/api/v1/query", "query=" + query.replace("(", "%28"), {"Content-Type": "application/x-www-form-urlencoded"})
            check(got == status and b"bad_data" in text, f"{query[:30]}: HTTP {got} {text[:200]!r}")
        got, text, _ = s.request("GET", "/api/v1/query_range?query=up&start=0&end=1000000&step=1")
        check(got == 400 and b"11,000" in text, f"too many points: HTTP {got} {text[:200]!r}")
        got, text, _ = s.request("GET", "/api/v1/query_range?query=up&start=10&end=1&step=1")
        check(got == 400, f"end before start: HTTP {got}")
