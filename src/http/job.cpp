#include "http/job.h"

#include "base/log.h"

namespace belfry::http {
namespace {

LogLimiter torn_log;

void log_torn(std::string_view why) {
    uint64_t suppressed = 0;
    if (torn_log.allow(&suppressed))
        log_warn("http", "a long answer was cut off", {{"why", why}, {"more", suppressed}});
}

}  // namespace

Reply next_part(BodyParts more, bool chunked) {
    Reply out;
    out.chunked = chunked;
    bool goes_on = true;
    try {
        // a part without bytes cannot be written: nothing would ask for the next one
        while (goes_on && out.bytes.body.empty()) {
            auto next = more(out.bytes.body);
            if (!next.ok()) {
                log_torn(next.error().message);
                out.torn = true;
                return out;
            }
            goes_on = *next;
        }
    } catch (const std::exception& error) {
        log_torn(error.what());
        out.torn = true;
        return out;
    }
    if (chunked) frame_chunk(out.bytes, !goes_on);
    if (goes_on) out.more = std::move(more);
    return out;
}

void frame_chunk(net::Outgoing& part, bool last) {
    if (part.body.empty()) {
        if (last) part.static_body = "0\r\n\r\n";
        return;
    }
    part.head += fmt::format("{:x}\r\n", part.body.size());
    part.static_body = last ? "\r\n0\r\n\r\n" : "\r\n";
}

}  // namespace belfry::http
