"""Notifications end to end: what a receiver gets, and receivers that hang, reset, answer 500 or without end, or redirect."""
import base64
import email
import email.header
import http.server
import json
import os
import socket
import ssl
import subprocess
import tempfile
import threading
import time

from harness import Server, check

API = "/api/v1/belfry/"
OPEN = {"BELFRY_AUTH__MODE": "off"}
SOON = {**OPEN, "BELFRY_NOTIFY__RETRY_INTERVAL": "300ms", "BELFRY_NOTIFY__TIMEOUT": "1s"}
EACH = "route:\n  receiver: %s\n  group_by: ['...']\n  group_wait: 0s\n  group_interval: 1s\n"
MONASCA_KEYS = ["alarm_id", "alarm_definition_id", "alarm_name", "alarm_description", "alarm_timestamp", "state", "old_state",
                "message", "tenant_id", "metrics"]


def wait_until(what, message, seconds=15):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = what()
        if value:
            return value
        time.sleep(0.02)
    check(False, message() if callable(message) else message)


class Hook:
    """A webhook that keeps what it gets; `status` may change."""

    def __init__(self):
        hook = self
        self.seen, self.status, self.location, self.lock = [], 200, None, threading.Lock()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with hook.lock:
                    hook.seen.append((dict(self.headers), body))
                self.send_response(hook.status)
                if hook.location:
                    self.send_header("Location", hook.location)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?a=b"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def bodies(self):
        with self.lock:
            return [json.loads(body) for _, body in self.seen]

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Odd:
    """A receiver that does `what(connection)` with each connection."""

    def __init__(self, what):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/"
        self.accepted = 0

        def run():
            while True:
                try:
                    connection, _ = self.socket.accept()
                except OSError:
                    return
                self.accepted += 1
                threading.Thread(target=what, args=(connection,), daemon=True).start()

        threading.Thread(target=run, daemon=True).start()

    def stop(self):
        self.socket.close()


def call(server, method, path, body=None, want=200):
    status, answer, _ = server.request(method, path, None if body is None else json.dumps(body))
    check(status == want, f"{method} {path}: HTTP {status} {answer[:400]!r}")
    return json.loads(answer) if answer else None


def make_method(belfry, name, address, kind="WEBHOOK", period_s=0, **options):
    return call(belfry, "POST", API + "notification-methods",
                {"name": name, "type": kind, "address": address, "period_s": period_s, "options": options}, 201)


def route_to(server, name):
    call(server, "PUT", API + "routing", {"yaml": EACH % name})


def alert(server, name, ends=None, **labels):
    one = {"labels": {"alertname": name, **labels}, "annotations": {"summary": name + " happened"}}
    if ends:
        one["endsAt"] = ends
    call(server, "POST", "/api/v2/alerts", [one])


def deliveries(server, **query):
    return call(server, "GET", API + "deliveries?" + "&".join(f"{k}={v}" for k, v in query.items()))["deliveries"]


def test_an_alarm_on_a_sample_reaches_a_webhook_as_monasca_tells_it():
    hook = Hook()
    with Server(env=OPEN) as s:
        method = make_method(s, "hook", hook.url)
        check(call(s, "POST", f"{API}notification-methods/{method['id']}/test")["ok"], "the test arrives")
        check(len(hook.seen) == 1, "one test")
        call(s, "POST", API + "alarm-definitions",
             {"name": "cpu high", "language": "monasca", "expression": "last(cpu_load) > 10", "severity": "HIGH",
              "match_by": ["host"], "alarm_actions": [method["id"]], "ok_actions": [method["id"]]}, 201)
        now = int(time.time() * 1000)
        check(s.write([({"__name__": "cpu_load", "host": "web-1"}, [(now, 20.0)])])[0] < 300, "written")
        wait_until(lambda: len(hook.seen) >= 2, "the alarm is told")
        headers, raw = hook.seen[1]
        body = json.loads(raw)
        check(list(body) == MONASCA_KEYS, list(body))
        check((body["state"], body["alarm_name"], body["tenant_id"]) == ("ALARM", "cpu high", "default"), body)
        check(isinstance(body["alarm_timestamp"], int) and abs(body["alarm_timestamp"] - time.time()) < 30, body)
        check(body["metrics"][0]["name"] == "cpu_load" and body["metrics"][0]["dimensions"]["host"] == "web-1", body)
        check(headers["Idempotency-Key"] and headers["Idempotency-Key"] == headers["X-Belfry-Delivery"], headers)
        row = wait_until(lambda: deliveries(s, alarm_id=body["alarm_id"]), "it stands in the log")[0]
        check((row["status"], row["code"], row["method"]) == ("sent", 200, "hook"), row)
        check(row["transition_id"] == headers["Idempotency-Key"], row)
        # silenced: not told, and the log says why
        silence = call(s, "POST", API + "silences",
                       {"matchers": [{"name": "host", "op": "=", "value": "web-1"}], "ends_ms": now + 600_000, "comment": "works"}, 201)
        check(silence["status"] == "active" and silence["alarms"] == 1, silence)
        check(s.write([({"__name__": "cpu_load", "host": "web-1"}, [(now + 2000, 1.0)])])[0] < 300, "written")
        row = wait_until(lambda: deliveries(s, status="silenced"), "silenced")[0]
        check(row["state"] == "OK" and silence["id"] in row["detail"], row)
        check(len(hook.seen) == 2, "and nothing was sent")
        check(s.request("DELETE", f"{API}silences/{silence['id']}")[0] == 204, "expired")
        check(call(s, "GET", f"{API}silences/{silence['id']}")["status"] == "expired", "expired, not removed")
    hook.stop()


def test_what_fails_is_tried_again_over_kill_9():
    hook = Hook()
    hook.status = 500
    with Server(env={**SOON, "BELFRY_NOTIFY__ATTEMPTS_MAX": "100"}) as s:
        make_method(s, "hook", hook.url)
        route_to(s, "hook")
        alert(s, "Down")
        wait_until(lambda: len(hook.seen) >= 2, "tried again")
        wait_until(lambda: deliveries(s, status="pending"), "waits in the store")
        s.kill()
        hook.status = 200
        s.start()
        row = wait_until(lambda: deliveries(s, status="sent"), "sent after the restart")[0]
        check(row["attempts"] >= 2, row)
        keys = {headers["Idempotency-Key"] for headers, _ in hook.seen}
        check(len(keys) == 1, f"every attempt has the same key: {keys}")
        before = len(hook.seen)
        s.stop()
        s.start()
        time.sleep(1)
        check(len(hook.seen) == before, "what was told is not told again after a restart")
    hook.stop()


def test_bad_receivers_harm_nothing():
    def hang(connection):
        time.sleep(60)

    def reset(connection):
        connection.recv(100)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()

    def endless(connection):
        try:
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                connection.sendall(b"x" * 65536)
        except OSError:
            pass

    def endless_head(connection):
        try:
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            while True:
                connection.sendall(b"X: " + b"y" * 8000 + b"\r\n")
        except OSError:
            pass

    good, redirect = Hook(), Hook()
    redirect.status, redirect.location = 302, "http://169.254.169.254/latest/meta-data/"
    odd = {"hang": Odd(hang), "reset": Odd(reset), "endless": Odd(endless), "head": Odd(endless_head)}
    addresses = {**{name: o.url for name, o in odd.items()}, "redirect": redirect.url, "metadata": "http://169.254.169.254/x"}
    with Server(env={**SOON, "BELFRY_NOTIFY__ATTEMPTS_MAX": "2"}) as s:
        for name, url in addresses.items():
            make_method(s, name, url)
        make_method(s, "good", good.url)
        routes = "".join(f"  - receiver: {name}\n    continue: true\n" for name in addresses)
        call(s, "PUT", API + "routing", {"yaml": EACH % "good" + "  routes:\n" + routes + "  - receiver: good\n"})
        began = time.monotonic()
        for i in range(20):
            alert(s, f"A{i}")
        wait_until(lambda: len({b["commonLabels"]["alertname"] for b in good.bodies()}) == 20, lambda: f"{len(good.seen)} of 20 arrive")
        took = time.monotonic() - began
        check(took < 5, f"the good one waits for nobody: {took:.2f} s")
        wait_until(lambda: all(deliveries(s, status="failed", method_id=m["id"], limit=1000)
                               for m in call(s, "GET", API + "notification-methods")["methods"] if m["name"] != "good"),
                   "all others have failed", 40)
        details = {row["method"]: row["detail"] for row in deliveries(s, status="failed", limit=1000)}
        check("169.254.169.254" in details["redirect"], details)
        check("notify.deny_networks" in details["metadata"], details)
        check(s.memory_mb() < 400, f"{s.memory_mb()} MB")
        health = {m["name"]: m["health"] for m in call(s, "GET", API + "notification-methods")["methods"]}
        check(health["good"]["failing_since_ms"] is None and health["reset"]["failing_since_ms"], health)
        check(s.stop(10) == 0, "the stop does not wait for a receiver that hangs")
    for receiver in [good, redirect, *odd.values()]:
        receiver.stop()


def test_groups_tell_alarms_together_and_survive_a_restart():
    hook = Hook()
    with Server(env=OPEN) as s:
        make_method(s, "team", hook.url)
        call(s, "PUT", API + "routing", {"yaml": "route:\n  receiver: team\n  group_by: [cluster]\n  group_wait: 1s\n"
                                                 "  group_interval: 1s\n"})
        for host in "abc":
            alert(s, "Down", cluster="c1", host=host)
        wait_until(lambda: hook.seen, "the group is told")
        body = hook.bodies()[0]
        check(body["version"] == "4" and body["status"] == "firing" and len(body["alerts"]) == 3, body)
        check(body["groupLabels"] == {"cluster": "c1"}, body)
        s.stop()
        s.start()
        alert(s, "Down", ends="2020-01-01T00:00:00Z", cluster="c1", host="a")
        wait_until(lambda: len(hook.seen) == 2, "the change is told")
        body = hook.bodies()[1]
        check(sorted(a["status"] for a in body["alerts"]) == ["firing", "firing", "resolved"], body)
    hook.stop()


def test_routing_that_cannot_be_read_is_refused_with_its_line():
    with Server(env=OPEN) as s:
        for yaml, words in [("rout: {}", "line 1: unknown key rout"), ("route:\n  receiver: nobody\n", "no notification method named nobody"),
                            ("route:\n  group_wait: soon\n", "line 2: group_wait")]:
            status, answer, _ = s.request("PUT", API + "routing", json.dumps({"yaml": yaml}))
            check(status == 400 and words in json.loads(answer)["error"], answer)
        check(call(s, "GET", API + "routing") == {"yaml": "", "error": None}, "nothing was taken")


def test_alertmanagers_api_takes_alerts_and_silences():
    with Server(env=OPEN) as s:
        for _ in range(3):  # sent again without a change: one alarm, one event
            alert(s, "Full", severity="critical", disk="sda")
        for base in ("/api/v2", "/alertmanager/api/v2"):
            alerts = call(s, "GET", base + "/alerts")
            check(len(alerts) == 1 and alerts[0]["labels"]["disk"] == "sda" and alerts[0]["status"]["state"] == "active", alerts)
        alarms = call(s, "GET", API + "alarms")["alarms"]
        check([a["source"] for a in alarms] == ["outside"] and alarms[0]["state"] == "ALARM", alarms)
        check(alarms[0]["severity"] == "CRITICAL", alarms)
        history = call(s, "GET", f"{API}alarms/{alarms[0]['id']}/history")["entries"]
        check(len([e for e in history if e["kind"] == "transition"]) == 1, history)
        now = time.time()
        stamp = lambda t: time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(t))
        made = call(s, "POST", "/api/v2/silences",
                    {"matchers": [{"name": "disk", "value": "sd.", "isRegex": True, "isEqual": True}], "startsAt": stamp(now),
                     "endsAt": stamp(now + 600), "createdBy": "me", "comment": "known"})["silenceID"]
        check(call(s, "GET", "/api/v2/alerts")[0]["status"] == {"inhibitedBy": [], "silencedBy": [made], "mutedBy": [], "state": "suppressed"},
              call(s, "GET", "/api/v2/alerts"))
        check(call(s, "GET", "/api/v2/alerts?silenced=false") == [], "left out when asked")
        check(call(s, "GET", "/api/v2/silence/" + made)["status"]["state"] == "active", "active")
        call(s, "DELETE", "/api/v2/silence/" + made)
        check(call(s, "GET", "/api/v2/silences")[0]["status"]["state"] == "expired", "expired")
        check(call(s, "GET", "/api/v2/alerts?filter=disk%3D%22sdb%22") == [], "filtered")
        check(call(s, "GET", "/api/v2/status")["cluster"]["status"] == "ready", "status")
        alert(s, "Full", ends="2020-01-01T00:00:00Z", severity="critical", disk="sda")
        check(call(s, "GET", "/api/v2/alerts") == [], "over")
        status, answer, _ = s.request("POST", "/api/v2/alerts", json.dumps([{"labels": {}}, {"labels": {"alertname": "Good"}}]))
        check(status == 400 and b"alert 0" in answer, answer)
        check([a["labels"]["alertname"] for a in call(s, "GET", "/api/v2/alerts")] == ["Good"], "the good one counts")


class MailServer:
    """SMTP with STARTTLS and AUTH, one mail a connection; keeps what it gets."""

    def __init__(self, directory):
        self.cert, self.key = os.path.join(directory, "cert.pem"), os.path.join(directory, "key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.key, "-out", self.cert, "-days", "2",
                        "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"], check=True, capture_output=True)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.cert, self.key)
        self.mails, self.logins = [], []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.talk, args=(connection,), daemon=True).start()

    def talk(self, connection):
        try:
            lines = connection.makefile("rb")
            say = lambda text: connection.sendall(text.encode() + b"\r\n")
            say("220 mail ready")
            secure, to = False, []
            while True:
                line = lines.readline().decode().strip()
                word = line.upper()
                if not line or word == "QUIT":
                    return
                if word.startswith("EHLO"):
                    say("250-mail")
                    say("250 AUTH PLAIN LOGIN" if secure else "250 STARTTLS")
                elif word == "STARTTLS":
                    say("220 go on")
                    connection = self.context.wrap_socket(connection, server_side=True)
                    lines, secure, say = connection.makefile("rb"), True, lambda text, c=connection: c.sendall(text.encode() + b"\r\n")
                elif word.startswith("AUTH PLAIN"):
                    self.logins.append((secure, base64.b64decode(line.split()[2]).split(b"\0")[1:]))
                    say("235 welcome")
                elif word.startswith("RCPT"):
                    to.append(line)
                    say("250 fine")
                elif word == "DATA":
                    say("354 go on")
                    body = b""
                    while True:
                        part = lines.readline()
                        if part in (b".\r\n", b""):
                            break
                        body += part[1:] if part.startswith(b"..") else part
                    self.mails.append((to, email.message_from_bytes(body)))
                    say("250 taken")
                else:
                    say("250 fine")
        except OSError:
            pass


def test_mails_go_over_starttls_with_a_login():
    with tempfile.TemporaryDirectory() as directory:
        mail = MailServer(directory)
        env = {**OPEN, "BELFRY_NOTIFY__SMTP_CA_FILE": mail.cert}
        with Server(env=env) as s:
            method = make_method(s, "mail", "ops@example.org, b@example.org", "EMAIL", server=f"127.0.0.1:{mail.port}", security="starttls",
                                 user="me", password="s\u00e9cret", subject="{{ .State }}: \u00fcber {{ .Name }}")
            check(method["options"]["password"] == "***", "the password is not shown")
            result = call(s, "POST", f"{API}notification-methods/{method['id']}/test")
            check(result["ok"], result)
            check(mail.logins == [(True, [b"me", "s\u00e9cret".encode()])], mail.logins)
            to, message = mail.mails[0]
            check(len(to) == 2, to)
            subject = str(email.header.make_header(email.header.decode_header(message["Subject"])))
            check(subject == "OK: \u00fcber Test of mail", subject)
            check("this is a test" in message.get_payload(decode=True).decode(), message.get_payload(decode=True))
            # what is sent back masked is kept
            method["options"]["subject"] = "changed"
            call(s, "PUT", f"{API}notification-methods/{method['id']}", method)
            check(call(s, "POST", f"{API}notification-methods/{method['id']}/test")["ok"], "the password is still known")
            # a server that nobody vouches for is not spoken to
        with Server(env=OPEN) as s:
            method = make_method(s, "mail", "ops@example.org", "EMAIL", server=f"127.0.0.1:{mail.port}")
            result = call(s, "POST", f"{API}notification-methods/{method['id']}/test")
            check(not result["ok"] and "TLS" in result["detail"], result)
        mail.socket.close()


def test_periodic_methods_repeat_while_it_rings():
    hook = Hook()
    with Server(env={**OPEN, "BELFRY_NOTIFY__PERIODS": "0,1"}) as s:
        method = make_method(s, "hook", hook.url, period_s=1)
        call(s, "POST", API + "alarm-definitions",
             {"name": "again", "language": "monasca", "expression": "last(again_metric) > 10", "alarm_actions": [method["id"]]}, 201)
        now = int(time.time() * 1000)
        check(s.write([({"__name__": "again_metric"}, [(now, 20.0)])])[0] < 300, "written")
        wait_until(lambda: len(hook.seen) >= 3, "repeated")
        check(s.write([({"__name__": "again_metric"}, [(now + 1000, 1.0)])])[0] < 300, "written")
        wait_until(lambda: call(s, "GET", API + "alarms?state=OK")["alarms"], "it is over")
        time.sleep(0.3)
        count = len(hook.seen)
        time.sleep(1.5)
        check(len(hook.seen) == count, "and is not told any more")
    hook.stop()
