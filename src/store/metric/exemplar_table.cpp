#include "store/metric/exemplar_table.h"

#include "base/bytes.h"
#include "codec/plain_value.h"

namespace belfry::store {
namespace {

constexpr size_t PAGES = 2;
constexpr size_t RECORDS_MAX = 1024;
constexpr model::TimeRange ALL_TIME{std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()};

}  // namespace

void encode_exemplars(std::span<const model::Exemplar> exemplars, std::string& out) {
    put_varint(out, exemplars.size());
    uint64_t last = 0;
    for (const model::Exemplar& e : exemplars) {
        put_zigzag(out, static_cast<int64_t>(static_cast<uint64_t>(e.time_ms) - last));
        codec::put_plain_value(out, e.value);
        put_sized(out, e.labels.bytes());
        last = static_cast<uint64_t>(e.time_ms);
    }
}

bool decode_exemplars(std::string_view record, model::TimeRange range, std::vector<model::Exemplar>& out) {
    ByteReader in(record);
    uint64_t count = 0;
    if (!in.varint(&count) || count > in.left()) return false;
    uint64_t time = 0;
    for (uint64_t i = 0; i < count; i++) {
        int64_t delta = 0;
        std::string_view labels;
        model::Exemplar e;
        if (!in.zigzag64(&delta) || !codec::get_plain_value(in, &e.value) || !in.sized(&labels)) return false;
        e.time_ms = static_cast<int64_t>(time += static_cast<uint64_t>(delta));
        if (!range.contains(e.time_ms)) continue;
        if (!model::Labels::is_canonical(labels)) return false;
        e.labels = model::Labels(model::LabelsView(labels));
        out.push_back(std::move(e));
    }
    return in.done();
}

ExemplarWriter::ExemplarWriter(kv::Builder& builder, size_t table)
    : blocks_(builder, table, BlockWriter::Kind::by_id, PAGES, RECORDS_MAX) {}

Status ExemplarWriter::add(uint32_t id, std::span<const model::Exemplar> exemplars) {
    record_.clear();
    encode_exemplars(exemplars, record_);
    return blocks_.add(id, record_);
}

Status ExemplarReader::read(uint32_t id, model::TimeRange range, std::vector<model::Exemplar>& out) {
    if (!file_.has_table(table_)) return {};
    found_.clear();
    TRY(records_.records(id, found_));
    for (const std::string_view record : found_)
        if (!decode_exemplars(record, range, out))
            return make_error(Code::corrupt, "{}: bad exemplars of series {}", file_.path(), id);
    return {};
}

Result<bool> ExemplarReader::any() const {
    if (!file_.has_table(table_)) return false;
    auto cursor = TRY(file_.cursor(table_));
    return TRY(cursor.first()).has_value();
}

Status ExemplarReader::for_each_record(const std::function<Status(uint32_t, std::string_view)>& visit) const {
    if (!file_.has_table(table_)) return {};
    auto cursor = TRY(file_.cursor(table_));
    for (auto entry = TRY(cursor.first()); entry; entry = TRY(cursor.next())) {
        if (entry->key.size() < 4) return make_error(Code::corrupt, "{}: bad key of exemplars", file_.path());
        const uint32_t first = get_be32(entry->key.data());
        const Block block = TRY(Block::parse(TRY(file_.checked(entry->value)), true));
        for (size_t i = 0; i < block.count(); i++)
            TRY(visit(first + block.id_delta(i), block.record(i)));
    }
    return {};
}

Status ExemplarReader::for_each(const std::function<void(uint32_t, const std::vector<model::Exemplar>&)>& visit) const {
    std::vector<model::Exemplar> exemplars;
    return for_each_record([&](uint32_t id, std::string_view record) -> Status {
        exemplars.clear();
        if (!decode_exemplars(record, ALL_TIME, exemplars))
            return make_error(Code::corrupt, "{}: bad exemplars of series {}", file_.path(), id);
        visit(id, exemplars);
        return {};
    });
}

Status ExemplarReader::for_each_id(const std::function<void(uint32_t)>& visit) const {
    return for_each_record([&](uint32_t id, std::string_view) -> Status {
        visit(id);
        return {};
    });
}

}  // namespace belfry::store
