// Input: the body of a put. Mapping counts every point as taken or bad.
#include "ingest/opentsdb/map.h"

using namespace belfry;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* input, size_t size) {
    const Result<JsonView> document = JsonView::parse({reinterpret_cast<const char*>(input), size});
    if (!document.ok()) return 0;
    ingest::opentsdb::PointMapper mapper;
    ingest::WireBatch batch;
    mapper.map(*document, batch);
    const size_t points = document->is_array() ? document->size() : 1;
    if (batch.samples.size() + mapper.bad_points().count != points) __builtin_trap();
    if (batch.series.size() != batch.samples.size()) __builtin_trap();
    for (const auto& series : batch.series) {
        if (!model::Labels::is_canonical(series.wire)) __builtin_trap();
    }
    return 0;
}
