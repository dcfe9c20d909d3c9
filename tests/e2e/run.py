"""Runs every test_* of the *_test.py files beside it (or of those named), then the crash test. Ends with `N passed, N failed`."""
import argparse
import glob
import importlib
import os
import subprocess
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
CRASH_TESTS = ("crash_test", "alarms_crash_test")  # programs of their own, with rounds


def main():
    p = argparse.ArgumentParser()
    p.add_argument("names", nargs="*", help="files or test names; default: all")
    p.add_argument("--crash-rounds", type=int, default=10)
    a = p.parse_args()
    passed, failed = 0, []
    for path in sorted(glob.glob(os.path.join(HERE, "*_test.py"))):
        module_name = os.path.basename(path)[:-3]
        if module_name in CRASH_TESTS:
            continue
        module = importlib.import_module(module_name)
        for name in [n for n in vars(module) if n.startswith("test_")]:
            if a.names and not any(x in (module_name, name) for x in a.names):
                continue
            began = time.monotonic()
            try:
                getattr(module, name)()
                passed += 1
                print(f"ok     {module_name}.{name} ({time.monotonic() - began:.1f} s)", flush=True)
            except Exception:
                failed.append(name)
                print(f"FAILED {module_name}.{name}\n{traceback.format_exc()}", flush=True)
    for name in CRASH_TESTS:
        if not a.crash_rounds or (a.names and name not in a.names):
            continue
        r = subprocess.run([sys.executable, os.path.join(HERE, name + ".py"), "--rounds", str(a.crash_rounds)])
        if r.returncode == 0:
            passed += 1
        else:
            failed.append(name)
    print(f"{passed} passed, {len(failed)} failed" + (": " + " ".join(failed) if failed else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
