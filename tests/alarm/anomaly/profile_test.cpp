#include "alarm/anomaly/profile.h"

#include "alarm/anomaly/until.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

namespace belfry::alarm {
namespace {

double noise(size_t i) {
    uint64_t z = (i + 1) * 0x9e3779b97f4a7c15ULL;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    return static_cast<double>(z >> 40) / 16'777'216.0 - 0.5;
}

History waves(size_t count, double cycle, double slope, double rough) {
    History out;
    for (size_t i = 0; i < count; ++i) {
        const auto x = static_cast<double>(i);
        out.emplace_back(50 + slope * x + 10 * std::sin(2 * std::numbers::pi * x / cycle) + rough * noise(i));
    }
    return out;
}

}  // namespace

TEST_CASE("a season is found under noise and trend, also in long histories") {
    CHECK(find_cycle(waves(500, 24, 0, 2)) == 24);
    CHECK(find_cycle(waves(500, 24, 0.2, 5)) == 24);
    const size_t day = find_cycle(waves(10'000, 1'440, 0.01, 4));
    CHECK(std::llabs(static_cast<long long>(day) - 1'440) <= 15);
    History holes = waves(500, 24, 0, 2);
    for (size_t i = 0; i < 500; i += 7)
        holes[i].reset();
    CHECK(find_cycle(holes) == 24);
}

TEST_CASE("there is no season in noise, in a line or in nothing") {
    CHECK(find_cycle(waves(400, 1e12, 0, 5)) == 0);
    CHECK(find_cycle(waves(400, 1e12, 1, 0)) == 0);
    CHECK(find_cycle({}) == 0);
    CHECK(find_cycle(History(100, 5.0)) == 0);
}

TEST_CASE("the model is chosen by its errors over the history") {
    // strong seasons with a sharp edge: yesterday knows best
    History edges;
    for (size_t i = 0; i < 600; ++i)
        edges.emplace_back((i % 24 < 8 ? 100.0 : 5.0) + noise(i));
    const Choice seasonal = choose_detector({}, edges);
    CHECK(seasonal.cycle == 24);
    CHECK((seasonal.spec.type == "seasonal_naive" || seasonal.spec.type == "holt_winters"));
    CHECK(seasonal.spec.numbers.at("cycle") == 24);
    CHECK(seasonal.errors.size() == 7);
    CHECK(seasonal.errors.front().second < 1);
    // noise around a constant: a mean is better than the last value
    const Choice flat = choose_detector({}, waves(600, 1e12, 0, 5));
    CHECK((flat.spec.type == "ewma" || flat.spec.type == "pewma" || flat.spec.type == "sma"));
    // a walk: the last value is the best there is
    History walk;
    double at = 0;
    for (size_t i = 0; i < 600; ++i)
        walk.emplace_back(at += noise(i));
    CHECK(choose_detector({}, walk).spec.type == "naive");
    CHECK(choose_detector({}, {}).spec.type == "ewma");
}

TEST_CASE("a detector of seasons without any in the history falls back to the mean") {
    CHECK(settle_detector({.type = "holt_winters"}, waves(600, 1e12, 0, 5)).spec.type == "ewma");
    const Choice given = settle_detector({.type = "seasonal_naive", .numbers = {{"cycle", 12}}}, {});
    CHECK(given.spec.type == "seasonal_naive");
    CHECK(given.cycle == 12);
}

TEST_CASE("a robust line does not turn for a burst, and tells when a limit is reached") {
    std::vector<model::Sample> points;
    for (int i = 0; i < 60; ++i)
        points.push_back({.time_ms = i * 60'000, .value = 100.0 + i * 6 + (i > 50 && i < 55 ? 5'000 : 0)});
    const auto trend = robust_trend(points);
    REQUIRE(trend);
    CHECK(trend->slope_per_s == doctest::Approx(0.1));
    CHECK(trend->level == doctest::Approx(454));
    CHECK(seconds_until(*trend, 554, true) == doctest::Approx(1'000));
    CHECK(seconds_until(*trend, 400, true) == 0);
    CHECK(std::isinf(seconds_until(*trend, 400, false)));
    CHECK(!robust_trend(std::span(points).first(2)));
    std::vector<model::Sample> even;
    for (int i = 0; i < 30; ++i)
        even.push_back({.time_ms = i * 1'000, .value = 10.0 - i});
    const auto smooth = smoothed_trend(even, 0.3, 0.1);
    REQUIRE(smooth);
    CHECK(smooth->slope_per_s == doctest::Approx(-1));
    CHECK(seconds_until(*smooth, -29, false) == doctest::Approx(10));
}

}  // namespace belfry::alarm
