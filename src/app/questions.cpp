#include "api/belfry/cardinality.h"
#include "app/parts.h"
#include "base/number.h"
#include "base/version.h"
#include "config/report.h"

namespace belfry::app {
namespace {

constexpr int64_t QUERY_CATCH_UP_MS =
    1'000;  // a query waits this long for a store that is behind, then takes what is there

std::vector<api::ConfigRow> config_rows(const config::Loaded& loaded) {
    std::vector<api::ConfigRow> out;
    for (const config::Difference& d : config::differences(loaded)) {
        out.push_back({.key = d.key, .value = d.value, .default_value = d.default_value, .source = d.source});
    }
    return out;
}

}  // namespace

std::string node_name() {
    char name[256]{};
    return ::gethostname(name, sizeof name - 1) == 0 && name[0] != '\0' ? name : "localhost";
}

void App::Parts::open_queries() {
    const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
    query_workers = std::make_unique<query::Workers>(cores - 1);
    stored = std::make_unique<query::MetricStoreSource>(*metrics);
    source = std::make_unique<CurrentSource>(*stored, [this] { (void)metric_consumer->catch_up(QUERY_CATCH_UP_MS); });
    exemplars = std::make_unique<query::MetricStoreExemplars>(
        *metrics, [this] { (void)metric_consumer->catch_up(QUERY_CATCH_UP_MS); });
    engine = std::make_unique<promql::Engine>(*source, *query_workers);
    admin = std::make_unique<StoreMetricAdmin>(*metrics, readiness,
                                               [this] { (void)metric_consumer->catch_up(READ_YOUR_WRITE_MS); });
    facts = {.version = std::string(VERSION),
             .node = node_name(),
             .address = config.server.listen,
             .start_ms = clock.now_ms(),
             .config = config_rows(loaded)};
    std::map<std::string, std::string> flags;
    for (const api::ConfigRow& row : facts.config)
        flags.emplace(row.key, row.value);
    prometheus_api = std::make_unique<api::PrometheusApi>(
        *engine, *source, *admin, clock,
        api::PrometheusApi::Options{.limits = config.query,
                                    .start_ms = facts.start_ms,
                                    .version = facts.version,
                                    .retention = format_duration_ms(config.metric_store.retention_ms),
                                    .flags = std::move(flags),
                                    .exemplars = exemplars.get()});
    prometheus_api->add_routes(router);
    open_scraping();
    open_rules();
    open_alarm_api();
    api::add_cardinality_routes(router, clock, [this](std::string_view tenant, size_t limit) {
        return dictionary->cardinality(tenant, clock.now_ms(), limit);
    });
    keeper = std::make_unique<StoreKeeper>(
        *metrics, *snapshots,
        [this](std::string_view tenant, const model::Matchers& matchers, model::TimeRange range) {
            return erase(tenant, matchers, range);
        },
        config.metric_store.tombstones_max);
    api::add_store_admin_routes(router, *keeper);
    status = std::make_unique<AppStatus>(AppStatus::Parts{
        .clock = clock,
        .config = config,
        .data = data,
        .files = real_file_system(),
        .queue = *queue,
        .metrics = *metrics,
        .dictionary = *dictionary,
        .catalog = *catalog,
        .alarms = *alarms,
        .receivers = *receivers,
        .server = facts,
        .consumers = {metric_consumer.get(), catalog_consumer.get(), alarm_consumer.get(), notify_consumer.get()},
        .forwarder = forwarder.get()});
    host_facts = std::make_unique<HostFacts>(host->live());
}

}  // namespace belfry::app
