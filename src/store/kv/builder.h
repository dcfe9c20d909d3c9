#pragma once

#include "base/result.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::kv {

/// Writes a write-once file: `<path>.tmp`, keys of each table in ascending order, one sync, then the rename to `path`.
/// Dropped without `finish`, it leaves nothing. One thread.
class Builder {
  public:
    /// Replaces an unfinished `<path>.tmp`. `tables` are named by position afterwards.
    [[nodiscard]] static Result<Builder> create(const std::string& path, const std::vector<std::string>& tables);
    Builder(Builder&&) noexcept;
    Builder& operator=(Builder&&) noexcept;
    ~Builder();

    /// `key` (1..511 bytes) must lie above the table's last one. Values of `full_pages(n)` bytes waste nothing.
    [[nodiscard]] Status append(size_t table, std::string_view key, std::string_view value);
    /// Bytes of values so far.
    [[nodiscard]] uint64_t value_bytes() const;
    /// Syncs and publishes the file under its name; durable when this returns. The size of the file.
    [[nodiscard]] Result<uint64_t> finish();

  private:
    struct Impl;
    explicit Builder(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace belfry::kv
