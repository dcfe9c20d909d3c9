#include "codec/protobuf.h"

#include <doctest/doctest.h>

using namespace belfry;
using codec::ProtoReader;
using codec::ProtoWriter;

TEST_CASE("fields come back in order with their values") {
    std::string message;
    ProtoWriter w(message);
    w.int64(1, -5);
    w.float64(2, 1.5);
    w.bytes(300, "abc");
    ProtoReader r(message);
    REQUIRE(r.next());
    CHECK(r.field() == 1);
    CHECK(r.int64() == -5);
    REQUIRE(r.next());
    CHECK(r.float64() == 1.5);
    REQUIRE(r.next());
    CHECK(r.field() == 300);
    CHECK(r.bytes() == "abc");
    CHECK_FALSE(r.next());
    CHECK(r.ok());
}

TEST_CASE("a message cut anywhere inside a field is malformed") {
    std::string message;
    ProtoWriter w(message);
    w.int64(1, 1'000'000);
    w.float64(2, 1.5);
    w.bytes(3, "abcdef");
    const std::vector<size_t> whole = {0, 4, 13, message.size()};
    for (size_t cut = 0; cut <= message.size(); cut++) {
        ProtoReader r(std::string_view(message).substr(0, cut));
        while (r.next()) {
        }
        CHECK(r.ok() == (std::find(whole.begin(), whole.end(), cut) != whole.end()));
    }
}

TEST_CASE("a field read as another type fails the reader") {
    std::string message;
    ProtoWriter(message).varint(1, 7);
    ProtoReader r(message);
    REQUIRE(r.next());
    CHECK(r.bytes().empty());
    CHECK_FALSE(r.ok());
    CHECK_FALSE(r.next());
}

TEST_CASE("field zero, groups, overlong varints and sizes past the end are malformed") {
    for (const std::string& bad :
         {std::string("\x00\x01", 2), std::string("\x0b\x0c"), std::string("\x08") + std::string(10, '\xff') + "\x01",
          std::string("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), std::string("\x0d\x01\x02")}) {
        ProtoReader r(bad);
        while (r.next()) {
        }
        CHECK_FALSE(r.ok());
    }
}
