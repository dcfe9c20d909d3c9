"""Users, tokens and application credentials as OpenStack's clients use them; a login by name; what ends them."""
import json
import os
import stat
import subprocess

from harness import BINARY, Server, check


def belfry(server, *arguments, text=None, code=0):
    r = subprocess.run([BINARY, *arguments, "--data", server.data], input=text, capture_output=True, text=True, timeout=60)
    check(r.returncode == code, f"{arguments}: exit code {r.returncode}: {r.stdout} {r.stderr}")
    return r.stdout


def log_in(server, identity, scope=None):
    body = {"auth": {"identity": identity, **({"scope": scope} if scope else {})}}
    status, answer, headers = server.request("POST", "/identity/v3/auth/tokens", json.dumps(body), {"Content-Type": "application/json"})
    return status, headers.get("x-subject-token"), json.loads(answer)


def by_password(name, password):
    return {"methods": ["password"], "password": {"user": {"name": name, "password": password, "domain": {"name": "Default"}}}}


SHOP = {"project": {"name": "shop", "domain": {"name": "Default"}}}


def test_the_way_of_openstacks_clients_from_the_unversioned_address_to_a_request():
    with Server("--set", "auth.loopback_reads=false", "--set", "auth.loopback_ingests=false") as s:
        belfry(s, "user", "add", "ann", "--project", "shop", "--role", "monasca-user", "--password-stdin", text="open sesame\n")
        belfry(s, "user", "add", "ann", "--role", "x", "--password-stdin", text="open sesame\n", code=1)
        check("shop: monasca-user" in belfry(s, "user", "list"), "the list")
        mode = stat.S_IMODE(os.stat(os.path.join(s.data, "identity.key")).st_mode)
        check(mode == 0o600, f"the key is its owner's: {mode:o}")

        status, body, _ = s.request("GET", "/identity", None, {"Accept": "application/json"})
        href = json.loads(body)["versions"]["values"][0]["links"][0]["href"]
        check(status == 300 and href == f"http://127.0.0.1:{s.port}/identity/v3/", f"{status} {href}")
        status, body, _ = s.request("GET", "/identity/v3/")
        check(status == 200 and json.loads(body)["version"]["links"][0]["href"] == href, body)
        status, token, answer = log_in(s, by_password("ann", "open sesame"), SHOP)
        check(status == 201 and token, answer)
        endpoints = {e["type"]: e["endpoints"][0]["url"] for e in answer["token"]["catalog"]}
        check(endpoints["monitoring"] == f"http://127.0.0.1:{s.port}/monasca/v2.0", endpoints)

        mine = {"X-Auth-Token": token}
        line = "room_temp{room=\"a\"} 21\n"
        check(s.request("GET", "/api/v1/query?query=1")[0] == 401, "nothing without")
        check(s.request("POST", "/api/v1/import/prometheus", line, mine)[0] // 100 == 2, "writes")
        found = json.loads(s.request("GET", "/api/v1/query?query=room_temp", None, mine)[1])["data"]["result"]
        check(len(found) == 1, found)
        check(s.request("GET", "/api/v1/query?query=1", None, {**mine, "X-Scope-OrgID": "default"})[0] == 403, "another tenant")
        check(s.request("POST", "/api/v1/belfry/keys", "{}", mine)[0] == 403, "no administrator")
        check(log_in(s, by_password("ann", "open sesam"))[0] == 401, "a wrong password")

        user = answer["token"]["user"]["id"]
        status, body, _ = s.request("POST", f"/identity/v3/users/{user}/application_credentials",
                                    json.dumps({"application_credential": {"name": "agent"}}), mine)
        made = json.loads(body)["application_credential"]
        credential = {"methods": ["application_credential"], "application_credential": {"id": made["id"], "secret": made["secret"]}}
        status, second, answer = log_in(s, credential)
        check(status == 201 and answer["token"]["project"]["id"] == "shop", answer)

        subject = {"X-Auth-Token": second, "X-Subject-Token": token}
        check(s.request("HEAD", "/identity/v3/auth/tokens", None, subject)[0] == 200, "validation")
        check(s.request("DELETE", "/identity/v3/auth/tokens", None, subject)[0] == 204, "revocation")
        check(s.request("GET", "/api/v1/query?query=1", None, mine)[0] == 401, "revoked")
        s.kill()
        s.start()
        check(s.request("GET", "/api/v1/query?query=1", None, mine)[0] == 401, "and after kill -9, too")
        check(s.request("GET", "/api/v1/query?query=1", None, {"X-Auth-Token": second})[0] == 200, "the other goes on")
        belfry(s, "user", "passwd", "ann", "--password-stdin", text="another one\n")
        check(s.request("GET", "/api/v1/query?query=1", None, {"X-Auth-Token": second})[0] == 401, "a new password ends tokens")
        status, third, _ = log_in(s, by_password("ann", "another one"))
        check(status == 201, "the new one")
        belfry(s, "user", "remove", "ann")
        check(s.request("GET", "/api/v1/query?query=1", None, {"X-Auth-Token": third})[0] == 401, "and so does the user's end")
        for name in ("catalog.sqlite",):
            with open(os.path.join(s.data, name), "rb") as f:
                raw = f.read()
            check(b"open sesame" not in raw and made["secret"].encode() not in raw, "no secret is stored")


def test_a_login_by_name_has_the_roles_of_the_name():
    with Server() as s:
        belfry(s, "user", "add", "eve", "--project", "shop", "--role", "monasca-read-only-user", "--password-stdin", text="open sesame\n")
        status, body, headers = s.request("POST", "/api/v1/belfry/login", json.dumps({"user": "eve", "password": "open sesame"}))
        session = json.loads(body)
        check(status == 200 and session["user"] == "eve" and session["role"] == "read" and session["tenant"] == "shop", body)
        cookie = {"Cookie": headers["set-cookie"].split(";")[0], "X-Belfry-Csrf": session["csrf"]}
        check(s.request("POST", "/api/v1/belfry/keys", "{}", cookie)[0] == 403, "a reader changes nothing")
        check(s.request("POST", "/api/v1/belfry/login", json.dumps({"user": "eve", "password": "wrong"}))[0] == 401, "wrong")
        for _ in range(12):
            status = s.request("POST", "/api/v1/belfry/login", json.dumps({"user": "eve", "password": "wrong"}))[0]
        check(status == 429, f"tried out: {status}")
        check(s.counter("belfry_identity_logins_total", outcome="limited") > 0, "counted")
