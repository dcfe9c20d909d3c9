#pragma once

#include "base/clock.h"
#include "ingest/agent/agent_config.h"
#include "ingest/agent/check.h"

#include <vector>

namespace belfry::app {

/// What the configuration asks for: the host's readings and all checks of its files. Errors name file and line.
[[nodiscard]] Result<std::vector<ingest::agent::ScheduledCheck>> load_checks(const ingest::agent::AgentConfig& config,
                                                                             Clock& clock);

}  // namespace belfry::app
