#include "app/keep_rules.h"

#include "query/promql/parser.h"

namespace belfry::app {
namespace {

template <typename Rule>
Status parse_matches(std::vector<Rule>& rules, std::string_view key) {
    for (size_t i = 0; i < rules.size(); i++) {
        if (rules[i].series.match == "{}") continue;  // every series
        auto matchers = promql::parse_selector(rules[i].series.match);
        if (!matchers.ok()) return std::move(matchers).error().context("{}, rule {}: match", key, i + 1);
        rules[i].series.matchers = std::move(*matchers);
    }
    return {};
}

}  // namespace

Result<store::MetricStoreConfig> with_keep_rules(store::MetricStoreConfig config) {
    TRY(parse_matches(config.retention_rules, "metric.retention"));
    TRY(parse_matches(config.downsample_rules, "metric.downsample"));
    return config;
}

}  // namespace belfry::app
