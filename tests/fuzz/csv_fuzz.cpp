// Input: a format, a line feed, rows. Every row is taken or bad; what is taken has canonical labels.
#include "ingest/csv/map.h"

using namespace belfry;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* input, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(input), size);
    const size_t end = std::min(text.find('\n'), text.size());
    auto format = ingest::csv::parse_format(text.substr(0, end));
    if (!format.ok()) return 0;
    ingest::csv::RowMapper mapper(text.substr(std::min(end + 1, text.size())),
                                  {.format = *std::move(format), .default_time_ms = 1, .extra_labels = {{"x", "y"}}});
    ingest::WireBatch batch;
    while (mapper.fill(batch, 100)) {
        if (batch.series.size() != batch.samples.size()) __builtin_trap();
        for (const auto& series : batch.series) {
            if (!model::Labels::is_canonical(series.wire)) __builtin_trap();
        }
    }
    return 0;
}
