#include "codec/time_column.h"

#include <doctest/doctest.h>

#include <random>

using namespace belfry;
using Times = std::vector<int64_t>;

namespace {

// The encoded size; 0 when the times did not come back.
size_t round_trip(const Times& times) {
    std::string bytes;
    codec::encode_times(times, bytes);
    Times back(times.size());
    if (!codec::decode_times(bytes, back).ok() || back != times) return 0;
    for (size_t cut = 0; cut < bytes.size(); cut++)
        CHECK_FALSE(codec::decode_times(std::string_view(bytes).substr(0, cut), back).ok());
    CHECK_FALSE(codec::decode_times(bytes + "x", back).ok());
    return bytes.size();
}

Times regular(size_t count, int64_t step) {
    Times out(count);
    for (size_t i = 0; i < count; i++)
        out[i] = 1'795'309'440'123 + step * static_cast<int64_t>(i);
    return out;
}

}  // namespace

TEST_CASE("regular times take about nine bytes") {
    CHECK(round_trip(regular(180, 10'000)) <= 10);
    CHECK(round_trip(regular(1, 0)) <= 8);
    CHECK(round_trip(regular(2, 15'000)) <= 10);
}

TEST_CASE("jitter of 5 ms costs less than five bits a time, gaps a few bytes each") {
    std::mt19937_64 rng(1);
    Times times = regular(720, 10'000);
    for (int64_t& t : times)
        t += static_cast<int64_t>(rng() % 11) - 5;
    CHECK(round_trip(times) <= 430);
    Times gapped = regular(720, 10'000);
    for (size_t i = 300; i < gapped.size(); i++)
        gapped[i] += 90'000;
    gapped.erase(gapped.begin() + 100, gapped.begin() + 103);
    CHECK(round_trip(gapped) <= 60);
}

TEST_CASE("any integers come back, both ends of the range included") {
    std::mt19937_64 rng(2);
    for (const size_t n : {1UL, 2UL, 3UL, 4UL, 128UL, 129UL, 500UL}) {
        Times times(n);
        for (int64_t& t : times)
            t = static_cast<int64_t>(rng()) >> (rng() % 64);
        CHECK(round_trip(times) > 0);
        for (int64_t& t : times)
            t = rng() % 2 == 0 ? INT64_MIN : INT64_MAX;
        CHECK(round_trip(times) > 0);
    }
    Times back;
    CHECK(codec::decode_times("", back).ok());
    CHECK_FALSE(codec::decode_times("x", back).ok());
}

TEST_CASE("the hash tells columns apart and equal ones together") {
    const Times a = regular(100, 10'000);
    Times b = a;
    CHECK(codec::hash_times(a) == codec::hash_times(b));
    b[50]++;
    CHECK(codec::hash_times(a) != codec::hash_times(b));
    CHECK(codec::hash_times(std::span<const int64_t>(a).first(99)) != codec::hash_times(a));
}
