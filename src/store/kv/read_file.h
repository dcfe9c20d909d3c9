#pragma once

#include "base/result.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::kv {

/// A write-once file, opened for reading. Its pages never change, so keys and values that were read stay valid as long as
/// the object, even after the file was unlinked. Any thread.
class ReadFile {
  public:
    /// `corrupt` when the footer or an index page is damaged; `not_found` when there is no such file. Tables from place
    /// `required` on may be missing: files that are older than they are have none.
    [[nodiscard]] static Result<std::shared_ptr<const ReadFile>> open(const std::string& path, const std::vector<std::string>& tables,
                                                                       size_t required = SIZE_MAX);
    ~ReadFile();
    ReadFile(const ReadFile&) = delete;
    ReadFile& operator=(const ReadFile&) = delete;

    struct Entry {
        std::string_view key;
        std::string_view value;
    };

    /// A place in a table. Borrows a read transaction of the file; the file outlives it. One thread.
    class Cursor {
      public:
        Cursor(Cursor&& other) noexcept;
        Cursor& operator=(Cursor&&) = delete;
        ~Cursor();
        /// The first entry whose key is not below `key`; nothing: no such entry. Errors of LMDB read as `corrupt`.
        [[nodiscard]] Result<std::optional<Entry>> seek(std::string_view key);
        /// The last entry whose key is not above `key`.
        [[nodiscard]] Result<std::optional<Entry>> seek_at_or_below(std::string_view key);
        [[nodiscard]] Result<std::optional<Entry>> first();
        [[nodiscard]] Result<std::optional<Entry>> last();
        [[nodiscard]] Result<std::optional<Entry>> next();
        [[nodiscard]] Result<std::optional<Entry>> previous();

      private:
        friend class ReadFile;
        Cursor(const ReadFile& file, void* transaction, void* cursor) : file_(&file), transaction_(transaction), cursor_(cursor) {}
        [[nodiscard]] Result<std::optional<Entry>> move(int operation, std::string_view key);
        const ReadFile* file_;
        void* transaction_;
        void* cursor_;
    };

    [[nodiscard]] bool has_table(size_t table) const { return table < tables_.size() && tables_[table] != NO_TABLE; }
    [[nodiscard]] Result<Cursor> cursor(size_t table) const;
    [[nodiscard]] Result<std::optional<std::string_view>> get(size_t table, std::string_view key) const;

    /// A value that starts with the CRC-32C (u32) of its other bytes: those bytes, or `corrupt`. A large value is checked
    /// when it is seen for the first time.
    [[nodiscard]] Result<std::string_view> checked(std::string_view value) const;

    [[nodiscard]] uint64_t file_bytes() const { return file_bytes_; }
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    static constexpr unsigned NO_TABLE = ~0U;
    ReadFile() = default;
    [[nodiscard]] Result<void*> acquire() const;
    void release(void* transaction) const;

    std::string path_;
    uint64_t file_bytes_ = 0;
    void* env_ = nullptr;  // MDB_env; lmdb.h stays in read_file.cpp
    std::vector<unsigned> tables_;
    mutable std::mutex mutex_;  // guards pool_
    mutable std::vector<void*> pool_;  // idle read transactions (MDB_NOTLS); they never need to be renewed
    const char* map_ = nullptr;        // where page 0 lies, for numbering pages
    mutable std::unique_ptr<std::atomic<uint64_t>[]> seen_;  // a bit a page: the large value that starts there is good
};

}  // namespace belfry::kv
