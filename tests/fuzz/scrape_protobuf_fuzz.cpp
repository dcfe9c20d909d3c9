// Input: u8 options, delimited metric families. Walked or refused; every series that comes out decodes as text.
#include "codec/exposition.h"
#include "ingest/scrape/protobuf_exposition.h"

using namespace belfry;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* input, size_t size) {
    if (size < 1) return 0;
    const ingest::scrape::ProtobufOptions options{.native_histograms = (input[0] & 1) != 0,
                                                  .classic_histograms = (input[0] & 2) != 0};
    const std::string_view body(reinterpret_cast<const char*>(input) + 1, size - 1);
    const Status status = ingest::scrape::walk_protobuf_exposition(
        body, options, [](const model::MetricMetadata&) { return Status(); },
        [](ingest::scrape::ExposedSample& sample) -> Status {
            std::vector<model::Label> labels;
            std::vector<std::string> arena;
            if (!codec::decode_exposition_labels(sample.series, labels, arena).ok()) __builtin_trap();
            if (sample.histogram) {
                uint64_t places = 0;
                for (const auto& span : sample.histogram->positive_spans)
                    places += span.length;
                if (places != sample.histogram->positive_buckets.size()) __builtin_trap();
            }
            return {};
        });
    if (!status.ok() && status.error().message.empty()) __builtin_trap();
    return 0;
}
