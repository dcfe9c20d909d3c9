#pragma once

#include "base/file.h"
#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>

namespace belfry::forward {

/// Up to which offset a destination has everything. 20 bytes, replaced by rename:
///
///     8 B "BFYFWD01" | u64 offset, little-endian | u32 CRC-32C of the 16 bytes before
class PositionFile {
  public:
    PositionFile(FileSystem& files, std::string path) : files_(files), path_(std::move(path)) {}

    /// Nothing when there is none yet; `corrupt` when it is damaged.
    [[nodiscard]] Result<std::optional<uint64_t>> load() const;
    [[nodiscard]] Status save(uint64_t offset);

  private:
    FileSystem& files_;  // outlives this
    const std::string path_;
};

}  // namespace belfry::forward
