#include "alarm/anomaly/detector.h"

#include "alarm/anomaly/chart.h"

#include <doctest/doctest.h>

#include <cmath>

namespace belfry::alarm {
namespace {

DetectorSpec spec(std::string_view type,
                  std::map<std::string, double, std::less<>> numbers = {},
                  Tail tail = Tail::two) {
    return {.type = std::string(type), .numbers = std::move(numbers), .interval = "welford", .tail = tail};
}

/// M warm-up, N normal, W weak, S strong.
std::string levels(Detector& detector, const std::vector<double>& values) {
    std::string out;
    for (const double v : values)
        out += "MNWS"[static_cast<size_t>(detector.see(v)->level)];
    return out;
}

}  // namespace

TEST_CASE("fixed limits are plain comparisons") {
    auto d = make_detector(spec("constant", {{"upper_weak", 5}, {"upper_strong", 9}, {"lower_strong", -1}}), 0);
    CHECK(levels(*d, {0, 5, 6, 9, 10, -1, -2}) == "NNWWSNS");
    auto right = make_detector(spec("constant", {{"upper_strong", 9}, {"lower_strong", -1}}, Tail::right), 0);
    CHECK(levels(*right, {-2, 10}) == "NS");
}

TEST_CASE("a forecast with its band finds what is far off, after a warm-up") {
    auto d = make_detector(spec("ewma", {{"alpha", 0.2}, {"warmup", 20}}), 0);
    std::vector<double> values;
    for (int i = 0; i < 40; ++i)
        values.push_back(100 + (i % 2 == 0 ? 1 : -1));
    const std::string seen = levels(*d, values);
    CHECK(seen.substr(0, 21) == std::string(21, 'M'));
    CHECK(seen.substr(21) == std::string(19, 'N'));
    const auto verdict = *d->see(130);
    CHECK(verdict.level == Level::strong);
    CHECK(verdict.expected == doctest::Approx(100).epsilon(0.01));
    CHECK(verdict.score > 4);
    CHECK(!d->see(std::nullopt));
}

TEST_CASE("only the side that counts is judged") {
    for (const Tail tail : {Tail::right, Tail::left}) {
        auto d = make_detector(spec("naive", {{"warmup", 5}}, tail), 0);
        levels(*d, {1, 2, 1, 2, 1, 2, 1, 2});
        CHECK((d->see(50)->level == Level::strong) == (tail == Tail::right));
    }
}

TEST_CASE("small shifts that last add up") {
    // moving ranges of 0 2 0 2 ...: mean 2, deviation 2 / 1.128 = 1.773; slack 0.887, weak 5.32, strong 7.09
    auto d = make_detector(spec("cusum", {{"warmup", 10}}), 0);
    std::vector<double> values;
    for (int i = 0; i < 10; ++i)
        values.push_back(i % 2 == 0 ? 0 : 2);
    CHECK(levels(*d, values) == std::string(10, 'M'));
    // target 1; each 4 adds 4 - 1.887 = 2.113: 2.1, 4.2, 6.3 (weak), 8.5 (strong, and from the start)
    CHECK(levels(*d, {4, 4, 4, 4, 4, 4}) == "NNWSNN");
    auto left = make_detector(spec("cusum", {{"warmup", 10}}, Tail::left), 0);
    levels(*left, values);
    CHECK(levels(*left, {4, 4, 4, 4, -2, -2, -2, -2}) == "NNNNNNWS");
}

TEST_CASE("single values and their ranges have limits of their own") {
    // ranges 1: mean range 1, deviation 0.8865; limits 0.5 +- 2.66; range limit 3.267
    auto d = make_detector(spec("individuals", {{"warmup", 10}}), 0);
    std::vector<double> values;
    for (int i = 0; i < 10; ++i)
        values.push_back(i % 2);
    CHECK(levels(*d, values) == std::string(10, 'M'));
    CHECK(levels(*d, {1, 3, 3.2, 7, 1}) == "NNWSS");
}

TEST_CASE("a break in the level is found, noise is none") {
    const std::vector<double> values = {1, 2, 1, 3, 2, 1, 2, 1, 2, 1, 3, 1, 9, 8, 9, 10, 9, 8, 9, 9, 10, 8, 9, 9};
    const Breakout::Split split = Breakout::best_split(values, 6);
    CHECK(split.at == 12);
    CHECK(split.before == 1.5);
    CHECK(split.after == 9);
    CHECK(split.statistic == doctest::Approx(12.0 * 12 / 24 * 7.5 * 7.5));
    CHECK(Breakout::p_value(values, split, {}) <= 0.02);
    const std::vector<double> noise = {1, 2, 1, 3, 2, 1, 2, 1, 3, 2, 1, 2, 3, 1, 2, 2, 1, 3, 1, 2, 3, 2, 1, 2};
    CHECK(Breakout::p_value(noise, Breakout::best_split(noise, 6), {}) > 0.2);
    auto d = make_detector(spec("breakout", {{"buffer", 24}}), 0);
    CHECK(levels(*d, values).back() != 'N');
    auto quiet = make_detector(spec("breakout", {{"buffer", 24}}), 0);
    CHECK(levels(*quiet, noise).back() == 'N');
    auto left = make_detector(spec("breakout", {{"buffer", 24}}, Tail::left), 0);
    CHECK(levels(*left, values).back() == 'N');
}

TEST_CASE("filters let pass by the hour and by m of n") {
    constexpr int64_t HOUR = 3'600'000;
    LevelFilter day({.from_hour = 8, .to_hour = 18});
    CHECK(day.pass(Level::strong, 7 * HOUR) == Level::normal);
    CHECK(day.pass(Level::strong, 8 * HOUR) == Level::strong);
    LevelFilter night({.from_hour = 22, .to_hour = 6});
    CHECK(night.pass(Level::weak, 23 * HOUR) == Level::weak);
    CHECK(night.pass(Level::weak, 12 * HOUR) == Level::normal);
    LevelFilter most({.m = 2, .n = 3});
    CHECK(most.pass(Level::strong, 0) == Level::normal);
    CHECK(most.pass(Level::weak, 0) == Level::weak);
    CHECK(most.pass(Level::normal, 0) == Level::weak);
    CHECK(most.pass(Level::strong, 0) == Level::weak);
    CHECK(most.pass(Level::strong, 0) == Level::strong);
}

TEST_CASE("what is wrong with a detector is named") {
    const auto error = [](const DetectorSpec& s) {
        return check_detector(s).ok() ? "" : check_detector(s).error().message;
    };
    CHECK(error(spec("auto")).empty());
    CHECK(error(spec("magic")) == "there is no detector \"magic\"");
    CHECK(error(spec("ewma", {{"cycle", 3}})) == "detector ewma has no parameter \"cycle\"");
    CHECK(error(spec("ewma", {{"alpha", 2}})) == "alpha is from 0 to 1, not 2");
    CHECK(error(spec("constant")).find("needs a limit") != std::string::npos);
    CHECK(error(spec("breakout", {{"delta", 9}})) == "buffer is at least twice delta");
    for (const DetectorRow& row : detectors()) {
        if (row.type == "auto" || row.type == "constant") continue;
        auto d = make_detector(spec(row.type), 4);
        std::string seen;
        for (int i = 0; i < 200; ++i)
            seen += "MNWS"[static_cast<size_t>(d->see(10 + i % 4)->level)];
        CHECK_MESSAGE(seen.substr(100) == std::string(100, 'N'), row.type);
    }
}

}  // namespace belfry::alarm
