#include "codec/metric_record.h"

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
    for (size_t i = 0; i < batch.values.size(); ++i)
        if (std::bit_cast<uint64_t>(back.values[i]) != std::bit_cast<uint64_t>(batch.values[i])) __builtin_trap();
    return 0;
}
