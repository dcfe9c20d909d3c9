#include "catalog/document_json.h"

#include "base/json.h"
#include "codec/alarm_record.h"

namespace belfry::catalog {

void write_texts(JsonWriter& json, std::string_view name, const std::vector<std::string>& texts) {
    json.key(name).begin_array();
    for (const std::string& text : texts)
        json.string(text);
    json.end_array();
}

std::vector<std::string> read_texts(const JsonView& json) {
    std::vector<std::string> out;
    for (size_t i = 0; i < json.size(); ++i)
        if (auto text = json.at(i).as_string()) out.push_back(std::move(*text));
    return out;
}

void write_pairs(JsonWriter& json, std::string_view name, const model::Dimensions& pairs) {
    json.key(name);
    codec::write_dimensions(json, pairs);
}

model::Dimensions read_pairs(const JsonView& json) {
    return codec::read_dimensions(json);
}

}  // namespace belfry::catalog
