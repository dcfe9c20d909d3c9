#pragma once

#include "alarm/desk/definitions.h"
#include "base/json.h"
#include "model/alarm.h"

#include <optional>
#include <string>

namespace belfry::api {

/// The comparisons of an expression as a builder shows them: [PART...], or null when only the text can say it.
void write_parts(JsonWriter& json, const catalog::AlarmDefinition& definition, const alarm::ParsedDefinition& parsed);

/// What to draw to see why an alarm is in its state: the value its definition compares, for this alarm, as PromQL.
struct AlarmChart {
    std::string query;
    double threshold = 0;
    std::string op;
};
[[nodiscard]] std::optional<AlarmChart> chart_of(const model::Alarm& alarm,
                                                 const catalog::AlarmDefinition& definition,
                                                 const alarm::ParsedDefinition& parsed);

/// One sentence: what, since when, the value against its limit.
[[nodiscard]] std::string words_of(const model::Alarm& alarm,
                                   const std::optional<AlarmChart>& chart,
                                   std::optional<double> value,
                                   int64_t now_ms);

/// `{__name__="cpu",host="a"}`: a metric with dimensions, whatever they are called.
[[nodiscard]] std::string selector_of(const std::string& metric, const model::Dimensions& dimensions);

}  // namespace belfry::api
