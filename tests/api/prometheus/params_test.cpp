#include "api/prometheus/params.h"

#include <doctest/doctest.h>

namespace belfry::api {
namespace {

std::string time_or_error(std::string_view text) {
    auto time = parse_time_ms(text);
    return time ? std::to_string(*time) : time.error().message;
}

http::Request asking(std::initializer_list<std::pair<std::string, std::string>> params) {
    http::Request request;
    for (const auto& [name, value] : params)
        request.query.add(name, value);
    return request;
}

TEST_CASE("times are seconds with a fraction or RFC 3339") {
    CHECK(time_or_error("0") == "0");
    CHECK(time_or_error("1435781430.781") == "1435781430781");
    CHECK(time_or_error("1.4357814307e9") == "1435781430700");
    CHECK(time_or_error("-1.5") == "-1500");
    CHECK(time_or_error("2015-07-01T20:10:30.781Z") == "1435781430781");
    CHECK(time_or_error("2015-07-01T22:10:30.7819+02:00") == "1435781430781");
    CHECK(time_or_error("1969-12-31T23:59:59Z") == "-1000");
    CHECK(time_or_error("2024-02-29T00:00:00Z") == "1709164800000");
    for (const char* bad : {"", "x", "NaN", "Inf", "1e30", "2015-07-01", "2023-02-29T00:00:00Z", "2015-07-01T24:00:00Z",
                            "2015-07-01T20:10:30", "2015-07-01T20:10:30.Z", "2015-07-01T20:10:30Zx"}) {
        CAPTURE(bad);
        CHECK(time_or_error(bad) == "cannot parse \"" + std::string(bad) + "\" to a valid timestamp");
    }
    CHECK(*parse_time_ms("-292273086-05-16T16:47:06Z") == TIME_MIN_MS);
    CHECK(*parse_time_ms("292277025-08-18T07:12:54.999999999Z") == TIME_MAX_MS);
}

TEST_CASE("lengths are seconds or durations") {
    CHECK(*parse_length_ms("15") == 15'000);
    CHECK(*parse_length_ms("0.25") == 250);
    CHECK(*parse_length_ms("1h30m") == 5'400'000);
    CHECK(parse_length_ms("").error().message == "cannot parse \"\" to a valid duration");
    CHECK(parse_length_ms("1e30").error().message == "cannot parse \"1e30\" to a valid duration. It overflows int64");
}

TEST_CASE("parameter errors name the parameter") {
    CHECK(time_param(asking({{"time", "x"}}), "time", 0).error().message ==
          "invalid parameter \"time\": invalid time value for 'time': cannot parse \"x\" to a valid timestamp");
    CHECK(required_time_param(asking({}), "start").error().message ==
          "invalid parameter \"start\": cannot parse \"\" to a valid timestamp");
    CHECK(limit_param(asking({{"limit", "-1"}})).error().message ==
          "invalid parameter \"limit\": limit must be non-negative");
    CHECK(match_params(asking({{"match[]", "{}"}})).error().message ==
          "invalid parameter \"match[]\": match[] must contain at least one non-empty matcher");
    CHECK(match_params(asking({{"match[]", "a"}, {"match[]", "b{"}})).error().message ==
          "invalid parameter \"match[]\": 1:3: parse error: unexpected end of input inside braces");
}

TEST_CASE("ranges are half-open inside and inclusive outside") {
    CHECK(*range_params(asking({{"start", "1"}, {"end", "2"}})) == model::TimeRange{1000, 2001});
    CHECK(*range_params(asking({})) == model::TimeRange{TIME_MIN_MS, TIME_MAX_MS});
    CHECK_FALSE(range_params(asking({{"start", "2"}, {"end", "1"}})).ok());
}

TEST_CASE("escaped label names are read, others stay") {
    CHECK(unescape_label_name("job") == "job");
    CHECK(unescape_label_name("U__http_2e_status") == "http.status");
    CHECK(unescape_label_name("U__a__b") == "a_b");
    CHECK(unescape_label_name("U___1f600_") == "\xF0\x9F\x98\x80");
    for (const char* broken : {"U__a_", "U__a_zz_", "U__a_d800_", "U__a_110000_"})
        CHECK(unescape_label_name(broken) == broken);
}

}  // namespace
}  // namespace belfry::api
