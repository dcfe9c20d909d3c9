#pragma once

#include "app/backup/archive.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/result.h"
#include "catalog/alarm_store.h"
#include "catalog/catalog.h"
#include "notify/engine.h"
#include "store/metric/metric_store.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace belfry::app {

/// DATA/snapshots/NAME: directories in the form of a backup (archive.h) whose large files are second names of the
/// stores' own, so that they cost nothing until the stores drop theirs. Any thread.
class Snapshots {
  public:
    struct Parts {
        FileSystem& files;
        Clock& clock;
        store::MetricStore& metrics;
        catalog::Catalog& catalog;
        catalog::AlarmStore& alarms;
        notify::Engine& notifier;
        std::string directory;
        /// Returns when all that was accepted before is applied.
        std::function<Status()> catch_up;
    };
    struct Entry {
        std::string name;
        uint64_t bytes = 0;
    };

    explicit Snapshots(Parts parts) : parts_(std::move(parts)) {}

    /// Removes what an ended process left half done. At start.
    [[nodiscard]] Status clean();
    /// The name of a new one. Without `with_head` what is not yet in files is left out.
    [[nodiscard]] Result<std::string> make(bool with_head);
    [[nodiscard]] Result<std::vector<Entry>> list() const;
    [[nodiscard]] Status remove(const std::string& name);

    /// A backup as a tar stream: call the function until it says false. What it reads is removed with its last copy.
    [[nodiscard]] Result<std::function<Result<bool>(std::string& out)>> stream();

  private:
    [[nodiscard]] Status fill(const std::string& directory, bool with_head);
    [[nodiscard]] std::string new_name();
    const Parts parts_;
    std::mutex mutex_;  // one at a time; guards serial_
    uint64_t serial_ = 0;
};

}  // namespace belfry::app
