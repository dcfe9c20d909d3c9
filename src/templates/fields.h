#pragma once

#include "base/result.h"
#include "templates/value.h"

#include <span>
#include <string_view>

namespace belfry::templates {

/// `value.name`, of a map its entry, of times and durations their methods (with arguments).
[[nodiscard]] Result<Value> field(const Value& value, std::string_view name, std::span<const Value> arguments);

}  // namespace belfry::templates
