#!/usr/bin/env python3
"""`make tidy`: holds the tree against the house rules that a compiler does not see. Prints `file:line: what`; exit 1 on any.

Includes go downward only (ROOMS, from top to bottom; rooms of one row do not include each other), a third-party header is
included in its room only, no name says nothing, no call goes round base/, no file grows past 800 lines without a reason
(a line `// long file: why` within its first ten). `--self-test` proves that each rule catches a violation."""
import argparse
import os
import re
import subprocess
import sys
import tempfile

# top to bottom; a room may include what stands in lower rows, and itself
ROOMS = [
    ["main.cpp"],
    ["app"],
    ["config"],
    ["api", "ingest"],
    ["alarm", "consumer", "forward", "notify"],  # forward: a consumer of the queue that speaks HTTP to others
    ["query/promql", "query/pxl", "query/logql", "query/traceql"],
    ["query"],
    ["store/metric", "store/trace", "store/log", "store/trend", "store/graph", "catalog"],
    ["store/kv", "queue"],
    ["cluster"],
    ["journal", "net", "http"],
    ["codec", "templates"],
    ["model"],
    ["base"],
]
# (from, to) that the rows alone do not say, and why
EXTRA = {
    ("http", "net"): "the front door stands on the loops' connections",
}
# (from, to) that the rows would allow but the house forbids
FORBIDDEN = {
    ("api", "store/metric"): "an API reads through the query kernel, never a store directly",
    ("ingest", "store/metric"): "a protocol writes to the queue, never to a store",
    ("ingest", "query"): "a protocol does not query",
}
# config may include every folder's XConfig headers, and nothing else of them
CONFIG_HEADER = re.compile(r"(_config|/segment_log|/queue|/writer|/listener|/budget|config)\.h$")

# header (prefix) -> rooms or files
THIRD_PARTY = {
    "uv.h": ["net"],
    "httplib.h": ["http"],
    "lmdb.h": ["store/kv"],
    "sqlite3.h": ["catalog"],
    "raft.h": ["cluster"],
    "raft/": ["cluster"],
    "nghttp2/": ["http", "tests/support"],
    "CLI/": ["config/flags.cpp"],
    "toml++/": ["config/toml.cpp"],
    "nlohmann/json.hpp": ["base/json.cpp"],
    "nlohmann/": ["base"],
    "yaml-cpp/": ["base/yaml.cpp"],
    "re2/": ["model", "query", "store/metric"],
    "openssl/": ["catalog", "net", "http", "notify", "model/md5.cpp"],
    "zlib.h": ["codec", "http"],
    "zstd.h": ["codec", "http", "store/kv"],
    "snappy*": ["codec", "http"],
    "lz4*": ["codec"],
    "doctest/": ["tests"],
}
# other headers with a folder in their name need a row above; fmt/core.h is precompiled for everybody
SYSTEM = re.compile(r"^(sys|linux|netinet|arpa|net|bits|asm|fmt|sanitizer)/")
BANNED_NAMES = {"util", "utils", "common", "helper", "helpers", "misc"}
# (pattern, where it is allowed, message); paths are relative to the root
BANNED_CALLS = [
    (r"\b(system_clock|steady_clock|high_resolution_clock)::now\b|\b(clock_gettime|gettimeofday)\s*\(|(?<![\w.>:])time\s*\(\s*(NULL|nullptr|0|&)",
     ["src/base/clock.cpp", "tests/bench/"], "the time comes from a Clock"),
    (r"\bstd::(basic_)?regex\b|#include <regex>", [], "regular expressions are RE2"),
    (r"#include <iostream>", ["tests/"], "no iostream in src: it runs code before main and is slow to compile"),
    (r"\bstd::(cout|cerr|clog)\b", ["tests/"], "use the log, or stdio in app/cli"),
    (r"\b(using namespace std)\b", [], "no using namespace std"),
    (r"\bstd::views::|\bstd::ranges::views?\b", [], "clang 14's tools cannot read range views"),
    (r"\b(strcpy|strcat|sprintf|gets|tmpnam|mktemp|rand|srand)\s*\(", [], "an unsafe or unseeded C function"),
    (r"\bsystem\s*\(|\bpopen\s*\(", [], "no shell: data from outside must never reach one"),
    (r"\bassert\s*\(", [], "INVARIANT is on in every build"),
]
BANNED_IN_TESTS = [
    (r"\b(sleep|usleep|nanosleep)\s*\(|\bsleep_(for|until)\s*\(", ["tests/bench/", "tests/e2e/", "tests/browser/"], "a test does not sleep: inject a Clock or wait for a state"),
]
LINES_MAX = 800
REASON = re.compile(r"(//|#|/\*) ?long file: \S")


def room_of(path):
    """The room of a file below src/ (or main.cpp); None outside."""
    if path == "main.cpp":
        return path
    if not path.startswith("src/"):
        return None
    parts = path[4:].split("/")
    two = "/".join(parts[:2])
    rooms = {r for row in ROOMS for r in row}
    if len(parts) > 2 and two in rooms:
        return two
    return parts[0] if parts[0] in rooms else "?" + parts[0]


ROW = {room: i for i, row in enumerate(ROOMS) for room in row}


def may_include(source, target, header):
    if source == target or (source, target) in EXTRA:
        return None
    if (source, target) in FORBIDDEN:
        return FORBIDDEN[source, target]
    if source.startswith("?") or target.startswith("?"):
        return "a folder without a place in ROOMS"
    if ROW[target] <= ROW[source]:
        if target == "config" or ROW[target] < ROW[source]:
            return f"{target} stands above {source}"
        return f"{target} and {source} are neighbours"
    if target == "config" and source not in ("app", "main.cpp"):
        return "nobody but app includes config"
    if source == "config" and ROW[target] < ROW["model"] and not CONFIG_HEADER.search(header):
        return "config includes the headers that declare an XConfig, nothing else"
    return None


def strip_comments(text):
    """Same lines, without comments and the contents of texts."""
    def blank(m):
        s = m.group(0)
        if s.startswith("//"):
            return ""
        if s.startswith("/*"):
            return "\n" * s.count("\n")
        if s.startswith('R"'):
            return '""' + "\n" * s.count("\n")
        return s[0] + s[0]
    return re.sub(r'R"([^(\s]*)\(.*?\)\1"|//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])\'', blank, text, flags=re.S)


def check_third_party(path, n, header, report):
    here = path[4:] if path.startswith("src/") else path
    for name, rooms in THIRD_PARTY.items():
        if header == name or name[-1] in "/*" and header.startswith(name.rstrip("*")):
            if not any(here == r or here.startswith(r + "/") for r in rooms):
                report(n, f"{header} belongs to {', '.join(rooms)} alone")
            return
    if "/" in header and not SYSTEM.match(header):
        report(n, f"{header}: give this library a room in THIRD_PARTY")


def check_includes(path, lines, report):
    room = room_of(path)
    for n, line in enumerate(lines, 1):
        m = re.match(r'\s*#\s*include\s+([<"])([^>"]+)[>"]', line)
        if not m:
            continue
        quoted, header = m[1] == '"', m[2]
        if not quoted and not path.startswith("tests/"):  # tests may use a library to check ours
            check_third_party(path, n, header, report)
        if quoted and room and "/" in header:
            target = room_of("src/" + header)
            why = may_include(room, target, header)
            if why:
                report(n, f'"{header}": {why}')
        if quoted and room and "/" not in header:
            report(n, f'"{header}": includes are written from src/')


def check_calls(path, text, report):
    code = strip_comments(text)
    rules = BANNED_CALLS + (BANNED_IN_TESTS if path.startswith("tests/") else [])
    for n, line in enumerate(code.split("\n"), 1):
        for pattern, allowed, message in rules:
            if re.search(pattern, line) and not any(path.startswith(a) for a in allowed):
                report(n, message)


def check_names(path, report):
    for part in path.split("/"):
        stem = part.split(".")[0]
        if stem in BANNED_NAMES or any(stem.endswith("_" + b) or stem.startswith(b + "_") for b in BANNED_NAMES):
            report(0, f"a name that says nothing: {part}")


def check_file(root, path, problems):
    def report(line, message):
        problems.append(f"{path}:{line}: {message}" if line else f"{path}: {message}")

    check_names(path, report)
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as f:
        text = f.read()
    lines = text.split("\n")
    if path.endswith((".cpp", ".h", ".py", ".mjs", ".js", ".jsx", ".css")) and text.count("\n") > LINES_MAX and not any(REASON.search(line) for line in lines[:10]):
        report(0, f"{text.count(chr(10))} lines: a second noun is hiding; split it, or say why in a line `// long file: ...`")
    if path.endswith((".cpp", ".h")):
        check_includes(path, lines, report)
        check_calls(path, text, report)
        if path.endswith(".h") and "#pragma once" not in text:
            report(0, "no #pragma once")
    if path.startswith("web/src/") and path.endswith((".js", ".jsx", ".mjs")):
        for n, line in enumerate(lines, 1):
            if re.search(r"innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write\s*\(|\beval\s*\(|new Function\s*\(", line):
                report(n, "names from outside must not become HTML or code")


def check_tree(root, paths):
    problems = []
    for path in paths:
        if path.startswith(("src/", "tests/", "web/")) or path == "main.cpp":
            if os.path.isfile(os.path.join(root, path)) and "/corpus/" not in path and "/golden/" not in path:
                check_file(root, path, problems)
    return problems


SELF_TEST = [
    ("src/base/a.cpp", '#include "model/labels.h"\n', "stands above"),
    ("src/journal/a.cpp", '#include "net/loop.h"\n', "neighbours"),
    ("src/api/a.cpp", '#include "config/load.h"\n', "stands above"),
    ("src/api/a.cpp", '#include "store/metric/metric_store.h"\n', "never a store"),
    ("src/ingest/a.cpp", '#include "api/x.h"\n', "neighbours"),
    ("src/query/promql/a.cpp", '#include "query/logql/x.h"\n', "neighbours"),
    ("src/config/a.cpp", '#include "catalog/catalog.h"\n', "XConfig"),
    ("src/odd/a.cpp", '#include "base/result.h"\n', "without a place"),
    ("src/base/a.cpp", '#include "result.h"\n', "from src/"),
    ("src/http/a.cpp", "#include <uv.h>\n", "belongs to net"),
    ("src/http/a.cpp", "#include <boost/asio.hpp>\n", "give this library a room"),
    ("src/config/load.cpp", "#include <CLI/CLI.hpp>\n", "belongs to config/flags.cpp"),
    ("src/store/metric/a.cpp", "#include <lmdb.h>\n", "belongs to store/kv"),
    ("src/queue/a.cpp", "#include <nlohmann/json.hpp>\n", "belongs to base/json.cpp"),
    ("src/queue/a.cpp", "void f() { auto t = std::chrono::system_clock::now(); }\n", "Clock"),
    ("src/queue/a.cpp", "auto t = time(nullptr);\n", "Clock"),
    ("src/queue/a.cpp", "std::regex r;\n", "RE2"),
    ("src/queue/a.cpp", "#include <iostream>\n", "iostream"),
    ("src/queue/a.cpp", 'int x = system("ls");\n', "shell"),
    ("tests/queue/a_test.cpp", "void f() { std::this_thread::sleep_for(x); }\n", "sleep"),
    ("src/queue/string_utils.h", "#pragma once\n", "says nothing"),
    ("src/queue/a.h", "int x;\n", "#pragma once"),
    ("src/queue/a.cpp", "int x;\n" * 900, "900"),
    ("web/src/a.jsx", "node.innerHTML = name;\n", "HTML"),
]
SELF_TEST_CLEAN = [
    ("src/queue/a.cpp", '// system_clock::now() is not called here\n#include "journal/log.h"\n#include <vector>\nconst char* s = "time(nullptr)";\n'),
    ("src/http/a.cpp", '#include "net/loop.h"\n#include <httplib.h>\n'),
    ("src/config/config.h", '#pragma once\n#include "catalog/catalog_config.h"\n#include "queue/queue.h"\n'),
    ("src/app/a.cpp", '#include "config/load.h"\n#include "store/metric/metric_store.h"\n'),
    ("src/queue/a.cpp", "// long file: one table\n" + "int x;\n" * 900),
    ("src/queue/a.cpp", "int64_t time(int64_t x);\nauto y = o.time(x); auto z = query_time (0);\n"),
]


def self_test():
    failed = 0
    with tempfile.TemporaryDirectory() as root:
        for path, text, *want in SELF_TEST + SELF_TEST_CLEAN:
            full = os.path.join(root, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "w") as f:
                f.write(text)
            problems = check_tree(root, [path])
            os.remove(full)
            if want and not any(want[0] in p for p in problems) or not want and problems:
                failed += 1
                print(f"self-test: {path} {text[:60]!r}: expected {want or 'nothing'}, got {problems}")
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--self-test", action="store_true")
    args = parser.parse_args()
    if args.self_test:
        return 1 if self_test() else 0
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    paths = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=root, capture_output=True, text=True, check=True).stdout.split("\n")
    problems = check_tree(root, sorted(filter(None, paths)))
    print("\n".join(problems))
    print(f"tidy: {len(problems)} problems" if problems else "tidy: clean")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
