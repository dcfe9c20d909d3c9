#include "ingest/host/proc_file.h"

#include <fcntl.h>
#include <unistd.h>

namespace belfry::ingest::host {

ProcFile::~ProcFile() {
    if (fd_ >= 0) ::close(fd_);
}

std::string_view ProcFile::read() {
    if (fd_ < 0) fd_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd_ < 0) return {};
    if (buffer_.empty()) buffer_.resize(4096);
    size_t used = 0;
    while (true) {
        if (used == buffer_.size()) {
            if (buffer_.size() >= CONTENT_BYTES_MAX) break;
            buffer_.resize(buffer_.size() * 2);
        }
        const ssize_t n = ::pread(fd_, buffer_.data() + used, buffer_.size() - used, static_cast<off_t>(used));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) {
            ::close(fd_);
            fd_ = -1;
            return {};
        }
        if (n == 0) break;
        used += static_cast<size_t>(n);
    }
    return std::string_view(buffer_).substr(0, used);
}

std::string read_small_file(const std::string& path) {
    ProcFile file(path);
    std::string_view text = file.read();
    while (!text.empty() && (text.back() == '\n' || text.back() == '\0'))
        text.remove_suffix(1);
    return std::string(text);
}

}  // namespace belfry::ingest::host
