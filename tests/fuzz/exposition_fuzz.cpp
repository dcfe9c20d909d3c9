// Input: u8 format, text. Every line is read or refused; a series that was read decodes.
#include "codec/exposition.h"

using namespace belfry;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* input, size_t size) {
    if (size < 1) return 0;
    const std::string_view text(reinterpret_cast<const char*>(input) + 1, size - 1);
    codec::ExpositionParser parser(
        text, input[0] % 2 == 0 ? codec::ExpositionFormat::text : codec::ExpositionFormat::open_metrics);
    std::vector<model::Label> labels;
    std::vector<std::string> arena;
    while (true) {
        const Result<std::optional<codec::ExpositionLine>> line = parser.next();
        if (!line.ok()) continue;
        if (!line->has_value()) return 0;
        if ((*line)->kind != codec::ExpositionLine::Kind::sample) continue;
        labels.clear();
        arena.clear();
        if (!codec::decode_exposition_labels((*line)->series, labels, arena).ok()) __builtin_trap();
        if ((*line)->has_exemplar) {
            std::vector<model::Label> exemplar;
            std::vector<std::string> exemplar_arena;
            if (!codec::decode_exemplar_labels((*line)->exemplar_labels, exemplar, exemplar_arena).ok()) __builtin_trap();
        }
        parser.expect((*line)->series);
        size_t bytes = 0;
        for (const model::Label& l : labels)
            bytes += l.name.size() + l.value.size();
        if (bytes > size + 8) __builtin_trap();
    }
}
