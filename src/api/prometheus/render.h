#pragma once

#include "http/message.h"
#include "model/histogram.h"
#include "model/labels.h"
#include "query/promql/engine.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::api {

// JSON text appended by hand: an answer may hold millions of values, a writer call each would double its cost.

/// 1435781451.781: seconds, with three digits of fraction when there is one.
void append_time(std::string& out, int64_t time_ms);
/// {"__name__":"up","job":"x"}
void append_labels(std::string& out, model::LabelsView labels);
void append_strings(std::string& out, std::span<const std::string> strings);
/// {"count":"2","sum":"3","buckets":[[rule,"lower","upper","count"],...]}
void append_histogram(std::string& out, const model::Histogram& histogram);
/// {"resultType":"vector","result":[...] — left open for `stats`. At most `limit` series (0: all).
void append_result(std::string& out, const promql::QueryResult& result, size_t limit);

/// What goes beside `data`. Annotations beyond ten are counted, not shown.
struct Notes {
    std::vector<std::string> warnings;
    std::vector<std::string> infos;
};
inline constexpr std::string_view TRUNCATED = "results truncated due to limit";

/// {"status":"success","data":<data>,"warnings":[...]}; `data` is JSON.
[[nodiscard]] http::Response success(std::string_view data, const Notes& notes = {});
/// Starts such an answer in a buffer; `finish` closes it.
void begin_success(std::string& out);
[[nodiscard]] http::Response finish_success(std::string out, const Notes& notes = {});

/// A failed query: Prometheus' error types and statuses.
[[nodiscard]] http::Response query_error(const Error& error);

}  // namespace belfry::api
