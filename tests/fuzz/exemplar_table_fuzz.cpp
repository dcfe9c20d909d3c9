// Input: a record of table exm. What decodes must come back the same once it is written again.
#include "store/metric/exemplar_table.h"

using namespace belfry;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* input, size_t size) {
    constexpr model::TimeRange ALL{std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()};
    std::vector<model::Exemplar> exemplars;
    if (!store::decode_exemplars({reinterpret_cast<const char*>(input), size}, ALL, exemplars)) return 0;
    std::string again;
    store::encode_exemplars(exemplars, again);
    std::vector<model::Exemplar> back;
    if (!store::decode_exemplars(again, ALL, back) || back.size() != exemplars.size()) __builtin_trap();
    for (size_t i = 0; i < back.size(); i++) {
        if (back[i].time_ms != exemplars[i].time_ms || back[i].labels != exemplars[i].labels ||
            std::bit_cast<uint64_t>(back[i].value) != std::bit_cast<uint64_t>(exemplars[i].value))
            __builtin_trap();
    }
    return 0;
}
