#pragma once

#include "base/result.h"
#include "model/exemplar.h"
#include "model/sample.h"
#include "store/kv/builder.h"
#include "store/metric/block.h"
#include "store/metric/exemplar_buffer.h"

#include <cstdint>
#include <vector>

namespace belfry::store {

/// Fills table exm: one record a series, ids ascending.
class ExemplarWriter {
  public:
    ExemplarWriter(kv::Builder& builder, size_t table);
    /// Ascending in time, not empty.
    [[nodiscard]] Status add(uint32_t id, std::span<const model::Exemplar> exemplars);
    [[nodiscard]] Status finish() { return blocks_.finish(); }

  private:
    BlockWriter blocks_;
    std::string record_;
};

/// Reads table exm; a file that is older than the table reads as one without exemplars. One thread.
class ExemplarReader {
  public:
    ExemplarReader(const kv::ReadFile& file, size_t table) : file_(file), table_(table), records_(file, table) {}
    /// Appends what `id` has in `range`.
    [[nodiscard]] Status read(uint32_t id, model::TimeRange range, std::vector<model::Exemplar>& out);
    /// Calls `visit(id, exemplars)` for every series that has some.
    [[nodiscard]] Status for_each(
        const std::function<void(uint32_t, const std::vector<model::Exemplar>&)>& visit) const;
    [[nodiscard]] Status for_each_id(const std::function<void(uint32_t)>& visit) const;
    [[nodiscard]] Result<bool> any() const;

  private:
    const kv::ReadFile& file_;  // outlives this
    const size_t table_;
    [[nodiscard]] Status for_each_record(const std::function<Status(uint32_t, std::string_view)>& visit) const;
    IdReader records_;
    std::vector<std::string_view> found_;
};

/// The bytes of one record. Bytes from outside: false when they are none.
void encode_exemplars(std::span<const model::Exemplar> exemplars, std::string& out);
[[nodiscard]] bool decode_exemplars(std::string_view record, model::TimeRange range, std::vector<model::Exemplar>& out);

}  // namespace belfry::store
