#include "store/metric/part_reader.h"

#include "base/bytes.h"
#include "model/labels.h"
#include "store/metric/format.h"
#include "store/metric/posting_list.h"

namespace belfry::store {
namespace {

std::atomic<uint64_t> next_file_number{1};

}  // namespace

Result<std::shared_ptr<const MetricFile>> open_metric_file(const std::string& directory, const std::string& name,
                                                           MetricFileKind kind) {
    auto out = std::make_shared<MetricFile>();
    out->name = name;
    out->number = next_file_number.fetch_add(1);
    const bool has_index = is_in_span(kind);
    out->file = TRY(kv::ReadFile::open(directory + "/" + name, has_index ? PART_TABLES : SEAL_TABLES,
                                       has_index ? size_t{PART_EXM} : size_t{SEAL_EXM}));
    const auto meta = TRY(out->file->get(META, "meta"));
    if (!meta) return make_error(Code::corrupt, "{} has no meta record", name);
    out->meta = TRY(PartMeta::decode(*meta).context("{}", name));
    // every series takes more than a byte, so that a number read here can be trusted as a size
    if (out->meta.series > out->file->file_bytes()) return make_error(Code::corrupt, "{} counts too many series", name);
    uint32_t symbols = 0;
    for (const auto& n : out->meta.names) {
        out->first_symbols.push_back(symbols);
        symbols += n.values + 1;
    }
    out->first_symbols.push_back(symbols);
    return std::shared_ptr<const MetricFile>(std::move(out));
}

PartIndex::PartIndex(const MetricFile& part)
    : part_(part),
      ser_(*part.file, SER),
      sym_(*part.file, SYM),
      post_(*part.file, POST),
      symbols_(part.first_symbols.back() / SYMBOLS_PER_RECORD + 1) {}

bool PartIndex::has_tenants() const { return find_name(model::TENANT_LABEL).has_value(); }

// ---------------------------------------------------------------- symbols

Result<std::string_view> PartIndex::symbol(uint32_t number) const {
    const size_t record_number = number / SYMBOLS_PER_RECORD;
    if (number >= part_.first_symbols.back()) return make_error(Code::corrupt, "{}: no symbol {}", part_.name, number);
    auto& texts = symbols_[record_number];
    if (!texts) {
        ByteReader in(TRY(sym_.record(static_cast<uint32_t>(record_number))));
        auto fresh = std::make_unique<std::string_view[]>(SYMBOLS_PER_RECORD);
        std::string last;
        for (size_t i = 0; i < SYMBOLS_PER_RECORD && !in.done(); i++) {
            uint64_t shared = 0;
            std::string_view suffix;
            if (!in.varint(&shared) || shared > last.size() || !in.sized(&suffix)) {
                return make_error(Code::corrupt, "{}: bad symbol record {}", part_.name, record_number);
            }
            last.resize(shared);
            last.append(suffix);
            fresh[i] = text_.copy(last);
        }
        texts = std::move(fresh);
    }
    return texts[number % SYMBOLS_PER_RECORD];
}

std::optional<uint32_t> PartIndex::find_name(std::string_view name) const {
    const auto& names = part_.meta.names;
    const auto it = std::lower_bound(names.begin(), names.end(), name, [](const auto& n, std::string_view t) { return n.name < t; });
    if (it == names.end() || it->name != name) return std::nullopt;
    return static_cast<uint32_t>(it - names.begin());
}

Result<uint32_t> PartIndex::lower_bound(uint32_t name, std::string_view text) const {
    const uint32_t first = part_.first_symbols[name];
    uint32_t low = 1;
    uint32_t high = part_.meta.names[name].values + 1;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (TRY(symbol(first + middle)) < text) low = middle + 1;
        else high = middle;
    }
    return low;
}

Status PartIndex::for_each_value(std::string_view name, const std::function<void(std::string_view)>& visit) const {
    const auto n = find_name(name);
    if (!n) return {};
    for (uint32_t v = 1; v <= part_.meta.names[*n].values; v++) visit(TRY(symbol(part_.first_symbols[*n] + v)));
    return {};
}

// ---------------------------------------------------------------- series

Result<PartIndex::Parsed> PartIndex::parse(uint32_t id) {
    Parsed out;
    out.values = ByteReader(TRY(ser_.record(id)));
    uint64_t schema = 0;
    if (!out.values.le(&out.hash.low) || !out.values.le(&out.hash.high) || !out.values.varint(&schema) ||
        schema >= part_.meta.schemas.size()) {
        return make_error(Code::corrupt, "{}: bad record of series {}", part_.name, id);
    }
    out.schema = &part_.meta.schemas[schema];
    return out;
}

Result<Hash128> PartIndex::hash(uint32_t id) {
    const std::string_view record = TRY(ser_.record(id));
    if (record.size() < 16) return make_error(Code::corrupt, "{}: bad record of series {}", part_.name, id);
    return Hash128{get_le<uint64_t>(record.data()), get_le<uint64_t>(record.data() + 8)};
}

Status PartIndex::append_labels(uint32_t id, bool with_tenant, std::string& out) {
    Parsed series = TRY(parse(id));
    for (const uint32_t name : *series.schema) {
        uint64_t value = 0;
        if (!series.values.varint(&value) || value == 0 || value > part_.meta.names[name].values) {
            return make_error(Code::corrupt, "{}: bad labels of series {}", part_.name, id);
        }
        const std::string& text = part_.meta.names[name].name;
        if (!with_tenant && text == model::TENANT_LABEL) continue;
        put_sized(out, text);
        put_sized(out, TRY(symbol(part_.first_symbols[name] + static_cast<uint32_t>(value))));
    }
    return {};
}

Result<std::string_view> PartIndex::value(uint32_t id, std::string_view name) {
    const auto wanted = find_name(name);
    if (!wanted) return std::string_view();
    Parsed series = TRY(parse(id));
    for (const uint32_t n : *series.schema) {
        uint64_t value = 0;
        if (!series.values.varint(&value) || value == 0 || value > part_.meta.names[n].values) {
            return make_error(Code::corrupt, "{}: bad labels of series {}", part_.name, id);
        }
        if (n == *wanted) return symbol(part_.first_symbols[n] + static_cast<uint32_t>(value));
    }
    return std::string_view();
}

// ---------------------------------------------------------------- postings

Status PartIndex::add_postings(uint32_t symbol, IdUnion& out) const {
    pieces_.clear();
    ids_.clear();
    TRY(post_.records(symbol, pieces_));
    for (const std::string_view piece : pieces_) {
        TRY(decode_posting_piece(piece, static_cast<uint32_t>(part_.meta.series), ids_).context("{}", part_.name));
    }
    out.add(ids_);
    return {};
}

Status PartIndex::all(IdUnion& out) const {
    Ids ids(part_.meta.series);
    for (size_t i = 0; i < ids.size(); i++) ids[i] = static_cast<uint32_t>(i);
    out.add(ids);
    return {};
}

Status PartIndex::with_name(std::string_view name, IdUnion& out) const {
    const auto n = find_name(name);
    return n ? add_postings(part_.first_symbols[*n], out) : Status();
}

Status PartIndex::with_value(std::string_view name, std::string_view value, IdUnion& out) const {
    const auto n = find_name(name);
    if (!n) return {};
    const uint32_t v = TRY(lower_bound(*n, value));
    if (v > part_.meta.names[*n].values || TRY(symbol(part_.first_symbols[*n] + v)) != value) return {};
    return add_postings(part_.first_symbols[*n] + v, out);
}

Status PartIndex::with_values(std::string_view name, std::string_view prefix, const Accept& accept, IdUnion& out) const {
    const auto n = find_name(name);
    if (!n) return {};
    for (uint32_t v = TRY(lower_bound(*n, prefix)); v <= part_.meta.names[*n].values; v++) {
        const std::string_view text = TRY(symbol(part_.first_symbols[*n] + v));
        if (!text.starts_with(prefix)) break;
        if (accept(text)) TRY(add_postings(part_.first_symbols[*n] + v, out));
    }
    return {};
}

}  // namespace belfry::store
