// Input: lines of an import. Every line that is not blank is taken or bad.
#include "ingest/json_lines/map.h"

using namespace belfry;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* input, size_t size) {
    ingest::json_lines::LineMapper mapper({reinterpret_cast<const char*>(input), size}, {{"x", "y"}});
    ingest::WireBatch batch;
    while (mapper.fill(batch, 100)) {
        for (const auto& series : batch.series) {
            if (!model::Labels::is_canonical(series.wire)) __builtin_trap();
        }
        if (batch.histograms.size() != batch.histogram_rows.size()) __builtin_trap();
    }
    return 0;
}
