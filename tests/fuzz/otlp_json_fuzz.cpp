// Input: OTLP metrics in JSON. What is read is protobuf that its own reader takes, of no more than a few times the
// size.
#include "codec/protobuf.h"
#include "ingest/otlp/json.h"

using namespace belfry;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* input, size_t size) {
    const std::string_view json(reinterpret_cast<const char*>(input), size);
    std::string out;
    const Status status = ingest::otlp::json_to_protobuf(json, ingest::otlp::export_metrics_request(), out);
    if (out.size() > 8 * size + 64) __builtin_trap();
    if (!status.ok()) {
        if (status.error().message.empty()) __builtin_trap();
        return 0;
    }
    codec::ProtoReader reader(out);
    while (reader.next()) {
        codec::ProtoReader inner(reader.bytes());
        while (inner.next()) {
        }
        if (!inner.ok()) __builtin_trap();
    }
    if (!reader.ok()) __builtin_trap();
    return 0;
}
