#include "app/data_dir.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace belfry::app {

Result<DataDir> DataDir::hold(FileSystem& files, const std::string& path) {
    const bool fresh = !files.exists(path);
    TRY(files.make_dirs(path).context("create the data directory {}", path));
    if (fresh) ::chmod(path.c_str(), 0700);  // what is measured here is its owner's business
    const std::string lock = path + "/lock";
    const int fd = ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return errno_error("open " + lock, errno);
    DataDir held(path, fd);
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
        char pid[32]{};
        (void)!::pread(fd, pid, sizeof pid - 1, 0);
        return make_error(
            Code::unavailable,
            "the data directory {} is in use by another belfry (pid {}): stop it or choose another --data", path,
            std::string_view(pid).substr(0, std::string_view(pid).find('\n')));
    }
    const std::string pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, pid.data(), pid.size(), 0) < 0)
        return errno_error("write " + lock, errno);
    return held;
}

DataDir::~DataDir() {
    if (lock_fd_ >= 0) ::close(lock_fd_);
}

}  // namespace belfry::app
