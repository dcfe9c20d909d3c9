// Input: count u8, then the side columns of so many samples. What decodes must come back the same once it is written
// again.
#include "codec/sample_side.h"

#include "codec/histogram.h"
#include "codec/histogram_chunk.h"

using namespace belfry;

static bool same_bits(const codec::HistogramPtr& a, const codec::HistogramPtr& b) {
    if (a == nullptr || b == nullptr) return a == b;
    std::string x;
    std::string y;
    codec::put_histogram(*a, x);
    codec::put_histogram(*b, y);
    return x == y && std::bit_cast<uint64_t>(a->sum) == std::bit_cast<uint64_t>(b->sum);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* input, size_t size) {
    if (size < 2) return 0;
    const size_t count = 1 + input[0];
    const std::string_view bytes(reinterpret_cast<const char*>(input) + 1, size - 1);
    model::SampleColumns columns;
    for (size_t i = 0; i < count; i++) {
        columns.times_ms.push_back(static_cast<int64_t>(i));
        columns.values.push_back(static_cast<double>(i));
    }
    model::SampleColumns part = columns;
    if (!codec::decode_side(bytes, count, 0, count, columns, 0).ok()) return 0;
    std::string again;
    codec::encode_side(columns, 0, count, again);
    model::SampleColumns back = part;
    if (!codec::decode_side(again, count, 0, count, back, 0).ok()) __builtin_trap();
    const size_t low = count / 3;
    part.times_ms.resize(count - low);
    part.values.assign(back.values.begin() + static_cast<ptrdiff_t>(low), back.values.end());
    if (!codec::decode_side(again, count, low, count, part, 0).ok()) __builtin_trap();
    for (size_t i = 0; i < count; i++) {
        const auto histogram = [&](const model::SampleColumns& c, size_t row) {
            return c.histograms.empty() ? nullptr : c.histograms[row];
        };
        const auto start = [&](const model::SampleColumns& c, size_t row) {
            return c.start_times_ms.empty() ? 0 : c.start_times_ms[row];
        };
        if (!same_bits(histogram(columns, i), histogram(back, i)) || start(columns, i) != start(back, i))
            __builtin_trap();
        if (i < low) continue;
        if (!same_bits(histogram(back, i), histogram(part, i - low)) || start(back, i) != start(part, i - low))
            __builtin_trap();
    }
    return 0;
}
