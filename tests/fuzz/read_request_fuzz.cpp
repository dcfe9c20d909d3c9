// Input: a decompressed prometheus.ReadRequest; and the same bytes as an Accept header and as a name to escape.
#include "api/prometheus/exposition_writer.h"
#include "api/prometheus/remote_read_message.h"
#include "base/utf8.h"

using namespace belfry;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t count) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), count);
    if (const auto request = api::decode_read_request(text, 10); request.ok()) {
        if (request->queries.size() > 10) __builtin_trap();
        for (const auto& query : request->queries)
            if (query.range.from_ms > query.range.to_ms) __builtin_trap();
    }
    static_cast<void>(api::choose_exposition(text).content_type());
    for (const auto escaping : {api::NameEscaping::underscores, api::NameEscaping::dots, api::NameEscaping::values}) {
        const std::string name = api::escape_name(text, escaping);
        if (!text.empty() && !api::is_legacy_name(name, true)) __builtin_trap();
    }
    return 0;
}
