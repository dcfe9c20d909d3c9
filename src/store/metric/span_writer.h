#pragma once

#include "model/sample.h"
#include "model/sample_record.h"
#include "store/metric/chunk_table.h"
#include "store/metric/exemplar_table.h"
#include "store/metric/hidden.h"
#include "store/metric/manifest.h"
#include "store/metric/part_reader.h"
#include "store/metric/part_writer.h"
#include "store/metric/store_impl.h"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace belfry::store {

/// What a span of days holds of one series.
struct SpanSeries {
    bool is_whole = false;         // `samples` are all that was received
    model::SampleColumns samples;  // whole: all; else what came after the records were made
    model::SampleRecords records;  // when not whole: the finest there are
    int64_t records_ms = 0;
    std::vector<model::Exemplar> exemplars;  // go with what was received
};

/// Walks through the files of one span, series by series in the order of labels. What is hidden is left out. One
/// thread.
class SpanReader {
  public:
    /// All outlive this. `files`: some of the view's, by seq.
    SpanReader(const StoreView& view,
               const std::vector<Manifest::FileEntry>& files,
               const Hidden& hidden,
               ColumnCache& cache);
    /// Moves on; false at the end.
    [[nodiscard]] Result<bool> next();
    /// With the tenant label; valid until `next`.
    [[nodiscard]] model::LabelsView labels() const { return model::LabelsView(labels_); }
    [[nodiscard]] Result<SpanSeries> read(model::TimeRange range);

  private:
    struct Source {
        const MetricFile* part = nullptr;
        std::unique_ptr<PartIndex> index;
        std::unique_ptr<ChunkReader> reader;
        std::unique_ptr<ExemplarReader> exemplars;
        uint32_t at = 0;
        std::string labels;
        [[nodiscard]] bool done() const { return at >= part->meta.series; }
        [[nodiscard]] Status load();
    };
    const Hidden& hidden_;
    std::vector<Source> sources_;
    std::string labels_;
    bool started_ = false;
    std::vector<HiddenRange> erased_;
};

/// Writes the files of one span anew. One thread.
class SpanWriter {
  public:
    SpanWriter(std::string directory, int32_t first_day, int32_t last_day, uint64_t first_seq)
        : directory_(std::move(directory)), first_day_(first_day), last_day_(last_day), first_seq_(first_seq) {}

    /// Writes records of the `wanted` spans and what is finer, but nothing finer than `finest_ms` when there is
    /// something else. Series with native histograms stay as they were received.
    [[nodiscard]] Status add(model::LabelsView labels, SpanSeries& series, std::set<int64_t> wanted, int64_t finest_ms);
    /// Syncs and publishes the files; the entries lack `rules`.
    [[nodiscard]] Result<std::vector<Manifest::FileEntry>> finish();
    [[nodiscard]] uint64_t next_seq() const { return first_seq_ + 1 + writers_.size(); }

  private:
    struct Output {
        std::string name;
        MetricFileKind kind = MetricFileKind::part;
        uint64_t seq = 0;
        std::unique_ptr<PartWriter> writer;
    };
    [[nodiscard]] Result<PartWriter*> writer(int64_t resolution_ms);
    std::string directory_;
    int32_t first_day_;
    int32_t last_day_;
    uint64_t first_seq_;
    std::map<int64_t, Output> writers_;  // by resolution
};

}  // namespace belfry::store
