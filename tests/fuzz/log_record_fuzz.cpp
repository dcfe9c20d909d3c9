// Input: a record of topic `logs`. What decodes is encoded and decoded again to the same.
#include "codec/log_record.h"

using namespace belfry;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* input, size_t size) {
    const auto first = codec::decode_log_batch({reinterpret_cast<const char*>(input), size});
    if (!first.ok()) return 0;
    const auto second = codec::decode_log_batch(codec::encode_log_batch(*first));
    if (!second.ok() || !(*second == *first)) __builtin_trap();
    return 0;
}
