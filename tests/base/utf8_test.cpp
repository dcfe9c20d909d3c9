#include "base/utf8.h"

#include <doctest/doctest.h>

using namespace belfry;

TEST_CASE("well-formed UTF-8 of every length is taken") {
    CHECK(is_utf8(""));
    CHECK(is_utf8("plain text of more than eight bytes"));
    CHECK(
        is_utf8("Gr\xc3\xb6\xc3\x9f"
                "e \xe2\x82\xac \xf0\x9f\x94\x94"));
    CHECK(is_utf8("\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf"));
}

TEST_CASE("overlong forms, surrogates, strays and torn characters are not UTF-8") {
    for (const char* bad : {"\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf0\x80\x80\xaf", "\xf4\x90\x80\x80",
                            "\xf8\x88\x80\x80\x80", "\x80", "abc\xc3", "\xe2\x82", "\xff"})
        CHECK_FALSE(is_utf8(bad));
    CHECK(utf8_prefix("abc\xff"
                      "def") == 3);
    CHECK(utf8_prefix("eight bytes and a torn one \xe2\x82") == 27);
}
