// Commands that need no server.
#include "app/cli/commands.h"

#include "app/cli/table.h"
#include "base/version.h"
#include "config/report.h"

namespace belfry::app {

Outcome check_config_command(const config::CommandLine& line) {
    if (line.print_defaults) return {.out = config::default_file()};
    auto loaded =
        config::load({.file = line.config_file, .environment = config::process_environment(), .flags = line.overrides});
    if (!loaded.ok()) return {.status = 1, .err = "belfry: " + loaded.error().message + "\n"};
    const auto differences = config::differences(*loaded);
    if (line.json) {
        JsonWriter json;
        json.begin_object().field("ok", true).key("differences").begin_array();
        for (const auto& d : differences) {
            json.begin_object()
                .field("key", d.key)
                .field("value", d.value)
                .field("default", d.default_value)
                .field("source", d.source)
                .end_object();
        }
        json.end_array().end_object();
        return {.out = json.take() + "\n"};
    }
    if (differences.empty()) return {.out = "The configuration is right and says what the defaults say.\n"};
    std::vector<std::vector<std::string>> rows = {{"KEY", "VALUE", "DEFAULT", "SOURCE"}};
    for (const auto& d : differences)
        rows.push_back({d.key, d.value, d.default_value, d.source});
    return {.out = "The configuration is right. What differs from the defaults:\n" + format_table(rows)};
}

Outcome version_command(const config::CommandLine& line) {
    if (!line.json) return {.out = fmt::format("belfry {}\n", VERSION)};
    JsonWriter json;
    json.begin_object().field("version", VERSION).field("compiler", "g++ " __VERSION__).end_object();
    return {.out = json.take() + "\n"};
}

}  // namespace belfry::app
