#include "store/metric/block.h"

#include "base/bytes.h"
#include "base/hash.h"
#include "store/kv/format.h"

namespace belfry::store {
namespace {

constexpr size_t OFFSET_MAX = 65'535;
constexpr size_t HEADER_BYTES = 6;

}  // namespace

// ---------------------------------------------------------------- writer

BlockWriter::BlockWriter(kv::Builder& builder, size_t table, Kind kind, size_t pages, size_t records_max)
    : builder_(builder), table_(table), kind_(kind), pages_(pages), records_max_(std::min<size_t>(records_max, OFFSET_MAX)) {}

size_t BlockWriter::size_with(size_t count, size_t bytes) const {
    return HEADER_BYTES + (count - 1) * 2 + (kind_ == Kind::by_id ? count * 2 : 0) + bytes;
}

Status BlockWriter::add(std::string_view record) {
    INVARIANT(kind_ == Kind::dense, "only dense records have no id");
    return add(first_ + static_cast<uint32_t>(ends_.size()), record);
}

Status BlockWriter::add(uint32_t id, std::string_view record) {
    INVARIANT(ids_.empty() || id >= ids_.back(), "ids ascend");
    // what does not fit beside the waiting records closes the block
    if (!ends_.empty() && (bytes_.size() + record.size() > OFFSET_MAX || id - ids_.front() > OFFSET_MAX)) TRY(emit(ends_.size()));
    ids_.push_back(id);
    bytes_.append(record);
    ends_.push_back(static_cast<uint32_t>(bytes_.size()));
    while (!ends_.empty() && (size_with(ends_.size(), bytes_.size()) > kv::full_pages(pages_) || ends_.size() >= records_max_)) {
        TRY(emit_best());
    }
    return {};
}

// Emits the prefix of the waiting records that leaves the least of its last page empty.
Status BlockWriter::emit_best() {
    size_t best = ends_.size();
    double best_waste = 2;
    for (size_t n = 1; n <= ends_.size(); n++) {
        const size_t size = size_with(n, ends_[n - 1]);
        if (size > kv::full_pages(pages_) && n > 1) break;
        const size_t pages = (size + 16 + kv::PAGE_BYTES - 1) / kv::PAGE_BYTES;
        const double waste = static_cast<double>(kv::full_pages(pages) - size) / static_cast<double>(size);
        if (waste <= best_waste) {
            best = n;
            best_waste = waste;
        }
    }
    return emit(best);
}

Status BlockWriter::emit(size_t count) {
    std::string value;
    const size_t bytes = ends_[count - 1];
    value.reserve(size_with(count, bytes));
    put_le<uint32_t>(value, 0);
    put_le(value, narrow<uint16_t>(count));
    for (size_t i = 0; i + 1 < count; i++) put_le(value, narrow<uint16_t>(ends_[i]));
    if (kind_ == Kind::by_id) {
        for (size_t i = 0; i < count; i++) put_le(value, narrow<uint16_t>(ids_[i] - ids_[0]));
    }
    value.append(bytes_, 0, bytes);
    set_le(value.data(), crc32c(std::string_view(value).substr(4)));
    std::string key;
    put_be32(key, ids_[0]);
    if (kind_ == Kind::by_id) put_be32(key, block_++);
    TRY(builder_.append(table_, key, value));
    first_ += static_cast<uint32_t>(count);
    bytes_.erase(0, bytes);
    ids_.erase(ids_.begin(), ids_.begin() + static_cast<ptrdiff_t>(count));
    ends_.erase(ends_.begin(), ends_.begin() + static_cast<ptrdiff_t>(count));
    for (uint32_t& end : ends_) end -= static_cast<uint32_t>(bytes);
    return {};
}

Status BlockWriter::finish() {
    while (!ends_.empty()) TRY(emit(ends_.size()));
    return {};
}

// ---------------------------------------------------------------- block

Result<Block> Block::parse(std::string_view body, bool by_id) {
    Block b;
    if (body.size() < 2) return make_error(Code::corrupt, "block too short");
    b.count_ = get_le<uint16_t>(body.data());
    const size_t header = 2 + (b.count_ > 0 ? (b.count_ - 1) * 2 : 0) + (by_id ? b.count_ * 2 : 0);
    if (b.count_ == 0 || header > body.size()) return make_error(Code::corrupt, "bad block header");
    b.ends_ = body.data() + 2;
    b.deltas_ = by_id ? b.ends_ + (b.count_ - 1) * 2 : nullptr;
    b.records_ = body.substr(header);
    return b;
}

std::string_view Block::record(size_t i) const {
    const size_t begin = i == 0 ? 0 : get_le<uint16_t>(ends_ + (i - 1) * 2);
    const size_t end = i + 1 == count_ ? records_.size() : get_le<uint16_t>(ends_ + i * 2);
    if (begin > end || end > records_.size()) return {};  // no good record is empty
    return records_.substr(begin, end - begin);
}

uint16_t Block::id_delta(size_t i) const { return get_le<uint16_t>(deltas_ + i * 2); }

size_t Block::lower_bound(uint32_t delta) const {
    size_t low = 0;
    size_t high = count_;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (id_delta(middle) < delta) low = middle + 1;
        else high = middle;
    }
    return low;
}

// ---------------------------------------------------------------- readers

Result<std::string_view> DenseReader::record(uint32_t number) {
    if (block_.count() == 0 || number < first_ || number - first_ >= block_.count()) {
        std::string key;
        put_be32(key, number);
        auto cursor = TRY(file_.cursor(table_));
        const auto entry = TRY(cursor.seek_at_or_below(key));
        if (!entry || entry->key.size() != 4) return make_error(Code::corrupt, "{}: record {} is missing", file_.path(), number);
        block_ = TRY(Block::parse(TRY(file_.checked(entry->value)), false));
        first_ = get_be32(entry->key.data());
        if (number < first_ || number - first_ >= block_.count()) {
            block_ = Block();
            return make_error(Code::corrupt, "{}: record {} is missing", file_.path(), number);
        }
    }
    return block_.record(number - first_);
}

Status IdReader::load(const kv::ReadFile::Entry& entry) {
    loaded_ = false;
    if (entry.key.size() != 8) return make_error(Code::corrupt, "{}: bad key", file_.path());
    block_ = TRY(Block::parse(TRY(file_.checked(entry.value)), true));
    first_ = get_be32(entry.key.data());
    last_ = first_ + block_.id_delta(block_.count() - 1);
    loaded_ = true;
    return {};
}

Status IdReader::records(uint32_t id, std::vector<std::string_view>& out) {
    // The remembered block serves when the id lies strictly inside it: at its borders neighbours may have more.
    const bool inside = loaded_ && id > first_ && id < last_;
    if (!inside) {
        if (!cursor_) cursor_.emplace(TRY(file_.cursor(table_)));
        // The last block that begins below the id may end with it; else the first that begins with it.
        std::string key;
        put_be32(key, id);
        put_be32(key, 0);
        auto entry = TRY(cursor_->seek(key));
        entry = entry ? TRY(cursor_->previous()) : TRY(cursor_->last());
        if (!entry) entry = TRY(cursor_->first());
        if (!entry) return {};
        TRY(load(*entry));
    }
    for (;;) {
        if (id >= first_ && id <= last_) {
            const uint32_t delta = id - first_;
            for (size_t i = block_.lower_bound(delta); i < block_.count() && block_.id_delta(i) == delta; i++) {
                out.push_back(block_.record(i));
            }
        }
        if (inside || last_ > id) return {};
        const auto entry = TRY(cursor_->next());
        if (!entry || entry->key.size() != 8 || get_be32(entry->key.data()) > id) return {};
        TRY(load(*entry));
    }
}

}  // namespace belfry::store
