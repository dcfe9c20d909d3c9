"""Adds up what every part of `make test` printed: doctest's own summary again, then one plain line `N passed, N failed`."""
import glob
import os
import re
import sys

passed = failed = 0
summary = ""
for path in sorted(glob.glob(os.path.join(sys.argv[1], "*.txt"))):
    with open(path, errors="replace") as f:
        text = f.read()
    doctest = re.findall(r"^\[doctest\] test cases:\s*(\d+) \|\s*(\d+) passed \|\s*(\d+) failed.*$", text, re.M)
    if doctest:
        passed, failed = passed + int(doctest[-1][1]), failed + int(doctest[-1][2])
        summary = "\n".join(line for line in text.splitlines() if line.startswith("[doctest] ") and "|" in line)
        continue
    node = re.findall(r"^(?:#|ℹ) (pass|fail) (\d+)$", text, re.M)
    passed += sum(int(n) for kind, n in node if kind == "pass")
    failed += sum(int(n) for kind, n in node if kind == "fail")
    plain = re.findall(r"^(\d+) passed, (\d+) failed", text, re.M)
    if plain:
        passed, failed = passed + int(plain[-1][0]), failed + int(plain[-1][1])
if summary:
    print(summary)
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed or not passed else 0)
