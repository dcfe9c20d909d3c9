#include "support/promql_script.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace belfry;
namespace fs = std::filesystem;

namespace {

std::string file_text(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::stringstream out;
    out << in.rdbuf();
    return out.str();
}

std::vector<fs::path> scripts_in(const fs::path& dir, std::string_view prefix) {
    std::vector<fs::path> out;
    for (const auto& entry : fs::directory_iterator(dir))
        if (entry.path().extension() == ".test" && entry.path().filename().string().starts_with(prefix)) out.push_back(entry.path());
    std::sort(out.begin(), out.end());
    return out;
}

}  // namespace

TEST_CASE("every golden PromQL script passes") {
    for (const fs::path& path : scripts_in("tests/golden/promql", "eval")) {
        const test::ScriptReport report = test::run_promql_script(file_text(path), {});
        CAPTURE(path.string());
        CHECK(report.passed > 0);
        CHECK(report.skipped == 0);
        for (const std::string& failure : report.failures) FAIL_CHECK(failure);
    }
}

// PROMQL_TESTDATA names a folder with the public conformance scripts; PROMQL_FLOATS=1 leaves native histograms out.
TEST_CASE("the conformance scripts pass, where they are at hand") {
    const char* dir = std::getenv("PROMQL_TESTDATA");
    if (dir == nullptr) return;
    const char* only = std::getenv("PROMQL_FILE");
    size_t passed = 0;
    size_t failed = 0;
    size_t skipped = 0;
    for (const fs::path& path : scripts_in(dir, only ? only : "")) {
        const test::ScriptReport report =
            test::run_promql_script(file_text(path), {.native = std::getenv("PROMQL_FLOATS") == nullptr});
        std::printf("%-28s passed %4zu failed %4zu skipped %4zu\n", path.filename().c_str(), report.passed, report.failed, report.skipped);
        for (const std::string& failure : report.failures) FAIL_CHECK((path.filename().string() + " " + failure));
        passed += report.passed;
        failed += report.failed;
        skipped += report.skipped;
    }
    std::printf("%-28s passed %4zu failed %4zu skipped %4zu\n", "all", passed, failed, skipped);
}
