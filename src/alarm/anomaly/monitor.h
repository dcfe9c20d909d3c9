#pragma once

#include "alarm/anomaly/detector.h"
#include "base/json.h"
#include "base/result.h"
#include "catalog/document.h"
#include "model/alarm.h"

#include <cstdint>
#include <optional>
#include <string>

namespace belfry::alarm {

/// The longest training in values: what one range query may give.
inline constexpr int64_t TRAINING_STEPS_MAX = 10'000;

/// Judges every series of a query with a detector, and writes bands and scores as metrics. A document of kind
/// ANOMALY_MONITOR.
struct Monitor {
    std::string id;
    std::string tenant = "default";
    std::string name;  // the value of the label `monitor`
    std::string description;
    std::string query;  // PromQL
    bool enabled = true;
    int64_t step_ms = 60'000;
    int64_t training_ms = 7 * 86'400'000LL;
    DetectorSpec detector;
    FilterSpec filter;
    /// When will the value reach a limit?
    struct Forecast {
        double limit = 0;
        bool rising = true;              // else it is reached from above
        int64_t window_ms = 21'600'000;  // that the trend is made of
        bool smoothed = false;           // Holt, else the robust straight line
    };
    std::optional<Forecast> forecast;
    model::Dimensions labels;  // of what it writes, beside those of the series
    int64_t created_ms = 0;    // kept by the document
    int64_t updated_ms = 0;
};

/// The members that people write. `invalid` names what is wrong; checks all but the name.
[[nodiscard]] Result<Monitor> read_monitor(const JsonView& json);
[[nodiscard]] Result<Monitor> read_monitor(const catalog::Document& document);
void write_monitor(JsonWriter& json, const Monitor& monitor);  // into an open object
[[nodiscard]] catalog::Document to_document(const Monitor& monitor);

}  // namespace belfry::alarm
