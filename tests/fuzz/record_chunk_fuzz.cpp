// Input: u8 count, bytes of a chunk of records. What is accepted has sane times and comes back from its own encoding.
#include "store/metric/record_chunk.h"
#include "store/metric/records.h"

#include <cstring>

using namespace belfry;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* input, size_t size) {
    if (size < 1) return 0;
    constexpr int64_t SPAN = 300'000;
    std::vector<int64_t> ends;
    for (int64_t i = 0; i < input[0]; i++) ends.push_back((i + 1) * SPAN);
    model::SampleRecords records;
    if (!store::decode_records({reinterpret_cast<const char*>(input) + 1, size - 1}, ends, SPAN, records).ok()) return 0;
    if (records.size() != ends.size()) __builtin_trap();
    for (const model::SampleRecord& r : records) {
        if (!(r.count >= 0)) __builtin_trap();
        if (r.count > 0 && (r.first_ms > r.last_ms || r.first_ms <= r.end_ms - SPAN || r.last_ms > r.end_ms)) __builtin_trap();
    }
    std::string again;
    store::encode_records(records, again);
    model::SampleRecords back;
    if (!store::decode_records(again, ends, SPAN, back).ok() || back.size() != records.size()) __builtin_trap();
    std::string third;
    store::encode_records(back, third);
    if (again != third) __builtin_trap();
    store::coarsen(back, 12 * SPAN);
    model::SampleColumns samples;
    store::append_last_samples(back, samples);
    for (size_t i = 1; i < samples.size(); i++)
        if (samples.times_ms[i] <= samples.times_ms[i - 1]) __builtin_trap();
    return 0;
}
