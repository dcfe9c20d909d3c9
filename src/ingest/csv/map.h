#pragma once

#include "ingest/csv/decode.h"
#include "ingest/metric/wire_batch.h"
#include "ingest/text_write.h"

#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace belfry::ingest::csv {

struct MapOptions {
    Format format;
    int64_t default_time_ms = 0;                                    // of rows without a time
    std::vector<std::pair<std::string, std::string>> extra_labels;  // added to every series; they win
};

/// Rows -> batches: a sample for each metric column that is not empty. A bad row is counted and left out whole.
class RowMapper {
  public:
    /// `text` outlives this.
    RowMapper(std::string_view text, MapOptions options) : reader_(text), options_(std::move(options)) {}

    /// Fills `batch` with about `samples_max` samples (up to a row more); false when nothing was left. Valid until the
    /// next call.
    [[nodiscard]] bool fill(WireBatch& batch, size_t samples_max);

    [[nodiscard]] const BadLines& bad_lines() const { return bad_; }

  private:
    [[nodiscard]] Status add_row(WireBatch& batch);

    RowReader reader_;
    const MapOptions options_;
    std::vector<std::string_view> fields_;
    std::vector<std::pair<const std::string*, double>> samples_;  // metric name and value of the present row
    std::deque<std::string> series_;                              // canonical labels of this batch
    BadLines bad_;
};

}  // namespace belfry::ingest::csv
