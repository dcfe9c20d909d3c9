#include "base/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

namespace belfry {

namespace {

class RealFile final : public File {
  public:
    RealFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
    ~RealFile() override { ::close(fd_); }
    RealFile(const RealFile&) = delete;
    RealFile& operator=(const RealFile&) = delete;

    Result<size_t> pread(char* out, size_t count, uint64_t offset) const override {
        size_t got = 0;
        while (got < count) {
            const ssize_t n = ::pread(fd_, out + got, count - got, static_cast<off_t>(offset + got));
            if (n == 0) break;
            if (n < 0) {
                if (errno == EINTR) continue;
                return errno_error("read " + path_, errno);
            }
            got += static_cast<size_t>(n);
        }
        return got;
    }

    Result<size_t> pwritev(std::span<const std::string_view> parts, uint64_t offset) override {
        constexpr size_t VECTORS = 256;  // well below IOV_MAX (1024)
        iovec vectors[VECTORS];
        size_t count = 0;
        for (const std::string_view part : parts) {
            if (count == VECTORS) break;
            if (part.empty()) continue;
            vectors[count].iov_base = const_cast<char*>(part.data());
            vectors[count].iov_len = part.size();
            ++count;
        }
        if (count == 0) return size_t{0};
        ssize_t n = 0;
        do {
            n = ::pwritev(fd_, vectors, static_cast<int>(count), static_cast<off_t>(offset));
        } while (n < 0 && errno == EINTR);
        if (n < 0) return errno_error("write " + path_, errno);
        return static_cast<size_t>(n);
    }

    Status sync_data() override {
        if (::fdatasync(fd_) != 0) return errno_error("fdatasync " + path_, errno);
        return {};
    }

    Status allocate(uint64_t offset, uint64_t length) override {
        int rc = 0;
        do {
            rc = ::fallocate(fd_, 0, static_cast<off_t>(offset), static_cast<off_t>(length));
        } while (rc != 0 && errno == EINTR);
        if (rc == 0) return {};
        if (errno != EOPNOTSUPP) return errno_error("allocate " + path_, errno);
        // A file system without preallocation: grow it, blocks come with the writes.
        const uint64_t now = TRY(size());
        if (now < offset + length) return truncate(offset + length);
        return {};
    }

    Status truncate(uint64_t size) override {
        if (::ftruncate(fd_, static_cast<off_t>(size)) != 0) return errno_error("truncate " + path_, errno);
        return {};
    }

    Result<uint64_t> size() const override {
        struct stat st {};
        if (::fstat(fd_, &st) != 0) return errno_error("stat " + path_, errno);
        return static_cast<uint64_t>(st.st_size);
    }

  private:
    const int fd_;
    const std::string path_;
};

class RealFileSystem final : public FileSystem {
  public:
    Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
        int flags = O_CLOEXEC;
        switch (mode) {
            case OpenMode::read: flags |= O_RDONLY; break;
            case OpenMode::write: flags |= O_RDWR; break;
            case OpenMode::create: flags |= O_RDWR | O_CREAT; break;
            case OpenMode::create_empty: flags |= O_RDWR | O_CREAT | O_TRUNC; break;
        }
        const int fd = ::open(path.c_str(), flags, 0640);
        if (fd < 0) return errno_error("open " + path, errno);
        return std::unique_ptr<File>(std::make_unique<RealFile>(fd, path));
    }

    Status rename(const std::string& from, const std::string& to) override {
        if (::rename(from.c_str(), to.c_str()) != 0) return errno_error("rename " + from + " to " + to, errno);
        return {};
    }

    Status link(const std::string& from, const std::string& to) override {
        if (::link(from.c_str(), to.c_str()) != 0) return errno_error("link " + from + " to " + to, errno);
        return {};
    }

    Status remove(const std::string& path) override {
        if (::remove(path.c_str()) != 0) return errno_error("remove " + path, errno);
        return {};
    }

    Result<std::vector<std::string>> list(const std::string& directory) override {
        DIR* handle = ::opendir(directory.c_str());
        if (handle == nullptr) return errno_error("list " + directory, errno);
        std::vector<std::string> names;
        while (const dirent* entry = ::readdir(handle)) {
            const std::string_view name = entry->d_name;
            if (name != "." && name != "..") names.emplace_back(name);
        }
        ::closedir(handle);
        std::sort(names.begin(), names.end());
        return names;
    }

    Status make_dirs(const std::string& directory) override {
        for (size_t at = 0; at != std::string::npos;) {
            at = directory.find('/', at + 1);
            const std::string part = directory.substr(0, at);
            if (part.empty() || ::mkdir(part.c_str(), 0750) == 0 || errno == EEXIST) continue;
            return errno_error("make directory " + part, errno);
        }
        struct stat st {};
        if (::stat(directory.c_str(), &st) != 0) return errno_error("stat " + directory, errno);
        if (!S_ISDIR(st.st_mode)) return make_error(Code::invalid, "{} is not a directory", directory);
        return {};
    }

    Status sync_dir(const std::string& directory) override {
        const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0) return errno_error("open " + directory, errno);
        const int rc = ::fsync(fd);
        const int err = errno;
        ::close(fd);
        if (rc != 0) return errno_error("fsync " + directory, err);
        return {};
    }

    Result<DiskSpace> space(const std::string& path) override {
        struct statvfs vfs {};
        if (::statvfs(path.c_str(), &vfs) != 0) return errno_error("space of " + path, errno);
        // What an unprivileged process can reach: blocks reserved for root count as used.
        return DiskSpace{.total_bytes = static_cast<uint64_t>(vfs.f_blocks) * vfs.f_frsize,
                         .free_bytes = static_cast<uint64_t>(vfs.f_bavail) * vfs.f_frsize};
    }

    Result<uint64_t> disk_usage(const std::string& path) override {
        struct stat st {};
        if (::lstat(path.c_str(), &st) != 0) return errno_error("stat " + path, errno);
        uint64_t total = static_cast<uint64_t>(st.st_blocks) * 512;
        if (!S_ISDIR(st.st_mode)) return total;
        for (const std::string& name : TRY(list(path))) {
            auto part = disk_usage(path + "/" + name);
            if (part.ok()) total += *part;
            else if (part.error().code != Code::not_found) return std::move(part).error();  // may vanish meanwhile
        }
        return total;
    }

    bool exists(const std::string& path) override { return ::access(path.c_str(), F_OK) == 0; }
};

}  // namespace

FileSystem& real_file_system() {
    static RealFileSystem files;
    return files;
}

Status write_all(File& file, std::span<const std::string_view> parts, uint64_t offset) {
    size_t written = TRY(file.pwritev(parts, offset));
    size_t total = 0;
    for (const std::string_view part : parts) total += part.size();
    if (written == total) return {};
    // A short write: go on behind it, with the first part cut.
    std::vector<std::string_view> rest(parts.begin(), parts.end());
    size_t first = 0;
    size_t skip = written;
    while (written < total) {
        while (first < rest.size() && skip >= rest[first].size()) skip -= rest[first++].size();
        rest[first].remove_prefix(skip);
        skip = TRY(file.pwritev(std::span(rest).subspan(first), offset + written));
        if (skip == 0) return make_error(Code::internal, "a write made no progress");
        written += skip;
    }
    return {};
}

Status write_all(File& file, std::string_view bytes, uint64_t offset) { return write_all(file, std::span(&bytes, 1), offset); }

Status read_exactly(const File& file, char* out, size_t count, uint64_t offset) {
    const size_t got = TRY(file.pread(out, count, offset));
    if (got != count) return make_error(Code::corrupt, "file ends at byte {}, wanted {}", offset + got, offset + count);
    return {};
}

Result<std::string> read_file(FileSystem& files, const std::string& path, uint64_t limit_bytes) {
    const auto file = TRY(files.open(path, OpenMode::read));
    const uint64_t size = TRY(file->size());
    if (size > limit_bytes) return make_error(Code::exhausted, "{}: {} bytes, limit {}", path, size, limit_bytes);
    std::string bytes(size, '\0');
    bytes.resize(TRY(file->pread(bytes.data(), bytes.size(), 0)));
    return bytes;
}

Status write_file_atomically(FileSystem& files, const std::string& path, std::string_view bytes) {
    const std::string temporary = path + ".tmp";
    {
        const auto file = TRY(files.open(temporary, OpenMode::create_empty));
        TRY(write_all(*file, bytes, 0));
        TRY(file->sync_data());
    }
    TRY(files.rename(temporary, path));
    return files.sync_dir(parent_dir(path));
}

std::string parent_dir(const std::string& path) {
    const size_t slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace belfry
