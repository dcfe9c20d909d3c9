#pragma once

#include "base/counter.h"

namespace belfry::ingest::agent {

inline CounterFamily checks_total("belfry_agent_checks_total",
                                  "Checks that ran, by plugin and outcome.",
                                  {"plugin", "outcome"});
inline Gauge checks_running("belfry_agent_checks_running", "Checks under way.");

}  // namespace belfry::ingest::agent
