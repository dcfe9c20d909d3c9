"""Dashboards go through the log: what was answered with 200 is there after kill -9, version by version."""
import json
import subprocess

from harness import BINARY, Server, check

ALL = "/api/v1/belfry/dashboards"


def body(title, panels=1):
    return json.dumps({"format": 1, "title": title, "panels": [
        {"id": i + 1, "type": "text", "x": 0, "y": i * 4, "w": 24, "h": 4, "text": "\u00e9 \U0001f514 " * 50} for i in range(panels)]})


def admin_key(server):
    r = subprocess.run([BINARY, "keys", "create", "boards", "--scope", "admin", "--data", server.data],
                       capture_output=True, text=True, timeout=60)
    check(r.returncode == 0, r.stderr)
    return {"Authorization": "Bearer " + r.stdout.strip().splitlines()[-1]}


def test_dashboards_survive_kill_9_with_their_versions():
    with Server() as s:
        key = admin_key(s)
        check(s.request("POST", ALL, body("x"))[0] in (401, 403), "making one needs the right to")
        status, answer, _ = s.request("POST", ALL, body("first"), key)
        check(status == 200, answer)
        one = ALL + "/" + json.loads(answer)["id"]
        for version in range(1, 6):
            status, answer, _ = s.request("PUT", f"{one}?version={version}", body(f"v{version + 1}", version), key)
            check(status == 200, answer)
            if version == 3:
                s.kill()
                s.start()
        check(s.request("PUT", f"{one}?version=3", body("late"), key)[0] == 409, "an old version is a conflict")
        s.kill()
        s.start()
        read = json.loads(s.request("GET", one)[1])
        check((read["version"], read["title"], len(read["dashboard"]["panels"])) == (6, "v6", 5), read)
        check(len(json.loads(s.request("GET", one + "/versions")[1])["versions"]) == 6, "all versions")
        exported = s.request("GET", one + "/export")[1]
        check(json.loads(exported)["panels"][0]["text"] == "\u00e9 \U0001f514 " * 50, "the text as it was")
        check(s.request("POST", ALL, exported, key)[0] == 200, "an export is an import")
        check(s.request("GET", "/dash/anything")[2]["content-type"].startswith("text/html"), "its address is a page")
        check(s.request("DELETE", one, None, key)[0] == 204, "deleted")
        s.kill()
        s.start()
        check(s.request("GET", one)[0] == 404, "and stays deleted")
        check(len(json.loads(s.request("GET", ALL)[1])["dashboards"]) == 1, "the copy is there")
