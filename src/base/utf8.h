#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace belfry {

/// Length in bytes of the valid UTF-8 sequence at the start of `s`, or 0 (also when `s` is empty).
[[nodiscard]] size_t utf8_length(std::string_view s);
[[nodiscard]] bool is_utf8(std::string_view s);
/// Length in bytes of the longest valid prefix.
[[nodiscard]] size_t utf8_prefix(std::string_view s);
/// The code point of a sequence whose length `utf8_length` gave.
[[nodiscard]] uint32_t utf8_code_point(std::string_view sequence);
/// Appends the UTF-8 form of a code point below 0x110000.
void append_utf8(std::string& out, uint32_t code_point);

}  // namespace belfry
