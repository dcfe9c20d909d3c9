#include "alarm/anomaly/forecaster.h"

#include "alarm/anomaly/interval.h"

#include <doctest/doctest.h>

#include <cmath>

namespace belfry::alarm {
namespace {

void learn(Forecaster& f, std::initializer_list<double> values) {
    for (const double v : values)
        f.learn(std::isnan(v) ? std::nullopt : std::optional(v));
}
doctest::Approx near(double v) {
    return doctest::Approx(v).epsilon(1e-9);
}

}  // namespace

TEST_CASE("the weighted mean moves by its part towards each value") {
    Ewma f(0.25);
    CHECK(!f.expected());
    learn(f, {8});
    CHECK(f.expected() == 8.0);
    learn(f, {12, NAN});
    CHECK(f.expected() == 9.0);
    learn(f, {1});
    CHECK(f.expected() == 7.0);
    Ewma started(0.5, 4);
    CHECK(started.expected() == 4.0);
}

TEST_CASE("the probabilistic mean is the plain mean at first, and then hardly follows what is unlikely") {
    Pewma f(0.15, 1, 4);
    learn(f, {1, 3, 1, 3});
    CHECK(f.expected() == near(2));
    CHECK(f.deviation() == near(1));
    // z = 0: density 0.39894, so 0.60106 * 0.85 of the old is kept
    learn(f, {2});
    CHECK(f.expected() == near(2));
    CHECK(f.deviation() * f.deviation() == near((1 - 0.3989422804014327) * 0.85));
    Pewma g(0.15, 1, 4);
    learn(g, {1, 3, 1, 3});
    learn(g, {12});  // z = 10: density 7.7e-23, so 0.85 is kept
    CHECK(g.expected() == near(0.85 * 2 + 0.15 * 12));
}

TEST_CASE("level, trend and seasons begin with two cycles") {
    HoltWinters f(2, false, {.alpha = 0.5, .beta = 0.5, .gamma = 0.5});
    learn(f, {1, 5, 3, 7});
    // means 3 and 5: trend 1; level at the end 5.5; seasons -1.5 and 1.5
    CHECK(f.expected() == near(5.5 + 1 - 1.5));
    learn(f, {5});
    // as expected: the level is 6.5, the trend stays
    CHECK(f.expected() == near(6.5 + 1 + 1.5));
    learn(f, {11});
    // level 0.5 * 9.5 + 0.5 * 7.5 = 8.5, trend 0.5 * 2 + 0.5 * 1 = 1.5, next season -1.5
    CHECK(f.expected() == near(8.5 + 1.5 - 1.5));
}

TEST_CASE("seasons may multiply") {
    HoltWinters f(2, true, {.alpha = 0.5, .beta = 0, .gamma = 0});
    learn(f, {2, 6, 2, 6});
    CHECK(f.expected() == near(2));
    learn(f, {2});
    CHECK(f.expected() == near(6));
    learn(f, {12});  // level 0.5 * 12 / 1.5 + 0.5 * 4 = 6
    CHECK(f.expected() == near(3));
}

TEST_CASE("missing values let the seasons go on") {
    HoltWinters f(2, false, {});
    learn(f, {1, 5, 1, 5, NAN});
    CHECK(f.expected() == near(5));
    SeasonalNaive n(3);
    learn(n, {1, 2, 3});
    CHECK(n.expected() == 1.0);
    learn(n, {NAN});
    CHECK(n.expected() == 2.0);
    learn(n, {7, 8});
    CHECK(!n.expected());
    MovingAverage a(2);
    learn(a, {1});
    CHECK(!a.expected());
    learn(a, {3, NAN});
    CHECK(a.expected() == 2.0);
    learn(a, {9});
    CHECK(a.expected() == 6.0);
}

TEST_CASE("intervals are as wide as their rule says") {
    Interval plain({.kind = Interval::Kind::additive, .weak = 2, .strong = 5});
    CHECK(plain.around(10)->upper_weak == 12);
    CHECK(plain.around(10)->lower_strong == 5);
    Interval part({.kind = Interval::Kind::multiplicative, .weak = 0.1, .strong = 0.5});
    CHECK(part.around(-10)->upper_weak == near(-9));
    Interval power({.kind = Interval::Kind::power_law, .weak = 1, .strong = 2, .alpha = 3, .beta = 0.5});
    CHECK(power.around(16)->upper_strong == near(16 + 2 * 3 * 4));
    Interval welford({.weak = 3, .strong = 4, .alpha = 0.5, .warmup = 2});
    welford.learn(12, 10);
    CHECK(!welford.around(10));
    CHECK(welford.variance() == near(4));
    welford.learn(10, 10);  // 0.5 * (4 + 0)
    CHECK(welford.variance() == near(2));
    welford.learn(14, 10);  // 0.5 * (2 + 0.5 * 16)
    CHECK(welford.variance() == near(5));
    CHECK(welford.around(10)->upper_weak == near(10 + 3 * std::sqrt(5)));
}

}  // namespace belfry::alarm
