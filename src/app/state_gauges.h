#pragma once

#include "api/belfry/status_sources.h"
#include "base/counter.h"

#include <map>
#include <memory>
#include <string>

namespace belfry::app {

/// What alarms on Belfry itself ask about that no folder counts: how far consumers are behind, and the disk's state.
/// One thread.
class StateGauges {
  public:
    void show(const api::StatusFacts& facts);

  private:
    struct OfConsumer {
        explicit OfConsumer(const std::string& consumer);
        Gauge lag;
        Gauge stopped;
    };
    std::map<std::string, std::unique_ptr<OfConsumer>> consumers_;
    Gauge disk_{"belfry_disk_guard",
                "Room on the disk of the data: 0 enough, 1 little, 2 so little that senders are refused."};
};

}  // namespace belfry::app
