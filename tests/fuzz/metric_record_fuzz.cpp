#include "codec/metric_record.h"

#include "codec/histogram.h"

// Whatever is accepted must come back the same once it is written again.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
    using namespace belfry;
    model::MetricBatch batch;
    if (!codec::decode_metric_record({reinterpret_cast<const char*>(bytes), size}, batch).ok()) return 0;
    for (const uint32_t t : batch.time_index)
        if (t >= batch.times_ms.size()) __builtin_trap();
    for (const model::HeadId id : batch.ids)
        if (id >> 61 != 0) return 0;  // wider than the writer's ids
    std::string again;
    codec::encode_metric_record(batch, again);
    model::MetricBatch back;
    if (!codec::decode_metric_record(again, back).ok()) __builtin_trap();
    if (back.ids != batch.ids || back.times_ms != batch.times_ms || back.series.size() != batch.series.size()) __builtin_trap();
    if (back.histogram_rows != batch.histogram_rows || back.start_rows != batch.start_rows || back.start_times_ms != batch.start_times_ms ||
        back.exemplars.size() != batch.exemplars.size())
        __builtin_trap();
    for (size_t i = 0; i < batch.histograms.size(); ++i) {
        std::string one;
        std::string other;
        codec::put_histogram(*batch.histograms[i], one);
        codec::put_histogram(*back.histograms[i], other);
        if (one != other) __builtin_trap();
    }
    for (size_t i = 0; i < batch.exemplars.size(); ++i)
        if (back.exemplars[i].id != batch.exemplars[i].id || back.exemplars[i].exemplar.labels != batch.exemplars[i].exemplar.labels) __builtin_trap();
    for (size_t i = 0; i < batch.values.size(); ++i)
        if (std::bit_cast<uint64_t>(back.values[i]) != std::bit_cast<uint64_t>(batch.values[i])) __builtin_trap();
    return 0;
}
