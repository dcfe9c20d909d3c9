#include "app/cli/commands.h"
#include "http/url.h"

#include <cerrno>
#include <cstring>

namespace belfry::app {
namespace {

Status write_all(std::FILE* to, std::string_view bytes) {
    if (std::fwrite(bytes.data(), 1, bytes.size(), to) == bytes.size()) return {};
    return errno_error("write", errno);
}

}  // namespace

/// A file is written beside its place and takes it when it is whole.
Outcome export_command(const config::CommandLine& line, const Remote& remote, std::FILE* output) {
    std::string path = "/api/v1/export/openmetrics?";
    for (const std::string& selector : line.selectors)
        path += "match[]=" + http::percent_encode(selector) + "&";
    if (!line.start.empty()) path += "start=" + http::percent_encode(line.start) + "&";
    if (!line.end.empty()) path += "end=" + http::percent_encode(line.end) + "&";
    path.pop_back();

    const bool to_file = line.file != "-" && !line.file.empty();
    const std::string part = line.file + ".part";
    std::FILE* to = to_file ? std::fopen(part.c_str(), "wb") : output;
    if (to == nullptr) return failed(errno_error("open " + part, errno));
    Status written;
    uint64_t bytes = 0;
    const auto receive = [&](std::string_view more) {
        bytes += more.size();
        written = write_all(to, more);
        return written.ok();
    };
    auto response = remote.send({.path = path, .receive = receive});
    if (to_file && std::fclose(to) != 0 && written.ok()) written = errno_error("close " + part, errno);
    Error error;
    if (!written.ok())
        error = std::move(written).context("{}", to_file ? part : "standard output").error();
    else if (!response.ok())
        error = response.error();
    else if (response->status != 200)
        error = answer_error(*response);
    else if (!to_file)
        return {};
    else if (std::rename(part.c_str(), line.file.c_str()) != 0)
        error = errno_error("rename " + part, errno);
    else
        return {.out = {}, .err = fmt::format("belfry: {} bytes in {}\n", bytes, line.file)};
    if (to_file) std::remove(part.c_str());
    return failed(error);
}

}  // namespace belfry::app
