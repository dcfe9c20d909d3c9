"""Starts the real binary on an empty directory and speaks to it like a client. Used by every end-to-end test."""
import http.client
import json
import os
import re
import shutil
import signal
import struct
import subprocess
import tempfile
import threading
import time
import urllib.parse

BINARY = os.environ.get("BELFRY", "build/release/belfry")
STALE = struct.unpack("<d", struct.pack("<Q", 0x7FF0000000000002))[0]


class Failure(Exception):
    """What a test found wrong."""


def check(condition, message):
    if not condition:
        raise Failure(message)


# What Belfry watches by itself is off, so that a test sees its own alarms only. Ports that belong to protocols are off, so that servers run side by side; a test that needs one asks for a free one.
NO_PORTS = {"BELFRY_SERVER__DEFAULT_ALIASES": "", "BELFRY_GRAPHITE__LISTEN": "", "BELFRY_GRAPHITE__PICKLE_LISTEN": "", "BELFRY_STATSD__LISTEN": "", "BELFRY_ALARMS__READY_MADE": "false"}


class Server:
    """One belfry process; `data` survives `kill()` and `start()`."""

    def __init__(self, *flags, env=None, data=None):
        self.own_dir = None if data else tempfile.mkdtemp(prefix="belfry-e2e-")
        self.data = data or os.path.join(self.own_dir, "data")
        self.flags, self.env, self.process, self.port = list(flags), {**os.environ, **NO_PORTS, **(env or {})}, None, None
        self.output = []

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()
        if self.own_dir:
            shutil.rmtree(self.own_dir, ignore_errors=True)

    def start(self, wait_s=20):
        began = time.monotonic()
        listen = [] if "--listen" in self.flags else ["--listen", "127.0.0.1:0"]
        self.output = []
        self.port = None
        self.process = subprocess.Popen([BINARY, "serve", "--data", self.data, *listen, *self.flags], env=self.env,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        found = threading.Event()

        def read(pipe):
            for raw in pipe:
                line = raw.decode("utf-8", "replace").rstrip()
                self.output.append(line)
                m = re.search(r"http://127\.0\.0\.1:(\d+)/", line)
                if m and not self.port:
                    self.port = int(m[1])
                    found.set()
            found.set()

        threading.Thread(target=read, args=(self.process.stdout,), daemon=True).start()
        check(found.wait(wait_s) and self.port, "no address printed:\n" + "\n".join(self.output[-30:]))
        while time.monotonic() - began < wait_s:
            try:
                if self.request("GET", "/-/ready")[0] == 200:
                    self.ready_s = time.monotonic() - began
                    return self
            except (OSError, http.client.HTTPException):
                pass
            check(self.process.poll() is None, "the server ended:\n" + "\n".join(self.output[-30:]))
            time.sleep(0.01)
        raise Failure("not ready:\n" + "\n".join(self.output[-30:]))

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self, wait_s=20):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(wait_s)
            except subprocess.TimeoutExpired:
                self.kill()
                raise Failure("the server did not stop in time:\n" + "\n".join(self.output[-30:]))
        return self.process.returncode if self.process else None

    def connection(self, timeout=30):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def request(self, method, path, body=None, headers=None, connection=None):
        c = connection or self.connection()
        try:
            c.request(method, path, body, headers or {})
            r = c.getresponse()
            return r.status, r.read(), {k.lower(): v for k, v in r.getheaders()}
        finally:
            if not connection:
                c.close()

    def api(self, path, **params):
        """GET of the Prometheus API; the `data` of a success."""
        flat = [(k, v) for k, values in params.items() for v in (values if isinstance(values, list) else [values])]
        status, body, _ = self.request("GET", "/api/v1/" + path + ("?" + urllib.parse.urlencode(flat) if flat else ""))
        answer = json.loads(body)
        check(status == 200 and answer["status"] == "success", f"{path} {params}: HTTP {status} {body[:300]!r}")
        return answer["data"]

    def query(self, expr, time_s=None):
        return self.api("query", query=expr, **({} if time_s is None else {"time": time_s}))["result"]

    def write(self, series, connection=None):
        """series: [(labels dict, [(ms, value)][, exemplars])] -> (status, body)"""
        status, body, _ = self.request("POST", "/api/v1/write", write_request(series), WRITE_HEADERS, connection)
        return status, body

    def doors(self, receiver):
        """Open ports of a receiver, in order: [("tcp", 2003), ("udp", 2003), ...]."""
        rows = json.loads(self.request("GET", "/api/v1/belfry/receivers")[1])["receivers"]
        text = next(r["listens_on"] for r in rows if r["id"] == receiver)
        return [(kind, int(port)) for kind, port in re.findall(r"(tcp|udp) 127\.0\.0\.1:(\d+)", text)]

    def counter(self, name, **labels):
        """Sum of one of the server's own counters."""
        total = 0.0
        for line in self.request("GET", "/metrics")[1].decode().splitlines():
            m = re.match(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$", line)
            if m and m[1] == name and all(f'{k}="{v}"' in (m[2] or "") for k, v in labels.items()):
                total += float(m[3])
        return total

    def memory_mb(self, key="VmRSS"):
        with open(f"/proc/{self.process.pid}/status") as f:
            return next(int(line.split()[1]) / 1024 for line in f if line.startswith(key + ":"))

    def cpu_s(self):
        with open(f"/proc/{self.process.pid}/stat") as f:
            fields = f.read().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


WRITE_HEADERS = {"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf",
                 "X-Prometheus-Remote-Write-Version": "0.1.0"}


def varint(n):
    n &= (1 << 64) - 1
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out)


def field(number, payload):
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def snappy(raw):
    """Block format with literals only: valid, and needs no library."""
    out = bytearray(varint(len(raw)))
    for i in range(0, len(raw), 65536):
        part = raw[i:i + 65536]
        out += b"\xf4" + struct.pack("<H", len(part) - 1) + part
    return bytes(out)


def encode_labels(labels):
    return b"".join(field(1, field(1, k.encode()) + field(2, v.encode())) for k, v in sorted(labels.items()))


def double_field(number, v):
    return varint(number << 3 | 1) + struct.pack("<d", v)


def int_field(number, v):
    return varint(number << 3) + varint(v)


def zigzag(v):
    return v << 1 if v >= 0 else (-v << 1) - 1


def encode_histogram(ms, total, counts):
    """Exponential, schema 0, buckets from index 0 on, counted in integers."""
    deltas = b"".join(varint(zigzag(c - b)) for b, c in zip([0, *counts], counts))
    return (int_field(1, sum(counts)) + double_field(3, total) + int_field(4, 0) + double_field(5, 2.0 ** -128) + int_field(6, 0) +
            field(11, int_field(1, 0) + int_field(2, len(counts))) + field(12, deltas) + int_field(15, ms))


def encode_exemplar(ms, v, labels):
    return encode_labels(labels) + double_field(2, v) + int_field(3, ms)


def encode_series(labels, samples, exemplars=()):
    """samples: (ms, value), of a native histogram (ms, (sum, bucket counts)); exemplars: (ms, value, labels)."""
    out = encode_labels(labels)
    for ms, v in samples:
        out += field(4, encode_histogram(ms, *v)) if isinstance(v, tuple) else field(2, double_field(1, v) + int_field(2, ms))
    return field(1, out + b"".join(field(3, encode_exemplar(*e)) for e in exemplars))


def write_request(series):
    return snappy(b"".join(encode_series(*one) for one in series))
