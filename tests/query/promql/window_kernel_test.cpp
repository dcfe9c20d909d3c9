// Sliding windows against the plain definition: every window alone, sample by sample.
#include "base/clock.h"
#include "query/promql/engine.h"
#include "query/promql/fn.h"
#include "query/promql/value_sum.h"
#include "query/workers.h"
#include "support/memory_source.h"

#include <doctest/doctest.h>

#include <random>

using namespace belfry;

namespace {

struct Sample {
    int64_t t;
    double v;
};

using Reduce = std::function<std::optional<double>(const std::vector<Sample>&)>;

std::optional<double> extreme(const std::vector<Sample>& w, bool largest) {
    if (w.empty()) return std::nullopt;
    double best = w[0].v;
    for (const Sample& s : w)
        if (std::isnan(best) || (largest ? s.v > best : s.v < best)) best = s.v;
    return best;
}

std::optional<double> sum(const std::vector<Sample>& w) {
    if (w.empty()) return std::nullopt;
    promql::CompensatedSum total;
    for (const Sample& s : w) total.add(s.v);
    return total.value();
}

bool same(double a, double b) {
    if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
    return a == b || std::fabs(a - b) <= 1e-9 * std::max(std::fabs(a), std::fabs(b));
}

}  // namespace

TEST_CASE("sliding window functions equal the plain definition on random series, ranges and steps") {
    std::mt19937_64 rng(20);
    query::Workers workers(1);
    const std::vector<std::pair<std::string, Reduce>> functions = {
        {"max_over_time", [](const auto& w) { return extreme(w, true); }},
        {"min_over_time", [](const auto& w) { return extreme(w, false); }},
        {"sum_over_time", sum},
        {"avg_over_time", [](const auto& w) -> std::optional<double> {
             if (w.empty()) return std::nullopt;
             return *sum(w) / static_cast<double>(w.size());
         }},
        {"count_over_time", [](const auto& w) -> std::optional<double> {
             if (w.empty()) return std::nullopt;
             return static_cast<double>(w.size());
         }},
        {"resets", [](const auto& w) -> std::optional<double> {
             if (w.empty()) return std::nullopt;
             double n = 0;
             for (size_t i = 1; i < w.size(); i++) n += w[i].v < w[i - 1].v ? 1 : 0;
             return n;
         }},
    };
    for (int round = 0; round < 60; round++) {
        test::MemorySource source;
        std::vector<Sample> all;
        int64_t t = static_cast<int64_t>(rng() % 1000);
        double counter = 0;
        const size_t count = rng() % 400;
        for (size_t i = 0; i < count; i++) {
            counter = rng() % 20 == 0 ? 0 : counter + static_cast<double>(rng() % 100) / 7;
            const double v = rng() % 50 == 0 ? std::numeric_limits<double>::quiet_NaN() : counter;
            all.push_back({t, round % 3 == 0 ? counter : v});
            source.add({{"__name__", "x"}}, t, all.back().v);
            t += 1 + static_cast<int64_t>(rng() % (rng() % 30 == 0 ? 60'000 : 2'000));
        }
        const int64_t range_ms = 1 + static_cast<int64_t>(rng() % 120'000);
        const int64_t step_ms = 1 + static_cast<int64_t>(rng() % (rng() % 2 == 0 ? 3'000 : 60'000));
        const promql::QueryRange range{static_cast<int64_t>(rng() % 50'000), static_cast<int64_t>(rng() % 50'000) + 100 * step_ms + 50'000, step_ms};
        for (const auto& [name, reduce] : functions) {
            const std::string text = fmt::format("{}(x[{}ms])", name, range_ms);
            query::Budget budget({}, system_clock());
            const auto result = promql::Engine(source, workers).run_range(text, range, {}, budget);
            REQUIRE(result.ok());
            std::map<int64_t, double> got;
            for (const auto& series : result->series)
                for (size_t i = 0; i < series.samples.size(); i++) got[series.samples.times_ms[i]] = series.samples.values[i];
            for (int64_t at = range.start_ms; at <= range.end_ms; at += step_ms) {
                std::vector<Sample> window;
                for (const Sample& s : all)
                    if (s.t > at - range_ms && s.t <= at) window.push_back(s);
                const auto want = reduce(window);
                CAPTURE(text);
                CAPTURE(at);
                REQUIRE(want.has_value() == got.contains(at));
                if (want) REQUIRE(same(*want, got[at]));
            }
        }
    }
}

TEST_CASE("a compensated sum in lanes equals one in order") {
    std::mt19937_64 rng(3);
    for (int round = 0; round < 200; round++) {
        std::vector<double> values(rng() % 300);
        for (double& v : values) v = std::ldexp(static_cast<double>(static_cast<int64_t>(rng())), static_cast<int>(rng() % 60) - 30);
        promql::CompensatedSum plain;
        for (const double v : values) plain.add(v);
        CHECK(same(promql::sum_of(values.data(), values.size()).value(), plain.value()));
    }
    const double big[] = {1e308, 1e308, -1e308, 5, 5, 5, 5, 5, 5};
    CHECK(promql::mean_of(big, 9) == doctest::Approx(1e308 / 9));
    const double infinite[] = {1, 2, std::numeric_limits<double>::infinity(), 4, 5, 6, 7, 8, 9};
    CHECK(std::isinf(promql::mean_of(infinite, 9)));
}

TEST_CASE("every function of the table has an implementation") {
    for (const promql::Function& function : promql::functions()) {
        CAPTURE(function.name);
        CHECK(promql::find_binding(function.id) != nullptr);
    }
}
