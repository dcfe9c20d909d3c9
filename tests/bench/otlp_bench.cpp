// What taking OTLP metrics costs before the writer: the walk from protobuf into a batch, and from JSON into protobuf.
#include "ingest/otlp/json.h"
#include "ingest/otlp/map.h"
#include "support/otlp.h"

#include <ctime>

namespace {

using namespace belfry;
using namespace belfry::tests::otlp;

double cpu_ns() {
    timespec t{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

void run(const char* name, const std::string& message, double samples) {
    constexpr int ROUNDS = 200;
    const ingest::otlp::OtlpConfig config;
    const ingest::otlp::OtlpLabels labels(config.translation);
    const ingest::otlp::SeenMetadata seen;
    ingest::otlp::DeltaStreams streams(system_clock(), 1000, 60'000);
    ingest::otlp::MetricsMapper mapper;
    ingest::WireBatch batch;
    bool ok = true;
    const double start = cpu_ns();
    for (int r = 0; r < ROUNDS; r++) {
        batch.clear();
        ingest::otlp::MappedCounts counts;
        ingest::otlp::DeltaStreams::Transaction deltas(streams);
        ok &= mapper
                  .map(message, "default", 1'795'348'800'000,
                       {.config = config, .labels = labels, .seen = seen, .series_bytes_max = 64 << 20}, deltas,
                       streams, batch, counts)
                  .ok();
        ok &= batch.samples.size() >= static_cast<size_t>(samples);
    }
    const double ns = cpu_ns() - start;
    std::printf("%-40s %8.1f ns/op %8.0f MB/s %8.2f M samples/s/core%s\n", name, ns / (samples * ROUNDS),
                static_cast<double>(message.size()) * ROUNDS / ns * 1000, samples * ROUNDS / ns * 1000,
                ok ? "" : "  FAILED");
}

}  // namespace

int main() {
    constexpr uint64_t T = 1'795'348'800'000'000'000;
    Message from = resource("checkout", "pod-17");
    for (int i = 0; i < 10; i++)
        from.attribute(1, "resource.attribute." + std::to_string(i), "a value of usual length " + std::to_string(i));
    const Message scope = Message().text(1, "io.opentelemetry.http").text(2, "2.1.0");
    std::vector<Message> gauges;
    std::vector<Message> histograms;
    for (int m = 0; m < 200; m++) {
        std::vector<Message> points;
        std::vector<Message> wide;
        for (int p = 0; p < 10; p++) {
            Message point = number(T, T, m + p);
            for (int a = 0; a < 5; a++)
                point.attribute(7, "http.attribute." + std::to_string(a), "value-" + std::to_string(p));
            points.push_back(point);
            Message h = Message().fixed64(2, T).fixed64(3, T).fixed64(4, 10).float64(5, 3);
            h.packed(6, {uint64_t{1}, uint64_t{1}, uint64_t{1}, uint64_t{1}, uint64_t{1}, uint64_t{1}, uint64_t{1},
                         uint64_t{1}, uint64_t{1}, uint64_t{1}});
            h.packed(7, {.005, .01, .025, .05, .1, .25, .5, 1., 2.5});
            for (int a = 0; a < 5; a++)
                h.attribute(9, "http.attribute." + std::to_string(a), "value-" + std::to_string(p));
            wide.push_back(h);
        }
        gauges.push_back(sum("http.server.active." + std::to_string(m), "{request}", CUMULATIVE, true, points));
        histograms.push_back(distribution(9, "http.server.duration." + std::to_string(m), "s", CUMULATIVE, wide));
    }
    run("otlp sums, 10 a metric, 5 attributes", request(from, gauges, scope), 2000);
    run("otlp histograms of 10 buckets", request(from, histograms, scope), 2000 * 12);
    std::string json = R"({"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m","gauge":{"dataPoints":[)";
    for (int i = 0; i < 2000; i++)
        json += fmt::format(
            R"({}{{"asDouble":{}.5,"timeUnixNano":"1795348800000000000","attributes":[{{"key":"http.method","value":{{"stringValue":"GET"}}}},{{"key":"n","value":{{"intValue":"{}"}}}}]}})",
            i > 0 ? "," : "", i, i);
    json += "]}}]}]}]}";
    std::string out;
    bool ok = true;
    const double start = cpu_ns();
    for (int r = 0; r < 100; r++)
        ok &= ingest::otlp::json_to_protobuf(json, ingest::otlp::export_metrics_request(), out).ok();
    const double ns = cpu_ns() - start;
    std::printf("%-40s %8.1f ns/op %8.0f MB/s%s\n", "otlp json into protobuf, a point", ns / 200'000,
                static_cast<double>(json.size()) * 100 / ns * 1000, ok ? "" : "  FAILED");
    return ok ? 0 : 1;
}
