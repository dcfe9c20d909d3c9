#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace belfry {

struct Base64Encoding {
    bool url = false;    // the alphabet with - and _ (RFC 4648, section 5) in place of that with + and / (section 4)
    bool padded = true;  // with = up to a multiple of four characters
};
[[nodiscard]] std::string encode_base64(std::string_view bytes, Base64Encoding as = {});

/// Which alphabets are taken; with both, even in one text.
struct Base64Decoding {
    bool standard = true;
    bool url = false;
};
/// Nothing when a character stands in no alphabet that is taken. Padding may be missing; bits that are left over at the
/// end are dropped.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text, Base64Decoding takes = {});

}  // namespace belfry
