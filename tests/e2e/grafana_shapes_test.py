"""The calls that Grafana's Prometheus data source makes (test button, query editor, builder, explore, variables, exemplars, alert
tab), one by one, and the shapes that it reads out of the answers. No Grafana is needed: its requests are fixed text."""
import gzip
import json
import time
import urllib.parse

from harness import Server, check

QUIET = {"BELFRY_HOST__ENABLED": "false", "BELFRY_SELF__ENABLED": "false"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Grafana:
    """Asks as the data source does: resources by GET, queries by POST form, always with a path below the data source's URL."""

    def __init__(self, server, base="", headers=None):
        self.server, self.base, self.headers = server, base, headers or {}

    def ask(self, method, path, params=(), headers=None):
        text = urllib.parse.urlencode(list(params))
        all_headers = {**self.headers, **(headers or {})}
        if method == "POST":
            return self.server.request("POST", self.base + path, text, {**FORM, **all_headers})
        return self.server.request("GET", self.base + path + ("?" + text if text else ""), None, all_headers)

    def data(self, method, path, params=(), headers=None):
        status, body, _ = self.ask(method, path, params, headers)
        check(status == 200, f"{method} {path}: {status} {body[:300]!r}")
        answer = json.loads(body)
        check(answer["status"] == "success", f"{path}: {answer}")
        check(isinstance(answer.get("warnings", []), list) and isinstance(answer.get("infos", []), list), path)
        return answer["data"]


def fill(server, now, tenant=None):
    series = []
    for host in ("a", "b"):
        labels = {"__name__": "http_requests_total", "job": "api", "instance": f"{host}:80"}
        series.append((labels, [((now - 600 + 15 * i) * 1000, float(i * (1 + (host == "b")))) for i in range(41)]))
        for le in ("0.1", "1", "+Inf"):
            series.append(({"__name__": "latency_bucket", "job": "api", "le": le, "instance": f"{host}:80"}, [(now * 1000, 4.0)]))
    series.append(({"__name__": "up", "job": "node", "instance": "a:9100"}, [(now * 1000, 1.0)]))
    series.append(({"__name__": "http.status", "job": "otel", "service.name": "x"}, [(now * 1000, 200.0)]))
    connection = server.connection()
    import harness
    headers = dict(harness.WRITE_HEADERS, **({"X-Scope-OrgID": tenant} if tenant else {}))
    for method in ("POST",):
        status, body, _ = server.request(method, "/api/v1/write", harness.write_request(series), headers, connection)
        check(status in (200, 204), f"write: {status} {body!r}")
    text = "# TYPE http_requests_total counter\n# HELP http_requests_total Requests.\nhttp_requests_total{job=\"doc\"} 1\n# TYPE up gauge\nup{job=\"doc\"} 1\n"
    status, body, _ = server.request("POST", "/api/v1/import/prometheus", text, {"X-Scope-OrgID": tenant} if tenant else {})
    check(status in (200, 204), f"import: {status} {body!r}")


def check_data_source(g, now):
    start, end = str(now - 600), str(now + 1)
    span = [("start", start), ("end", end)]

    # the test button
    for method in ("POST", "GET"):
        answer = g.data(method, "/api/v1/query", [("query", "1+1"), ("time", str(now))])
        check(answer == {"resultType": "scalar", "result": [now, "2"]}, f"health: {answer}")
    info = g.data("GET", "/api/v1/status/buildinfo")
    check(all(isinstance(info[k], str) for k in ("version", "revision", "branch", "buildUser", "buildDate", "goVersion")), f"{info}")
    check(info["version"].split(".")[0].isdigit() and "application" not in info and "features" not in info, f"would pass for Mimir: {info}")
    for path in ("/api/v1/status/config", "/api/v1/status/flags", "/api/v1/status/runtimeinfo", "/api/v1/status/tsdb", "/api/v1/status/walreplay"):
        check(isinstance(g.data("GET", path), dict), path)
    check(isinstance(g.data("GET", "/api/v1/status/config")["yaml"], str), "config")

    # what only Mimir, Cortex and Loki have
    for path in ("/config/v1/rules", "/api/v1/rules/namespace", "/prometheus/config/v1/rules", "/api/v1/suggestions",
                 "/api/v1/cardinality/label_names"):
        status, body, headers = g.ask("GET", path)
        check(status == 404 and headers["content-type"].startswith("application/json"), f"{path}: {status} {body[:100]!r}")

    # alert tab and alert list, and the Alertmanager, which is a data source of its own
    status, body, _ = g.server.request("GET", "/alertmanager/api/v2/status")
    check(status == 200 and "cluster" in json.loads(body), f"alertmanager: {status} {body[:100]!r}")
    rules = g.data("GET", "/api/v1/rules")
    check(isinstance(rules["groups"], list), f"{rules}")
    for kind in ("alert", "record"):
        check(isinstance(g.data("GET", "/api/v1/rules", [("type", kind)])["groups"], list), kind)
    check(isinstance(g.data("GET", "/api/v1/alerts")["alerts"], list), "alerts")
    check(isinstance(g.data("GET", "/api/v1/alertmanagers")["activeAlertmanagers"], list), "alertmanagers")

    # builder, metric browser: names, values, series, metadata
    for method in ("GET", "POST"):
        names = g.data(method, "/api/v1/labels", span)
        check(names == sorted(names) and {"__name__", "job", "instance", "le", "service.name"} <= set(names), f"{names}")
        names = g.data(method, "/api/v1/labels", span + [("match[]", 'http_requests_total{job="api"}')])
        check(names == ["__name__", "instance", "job"], f"{names}")
        check(len(g.data(method, "/api/v1/labels", span + [("limit", "2")])) == 2, "limit of labels")
        found = g.data(method, "/api/v1/series", span + [("match[]", 'http_requests_total{job="api"}'), ("match[]", 'up{job="node"}')])
        check(sorted(s["instance"] for s in found) == ["a:80", "a:9100", "b:80"], f"{found}")
        check(len(g.data(method, "/api/v1/series", span + [("match[]", '{job=~".+"}'), ("limit", "3")])) == 3, "limit of series")
    values = g.data("GET", "/api/v1/label/__name__/values", span)
    check({"http.status", "http_requests_total", "latency_bucket", "up"} <= set(values), f"{values}")
    check(g.data("GET", "/api/v1/label/instance/values", span + [("match[]", "http_requests_total")]) == ["a:80", "b:80"], "label_values()")
    check(g.data("GET", "/api/v1/label/U__service_2e_name/values", span) == ["x"], "an escaped label name")
    check(len(g.data("GET", "/api/v1/label/__name__/values", span + [("limit", "2")])) == 2, "limit of values")
    check(g.data("GET", "/api/v1/label/nope/values", span) == [], "an unknown label")
    metadata = g.data("GET", "/api/v1/metadata")
    check(metadata["http_requests_total"] == [{"type": "counter", "help": "Requests.", "unit": ""}], f"{metadata}")
    check(list(g.data("GET", "/api/v1/metadata", [("limit", "1")])) == ["http_requests_total"], "limit of metadata")
    check(list(g.data("GET", "/api/v1/metadata", [("metric", "up"), ("limit_per_metric", "1")])) == ["up"], "metadata of one metric")

    # panels: ranges with fractions of seconds, instants, tables, heat maps, streaming step
    for method in ("POST", "GET"):
        answer = g.data(method, "/api/v1/query_range", [("query", "sum by (instance) (rate(http_requests_total{job=\"api\"}[1m]))"), ("start", f"{now - 300}.5"),
                                                        ("end", f"{now}.5"), ("step", "15"), ("timeout", "30s")])
        check(answer["resultType"] == "matrix" and [s["metric"] for s in answer["result"]] == [{"instance": "a:80"}, {"instance": "b:80"}], f"{answer}"[:300])
        point = answer["result"][0]["values"][0]
        check(isinstance(point[0], (int, float)) and isinstance(point[1], str) and point[0] == now - 299.5, f"{point}")
        answer = g.data(method, "/api/v1/query", [("query", 'up{job="node"}'), ("time", f"{now}.123")])
        check(answer == {"resultType": "vector", "result": [{"metric": {"__name__": "up", "instance": "a:9100", "job": "node"}, "value": [now + 0.123, "1"]}]}, f"{answer}")
    check(g.data("POST", "/api/v1/query", [("query", "up[1m]"), ("time", str(now))])["resultType"] == "matrix", "a range selector in explore")
    check(g.data("GET", "/api/v1/query", [("query", "query_result_is_a_query"), ("time", str(now))])["result"] == [], "query_result()")
    stats = g.data("POST", "/api/v1/query", [("query", "up"), ("time", str(now)), ("stats", "all")])["stats"]
    check({"timings", "samples"} <= set(stats) and stats["samples"]["totalQueryableSamples"] >= 1, f"{stats}")
    late = [("query", 'up{job="node"}'), ("time", str(now + 200))]
    check(len(g.data("POST", "/api/v1/query", late)["result"]) == 1, "within the lookback")
    check(g.data("POST", "/api/v1/query", late + [("lookback_delta", "60s")])["result"] == [], "lookback_delta")
    status, body, _ = g.ask("POST", "/api/v1/query", [("query", '{job=~".+"}'), ("time", str(now)), ("limit", "1")])
    answer = json.loads(body)
    check(len(answer["data"]["result"]) == 1 and answer["warnings"] == ["results truncated due to limit"], f"{answer}"[:300])
    for path in ("/api/v1/format_query", "/api/v1/parse_query"):
        check(g.data("POST", path, [("query", "sum(up)")]), path)

    # exemplars
    for method in ("GET", "POST"):
        check(isinstance(g.data(method, "/api/v1/query_exemplars", span + [("query", "latency_bucket")]), list), "exemplars")

    # what the editor shows of errors
    for path, params, want_status, want_type, word in (
            ("/api/v1/query", [("query", "sum(")], 400, "bad_data", "parse error"),
            ("/api/v1/query_range", [("query", "up"), ("start", "0"), ("end", str(now)), ("step", "1")], 400, "bad_data", "11,000 points"),
            ("/api/v1/query_range", [("query", "up"), ("start", "x"), ("end", str(now)), ("step", "1")], 400, "bad_data", "start"),
            ("/api/v1/query_range", [("query", "up"), ("start", str(now)), ("end", str(now - 1)), ("step", "1")], 400, "bad_data", "end"),
            ("/api/v1/query", [("query", "up * on() group_left() up")], 422, "execution", "match"),
            ("/api/v1/series", [], 400, "bad_data", "match[]"),
            ("/api/v1/query_exemplars", [("query", "up{")], 400, "bad_data", "parse error")):
        status, body, _ = g.ask("POST", path, params)
        answer = json.loads(body)
        check(status == want_status and answer["status"] == "error" and answer["errorType"] == want_type and word in answer["error"],
              f"{path} {params}: {status} {body[:300]!r}")

    # gzip, as Go's client asks for it
    status, body, headers = g.ask("GET", "/api/v1/query_range", [("query", "http_requests_total"), ("start", start), ("end", end), ("step", "1")],
                                  {"Accept-Encoding": "gzip"})
    check(status == 200 and headers.get("content-encoding") == "gzip" and json.loads(gzip.decompress(body))["status"] == "success", f"{headers}")
    for path in ("/-/healthy", "/-/ready"):
        check(g.ask("GET", path)[0] == 200, path)


def test_every_call_of_the_data_source_has_its_shape():
    now = int(time.time()) - 5
    with Server(env=QUIET) as server:
        fill(server, now)
        check_data_source(Grafana(server), now)


def test_the_data_source_works_below_a_path_and_for_a_tenant():
    now = int(time.time()) - 5
    with Server(env=QUIET) as server:
        fill(server, now, "team-a")
        check_data_source(Grafana(server, "/prometheus", {"X-Scope-OrgID": "team-a"}), now)
        other = Grafana(server)
        check(other.data("GET", "/api/v1/labels") == [], "another tenant sees nothing")
        check(other.ask("GET", "/api/v1/labels", headers={"X-Scope-OrgID": "a/b"})[0] == 400, "a bad tenant name")
