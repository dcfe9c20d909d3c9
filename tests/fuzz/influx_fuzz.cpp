// Input: u8 options, text. Every line is read or refused and the reading ends; a series that was read decodes into no
// more than it was made of.
#include "ingest/influx/map.h"

using namespace belfry;
using namespace belfry::ingest::influx;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* input, size_t size) {
    if (size < 1) return 0;
    const std::string_view text(reinterpret_cast<const char*>(input) + 1, size - 1);
    constexpr const char* PRECISIONS[] = {"ns", "us", "ms", "s", "m", "h"};
    const std::string db = (input[0] & 0x80) != 0 ? "d" : "";
    LineMapper mapper(text,
                      {.default_time_ms = 1, .precision = *precision_from_name(PRECISIONS[input[0] % 6]), .db = db});
    ingest::WireBatch batch;
    std::vector<model::Label> labels;
    std::vector<std::string> arena;
    uint64_t rounds = 0;
    uint64_t samples = 0;
    while (mapper.fill(batch, 1 + input[0] % 7)) {
        if (++rounds > size) __builtin_trap();
        uint32_t begin = 0;
        samples += batch.samples.size();
        for (const auto& series : batch.series) {
            if (series.samples_end != ++begin) __builtin_trap();
            labels.clear();
            arena.clear();
            if (!batch.decoder->decode(series.wire, labels, arena).ok()) __builtin_trap();
            size_t bytes = 0;
            for (const model::Label& l : labels)
                bytes += l.name.size() + l.value.size();
            if (bytes > series.wire.size() + 16 || labels.front().value.empty()) __builtin_trap();
        }
        if (begin != batch.samples.size()) __builtin_trap();
    }
    if (samples + mapper.text_fields().count + mapper.bad_lines().count > size) __builtin_trap();
    // wire bytes that nobody checked
    labels.clear();
    arena.clear();
    (void)influx_labels().decode(text, labels, arena);
    return 0;
}
