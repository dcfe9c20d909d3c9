#pragma once

#include <string_view>

namespace belfry {

inline constexpr std::string_view VERSION = "0.1.0";

}  // namespace belfry
