// Input: a decompressed prometheus.WriteRequest. Mapping must refuse it or give a batch whose parts fit together.
#include "ingest/prometheus/decode.h"
#include "ingest/prometheus/map.h"

using namespace belfry;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* input, size_t size) {
    ingest::prometheus::WriteRequestMapper mapper;
    ingest::WireBatch batch;
    if (!mapper.map({reinterpret_cast<const char*>(input), size}, batch).ok()) return 0;
    uint32_t begin = 0;
    std::vector<model::Label> labels;
    std::vector<std::string> arena;
    for (const auto& series : batch.series) {
        if (series.samples_end < begin || series.samples_end > batch.samples.size()) __builtin_trap();
        begin = series.samples_end;
        labels.clear();
        (void)batch.decoder->decode(series.wire, labels, arena);
    }
    return 0;
}
