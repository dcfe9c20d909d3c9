// The head parser and what hangs on it: whatever it accepts has one meaning.
#include "base/result.h"
#include "http/head.h"
#include "http/message.h"
#include "http/url.h"
#include "net/sniff.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
    using namespace belfry;
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    (void)net::sniff(text);
    size_t scanned = 0;
    bool bare_lf = false;
    const size_t end = http::find_head_end(text, &scanned, &bare_lf);
    INVARIANT(end <= size && scanned <= size, "the end of a head lies within the bytes");
    if (end == 0) return 0;
    http::RequestHead head;
    http::Refusal refusal;
    if (!http::parse_head(text.substr(0, end), &head, &refusal)) {
        INVARIANT(refusal.status >= 400 && refusal.status < 600 && !refusal.message.empty(), "a refusal says why");
        return 0;
    }
    INVARIANT(head.path.starts_with('/'), "a path starts with '/'");
    INVARIANT(!(head.chunked && head.has_length), "a body has one framing");
    for (const auto& [name, value] : head.headers)
        INVARIANT(name.find_first_of("\r\n: ") == std::string::npos &&
                      value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos,
                  "no line break gets into a header");
    http::Params params;
    (void)http::parse_form(head.query, 100, &params);
    return 0;
}
