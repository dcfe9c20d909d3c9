#include "store/metric/part_writer.h"

#include "base/bytes.h"
#include "store/metric/posting_list.h"

namespace belfry::store {
namespace {

constexpr size_t INDEX_PAGES = 2;

size_t shared_prefix(std::string_view a, std::string_view b) {
    size_t n = 0;
    while (n < a.size() && n < b.size() && a[n] == b[n]) n++;
    return n;
}

/// Packs symbols into records of SYMBOLS_PER_RECORD.
class SymbolWriter {
  public:
    explicit SymbolWriter(kv::Builder& builder) : blocks_(builder, SYM, BlockWriter::Kind::dense, INDEX_PAGES, 4096) {}
    Status add(std::string_view text) {
        const size_t shared = in_record_ == 0 ? 0 : shared_prefix(last_, text);
        put_varint(record_, shared);
        put_sized(record_, text.substr(shared));
        last_ = text;
        if (++in_record_ < SYMBOLS_PER_RECORD) return {};
        return flush();
    }
    Status finish() {
        TRY(flush());
        return blocks_.finish();
    }

  private:
    Status flush() {
        if (in_record_ == 0) return {};
        TRY(blocks_.add(record_));
        record_.clear();
        in_record_ = 0;
        return {};
    }
    BlockWriter blocks_;
    std::string record_;
    std::string last_;
    size_t in_record_ = 0;
};

}  // namespace

PartWriter::PartWriter(kv::Builder builder) : builder_(std::move(builder)), chunks_(std::make_unique<ChunkWriter>(builder_)),
      exemplars_(std::make_unique<ExemplarWriter>(builder_, PART_EXM)) {}

Result<std::unique_ptr<PartWriter>> PartWriter::create(const std::string& path) {
    auto builder = TRY(kv::Builder::create(path, PART_TABLES));
    return std::unique_ptr<PartWriter>(new PartWriter(std::move(builder)));
}

Status PartWriter::add(model::LabelsView labels, const model::SampleColumns& samples, std::span<const model::Exemplar> exemplars) {
    const auto id = narrow<uint32_t>(series_.size());
    TRY(chunks_->add(id, false, samples));
    if (!exemplars.empty()) TRY(exemplars_->add(id, exemplars));
    add_series(labels);
    return {};
}

Status PartWriter::add(model::LabelsView labels, std::span<const model::SampleRecord> records) {
    TRY(chunks_->add_records(narrow<uint32_t>(series_.size()), records));
    add_series(labels);
    return {};
}

void PartWriter::add_series(model::LabelsView labels) {
    Series series{labels.hash(), 0, values_.size()};
    std::vector<uint32_t> schema;
    for (const model::Label& label : labels) {
        auto [name, is_new] = names_.try_emplace(std::string(label.name));
        if (is_new) name->second.number = static_cast<uint32_t>(names_.size() - 1);
        schema.push_back(name->second.number);
        auto& values = name->second.values;
        values_.push_back(values.try_emplace(std::string(label.value), static_cast<uint32_t>(values.size())).first->second);
    }
    series.schema = schemas_.try_emplace(std::move(schema), static_cast<uint32_t>(schemas_.size())).first->second;
    series_.push_back(series);
}

Status PartWriter::write_symbols(PartMeta& meta) {
    std::vector<std::pair<std::string_view, const Name*>> names;
    for (const auto& [name, entry] : names_) names.emplace_back(name, &entry);
    std::sort(names.begin(), names.end());
    SymbolWriter out(builder_);
    name_rank_.resize(names.size());
    value_rank_.resize(names.size());
    uint32_t symbol = 0;
    for (size_t i = 0; i < names.size(); i++) {
        const auto& [text, name] = names[i];
        name_rank_[name->number] = static_cast<uint32_t>(i);
        first_symbol_.push_back(symbol);
        meta.names.push_back({std::string(text), narrow<uint32_t>(name->values.size())});
        std::vector<std::pair<std::string_view, uint32_t>> values;
        for (const auto& [value, number] : name->values) values.emplace_back(value, number);
        std::sort(values.begin(), values.end());
        TRY(out.add(""));
        auto& rank = value_rank_[name->number];
        rank.resize(values.size());
        for (size_t k = 0; k < values.size(); k++) {
            TRY(out.add(values[k].first));
            rank[values[k].second] = static_cast<uint32_t>(k + 1);
        }
        symbol += static_cast<uint32_t>(values.size()) + 1;
    }
    TRY(out.finish());
    meta.schemas.resize(schemas_.size());
    for (const auto& [schema, number] : schemas_) {
        for (const uint32_t name : schema) meta.schemas[number].push_back(name_rank_[name]);
    }
    return {};
}

Status PartWriter::write_series(const PartMeta& meta) {
    std::vector<const std::vector<uint32_t>*> name_numbers(schemas_.size());
    for (const auto& [schema, number] : schemas_) name_numbers[number] = &schema;
    uint32_t symbols = 0;
    for (const auto& name : meta.names) symbols += name.values + 1;
    std::vector<Ids> postings(symbols);

    BlockWriter ser(builder_, SER, BlockWriter::Kind::dense, INDEX_PAGES, 4096);
    std::string record;
    for (size_t id = 0; id < series_.size(); id++) {
        const Series& series = series_[id];
        record.clear();
        put_le(record, series.hash.low);
        put_le(record, series.hash.high);
        put_varint(record, series.schema);
        size_t at = series.values_begin;
        for (const uint32_t name : *name_numbers[series.schema]) {
            const uint32_t value = value_rank_[name][values_[at++]];
            put_varint(record, value);
            const uint32_t first = first_symbol_[name_rank_[name]];
            postings[first].push_back(static_cast<uint32_t>(id));
            postings[first + value].push_back(static_cast<uint32_t>(id));
        }
        TRY(ser.add(record));
    }
    TRY(ser.finish());

    BlockWriter post(builder_, POST, BlockWriter::Kind::by_id, INDEX_PAGES, 4096);
    for (uint32_t symbol = 0; symbol < symbols; symbol++) {
        std::span<const uint32_t> rest(postings[symbol]);
        while (!rest.empty()) {
            const size_t count = posting_piece_size(rest);
            record.clear();
            encode_posting_piece(rest.first(count), record);
            TRY(post.add(symbol, record));
            rest = rest.subspan(count);
        }
    }
    return post.finish();
}

Result<uint64_t> PartWriter::finish(PartMeta& meta) {
    TRY(chunks_->finish());
    TRY(exemplars_->finish());
    meta.min_ms = totals().min_ms;
    meta.max_ms = totals().max_ms;
    meta.samples = totals().samples;
    meta.series = series_.size();
    TRY(write_symbols(meta));
    TRY(write_series(meta));
    TRY(builder_.append(META, "meta", meta.encode()));
    return builder_.finish();
}

}  // namespace belfry::store
