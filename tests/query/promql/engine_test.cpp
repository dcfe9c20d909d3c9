#include "query/promql/engine.h"

#include "base/clock.h"
#include "query/workers.h"
#include "support/memory_source.h"

#include <doctest/doctest.h>

using namespace belfry;
using promql::Engine;

namespace {

struct Fixture {
    test::MemorySource source;
    query::Workers workers{1};
    Engine engine{source, workers};
    Fixture() {
        for (int series = 0; series < 300; series++) {
            model::SampleColumns samples;
            for (int64_t t = 0; t < 3'600'000; t += 10'000) {
                samples.times_ms.push_back(t);
                samples.values.push_back(static_cast<double>(t / 10'000 % 17 + series));
            }
            source.add({{"__name__", "x"}, {"n", fmt::format("{}", series)}, {"group", fmt::format("{}", series % 7)}}, std::move(samples));
        }
    }
    Result<promql::QueryResult> range(std::string_view text, query::BudgetLimits limits = {}) {
        query::Budget budget(limits, system_clock());
        return engine.run_range(text, {600'000, 3'000'000, 60'000}, {}, budget);
    }
};

}  // namespace

TEST_CASE("a query past its budget is refused, whatever the number of threads") {
    Fixture f;
    CHECK(f.range("sum(x)").ok());
    const auto samples = f.range("sum by (group) (rate(x[5m]))", {.samples_max = 1000});
    REQUIRE_FALSE(samples.ok());
    CHECK(samples.error().code == Code::exhausted);
    CHECK(f.range("x", {.series_max = 10}).error().code == Code::exhausted);
    CHECK(f.range("x", {.memory_bytes_max = 1000}).error().code == Code::exhausted);
    query::Budget budget({}, system_clock());
    budget.cancel();
    CHECK(f.engine.run_instant("sum(x)", 1000, {}, budget).error().code == Code::unavailable);
}

TEST_CASE("a range query of too many steps, a bad step and a subquery without end are refused") {
    Fixture f;
    query::Budget budget({}, system_clock());
    CHECK(f.engine.run_range("x", {0, 12'000'000, 1'000}, {}, budget).error().code == Code::invalid);
    CHECK(f.engine.run_range("x", {0, 1000, 0}, {}, budget).error().code == Code::invalid);
    CHECK(f.engine.run_range("x", {INT64_MIN, INT64_MAX, 1000}, {}, budget).error().code == Code::invalid);
    CHECK(f.engine.run_range("x[5m]", {0, 1000, 1000}, {}, budget).error().code == Code::invalid);
    CHECK(f.engine.run_instant("count_over_time(vector(1)[100y:1ms])", 0, {}, budget).error().code == Code::exhausted);
    CHECK(f.engine.run_instant("sum(", 0, {}, budget).error().code == Code::invalid);
}

TEST_CASE("the answer does not depend on the number of threads") {
    Fixture f;
    query::Workers alone(0);
    query::Workers four(3);
    for (const std::string_view text : {"sum by (group) (rate(x[5m]))", "avg(x)", "stddev(x)", "topk(3, x)", "max by (group) (max_over_time(x[10m]))"}) {
        query::Budget a({}, system_clock());
        query::Budget b({}, system_clock());
        const auto one = Engine(f.source, alone).run_range(text, {600'000, 3'000'000, 60'000}, {}, a);
        const auto many = Engine(f.source, four).run_range(text, {600'000, 3'000'000, 60'000}, {}, b);
        REQUIRE(one.ok());
        REQUIRE(many.ok());
        REQUIRE(one->series.size() == many->series.size());
        CHECK(one->stats.samples == many->stats.samples);
        for (size_t s = 0; s < one->series.size(); s++) {
            CHECK(one->series[s].labels == many->series[s].labels);
            for (size_t i = 0; i < one->series[s].samples.size(); i++)
                CHECK(one->series[s].samples.values[i] == doctest::Approx(many->series[s].samples.values[i]).epsilon(1e-12));
        }
    }
}

TEST_CASE("workers call every part once, also when runs overlap") {
    query::Workers workers(3);
    std::vector<std::thread> callers;
    std::atomic<int> total{0};
    for (int c = 0; c < 4; c++)
        callers.emplace_back([&] {
            for (int k = 0; k < 200; k++) workers.run(5, [&](size_t) { total++; });
        });
    for (std::thread& caller : callers) caller.join();
    CHECK(total == 4 * 200 * 5);
}
