#include "app/app.h"

#include "api/auth/authenticator.h"
#include "api/auth/exposure.h"
#include "api/auth/local_access.h"
#include "api/belfry/routes.h"
#include "api/prometheus/prometheus_api.h"
#include "app/current_source.h"
#include "app/data_dir.h"
#include "app/demo/demo.h"
#include "app/host_facts.h"
#include "app/metric_admin.h"
#include "app/periodic.h"
#include "app/process_stats.h"
#include "app/queue_changes.h"
#include "app/status_facts.h"
#include "app/web_files.h"
#include "base/log.h"
#include "base/number.h"
#include "base/version.h"
#include "catalog/catalog.h"
#include "catalog/sessions.h"
#include "config/report.h"
#include "consumer/catalog_stage.h"
#include "consumer/metric_stage.h"
#include "consumer/topic_consumer.h"
#include "http/health.h"
#include "http/server.h"
#include "http/static_files.h"
#include "ingest/exposition/listener.h"
#include "ingest/host/listener.h"
#include "ingest/influx/listener.h"
#include "ingest/metric/writer.h"
#include "ingest/opentsdb/listener.h"
#include "ingest/prometheus/listener.h"
#include "ingest/receiver_stats.h"
#include "ingest/self/listener.h"
#include "query/metric_store_source.h"
#include "query/promql/engine.h"
#include "query/workers.h"
#include "queue/queue.h"
#include "store/metric/metric_store.h"

namespace belfry::app {
namespace {

constexpr int64_t ERASE_WAIT_MS = 60'000;  // a seal and a fold
constexpr int64_t MAINTAIN_MS = 500;       // the store looks what is due; mostly nothing
constexpr int64_t HOUSEKEEPING_MS = 1'000;
constexpr int64_t SLOW_HOUSEKEEPING_TURNS = 60;  // sessions and key uses are saved once a minute
constexpr int64_t REPLAY_MS_MAX = 365LL * 86'400'000;
constexpr int64_t READ_YOUR_WRITE_MS = 10'000;
constexpr int64_t QUERY_CATCH_UP_MS =
    1'000;  // a query waits this long for a store that is behind, then takes what is there
constexpr std::string_view ADMIN = "admin";

std::string node_name() {
    char name[256]{};
    return ::gethostname(name, sizeof name - 1) == 0 && name[0] != '\0' ? name : "localhost";
}

std::vector<api::ConfigRow> config_rows(const config::Loaded& loaded) {
    std::vector<api::ConfigRow> out;
    for (const config::Difference& d : config::differences(loaded)) {
        out.push_back({.key = d.key, .value = d.value, .default_value = d.default_value, .source = d.source});
    }
    return out;
}

// "127.0.0.1:9090/prometheus" -> address and path prefix.
Result<http::Entrance> parse_entrance(std::string name, std::string_view text) {
    const size_t slash = text.find('/');
    http::Entrance entrance;
    entrance.name = std::move(name);
    entrance.address = TRY(net::Address::parse(text.substr(0, slash)));
    if (slash != std::string_view::npos) entrance.path_prefix = std::string(text.substr(slash));
    return entrance;
}

}  // namespace

// In the order in which they are opened; destroyed from the last to the first.
struct App::Parts {
    Parts(const config::Loaded& l, Clock& c, DataDir d)
        : loaded(l), config(loaded.config), clock(c), data(std::move(d)) {}

    const config::Loaded loaded;
    const config::Config& config;
    Clock& clock;
    DataDir data;
    http::Readiness readiness;

    // the log and what is made of it
    std::unique_ptr<queue::Queue> queue;
    std::unique_ptr<catalog::Catalog> catalog;
    std::unique_ptr<catalog::Sessions> sessions;
    std::unique_ptr<store::MetricStore> metrics;
    std::unique_ptr<consumer::MetricStage> metric_stage;
    std::unique_ptr<consumer::CatalogStage> catalog_stage;
    std::unique_ptr<consumer::TopicConsumer> metric_consumer;
    std::unique_ptr<consumer::TopicConsumer> catalog_consumer;

    // ways in
    std::unique_ptr<ingest::Dictionary> dictionary;
    std::unique_ptr<ingest::MetricWriter> writer;
    std::unique_ptr<ingest::Receivers> receivers;
    std::unique_ptr<ingest::host::HostCollector> host;
    std::unique_ptr<ingest::self::SelfCollector> self;
    std::unique_ptr<QueueChanges> change_log;
    std::unique_ptr<catalog::Changes> changes;
    std::unique_ptr<Demo> demo;

    // questions
    std::unique_ptr<query::Workers> query_workers;
    std::unique_ptr<query::MetricStoreSource> stored;
    std::unique_ptr<CurrentSource> source;
    std::unique_ptr<promql::Engine> engine;
    std::unique_ptr<StoreMetricAdmin> admin;
    std::unique_ptr<api::PrometheusApi> prometheus_api;

    // Belfry about itself
    std::unique_ptr<AppStatus> status;
    std::unique_ptr<HostFacts> host_facts;
    api::PipelineHistory history;
    api::ServerFacts facts;

    // the front door
    std::unique_ptr<api::LocalAccess> local;
    std::unique_ptr<api::Authenticator> authenticator;
    http::Router router;
    std::unique_ptr<http::StaticFiles> files;
    std::unique_ptr<http::Server> server;

    // what happens by itself
    std::unique_ptr<Periodic> maintenance;
    std::unique_ptr<Periodic> housekeeping;
    std::thread replay;
    bool stopped = false;

    Status open_stores();
    Status open_ways_in();
    void open_queries();
    Status open_front_door();
    Status check_listeners() const;
    void replay_log();
    void start_clockwork();
    [[nodiscard]] uint64_t received_samples() const;
    Status erase(const model::Matchers& matchers);
    void stop();
};

Status App::Parts::open_stores() {
    FileSystem& files_on_disk = real_file_system();
    journal::JournalConfig journal = config.journal;
    journal.directory = data.log();
    queue = TRY(queue::Queue::open(files_on_disk, clock, config.queue, journal).context("open the log"));
    catalog = TRY(catalog::Catalog::open(data.catalog(), config.catalog, clock).context("open the catalog"));
    sessions = TRY(catalog::Sessions::open(*catalog).context("open the sessions"));
    metrics = TRY(store::MetricStore::open(files_on_disk, clock,
                                           {.dir = data.metrics(), .config = config.metric_store, .crash_point = {}})
                      .context("open the metric store"));
    metric_stage = std::make_unique<consumer::MetricStage>(*metrics);
    catalog_stage = std::make_unique<consumer::CatalogStage>(*catalog);
    metric_consumer = std::make_unique<consumer::TopicConsumer>(*queue, static_cast<uint32_t>(queue::Topic::metrics),
                                                                consumer::MetricStage::decode);
    metric_consumer->add_stage(*metric_stage);
    catalog_consumer =
        std::make_unique<consumer::TopicConsumer>(*queue, static_cast<uint32_t>(queue::Topic::definitions), nullptr);
    catalog_consumer->add_stage(*catalog_stage);
    TRY(metric_consumer->start().context("start the metric consumer"));
    TRY(catalog_consumer->start().context("start the catalog consumer"));
    queue->start_retention();
    return {};
}

uint64_t App::Parts::received_samples() const {
    uint64_t total = 0;
    for (const ingest::ReceiverSnapshot& r : receivers->snapshot())
        total += r.records_total;
    return total;
}

Status App::Parts::erase(const model::Matchers& matchers) {
    const uint64_t offset = TRY(writer->erase(model::DEFAULT_TENANT, matchers));
    const bool waited = metric_consumer->wait_applied(offset + 1, ERASE_WAIT_MS);
    for (const consumer::StageStatus& stage : metric_consumer->status()) {
        if (stage.state == consumer::StageState::stopped) {
            return make_error(Code::unavailable, "the deletion is written, but {} has stopped: {}", stage.name,
                              stage.error);
        }
    }
    if (waited) return {};
    return make_error(Code::timeout, "the deletion is written and will be applied, but was not within {} ms",
                      ERASE_WAIT_MS);
}

Status App::Parts::open_ways_in() {
    dictionary = std::make_unique<ingest::Dictionary>(
        ingest::SeriesLimits{.max_series = config.metric.max_series,
                             .max_series_per_tenant = config.metric.max_series_per_tenant,
                             .max_series_per_metric = config.metric.max_series_per_metric});
    writer = std::make_unique<ingest::MetricWriter>(clock, *queue, *dictionary, config.metric);
    receivers = std::make_unique<ingest::Receivers>(clock);
    const ingest::MetricSink sink = [this](const ingest::WireBatch& batch) { return writer->write(batch); };
    const codec::DecompressLimits limits{.bytes_max = config.http.decoded_bytes_max,
                                         .ratio_max = config.http.decoded_ratio_max};
    ingest::prometheus::register_routes(
        router, sink, receivers->add("prometheus_write", "Prometheus write", config.server.listen), limits);
    ingest::exposition::register_routes(router, clock, sink,
                                        receivers->add("prometheus_import", "Text import", config.server.listen));
    ingest::influx::register_routes(router, clock, sink,
                                    receivers->add("influx", "InfluxDB lines", config.server.listen));
    ingest::opentsdb::register_routes(router, sink, receivers->add("opentsdb", "OpenTSDB put", config.server.listen));
    host = std::make_unique<ingest::host::HostCollector>(clock, config.host, sink,
                                                         receivers->add("host", "This host", "this machine"),
                                                         [this] { return received_samples(); });
    self = std::make_unique<ingest::self::SelfCollector>(clock, config.self, node_name(), sink,
                                                         receivers->add("self", "Belfry itself", "this process"));
    change_log = std::make_unique<QueueChanges>(*queue);
    changes = std::make_unique<catalog::Changes>(*change_log, *catalog, clock);
    demo = std::make_unique<Demo>(
        Demo::Parts{.clock = clock,
                    .catalog = *catalog,
                    .changes = *changes,
                    .write = sink,
                    .erase = [this](const model::Matchers& matchers) { return erase(matchers); }});
    return {};
}

void App::Parts::open_queries() {
    const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
    query_workers = std::make_unique<query::Workers>(cores - 1);
    stored = std::make_unique<query::MetricStoreSource>(*metrics);
    source = std::make_unique<CurrentSource>(*stored, [this] { (void)metric_consumer->catch_up(QUERY_CATCH_UP_MS); });
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
                                    .config_text = "",
                                    .flags = std::move(flags)});
    prometheus_api->add_routes(router);
    status =
        std::make_unique<AppStatus>(AppStatus::Parts{.config = config,
                                                     .data = data,
                                                     .files = real_file_system(),
                                                     .queue = *queue,
                                                     .metrics = *metrics,
                                                     .dictionary = *dictionary,
                                                     .receivers = *receivers,
                                                     .server = facts,
                                                     .consumers = {metric_consumer.get(), catalog_consumer.get()}});
    host_facts = std::make_unique<HostFacts>(host->live());
}

Status App::Parts::check_listeners() const {
    api::Exposure exposure{.listeners = {},
                           .auth = config.auth.mode != "off",
                           .has_keys = !catalog->snapshot()->keys.empty(),
                           .allow_open = config.server.allow_open};
    std::vector<std::string> addresses = config.server.aliases;
    addresses.push_back(config.server.listen);
    for (const std::string& text : addresses) {
        const http::Entrance entrance = TRY(parse_entrance("", text));
        exposure.listeners.push_back({.address = text, .loopback = entrance.address.is_loopback(), .tls = false});
    }
    return api::check_exposure(exposure);
}

Status App::Parts::open_front_door() {
    TRY(check_listeners());
    local = std::make_unique<api::LocalAccess>();
    authenticator = std::make_unique<api::Authenticator>(config.auth, clock, *catalog, *sessions, *local);
    api::add_belfry_routes(router, {.clock = clock,
                                    .server = facts,
                                    .status = *status,
                                    .history = history,
                                    .host = *host_facts,
                                    .demo = *demo,
                                    .authenticator = *authenticator,
                                    .catalog = *catalog,
                                    .changes = *changes});
    // Until the log is replayed nothing is written or read: ids are not known and answers would have holes.
    router.wrap_handlers([this](const http::Route& route) -> http::Handler {
        if (route.access == http::Access::open) return route.handler;
        return [this, inner = route.handler](const http::Request& request) {
            const std::vector<std::string> reasons = readiness.reasons();
            if (reasons.empty()) return inner(request);
            http::Response refusal = http::error_response(503, "unavailable", "not ready yet: " + reasons.front());
            refusal.headers.emplace_back("Retry-After", "1");
            return refusal;
        };
    });
    http::add_health_routes(router, readiness);
    files = std::make_unique<http::StaticFiles>(config.server.web_dir.empty()
                                                    ? http::StaticFiles::embedded(embedded_web_files())
                                                    : TRY(http::StaticFiles::directory(config.server.web_dir)));
    const http::AccessPolicy policy{.auth_off = authenticator->off(),
                                    .loopback_reads = config.auth.loopback_reads,
                                    .loopback_ingests = config.auth.loopback_ingests};
    http::add_own_metrics_route(router);
    server = TRY(http::Server::start({.config = config.http,
                                      .policy = policy,
                                      .router = router,
                                      .authenticator = *authenticator,
                                      .files = files.get(),
                                      .clock = clock}));
    const auto main_entrance = TRY(server->open(TRY(parse_entrance("main", config.server.listen))));
    facts.address = main_entrance->address.to_string();
    for (const std::string& text : config.server.aliases) {
        const auto alias = server->open(TRY(parse_entrance("alias", text)));
        if (!alias.ok()) log_warn("app", "alias not opened", {{"address", text}, {"error", alias.error().message}});
    }
    return local->write(data.path(), "http://" + facts.address);
}

// The store applies what the log holds beyond it; then the dictionary learns every series, and the doors open.
void App::Parts::replay_log() {
    const int64_t start_ms = clock.monotonic_ms();
    if (!metric_consumer->catch_up(REPLAY_MS_MAX) || !catalog_consumer->catch_up(REPLAY_MS_MAX)) return;
    metrics->for_each_head_series([&](model::HeadId id, model::LabelsView labels, int32_t logged_day) {
        dictionary->seed(id, labels, logged_day);
    });
    dictionary->reserve_ids(metrics->next_head_id());
    log_info("app", "ready", {{"replay_ms", clock.monotonic_ms() - start_ms}, {"series", dictionary->series_count()}});
    readiness.release("log");
    if (config.host.enabled) host->start();
    if (config.self.enabled) self->start();
    demo->resume();
}

void App::Parts::start_clockwork() {
    measure_process(facts.start_ms);
    maintenance = std::make_unique<Periodic>("maintenance", MAINTAIN_MS, [this] {
        if (Status done = metrics->maintain(); !done.ok()) {
            log_warn("app", "store maintenance failed, it will be tried again", {{"error", done.error().message}});
        }
    });
    housekeeping = std::make_unique<Periodic>("housekeeping", HOUSEKEEPING_MS, [this, turn = int64_t{0}]() mutable {
        measure_process(facts.start_ms);
        history.sample(status->facts(), clock.now_ms());
        if (++turn % SLOW_HOUSEKEEPING_TURNS != 0) return;
        for (const Status& done : {sessions->flush(), catalog->flush_key_uses()}) {
            if (!done.ok()) log_warn("app", "sessions were not saved", {{"error", done.error().message}});
        }
    });
}

void App::Parts::stop() {
    if (std::exchange(stopped, true)) return;
    if (demo) demo->stop();
    if (host) host->stop();
    if (self) self->stop();
    if (server) server->stop();
    housekeeping.reset();
    maintenance.reset();
    if (metric_consumer) {
        (void)metric_consumer->catch_up(READ_YOUR_WRITE_MS);
        if (Status done = metric_consumer->flush(); !done.ok()) {
            log_warn("app", "the metric store was not flushed, the log keeps its samples",
                     {{"error", done.error().message}});
        }
        metric_consumer->stop();
    }
    if (catalog_consumer) catalog_consumer->stop();
    if (replay.joinable()) replay.join();
    if (sessions) (void)sessions->flush();
    if (catalog) (void)catalog->flush_key_uses();
    if (queue) {
        queue->housekeep_now();
        queue->close();
    }
}

Result<std::unique_ptr<App>> App::start(const config::Loaded& loaded, Clock& clock) {
    DataDir data = TRY(DataDir::hold(real_file_system(), loaded.config.server.data_dir));
    std::unique_ptr<App> app(new App);
    app->parts_ = std::make_unique<Parts>(loaded, clock, std::move(data));
    Parts& parts = *app->parts_;
    parts.readiness.hold("log", "what was accepted before the last stop is being read");
    TRY(parts.open_stores());
    TRY(parts.open_ways_in());
    parts.open_queries();
    TRY(parts.open_front_door());
    parts.start_clockwork();
    parts.replay = std::thread([&parts] { parts.replay_log(); });
    return app;
}

App::~App() {
    if (parts_) parts_->stop();
}

void App::stop() {
    parts_->stop();
}

std::vector<std::string> App::greeting() const {
    const Parts& p = *parts_;
    std::vector<std::string> out;
    out.push_back(fmt::format("Belfry {} on {}", VERSION, p.facts.node));
    const std::string base = "http://" + p.facts.address + "/";
    std::string link = base;
    if (!p.authenticator->off()) {
        const Result<std::string> token = p.sessions->make_login_token(std::string(ADMIN));
        if (token.ok())
            link += "#t=" + *token;
        else
            log_warn("app", "no login link could be made", {{"error", token.error().message}});
    }
    out.push_back(fmt::format("  open      {}", link));
    if (!p.authenticator->off()) {
        out.push_back(fmt::format("            the link works once, for {}; `belfry open` makes another",
                                  format_duration_ms(p.config.catalog.login_token_ms)));
    }
    out.push_back(fmt::format("  data      {} (metrics kept {})", p.data.path(),
                              format_duration_ms(p.config.metric_store.retention_ms)));
    out.push_back(fmt::format(
        "  receives  Prometheus remote write at {}api/v1/write, text at {}api/v1/import/prometheus", base, base));
    out.push_back(fmt::format("  answers   Prometheus' HTTP API at {} (a Grafana data source, promtool)", base));
    out.push_back("  Ctrl-C stops. Nothing leaves this machine.");
    return out;
}

}  // namespace belfry::app
