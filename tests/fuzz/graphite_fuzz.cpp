// Input: what a connection sends. Every line that is not blank is taken or bad, and its labels decode or are refused.
#include "ingest/graphite/map.h"

using namespace belfry;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* input, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(input), size);
    ingest::graphite::PointMapper mapper;
    ingest::WireBatch batch;
    mapper.clear(batch);
    mapper.add_lines(text, 1'000, batch);
    if (batch.series.size() != batch.samples.size()) __builtin_trap();
    for (const auto& series : batch.series) {
        std::vector<model::Label> labels;
        std::vector<std::string> arena;
        if (batch.decoder->decode(series.wire, labels, arena).ok() && labels.empty()) __builtin_trap();
    }
    for (const model::Sample& sample : batch.samples) {
        if (std::isnan(sample.value) || sample.time_ms < 0) __builtin_trap();
    }
    return 0;
}
