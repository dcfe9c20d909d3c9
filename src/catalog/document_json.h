#pragma once

#include "model/alarm.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace belfry {
class JsonView;
class JsonWriter;
}  // namespace belfry

namespace belfry::catalog {

// What the JSON of several kinds of documents is made of.

void write_texts(JsonWriter& json, std::string_view name, const std::vector<std::string>& texts);
[[nodiscard]] std::vector<std::string> read_texts(const JsonView& json);
void write_pairs(JsonWriter& json, std::string_view name, const model::Dimensions& pairs);
[[nodiscard]] model::Dimensions read_pairs(const JsonView& json);

/// The place of an enumeration's word.
template <size_t N>
[[nodiscard]] std::optional<size_t> index_of(const std::array<std::string_view, N>& words, std::string_view word) {
    const auto found = std::find(words.begin(), words.end(), word);
    if (found == words.end()) return std::nullopt;
    return static_cast<size_t>(found - words.begin());
}

}  // namespace belfry::catalog
