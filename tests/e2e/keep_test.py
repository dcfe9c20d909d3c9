"""Keeping: deletion by range, snapshots, and a backup of a server that is written to, restored and compared."""
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import threading
import time

from harness import BINARY, Server, check

NOW = int(time.time())


def admin(server):
    with open(os.path.join(server.data, "server.json")) as f:
        return {"Authorization": "Bearer " + json.load(f)["key"]}


def write(server, text):
    status, answer, _ = server.request("POST", "/api/v1/import/prometheus", text)
    check(status // 100 == 2, f"write: {status} {answer}")


def value(server, query):
    rows = server.query(query)
    return float(rows[0]["value"][1]) if rows else None


def cli(*arguments, code=0, **more):
    r = subprocess.run([BINARY, *arguments], capture_output=True, timeout=120, **more)
    check(r.returncode == code, f"{arguments}: exit code {r.returncode}: {r.stdout[-500:]} {r.stderr[-500:]}")
    return r


def test_a_range_of_a_series_is_deleted_and_the_rest_stays_also_after_kill_9():
    with Server() as s:
        write(s, "".join(f"d{{job=\"{job}\"}} {i} {(NOW - 100 + i) * 1000}\n" for job in ("a", "b") for i in range(100)))
        path = f"/api/v1/admin/tsdb/delete_series?match[]=d{{job=\"a\"}}&start={NOW - 90}&end={NOW - 81}"
        check(s.request("POST", path.replace('"', "%22").replace("{", "%7B").replace("}", "%7D"))[0] == 401, "it needs the right")
        path = path.replace('"', "%22").replace("{", "%7B").replace("}", "%7D")
        check(s.request("POST", path, "", admin(s))[0] == 204, "deleted")
        check(s.request("POST", "/api/v1/admin/tsdb/delete_series", "", admin(s))[0] == 400, "without match[]")
        for _ in range(2):
            check(value(s, 'count_over_time(d{job="a"}[5m])') == 90, "ten samples are gone")
            check(value(s, 'count_over_time(d{job="b"}[5m])') == 100, "the other series is whole")
            s.kill()
            s.start()
        check(s.request("POST", "/api/v1/admin/tsdb/clean_tombstones", "", admin(s))[0] == 204, "clean")
        check(value(s, 'count_over_time(d{job="a"}[5m])') == 90, "as before")


def test_a_snapshot_is_made_listed_restored_and_removed():
    with Server() as s:
        write(s, f"m 1 {NOW * 1000}\n")
        status, answer, _ = s.request("POST", "/api/v1/admin/tsdb/snapshot", "", admin(s))
        check(status == 200, answer)
        name = json.loads(answer)["data"]["name"]
        listed = json.loads(s.request("GET", "/api/v1/belfry/snapshots", None, admin(s))[1])["snapshots"]
        check([x["name"] for x in listed] == [name] and listed[0]["bytes"] > 0, listed)
        to = tempfile.mkdtemp(prefix="belfry-e2e-") + "/new"
        cli("restore", os.path.join(s.data, "snapshots", name), "--data", to)
        with Server(data=to) as r:
            check(value(r, "m") == 1, "the snapshot holds the sample")
        shutil.rmtree(os.path.dirname(to))
        check(s.request("DELETE", "/api/v1/belfry/snapshots/" + name, None, admin(s))[0] == 204, "removed")
        check(s.request("DELETE", "/api/v1/belfry/snapshots/..", None, admin(s))[0] in (400, 404), "no such name")


def test_a_backup_during_writes_holds_all_that_was_acknowledged_before_it():
    acknowledged = []  # [writer, number]
    stop = threading.Event()
    scratch = tempfile.mkdtemp(prefix="belfry-e2e-")

    def writer(s, w):
        n = 0
        while not stop.is_set():
            rows = "".join(f"w{{writer=\"{w}\",row=\"{i}\"}} {n} {NOW * 1000 - 3_000_000 + n}\n" for i in range(200))
            write(s, rows)
            acknowledged.append((w, n))
            n += 1

    try:
        with Server() as s:
            threads = [threading.Thread(target=writer, args=(s, w)) for w in range(3)]
            for t in threads:
                t.start()
            key = cli("keys", "create", "k", "--scope", "read", "--data", s.data).stdout.decode().strip()
            while len(acknowledged) < 30:
                time.sleep(0.01)
            before = list(acknowledged)
            cli("backup", scratch + "/dir", "--data", s.data)
            cli("backup", scratch + "/b.tar", "--data", s.data)
            stream = cli("backup", "-", "--data", s.data).stdout
            # a client that goes away in the middle, and a kill in the middle
            half = subprocess.Popen([BINARY, "backup", "-", "--data", s.data], stdout=subprocess.PIPE)
            half.stdout.read(600)
            half.kill()
            half.wait()
            half.stdout.close()
            slow = subprocess.Popen([BINARY, "backup", "-", "--data", s.data], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            slow.stdout.read(600)
            stop.set()
            for t in threads:
                t.join()
            s.kill()
            slow.kill()
            slow.wait()
            slow.stdout.close()
            s.start()
            left = [x for x in os.listdir(os.path.join(s.data, "snapshots"))] if os.path.isdir(os.path.join(s.data, "snapshots")) else []
            check(left == [], f"half a backup is left: {left}")
            total = value(s, "sum(count_over_time(w[1h]))")
            check(total >= len(acknowledged) * 200, "nothing is lost by it")
        check(any(m.name == "checksums" for m in tarfile.open(scratch + "/b.tar")), "any tar program reads it")
        cli("restore", scratch + "/b.tar", "--data", scratch + "/from_tar")
        cli("restore", "-", "--data", scratch + "/from_stream", input=stream)
        cli("restore", scratch + "/dir", "--data", scratch + "/from_dir")
        cli("restore", scratch + "/b.tar", "--data", scratch + "/from_dir", code=2)
        for name in ("from_dir", "from_tar", "from_stream"):
            with Server("--set", "auth.loopback_reads=false", data=f"{scratch}/{name}") as r:
                bearer = {"Authorization": "Bearer " + key}
                for w in range(3):
                    newest = max(n for x, n in before if x == w)
                    q = f"/api/v1/query?query=count_over_time(w%7Bwriter=%22{w}%22%7D[1h])&time={NOW}"
                    status, answer, _ = r.request("GET", q, None, bearer)
                    check(status == 200, f"the key came along: {answer}")
                    rows = json.loads(answer)["data"]["result"]
                    counts = [float(x["value"][1]) for x in rows]
                    check(len(counts) == 200 and min(counts) >= newest + 1, f"{name}: {counts[:3]} of {newest + 1}")
                    check(max(counts) <= len([1 for x, _ in acknowledged if x == w]) + 1, f"{name}: nothing twice")
                write_to = f"w{{writer=\"9\",row=\"0\"}} 1 {NOW * 1000}\n"
                status, _, _ = r.request("POST", "/api/v1/import/prometheus", write_to)
                check(status // 100 == 2, "the restored server takes samples")
                r.kill()
                r.start()
                status, answer, _ = r.request("GET", f"/api/v1/query?query=w%7Bwriter=%229%22%7D&time={NOW}", None, bearer)
                check(len(json.loads(answer)["data"]["result"]) == 1, "and keeps them")
        damaged = bytearray(stream)
        damaged[len(damaged) // 2] ^= 1
        for bad in (bytes(damaged), stream[: len(stream) // 2], b"no archive at all" * 100):
            r = subprocess.run([BINARY, "restore", "-", "--data", scratch + "/bad"], input=bad, capture_output=True, timeout=60)
            check(r.returncode != 0 and not os.path.exists(scratch + "/bad"), f"a damaged backup was restored: {r.stderr}")
    finally:
        stop.set()
        shutil.rmtree(scratch, ignore_errors=True)
