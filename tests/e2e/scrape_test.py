"""Targets that are slow, broken, locked, encrypted or gone, and configurations that change or are wrong."""
import base64
import gzip
import http.server
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time

from harness import Server, check

QUIET = {"BELFRY_HOST__ENABLED": "false", "BELFRY_SELF__ENABLED": "false"}


class Exporter:
    """Answers each path with what `pages` says: text, bytes, or a function of the request that answers itself."""

    def __init__(self, pages, context=None):
        self.pages, self.connections, self.requests = pages, 0, 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                outer.connections += 1
                super().setup()

            def do_GET(self):
                outer.requests += 1
                page = outer.pages.get(self.path.split("?")[0])
                if callable(page):
                    return page(self)
                self.answer(404 if page is None else 200, page or "")

            def answer(self, status, body, headers=None):
                raw = body.encode() if isinstance(body, str) else body
                self.send_response(status)
                for k, v in {"Content-Type": "text/plain; version=0.0.4", "Content-Length": str(len(raw)), **(headers or {})}.items():
                    self.send_header(k, v)
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *_):
                pass

        class Listener(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 512

            def handle_error(self, *_):
                pass  # clients that leave are part of the tests

        self.server = Listener(("127.0.0.1", 0), Handler)
        if context:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class Scraping:
    """A server that scrapes what `jobs` (YAML of scrape_configs) says, every 500 ms."""

    def __init__(self, jobs, interval="500ms", timeout="400ms"):
        self.directory = tempfile.mkdtemp(prefix="belfry-scrape-")
        self.config, self.interval, self.timeout = f"{self.directory}/prometheus.yml", interval, timeout
        self.write(jobs)
        self.server = Server("--set", f"scrape.config_file={self.config}", env=QUIET)

    def write(self, jobs):
        with open(self.config + ".new", "w") as f:
            f.write(f"global: {{scrape_interval: {self.interval}, scrape_timeout: {self.timeout}}}\nscrape_configs:\n{jobs}")
        os.rename(self.config + ".new", self.config)

    def __enter__(self):
        self.server.__enter__()
        return self

    def __exit__(self, *_):
        self.server.__exit__()
        shutil.rmtree(self.directory, ignore_errors=True)

    def target(self, job):
        return next((t for t in self.server.api("targets")["activeTargets"] if t["scrapePool"] == job), None)

    def until(self, what, condition, seconds=15):
        end = time.monotonic() + seconds
        while not condition():
            check(time.monotonic() < end, f"{what}: {json.dumps(self.server.api('targets')['activeTargets'])[:1500]}")
            time.sleep(0.05)

    def up(self, job):
        self.until(f"{job} is up", lambda: (self.target(job) or {}).get("health") == "up")

    def down(self, job, words):
        self.until(f"{job} is down with {words!r}", lambda: (self.target(job) or {}).get("health") == "down" and words in self.target(job)["lastError"])


def test_targets_that_misbehave_are_down_with_their_reason():
    def slow(h):
        time.sleep(2)
        h.answer(200, "a 1\n")

    def torn(h):
        h.answer(200, b"a 1\nb 2\n", {"Content-Length": "1000"})
        h.close_connection = True

    def squeezed(h):
        h.answer(200, gzip.compress(b"squeezed_value 7\n"), {"Content-Encoding": "gzip"})

    def bomb(h):
        h.answer(200, gzip.compress(b"x" * 40_000_000), {"Content-Encoding": "gzip"})

    def moved(h):
        h.answer(302, "", {"Location": "/plain?x=1"})

    def endless(h):
        h.send_response(200)
        h.send_header("Content-Type", "text/plain")
        h.send_header("Transfer-Encoding", "chunked")
        h.end_headers()
        line = b"a" * 4000 + b" 1\n"
        while True:
            h.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))

    pages = {"/slow": slow, "/torn": torn, "/gzip": squeezed, "/bomb": bomb, "/moved": moved, "/endless": endless, "/bad": "a 1\nb one\n",
             "/plain": "plain_value 5\n", "/html": lambda h: h.answer(200, "<p>", {"Content-Type": "text/html"}),
             "/big": "".join(f'big{{n="{i}"}} 1\n' for i in range(1000))}
    with Exporter(pages) as e:
        jobs = "".join(f"- {{job_name: {p[1:]}, metrics_path: {p}, static_configs: [{{targets: ['127.0.0.1:{e.port}']}}]{more}}}\n" for p, more in
                       [("/slow", ""), ("/torn", ""), ("/gzip", ""), ("/bomb", ""), ("/moved", ""), ("/endless", ", body_size_limit: 1MB"), ("/bad", ""),
                        ("/plain", ""), ("/html", ""), ("/big", ", sample_limit: 100"), ("/missing", "")])
        with Scraping(jobs) as s:
            for job in ("plain", "gzip", "moved"):
                s.up(job)
            for job, words in [("slow", "in time"), ("torn", "ended in the answer"), ("bomb", "scrape.body_bytes_max"), ("endless", "body_size_limit"),
                               ("bad", "line 2"), ("html", "fallback_scrape_protocol"), ("big", "sample_limit"), ("missing", "404")]:
                s.down(job, words)
            check(s.server.query("squeezed_value")[0]["value"][1] == "7", "gzip")
            check(s.server.query('plain_value{job="moved"}')[0]["value"][1] == "5", "redirect")
            check(s.server.query("a") == [] and s.server.query("big") == [], "a scrape that failed wrote something")
            rows = {r["metric"]["job"]: r["value"][1] for r in s.server.query("up")}
            check(rows["plain"] == "1" and rows["slow"] == "0" and len(rows) == 11, str(rows))
            check(s.server.query('scrape_body_size_bytes{job="endless"}')[0]["value"][1] == "-1", "size of what was too large")
            check(s.server.memory_mb() < 300, f"{s.server.memory_mb()} MB")


def test_one_connection_serves_many_scrapes_and_a_new_one_follows_a_restart():
    with Exporter({"/metrics": "a 1\n"}) as e:
        port = e.port
        with Scraping(f"- {{job_name: j, static_configs: [{{targets: ['127.0.0.1:{port}']}}]}}\n") as s:
            s.until("five scrapes", lambda: e.requests >= 5)
            check(e.connections == 1, f"{e.connections} connections for {e.requests} scrapes")
            s.server.process.send_signal(0)
        with Server("--scrape", f"127.0.0.1:{port}", "--set", "scrape.interval=1s", env=QUIET) as plain:
            end = time.monotonic() + 10
            while not plain.query("a"):
                check(time.monotonic() < end, "--scrape does not scrape")
                time.sleep(0.05)
            check(plain.query("a")[0]["metric"] == {"__name__": "a", "instance": f"127.0.0.1:{port}", "job": "scrape"}, str(plain.query("a")))


def test_credentials_reach_their_server_and_no_other():
    seen = {}

    def note(name):
        def page(h):
            seen[name] = h.headers.get("Authorization")
            h.answer(200, "a 1\n")
        return page

    with Exporter({"/metrics": note("elsewhere")}) as other, Exporter({}) as e:
        e.pages = {"/basic": note("basic"), "/bearer": note("bearer"),
                   "/away": lambda h: (seen.update(away=h.headers.get("Authorization")), h.answer(307, "", {"Location": f"http://127.0.0.1:{other.port}/metrics"}))}
        directory = tempfile.mkdtemp(prefix="belfry-secret-")
        with open(f"{directory}/token", "w") as f:
            f.write("s3cret\n")
        target = f"static_configs: [{{targets: ['127.0.0.1:{e.port}']}}]"
        with Scraping(f"""- {{job_name: basic, metrics_path: /basic, basic_auth: {{username: u, password: "p:w"}}, {target}}}
- {{job_name: bearer, metrics_path: /bearer, authorization: {{credentials_file: {directory}/token}}, {target}}}
- {{job_name: away, metrics_path: /away, authorization: {{credentials: hidden}}, {target}}}
""") as s:
            for job in ("basic", "bearer", "away"):
                s.up(job)
            check(seen["basic"] == "Basic " + base64.b64encode(b"u:p:w").decode(), str(seen))
            check(seen["bearer"] == "Bearer s3cret", str(seen))
            check(seen["away"] == "Bearer hidden" and seen["elsewhere"] is None, str(seen))
            shown = s.server.api("status/config")["yaml"]
            check("p:w" not in shown and "hidden" not in shown and "<secret>" in shown, shown)
        shutil.rmtree(directory)


def test_tls_is_verified_unless_it_is_told_not_to():
    directory = tempfile.mkdtemp(prefix="belfry-tls-")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1", "-subj", "/CN=exporter.test",
                    "-addext", "subjectAltName=DNS:exporter.test", "-keyout", f"{directory}/key.pem", "-out", f"{directory}/cert.pem"],
                   check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{directory}/cert.pem", f"{directory}/key.pem")
    with Exporter({"/metrics": "a 1\n"}, context) as e:
        target = f"scheme: https, static_configs: [{{targets: ['127.0.0.1:{e.port}']}}]"
        with Scraping(f"""- {{job_name: good, tls_config: {{ca_file: {directory}/cert.pem, server_name: exporter.test}}, {target}}}
- {{job_name: name, tls_config: {{ca_file: {directory}/cert.pem}}, {target}}}
- {{job_name: unknown, tls_config: {{server_name: exporter.test}}, {target}}}
- {{job_name: blind, tls_config: {{insecure_skip_verify: true}}, {target}}}
""", interval="1s", timeout="900ms") as s:
            s.up("good")
            s.up("blind")
            s.down("name", "TLS")
            s.down("unknown", "certificate")
    shutil.rmtree(directory)


def test_series_end_when_they_disappear_and_when_their_target_does():
    pages = {"/metrics": "stays 1\ngoes 1\n"}
    with Exporter(pages) as e:
        job = f"- {{job_name: j, static_configs: [{{targets: ['127.0.0.1:{e.port}']}}]}}\n"
        with Scraping(job) as s:
            s.until("both", lambda: len(s.server.query('{__name__=~"stays|goes"}')) == 2)
            pages["/metrics"] = "stays 1\n"
            s.until("one has ended", lambda: [r["metric"]["__name__"] for r in s.server.query('{__name__=~"stays|goes"}')] == ["stays"])
            s.write("- {job_name: other, static_configs: [{targets: []}]}\n")
            s.until("the other, too, and the report", lambda: s.server.query('{job="j"}') == [])
            s.write(job)
            s.until("it is back", lambda: len(s.server.query("stays")) == 1)
            s.server.stop()
            s.server.start()
            check(len(s.server.query("stays")) == 1, "a clean stop ended the series")


def test_a_bad_configuration_leaves_the_old_one_and_says_why():
    with Exporter({"/metrics": "a 1\n"}) as e:
        job = f"- {{job_name: j, static_configs: [{{targets: ['127.0.0.1:{e.port}']}}]}}\n"
        with Scraping(job) as s:
            s.up("j")
            s.write(job + "- {job_name: j}\n")
            overview = lambda: json.loads(s.server.request("GET", "/api/v1/belfry/scrape")[1])
            s.until("the reason", lambda: 'job_name "j" stands twice' in overview()["error"])
            before = e.requests
            s.until("it goes on", lambda: e.requests > before + 2)
            s.write(job + f"- {{job_name: k, static_configs: [{{targets: ['127.0.0.1:{e.port}']}}]}}\n")
            s.up("k")
            check(overview()["error"] == "", str(overview()))
            s.server.process.send_signal(signal.SIGHUP)
            s.until("the signal is heard", lambda: s.server.counter("belfry_scrape_reloads_total", outcome="taken") >= 3)
            check(s.server.request("POST", "/-/reload")[0] == 401, "anybody may reload")
            s.up("j")


def test_lists_of_targets_are_read_again_when_they_change():
    with Exporter({"/metrics": "a 1\n"}) as e, Exporter({}) as lists:
        asked = []
        lists.pages["/list"] = lambda h: (asked.append(1), h.answer(200, json.dumps([{"targets": [f"127.0.0.1:{e.port}"], "labels": {"via": "http"}}]),
                                                                  {"Content-Type": "application/json"}))
        directory = tempfile.mkdtemp(prefix="belfry-sd-")
        with Scraping(f"""- {{job_name: files, file_sd_configs: [{{files: ["{directory}/*.json"]}}]}}
- {{job_name: http, http_sd_configs: [{{url: "http://127.0.0.1:{lists.port}/list", refresh_interval: 1s}}]}}
""") as s:
            s.up("http")
            check(s.target("http")["labels"]["via"] == "http", str(s.target("http")))
            check(s.target("files") is None, "a target out of nothing")
            with open(f"{directory}/a.json", "w") as f:
                json.dump([{"targets": [f"127.0.0.1:{e.port}"], "labels": {"team": "x"}}], f)
            s.up("files")
            check(s.target("files")["discoveredLabels"]["__meta_filepath"] == f"{directory}/a.json", "where it is from")
            with open(f"{directory}/a.json", "w") as f:
                f.write("[{broken")
            s.until("the reason", lambda: "a.json" in next(p["error"] for p in json.loads(s.server.request("GET", "/api/v1/belfry/scrape")[1])["pools"] if p["name"] == "files"))
            check(s.target("files") is not None, "a broken list took its targets away")
            os.remove(f"{directory}/a.json")
            s.until("it is gone", lambda: s.target("files") is None)
        shutil.rmtree(directory)


def test_many_targets_beside_dead_ones_are_all_asked_in_time():
    pages = {f"/t{i}": f"value {i}\n" for i in range(300)}
    with socket.socket() as hole, Exporter(pages) as e:
        hole.bind(("127.0.0.1", 0))
        hole.listen(0)  # connects, then nothing; further ones do not even connect
        lines = "".join(f"  - {{targets: ['127.0.0.1:{e.port}'], labels: {{__metrics_path__: /t{i}, n: '{i}'}}}}\n" for i in range(300))
        dead = "".join(f"  - {{targets: ['127.0.0.1:{hole.getsockname()[1]}'], labels: {{n: '{i}'}}}}\n" for i in range(40))
        with Scraping(f"- job_name: many\n  static_configs:\n{lines}- job_name: dead\n  static_configs:\n{dead}", interval="2s", timeout="2s") as s:
            s.until("all values", lambda: len(s.server.query("value")) == 300, 30)
            s.until("the dead are known", lambda: len(s.server.query('up{job="dead"} == 0')) == 40, 30)
            check(s.server.query("sum(value)")[0]["value"][1] == str(sum(range(300))), "the values")
            check(s.server.counter("belfry_scrape_threads") <= 256, "threads")


def test_the_api_tells_what_relabelling_makes_and_what_it_drops():
    with Scraping("""- job_name: j
  static_configs: [{targets: ["127.0.0.1:1", "127.0.0.1:2"]}]
  relabel_configs: [{source_labels: [__address__], regex: "(.*):.*", target_label: host}, {source_labels: [__address__], regex: ".*:2", action: drop}]
""") as s:
        api = s.server.api
        check(api("scrape_pools")["scrapePools"] == ["j"], "pools")
        check(api("targets", state="active")["droppedTargets"] == [] and len(api("targets", state="dropped")["droppedTargets"]) == 1, "states")
        check(api("targets", scrapePool="nope")["activeTargets"] == [] and api("targets")["droppedTargetCounts"] == {"j": 1}, "pools of targets")
        kept = api("targets/relabel_steps", scrapePool="j", labels='{"__address__":"h:1"}')["steps"]
        check([x["keep"] for x in kept] == [True, True] and kept[1]["output"]["host"] == "h", str(kept))
        gone = api("targets/relabel_steps", scrapePool="j", labels='{"__address__":"h:2"}')["steps"]
        check([x["keep"] for x in gone] == [True, False] and gone[0]["rule"]["action"] == "replace", str(gone))
        check(s.server.request("GET", "/api/v1/targets?state=some")[0] == 400, "a wrong state")
        check(s.server.request("GET", "/api/v1/targets/relabel_steps?scrapePool=x&labels=%7B%7D")[0] == 404, "a pool that is not there")
