#include "app/demo/fleet.h"

#include "app/demo/curve.h"

#include <doctest/doctest.h>

using namespace belfry;
using namespace belfry::app;

namespace {

constexpr int64_t SINCE = 1'700'000'000'000;

/// Sum of the values of all series of a name that have the label.
double sum(
    const Fleet& fleet, std::string_view metric, std::string_view label, std::string_view value, int64_t time_ms) {
    double total = 0;
    for (const auto& series : fleet.series()) {
        if (series.labels.view().metric_name() == metric && series.labels.get(label) == value)
            total += fleet.value(series, time_ms).value_or(0);
    }
    return total;
}

}  // namespace

TEST_CASE("the fleet is small, all of it is tagged, and no two series are one") {
    const Fleet fleet(SINCE);
    CHECK(fleet.series().size() > 1'500);
    CHECK(fleet.series().size() < 2'500);
    std::set<std::string> seen;
    std::set<std::string> names;
    std::set<std::string> services;
    for (const auto& series : fleet.series()) {
        CAPTURE(series.labels.to_string());
        CHECK(seen.insert(series.labels.bytes()).second);
        CHECK(series.labels.get("demo") == "true");
        names.insert(std::string(series.labels.view().metric_name()));
        services.insert(std::string(series.labels.get("service")));
    }
    CHECK(services.size() == 9);  // eight, and "" of the hosts
    std::set<std::string> described;
    for (const auto& metadata : fleet.metadata())
        CHECK(described.insert(metadata.name).second);
    for (const std::string& name : names) {
        CAPTURE(name);
        const size_t suffix = name.starts_with("http_server_request_duration_seconds") ? name.rfind('_') : name.size();
        CHECK(described.contains(name.substr(0, suffix)));
    }
}

TEST_CASE("counters never fall and gauges stay finite, over three hours") {
    const Fleet fleet(SINCE);
    for (const auto& series : fleet.series()) {
        const std::string_view name = series.labels.view().metric_name();
        const bool counter = name.ends_with("_total") || name.starts_with("http_server");
        double before = -1;
        for (int64_t t = SINCE - Fleet::HISTORY_MS; t < SINCE + 2 * Fleet::HISTORY_MS; t += 300'000) {
            const auto value = fleet.value(series, t);
            if (!value) continue;
            CHECK(std::isfinite(*value));
            if (!(*value >= 0) || (counter && *value < before)) FAIL_CHECK(series.labels.to_string(), " at ", t);
            before = *value;
        }
    }
}

TEST_CASE("buckets are cumulative at every time and in every span, and the last one counts all") {
    const Fleet fleet(SINCE);
    for (const auto& [from, to] :
         {std::pair(SINCE - 7'200'000, SINCE), std::pair(SINCE - 300'000, SINCE), std::pair(SINCE - 10'000, SINCE)}) {
        std::map<std::string, double> last;  // by labels without le
        std::map<std::string, double> counts;
        for (const auto& series : fleet.series()) {
            const std::string_view name = series.labels.view().metric_name();
            model::LabelsBuilder builder(series.labels);
            builder.erase("le").erase(model::METRIC_NAME);
            const std::string key = builder.build().bytes();
            const double value = fleet.value(series, to).value_or(0) - fleet.value(series, from).value_or(0);
            if (name.ends_with("_bucket")) {
                CHECK(value >= last[key]);
                last[key] = value;
            }
            if (name == "http_server_request_duration_seconds_count") counts[key] = value;
        }
        CHECK(counts.size() == last.size());
        for (const auto& [key, count] : counts)
            CHECK(last[key] == count);
    }
}

TEST_CASE("the hour before the start holds a slow deploy and an error burst") {
    const Fleet fleet(SINCE);
    const auto mean = [&](int64_t from, int64_t to) {
        const auto grown = [&](std::string_view metric) {
            return sum(fleet, metric, "http_route", "/checkout", to) -
                   sum(fleet, metric, "http_route", "/checkout", from);
        };
        return grown("http_server_request_duration_seconds_sum") / grown("http_server_request_duration_seconds_count");
    };
    constexpr int64_t MINUTE = 60'000;
    CHECK(mean(SINCE - 39 * MINUTE, SINCE - 31 * MINUTE) > 2 * mean(SINCE - 55 * MINUTE, SINCE - 45 * MINUTE));
    const auto errors = [&](int64_t from, int64_t to) {
        const auto at = [&](int64_t t) {
            return sum(fleet, "http_server_request_duration_seconds_count", "http_response_status_code", "500", t);
        };
        return (at(to) - at(from)) / static_cast<double>(to - from);
    };
    CHECK(errors(SINCE - 14 * MINUTE, SINCE - 10 * MINUTE) > 2 * errors(SINCE - 24 * MINUTE, SINCE - 20 * MINUTE));
    CHECK(sum(fleet, "shop_order_queue_depth", "service", "checkout", SINCE - 12 * MINUTE) > 40);
}

TEST_CASE("one host falls silent, and who scrapes it sees it down") {
    const Fleet fleet(SINCE);
    const auto speaks = [&](int64_t t) {
        return std::count_if(fleet.series().begin(), fleet.series().end(), [&](const auto& s) {
            return s.labels.get("instance") == "backup-1:9100" && fleet.value(s, t).has_value();
        });
    };
    CHECK(speaks(SINCE - Fleet::SILENT_MS - 1) > 50);
    CHECK(speaks(SINCE - Fleet::SILENT_MS) == 1);
    CHECK(sum(fleet, "up", "instance", "backup-1:9100", SINCE - Fleet::SILENT_MS - 1) == 1);
    CHECK(sum(fleet, "up", "instance", "backup-1:9100", SINCE) == 0);
}

TEST_CASE("an integral is the sum of its rate, and an incident counts its own seconds") {
    const Wave wave(10, 0.4, 7);
    double added = 0;
    for (int i = 0; i < 3'000; ++i)
        added += wave.at(i + 0.5);
    CHECK(wave.integral(3'000) == doctest::Approx(added).epsilon(1e-4));
    const Incident incident{.period_s = 100, .offset_s = 90, .width_s = 10};
    CHECK(incident.active_s(89) == 0);
    CHECK(incident.active_s(95) == 5);
    CHECK(incident.active_s(295) == 25);
    CHECK(incident.active(195));
    CHECK_FALSE(incident.active(5));
    CHECK(log_normal_share(0.1, 0.1, 0.5) == doctest::Approx(0.5));
}
