#pragma once

#include "base/result.h"
#include "catalog/notification.h"

#include <cstdint>
#include <string_view>

namespace belfry::notify {

/// The rules of silences, whichever API brings one: matchers of which at least one does not accept what is missing, an
/// end in the future and behind the start, a reason.
[[nodiscard]] Status check_silence(const catalog::Silence& silence, int64_t now_ms);
/// "pending", "active", "expired".
[[nodiscard]] std::string_view status_of(const catalog::Silence& silence, int64_t now_ms);
/// It ends now.
void expire(catalog::Silence& silence, int64_t now_ms);

}  // namespace belfry::notify
