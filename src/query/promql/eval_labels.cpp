#include "query/promql/eval_labels.h"

#include "base/bytes.h"
#include "base/hash.h"

namespace belfry::promql {
namespace {

constexpr size_t BLOCK_BYTES = 64 << 10;

}  // namespace

bool is_metadata_label(std::string_view name) {
    return name == model::METRIC_NAME || name == "__type__" || name == "__unit__";
}

bool is_label_name(std::string_view name) {
    if (name.empty()) return false;
    for (size_t i = 0; i < name.size();) {
        const auto lead = static_cast<unsigned char>(name[i]);
        const size_t size = lead < 0x80 ? 1 : lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
        if (size == 0 || i + size > name.size()) return false;
        for (size_t k = 1; k < size; k++)
            if ((static_cast<unsigned char>(name[i + k]) & 0xc0) != 0x80) return false;
        i += size;
    }
    return true;
}

std::string quoted_text(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out.append(1, '\\').append(1, c);
        else if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f)
            out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        else out += c;
    }
    return out + '"';
}

model::LabelsView LabelArena::put(std::string_view canonical) {
    if (canonical.empty()) return {};
    if (size_ - used_ < canonical.size()) {
        size_ = std::max(BLOCK_BYTES, canonical.size());
        blocks_.push_back(std::make_unique<char[]>(size_));
        used_ = 0;
    }
    char* at = blocks_.back().get() + used_;
    std::memcpy(at, canonical.data(), canonical.size());
    used_ += canonical.size();
    return model::LabelsView({at, canonical.size()});
}

LabelFilter LabelFilter::only(std::vector<std::string> names) {
    LabelFilter filter;
    filter.only_ = true;
    filter.names_ = std::move(names);
    std::sort(filter.names_.begin(), filter.names_.end());
    return filter;
}

LabelFilter LabelFilter::all_but(std::vector<std::string> names, bool drop_metadata, bool drop_name) {
    LabelFilter filter = only(std::move(names));
    filter.only_ = false;
    filter.drop_metadata_ = drop_metadata;
    filter.drop_name_ = drop_name;
    return filter;
}

bool LabelFilter::listed(std::string_view name) const {
    for (const std::string& own : names_)  // a handful: a linear scan beats a search
        if (own == name) return true;
    return false;
}

void LabelFilter::apply(model::LabelsView labels, std::string& out) const {
    out.clear();
    if (only_) {
        size_t left = names_.size();
        if (left == 0) return;
        for (const model::Label& label : labels) {
            if (label.name > names_.back()) break;
            if (!listed(label.name)) continue;
            put_sized(out, label.name);
            put_sized(out, label.value);
            if (--left == 0) break;
        }
        return;
    }
    for (const model::Label& label : labels) {
        if (listed(label.name)) continue;
        if (drop_metadata_ ? is_metadata_label(label.name) : drop_name_ && label.name == model::METRIC_NAME) continue;
        put_sized(out, label.name);
        put_sized(out, label.value);
    }
}

size_t LabelIndex::slot_of(std::string_view canonical, uint64_t hash) const {
    const size_t mask = slots_.size() - 1;
    size_t slot = hash & mask;
    while (slots_[slot] != NONE && (hashes_[slots_[slot]] != hash || sets_[slots_[slot]].bytes() != canonical))
        slot = (slot + 1) & mask;
    return slot;
}

uint32_t LabelIndex::find_or_add(std::string_view canonical) {
    const uint64_t hash = hash64(canonical);
    const size_t slot = slot_of(canonical, hash);
    if (slots_[slot] != NONE) return slots_[slot];
    const auto number = static_cast<uint32_t>(sets_.size());
    slots_[slot] = number;
    sets_.push_back(arena_.put(canonical));
    hashes_.push_back(hash);
    if (sets_.size() * 2 > slots_.size()) grow();
    return number;
}

uint32_t LabelIndex::find(std::string_view canonical) const { return slots_[slot_of(canonical, hash64(canonical))]; }

void LabelIndex::grow() {
    slots_.assign(slots_.size() * 2, NONE);
    const size_t mask = slots_.size() - 1;
    for (uint32_t number = 0; number < sets_.size(); number++) {
        size_t slot = hashes_[number] & mask;
        while (slots_[slot] != NONE) slot = (slot + 1) & mask;
        slots_[slot] = number;
    }
}

}  // namespace belfry::promql
