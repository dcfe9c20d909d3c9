#include "config/flags.h"

#include <doctest/doctest.h>

using namespace belfry::config;

namespace {

CommandLine parsed(const std::vector<std::string>& arguments) {
    auto result = parse_flags(arguments);
    const auto* usage = std::get_if<Usage>(&result);
    REQUIRE_MESSAGE(usage == nullptr, usage->text);
    return std::get<CommandLine>(result);
}

Usage usage_of(const std::vector<std::string>& arguments) {
    auto result = parse_flags(arguments);
    REQUIRE(std::holds_alternative<Usage>(result));
    return std::get<Usage>(result);
}

}  // namespace

TEST_CASE("serve is the default command, with or without flags") {
    CHECK(parsed({}).command == Command::serve);
    const CommandLine line = parsed({"--data", "/d", "--listen=127.0.0.1:0", "--retention", "100y", "--auth", "off",
                                     "--set", "catalog.keys_max=5"});
    CHECK(line.command == Command::serve);
    const Overrides expected = {{"server.data", "/d"},
                                {"server.listen", "127.0.0.1:0"},
                                {"server.retention", "100y"},
                                {"auth.mode", "off"},
                                {"catalog.keys_max", "5"}};
    auto sorted = line.overrides;
    std::sort(sorted.begin(), sorted.end());
    auto wanted = expected;
    std::sort(wanted.begin(), wanted.end());
    CHECK(sorted == wanted);
    CHECK(parsed({"serve", "--config", "f.toml"}).config_file == "f.toml");
    CHECK(parsed({"serve", "--i-know-this-is-open"}).overrides == Overrides{{"server.allow_open", "true"}});
}

TEST_CASE("each command takes its own arguments") {
    CHECK(parsed({"check-config", "f.toml"}).config_file == "f.toml");
    CHECK(parsed({"query", "1+1", "--url", "http://h:1"}).expression == "1+1");
    CHECK(parsed({"query", "-1", "--json"}).expression == "-1");
    CHECK(parsed({"import", "-"}).file == "-");
    CHECK(parsed({"demo", "--remove"}).remove);
    CHECK(parsed({"keys", "create", "agent", "--scope", "ingest"}).command == Command::keys_create);
    CHECK(parsed({"keys", "revoke", "abc"}).key_id == "abc");
    CHECK(parsed({"version", "--json"}).json);
    CHECK(parsed({"--version"}).command == Command::version);
    CHECK(parsed({"completion", "fish"}).shell == "fish");
}

TEST_CASE("wrong usage is status 2, help is status 0") {
    CHECK(usage_of({"no-such-command"}).status == 2);
    CHECK(usage_of({"serve", "--no-such-flag"}).status == 2);
    CHECK(usage_of({"query"}).status == 2);
    CHECK(usage_of({"keys"}).status == 2);
    CHECK(usage_of({"keys", "create", "x", "--scope", "root"}).status == 2);
    CHECK(usage_of({"serve", "--set", "nothing"}).status == 2);
    CHECK(usage_of({"--help"}).status == 0);
    CHECK(usage_of({"--help"}).text.find("check-config") != std::string::npos);
    CHECK(usage_of({"query", "--help"}).text.find("EXPRESSION") != std::string::npos);
}

TEST_CASE("completion knows every command and option") {
    for (const char* shell : {"bash", "zsh", "fish"}) {
        const std::string script = completion_script(shell);
        for (const char* word : {"serve", "check-config", "revoke", "--i-know-this-is-open", "complete"})
            CHECK(script.find(word) != std::string::npos);
    }
}
