// Input: a record of topic `transitions`. What decodes is encoded and decoded again to the same.
#include "codec/transition_record.h"

using namespace belfry;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* input, size_t size) {
    const auto first = codec::decode_transitions({reinterpret_cast<const char*>(input), size});
    if (!first.ok()) return 0;
    const std::string bytes = codec::encode_transitions(*first);
    const auto second = codec::decode_transitions(bytes);
    if (!second.ok() || codec::encode_transitions(*second) != bytes) __builtin_trap();
    return 0;
}
