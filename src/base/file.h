#pragma once

#include "base/result.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace belfry {

/// An open file. Positioned calls only, so that several threads may read while one writes. Closed by its destructor.
class File {
  public:
    virtual ~File() = default;
    /// Fewer bytes than asked only at the end of the file.
    [[nodiscard]] virtual Result<size_t> pread(char* out, size_t count, uint64_t offset) const = 0;
    /// One system call: may write less than all (`write_all` goes on). Parts are written one after the other.
    [[nodiscard]] virtual Result<size_t> pwritev(std::span<const std::string_view> parts, uint64_t offset) = 0;
    /// fdatasync: what was written is on disk when this returns. A failure must never be tried again.
    [[nodiscard]] virtual Status sync_data() = 0;
    /// Reserves [offset, offset + length) and grows the file over it; new bytes read as zero.
    [[nodiscard]] virtual Status allocate(uint64_t offset, uint64_t length) = 0;
    [[nodiscard]] virtual Status truncate(uint64_t size) = 0;
    [[nodiscard]] virtual Result<uint64_t> size() const = 0;
};

enum class OpenMode {
    read,          // must exist
    write,         // must exist; reads and writes
    create,        // created when missing; reads and writes
    create_empty,  // created or emptied; reads and writes
};

struct DiskSpace {
    uint64_t total_bytes = 0;
    uint64_t free_bytes = 0;  // for an unprivileged user
    /// 0 (empty) .. 1 (full).
    [[nodiscard]] double used_ratio() const {
        return total_bytes == 0 ? 0 : 1.0 - static_cast<double>(free_bytes) / static_cast<double>(total_bytes);
    }
};

/// The seam to the disk: everything that must survive a crash goes through it, so that tests can break it. Any thread.
class FileSystem {
  public:
    virtual ~FileSystem() = default;
    [[nodiscard]] virtual Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) = 0;
    /// Replaces `to`. Durable after `sync_dir` of the directory.
    [[nodiscard]] virtual Status rename(const std::string& from, const std::string& to) = 0;
    /// A second name of a file on the same disk. Durable after `sync_dir` of the directory.
    [[nodiscard]] virtual Status link(const std::string& from, const std::string& to) {
        return make_error(Code::unavailable, "link {} to {}: this file system has no links", from, to);
    }
    /// A file or an empty directory; `not_found` when it is missing.
    [[nodiscard]] virtual Status remove(const std::string& path) = 0;
    /// Names (not paths) in a directory, sorted, without "." and "..".
    [[nodiscard]] virtual Result<std::vector<std::string>> list(const std::string& directory) = 0;
    /// With parents; fine when it exists.
    [[nodiscard]] virtual Status make_dirs(const std::string& directory) = 0;
    [[nodiscard]] virtual Status sync_dir(const std::string& directory) = 0;
    [[nodiscard]] virtual Result<DiskSpace> space(const std::string& path) = 0;
    /// Bytes allocated to a file, or to all below a directory.
    [[nodiscard]] virtual Result<uint64_t> disk_usage(const std::string& path) = 0;
    [[nodiscard]] virtual bool exists(const std::string& path) = 0;
};

/// The machine's file system; lives for ever.
[[nodiscard]] FileSystem& real_file_system();

/// Writes all parts, over short writes.
[[nodiscard]] Status write_all(File& file, std::span<const std::string_view> parts, uint64_t offset);
[[nodiscard]] Status write_all(File& file, std::string_view bytes, uint64_t offset);
/// Reads exactly `count` bytes; `corrupt` when the file ends before.
[[nodiscard]] Status read_exactly(const File& file, char* out, size_t count, uint64_t offset);
/// The whole file; `exhausted` when it is larger than `limit_bytes`.
[[nodiscard]] Result<std::string> read_file(FileSystem& files, const std::string& path, uint64_t limit_bytes);
/// Temporary name, write, sync, rename, sync of the directory: after a crash either the old or the new content.
[[nodiscard]] Status write_file_atomically(FileSystem& files, const std::string& path, std::string_view bytes);
/// The directory of a path: "/a/b" -> "/a", "b" -> ".".
[[nodiscard]] std::string parent_dir(const std::string& path);

}  // namespace belfry
