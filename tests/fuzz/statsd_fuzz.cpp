// Input: what a connection sends. Whatever is taken comes out as finite samples of canonical labels.
#include "ingest/statsd/map.h"

using namespace belfry;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* input, size_t size) {
    std::string_view lines(reinterpret_cast<const char*>(input), size);
    ingest::statsd::Aggregator aggregator({.keys_max = 50, .set_members_max = 50}, 1'000);
    while (!lines.empty()) {
        const size_t end = lines.find('\n');
        const std::string_view line = lines.substr(0, end);
        lines.remove_prefix(std::min(end, lines.size() - 1) + 1);
        if (ingest::statsd::other_of(line) != ingest::statsd::Other::none) continue;
        const auto read = ingest::statsd::decode_line(line);
        uint64_t values = 0;
        if (read.ok()) (void)aggregator.add(*read, 5'000, values);
    }
    if (aggregator.key_count() > 50) __builtin_trap();
    for (const int64_t time_ms : {10'000, 20'000, 1'000'000, 1'010'000}) {
        aggregator.flush(time_ms, true, [](const ingest::WireBatch& batch) {
            for (const auto& series : batch.series) {
                if (!model::Labels::is_canonical(series.wire)) __builtin_trap();
            }
            return true;
        });
    }
    if (aggregator.key_count() != 0) __builtin_trap();
    return 0;
}
