// Input: u8 what, bytes. Decoders of the metric store's files must refuse or give something consistent.
#include "base/bytes.h"
#include "base/hash.h"
#include "store/metric/block.h"
#include "store/metric/manifest.h"
#include "store/metric/part_meta.h"
#include "store/metric/posting_list.h"

using namespace belfry;

namespace {

void check(bool ok) {
    if (!ok) __builtin_trap();
}

void blocks(std::string_view raw, bool by_id) {
    const auto block = store::Block::parse(raw, by_id);
    if (!block) return;
    size_t bytes = 0;
    for (size_t i = 0; i < block->count(); i++) {
        bytes += block->record(i).size();
        if (by_id) check(block->lower_bound(block->id_delta(i)) <= block->count());
    }
    check(bytes <= raw.size() * block->count());
}

void postings(std::string_view raw) {
    constexpr uint32_t BOUND = 100'000;
    store::Ids ids;
    if (!store::decode_posting_piece(raw, BOUND, ids)) return;
    check(std::is_sorted(ids.begin(), ids.end()) && ids.back() < BOUND);
    std::string again;
    store::encode_posting_piece(ids, again);
    store::Ids back;
    check(store::decode_posting_piece(again, BOUND, back).ok() && back == ids);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* input, size_t size) {
    if (size < 1) return 0;
    const std::string_view raw(reinterpret_cast<const char*>(input) + 1, size - 1);
    switch (input[0] % 5) {
        case 0: blocks(raw, false); break;
        case 1: blocks(raw, true); break;
        case 2: postings(raw); break;
        case 3: {
            // with a good CRC, or nothing would ever pass it
            std::string bytes(4, '\0');
            bytes += raw;
            set_le(bytes.data(), crc32c(raw));
            if (const auto meta = store::PartMeta::decode(bytes)) check(store::PartMeta::decode(meta->encode()).ok());
            break;
        }
        default: {
            std::string bytes(raw.size() % 2 == 0 ? "BFYMAN02" : "BFYMAN01");
            bytes += raw;
            put_le(bytes, crc32c(bytes));
            if (const auto manifest = store::Manifest::decode(bytes)) check(store::Manifest::decode(manifest->encode()).ok());
            break;
        }
    }
    return 0;
}
