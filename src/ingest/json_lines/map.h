#pragma once

#include "ingest/json_lines/decode.h"
#include "ingest/metric/wire_batch.h"
#include "ingest/text_write.h"

#include <deque>
#include <string_view>

namespace belfry::ingest::json_lines {

/// Lines -> batches. A bad line is counted and left out whole.
class LineMapper {
  public:
    /// `text` outlives this.
    LineMapper(std::string_view text, ExtraLabels extra_labels) : rest_(text), extra_labels_(std::move(extra_labels)) {}

    /// Fills `batch` with about `samples_max` samples (up to a line more); false when nothing was left. Valid until the
    /// next call.
    [[nodiscard]] bool fill(WireBatch& batch, size_t samples_max);

    [[nodiscard]] const BadLines& bad_lines() const { return bad_; }

  private:
    std::string_view rest_;
    const ExtraLabels extra_labels_;
    uint64_t line_number_ = 0;
    std::deque<model::Labels> labels_;  // of this batch
    BadLines bad_;
};

}  // namespace belfry::ingest::json_lines
