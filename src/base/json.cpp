#include "base/json.h"

#include "base/number.h"
#include "base/utf8.h"

#include <nlohmann/json.hpp>

namespace belfry {
namespace {

constexpr int DEPTH_MAX = 64;  // deeper nesting is an attack on the parser's stack, not a document

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    size_t plain = 0;  // start of the run not yet copied
    size_t i = 0;
    const auto flush = [&] { out.append(text.substr(plain, i - plain)); };
    while (i < text.size()) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\') {
            i++;
            continue;
        }
        if (c >= 0x80) {
            const size_t n = utf8_length(text.substr(i));
            if (n > 0) {
                i += n;
                continue;
            }
            flush();
            out += "\\ufffd";
        } else {
            flush();
            switch (c) {
                case '"': out += "\\\""; break;
                case '\\': out += "\\\\"; break;
                case '\n': out += "\\n"; break;
                case '\r': out += "\\r"; break;
                case '\t': out += "\\t"; break;
                default: out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
            }
        }
        plain = ++i;
    }
    flush();
    out += '"';
}

void JsonWriter::before_value() {
    if (need_comma_) out_ += ',';
    need_comma_ = true;
}

JsonWriter& JsonWriter::begin_object() {
    before_value();
    out_ += '{';
    need_comma_ = false;
    return *this;
}
JsonWriter& JsonWriter::end_object() {
    out_ += '}';
    need_comma_ = true;
    return *this;
}
JsonWriter& JsonWriter::begin_array() {
    before_value();
    out_ += '[';
    need_comma_ = false;
    return *this;
}
JsonWriter& JsonWriter::end_array() {
    out_ += ']';
    need_comma_ = true;
    return *this;
}
JsonWriter& JsonWriter::key(std::string_view name) {
    before_value();
    append_json_string(out_, name);
    out_ += ':';
    need_comma_ = false;
    return *this;
}
JsonWriter& JsonWriter::string(std::string_view value) {
    before_value();
    append_json_string(out_, value);
    return *this;
}
JsonWriter& JsonWriter::number(double value) {
    if (!std::isfinite(value)) return null();
    before_value();
    append_double(out_, value);
    return *this;
}
JsonWriter& JsonWriter::integer(int64_t value) {
    before_value();
    out_ += std::to_string(value);
    return *this;
}
JsonWriter& JsonWriter::unsigned_integer(uint64_t value) {
    before_value();
    out_ += std::to_string(value);
    return *this;
}
JsonWriter& JsonWriter::boolean(bool value) {
    before_value();
    out_ += value ? "true" : "false";
    return *this;
}
JsonWriter& JsonWriter::null() {
    before_value();
    out_ += "null";
    return *this;
}
JsonWriter& JsonWriter::raw(std::string_view json) {
    before_value();
    out_ += json;
    return *this;
}

Result<JsonView> JsonView::parse(std::string_view text) {
    // The depth is checked by hand: the library's parser is not recursive, but its destructor and dump are.
    int depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < text.size(); i++) {
        const char c = text[i];
        if (in_string) {
            if (c == '\\') i++;
            else if (c == '"') in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > DEPTH_MAX) return make_error(Code::invalid, "JSON nested deeper than {}", DEPTH_MAX);
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    try {
        JsonView view;
        view.document_ = std::make_shared<const nlohmann::json>(nlohmann::json::parse(text));
        view.node_ = view.document_.get();
        return view;
    } catch (const nlohmann::json::exception& e) {
        return make_error(Code::invalid, "bad JSON: {}", e.what());
    }
}

bool JsonView::is_object() const { return node_ && node_->is_object(); }
bool JsonView::is_array() const { return node_ && node_->is_array(); }
bool JsonView::is_string() const { return node_ && node_->is_string(); }
bool JsonView::is_number() const { return node_ && node_->is_number(); }
bool JsonView::is_bool() const { return node_ && node_->is_boolean(); }
bool JsonView::is_null() const { return !node_ || node_->is_null(); }

size_t JsonView::size() const { return is_array() || is_object() ? node_->size() : 0; }

JsonView JsonView::at(size_t index) const {
    JsonView out;
    if (!is_array() || index >= node_->size()) return out;
    out.document_ = document_;
    out.node_ = &(*node_)[index];
    return out;
}

JsonView JsonView::get(std::string_view name) const {
    JsonView out;
    if (!is_object()) return out;
    const auto it = node_->find(std::string(name));
    if (it == node_->end()) return out;
    out.document_ = document_;
    out.node_ = &*it;
    return out;
}

bool JsonView::has(std::string_view name) const { return is_object() && node_->contains(std::string(name)); }

std::vector<std::string> JsonView::keys() const {
    std::vector<std::string> out;
    if (!is_object()) return out;
    for (const auto& item : node_->items()) out.push_back(item.key());
    return out;
}

std::optional<std::string> JsonView::as_string() const {
    if (!is_string()) return std::nullopt;
    return node_->get<std::string>();
}
std::optional<double> JsonView::as_double() const {
    if (!is_number()) return std::nullopt;
    return node_->get<double>();
}
std::optional<int64_t> JsonView::as_int() const {
    if (!node_ || !node_->is_number_integer()) return std::nullopt;
    if (node_->is_number_unsigned() && node_->get<uint64_t>() > static_cast<uint64_t>(INT64_MAX)) return std::nullopt;
    return node_->get<int64_t>();
}
std::optional<bool> JsonView::as_bool() const {
    if (!is_bool()) return std::nullopt;
    return node_->get<bool>();
}

std::string JsonView::string_or(std::string_view name, std::string_view fallback) const {
    return get(name).as_string().value_or(std::string(fallback));
}
double JsonView::double_or(std::string_view name, double fallback) const { return get(name).as_double().value_or(fallback); }
int64_t JsonView::int_or(std::string_view name, int64_t fallback) const { return get(name).as_int().value_or(fallback); }
bool JsonView::bool_or(std::string_view name, bool fallback) const { return get(name).as_bool().value_or(fallback); }

std::string JsonView::dump() const {
    if (!node_) return "null";
    return node_->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace belfry
