#include "base/ascii.h"

#include <doctest/doctest.h>

using namespace belfry;

TEST_CASE("only the letters of ASCII change their case") {
    CHECK(lower("@AZ[ `az{ 09") == "@az[ `az{ 09");
    CHECK(upper("@AZ[ `az{ 09") == "@AZ[ `AZ{ 09");
    CHECK(lower("GR\xc3\x96SSE") == "gr\xc3\x96sse");
    CHECK(upper("gr\xc3\xb6sse") == "GR\xc3\xb6SSE");
    CHECK(lower("") == "");
    CHECK(lower(std::string_view("A\0B", 3)) == std::string_view("a\0b", 3));
}

TEST_CASE("texts are equal whatever their case, and only then") {
    CHECK(equals_ignoring_case("Keep-Alive", "kEEP-aLIVE"));
    CHECK(equals_ignoring_case("", ""));
    CHECK_FALSE(equals_ignoring_case("close", "closed"));
    CHECK_FALSE(equals_ignoring_case("[a", "{a"));  // 32 apart, as the cases of a letter are
    CHECK_FALSE(equals_ignoring_case("\xc3\x96", "\xc3\xb6"));
    CHECK_FALSE(equals_ignoring_case(std::string_view("a\0b", 3), std::string_view("a\0c", 3)));
}

TEST_CASE("blanks at the ends go, those inside and other white space stay") {
    CHECK(trim_blanks(" \t a \t b\t ") == "a \t b");
    CHECK(trim_blanks("a") == "a");
    CHECK(trim_blanks("") == "");
    CHECK(trim_blanks(" \t ") == "");
    CHECK(trim_blanks("\ra\n") == "\ra\n");
}
