#include "http/head.h"

#include <doctest/doctest.h>

namespace belfry::http {
namespace {

/// 0 when the head is good, else the status of its refusal.
int status_of(const std::string& text) {
    RequestHead head;
    Refusal refusal;
    return parse_head(text, &head, &refusal) ? 0 : refusal.status;
}

RequestHead good(const std::string& text) {
    RequestHead head;
    Refusal refusal;
    const bool ok = parse_head(text, &head, &refusal);
    INFO(refusal.message);
    REQUIRE(ok);
    return head;
}

std::string post(const std::string& headers) {
    return "POST /w HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n";
}

TEST_CASE("a head is taken apart") {
    const RequestHead head = good(
        "GET /api/v1/label/a%2Fb/values?match[]=up{a=\"b\"}&x HTTP/1.1\r\nHOST: h:1\r\nAccept:  a \r\nAccept: "
        "b\r\nCookie: c=1\r\ncookie: d=2\r\n\r\n");
    CHECK(head.method == "GET");
    CHECK(head.path == "/api/v1/label/a/b/values");
    CHECK(head.query == "match[]=up{a=\"b\"}&x");
    CHECK(head.authority == "h:1");
    CHECK(head.headers.at("accept") == "a, b");
    CHECK(head.headers.at("cookie") == "c=1; d=2");
    CHECK(head.keep_alive);
    CHECK(!head.has_body());
}

TEST_CASE("the absolute form names its host itself, and Host must agree") {
    CHECK(good("GET http://h:80/x?y=1 HTTP/1.1\r\nHost: h:80\r\n\r\n").path == "/x");
    CHECK(good("GET http://h?y=1 HTTP/1.1\r\nHost: h\r\n\r\n").path == "/");
    CHECK(status_of("GET http://evil/x HTTP/1.1\r\nHost: h\r\n\r\n") == 400);
    CHECK(status_of("GET ftp://h/x HTTP/1.1\r\nHost: h\r\n\r\n") == 400);
    CHECK(status_of("GET x HTTP/1.1\r\nHost: h\r\n\r\n") == 400);
}

TEST_CASE("a body has one framing or the request is refused") {
    CHECK(good(post("Content-Length: 5\r\n")).content_length == 5);
    CHECK(good(post("Transfer-Encoding: Chunked\r\n")).chunked);
    CHECK(status_of(post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")) == 400);
    CHECK(status_of(post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n")) == 400);
    CHECK(status_of(post("Content-Length: 5\r\nContent-Length: 6\r\n")) == 400);
    CHECK(status_of(post("Content-Length: 5\r\nContent-Length: 5\r\n")) == 400);
    CHECK(status_of(post("Content-Length: 5, 5\r\n")) == 400);
    for (const char* length : {"-1", "+5", "0x5", "5 5", "", "5;", " 5\t5"})
        CHECK(status_of(post(fmt::format("Content-Length: {}\r\n", length))) == 400);
    CHECK(status_of(post("Content-Length: 99999999999999999999\r\n")) == 413);
    for (const char* encoding : {"gzip, chunked", "chunked, chunked", "identity", "xchunked", "chunked;q=1", ""})
        CHECK(status_of(post(fmt::format("Transfer-Encoding: {}\r\n", encoding))) == 501);
    CHECK(status_of(post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n")) == 400);
    CHECK(status_of("POST /w HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") == 400);
}

TEST_CASE("what two parsers could read differently is refused") {
    CHECK(status_of("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n") == 400);
    CHECK(status_of("GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n") == 400);
    CHECK(status_of("GET / HTTP/1.1\r\n\r\n") == 400);
    CHECK(status_of("GET / HTTP/1.1\r\nHost: a b\r\n\r\n") == 400);
    CHECK(status_of("GET / HTTP/1.1\r\nHost: user@a\r\n\r\n") == 400);
    CHECK(status_of("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n") == 400);
    CHECK(status_of(post("X: a\r\n b\r\n")) == 400);  // folded
    CHECK(status_of(post("X : a\r\n")) == 400);       // space before the colon
    CHECK(status_of(post("Content-Length : 5\r\n")) == 400);
    CHECK(status_of(post(": a\r\n")) == 400);
    CHECK(status_of(post("X\r\n")) == 400);
    CHECK(status_of(post(std::string("X: a\0b\r\n", 8))) == 400);
    CHECK(status_of(post("X: a\rb\r\n")) == 400);
    CHECK(status_of(post("X: a\nContent-Length: 5\r\n")) == 400);
    CHECK(status_of(post("X\x01: a\r\n")) == 400);
    CHECK(status_of("GET /\x01 HTTP/1.1\r\nHost: h\r\n\r\n") == 400);
    CHECK(status_of("GET /%00 HTTP/1.1\r\nHost: h\r\n\r\n") == 400);
    CHECK(status_of("GET /%0d%0a HTTP/1.1\r\nHost: h\r\n\r\n") == 400);
    CHECK(status_of("GET /%4 HTTP/1.1\r\nHost: h\r\n\r\n") == 400);
    CHECK(status_of("GET /a b HTTP/1.1\r\nHost: h\r\n\r\n") == 400);
    CHECK(status_of("GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n") == 400);
    CHECK(status_of("GET  / HTTP/1.1\r\nHost: h\r\n\r\n") == 400);
    CHECK(status_of("G(T / HTTP/1.1\r\nHost: h\r\n\r\n") == 400);
}

TEST_CASE("limits have their own statuses") {
    CHECK(status_of("GET /" + std::string(TARGET_BYTES_MAX, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n") == 414);
    std::string many;
    for (size_t i = 0; i < HEADERS_MAX; ++i)
        many += "X: y\r\n";
    CHECK(status_of(post(many)) == 431);
    CHECK(status_of("GET / HTTP/2.0\r\nHost: h\r\n\r\n") == 505);
    CHECK(status_of("GET / HTTP/1.2\r\nHost: h\r\n\r\n") == 505);
    CHECK(status_of("GET / FTP/1.1\r\nHost: h\r\n\r\n") == 400);
    CHECK(status_of("CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\n\r\n") == 501);
    CHECK(status_of(post("Expect: 200-ok\r\n")) == 417);
}

TEST_CASE("keep-alive follows the version and Connection") {
    CHECK(!good(post("Connection: foo, Close\r\n")).keep_alive);
    CHECK(!good("GET / HTTP/1.0\r\n\r\n").keep_alive);
    CHECK(good("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").keep_alive);
}

TEST_CASE("the end of a head is found across pieces, and a bare LF at once") {
    const std::string head = "GET / HTTP/1.1\r\nHost: h\r\n\r\nrest";
    size_t scanned = 0;
    bool bare_lf = false;
    for (size_t size = 1; size < head.size() - 4; ++size)
        CHECK(find_head_end(std::string_view(head).substr(0, size), &scanned, &bare_lf) == 0);
    CHECK(find_head_end(head, &scanned, &bare_lf) == head.size() - 4);
    CHECK(!bare_lf);
    scanned = 0;
    CHECK(find_head_end("GET / HTTP/1.1\n", &scanned, &bare_lf) == 0);
    CHECK(bare_lf);
}

}  // namespace
}  // namespace belfry::http
