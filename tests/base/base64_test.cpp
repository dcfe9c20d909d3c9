#include "base/base64.h"

#include <doctest/doctest.h>

using namespace belfry;

TEST_CASE("the examples of RFC 4648 go to base64 and back") {
    const std::pair<std::string_view, std::string_view> examples[] = {{"", ""},
                                                                      {"f", "Zg=="},
                                                                      {"fo", "Zm8="},
                                                                      {"foo", "Zm9v"},
                                                                      {"foob", "Zm9vYg=="},
                                                                      {"fooba", "Zm9vYmE="},
                                                                      {"foobar", "Zm9vYmFy"}};
    for (const auto& [bytes, text] : examples) {
        CHECK(encode_base64(bytes) == text);
        const std::string_view unpadded = text.substr(0, text.find('='));
        CHECK(encode_base64(bytes, {.padded = false}) == unpadded);
        CHECK(decode_base64(text) == bytes);
        CHECK(decode_base64(unpadded) == bytes);
    }
}

TEST_CASE("every byte at every place of a group survives base64") {
    std::string bytes;
    for (int i = 0; i < 256; ++i)
        bytes.push_back(static_cast<char>(i));
    for (size_t skip = 0; skip < 3; ++skip) {
        const std::string_view some = std::string_view(bytes).substr(skip);
        CHECK(decode_base64(encode_base64(some)) == some);
        CHECK(decode_base64(encode_base64(some, {.url = true, .padded = false}), {.standard = false, .url = true}) ==
              some);
    }
}

TEST_CASE("the alphabet for addresses is written and taken where it is asked for") {
    CHECK(encode_base64("\xfb\xff\xfe") == "+//+");
    CHECK(encode_base64("\xfb\xff\xfe", {.url = true}) == "-__-");
    CHECK_FALSE(decode_base64("-__-"));
    CHECK_FALSE(decode_base64("+//+", {.standard = false, .url = true}));
    CHECK(decode_base64("-__-", {.standard = false, .url = true}) == "\xfb\xff\xfe");
    CHECK(decode_base64("+_/-", {.standard = true, .url = true}) == "\xfb\xff\xfe");
}

TEST_CASE("what is not base64 is refused, missing padding and left-over bits are not") {
    for (const char* bad : {"Zm9v YmFy", "Zm9v\n", "Zg==Zg==", "Zm.v", "\xc3\xa4", "@@@@", "[[[["})
        CHECK_FALSE(decode_base64(bad));
    CHECK_FALSE(decode_base64(std::string_view("Zm\0v", 4)));
    CHECK(decode_base64("Zh") == "f");
    CHECK(decode_base64("Z") == "");
    CHECK(decode_base64("====") == "");
}
