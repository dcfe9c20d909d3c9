#pragma once

#include "api/belfry/pipeline_history.h"
#include "api/belfry/status_sources.h"
#include "base/clock.h"
#include "http/message.h"

#include <string>
#include <vector>

namespace belfry::api {

struct Judgement {
    std::string state;  // "ok", "warn", "error"
    std::string sentence;
};

/// The one sentence about it all: the worst that is true.
[[nodiscard]] Judgement judge(const StatusFacts& facts);

/// GET status and GET receivers. Any thread.
class StatusResource {
  public:
    StatusResource(Clock& clock, const ServerFacts& server, const StatusSource& source, const PipelineHistory& history)
        : clock_(clock), server_(server), source_(source), history_(history) {}

    /// A key that is bound to a tenant sees numbers only: no samples of others, no log, no configuration.
    [[nodiscard]] http::Response status(const http::Request& request) const;
    [[nodiscard]] http::Response receivers(const http::Request& request) const;

  private:
    Clock& clock_;                    // outlives this
    const ServerFacts& server_;       // outlives this
    const StatusSource& source_;      // outlives this
    const PipelineHistory& history_;  // outlives this
};

}  // namespace belfry::api
