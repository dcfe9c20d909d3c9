#include "base/number.h"

#include <doctest/doctest.h>

using namespace belfry;

TEST_CASE("durations parse with units from large to small and print in the shortest exact form") {
    CHECK(parse_duration_ms("1h30m") == 5'400'000);
    CHECK(parse_duration_ms("250ms") == 250);
    CHECK(parse_duration_ms("90") == 90'000);
    CHECK(parse_duration_ms("100y") == 100 * 31'536'000'000);
    CHECK_FALSE(parse_duration_ms("30m1h"));
    CHECK_FALSE(parse_duration_ms(""));
    CHECK_FALSE(parse_duration_ms("5x"));
    CHECK_FALSE(parse_duration_ms("9999999999999y"));
    CHECK(format_duration_ms(5'400'000) == "1h30m");
    CHECK(format_duration_ms(90 * 86'400'000LL) == "90d");
    CHECK(format_duration_ms(0) == "0s");
    for (const int64_t ms : {1LL, 999LL, 60'000LL, 3'661'001LL, 31'536'000'000LL}) CHECK(parse_duration_ms(format_duration_ms(ms)) == ms);
}

TEST_CASE("doubles print in the shortest form that reads back") {
    CHECK(format_double(0.1) == "0.1");
    CHECK(format_double(1e21) == "1e+21");
    CHECK(format_double(123456789.0) == "123456789");
    CHECK(format_double(-0.0) == "-0");
    CHECK(format_double(std::numeric_limits<double>::infinity()) == "+Inf");
    CHECK(format_double(5e-324) == "5e-324");
    CHECK(parse_double("0x1p-3") == 0.125);
    CHECK(parse_double("+Inf") == std::numeric_limits<double>::infinity());
    CHECK(std::isnan(*parse_double("nan")));
    CHECK_FALSE(parse_double("1.2.3"));
    CHECK_FALSE(parse_double("+-1"));
    CHECK_FALSE(parse_double(""));
    CHECK(*parse_double("1e400") == std::numeric_limits<double>::infinity());
}

TEST_CASE("byte sizes take decimal and binary units") {
    CHECK(parse_bytes("64KiB") == 65536);
    CHECK(parse_bytes("10 GB") == 10'000'000'000);
    CHECK(parse_bytes("1.5kB") == 1500);
    CHECK(parse_bytes("7") == 7);
    CHECK_FALSE(parse_bytes("GB"));
    CHECK_FALSE(parse_bytes("5 apples"));
}
