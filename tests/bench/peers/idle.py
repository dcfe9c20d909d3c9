"""What an idle server costs: python3 tests/bench/peers/idle.py [SECONDS]. Started on an empty directory with its defaults (this host and Belfry itself are measured)."""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "e2e"))
from harness import BINARY, Server  # noqa: E402

seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
with Server() as s:
    ready_ms = s.ready_s * 1000
    time.sleep(5)
    before = s.cpu_s()
    time.sleep(seconds)
    cpu = (s.cpu_s() - before) / seconds
    print(f"idle: binary {os.path.getsize(BINARY) / 1e6:.1f} MB, ready after {ready_ms:.0f} ms, memory {s.memory_mb():.1f} MB "
          f"(peak {s.memory_mb('VmHWM'):.1f}), CPU {cpu * 100:.2f} % of a core over {seconds} s")
