// Texts of request parameters: times, lengths, escaped label names; and the JSON tree of whatever parses as a query.
#include "api/prometheus/params.h"
#include "api/prometheus/parse_tree.h"
#include "base/json.h"
#include "query/promql/parser.h"

using namespace belfry;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t count) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), count);
    static_cast<void>(api::parse_time_ms(text));
    static_cast<void>(api::parse_length_ms(text));
    static_cast<void>(api::unescape_label_name(text));
    const promql::ParseOptions shallow{.depth_max = 20};  // JsonView's own limit is 64 levels
    if (const auto expr = promql::parse(text, shallow)) {
        INVARIANT(JsonView::parse(api::parse_tree_json(**expr)).ok(), "the tree of a query is JSON");
    }
    return 0;
}
