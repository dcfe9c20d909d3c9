// Input: u8 options, an ExportMetricsServiceRequest. Mapping twice gives the same rows; every row has samples, every
// series' bytes decode or are refused with a sentence, and points are counted once.
#include "ingest/otlp/map.h"

using namespace belfry;
using namespace belfry::ingest::otlp;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* input, size_t size) {
    if (size < 1) return 0;
    const std::string_view message(reinterpret_cast<const char*>(input) + 1, size - 1);
    OtlpConfig config;
    config.translation = static_cast<Translation>(input[0] & 3);
    config.native_histograms = (input[0] & 4) != 0;
    config.promote_scope = (input[0] & 8) != 0;
    if ((input[0] & 16) != 0) config.promote_resource_attributes = {"*"};
    const OtlpLabels labels(config.translation);
    const SeenMetadata seen;
    ManualClock clock{1'795'348'800'000};
    DeltaStreams streams(clock, 8, 60'000);
    MetricsMapper mapper;
    ingest::WireBatch batch;
    size_t rows = 0;
    for (int round = 0; round < 2; ++round) {
        batch.clear();
        MappedCounts counts;
        DeltaStreams::Transaction deltas(streams);
        const Status status =
            mapper.map(message, "default", 1'795'348'800'000,
                       {.config = config, .labels = labels, .seen = seen, .series_bytes_max = 4 << 20}, deltas, streams,
                       batch, counts);
        if (!status.ok()) {
            if (status.error().message.empty()) __builtin_trap();
            continue;
        }
        if (counts.refused > counts.points) __builtin_trap();
        if (round == 1 && rows != batch.series.size()) __builtin_trap();
        rows = batch.series.size();
        uint32_t begin = 0;
        std::vector<model::Label> decoded;
        std::vector<std::string> arena;
        for (const auto& series : batch.series) {
            if (series.samples_end <= begin) __builtin_trap();
            begin = series.samples_end;
            decoded.clear();
            arena.clear();
            if (const Status s = batch.decoder->decode(series.wire, decoded, arena); s.ok()) {
                if (decoded.empty() || decoded.front().name != model::METRIC_NAME) __builtin_trap();
            } else if (s.error().message.empty()) {
                __builtin_trap();
            }
        }
        if (begin != batch.samples.size() || batch.histograms.size() != batch.histogram_rows.size()) __builtin_trap();
        for (const auto& h : batch.histograms) {
            size_t buckets = 0;
            for (const auto& span : h->positive_spans)
                buckets += span.length;
            if (buckets != h->positive_buckets.size()) __builtin_trap();
        }
    }
    // wire bytes that nobody checked
    std::vector<model::Label> decoded;
    std::vector<std::string> arena;
    (void)labels.decode(message, decoded, arena);
    return 0;
}
