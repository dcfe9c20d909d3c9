#include "support/faulty_file.h"

namespace belfry::tests {

namespace {
constexpr uint64_t SECTOR = 512;
}

class FaultyFile final : public File {
  public:
    FaultyFile(FaultyFileSystem& disk, FaultyFileSystem::InodePtr inode, uint64_t generation)
        : disk_(disk), inode_(std::move(inode)), generation_(generation) {}

    Result<size_t> pread(char* out, size_t count, uint64_t offset) const override {
        const std::lock_guard lock(disk_.mutex_);
        if (!alive()) return errno_error("read", EIO);
        if (disk_.chance(disk_.faults_.read_error)) return errno_error("read", EIO);
        if (offset >= inode_->bytes.size()) return size_t{0};
        const size_t n = std::min<size_t>(count, inode_->bytes.size() - offset);
        std::memcpy(out, inode_->bytes.data() + offset, n);
        return n;
    }

    Result<size_t> pwritev(std::span<const std::string_view> parts, uint64_t offset) override {
        const std::lock_guard lock(disk_.mutex_);
        if (!alive()) return errno_error("write", EIO);
        std::string all;
        for (const auto part : parts) all.append(part);
        if (!disk_.step()) {  // died in the middle of this write
            put(std::string_view(all).substr(0, disk_.random_() % (all.size() + 1)), offset);
            return errno_error("write", EIO);
        }
        if (disk_.chance(disk_.faults_.write_error)) {
            put(std::string_view(all).substr(0, disk_.random_() % (all.size() + 1)), offset);
            return errno_error("write", EIO);
        }
        size_t count = all.size();
        const uint64_t grows = offset + count > inode_->bytes.size() ? offset + count - inode_->bytes.size() : 0;
        if (disk_.chance(disk_.faults_.no_space) || disk_.used_bytes() + grows > disk_.capacity_bytes_) {
            count = disk_.random_() % (count + 1) / 2;
            if (count == 0) return errno_error("write", ENOSPC);
        } else if (count > 1 && disk_.chance(disk_.faults_.short_write)) {
            count = 1 + disk_.random_() % (count - 1);
        }
        put(std::string_view(all).substr(0, count), offset);
        return count;
    }

    Status sync_data() override {
        const std::lock_guard lock(disk_.mutex_);
        if (!alive() || !disk_.step()) return errno_error("fdatasync", EIO);
        if (disk_.fail_next_sync_ || disk_.chance(disk_.faults_.sync_error)) {
            disk_.fail_next_sync_ = false;
            return errno_error("fdatasync", EIO);
        }
        ++disk_.sync_count_;
        inode_->synced_sectors.clear();
        inode_->synced_size = inode_->bytes.size();
        return {};
    }

    Status allocate(uint64_t offset, uint64_t length) override {
        const std::lock_guard lock(disk_.mutex_);
        if (!alive() || !disk_.step()) return errno_error("allocate", EIO);
        const uint64_t end = offset + length;
        const uint64_t grows = end > inode_->bytes.size() ? end - inode_->bytes.size() : 0;
        if (disk_.chance(disk_.faults_.no_space) || disk_.used_bytes() + grows > disk_.capacity_bytes_)
            return errno_error("allocate", ENOSPC);
        if (grows > 0) inode_->bytes.resize(end, '\0');
        return {};
    }

    Status truncate(uint64_t size) override {
        const std::lock_guard lock(disk_.mutex_);
        if (!alive() || !disk_.step()) return errno_error("truncate", EIO);
        if (size < inode_->bytes.size()) disk_.remember(*inode_, size, inode_->bytes.size() - size);
        inode_->bytes.resize(size, '\0');
        return {};
    }

    Result<uint64_t> size() const override {
        const std::lock_guard lock(disk_.mutex_);
        return uint64_t{inode_->bytes.size()};
    }

  private:
    bool alive() const { return generation_ == disk_.generation_ && disk_.operations_left_ > 0; }
    void put(std::string_view bytes, uint64_t offset) {
        if (bytes.empty()) return;
        disk_.remember(*inode_, offset, bytes.size());
        if (inode_->bytes.size() < offset + bytes.size()) inode_->bytes.resize(offset + bytes.size(), '\0');
        std::memcpy(inode_->bytes.data() + offset, bytes.data(), bytes.size());
    }

    FaultyFileSystem& disk_;
    FaultyFileSystem::InodePtr inode_;
    uint64_t generation_;
};

void FaultyFileSystem::set_faults(Faults faults) {
    const std::lock_guard lock(mutex_);
    faults_ = faults;
}
void FaultyFileSystem::fail_next_sync() {
    const std::lock_guard lock(mutex_);
    fail_next_sync_ = true;
}
void FaultyFileSystem::set_capacity_bytes(uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    capacity_bytes_ = bytes;
}
void FaultyFileSystem::die_after_operations(uint64_t count) {
    const std::lock_guard lock(mutex_);
    operations_left_ = count + 1;
}
bool FaultyFileSystem::dead() const {
    const std::lock_guard lock(mutex_);
    return operations_left_ == 0;
}
uint64_t FaultyFileSystem::sync_count() const {
    const std::lock_guard lock(mutex_);
    return sync_count_;
}

bool FaultyFileSystem::chance(uint32_t one_in) { return one_in != 0 && random_() % one_in == 0; }

bool FaultyFileSystem::step() {
    if (operations_left_ == UINT64_MAX) return true;
    if (operations_left_ > 0) --operations_left_;
    return operations_left_ > 0;
}

uint64_t FaultyFileSystem::used_bytes() const {
    uint64_t total = 0;
    for (const auto& [name, inode] : names_) total += inode->bytes.size();
    return total;
}

void FaultyFileSystem::remember(Inode& inode, uint64_t offset, uint64_t count) {
    for (uint64_t at = offset / SECTOR * SECTOR; at < offset + count; at += SECTOR) {
        if (inode.synced_sectors.contains(at)) continue;
        std::string old = at < inode.bytes.size() ? inode.bytes.substr(at, SECTOR) : std::string();
        old.resize(SECTOR, '\0');
        inode.synced_sectors.emplace(at, std::move(old));
    }
}

void FaultyFileSystem::power_cut() {
    const std::lock_guard lock(mutex_);
    ++generation_;
    operations_left_ = UINT64_MAX;
    // A directory entry that was not synced is there or not; both names of a rename never vanish together.
    if (random_() % 2 == 0) names_ = synced_names_;
    for (auto& [name, inode] : names_) {
        const uint64_t mode = random_() % 4;  // all kept, all lost, each at random (twice as often)
        for (const auto& [at, old] : inode->synced_sectors) {
            const bool keep = mode == 0 || (mode >= 2 && random_() % 2 == 0);
            if (keep || at >= inode->bytes.size()) continue;
            const size_t n = std::min<size_t>(SECTOR, inode->bytes.size() - at);
            std::memcpy(inode->bytes.data() + at, old.data(), n);
        }
        if (mode == 1 && inode->bytes.size() > inode->synced_size) inode->bytes.resize(inode->synced_size);
        inode->synced_sectors.clear();
        inode->synced_size = inode->bytes.size();
    }
    synced_names_ = names_;
}

void FaultyFileSystem::process_kill() {
    const std::lock_guard lock(mutex_);
    ++generation_;
    operations_left_ = UINT64_MAX;
}

void FaultyFileSystem::flip_bit(const std::string& path, uint64_t byte, int bit) {
    const std::lock_guard lock(mutex_);
    char& c = names_.at(path)->bytes.at(byte);
    c = static_cast<char>(c ^ (1 << bit));
}

std::string FaultyFileSystem::content(const std::string& path) const {
    const std::lock_guard lock(mutex_);
    const auto at = names_.find(path);
    return at == names_.end() ? std::string() : at->second->bytes;
}

void FaultyFileSystem::set_content(const std::string& path, std::string bytes) {
    const std::lock_guard lock(mutex_);
    auto& inode = names_[path];
    if (!inode) inode = std::make_shared<Inode>();
    inode->bytes = std::move(bytes);
    inode->synced_sectors.clear();
    inode->synced_size = inode->bytes.size();
    synced_names_[path] = inode;
}

Result<std::unique_ptr<File>> FaultyFileSystem::open(const std::string& path, OpenMode mode) {
    const std::lock_guard lock(mutex_);
    if (operations_left_ == 0) return errno_error("open " + path, EIO);
    auto at = names_.find(path);
    if (at == names_.end()) {
        if (mode == OpenMode::read || mode == OpenMode::write) return errno_error("open " + path, ENOENT);
        if (!step()) return errno_error("open " + path, EIO);
        at = names_.emplace(path, std::make_shared<Inode>()).first;
    } else if (mode == OpenMode::create_empty && !at->second->bytes.empty()) {
        remember(*at->second, 0, at->second->bytes.size());
        at->second->bytes.clear();
    }
    return std::unique_ptr<File>(std::make_unique<FaultyFile>(*this, at->second, generation_));
}

Status FaultyFileSystem::rename(const std::string& from, const std::string& to) {
    const std::lock_guard lock(mutex_);
    const auto at = names_.find(from);
    if (at == names_.end()) return errno_error("rename " + from, ENOENT);
    if (!step()) return errno_error("rename " + from, EIO);
    names_[to] = at->second;
    names_.erase(from);
    return {};
}

Status FaultyFileSystem::remove(const std::string& path) {
    const std::lock_guard lock(mutex_);
    if (!names_.contains(path)) return errno_error("remove " + path, ENOENT);
    if (!step()) return errno_error("remove " + path, EIO);
    names_.erase(path);
    return {};
}

Result<std::vector<std::string>> FaultyFileSystem::list(const std::string& directory) {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> out;
    for (const auto& [name, inode] : names_)
        if (parent_dir(name) == directory) out.push_back(name.substr(directory.size() + 1));
    return out;
}

Status FaultyFileSystem::make_dirs(const std::string&) { return {}; }

Status FaultyFileSystem::sync_dir(const std::string& directory) {
    const std::lock_guard lock(mutex_);
    if (!step()) return errno_error("fsync " + directory, EIO);
    std::erase_if(synced_names_, [&](const auto& e) { return parent_dir(e.first) == directory; });
    for (const auto& [name, inode] : names_)
        if (parent_dir(name) == directory) synced_names_[name] = inode;
    return {};
}

Result<DiskSpace> FaultyFileSystem::space(const std::string&) {
    const std::lock_guard lock(mutex_);
    const uint64_t used = used_bytes();
    return DiskSpace{.total_bytes = capacity_bytes_, .free_bytes = used < capacity_bytes_ ? capacity_bytes_ - used : 0};
}

Result<uint64_t> FaultyFileSystem::disk_usage(const std::string& path) {
    const std::lock_guard lock(mutex_);
    uint64_t total = 0;
    for (const auto& [name, inode] : names_)
        if (name == path || name.starts_with(path + "/")) total += inode->bytes.size();
    return total;
}

bool FaultyFileSystem::exists(const std::string& path) {
    const std::lock_guard lock(mutex_);
    return names_.contains(path);
}

}  // namespace belfry::tests
