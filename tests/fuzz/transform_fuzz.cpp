// Transform specs from outside: what is read is complete, and computing with it ends.
#include "alarm/transform/aggregate.h"

using namespace belfry;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t count) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), count);
    const size_t half = std::min(text.find('\x01'), text.size());
    const auto specs = alarm::parse_transform_specs(text.substr(0, half), text.substr(std::min(half + 1, text.size())));
    if (!specs.ok()) return 0;
    for (const auto& spec : specs->aggregations) {
        if (spec.name.empty() || spec.metric_id.empty()) __builtin_trap();
        std::vector<alarm::TransformInput> inputs;
        for (const auto& input : specs->inputs) {
            alarm::TransformInput one;
            one.spec = &input;
            one.labels = model::Labels{{"hostname", "a"}};
            one.samples.times_ms = {1, 2};
            one.samples.values = {1, 2};
            inputs.push_back(std::move(one));
        }
        for (const auto& out : alarm::aggregate(spec, inputs, "default"))
            if (!std::isfinite(out.value)) __builtin_trap();
    }
    return 0;
}
