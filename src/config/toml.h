#pragma once

#include "base/result.h"
#include "config/key.h"

#include <string>
#include <string_view>
#include <vector>

namespace belfry::config {

/// One `key = value` of a file: the full name ("section.key") and where it stood.
struct TomlEntry {
    std::string name;
    RawValue value;
    int line = 0;
};

/// Every entry of a TOML text, in its order. Errors name `origin` and the line.
[[nodiscard]] Result<std::vector<TomlEntry>> parse_toml(std::string_view text, std::string_view origin);

}  // namespace belfry::config
