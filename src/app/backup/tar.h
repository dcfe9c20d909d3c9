#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace belfry::app {

// The little of the ustar format (POSIX.1-1988) that a backup needs: regular files with short relative names, in
// 512-byte blocks; sizes from 8 GiB on in base 256 as GNU writes them. Any tar program reads it.

inline constexpr size_t TAR_BLOCK_BYTES = 512;
inline constexpr size_t TAR_NAME_BYTES_MAX = 100;

struct TarEntry {
    std::string name;  // relative, "/" between parts
    uint64_t size = 0;
    int64_t time_s = 0;
};

/// The header block of a file; `invalid` for a name that does not fit.
[[nodiscard]] Result<std::string> tar_header(const TarEntry& entry);
/// How many zero bytes follow a content of that size.
[[nodiscard]] constexpr uint64_t tar_padding(uint64_t size) {
    return (TAR_BLOCK_BYTES - size % TAR_BLOCK_BYTES) % TAR_BLOCK_BYTES;
}
/// The two zero blocks behind the last file.
[[nodiscard]] std::string tar_end();

/// Who takes what a TarReader finds.
class TarSink {
  public:
    virtual ~TarSink() = default;
    [[nodiscard]] virtual Status begin(const TarEntry& entry) = 0;
    [[nodiscard]] virtual Status content(std::string_view bytes) = 0;
    [[nodiscard]] virtual Status end() = 0;
};

/// Reads an archive that comes in pieces of any size. Bytes from outside: names that would leave the directory, other
/// kinds of files, bad checksums and sizes are `invalid`, an archive that ends early `corrupt`. One thread.
class TarReader {
  public:
    explicit TarReader(TarSink& sink) : sink_(sink) {}
    [[nodiscard]] Status add(std::string_view bytes);
    /// After the last byte: was the archive complete?
    [[nodiscard]] Status finish() const;

  private:
    [[nodiscard]] Status header();
    TarSink& sink_;  // outlives this
    std::string block_;
    uint64_t left_ = 0;     // of the file's content
    uint64_t padding_ = 0;  // behind it
    bool in_file_ = false;
    int zero_blocks_ = 0;
};

}  // namespace belfry::app
