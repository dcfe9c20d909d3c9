#include "http/url.h"

#include <doctest/doctest.h>

namespace belfry::http {
namespace {

TEST_CASE("percent-encoding goes there and back") {
    std::string all;
    for (int i = 0; i < 256; ++i)
        all.push_back(static_cast<char>(i));
    CHECK(percent_decode(percent_encode(all), true).value() == all);
    CHECK(percent_decode("a+b%20c", true).value() == "a b c");
    CHECK(percent_decode("a+b%2Bc", false).value() == "a+b+c");
    for (const char* bad : {"%", "%4", "%4g", "%u0041", "a%"})
        CHECK(!percent_decode(bad, true).ok());
}

TEST_CASE("a form keeps order, repetition and unencoded selectors") {
    Params params;
    REQUIRE(parse_form("match[]=up{a=\"b\"}&&match[]=down&x&=y&q=a%26b", 10, &params).ok());
    CHECK(params.all("match[]") == std::vector<std::string>{"up{a=\"b\"}", "down"});
    CHECK(params.get("x") == "");
    CHECK(params.get("q") == "a&b");
    CHECK(params.items().size() == 5);
    CHECK(!params.get("missing"));
    const auto many = parse_form("a&b&c", 2, &params);
    REQUIRE(!many.ok());
    CHECK(many.error().code == Code::exhausted);
}

TEST_CASE("only the first question mark begins the query") {
    CHECK(parse_target("/a?b?c=d").value().query == "b?c=d");
    CHECK(parse_target("/a/../b").value().path == "/a/../b");
}

}  // namespace
}  // namespace belfry::http
