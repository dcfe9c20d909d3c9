#include "store/metric/series_table.h"

#include "base/bytes.h"
#include "store/metric/block.h"
#include "store/metric/format.h"

// A record of table head holds a group of series, so that each (name, value) is written once a group:
//
//   count | count x (slot - slot before | zigzag (head id - head id before) | zigzag (day - day before) | labels | labels x pair)
//   pair: 0 sized name, sized value: the group's next pair | k: the group's pair k - 1

namespace belfry::store {
namespace {

constexpr size_t GROUP_SERIES_MAX = 256;
constexpr size_t GROUP_BYTES_WANTED = 24'000;
constexpr size_t PAGES = 4;

/// Hashes as the text it holds, so that views find strings.
struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return hash64(text); }
};

}  // namespace

Status write_series_table(kv::Builder& builder, const HeadIndex& index, std::span<const Slot> slots) {
    BlockWriter blocks(builder, HEAD, BlockWriter::Kind::dense, PAGES, 4096);
    std::unordered_map<std::string, uint32_t, TextHash, std::equal_to<>> pairs;
    std::string body;
    std::string pair;
    for (size_t at = 0; at < slots.size();) {
        body.clear();
        pairs.clear();
        size_t count = 0;
        uint64_t last_id = 0;
        int32_t last_day = 0;
        Slot last_slot = 0;
        {
            const std::shared_lock lock(index.mutex());
            for (; at < slots.size() && count < GROUP_SERIES_MAX && body.size() < GROUP_BYTES_WANTED; at++) {
                const Slot slot = slots[at];
                if (!index.contains(slot)) continue;
                put_varint(body, slot - std::exchange(last_slot, slot));
                const uint64_t id = index.head_id(slot);
                put_zigzag(body, static_cast<int64_t>(id - std::exchange(last_id, id)));
                const int32_t day = index.logged_day(slot);
                put_zigzag(body, static_cast<int64_t>(day) - std::exchange(last_day, day));
                size_t labels = 0;
                index.for_each_label(slot, [&](std::string_view, std::string_view) { labels++; });
                put_varint(body, labels);
                index.for_each_label(slot, [&](std::string_view name, std::string_view value) {
                    pair.clear();
                    put_sized(pair, name);
                    put_sized(pair, value);
                    const auto [it, is_new] = pairs.try_emplace(pair, static_cast<uint32_t>(pairs.size()));
                    put_varint(body, is_new ? 0 : it->second + 1);
                    if (is_new) body += pair;
                });
                count++;
            }
        }
        if (count == 0) continue;
        std::string record;
        put_varint(record, count);
        record += body;
        TRY(blocks.add(record));
    }
    return blocks.finish();
}

Status restore_series_table(const kv::ReadFile& file, HeadIndex& index) {
    const auto bad = [&] { return make_error(Code::corrupt, "{}: bad series table", file.path()); };
    auto cursor = TRY(file.cursor(HEAD));
    std::vector<std::pair<std::string_view, std::string_view>> pairs;
    std::string labels;
    for (auto entry = TRY(cursor.first()); entry; entry = TRY(cursor.next())) {
        const Block block = TRY(Block::parse(TRY(file.checked(entry->value)), false));
        for (size_t r = 0; r < block.count(); r++) {
            ByteReader in(block.record(r));
            pairs.clear();
            uint64_t count = 0;
            uint64_t slot = 0;
            uint64_t id = 0;
            int64_t day = 0;
            if (!in.varint(&count)) return bad();
            for (uint64_t i = 0; i < count; i++) {
                uint64_t slot_delta = 0;
                int64_t id_delta = 0;
                int64_t day_delta = 0;
                uint64_t label_count = 0;
                if (!in.varint(&slot_delta) || !in.zigzag64(&id_delta) || !in.zigzag64(&day_delta) || !in.varint(&label_count)) return bad();
                slot += slot_delta;
                id += static_cast<uint64_t>(id_delta);
                day = static_cast<int64_t>(static_cast<uint64_t>(day) + static_cast<uint64_t>(day_delta));
                labels.clear();
                for (uint64_t k = 0; k < label_count; k++) {
                    uint64_t ref = 0;
                    if (!in.varint(&ref) || ref > pairs.size()) return bad();
                    if (ref == 0) {
                        std::string_view name;
                        std::string_view value;
                        if (!in.sized(&name) || !in.sized(&value)) return bad();
                        pairs.emplace_back(name, value);
                        ref = pairs.size();
                    }
                    put_sized(labels, pairs[ref - 1].first);
                    put_sized(labels, pairs[ref - 1].second);
                }
                if (slot >= NO_SLOT || day != static_cast<int32_t>(day) || !model::Labels::is_canonical(labels) ||
                    !index.restore(static_cast<Slot>(slot), id, model::LabelsView(labels), static_cast<int32_t>(day))) {
                    return bad();
                }
            }
            if (!in.done()) return bad();
        }
    }
    return {};
}

Status write_metadata_table(kv::Builder& builder, std::span<const model::MetricMetadata> metadata) {
    BlockWriter blocks(builder, MDAT, BlockWriter::Kind::dense, PAGES, 4096);
    std::string record;
    for (const model::MetricMetadata& m : metadata) {
        record.clear();
        put_sized(record, m.tenant);
        put_sized(record, m.name);
        record.push_back(static_cast<char>(m.type));
        put_sized(record, m.unit);
        put_sized(record, m.help);
        TRY(blocks.add(record));
    }
    return blocks.finish();
}

Status read_metadata_table(const kv::ReadFile& file, const std::function<void(model::MetricMetadata)>& visit) {
    auto cursor = TRY(file.cursor(MDAT));
    for (auto entry = TRY(cursor.first()); entry; entry = TRY(cursor.next())) {
        const Block block = TRY(Block::parse(TRY(file.checked(entry->value)), false));
        for (size_t r = 0; r < block.count(); r++) {
            ByteReader in(block.record(r));
            std::string_view tenant;
            std::string_view name;
            std::string_view unit;
            std::string_view help;
            uint8_t type = 0;
            if (!in.sized(&tenant) || !in.sized(&name) || !in.le(&type) || !in.sized(&unit) || !in.sized(&help) ||
                type > static_cast<uint8_t>(model::MetricType::stateset)) {
                return make_error(Code::corrupt, "{}: bad metadata", file.path());
            }
            visit({std::string(tenant), std::string(name), static_cast<model::MetricType>(type), std::string(unit), std::string(help)});
        }
    }
    return {};
}

}  // namespace belfry::store
