#pragma once

#include "ingest/metric/sample_check.h"
#include "ingest/metric/wire_batch.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::ingest::monasca {

// The body of POST /v2.0/metrics: one metric or an array of them.
//
//   {"name": "cpu.idle_perc", "dimensions": {"hostname": "a"}, "timestamp": 1405630174123.5, "value": 91.5,
//    "value_meta": {"status": "ok"}}
//
// Timestamps are milliseconds and may have a fraction, which is cut. Unknown members are passed over; of a member that
// comes twice the last counts.

inline constexpr size_t TEXT_CHARACTERS_MAX = 255;  // names, keys and values of dimensions, keys of value_meta
inline constexpr size_t VALUE_META_KEYS_MAX = 16;

/// One metric; views into the body.
struct Metric {
    std::string_view name;        // a JSON string with its quotes; checked
    std::string_view dimensions;  // a JSON object, or "" when there is none; checked
    int64_t time_ms = 0;
    double value = 0;
    std::string_view value_meta;  // a JSON object, or ""; checked
};

/// Reads metric by metric; builds nothing. Errors end it: `corrupt` when the body is no JSON, `invalid` when a metric
/// is not one; the message names its place in the array.
class MetricReader {
  public:
    explicit MetricReader(std::string_view body)
        : begin_(body.data()), p_(body.data()), end_(body.data() + body.size()) {}

    /// False at the end of the body.
    [[nodiscard]] Result<bool> next(Metric& metric);

  private:
    [[nodiscard]] Status read_metric(Metric& metric);
    [[nodiscard]] Status read_dimensions(std::string_view& out);
    [[nodiscard]] Status read_value_meta(std::string_view& out);
    [[nodiscard]] Status read_text(std::string_view& out);  // a string with its quotes, as it stands
    [[nodiscard]] Status read_number(double& out, bool& is_number);
    [[nodiscard]] Status skip_value(int depth);
    [[nodiscard]] Status expect(char c);
    void skip_space();
    [[nodiscard]] bool is_right(std::string_view quoted, uint8_t forbidden) const;
    [[nodiscard]] Error broken(std::string_view what) const;
    /// What a string means; `scratch_` holds it when it has escapes.
    [[nodiscard]] Result<std::string_view> unquoted(std::string_view quoted);

    const char* begin_;
    const char* p_;
    const char* end_;
    bool started_ = false;
    bool array_ = false;
    bool done_ = false;
    uint64_t count_ = 0;
    bool plain_ = true;  // the last string had neither escapes nor bytes beyond ASCII
    uint8_t seen_ = 0;   // and these kinds of bytes
    std::string scratch_;
    std::string key_;
};

/// Name and dimensions as `Metric` has them, one behind the other.
class MonascaLabels : public LabelDecoder {
  public:
    [[nodiscard]] uint32_t protocol_id() const override { return 5; }
    [[nodiscard]] Status decode(std::string_view wire,
                                std::vector<model::Label>& labels,
                                std::vector<std::string>& arena) const override;
};

[[nodiscard]] const MonascaLabels& monasca_labels();

/// "" or what is wrong with a dimension of a metric; logs know a few more forbidden characters.
[[nodiscard]] std::string check_dimension_key(std::string_view key, std::string_view more_forbidden = "");
[[nodiscard]] std::string check_dimension_value(std::string_view value);

}  // namespace belfry::ingest::monasca
