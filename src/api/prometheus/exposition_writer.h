#pragma once

#include "codec/exposition.h"
#include "model/labels.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace belfry::api {

/// What becomes of names that are not of [a-zA-Z0-9_:]: quoted as they are, or written in one of Prometheus' escapes.
enum class NameEscaping { allow_utf8, underscores, dots, values };

/// What a scraper's Accept header asks for.
struct ExpositionChoice {
    codec::ExpositionFormat format = codec::ExpositionFormat::text;
    NameEscaping escaping = NameEscaping::underscores;
    bool escaping_named = false;
    [[nodiscard]] std::string content_type() const;
};
/// The known form with the highest weight; text 0.0.4 when none is known.
[[nodiscard]] ExpositionChoice choose_exposition(std::string_view accept);

[[nodiscard]] bool is_legacy_name(std::string_view name, bool colons);
[[nodiscard]] std::string escape_name(std::string_view name, NameEscaping escaping);

/// `name{a="b"}` or `{"odd name","odd.label"="b"}`, as the escaping says.
void append_exposition_series(std::string& out, model::LabelsView labels, NameEscaping escaping);
/// A metric's name as it stands in a TYPE line.
void append_exposition_name(std::string& out, std::string_view name, NameEscaping escaping);
/// ` <value> <time>\n`: milliseconds in text, seconds in OpenMetrics.
void append_exposition_sample(std::string& out, codec::ExpositionFormat format, double value, int64_t time_ms);
/// With the escapes of a HELP text or of a label value.
void append_exposition_text(std::string& out, std::string_view text);

}  // namespace belfry::api
