#include "app/parts.h"
#include "ingest/csv/listener.h"
#include "ingest/exposition/listener.h"
#include "ingest/influx/listener.h"
#include "ingest/json_lines/listener.h"
#include "ingest/opentsdb/listener.h"
#include "ingest/otlp/listener.h"
#include "ingest/prometheus/listener.h"

namespace belfry::app {

uint64_t App::Parts::received_samples() const {
    uint64_t total = 0;
    for (const ingest::ReceiverSnapshot& r : receivers->snapshot())
        total += r.records_total;
    return total;
}

Status App::Parts::open_ways_in() {
    dictionary = std::make_unique<ingest::Dictionary>(
        ingest::SeriesLimits{.max_series = config.metric.max_series,
                             .max_series_per_tenant = config.metric.max_series_per_tenant,
                             .max_series_per_metric = config.metric.max_series_per_metric,
                             .max_values_per_label = config.metric.max_values_per_label,
                             .pairs_max = config.metric.cardinality_pairs_max});
    writer = std::make_unique<ingest::MetricWriter>(clock, *queue, *dictionary, config.metric);
    receivers = std::make_unique<ingest::Receivers>(clock);
    const auto sink = [this](std::string_view receiver) -> ingest::MetricSink {
        return [this, receiver](const ingest::WireBatch& batch) { return writer->write(batch, receiver); };
    };
    const codec::DecompressLimits limits{.bytes_max = config.http.decoded_bytes_max,
                                         .ratio_max = config.http.decoded_ratio_max};
    ingest::prometheus::register_routes(router, sink("prometheus_write"),
                                        receivers->add("prometheus_write", "Prometheus write", config.server.listen),
                                        limits);
    ingest::exposition::register_routes(router, clock, sink("prometheus_import"),
                                        receivers->add("prometheus_import", "Text import", config.server.listen));
    ingest::influx::register_routes(router, clock, sink("influx"),
                                    receivers->add("influx", "InfluxDB lines", config.server.listen));
    ingest::csv::register_routes(router, clock, sink("csv"), receivers->add("csv", "CSV import", config.server.listen));
    ingest::json_lines::register_routes(router, sink("json_lines"),
                                        receivers->add("json_lines", "JSON lines import", config.server.listen));
    ingest::opentsdb::register_routes(router, sink("opentsdb"),
                                      receivers->add("opentsdb", "OpenTSDB put", config.server.listen));
    ingest::otlp::register_routes(router, std::make_shared<ingest::otlp::MetricsReceiver>(
                                              clock, config.otlp, sink("otlp"),
                                              receivers->add("otlp", "OpenTelemetry", config.server.listen), limits));
    host = std::make_unique<ingest::host::HostCollector>(clock, config.host, sink("host"),
                                                         receivers->add("host", "This host", "this machine"),
                                                         [this] { return received_samples(); });
    self = std::make_unique<ingest::self::SelfCollector>(clock, config.self, node_name(), sink("self"),
                                                         receivers->add("self", "Belfry itself", "this process"));
    change_log = std::make_unique<QueueChanges>(*queue);
    changes = std::make_unique<catalog::Changes>(*change_log, *catalog, clock);
    demo = std::make_unique<Demo>(Demo::Parts{.clock = clock,
                                              .catalog = *catalog,
                                              .changes = *changes,
                                              .write = sink("demo"),
                                              .erase = [this](const model::Matchers& matchers) {
                                                  return erase(model::DEFAULT_TENANT, matchers, model::ALL_TIMES);
                                              }});
    return {};
}

// Protocols with ports of their own. What comes before the log is replayed waits in their queues.
Status App::Parts::open_sockets() {
    const auto sink = [this](std::string_view receiver) -> ingest::MetricSink {
        return [this, receiver](const ingest::WireBatch& batch) { return writer->write(batch, receiver); };
    };
    graphite = TRY(ingest::graphite::GraphiteReceiver::open(clock, config.graphite, sink("graphite"),
                                                            receivers->add("graphite", "Graphite", "")));
    statsd = TRY(ingest::statsd::StatsdReceiver::open(clock, config.statsd, sink("statsd"),
                                                      receivers->add("statsd", "statsd", "")));
    return {};
}

}  // namespace belfry::app
