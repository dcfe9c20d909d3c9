#include "ingest/otlp/delta.h"

#include <doctest/doctest.h>

using namespace belfry;
using namespace belfry::ingest::otlp;

namespace {

Point point(uint64_t start_s, uint64_t time_s) {
    Point out;
    out.start_ns = start_s * 1'000'000'000;
    out.time_ns = time_s * 1'000'000'000;
    return out;
}

}  // namespace

TEST_CASE("a stream that two requests have at once is refused to the second, and free again afterwards") {
    ManualClock clock{1'000'000};
    DeltaStreams streams(clock, 10, 60'000);
    const Hash128 key{1, 2};
    DeltaStreams::Sum sum;
    {
        DeltaStreams::Transaction first(streams);
        CHECK(first.add_number(key, point(1, 2), 5, &sum) == DeltaVerdict::taken);
        CHECK(first.add_number(key, point(2, 3), 5, &sum) == DeltaVerdict::taken);
        CHECK(sum.number == 10);
        DeltaStreams::Transaction second(streams);
        CHECK(second.add_number(key, point(3, 4), 1, &sum) == DeltaVerdict::busy);
    }
    CHECK(streams.size() == 0);  // dropped: nothing was stored
    DeltaStreams::Transaction third(streams);
    CHECK(third.add_number(key, point(2, 3), 5, &sum) == DeltaVerdict::taken);
    CHECK(sum.number == 5);
    third.commit();
    CHECK(streams.size() == 1);
    DeltaStreams::Transaction fourth(streams);
    CHECK(fourth.add_number(key, point(1, 9), 5, &sum) == DeltaVerdict::out_of_order);  // began before the stream did
    CHECK(fourth.add_number(key, point(2, 3), 5, &sum) == DeltaVerdict::out_of_order);
    CHECK(fourth.add_number(key, point(3, 4), 5, &sum) == DeltaVerdict::taken);
    CHECK(sum.number == 10);
}

TEST_CASE("sums of exponential histograms stay within their buckets") {
    Distribution a;
    a.exponential = true;
    a.scale = 8;
    a.count = 1;
    a.positive = {-270'000, {1}};
    Distribution b = a;
    b.positive = {260'000, {1}};
    REQUIRE(a.add(b));
    CHECK(a.positive.counts.size() <= static_cast<size_t>(BUCKETS_MAX));
    CHECK(a.scale >= 0);
    CHECK(a.count == 2);
    Distribution other;
    other.bounds = {1};
    other.bucket_counts = {0, 0};
    Distribution wider;
    wider.bounds = {1, 2};
    wider.bucket_counts = {0, 0, 0};
    CHECK(!other.add(wider));
}
