#include "api/prometheus/exposition_writer.h"

#include "api/prometheus/render.h"
#include "base/ascii.h"
#include "base/number.h"
#include "base/utf8.h"

namespace belfry::api {
namespace {

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_legacy(char c, bool first, bool colons) {
    return is_letter(c) || (colons && c == ':') || (!first && c >= '0' && c <= '9');
}

std::string_view take(std::string_view& rest, char separator) {
    const size_t end = std::min(rest.find(separator), rest.size());
    const std::string_view out = trim_blanks(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return out;
}

std::optional<NameEscaping> escaping_of(std::string_view text) {
    if (text == "allow-utf-8") return NameEscaping::allow_utf8;
    if (text == "underscores") return NameEscaping::underscores;
    if (text == "dots") return NameEscaping::dots;
    if (text == "values") return NameEscaping::values;
    return std::nullopt;
}

std::string_view to_string(NameEscaping escaping) {
    switch (escaping) {
        case NameEscaping::allow_utf8: return "allow-utf-8";
        case NameEscaping::underscores: return "underscores";
        case NameEscaping::dots: return "dots";
        case NameEscaping::values: break;
    }
    return "values";
}

void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    append_exposition_text(out, text);
    out += '"';
}

}  // namespace

std::string ExpositionChoice::content_type() const {
    std::string out = format == codec::ExpositionFormat::open_metrics
                          ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                          : "text/plain; version=0.0.4; charset=utf-8";
    if (escaping_named) out += fmt::format("; escaping={}", to_string(escaping));
    return out;
}

ExpositionChoice choose_exposition(std::string_view accept) {
    ExpositionChoice best;
    double best_weight = 0;
    while (!accept.empty()) {
        std::string_view item = take(accept, ',');
        const std::string_view type = take(item, ';');
        ExpositionChoice choice;
        const bool open_metrics = type == "application/openmetrics-text";
        if (open_metrics) choice.format = codec::ExpositionFormat::open_metrics;
        bool known = open_metrics || type == "text/plain" || type == "text/*" || type == "*/*";
        double weight = 1;
        while (!item.empty()) {
            std::string_view parameter = take(item, ';');
            const std::string_view name = take(parameter, '=');
            if (name == "q") weight = parse_double(parameter).value_or(0);
            if (name == "version" && open_metrics) known = parameter == "1.0.0" || parameter == "0.0.1";
            if (name == "version" && type == "text/plain") known = parameter == "0.0.4" || parameter == "1.0.0";
            if (name != "escaping") continue;
            const auto escaping = escaping_of(parameter);
            choice.escaping_named = escaping.has_value();
            choice.escaping = escaping.value_or(NameEscaping::underscores);
        }
        if (!known || weight <= best_weight) continue;
        best = choice;
        best_weight = weight;
    }
    return best;
}

bool is_legacy_name(std::string_view name, bool colons) {
    if (name.empty()) return false;
    for (size_t i = 0; i < name.size(); ++i)
        if (!is_legacy(name[i], i == 0, colons)) return false;
    return true;
}

std::string escape_name(std::string_view name, NameEscaping escaping) {
    // dots are escaped even in plain names, so that what comes back is what went out
    const bool plain = is_legacy_name(name, true);
    if (escaping == NameEscaping::allow_utf8 || (plain && escaping != NameEscaping::dots)) return std::string(name);
    std::string out = escaping == NameEscaping::values ? "U__" : "";
    for (size_t i = 0; i < name.size();) {
        const size_t length = std::max<size_t>(1, utf8_length(name.substr(i)));
        const char c = name[i];
        const bool legacy = length == 1 && is_legacy(c, i == 0, true);
        if (escaping == NameEscaping::underscores) {
            out += legacy ? c : '_';
        } else if (c == '_') {
            out += "__";
        } else if (legacy) {
            out += c;
        } else if (escaping == NameEscaping::dots) {
            out += c == '.' ? "_dot_" : "__";
        } else {
            out += utf8_length(name.substr(i)) == 0 ? "_FFFD_"
                                                    : fmt::format("_{:x}_", utf8_code_point(name.substr(i, length)));
        }
        i += length;
    }
    return out;
}

void append_exposition_text(std::string& out, std::string_view text) {
    for (const char c : text) {
        if (c == '\\')
            out += "\\\\";
        else if (c == '"')
            out += "\\\"";
        else if (c == '\n')
            out += "\\n";
        else
            out += c;
    }
}

void append_exposition_name(std::string& out, std::string_view name, NameEscaping escaping) {
    if (escaping != NameEscaping::allow_utf8)
        out += escape_name(name, escaping);
    else if (is_legacy_name(name, true))
        out += name;
    else
        append_quoted(out, name);
}

void append_exposition_series(std::string& out, model::LabelsView labels, NameEscaping escaping) {
    const std::string_view name = labels.metric_name();
    const bool outside = escaping != NameEscaping::allow_utf8 || is_legacy_name(name, true);
    if (outside && !name.empty()) append_exposition_name(out, name, escaping);
    bool open = false;
    const auto separate = [&] {
        out += open ? ',' : '{';
        open = true;
    };
    if (!outside && !name.empty()) {
        separate();
        append_quoted(out, name);
    }
    for (const model::Label& label : labels) {
        if (label.name == model::METRIC_NAME || label.name == model::TENANT_LABEL) continue;
        separate();
        if (is_legacy_name(label.name, false))
            out += escaping == NameEscaping::dots ? escape_name(label.name, escaping) : std::string(label.name);
        else if (escaping == NameEscaping::allow_utf8)
            append_quoted(out, label.name);
        else
            out += escape_name(label.name, escaping);
        out += '=';
        append_quoted(out, label.value);
    }
    if (open)
        out += '}';
    else if (name.empty())
        out += "{}";
}

void append_exposition_sample(std::string& out, codec::ExpositionFormat format, double value, int64_t time_ms) {
    out += ' ';
    append_double(out, value);
    out += ' ';
    if (format == codec::ExpositionFormat::open_metrics)
        append_time(out, time_ms);
    else
        fmt::format_to(std::back_inserter(out), "{}", time_ms);
    out += '\n';
}

}  // namespace belfry::api
