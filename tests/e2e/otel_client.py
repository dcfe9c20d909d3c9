"""OpenTelemetry's own metrics SDK (Node) sends to Belfry over HTTP/protobuf, HTTP/JSON and gRPC, to the main port and both
well-known ones, cumulative and delta; PromQL then finds exactly what was recorded. And curl speaks HTTP/2 with it.

    python3 tests/e2e/otel_client.py      (after npm ci in tests/clients/otel-metrics)
"""
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import Failure, Server, check  # noqa: E402

CLIENT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "clients", "otel-metrics", "send.mjs")


def wait_query(server, expr):
    end = time.monotonic() + 10
    while not (result := server.query(expr)) and time.monotonic() < end:
        time.sleep(0.02)
    check(result, f"no answer to {expr}")
    return result


def value(server, expr):
    result = wait_query(server, expr)
    check(len(result) == 1, f"{expr}: {result}")
    return float(result[0]["value"][1])


def send(server, transport, address, temporality):
    run = f"{transport}-{address.rsplit(':', 1)[1]}-{temporality}"
    r = subprocess.run(["node", CLIENT, transport, address, temporality, run], capture_output=True, text=True, timeout=60)
    check(r.returncode == 0, f"exit {r.returncode}: {r.stdout[-500:]} {r.stderr[-1500:]}")
    me = f'job="e2e/shop",instance="{run}"'
    labels = wait_query(server, f"orders_total{{{me}}}")[0]["metric"]
    wanted = {"__name__": "orders_total", "job": "e2e/shop", "instance": run, "order_kind": "book", "paid": "true",
              "otel_scope_name": "e2e.meter", "otel_scope_version": "1.2.3"}
    check(labels == wanted, f"{labels}")
    for expr, expected in [(f"orders_total{{{me}}}", 30), (f"queue_length{{{me}}}", 7), (f"cpu_load_ratio{{{me},core=\"0\"}}", 0.25),
                           (f"http_server_request_duration_seconds_count{{{me}}}", 6), (f"http_server_request_duration_seconds_sum{{{me}}}", 11.1),
                           (f'http_server_request_duration_seconds_bucket{{{me},le="0.1"}}', 2), (f'http_server_request_duration_seconds_bucket{{{me},le="1"}}', 4),
                           (f'http_server_request_duration_seconds_bucket{{{me},le="+Inf"}}', 6),
                           (f"histogram_count(request_size_bytes{{{me}}})", 8), (f"histogram_sum(request_size_bytes{{{me}}})", 2014),
                           (f'target_info{{{me},host_arch="test"}}', 1)]:
        found = value(server, expr)
        check(abs(found - expected) < 1e-9, f"{expr} is {found}, not {expected}")
    if temporality == "delta":  # the zero before the first point makes the whole sum an increase
        found = value(server, f"max_over_time(orders_total{{{me}}}[5m]) - min_over_time(orders_total{{{me}}}[5m])")
        check(found == 30, f"a delta stream begins at zero: {found}")


def metadata(server):
    found = server.api("metadata")
    check(found["orders_total"][0] == {"type": "counter", "unit": "", "help": "Orders taken."}, f"{found.get('orders_total')}")
    check(found["http_server_request_duration_seconds"][0]["type"] == "histogram", f"{found.get('http_server_request_duration_seconds')}")


def curl_http2(server, address):
    def ask(*args):
        return subprocess.run(["curl", "-sS", "--http2-prior-knowledge", "-w", "\n%{http_version} %{http_code}", *args], capture_output=True, text=True, timeout=20).stdout
    out = ask(f"http://{address}/api/v1/query?query=1%2B1")
    check(out.endswith("\n2 200") and '"success"' in out, out)
    out = ask("--data-binary", "curl_h2 5", f"http://{address}/api/v1/import/prometheus")
    check(out.endswith("\n2 204"), out)
    check(value(server, "curl_h2") == 5, "stored")
    check(ask(f"http://{address}/nope").endswith("\n2 404"), "a path that is not there")
    body = b"x" * 3_000_000
    out = subprocess.run(["curl", "-sS", "--http2-prior-knowledge", "--data-binary", "@-", "-w", "\n%{http_code}", f"http://{address}/v1/metrics"],
                         input=body, capture_output=True, timeout=20).stdout.decode()
    check(out.endswith("\n415"), out[-200:])
    check(server.counter("belfry_http_http2_connections_total") >= 4, "HTTP/2 connections are counted")


def refusals(server, address):
    for headers, body, status in [({"Content-Type": "text/plain"}, b"", 415), ({"Content-Type": "application/json"}, b"{", 400),
                                  ({"Content-Type": "application/x-protobuf"}, b"\xff", 400),
                                  ({"Content-Type": "application/x-protobuf", "Content-Encoding": "br"}, b"", 415)]:
        found, text, head = server.request("POST", "/v1/metrics", body, headers)
        check(found == status, f"{headers}: HTTP {found} {text!r}")
    check(server.request("POST", "/api/v1/otlp/v1/metrics", b"{}", {"Content-Type": "application/json"})[:2] == (200, b"{}"), "an empty request is fine")
    check(server.counter("belfry_ingest_refused_total", receiver="otlp") >= 4, "counted")


def busy_port(server, address):
    with Server(env={"BELFRY_SERVER__DEFAULT_ALIASES": address}) as other:
        check(any("not opened" in line and f"pid {server.process.pid}" in line for line in other.output), "\n".join(other.output))


def main():
    passed = failed = 0

    def case(name, run):
        nonlocal passed, failed
        try:
            run()
            passed += 1
            print(f"ok     {name}", flush=True)
        except (Failure, subprocess.TimeoutExpired) as e:
            failed += 1
            print(f"FAILED {name}: {e}", flush=True)

    env = {"BELFRY_SERVER__DEFAULT_ALIASES": "127.0.0.1:0,127.0.0.1:0", "BELFRY_HOST__ENABLED": "false", "BELFRY_SELF__ENABLED": "false"}
    with Server(env=env) as server:
        line = next(x for x in server.output if "OpenTelemetry" in x)
        main_port, *aliases = re.findall(r"127\.0\.0\.1:\d+", line)
        for transport in ("proto", "json", "grpc"):
            for address in (main_port, *aliases):
                case(f"{transport} to {'main' if address == main_port else 'alias'} cumulative", lambda: send(server, transport, address, "cumulative"))
            case(f"{transport} delta", lambda: send(server, transport, aliases[0], "delta"))
        case("metadata", lambda: metadata(server))
        case("curl speaks HTTP/2", lambda: curl_http2(server, aliases[1]))
        case("bad requests are refused and counted", lambda: refusals(server, aliases[0]))
        case("a busy well-known port is a warning with its owner", lambda: busy_port(server, aliases[0]))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
