#pragma once

#include "alarm/desk/definitions.h"
#include "alarm/desk/desk.h"
#include "alarm/anomaly/monitor_book.h"
#include "alarm/rules/query_book.h"
#include "alarm/rules/rule_alarms.h"
#include "alarm/rules/rule_book.h"
#include "alarm/threshold/runner.h"
#include "alarm/transform/engine.h"
#include "api/auth/authenticator.h"
#include "api/auth/local_access.h"
#include "api/belfry/routes.h"
#include "api/identity/routes.h"
#include "api/monasca/alarm_api.h"
#include "api/monasca/monasca_api.h"
#include "api/prometheus/bulk_api.h"
#include "api/prometheus/prometheus_api.h"
#include "app/app.h"
#include "app/backup/snapshots.h"
#include "app/backup/store_keeper.h"
#include "app/current_source.h"
#include "app/data_dir.h"
#include "app/demo/demo.h"
#include "app/host_facts.h"
#include "app/metric_admin.h"
#include "app/notify_stage.h"
#include "app/periodic.h"
#include "app/queue_alarm_log.h"
#include "app/queue_changes.h"
#include "app/scrape_view.h"
#include "app/state_gauges.h"
#include "app/status_facts.h"
#include "catalog/alarm_store.h"
#include "catalog/catalog.h"
#include "catalog/sessions.h"
#include "consumer/alarm_stage.h"
#include "consumer/catalog_stage.h"
#include "consumer/metric_stage.h"
#include "consumer/topic_consumer.h"
#include "forward/forwarder.h"
#include "http/health.h"
#include "http/server.h"
#include "http/static_files.h"
#include "ingest/agent/runner.h"
#include "ingest/graphite/listener.h"
#include "ingest/host/listener.h"
#include "ingest/metric/writer.h"
#include "ingest/receiver_stats.h"
#include "ingest/self/listener.h"
#include "ingest/statsd/listener.h"
#include "notify/engine.h"
#include "notify/outside_alarms.h"
#include "query/metric_store_exemplars.h"
#include "query/metric_store_source.h"
#include "query/promql/engine.h"
#include "query/workers.h"
#include "queue/queue.h"
#include "store/metric/metric_store.h"

namespace belfry::app {

/// A write may wait this long until the store has applied it.
inline constexpr int64_t READ_YOUR_WRITE_MS = 10'000;
[[nodiscard]] std::string node_name();

/// Every component of the program, in the order in which they are opened; destroyed from the last to the first.
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
    std::unique_ptr<catalog::AlarmStore> alarms;
    std::unique_ptr<consumer::AlarmStage> alarm_stage;
    std::unique_ptr<consumer::TopicConsumer> alarm_consumer;
    std::unique_ptr<QueueAlarmLog> alarm_log;
    std::unique_ptr<alarm::ThresholdRunner> threshold;
    std::unique_ptr<notify::Engine> notifier;
    std::unique_ptr<NotifyStage> notify_stage;
    std::unique_ptr<consumer::TopicConsumer> notify_consumer;
    std::unique_ptr<notify::OutsideAlarms> outside_alarms;
    std::unique_ptr<forward::Forwarder> forwarder;

    // ways in
    std::unique_ptr<ingest::Dictionary> dictionary;
    std::unique_ptr<ingest::MetricWriter> writer;
    std::unique_ptr<ingest::Receivers> receivers;
    std::unique_ptr<ingest::host::HostCollector> host;
    std::unique_ptr<ingest::self::SelfCollector> self;
    std::unique_ptr<ingest::graphite::GraphiteReceiver> graphite;
    std::unique_ptr<ingest::statsd::StatsdReceiver> statsd;
    std::unique_ptr<ingest::agent::CheckRunner> checks;
    std::unique_ptr<ingest::scrape::ScrapeManager> scraping;
    std::unique_ptr<ScrapeView> scrape_view;
    std::unique_ptr<QueueChanges> change_log;
    std::unique_ptr<catalog::Changes> changes;
    std::unique_ptr<Demo> demo;
    std::unique_ptr<alarm::Desk> desk;
    std::unique_ptr<alarm::Definitions> definitions;

    // questions
    std::unique_ptr<query::Workers> query_workers;
    std::unique_ptr<query::MetricStoreSource> stored;
    std::unique_ptr<CurrentSource> source;
    std::unique_ptr<query::MetricStoreExemplars> exemplars;
    std::unique_ptr<promql::Engine> engine;
    std::unique_ptr<StoreMetricAdmin> admin;
    std::unique_ptr<api::PrometheusApi> prometheus_api;
    std::unique_ptr<api::BulkApi> bulk_api;
    std::unique_ptr<api::monasca::MonascaApi> monasca_api;
    std::unique_ptr<api::monasca::AlarmApi> monasca_alarm_api;
    std::vector<std::unique_ptr<queue::Consumer>> kept_topics;  // nobody reads them yet

    // rules
    std::unique_ptr<alarm::Schedule> alarm_schedule;
    std::unique_ptr<alarm::AlarmOutbox> rule_outbox;
    std::unique_ptr<alarm::RuleAlarms> rule_alarms;
    std::unique_ptr<alarm::RuleBook> rules;
    std::unique_ptr<alarm::AlarmOutbox> query_outbox;
    std::unique_ptr<alarm::QueryBook> queries;
    std::unique_ptr<alarm::MonitorBook> monitors;
    std::unique_ptr<Periodic> alarm_watch;
    std::unique_ptr<Periodic> rule_watch;
    std::unique_ptr<alarm::TransformEngine> transforms;
    std::unique_ptr<Periodic> transforming;
    std::unique_ptr<Snapshots> snapshots;
    std::unique_ptr<StoreKeeper> keeper;

    // Belfry about itself
    std::unique_ptr<AppStatus> status;
    std::unique_ptr<HostFacts> host_facts;
    api::PipelineHistory history;
    StateGauges state_gauges;
    api::ServerFacts facts;

    // the front door
    std::unique_ptr<api::LocalAccess> local;
    std::unique_ptr<api::Accounts> accounts;
    std::unique_ptr<api::Keystone> keystone;  // null without identity.keystone_url
    std::unique_ptr<api::IdentityService> identities;
    std::unique_ptr<api::Authenticator> authenticator;
    http::Router router;
    std::unique_ptr<http::StaticFiles> files;
    std::unique_ptr<http::Server> server;

    // what happens by itself
    std::unique_ptr<Periodic> maintenance;
    std::unique_ptr<Periodic> outside_watch;
    std::unique_ptr<Periodic> housekeeping;
    std::thread replay;
    std::mutex collectors_mutex;  // guards stopped
    bool stopped = false;

    Status open_stores();   // stores.cpp
    Status open_alarms();   // alarms.cpp
    Status open_threshold();  // threshold.cpp
    void open_desk();
    void open_alarm_api();
    void make_first_alarms();
    void tidy_alarms();
    Status open_ways_in();  // ways_in.cpp
    Status open_sockets();
    Status open_checks();  // agent.cpp
    Status open_transforms();  // transforming.cpp
    void start_transforms();
    void open_queries();     // questions.cpp
    Status open_ways_out();  // ways_out.cpp
    Status open_monasca();     // monasca.cpp, after open_queries
    void open_scraping();    // scraping.cpp
    Status open_forwarder();
    Status open_front_door();  // front_door.cpp
    Status check_listeners() const;
    [[nodiscard]] http::AccessPolicy access_policy() const;
    Status open_identity();  // identity.cpp
    void replay_log();  // clockwork.cpp, to the end
    void start_clockwork();
    void open_rules();  // rules.cpp
    Status open_notify();  // notifying.cpp, to stop_notify
    void open_notify_routes();
    void start_notify();
    void tidy_notify();
    void stop_notify();
    void start_rules();
    void open_anomaly(alarm::SampleSink write);  // anomaly.cpp
    Status reload();
    [[nodiscard]] uint64_t received_samples() const;
    Status erase(std::string_view tenant, const model::Matchers& matchers, model::TimeRange range);
    [[nodiscard]] Status catch_up();  // all that was accepted is applied
    void stop();
};

}  // namespace belfry::app
