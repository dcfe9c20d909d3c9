#pragma once

#include "model/labels.h"
#include "store/kv/builder.h"
#include "store/metric/chunk_table.h"
#include "store/metric/exemplar_table.h"
#include "store/metric/part_meta.h"

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace belfry::store {

/// Writes a part: series in the order of their labels, each with its samples; the index is made at the end. Needs memory
/// for the index only (about 100 bytes a series). One thread.
class PartWriter {
  public:
    [[nodiscard]] static Result<std::unique_ptr<PartWriter>> create(const std::string& path);

    /// `labels` (with the tenant label) lie above the last ones by `model::compare`.
    [[nodiscard]] Status add(model::LabelsView labels, const model::SampleColumns& samples,
                             std::span<const model::Exemplar> exemplars = {});
    [[nodiscard]] Status add(model::LabelsView labels, std::span<const model::SampleRecord> records);
    [[nodiscard]] const ChunkTotals& totals() const { return chunks_->totals(); }
    [[nodiscard]] uint32_t series_count() const { return static_cast<uint32_t>(series_.size()); }
    /// Completes `meta`, writes the index, syncs and publishes. The size of the file.
    [[nodiscard]] Result<uint64_t> finish(PartMeta& meta);

  private:
    explicit PartWriter(kv::Builder builder);
    struct Name {
        uint32_t number = 0;  // in order of appearance
        std::unordered_map<std::string, uint32_t> values;
    };
    struct Series {
        Hash128 hash;
        uint32_t schema = 0;
        size_t values_begin = 0;  // in values_
    };
    void add_series(model::LabelsView labels);
    [[nodiscard]] Status write_symbols(PartMeta& meta);
    [[nodiscard]] Status write_series(const PartMeta& meta);

    kv::Builder builder_;
    std::unique_ptr<ChunkWriter> chunks_;
    std::unique_ptr<ExemplarWriter> exemplars_;
    std::unordered_map<std::string, Name> names_;
    std::map<std::vector<uint32_t>, uint32_t> schemas_;
    std::vector<Series> series_;
    std::vector<uint32_t> values_;  // value numbers in order of appearance
    // made by write_symbols
    std::vector<std::vector<uint32_t>> value_rank_;  // by name number, by value number: its number in the file (1..)
    std::vector<uint32_t> name_rank_;
    std::vector<uint32_t> first_symbol_;             // by name in the file
};

}  // namespace belfry::store
