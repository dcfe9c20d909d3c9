#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace belfry::model {

/// Counts of the last minutes, the running one last.
inline constexpr size_t CARDINALITY_MINUTES = 10;
using MinuteCounts = std::array<uint32_t, CARDINALITY_MINUTES>;

struct MetricCardinality {
    std::string name;
    uint64_t series = 0;
    MinuteCounts created{};
    uint64_t refused = 0;  // series by a limit, since the start
    MinuteCounts refused_lately{};
};

struct ValueCardinality {
    std::string value;  // cut when long
    uint64_t series = 0;
};

struct LabelCardinality {
    std::string name;
    uint64_t values = 0;  // distinct
    uint64_t series = 0;  // that have the label
    MinuteCounts new_values{};
    uint64_t refused = 0;
    std::vector<ValueCardinality> top;       // with the most series
    std::vector<std::string> newest_values;  // newest first
};

struct PairCardinality {
    std::string name;
    std::string value;
    uint64_t series = 0;
};

/// A series that came or was refused lately.
struct SeriesExample {
    int64_t time_ms = 0;
    std::string series;
    std::string receiver;
    std::string limit;  // the key of the limit that refused it; empty: it was taken
};

struct ReceiverCardinality {
    std::string id;
    uint64_t series = 0;  // created since the start
    MinuteCounts created{};
    uint64_t refused = 0;
    MinuteCounts refused_lately{};
};

struct CardinalityLimit {
    std::string key;
    uint64_t value = 0;  // 0: none
    uint64_t used = 0;   // of the series, or by the metric or label that uses most
    std::string user;    // which one that is
};

/// Who has how many series, and who makes new ones. Lists have the largest first.
struct CardinalityReport {
    uint64_t series = 0;
    uint64_t metrics_count = 0;
    uint64_t labels_count = 0;
    uint64_t pairs_count = 0;
    MinuteCounts created{};
    MinuteCounts refused{};
    uint64_t refused_total = 0;
    std::vector<CardinalityLimit> limits;
    std::vector<MetricCardinality> metrics;  // by series
    std::vector<MetricCardinality> growing;  // by series created in the minutes shown
    std::vector<MetricCardinality> refused_metrics;
    std::vector<LabelCardinality> labels;          // by values
    std::vector<LabelCardinality> growing_labels;  // by new values in the minutes shown
    std::vector<PairCardinality> pairs;
    std::vector<ReceiverCardinality> receivers;
    std::vector<SeriesExample> created_examples;  // newest first
    std::vector<SeriesExample> refused_examples;
    bool complete = true;  // false: more names or pairs than are counted
    uint64_t memory_bytes = 0;
};

}  // namespace belfry::model
