// Input: the body of a post, read as metrics, as logs and as events. Every series is decoded and becomes labels.
#include "ingest/monasca/log_decode.h"
#include "ingest/monasca/map.h"

using namespace belfry;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* input, size_t size) {
    const std::string_view body(reinterpret_cast<const char*>(input), size);
    ingest::monasca::MetricMapper mapper(body);
    ingest::WireBatch batch;
    for (;;) {
        const Result<bool> filled = mapper.fill(batch, 3);
        if (!filled.ok() || !*filled) break;
        if (batch.series.size() != batch.samples.size()) __builtin_trap();
        for (const auto& series : batch.series) {
            std::vector<model::Label> labels;
            std::vector<std::string> arena;
            if (!batch.decoder->decode(series.wire, labels, arena).ok()) __builtin_trap();
            if (!model::Labels::is_canonical(model::Labels::from(std::move(labels)).bytes())) __builtin_trap();
        }
    }
    if (const auto json = JsonView::parse(body); json.ok()) {
        (void)ingest::monasca::decode_logs(*json, 1);
        (void)ingest::monasca::decode_events(*json, "default", 1);
    }
    (void)ingest::monasca::decode_single_log(body, "", body, 1);
    return 0;
}
