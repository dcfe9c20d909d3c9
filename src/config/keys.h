#pragma once

#include "config/key.h"

#include <vector>

namespace belfry::config {

/// Every key there is, by section, in the order of config/belfry.toml.
[[nodiscard]] const std::vector<Key>& keys();
/// Null when there is none of that name.
[[nodiscard]] const Key* find_key(std::string_view name);
/// The known name that differs least from `name`; never empty.
[[nodiscard]] std::string_view nearest_key(std::string_view name);
/// Insertions, deletions and replacements that make `a` into `b`.
[[nodiscard]] size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace belfry::config
