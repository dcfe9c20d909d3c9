#pragma once

#include "base/file.h"
#include "base/result.h"

#include <memory>
#include <string>

namespace belfry::app {

/// The directory that holds everything: DATA/lock, log/, metrics/, catalog.sqlite, alarms.sqlite, notify.sqlite,
/// server.json. Held by one process at a time; released when destroyed or when the process ends, however it ends.
class DataDir {
  public:
    /// Creates it (mode 0700) when missing. `unavailable` when another process holds it; names that process.
    [[nodiscard]] static Result<DataDir> hold(FileSystem& files, const std::string& path);
    ~DataDir();
    DataDir(DataDir&& other) noexcept : path_(std::move(other.path_)), lock_fd_(std::exchange(other.lock_fd_, -1)) {}
    DataDir& operator=(DataDir&&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] std::string log() const { return path_ + "/log"; }
    [[nodiscard]] std::string metrics() const { return path_ + "/metrics"; }
    [[nodiscard]] std::string snapshots() const { return path_ + "/snapshots"; }
    [[nodiscard]] std::string token_key() const { return path_ + "/identity.key"; }
    [[nodiscard]] std::string catalog() const { return path_ + "/catalog.sqlite"; }
    [[nodiscard]] std::string alarm_windows() const { return path_ + "/alarms/windows"; }
    [[nodiscard]] std::string alarms() const { return path_ + "/alarms.sqlite"; }

  private:
    DataDir(std::string path, int lock_fd) : path_(std::move(path)), lock_fd_(lock_fd) {}
    std::string path_;
    int lock_fd_ = -1;
};

}  // namespace belfry::app
