#pragma once

#include "ingest/agent/check.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace belfry::ingest::agent {

/// Runs checks, each on a thread of its own, so that one that hangs delays no other. What a check finds goes to `sink`,
/// from its thread.
class CheckRunner {
  public:
    using Sink = std::function<void(const std::string& plugin, Measurements measurements)>;
    CheckRunner(Clock& clock, std::vector<ScheduledCheck> checks, Sink sink);
    ~CheckRunner();  // like stop()
    CheckRunner(const CheckRunner&) = delete;
    CheckRunner& operator=(const CheckRunner&) = delete;

    void start();
    /// Waits for the checks under way, at most STOP_MS: one that hangs in the kernel is left behind, and its findings
    /// are dropped.
    void stop();

    static constexpr int64_t STOP_MS = 2'000;

  private:
    struct Shared;
    static void run(const std::shared_ptr<Shared>& shared, ScheduledCheck check, int64_t offset_ms);

    std::shared_ptr<Shared> shared_;
    std::vector<ScheduledCheck> checks_;
};

}  // namespace belfry::ingest::agent
