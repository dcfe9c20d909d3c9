"""The monasca command line (python3-monascaclient), unmodified: it finds the identity service, logs in, and goes on at the
catalogue's address, with a password and with an application credential.

    python3 tests/e2e/identity_client.py
"""
import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import BINARY, Failure, Server, check  # noqa: E402


def monasca(environment, *arguments, code=0):
    clean = {k: v for k, v in os.environ.items() if not k.startswith("OS_")}
    r = subprocess.run(["monasca", *arguments], env={**clean, **environment}, capture_output=True, text=True, timeout=60)
    check((r.returncode == 0) == (code == 0), f"{arguments}: exit {r.returncode}: {r.stdout[-1000:]} {r.stderr[-1500:]}")
    return r.stdout + r.stderr


def test_the_command_line_logs_in_by_itself():
    with Server("--set", "auth.loopback_reads=false", "--set", "auth.loopback_ingests=false") as s:
        r = subprocess.run([BINARY, "user", "add", "ann", "--project", "shop", "--role", "monasca-user", "--password-stdin", "--data", s.data],
                           input="open sesame\n", capture_output=True, text=True, timeout=30)
        check(r.returncode == 0, r.stderr)
        base = f"http://127.0.0.1:{s.port}/identity"
        who = {"OS_USERNAME": "ann", "OS_PASSWORD": "open sesame", "OS_PROJECT_NAME": "shop", "OS_USER_DOMAIN_NAME": "Default",
               "OS_PROJECT_DOMAIN_NAME": "Default", "OS_IDENTITY_API_VERSION": "3", "OS_REGION_NAME": "RegionOne"}
        for url in (base + "/v3", base):
            monasca({**who, "OS_AUTH_URL": url}, "metric-create", "room.temp", "21.5", "--dimensions", "room=a")
        end = time.monotonic() + 10
        while "room.temp" not in (out := monasca({**who, "OS_AUTH_URL": base + "/v3"}, "metric-list", "--name", "room.temp")) and time.monotonic() < end:
            time.sleep(0.2)
        check("room.temp" in out and "room: a" in out, out)
        out = monasca({**who, "OS_AUTH_URL": base + "/v3", "OS_PASSWORD": "wrong"}, "metric-list", code=1)
        check("401" in out or "requires authentication" in out, out)

        status, body, headers = s.request("POST", "/identity/v3/auth/tokens", json.dumps({"auth": {"identity": {"methods": ["password"], "password": {
            "user": {"name": "ann", "password": "open sesame", "domain": {"id": "default"}}}}}}))
        user, token = json.loads(body)["token"]["user"]["id"], {"X-Auth-Token": headers["x-subject-token"]}
        status, body, _ = s.request("POST", f"/identity/v3/users/{user}/application_credentials", json.dumps({"application_credential": {"name": "c"}}), token)
        made = json.loads(body)["application_credential"]
        out = monasca({"OS_AUTH_URL": base + "/v3", "OS_AUTH_TYPE": "v3applicationcredential", "OS_APPLICATION_CREDENTIAL_ID": made["id"],
                       "OS_APPLICATION_CREDENTIAL_SECRET": made["secret"], "OS_REGION_NAME": "RegionOne"}, "metric-list", "--name", "room.temp")
        check("room.temp" in out, out)


if __name__ == "__main__":
    try:
        test_the_command_line_logs_in_by_itself()
        print("1 passed, 0 failed")
    except Failure as failure:
        print(f"FAILED: {failure}")
        sys.exit(1)
