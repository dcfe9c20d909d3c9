#pragma once

#include "notify/notice.h"
#include "templates/template.h"

#include <string>
#include <string_view>

namespace belfry::notify {

/// A text of a method's options, in the language of Go's templates. `.` holds of the (first) alarm State, OldState,
/// Name, Description, Severity, Reason, Value, AlarmID, DefinitionID, Tenant, Timestamp, Time, LifecycleState, Link,
/// URL, Host, Labels, Annotations, Metrics, Status (firing, resolved), StartsAt, EndsAt, Fingerprint; beside them
/// Alerts, Firing and Resolved (lists of the same), GroupLabels, CommonLabels, CommonAnnotations, Receiver,
/// ExternalURL, Repeat. Functions beside Go's: toUpper toLower title join match reReplaceAll json.
[[nodiscard]] Result<templates::Template> parse_text(std::string_view source);

struct TextContext {
    std::string_view receiver;
    std::string_view external_url;
};
[[nodiscard]] Result<std::string> expand_text(const templates::Template& text,
                                              const Notice& notice,
                                              const TextContext& context);

}  // namespace belfry::notify
