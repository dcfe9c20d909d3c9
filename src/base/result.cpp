#include "base/result.h"

#include "base/log.h"

namespace belfry {

std::string_view to_string(Code code) {
    switch (code) {
        case Code::invalid: return "invalid";
        case Code::not_found: return "not_found";
        case Code::conflict: return "conflict";
        case Code::corrupt: return "corrupt";
        case Code::exhausted: return "exhausted";
        case Code::unavailable: return "unavailable";
        case Code::timeout: return "timeout";
        case Code::internal: return "internal";
    }
    return "internal";
}

Error errno_error(std::string_view what, int err) {
    const Code code = err == ENOSPC || err == EDQUOT   ? Code::exhausted
                      : err == ENOENT                  ? Code::not_found
                      : err == EAGAIN || err == EINTR  ? Code::unavailable
                      : err == EINVAL                  ? Code::invalid
                                                       : Code::internal;
    char text[128];
    return make_error(code, "{}: {}", what, strerror_r(err, text, sizeof text));
}

void invariant_failed(const char* file, int line, const char* condition, const char* why) {
    fmt::print(stderr, "BUG {}:{}: {} does not hold: {}\n", file, line, condition, why);
    std::fflush(stderr);
    std::abort();
}

void fatal(const Error& error) {
    log_error("fatal", error.message, {{"code", to_string(error.code)}});
    std::fflush(stderr);
    std::_Exit(2);
}

}  // namespace belfry
