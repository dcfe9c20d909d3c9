#pragma once

#include "base/result.h"
#include "model/alarm.h"
#include "model/matcher.h"

#include <string_view>

namespace belfry::notify {

/// `severity="critical"`, `host=~web-.*`, `{a="b",c!="d"}`: matchers as Alertmanager's files and tools write them;
/// values with or without quotes. At least one.
[[nodiscard]] Result<model::Matchers> parse_matchers(std::string_view text);

/// All of them; a label that is missing is "".
[[nodiscard]] bool all_match(const model::Matchers& matchers, const model::Dimensions& labels);

}  // namespace belfry::notify
