// Input: a decompressed io.prometheus.write.v2.Request. Mapping must refuse it or give a batch whose parts fit
// together.
#include "ingest/prometheus/map_v2.h"

using namespace belfry;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* input, size_t size) {
    ingest::prometheus::WriteRequestMapperV2 mapper;
    ingest::WireBatch batch;
    if (!mapper.map({reinterpret_cast<const char*>(input), size}, batch).ok()) return 0;
    uint32_t begin = 0;
    std::vector<model::Label> labels;
    std::vector<std::string> arena;
    for (const auto& series : batch.series) {
        if (series.samples_end <= begin || series.samples_end > batch.samples.size()) __builtin_trap();
        begin = series.samples_end;
        labels.clear();
        if (!batch.decoder->decode(series.wire, labels, arena).ok()) __builtin_trap();
    }
    if (begin != batch.samples.size()) __builtin_trap();
    if (batch.histograms.size() != batch.histogram_rows.size()) __builtin_trap();
    for (const uint32_t row : batch.exemplar_rows) {
        if (row >= batch.series.size()) __builtin_trap();
    }
    return 0;
}
