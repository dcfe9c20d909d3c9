#pragma once

#include "ingest/influx/decode.h"
#include "ingest/text_write.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace belfry::ingest::influx {

/// What a timestamp counts: `to_ms` multiplies, `per_ms` divides (one of them is 1).
struct Precision {
    int64_t to_ms = 1;
    int64_t per_ms = 1;
};

/// "ns" (also "n" and ""), "us" (also "u", "µ", "µs"), "ms", "s", "m", "h".
[[nodiscard]] std::optional<Precision> precision_from_name(std::string_view name);
/// Rounded down; nothing when it does not fit.
[[nodiscard]] std::optional<int64_t> time_to_ms(int64_t time, Precision precision);

struct MapOptions {
    int64_t default_time_ms = 0;  // of lines without a timestamp
    Precision precision;
    std::string db;  // label of every series; "" for none
};

/// Fields that are text: not stored, for samples are numbers.
struct TextFields {
    uint64_t count = 0;
    std::string first;  // `status="ok"`
};

/// Lines -> batches: a sample a field. A bad line is counted and left out whole, a text field alone.
class LineMapper {
  public:
    /// `text` outlives this.
    LineMapper(std::string_view text, MapOptions options) : reader_(text), options_(std::move(options)) {}

    /// Fills `batch` with about `samples_max` samples (up to a line more); false when nothing was left. Valid until the
    /// next call.
    [[nodiscard]] bool fill(WireBatch& batch, size_t samples_max);

    [[nodiscard]] const BadLines& bad_lines() const { return bad_; }
    [[nodiscard]] const TextFields& text_fields() const { return text_fields_; }

  private:
    [[nodiscard]] Status add_line(WireBatch& batch);

    LineReader reader_;
    const MapOptions options_;
    Line line_;
    BadLines bad_;
    TextFields text_fields_;
    std::string wire_;               // of all series of this batch
    std::vector<size_t> wire_ends_;  // of each in wire_
};

}  // namespace belfry::ingest::influx
