// Any text as the template of an alert: parsed and run without a crash, within its limits.
#include "alarm/rules/alert_text.h"

using namespace belfry;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t count) {
    static const alarm::AlertTextContext context = [] {
        alarm::AlertTextContext out;
        out.query = [](std::string_view text) -> Result<promql::QueryResult> {
            promql::QueryResult result;
            for (size_t i = 0; i < text.size() % 5; ++i) {
                promql::ResultSeries series;
                series.labels = model::Labels{{"instance", text}};
                series.samples.times_ms = {1};
                series.samples.values = {static_cast<double>(i)};
                result.series.push_back(std::move(series));
            }
            return result;
        };
        out.external_labels = {{"a", "b"}};
        return out;
    }();
    static const templates::Functions functions = alarm::alert_functions(context);
    const auto parsed = alarm::parse_alert_text(std::string_view(reinterpret_cast<const char*>(bytes), count));
    if (!parsed.ok()) return 0;
    const templates::Limits limits{.output_bytes_max = 4'096, .steps_max = 2'000};
    const auto out = parsed->run(alarm::alert_data(model::Labels{{"job", "x"}}.view(), 1.5, context), functions, limits);
    INVARIANT(!out.ok() || out->size() <= limits.output_bytes_max, "the text is within its limit");
    return 0;
}
