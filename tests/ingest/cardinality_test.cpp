#include "ingest/metric/cardinality.h"

#include <doctest/doctest.h>

namespace belfry::ingest {
namespace {

using model::Labels;

struct Counted {
    Cardinality c;
    explicit Counted(Cardinality::Limits limits = {}) : c(limits) {}
    void add(const Labels& labels, int32_t day = 10, std::optional<int32_t> before = std::nullopt) {
        c.count("default", labels.view(), day, before, int64_t{day} * 86'400'000);
    }
    model::CardinalityReport report(int32_t day = 10) const {
        model::CardinalityReport out;
        c.report("default", int64_t{day} * 86'400'000, 10, out);
        return out;
    }
};

Labels series(int pod, std::string_view job = "a") {
    const std::string text = fmt::format("p{}", pod);
    return Labels{{"__name__", "m"}, {"job", job}, {"pod", text}};
}

}  // namespace

TEST_CASE("series are counted by label, by value and by pair") {
    Counted t;
    for (int i = 0; i < 100; ++i)
        t.add(series(i, i < 30 ? "a" : "b"));
    const auto r = t.report();
    REQUIRE(r.labels.size() == 3);
    CHECK(r.labels[0].name == "pod");
    CHECK(r.labels[0].values == 100);
    CHECK(r.labels[0].series == 100);
    CHECK(r.labels[0].new_values.back() == 100);
    CHECK(r.labels[0].newest_values.at(0) == "p99");
    CHECK(r.pairs.at(0).series == 100);
    CHECK(r.pairs.at(1).value == "b");
    CHECK(r.pairs.at(1).series == 70);
    CHECK(r.pairs.at(2).series == 30);
    CHECK(r.labels_count == 3);
    CHECK(r.pairs_count == 103);
    model::CardinalityReport other;
    t.c.report("other", 0, 10, other);
    CHECK(other.labels.empty());
}

TEST_CASE("counts follow the days on which series are logged") {
    Counted t;
    for (int i = 0; i < 10; ++i)
        t.add(series(i), 10);
    for (int i = 0; i < 4; ++i)
        t.add(series(i), 11, 10);  // once more on the next day
    CHECK(t.report(11).labels[0].values == 10);
    CHECK(t.report(11).labels[0].series == 10);
    t.add(series(0), 11, 11);  // counted already
    CHECK(t.report(11).labels[0].series == 10);
    t.c.turn_day(12);
    CHECK(t.report(12).labels[0].values == 4);
    CHECK(t.report(12).labels[0].series == 4);
    t.c.turn_day(13);
    CHECK(t.report(13).labels.empty());
    t.add(series(1), 13);
    CHECK(t.report(13).labels[0].values == 1);
    t.c.turn_day(20);
    CHECK(t.report(20).labels.empty());
}

TEST_CASE("seeds of yesterday and today come in any order") {
    Counted t;
    t.add(series(1), 10);
    t.add(series(2), 11);
    t.add(series(3), 10);
    t.add(series(4), 9);  // too old to count
    CHECK(t.report(11).labels[0].values == 3);
    t.c.turn_day(12);
    CHECK(t.report(12).labels[0].values == 1);
}

TEST_CASE("what was not taken is not counted") {
    Counted t;
    t.add(series(1), 10);
    t.add(series(1), 11, 10);
    t.c.uncount("default", series(1).view(), 11, 10);
    CHECK(t.report(11).labels[0].series == 1);
    t.c.turn_day(12);
    CHECK(t.report(12).labels.empty());
    t.add(series(2), 12);
    t.c.uncount("default", series(2).view(), 12, std::nullopt);
    CHECK(t.report(12).labels.empty());
}

TEST_CASE("a label may have only so many values, known ones go on") {
    Counted t({.values_per_label = 3});
    for (int i = 0; i < 3; ++i)
        t.add(series(i));
    CHECK(t.c.over_limit("default", series(1).view()).empty());
    CHECK(t.c.over_limit("default", series(3).view()) == "pod");
    CHECK(t.c.over_limit("other", series(3).view()).empty());
    t.c.turn_day(12);
    CHECK(t.c.over_limit("default", series(3).view()).empty());
    CHECK(t.c.largest_label().used == 0);
}

TEST_CASE("memory is bounded, and it is said when not all is counted") {
    Counted t({.pairs_max = 1'000});
    for (int i = 0; i < 5'000; ++i)
        t.add(series(i));
    CHECK(!t.report().complete);
    CHECK(t.c.pairs() == 1'000);
    CHECK(t.c.memory_bytes() < 200'000);
    t.c.turn_day(11);
    CHECK(t.report(11).complete);
}

TEST_CASE("the texts of the values with the most series are kept") {
    Counted t;
    for (int i = 0; i < 200; ++i)
        t.add(Labels{{"__name__", fmt::format("m{}", i)}, {"v", fmt::format("rare{}", i)}});
    for (int i = 0; i < 200; ++i)
        t.add(Labels{{"__name__", fmt::format("n{}", i)}, {"v", "often"}});
    const auto r = t.report();
    const auto v = std::find_if(r.labels.begin(), r.labels.end(), [](const auto& l) { return l.name == "v"; });
    REQUIRE(v != r.labels.end());
    CHECK(v->top.at(0).value == "often");
    CHECK(v->top.at(0).series == 200);
    CHECK(v->values == 201);
}

TEST_CASE("examples of what came and what was refused are kept, a few") {
    Counted t;
    for (int i = 0; i < 200; ++i)
        t.c.created("default", series(i).view(), "influx", 1'000, true);
    for (int i = 0; i < 200; ++i)
        t.c.refused("default", series(i).view(), "pod", "metric.max_values_per_label", "", 1'000 + i * 1'000);
    model::CardinalityReport r;
    t.c.report("default", 200'000, 10, r);
    CHECK(r.created_examples.size() == Cardinality::EXAMPLES_MAX);
    CHECK(r.created_examples[0].series == R"(m{job="a",pod="p199"})");
    CHECK(r.refused_examples[0].receiver == "other");
    CHECK(r.refused_examples[0].limit == "metric.max_values_per_label");
    CHECK(r.refused_total == 200);
    CHECK(r.receivers.at(0).series == 200);
}

TEST_CASE("a ring of minutes forgets") {
    MinuteRing ring;
    ring.add(100, 5);
    ring.add(101, 2);
    CHECK(ring.at(101).back() == 2);
    CHECK(ring.sum(101) == 7);
    CHECK(ring.sum(109) == 7);
    CHECK(ring.sum(110) == 2);
    ring.add(500);
    CHECK(ring.sum(500) == 1);
    CHECK(ring.at(400) == model::MinuteCounts{});
}

}  // namespace belfry::ingest
