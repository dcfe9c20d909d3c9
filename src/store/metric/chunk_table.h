#pragma once

#include "base/bytes.h"
#include "base/hash.h"
#include "base/result.h"
#include "model/sample.h"
#include "model/sample_record.h"
#include "store/metric/block.h"
#include "store/metric/column_cache.h"
#include "store/metric/format.h"
#include "store/metric/metric_store.h"

#include <cstdint>
#include <limits>
#include <string>
#include <unordered_map>

namespace belfry::store {

struct ChunkTotals {
    uint64_t samples = 0;
    uint64_t chunks = 0;
    uint64_t columns = 0;
    int64_t min_ms = std::numeric_limits<int64_t>::max();
    int64_t max_ms = std::numeric_limits<int64_t>::min();
};

/// Writes tables slab and tcol of a seal or a part. Ids ascend.
class ChunkWriter {
  public:
    explicit ChunkWriter(kv::Builder& builder);
    /// The samples of one series, ascending; cut into chunks at round times, so that series with the same times stay in step.
    [[nodiscard]] Status add(uint32_t id, bool late, const model::SampleColumns& samples);
    /// The records of one series, ascending by end.
    [[nodiscard]] Status add_records(uint32_t id, std::span<const model::SampleRecord> records);
    [[nodiscard]] Status finish();
    [[nodiscard]] const ChunkTotals& totals() const { return totals_; }

  private:
    /// The samples [begin, begin + count).
    [[nodiscard]] Status add_chunk(uint32_t id, bool late, const model::SampleColumns& samples, size_t begin, size_t count);
    [[nodiscard]] Result<uint32_t> column_of(std::span<const int64_t> times);

    struct HashHash {
        size_t operator()(const Hash128& h) const { return h.low; }
    };
    BlockWriter slab_;
    BlockWriter tcol_;
    std::unordered_map<Hash128, uint32_t, HashHash> columns_;
    ChunkTotals totals_;
    std::string record_;
    std::string scratch_;
    std::string side_;
    std::vector<size_t> piece_ends_;
};

/// Reads tables slab and tcol. One thread each.
class ChunkReader {
  public:
    /// `file_number` tells the file from others in `cache`.
    ChunkReader(const kv::ReadFile& file, uint64_t file_number, ColumnCache& cache);
    /// Appends to `out` the samples of `id` in `range`, and to `newer` those that win over them.
    [[nodiscard]] Status read(uint32_t id, model::TimeRange range, model::SampleColumns& out, model::SampleColumns& newer,
                              ReadCounts& counts);
    /// Replaces `out` by the newest sample of `id` in `range`; false: none, `out` is as it was. Without `with_value` the value is only a stale marker or not.
    [[nodiscard]] Result<bool> read_newest(uint32_t id, model::TimeRange range, bool with_value, model::SampleColumns& out, ReadCounts& counts);
    /// Appends the records of `id` that overlap `range`; of a file of this resolution.
    [[nodiscard]] Status read_records(uint32_t id, int64_t span_ms, model::TimeRange range, model::SampleRecords& out, ReadCounts& counts);
    [[nodiscard]] Result<TimeColumn> all_times(uint32_t column);

  private:
    struct ChunkHead {
        bool late = false;
        uint32_t column = 0;
        std::string_view side;
    };
    [[nodiscard]] Result<ChunkHead> chunk_head(uint32_t id, ByteReader& in) const;
    struct ColumnHead {
        uint64_t count = 0;
        int64_t first = 0;
        int64_t last = 0;
        std::string_view times;
    };
    [[nodiscard]] Result<ColumnHead> column_head(uint32_t column);
    [[nodiscard]] static Status read_values(ByteReader in, size_t count, size_t low, size_t high, std::span<double> out, ReadCounts& counts);
    /// Null when the column has no time in `range`.
    [[nodiscard]] Result<TimeColumn> column(uint32_t column, model::TimeRange range);

    const kv::ReadFile& file_;
    const uint64_t file_number_;
    ColumnCache& cache_;
    IdReader slab_;
    DenseReader tcol_;
    std::vector<std::string_view> records_;
};

}  // namespace belfry::store
