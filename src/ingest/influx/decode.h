#pragma once

#include "ingest/metric/wire_batch.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::ingest::influx {

// InfluxDB line protocol:
//
//   measurement[,tag=value...] field=value[,field=value...] [timestamp]
//
//   a backslash makes a comma, a space and (but for the measurement) an equals sign ordinary; before anything else it
//   stands for itself. Values: 1.5  -7i  7u  t T true True TRUE (and false)  "text, may have \" \\ and line breaks"
//   a line that begins with # is a comment

inline constexpr size_t SERIES_BYTES_MAX = 65'535;        // measurement and tags; InfluxDB's own limit of a key
inline constexpr size_t TEXT_BYTES_MAX = 65'536;          // a text field; InfluxDB's own limit
inline constexpr size_t FIELDS_MAX = 10'000;              // of a line
inline constexpr size_t LINE_SERIES_BYTES_MAX = 4 << 20;  // measurement and tags, times fields: each is a series

struct Field {
    std::string_view key;  // as it was written
    double value = 0;
    bool is_text = false;  // not a number
    std::string_view text = {};
};

struct Line {
    std::string_view series;  // measurement and tags as they were written; checked
    std::vector<Field> fields;
    std::optional<int64_t> time;  // in the precision of the request
};

/// Reads line by line. A bad line is an `invalid` error that names its number; the next call goes on behind its first
/// line break.
class LineReader {
  public:
    explicit LineReader(std::string_view text) : text_(text) {}

    /// Replaces `line`, whose views are valid while the text is; false at the end of the text.
    [[nodiscard]] Result<bool> next(Line& line);
    /// Number of the line that `next` gave or refused last, from 1; of its first one if a text has line breaks.
    [[nodiscard]] uint64_t line_number() const { return line_number_; }
    [[nodiscard]] std::string_view line() const { return line_; }

  private:
    [[nodiscard]] Status read(Line& line);
    [[nodiscard]] Status read_series(Line& line);
    [[nodiscard]] Status read_field(Line& line);
    [[nodiscard]] Status read_time(Line& line);
    [[nodiscard]] bool at_break() const;

    std::string_view text_;
    size_t at_ = 0;
    std::string_view line_;
    uint64_t line_number_ = 0;
    uint64_t next_number_ = 1;
};

/// Appends the bytes that stand for the series of one field: what `InfluxLabels` decodes.
void append_series(std::string& out, std::string_view db, std::string_view field, std::string_view series);

/// `measurement_field` (field `value`: `measurement`), the tags, and label `db` unless it is empty or a tag has that
/// name. Names stay as they are: any UTF-8.
class InfluxLabels : public LabelDecoder {
  public:
    [[nodiscard]] uint32_t protocol_id() const override { return 3; }
    [[nodiscard]] Status decode(std::string_view wire,
                                std::vector<model::Label>& labels,
                                std::vector<std::string>& arena) const override;
};

[[nodiscard]] const InfluxLabels& influx_labels();

}  // namespace belfry::ingest::influx
