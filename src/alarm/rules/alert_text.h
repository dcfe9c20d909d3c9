#pragma once

#include "alarm/rules/rule.h"
#include "model/labels.h"
#include "query/promql/engine.h"
#include "templates/template.h"

#include <functional>
#include <string>
#include <string_view>

namespace belfry::alarm {

/// What the texts of an alert may ask beside its labels and value.
struct AlertTextContext {
    /// Evaluates PromQL at the time of the evaluation.
    std::function<Result<promql::QueryResult>(std::string_view)> query;
    Pairs external_labels;
    std::string external_url;  // "http://host:2353/base", without a slash at the end
    int64_t now_ms = 0;
};

/// The functions of Prometheus' templates. For `Template::parse` a context without `query` is enough.
[[nodiscard]] templates::Functions alert_functions(const AlertTextContext& context);

/// A label value or annotation of an alerting rule: $labels, $externalLabels, $externalURL and $value are known.
[[nodiscard]] Result<templates::Template> parse_alert_text(std::string_view text);

/// What `.` is for an alert.
[[nodiscard]] templates::Value alert_data(model::LabelsView labels, double value, const AlertTextContext& context);

/// The text for one alert; a template that fails gives `<error expanding template: ...>`.
[[nodiscard]] std::string expand_alert_text(const templates::Template& text,
                                            const templates::Value& data,
                                            const templates::Functions& functions);

}  // namespace belfry::alarm
