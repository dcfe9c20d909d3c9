// Input: a pickle as a sender of Graphite's pickle protocol could send it.
#include "ingest/graphite/map.h"

using namespace belfry;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* input, size_t size) {
    ingest::graphite::PointMapper mapper;
    ingest::WireBatch batch;
    mapper.clear(batch);
    mapper.add_pickle({reinterpret_cast<const char*>(input), size}, 1'000, batch);
    if (batch.series.size() != batch.samples.size()) __builtin_trap();
    for (const model::Sample& sample : batch.samples) {
        if (std::isnan(sample.value) || sample.time_ms < 0) __builtin_trap();
    }
    return 0;
}
