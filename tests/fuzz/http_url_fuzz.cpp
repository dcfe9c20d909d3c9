// Decoding of targets, forms and percent-encoding.
#include "base/result.h"
#include "http/message.h"
#include "http/url.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
    using namespace belfry;
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    INVARIANT(http::percent_decode(http::percent_encode(text), true).value() == text, "encoding goes there and back");
    http::Params params;
    (void)http::parse_form(text, 1000, &params);
    INVARIANT(params.items().size() <= 1000, "the limit holds");
    if (auto target = http::parse_target(text); target.ok())
        INVARIANT(target->path.starts_with('/'), "a path starts with '/'");
    return 0;
}
