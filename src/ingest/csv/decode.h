#pragma once

#include "base/result.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::ingest::csv {

// Comma-separated values (RFC 4180) and what their columns mean: `format=2:metric:ask,1:label:ticker,4:time:rfc3339`,
// a column a part, numbered from 1:
//
//   N:metric:NAME   a sample of metric NAME; an empty field is none
//   N:label:NAME    label NAME of the row's samples
//   N:time:FORMAT   unix_s, unix_ms, unix_us, unix_ns (with a fraction, if need be) or rfc3339

enum class TimeFormat : uint8_t { seconds, milliseconds, microseconds, nanoseconds, rfc3339 };

struct Column {
    size_t index = 0;  // of the field, from 0
    std::string name;  // of the metric or label
};

struct Format {
    std::vector<Column> metrics;
    std::vector<Column> labels;
    std::optional<size_t> time_index;
    TimeFormat time = TimeFormat::seconds;
    size_t fields = 0;  // so many a row must have at least

    static constexpr size_t COLUMNS_MAX = 1'000;
};

[[nodiscard]] Result<Format> parse_format(std::string_view text);
/// Nothing when it is no time of that form.
[[nodiscard]] std::optional<int64_t> decode_time(std::string_view field, TimeFormat format);

/// Reads row by row. A bad row is an `invalid` error that names its line; the next call goes on behind its first line
/// break.
class RowReader {
  public:
    explicit RowReader(std::string_view text) : text_(text) {}

    /// Replaces `fields`, which are valid until the next call; false at the end. Blank lines are passed over.
    [[nodiscard]] Result<bool> next(std::vector<std::string_view>& fields);
    [[nodiscard]] uint64_t line_number() const { return line_number_; }  // from 1
    [[nodiscard]] std::string_view line() const { return line_; }

    static constexpr size_t ROW_BYTES_MAX = 1UL << 20;

  private:
    [[nodiscard]] Result<std::string_view> quoted();

    std::string_view text_;
    size_t at_ = 0;
    uint64_t line_number_ = 0;
    uint64_t next_number_ = 1;
    std::string_view line_;
    std::deque<std::string> unquoted_;  // fields with doubled quotes
};

}  // namespace belfry::ingest::csv
