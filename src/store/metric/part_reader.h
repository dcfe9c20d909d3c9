#pragma once

#include "base/bytes.h"
#include "store/kv/read_file.h"
#include "store/metric/arena.h"
#include "store/metric/block.h"
#include "store/metric/part_meta.h"
#include "store/metric/posting_source.h"

#include <memory>
#include <string>
#include <vector>

namespace belfry::store {

/// An open file of the store; immutable. Any thread.
struct MetricFile {
    std::string name;
    uint64_t number = 0;  // differs from all other open files of this process
    PartMeta meta;
    std::shared_ptr<const kv::ReadFile> file;
    std::vector<uint32_t> first_symbols;  // of the names, and the count of all symbols
};

/// `corrupt` or `not_found` when the file cannot serve. `seal`: which tables to expect.
[[nodiscard]] Result<std::shared_ptr<const MetricFile>> open_metric_file(const std::string& directory, const std::string& name,
                                                                         MetricFileKind kind);

/// The index of one part for one query; decoded symbols are kept. One thread.
class PartIndex : public PostingSource {
  public:
    explicit PartIndex(const MetricFile& part);

    /// Of the canonical bytes with the tenant label.
    [[nodiscard]] Result<Hash128> hash(uint32_t id);
    /// The series' label names, as places in `names()`.
    [[nodiscard]] Result<const std::vector<uint32_t>*> schema(uint32_t id) { return TRY(parse(id)).schema; }
    /// Appends the canonical bytes.
    [[nodiscard]] Status append_labels(uint32_t id, bool with_tenant, std::string& out);
    /// "" when the series has no such label.
    [[nodiscard]] Result<std::string_view> value(uint32_t id, std::string_view name);
    [[nodiscard]] const std::vector<PartMeta::Name>& names() const { return part_.meta.names; }
    [[nodiscard]] bool has_tenants() const;
    /// Every value of the name, ascending.
    [[nodiscard]] Status for_each_value(std::string_view name, const std::function<void(std::string_view)>& visit) const;

    [[nodiscard]] Status all(IdUnion& out) const override;
    [[nodiscard]] Status with_name(std::string_view name, IdUnion& out) const override;
    [[nodiscard]] Status with_value(std::string_view name, std::string_view value, IdUnion& out) const override;
    [[nodiscard]] Status with_values(std::string_view name, std::string_view prefix, const Accept& accept,
                                     IdUnion& out) const override;

  private:
    struct Parsed {
        Hash128 hash;
        const std::vector<uint32_t>* schema = nullptr;
        ByteReader values{{}};
    };
    [[nodiscard]] Result<Parsed> parse(uint32_t id);
    /// The number of the name, or nothing.
    [[nodiscard]] std::optional<uint32_t> find_name(std::string_view name) const;
    [[nodiscard]] Result<std::string_view> symbol(uint32_t number) const;
    /// The first value of the name (1..values, values + 1: none) that is not below `text`.
    [[nodiscard]] Result<uint32_t> lower_bound(uint32_t name, std::string_view text) const;
    [[nodiscard]] Status add_postings(uint32_t symbol, IdUnion& out) const;

    const MetricFile& part_;  // outlives this
    DenseReader ser_;
    mutable DenseReader sym_;
    mutable IdReader post_;
    mutable Arena text_;
    mutable std::vector<std::unique_ptr<std::string_view[]>> symbols_;  // by record
    mutable std::vector<std::string_view> pieces_;
    mutable Ids ids_;
};

}  // namespace belfry::store
