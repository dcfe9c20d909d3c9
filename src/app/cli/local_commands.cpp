// Commands that need no server.
#include "app/cli/commands.h"

#include "app/cli/table.h"
#include "app/keep_rules.h"
#include "base/version.h"
#include "config/report.h"
#include "ingest/scrape/config.h"

namespace belfry::app {

namespace {

/// Reads what the configuration says is scraped; what of the file is not used goes to `warnings`.
Status check_scraping(const ingest::scrape::ScraperConfig& config, std::string& warnings) {
    if (!config.targets.empty()) {
        Result<std::shared_ptr<const ingest::scrape::JobConfig>> job = ingest::scrape::plain_job(config);
        if (!job.ok()) return std::move(job).error().context("scrape.targets");
    }
    if (config.config_file.empty()) return {};
    const ingest::scrape::ScrapeFile file = TRY(ingest::scrape::load_scrape_config(config.config_file));
    for (const std::string& warning : file.warnings)
        warnings += fmt::format("belfry: {}: {}\n", config.config_file, warning);
    return {};
}

}  // namespace

Outcome check_config_command(const config::CommandLine& line) {
    if (line.print_defaults) return {.out = config::default_file()};
    auto loaded =
        config::load({.file = line.config_file, .environment = config::process_environment(), .flags = line.overrides});
    if (!loaded.ok()) return {.status = 1, .err = "belfry: " + loaded.error().message + "\n"};
    std::string warnings;
    if (Status scraping = check_scraping(loaded->config.scrape, warnings); !scraping.ok())
        return {.status = 1, .err = "belfry: " + scraping.error().message + "\n"};
    if (auto rules = with_keep_rules(loaded->config.metric_store); !rules.ok())
        return {.status = 1, .err = "belfry: " + rules.error().message + "\n"};
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
        return {.out = json.take() + "\n", .err = warnings};
    }
    if (differences.empty())
        return {.out = "The configuration is right and says what the defaults say.\n", .err = warnings};
    std::vector<std::vector<std::string>> rows = {{"KEY", "VALUE", "DEFAULT", "SOURCE"}};
    for (const auto& d : differences)
        rows.push_back({d.key, d.value, d.default_value, d.source});
    return {.out = "The configuration is right. What differs from the defaults:\n" + format_table(rows),
            .err = warnings};
}

Outcome version_command(const config::CommandLine& line) {
    if (!line.json) return {.out = fmt::format("belfry {}\n", VERSION)};
    JsonWriter json;
    json.begin_object().field("version", VERSION).field("compiler", "g++ " __VERSION__).end_object();
    return {.out = json.take() + "\n"};
}

}  // namespace belfry::app
