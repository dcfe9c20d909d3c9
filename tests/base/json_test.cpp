#include "base/json.h"

#include <doctest/doctest.h>

using namespace belfry;

TEST_CASE("the writer sets commas, escapes text and never writes bad JSON") {
    JsonWriter out;
    out.begin_object().field("a", 1).field("b", "x\"y\n").key("c").begin_array().number(0.5).null().end_array();
    out.field("d", std::numeric_limits<double>::quiet_NaN()).field("e", std::string_view("\xff\xc3\xa9\x01", 4)).end_object();
    CHECK(out.text() == "{\"a\":1,\"b\":\"x\\\"y\\n\",\"c\":[0.5,null],\"d\":null,\"e\":\"\\ufffd\xc3\xa9\\u0001\"}");
    CHECK(JsonView::parse(out.text()).ok());
}

TEST_CASE("a document nested too deeply is refused") {
    CHECK(JsonView::parse(std::string(64, '[') + std::string(64, ']')).ok());
    CHECK_FALSE(JsonView::parse(std::string(65, '[') + std::string(65, ']')).ok());
}

TEST_CASE("a view reads members and answers null for what is missing") {
    const auto view = JsonView::parse(R"({"a":{"b":[1,"two",true]},"n":18446744073709551615})");
    REQUIRE(view.ok());
    CHECK(view->get("a").get("b").at(0).as_int() == 1);
    CHECK(view->get("a").get("b").at(1).as_string() == "two");
    CHECK(view->get("a").get("x").get("y").is_null());
    CHECK(view->get("a").get("b").at(7).is_null());
    CHECK_FALSE(view->get("n").as_int());
    CHECK(view->string_or("zz", "fallback") == "fallback");
}
