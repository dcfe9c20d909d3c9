#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace belfry::model {

/// MD5 (RFC 1321). Not for secrets: `hashmod` spreads targets by it, and other programs must come to the same place.
[[nodiscard]] std::array<uint8_t, 16> md5(std::string_view bytes);

}  // namespace belfry::model
