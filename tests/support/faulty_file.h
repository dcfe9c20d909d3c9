#pragma once

#include "base/file.h"

#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>

namespace belfry::tests {

/// A disk in memory that fails like a real one: short writes, ENOSPC, EIO, failed fsync, power cuts that keep, lose or
/// tear (at 512 bytes, in any order) what was not synced, and flipped bits. Deterministic: everything comes from `seed`.
class FaultyFileSystem final : public FileSystem {
  public:
    explicit FaultyFileSystem(uint64_t seed) : seed_(seed), random_(seed) {}
    [[nodiscard]] uint64_t seed() const { return seed_; }

    /// Chances of one in N; 0 = never.
    struct Faults {
        uint32_t short_write = 0;
        uint32_t no_space = 0;    // of a write or an allocation: nothing, or a part, is written
        uint32_t write_error = 0; // EIO
        uint32_t sync_error = 0;  // and the unsynced pages are gone, as after a real one
        uint32_t read_error = 0;
    };
    void set_faults(Faults faults);
    void fail_next_sync();
    void set_capacity_bytes(uint64_t bytes);
    /// After so many further writes/syncs everything fails until `power_cut` (the process "dies" in the middle).
    void die_after_operations(uint64_t count);
    [[nodiscard]] bool dead() const;

    /// All handles become useless; unsynced sectors are kept or lost at random, names not synced by their directory may
    /// revert. What remains is what a restart finds.
    void power_cut();
    /// kill -9: handles become useless, all written bytes stay.
    void process_kill();

    /// Flips one bit of a file.
    void flip_bit(const std::string& path, uint64_t byte, int bit);
    [[nodiscard]] std::string content(const std::string& path) const;
    void set_content(const std::string& path, std::string bytes);
    [[nodiscard]] uint64_t sync_count() const;

    Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
    Status rename(const std::string& from, const std::string& to) override;
    Status remove(const std::string& path) override;
    Result<std::vector<std::string>> list(const std::string& directory) override;
    Status make_dirs(const std::string& directory) override;
    Status sync_dir(const std::string& directory) override;
    Result<DiskSpace> space(const std::string& path) override;
    Result<uint64_t> disk_usage(const std::string& path) override;
    bool exists(const std::string& path) override;

  private:
    friend class FaultyFile;
    struct Inode {
        std::string bytes;
        std::map<uint64_t, std::string> synced_sectors;  // old content of sectors written since the last sync
        uint64_t synced_size = 0;
    };
    using InodePtr = std::shared_ptr<Inode>;
    bool chance(uint32_t one_in);
    bool step();  // one operation; false when dead
    uint64_t used_bytes() const;
    void remember(Inode& inode, uint64_t offset, uint64_t count);

    const uint64_t seed_;
    mutable std::mutex mutex_;  // guards all below
    std::mt19937_64 random_;
    Faults faults_;
    bool fail_next_sync_ = false;
    uint64_t capacity_bytes_ = 1ULL << 40;
    uint64_t operations_left_ = UINT64_MAX;
    uint64_t generation_ = 0;  // handles of older generations are useless
    uint64_t sync_count_ = 0;
    std::map<std::string, InodePtr> names_;
    std::map<std::string, InodePtr> synced_names_;  // as a restart after a power cut may find them
};

}  // namespace belfry::tests
