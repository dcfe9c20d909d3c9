"""kill -9 while samples flip alarms: the history of every alarm alternates, nothing is told twice, and the last state is
that of the last acknowledged sample."""
import argparse
import http.client
import json
import random
import sys
import threading
import time

from harness import Failure, Server, check

ENV = {"BELFRY_ALARMS__WINDOWS_INTERVAL": "1s", "BELFRY_HOST__ENABLED": "false", "BELFRY_SELF__ENABLED": "false"}
ALARMS = 60
WAIT_S = 20


class Writer(threading.Thread):
    """Lets random alarms ring and rest; remembers the newest value of each that was acknowledged."""

    def __init__(self, server, acknowledged, maybe, seed):
        super().__init__(daemon=True)
        self.server, self.acknowledged, self.maybe = server, acknowledged, maybe
        self.random, self.halt, self.errors = random.Random(seed), threading.Event(), []

    def run(self):
        connection = self.server.connection(timeout=10)
        ms = 0
        while not self.halt.is_set():
            ms = max(ms + 1, int(time.time() * 1000))
            values = {n: self.random.choice((1.0, 20.0)) for n in self.random.sample(range(ALARMS), 15)}
            for n, v in values.items():
                self.maybe.setdefault(n, set()).add(v)
            try:
                status, body = self.server.write([({"__name__": "crash_alarm", "n": str(n)}, [(ms, v)], []) for n, v in values.items()], connection)
            except (OSError, http.client.HTTPException):
                return  # killed in flight: these stay "maybe"
            if status in (200, 204):
                for n, v in values.items():
                    self.acknowledged[n] = v
                    self.maybe[n] = {v}
            elif status not in (429, 503):
                self.errors.append(f"HTTP {status}: {body[:200]!r}")
                return


def ask(server, method, path, body=None):
    status, answer, _ = server.request(method, "/api/v1/belfry/" + path, body and json.dumps(body), {"Content-Type": "application/json"})
    check(status // 100 == 2, f"{method} {path}: HTTP {status} {answer[:300]!r}")
    return json.loads(answer)


def settled(server, acknowledged, maybe):
    """The alarms, once their states are those of the newest samples."""
    end = time.monotonic() + WAIT_S
    while True:
        alarms = {int(a["labels"]["n"]): a for a in ask(server, "GET", "alarms?limit=1000")["alarms"] if "n" in a["labels"]}
        wrong = [n for n, v in acknowledged.items()
                 if n not in alarms or alarms[n]["state"] not in {"ALARM" if m > 10 else "OK" for m in maybe[n] | {v}}]
        if not wrong:
            return alarms
        check(time.monotonic() < end, f"the state of {wrong[:5]} does not follow the last acknowledged sample: "
              f"{[(alarms.get(n, {}).get('state'), acknowledged[n], maybe[n]) for n in wrong[:5]]}")
        time.sleep(0.05)


def history(server, alarm):
    """What happened to it, and its state right before and right after this was read: a sample in flight at the kill may still move it."""
    while True:
        before = ask(server, "GET", f"alarms/{alarm['id']}")["alarm"]["state"]
        entries = ask(server, "GET", f"alarms/{alarm['id']}/history?limit=1000")["entries"]
        if ask(server, "GET", f"alarms/{alarm['id']}")["alarm"]["state"] == before:
            return sorted((e for e in entries if e["kind"] == "transition"), key=lambda e: e["number"]), before


def compare(server, acknowledged, maybe):
    alarms = settled(server, acknowledged, maybe)
    total, numbers = 0, set()
    for n, alarm in alarms.items():
        entries, state = history(server, alarm)
        before = "UNDETERMINED"
        for e in entries:
            check(e["old"] == before and e["new"] != before, f"alarm {n} went {e['old']} -> {e['new']} when it was {before}")
            check(e["number"] not in numbers, f"line {e['number']} stands twice in the history")
            numbers.add(e["number"])
            before = e["new"]
        check(before == state, f"alarm {n} is {state}, its history ends with {before}")
        total += len(entries)
    return total


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--rounds", type=int, default=10)
    p.add_argument("--seed", type=int, default=int(time.time()))
    a = p.parse_args()
    print(f"crash test of alarms: {a.rounds} rounds, seed {a.seed}")
    rng = random.Random(a.seed)
    acknowledged, maybe = {}, {}
    server = Server("--auth", "off", env=ENV)
    try:
        server.start()
        ask(server, "POST", "alarm-definitions", {"name": "crash", "language": "monasca", "expression": "last(crash_alarm) > 10", "match_by": ["n"]})
        for round_number in range(1, a.rounds + 1):
            writer = Writer(server, acknowledged, maybe, rng.random())
            writer.start()
            time.sleep(rng.uniform(0.05, 1.5))
            server.kill()
            writer.halt.set()
            writer.join(15)
            check(not writer.errors, f"round {round_number}: {writer.errors}")
            server.start()
            settled(server, acknowledged, maybe)
            if round_number % 5 == 0 or round_number == a.rounds:
                total = compare(server, acknowledged, maybe)
                print(f"  round {round_number}: {len(acknowledged)} alarms, {total} transitions, all right")
    except Failure as e:
        print(f"FAILED (seed {a.seed}, data in {server.data}): {e}")
        print("\n".join(server.output[-20:]))
        return 1
    server.stop()
    with server:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
