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
/// A secret that came back as "***" is what it was in `before` (null: a new method) - unless it would go somewhere else
/// than before: who may change a method must not learn its secrets by that. Then `invalid`: it has to be entered again.
[[nodiscard]] Status keep_masked(catalog::NotificationMethod& method, const catalog::NotificationMethod* before);
/// What decides where secrets go that differs: "address", "type", "option server", ...; "" when nothing does.
[[nodiscard]] std::string moved_by(const catalog::NotificationMethod& method,
                                   const catalog::NotificationMethod& before);
/// Options of the method that hold secrets, with commas.
[[nodiscard]] std::string secrets_of(const catalog::NotificationMethod& method);

inline constexpr std::string_view MASK = "***";

}  // namespace belfry::notify
