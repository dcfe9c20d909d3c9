"""The command line on its own machine, keys, login links, and the demo from its start to its removal."""
import json
import subprocess
import time

from harness import BINARY, Server, check


def run(server, *arguments, code=0):
    r = subprocess.run([BINARY, *arguments, "--data", server.data], capture_output=True, text=True, timeout=60)
    check(r.returncode == code, f"{arguments}: exit code {r.returncode}: {r.stdout} {r.stderr}")
    return r.stdout.strip()


def test_a_login_link_makes_a_session_that_may_change_things():
    with Server() as s:
        link = run(s, "open")
        token = link.split("#t=")[1]
        check(token not in "".join(s.output), "the link is a fresh one")
        body = json.dumps({"token": token})
        status, answer, headers = s.request("POST", "/api/v1/belfry/login", body)
        check(status == 200, answer)
        check("HttpOnly" in headers["set-cookie"] and "SameSite=Strict" in headers["set-cookie"], headers["set-cookie"])
        cookie = {"Cookie": headers["set-cookie"].split(";")[0]}
        csrf = json.loads(answer)["csrf"]
        check(s.request("POST", "/api/v1/belfry/login", body)[0] == 401, "a link works once")
        key = json.dumps({"name": "x", "scope": "read"})
        check(s.request("POST", "/api/v1/belfry/keys", key, cookie)[0] == 403, "no change without the session's own token")
        check(s.request("POST", "/api/v1/belfry/keys", key, {**cookie, "X-Belfry-Csrf": csrf})[0] == 200, "a change with it")
        check(s.request("POST", "/api/v1/belfry/logout", "", {**cookie})[0] == 204, "logout")
        check(s.request("GET", "/api/v1/belfry/keys", None, cookie)[0] == 401, "the session has ended")


def test_keys_open_what_their_scope_says_and_survive_kill_9():
    with Server("--set", "auth.loopback_reads=false") as s:
        key = run(s, "keys", "create", "reader", "--scope", "read")
        bearer = {"Authorization": "Bearer " + key}
        s.kill()
        s.start()
        check(s.request("GET", "/api/v1/query?query=1")[0] == 401, "reading needs a key here")
        check(s.request("GET", "/api/v1/query?query=1", None, bearer)[0] == 200, "the key reads")
        check(s.request("POST", "/api/v1/belfry/demo", "", bearer)[0] == 403, "and changes nothing")
        check(s.request("GET", "/api/v1/query?query=1", None, {"Authorization": "Bearer " + key[:-1]})[0] == 401, "a wrong key")
        key_id = key.split("_")[2]
        check(key_id in run(s, "keys", "list") and key.split("_")[3] not in run(s, "keys", "list"), "the list shows no secret")
        run(s, "keys", "revoke", key_id)
        check(s.request("GET", "/api/v1/query?query=1", None, bearer)[0] == 401, "a revoked key")


def test_addresses_of_notification_methods_are_not_for_everybody_on_the_machine():
    with Server() as s:
        key = lambda scope: {"Authorization": "Bearer " + run(s, "keys", "create", scope, "--scope", scope)}
        admin, path = key("admin"), "/api/v1/belfry/notification-methods"
        made = s.request("POST", path, json.dumps({"name": "chat", "type": "SLACK", "address": "http://127.0.0.1:9/secret"}), admin)
        check(made[0] == 201, made)
        for who, headers, seen in (("nobody", {}, False), ("a reader", key("read"), False), ("an admin", admin, True)):
            for at in (path, path + "/" + json.loads(made[1])["id"]):
                status, answer, _ = s.request("GET", at, None, headers)
                check(status == 200 and (b"secret" in answer) == seen and b"chat" in answer, f"{who} at {at}: {status} {answer}")


def test_what_is_open_to_others_does_not_start_by_accident():
    with Server() as s:
        s.stop()
        serve = lambda *a: subprocess.run([BINARY, "serve", "--data", s.data, "--listen", "0.0.0.0:0", *a], capture_output=True, text=True, timeout=20)
        for flags, word in (((), "key"), (("--auth", "off"), "auth is off"), (("--auth", "off", "--i-know-this-is-open"), "auth is off")):
            r = serve(*flags)
            check(r.returncode == 2 and word in r.stderr, f"{flags}: {r.returncode} {r.stderr}")


def test_the_demo_fills_an_hour_survives_kill_9_and_goes_without_trace():
    count = lambda s, q: float((s.query(q) or [{"value": [0, "0"]}])[0]["value"][1])
    with Server() as s:
        run(s, "demo")
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and count(s, 'count_over_time(node_load1{instance="shop-1:9100"}[61m])') < 360:
            time.sleep(0.1)
        check(count(s, 'count({demo="true"})') > 2000, "about two thousand series")
        check(count(s, 'count_over_time(node_load1{instance="shop-1:9100"}[61m])') >= 360, "an hour of them")
        s.kill()
        s.start()
        check(json.loads(s.request("GET", "/api/v1/belfry/demo")[1])["running"], "it goes on after kill -9")
        run(s, "demo", "--remove")
        for _ in range(2):
            check(not s.query('{demo="true"}') and not s.query('count_over_time({demo="true"}[2h])'), "nothing is left")
            check(not json.loads(s.request("GET", "/api/v1/belfry/demo")[1])["running"], "and it does not run")
            s.kill()
            s.start()
        run(s, "demo")
        check(s.query('up{demo="true"}'), "and it can be started again")
