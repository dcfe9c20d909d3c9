// Input: a text. It is read or refused; what was read has no more nodes than allowed.
#include "base/yaml.h"

using namespace belfry;

namespace {

size_t count(const YamlNode& node) {
    size_t sum = 1;
    for (size_t i = 0; node.is_sequence() && i < node.size(); i++)
        sum += count(node.at(i));
    for (const YamlNode::Item& item : node.items())
        sum += 1 + count(item.second);
    static_cast<void>(node.as_bool());
    static_cast<void>(node.as_int());
    static_cast<void>(node.as_double());
    return sum;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* input, size_t size) {
    const YamlLimits limits{.text_bytes_max = 1 << 20, .nodes_max = 10'000};
    const auto documents = parse_yaml({reinterpret_cast<const char*>(input), size}, limits);
    if (!documents.ok()) {
        if (documents.error().message.empty()) __builtin_trap();
        return 0;
    }
    for (const YamlNode& document : *documents)
        if (count(document) > limits.nodes_max) __builtin_trap();
    return 0;
}
