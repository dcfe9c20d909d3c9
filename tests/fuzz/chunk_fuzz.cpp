// Input: u8 what, u16 count, bytes. Decoders must refuse or give a column; columns of any values must come back bit for
// bit.
#include "codec/chunk.h"
#include "codec/time_column.h"

using namespace belfry;

namespace {

void check(bool ok) {
    if (!ok) __builtin_trap();
}

void round_trip(std::string_view raw) {
    const size_t count = std::min(raw.size() / 8, codec::CHUNK_SAMPLES_MAX);
    if (count == 0) return;
    std::vector<double> values(count);
    std::memcpy(values.data(), raw.data(), count * 8);
    std::string bytes;
    const codec::ChunkSummary summary = codec::encode_chunk(values, bytes);
    check(summary.count + summary.stale == count);
    std::vector<double> back(count);
    check(codec::decode_chunk(bytes, back).ok());
    check(std::memcmp(values.data(), back.data(), count * 8) == 0);

    std::vector<int64_t> times(count);
    std::memcpy(times.data(), raw.data(), count * 8);
    bytes.clear();
    codec::encode_times(times, bytes);
    std::vector<int64_t> times_back(count);
    check(codec::decode_times(bytes, times_back).ok());
    check(times == times_back);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* input, size_t size) {
    if (size < 3) return 0;
    const uint8_t what = input[0];
    const size_t count = size_t{input[1]} << 8 | input[2];
    const std::string_view raw(reinterpret_cast<const char*>(input) + 3, size - 3);
    if (what % 4 == 0) {
        std::vector<double> out(count);
        (void)codec::decode_chunk(raw, out);
    } else if (what % 4 == 1) {
        std::vector<int64_t> out(count);
        (void)codec::decode_times(raw, out);
    } else if (what % 4 == 2) {
        ByteReader reader(raw);
        const Result<codec::ChunkSummary> summary = codec::decode_summary(reader);
        if (!summary.ok()) return 0;
        std::string bytes;
        codec::encode_summary(*summary, bytes);
    } else {
        round_trip(raw);
    }
    return 0;
}
