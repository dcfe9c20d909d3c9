#pragma once

#include "api/belfry/host_source.h"
#include "ingest/host/live.h"

namespace belfry::app {

/// The live page's view of this host.
class HostFacts final : public api::HostSource {
  public:
    explicit HostFacts(const ingest::host::HostLive& live) : live_(live) {}  // outlives this
    [[nodiscard]] api::HostLive live(int64_t since_ms) const override;

  private:
    const ingest::host::HostLive& live_;
};

}  // namespace belfry::app
