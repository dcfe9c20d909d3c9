#pragma once

#include "base/result.h"
#include "catalog/notification.h"
#include "notify/notify_config.h"

#include <string>

namespace belfry::notify {

/// The rules that a notification method obeys, whichever API brings it: the type becomes upper case and is known, name
/// (1..250) and address (1..512) have their length, the address fits the type, the period is one of notify.periods,
/// options are those of the type and their templates parse. `invalid` with a sentence for people.
[[nodiscard]] Status check_method(catalog::NotificationMethod& method, const NotifyConfig& config);

/// The options as they are shown: secrets are "***".
[[nodiscard]] model::Dimensions masked_options(const catalog::NotificationMethod& method);
/// A secret that came back as "***" is what it was in `before`.
void keep_masked(catalog::NotificationMethod& method, const catalog::NotificationMethod& before);

inline constexpr std::string_view MASK = "***";

}  // namespace belfry::notify
