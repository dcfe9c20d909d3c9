"""kill -9 at random moments: no acknowledged sample, histogram or exemplar is lost, none is doubled, none is invented."""
import argparse
import http.client
import random
import sys
import threading
import time

from harness import Failure, Server, check

# Small limits, so that seals, folds, publications and segment changes happen all the time.
ENV = {"BELFRY_METRIC__SEAL_INTERVAL": "300ms", "BELFRY_METRIC__FOLD_INTERVAL": "900ms",
       "BELFRY_JOURNAL__SEGMENT_BYTES": "1MiB", "BELFRY_METRIC__EXEMPLARS_PER_SERIES_MAX": "10000", "BELFRY_METRIC__EXEMPLARS_MAX": "10000000", "BELFRY_HOST__ENABLED": "false", "BELFRY_SELF__ENABLED": "false"}


class Writer(threading.Thread):
    """Writes ever newer samples of its own series, some out of order; remembers what was acknowledged."""

    def __init__(self, server, number, model, maybe, base_ms, seed):
        super().__init__(daemon=True)
        self.server, self.number, self.model, self.maybe = server, number, model, maybe
        self.base_ms, self.random, self.halt, self.errors = base_ms, random.Random(seed), threading.Event(), []

    def run(self):
        step = len(self.model) // 20  # beyond every step so far would be too far ahead; overlap is wanted
        connection = self.server.connection(timeout=10)
        while not self.halt.is_set():
            batch, keys = [], []
            for s in range(self.random.randint(1, 40)):
                labels = {"__name__": f"crash_{self.number}", "s": str(s), "round": str(self.random.randint(0, 3))}
                samples = []
                for k in range(self.random.randint(1, 4)):
                    late = self.random.choice((0, 0, 0, 7_200_000, 100_000_000))
                    ms = self.base_ms + step * 20 + k * 5 + s - late
                    v = float(self.random.randint(0, 10 ** 9)) / 100
                    if s % 4 == 1:  # histograms, of several layouts; among floats when the series says so
                        counts = [self.random.randint(1, 1000) for _ in range(self.random.choice((3, 3, 3, 7)))]
                        v = v if s % 8 == 1 and self.random.random() < 0.3 else (v, tuple(counts))
                    samples.append((ms, v))
                samples = sorted(dict(samples).items())
                exemplars = []
                if self.random.random() < 0.3:
                    ms = samples[-1][0]
                    exemplars = [(ms, ms / 8, {"trace_id": f"{self.number}-{ms}"})]
                batch.append((labels, samples, exemplars))
                series = (labels["__name__"], labels["s"], labels["round"])
                keys += [((*series, ms), v) for ms, v in samples]
                keys += [(("exemplar", *series, ms), trace["trace_id"]) for ms, _, trace in exemplars]
            step += 1
            for key, v in keys:
                self.maybe.setdefault(key, set()).add(v)
            try:
                status, body = self.server.write(batch, connection)
            except (OSError, http.client.HTTPException):
                return  # killed in flight: these stay "maybe"
            if status in (200, 204):
                for key, v in keys:
                    self.model[key] = v
                    self.maybe[key] = {v}
            elif status not in (429, 503):
                self.errors.append(f"HTTP {status}: {body[:200]!r}")
                return


def stored(server, number):
    """Every sample of one writer's series, as raw range vectors."""
    out = {}
    now_s = time.time() + 3600
    for row in server.query(f'crash_{number}[2w]', now_s):
        m = row["metric"]
        points = [(t, float(v)) for t, v in row.get("values", [])]
        points += [(t, (float(h["sum"]), tuple(int(b[3]) for b in h["buckets"]))) for t, h in row.get("histograms", [])]
        for t, v in points:
            key = (m["__name__"], m["s"], m["round"], round(float(t) * 1000))
            check(key not in out, f"doubled: {key}")
            out[key] = v
    for row in server.api("query_exemplars", query=f"crash_{number}", start=now_s - 14 * 86400, end=now_s):
        m = row["seriesLabels"]
        for e in row["exemplars"]:
            key = ("exemplar", m["__name__"], m["s"], m["round"], round(e["timestamp"] * 1000))
            check(key not in out, f"doubled: {key}")
            out[key] = e["labels"]["trace_id"]
    return out


def compare(server, writers, rounds):
    total = 0
    for number, (model, maybe) in writers.items():
        have = stored(server, number)
        for key, value in model.items():
            check(key in have, f"after round {rounds}: lost {key} = {value}")
        for key, value in have.items():
            check(key in maybe, f"after round {rounds}: invented {key} = {value}")
            check(value in maybe[key], f"after round {rounds}: {key} is {value}, written were {maybe[key]}")
        total += len(have)
    return total


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--rounds", type=int, default=10)
    p.add_argument("--seed", type=int, default=int(time.time()))
    a = p.parse_args()
    print(f"crash test: {a.rounds} rounds, seed {a.seed}")
    rng = random.Random(a.seed)
    base_ms = int(time.time() * 1000) - 36_000_000
    writers = {n: ({}, {}) for n in range(3)}
    server = Server("--auth", "off", env=ENV)
    try:
        for round_number in range(1, a.rounds + 1):
            server.start()
            threads = [Writer(server, n, model, maybe, base_ms, rng.random()) for n, (model, maybe) in writers.items()]
            for t in threads:
                t.start()
            end = time.monotonic() + rng.uniform(0.05, 1.2)
            while time.monotonic() < end:
                if rng.random() < 0.3:
                    threading.Thread(target=compact, args=(server,), daemon=True).start()
                time.sleep(rng.uniform(0.01, 0.2))
            server.kill()
            for t in threads:
                t.halt.set()
                t.join(15)
                check(not t.errors, f"round {round_number}: {t.errors}")
            if round_number % 5 == 0 or round_number == a.rounds:
                server.start()
                total = compare(server, writers, round_number)
                print(f"  round {round_number}: {sum(len(m) for m, _ in writers.values())} acknowledged, {total} stored, all right")
                server.kill() if rng.random() < 0.5 else server.stop()
    except Failure as e:
        print(f"FAILED (seed {a.seed}, data in {server.data}): {e}")
        print("\n".join(server.output[-20:]))
        return 1
    with server:
        pass
    return 0


def compact(server):
    try:
        server.request("POST", "/api/v1/admin/tsdb/compact")
    except (OSError, http.client.HTTPException):
        pass


if __name__ == "__main__":
    sys.exit(main())
