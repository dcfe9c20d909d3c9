#pragma once

#include "alarm/desk/definitions.h"
#include "base/result.h"
#include "catalog/changes.h"

#include <span>
#include <string>
#include <string_view>

namespace belfry::alarm {

/// What an alarm that comes with Belfry watches; those of what is switched off are not made.
enum class Watches : uint8_t { host, belfry, anything };

struct ReadyMade {
    std::string_view key;  // known again by it, for ever
    Watches watches = Watches::host;
    std::string_view name;
    std::string_view expression;  // PromQL
    model::Severity severity = model::Severity::medium;
    int64_t for_ms = 0;
    catalog::NoData no_data = catalog::NoData::ok;
    std::string_view summary;     // annotation, a template
    std::string_view what_to_do;  // annotation
};
[[nodiscard]] std::span<const ReadyMade> ready_made();
[[nodiscard]] catalog::AlarmDefinition to_definition(const ReadyMade& entry);

/// Makes those that were never made here, in the default tenant, once: a setting remembers them, so that a deleted one
/// stays deleted. Gives how many were made.
[[nodiscard]] Result<size_t> make_ready_made(Definitions& definitions,
                                             const catalog::Catalog& catalog,
                                             catalog::Changes& changes,
                                             const std::function<bool(Watches)>& wanted);

}  // namespace belfry::alarm
