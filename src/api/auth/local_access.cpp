#include "api/auth/local_access.h"

#include "base/json.h"
#include "base/log.h"
#include "catalog/secret.h"

#include <fcntl.h>
#include <unistd.h>

namespace belfry::api {
namespace {

constexpr size_t FILE_BYTES_MAX = 4096;

std::string file_of(const std::string& data_dir) {
    return data_dir + "/server.json";
}

Status write_private(const std::string& path, const std::string& text) {
    unlink(path.c_str());  // left behind by a killed process, perhaps
    const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return errno_error(fmt::format("create {}", path), errno);
    const ssize_t n = ::write(fd, text.data(), text.size());
    const int failure = n < 0 ? errno : ENOSPC;
    close(fd);
    if (n != static_cast<ssize_t>(text.size())) return errno_error(fmt::format("write {}", path), failure);
    return {};
}

}  // namespace

LocalAccess::LocalAccess() : key_("bf_l_" + catalog::random_text(catalog::SECRET_LETTERS)) {}

LocalAccess::~LocalAccess() {
    if (!path_.empty() && unlink(path_.c_str()) != 0 && errno != ENOENT) {
        log_warn("api", "file left behind", {{"path", path_}, {"error", errno_error("remove", errno).message}});
    }
}

Status LocalAccess::write(const std::string& data_dir, const std::string& url) {
    JsonWriter json;
    json.begin_object().field("url", url).field("key", key_).field("pid", static_cast<int64_t>(getpid())).end_object();
    const std::string path = file_of(data_dir);
    const std::string fresh = path + ".new";
    if (auto done = write_private(fresh, json.text() + "\n"); !done.ok()) return done;
    if (rename(fresh.c_str(), path.c_str()) != 0) return errno_error(fmt::format("rename {}", fresh), errno);
    path_ = path;
    return {};
}

bool LocalAccess::matches(std::string_view presented) const {
    return catalog::secrets_equal(presented, key_);
}

Result<LocalServer> LocalAccess::read(const std::string& data_dir) {
    const std::string path = file_of(data_dir);
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        const Code code = errno == ENOENT ? Code::not_found : Code::unavailable;
        return Error{code, errno_error(fmt::format("open {}", path), errno).message};
    }
    std::string text(FILE_BYTES_MAX, '\0');
    const ssize_t n = ::read(fd, text.data(), text.size());
    close(fd);
    if (n < 0) return errno_error(fmt::format("read {}", path), errno);
    text.resize(static_cast<size_t>(n));
    auto json = JsonView::parse(text);
    if (!json.ok()) return std::move(json).error().context("{}", path);
    LocalServer server{
        .url = json->string_or("url", ""), .key = json->string_or("key", ""), .pid = json->int_or("pid", 0)};
    if (server.url.empty() || server.key.empty()) return make_error(Code::corrupt, "{}: no url or key", path);
    return server;
}

}  // namespace belfry::api
