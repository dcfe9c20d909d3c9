#include "http/client.h"

#include <doctest/doctest.h>

using namespace belfry;
using namespace belfry::http;

TEST_CASE("a URL falls into scheme, host, port and path") {
    auto url = parse_url("http://127.0.0.1:2353/pre/fix/");
    REQUIRE(url.ok());
    CHECK(url->scheme == "http");
    CHECK(url->host == "127.0.0.1");
    CHECK(url->port == 2353);
    CHECK(url->path == "/pre/fix");
    CHECK(parse_url("http://[::1]:1")->host == "::1");
    CHECK(parse_url("http://h")->port == 80);
    for (const char* bad : {"", "h:1", "http://", "http://:1", "http://h:0", "http://h:99999", "http://h:x",
                            "http://u:p@h:1", "http://[::1", "http://h/?q"}) {
        CAPTURE(bad);
        CHECK_FALSE(parse_url(bad).ok());
    }
}

TEST_CASE("https has its own port, other schemes are refused, and a closed port is unavailable") {
    CHECK(parse_url("https://h/x")->port == 443);
    CHECK(parse_url("https://h")->authority() == "h");
    CHECK(parse_url("http://h:443")->authority() == "h:443");
    CHECK(send({.base_url = "ftp://127.0.0.1:1"}, {}).error().code == Code::invalid);
    CHECK(send({.base_url = "http://127.0.0.1:1"}, {.path = "/"}).error().code == Code::unavailable);
}
