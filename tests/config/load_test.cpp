#include "config/load.h"

#include "config/keys.h"
#include "config/report.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>

#include <sys/stat.h>

#include <fstream>
#include <sstream>

using namespace belfry;
using namespace belfry::config;

namespace {

std::string write(const tests::TempDir& dir, const std::string& name, const std::string& text) {
    std::ofstream(dir.file(name)) << text;
    return dir.file(name);
}

std::string failure(const LoadOptions& options) {
    auto loaded = load(options);
    return loaded.ok() ? "" : loaded.error().message;
}

}  // namespace

TEST_CASE("a flag beats the environment, that beats conf.d, that beats the file, that beats the default") {
    const tests::TempDir dir;
    const std::string file =
        write(dir, "b.toml", "[server]\nlisten = \"h:1\"\ndata = \"d1\"\nweb_dir = \"w1\"\nretention = \"10d\"\n");
    mkdir(dir.file("conf.d").c_str(), 0755);
    write(dir, "conf.d/20.toml", "server.data = \"d20\"\nserver.web_dir = \"w20\"\nserver.listen = \"h:20\"\n");
    write(dir, "conf.d/10.toml", "server.data = \"d10\"\n");
    write(dir, "conf.d/ignored.bak", "nonsense");
    auto loaded = load({.file = file,
                        .environment = {{"BELFRY_SERVER__LISTEN", "h:3"},
                                        {"BELFRY_SERVER__WEB_DIR", "w3"},
                                        {"HOME", "/"},
                                        {"BELFRY_URL", "x"}},
                        .flags = {{"server.listen", "h:4"}}});
    REQUIRE(loaded.ok());
    CHECK(loaded->config.server.listen == "h:4");
    CHECK(loaded->config.server.web_dir == "w3");
    CHECK(loaded->config.server.data_dir == "d20");
    CHECK(loaded->config.server.retention_ms == 10 * 86'400'000LL);
    CHECK(loaded->config.auth.mode == "on");
}

TEST_CASE("an unknown key names its line and the nearest key") {
    const tests::TempDir dir;
    const std::string file = write(dir, "b.toml", "[server]\n\nlisen = \"h:1\"\n");
    CHECK(failure({.file = file}) == file + ":3: unknown key server.lisen; did you mean server.listen?");
    CHECK(failure({.environment = {{"BELFRY_SERVER__LISTN", "x"}}}) ==
          "environment BELFRY_SERVER__LISTN: unknown key server.listn; did you mean BELFRY_SERVER__LISTEN?");
    const std::string misplaced = write(dir, "c.toml", "retention = \"1d\"\n");
    CHECK(failure({.file = misplaced}) == misplaced + ":1: unknown key retention; did you mean server.retention?");
}

TEST_CASE("a value of the wrong type or out of range names its line and says what would be right") {
    const tests::TempDir dir;
    const auto check = [&](const std::string& text, const std::string& message) {
        const std::string file = write(dir, "b.toml", text);
        CHECK(failure({.file = file}) == file + message);
    };
    check("[server]\nretention = 30\n", ":2: server.retention: expected a duration like \"30m\" or \"15d\", not 30");
    check("[server]\nretention = \"30\"\n",
          ":2: server.retention: expected a duration like \"30m\" or \"15d\", not \"30\"");
    check("[server]\nretention = \"1s\"\n", ":2: server.retention: must be between \"1h\" and \"1000y\", not \"1s\"");
    check("auth.mode = \"maybe\"\n", ":1: auth.mode: expected \"on\" or \"off\", not \"maybe\"");
    check("catalog.keys_max = -1\n", ":1: catalog.keys_max: expected a whole number, not -1");
    check("catalog.keys_max = 0\n", ":1: catalog.keys_max: must be between 1 and 100000, not 0");
    check("server.allow_open = 3\n", ":1: server.allow_open: expected true or false, not 3");
    check("server.listen = 2353\n", ":1: server.listen: expected a text in quotes, not 2353");
    check("server.listen = 2001-01-01\n", ":1: server.listen: dates are not used here");
    CHECK(failure({.environment = {{"BELFRY_CATALOG__KEYS_MAX", "many"}}}) ==
          "environment BELFRY_CATALOG__KEYS_MAX: expected a whole number, not \"many\"");
}

TEST_CASE("a file that is no TOML, or is missing, or is huge, is an error that names it") {
    const tests::TempDir dir;
    const std::string broken = write(dir, "b.toml", "[server]\nlisten = \n");
    CHECK(failure({.file = broken}).starts_with(broken + ":2: "));
    const std::string twice = write(dir, "t.toml", "[server]\nlisten = \"a\"\nlisten = \"b\"\n");
    CHECK(failure({.file = twice}).starts_with(twice + ":3: "));
    CHECK(failure({.file = dir.file("none.toml")}).starts_with("open " + dir.file("none.toml")));
    const std::string huge = write(dir, "h.toml", std::string(2 << 20, '#'));
    CHECK(failure({.file = huge}).find("at most") != std::string::npos);
}

TEST_CASE("a report holds what differs, with its source, and no text that the table does not show") {
    auto loaded = load({.environment = {{"BELFRY_SERVER__RETENTION", "1y"}},
                        .flags = {{"auth.mode", "on"}, {"server.listen", "127.0.0.1:0"}}});
    REQUIRE(loaded.ok());
    const auto report = differences(*loaded);
    REQUIRE(report.size() == 2);  // auth.mode was set to its default
    CHECK(report[0].key == "server.listen");
    CHECK(report[0].value == "\"127.0.0.1:0\"");
    CHECK(report[0].default_value == "\"127.0.0.1:2353\"");
    CHECK(report[0].source == "flag");
    CHECK(report[1].source == "environment");
    const Key hidden = text_key(
        "x.secret", "text", Shown::no, [](auto& c) -> auto& { return c.server.web_dir; }, "A secret.");
    CHECK_FALSE(hidden.shown);
}

TEST_CASE("config/belfry.toml is what the table of keys says") {
    if (getenv("BELFRY_GOLDEN") != nullptr) std::ofstream("config/belfry.toml") << default_file();
    std::ifstream in("config/belfry.toml");
    std::stringstream text;
    text << in.rdbuf();
    const bool same = text.str() == default_file();
    CHECK_MESSAGE(same, "run: make golden T=\"config/belfry.toml*\"");
}

TEST_CASE("the default file with every key switched on loads and changes nothing") {
    const tests::TempDir dir;
    std::string text;
    std::istringstream lines(default_file());
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("#") && !line.starts_with("# ")) line.erase(0, 1);
        text += line + "\n";
    }
    auto loaded = load({.file = write(dir, "b.toml", text)});
    REQUIRE_MESSAGE(loaded.ok(), loaded.error().message);
    CHECK(loaded->sources.size() == keys().size());
    CHECK(differences(*loaded).empty());
}

TEST_CASE("every key has a unit, one whole sentence, a section, and a name of its own") {
    std::set<std::string> names;
    std::string section;
    std::set<std::string> finished;
    for (const Key& key : keys()) {
        CAPTURE(key.name);
        CHECK(names.insert(key.name).second);
        CHECK(std::count(key.name.begin(), key.name.end(), '.') == 1);
        CHECK(key.sentence.ends_with("."));
        CHECK_FALSE(key.unit.empty());
        if (key.section() != section) {
            CHECK(finished.insert(section).second);
            section = key.section();
            CHECK_FALSE(finished.contains(section));
        }
    }
}

TEST_CASE("one retention rules the door and the store, and the log lives below the data directory") {
    auto loaded = load({.flags = {{"server.retention", "2d"},
                                  {"server.data", "/d"},
                                  {"journal.sync", "never"},
                                  {"queue.disk_full_ratio", "0.9"}}});
    REQUIRE(loaded.ok());
    CHECK(loaded->config.metric.retention_ms == 2 * 86'400'000LL);
    CHECK(loaded->config.metric_store.retention_ms == 2 * 86'400'000LL);
    CHECK(loaded->config.journal.directory == "/d/log");
    CHECK(loaded->config.journal.sync_policy == journal::SyncPolicy::never);
    CHECK(loaded->config.queue.disk_full_ratio == 0.9);
    CHECK(failure({.flags = {{"journal.sync", "often"}}}) ==
          "flag for journal.sync: expected \"batch\" or \"interval\" or \"never\", not \"often\"");
}

TEST_CASE("rules are tables of a list, in a file, the environment and flags; a wrong one names what is wrong") {
    const tests::TempDir dir;
    auto loaded = load({.file = write(dir, "b.toml",
                                      "[[metric.retention]]\nmatch = '{job=\"debug\"}'\nkeep = \"3d\"\n"
                                      "[[metric.retention]]\nmatch = '{}'\nkeep = \"30d\"\ntenant = \"acme\"\n"),
                        .environment = {{"BELFRY_METRIC__DOWNSAMPLE", "[{after = \"7d\", to = \"5m\", keep_raw = \"9d\"}]"}}});
    REQUIRE_MESSAGE(loaded.ok(), (loaded.ok() ? "" : loaded.error().message));
    const auto& rules = loaded->config.metric_store.retention_rules;
    REQUIRE(rules.size() == 2);
    CHECK(rules[0].series.match == "{job=\"debug\"}");
    CHECK(rules[0].keep_ms == 3 * 86'400'000LL);
    CHECK(rules[1].series.tenant == "acme");
    const auto& coarser = loaded->config.metric_store.downsample_rules;
    REQUIRE(coarser.size() == 1);
    CHECK(coarser[0].to_ms == 300'000);
    CHECK(coarser[0].keep_raw_ms == 9 * 86'400'000LL);
    const auto shown = differences(*loaded);
    CHECK(std::any_of(shown.begin(), shown.end(), [](const Difference& d) {
        return d.value == "[{match = \"{}\", after = \"1w\", to = \"5m\", keep_raw = \"9d\"}]" ||
               d.value == "[{match = \"{}\", after = \"7d\", to = \"5m\", keep_raw = \"9d\"}]";
    }));
    const auto flag = [](const char* key, const char* value) { return failure({.flags = {{key, value}}}); };
    CHECK(flag("metric.retention", "[{match = \"x\"}]").find("needs keep") != std::string::npos);
    CHECK(flag("metric.retention", "[{keep = \"3\"}]").find("duration") != std::string::npos);
    CHECK(flag("metric.downsample", "[{after = \"7d\", to = \"7m\"}]").find("\"1h\"") != std::string::npos);
    CHECK(flag("metric.downsample", "[{after = \"7d\", two = \"7m\"}]").find("no two") != std::string::npos);
    CHECK(flag("metric.retention", "x").find("list of tables") != std::string::npos);
    CHECK(flag("metric.retention", "[]").empty());
}
