#pragma once

#include "ingest/metric/wire_batch.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::ingest::graphite {

// Graphite's plaintext protocol, a point a line:
//
//   path[;tag=value...] value [timestamp]
//
// separated by blanks or tabs. The timestamp counts seconds, with or without a fraction; -1, N or none is now. Path and
// tags are kept as they were written: `servers.web01.load` is the metric {"servers.web01.load"}.

struct Point {
    std::string_view series;  // path and tags
    double value = 0;
    int64_t time_ms = 0;
};

/// Not NaN; decimal or infinite.
[[nodiscard]] std::optional<double> decode_value(std::string_view text);
/// Seconds -> milliseconds; nothing before 1970, but for -1, which is `now_ms`.
[[nodiscard]] std::optional<int64_t> decode_time(double seconds, int64_t now_ms);

/// A line without its line feed, not blank. Views into `line`; path and tags are only checked by `GraphiteLabels`.
[[nodiscard]] Result<Point> decode_line(std::string_view line, int64_t now_ms);

/// `path;tag=value;...`: the path is the metric name, the tags are labels.
class GraphiteLabels : public LabelDecoder {
  public:
    [[nodiscard]] uint32_t protocol_id() const override { return 20; }
    [[nodiscard]] Status decode(std::string_view wire,
                                std::vector<model::Label>& labels,
                                std::vector<std::string>& arena) const override;
};

[[nodiscard]] const GraphiteLabels& graphite_labels();

}  // namespace belfry::ingest::graphite
