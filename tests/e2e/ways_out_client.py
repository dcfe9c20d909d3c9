"""The ways out, with real readers: a Prometheus that reads Belfry by remote read, one that federates from it, one that Belfry forwards
to and that is killed on the way (as is Belfry), a promtool that makes blocks of an export.

    PATH=...:$PATH python3 tests/e2e/ways_out_client.py
"""
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402
from harness import BINARY, STALE, Failure, Server, check, field, snappy, varint  # noqa: E402
from prometheus_client import free_port, wait_for  # noqa: E402

QUIET = {"BELFRY_HOST__ENABLED": "false", "BELFRY_SELF__ENABLED": "false"}
SERIES, SAMPLES, STEP_S = 20, 500, 15


class Prometheus:
    """A real one on a directory of its own; `data` survives `kill()` and `start()`."""

    def __init__(self, directory, name, config, *flags):
        self.directory = os.path.join(directory, name)
        os.makedirs(self.directory)
        with open(f"{self.directory}/prometheus.yml", "w") as f:
            f.write(config)
        self.port, self.flags = free_port(), flags
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.kill()

    def start(self):
        self.process = subprocess.Popen(
            ["prometheus", f"--config.file={self.directory}/prometheus.yml", f"--storage.tsdb.path={self.directory}/data",
             f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=error", *self.flags],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(self.url + "/-/ready", 30)
        return self

    def kill(self):
        self.process.kill()
        self.process.wait()

    def query(self, path, **params):
        url = f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(params)}"
        return json.loads(urllib.request.urlopen(url, timeout=30).read())["data"]["result"]


def labels_of(i):
    return {"__name__": "requests_total", "job": "api", "instance": f"h{i:02}"}


def write_history(server, now):
    begin = now - SAMPLES * STEP_S
    rows = [(labels_of(i), [((begin + STEP_S * k) * 1000 + i, k * (i + 1) + k % 7 / 10) for k in range(1, SAMPLES + 1)]) for i in range(SERIES)]
    status, body = server.write(rows)
    check(status in (200, 204), f"{status} {body!r}")
    return rows


def until(what, ask, seconds=30):
    end = time.monotonic() + seconds
    while True:
        found = ask()
        if found:
            return found
        if time.monotonic() > end:
            raise Failure(f"{what}: not within {seconds} s")
        time.sleep(0.2)


# ------------------------------------------------------------------ a decoder of streamed remote read

def protobuf(data):
    at, out = 0, []

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value
    while at < len(data):
        tag = number()
        if tag & 7 == 0:
            out.append((tag >> 3, number()))
        elif tag & 7 == 1:
            out.append((tag >> 3, data[at:at + 8]))
            at += 8
        else:
            size = number()
            out.append((tag >> 3, data[at:at + size]))
            at += size
    return out


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def read_chunks(url, matchers, start_ms, end_ms):
    """Streamed remote read: {labels: [(type, samples, bytes)]}, every frame's checksum looked at."""
    query = varint(1 << 3) + varint(start_ms) + varint(2 << 3) + varint(end_ms)
    for kind, name, value in matchers:
        query += field(3, varint(1 << 3) + varint(kind) + field(2, name.encode()) + field(3, value.encode()))
    body = snappy(field(1, query) + field(2, varint(1)))
    request = urllib.request.Request(url + "/api/v1/read", body, {"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf",
                                                                  "X-Prometheus-Remote-Read-Version": "0.1.0"})
    answer = urllib.request.urlopen(request, timeout=60)
    check("application/x-streamed-protobuf" in answer.headers["Content-Type"], f"{answer.headers}")
    data, at, out = answer.read(), 0, {}
    while at < len(data):
        size = shift = 0
        while True:
            byte = data[at]
            at += 1
            size |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        message = data[at + 4:at + 4 + size]
        check(struct.unpack(">I", data[at:at + 4])[0] == crc32c(message), "a frame's checksum")
        at += 4 + size
        for number, series in protobuf(message):
            if number != 1:
                continue
            parts = protobuf(series)
            key = tuple(tuple(v.decode() for _, v in protobuf(p)) for n, p in parts if n == 1)
            for n, chunk in parts:
                if n == 2:
                    fields = dict(protobuf(chunk))
                    out.setdefault(key, []).append((fields[3], struct.unpack(">H", fields[4][:2])[0], fields[4]))
    return out


class Bits:
    def __init__(self, data):
        self.value, self.left = int.from_bytes(data, "big"), len(data) * 8

    def get(self, width):
        self.left -= width
        return self.value >> self.left & (1 << width) - 1

    def ones(self, most):
        count = 0
        while count < most and self.get(1):
            count += 1
        return count

    def uvarint(self):
        value = shift = 0
        while True:
            byte = self.get(8)
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value


def decode_xor(chunk):
    """[(ms, bits of the value)] of an XOR chunk, after prometheus/tsdb/docs/format/chunks.md."""
    bits = Bits(chunk)
    count = bits.get(16)
    zigzag = bits.uvarint()
    at, value, step, leading, width, out = zigzag >> 1 ^ -(zigzag & 1), bits.get(64), 0, 0, 0, []
    out.append((at, value))
    for i in range(1, count):
        if i == 1:
            step = bits.uvarint()
        else:
            size = (0, 14, 17, 20, 64)[bits.ones(4)]
            change = bits.get(size)
            step += change - (1 << size) if change << 1 > 1 << size else change
        at += step
        if bits.get(1):
            if bits.get(1):
                leading, width = bits.get(5), bits.get(6) or 64
            value ^= bits.get(width) << 64 - leading - width
        out.append((at, value))
    return out


# ------------------------------------------------------------------ the cases

def case_remote_read(directory):
    """A Prometheus without samples of its own answers from Belfry's, like Belfry."""
    now = int(time.time()) - 60
    with Server(env=QUIET) as server:
        write_history(server, now)
        config = f"remote_read: [{{url: 'http://127.0.0.1:{server.port}/api/v1/read', read_recent: true}}]\n"
        with Prometheus(directory, "reader", config) as reader:
            asked = 0
            for expr in ("requests_total", "sum by (instance) (rate(requests_total[5m]))", 'requests_total{instance=~"h0[1-3]"}',
                         "count(requests_total)", 'max_over_time(requests_total{instance!="h00"}[1h])'):
                span = dict(start=now - 3601, end=now - 1, step=60)
                ours = server.api("query_range", query=expr, **span)["result"]
                theirs = reader.query("query_range", query=expr, **span)
                order = lambda rows: sorted(rows, key=lambda r: json.dumps(r["metric"], sort_keys=True))  # noqa: E731
                check(order(ours) == order(theirs) and ours, f"{expr}: {str(ours)[:200]} {str(theirs)[:200]}")
                asked += 1
            return f"{asked} range queries alike"


def case_streamed_chunks(directory):
    """The same samples in a Prometheus and in Belfry: streamed reads of both carry the same chunks, bit for bit."""
    now = int(time.time()) - 60
    with Server(env=QUIET) as server, Prometheus(directory, "store", "global: {}\n", "--web.enable-remote-write-receiver") as store:
        rows = write_history(server, now)
        rows.append(({"__name__": "ended", "job": "api"}, [((now - 15) * 1000, 1.5), (now * 1000, STALE)]))
        server.write(rows[-1:])
        request = urllib.request.Request(store.url + "/api/v1/write", harness.write_request(rows), harness.WRITE_HEADERS)
        check(urllib.request.urlopen(request, timeout=30).status in (200, 204), "write to Prometheus")
        asked = ([(0, "job", "api")], 0, (now + 1) * 1000)
        ours, theirs = read_chunks(f"http://127.0.0.1:{server.port}", *asked), read_chunks(store.url, *asked)
        check(set(ours) == set(theirs) and len(ours) == SERIES + 1, f"{len(ours)} and {len(theirs)} series")
        same = samples = 0
        for key, chunks in ours.items():
            check(all(c[0] == 1 and c[1] <= 120 for c in chunks), f"{key}: {[c[:2] for c in chunks]}")
            mine = [s for c in chunks for s in decode_xor(c[2])]
            check(mine == [s for c in theirs[key] for s in decode_xor(c[2])], f"{key}: the samples differ")
            samples += len(mine)
            # Prometheus cuts its chunks elsewhere; those that begin and end with the same samples have the same bytes
            same += len({c[2] for c in chunks} & {c[2] for c in theirs[key]})
        check(same >= 1, "no chunk could be compared byte for byte")
        return f"{samples} samples alike, {same} chunks equal byte for byte"


def case_federate(directory):
    now = int(time.time())
    with Server(env=QUIET) as server:
        rows = [(labels_of(i), [(now * 1000, float(i))]) for i in range(SERIES)]
        rows.append(({"__name__": "gone"}, [((now - 1) * 1000, 1.0), (now * 1000, STALE)]))
        server.write(rows)
        config = f"""scrape_configs:
- job_name: federate
  honor_labels: true
  scrape_interval: 1s
  metrics_path: /federate
  params: {{'match[]': ['{{__name__=~"requests_total|gone"}}']}}
  static_configs: [{{targets: ['127.0.0.1:{server.port}']}}]
"""
        with Prometheus(directory, "federation", config) as top:
            found = until("federated series", lambda: top.query("query", query="requests_total"))
            check({s["metric"]["instance"]: s["value"][1] for s in found} == {f"h{i:02}": str(i) for i in range(SERIES)}, f"{found}"[:300])
            check(all(s["metric"]["job"] == "api" for s in found), "labels are kept")
            check(top.query("query", query="gone") == [], "a series that has ended")
            check(top.query("query", query='up{job="federate"}')[0]["value"][1] == "1", "the scrape is well")
            return f"{len(found)} series"


def case_forward(directory):
    """Belfry forwards to a Prometheus; both are killed on the way. In the end it has every sample."""
    config = "storage: {tsdb: {out_of_order_time_window: 1h}}\nglobal: {}\n"
    with Prometheus(directory, "receiver", config, "--web.enable-remote-write-receiver") as receiver:
        path = f"{directory}/forward.yml"
        with open(path, "w") as f:
            f.write(f"""remote_write:
- url: {receiver.url}/api/v1/write
  name: receiver
  queue_config: {{batch_send_deadline: 100ms, max_backoff: 1s}}
  write_relabel_configs: [{{source_labels: [job], regex: private, action: drop}}]
- {{url: 'http://127.0.0.1:1/write', name: nobody}}
""")
        with Server("--set", f"forward.file={path}", "--set", "bulk.external_labels=site=north", env=QUIET) as server:
            sent = 0

            def send(count):
                nonlocal sent
                for _ in range(count):
                    at = int(time.time() * 1000)
                    rows = [(labels_of(i), [(at, float(sent))]) for i in range(SERIES)] + [({"__name__": "secret", "job": "private"}, [(at, 1.0)])]
                    status, body = server.write(rows)
                    check(status in (200, 204), f"{status} {body!r}")
                    sent += 1
                    time.sleep(0.005)

            def counts():
                found = receiver.query("query", query='count_over_time(requests_total{site="north"}[1h])')
                return len(found) == SERIES and all(int(s["value"][1]) == sent for s in found)

            send(50)
            until("all samples", counts)
            receiver.kill()
            send(50)
            status = json.loads(server.request("GET", "/api/v1/belfry/status")[1])
            row = next(c for c in status["consumers"] if c["id"] == "forward receiver")
            check(row["behind"] > 0 and receiver.url in row["error"], f"{row}")
            server.kill()
            server.start()
            send(20)
            receiver.start()
            until("all samples after kill -9 of both", counts, 40)
            send(20)
            until("all samples at the end", counts)
            check(receiver.query("query", query="secret") == [], "relabelling drops")
            dropped = server.counter("belfry_forward_samples_dropped_total", destination="receiver")
            check(dropped == 0, f"{dropped} dropped")
            return f"{sent * SERIES} samples through kill -9 of both, none lost"


def case_export(directory):
    """promtool makes blocks of an export, and Belfry imports it again."""
    now = int(time.time()) - 7200
    with Server(env=QUIET) as server:
        rows = write_history(server, now)
        url = f"http://127.0.0.1:{server.port}"
        text = f"{directory}/export.om"
        r = subprocess.run([BINARY, "export", "--url", url, "--output", text, '{job="api"}'], capture_output=True, text=True, timeout=60)
        check(r.returncode == 0 and os.path.exists(text) and not os.path.exists(text + ".part"), r.stderr)
        r = subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", text, f"{directory}/blocks"], capture_output=True, text=True, timeout=120)
        check(r.returncode == 0, r.stdout[-300:] + r.stderr[-300:])
        os.makedirs(f"{directory}/blocks/wal", exist_ok=True)  # this promtool opens no database without one
        dump = subprocess.run(["promtool", "tsdb", "dump", f"{directory}/blocks"], capture_output=True, text=True, timeout=120)
        got = sorted(dump.stdout.splitlines())
        check(len(got) == SERIES * SAMPLES, f"{len(got)} samples in the blocks: {dump.stderr[-200:]}")
        values = {(line.split("instance=\"")[1][:3], int(line.split()[-1])): float(line.split()[-2]) for line in got}
        for labels, samples in rows:
            for at, value in samples:
                check(values[labels["instance"], at] == value, f"{labels} {at}")
        with Server(env=QUIET) as second:
            r = subprocess.run([BINARY, "import", "--url", f"http://127.0.0.1:{second.port}", text], capture_output=True, text=True, timeout=60)
            check(r.returncode == 0, r.stderr)
            span = dict(query="requests_total", start=now - 3000, end=now, step=15)
            check(server.api("query_range", **span) == second.api("query_range", **span), "the import answers differently")
        return f"{len(got)} samples in blocks, and imported again"


def main():
    directory = tempfile.mkdtemp(prefix="belfry-ways-out-")
    passed = failed = 0
    only = sys.argv[1:]
    try:
        for case in (case_remote_read, case_streamed_chunks, case_federate, case_forward, case_export):
            name = case.__name__[5:].replace("_", " ")
            if only and case.__name__[5:] not in only:
                continue
            try:
                print(f"ok     {name}: {case(directory)}", flush=True)
                passed += 1
            except (Failure, OSError, subprocess.TimeoutExpired, KeyError, IndexError) as e:
                print(f"FAILED {name}: {type(e).__name__} {e}", flush=True)
                failed += 1
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
