#include "ingest/scrape/created_times.h"

#include <string>

namespace belfry::ingest::scrape {
namespace {

// The labels of a series as text, without le and quantile: those of one metric are written alike.
std::string common_labels(std::string_view series) {
    const size_t open = series.find('{');
    if (open == std::string_view::npos) return "";
    std::string_view rest = series.substr(open + 1);
    std::string out;
    while (!rest.empty() && rest.front() != '}') {
        size_t end = 0;
        for (bool quoted = false; end < rest.size() && (quoted || (rest[end] != ',' && rest[end] != '}')); end++) {
            if (rest[end] == '\\')
                end++;
            else if (rest[end] == '"')
                quoted = !quoted;
        }
        const std::string_view pair = rest.substr(0, end);
        if (!pair.starts_with("le=") && !pair.starts_with("quantile=")) (out += pair) += ',';
        rest.remove_prefix(std::min(rest.size(), end));
        if (!rest.empty() && rest.front() == ',') rest.remove_prefix(1);
    }
    return out;
}

}  // namespace

void CreatedTimes::created(std::string_view series, int64_t start_ms, WireBatch& batch) {
    const std::string labels = common_labels(series);
    for (const Row& row : group_) {
        if (start_ms == 0 || common_labels(row.series) != labels) continue;
        batch.start_rows.push_back(row.row);  // ascending: groups follow one another
        batch.start_times_ms.push_back(start_ms);
    }
    group_.clear();
}

bool CreatedTimes::is_created(std::string_view series, std::string_view family, model::MetricType type) {
    constexpr std::string_view SUFFIX = "_created";
    if (type != model::MetricType::counter && type != model::MetricType::histogram &&
        type != model::MetricType::summary)
        return false;
    const std::string_view name = series.substr(0, series.find_first_of("{ \t"));
    return name.size() == family.size() + SUFFIX.size() && name.starts_with(family) && name.ends_with(SUFFIX);
}

}  // namespace belfry::ingest::scrape
