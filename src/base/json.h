#pragma once

#include "base/result.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace belfry {

/// Appends JSON text; the caller opens and closes. Commas and colons are set by itself. Bytes that are not UTF-8 are
/// replaced by U+FFFD, so that an answer is always valid JSON.
class JsonWriter {
  public:
    JsonWriter& begin_object();
    JsonWriter& end_object();
    JsonWriter& begin_array();
    JsonWriter& end_array();
    JsonWriter& key(std::string_view name);
    JsonWriter& string(std::string_view value);
    /// A finite double in its shortest form; NaN and infinities become null (JSON has none).
    JsonWriter& number(double value);
    JsonWriter& integer(int64_t value);
    JsonWriter& unsigned_integer(uint64_t value);
    JsonWriter& boolean(bool value);
    JsonWriter& null();
    /// Text that is JSON already.
    JsonWriter& raw(std::string_view json);

    // key + value in one call
    JsonWriter& field(std::string_view name, std::string_view value) { return key(name).string(value); }
    JsonWriter& field(std::string_view name, const std::string& value) { return key(name).string(value); }
    JsonWriter& field(std::string_view name, const char* value) { return key(name).string(value); }
    JsonWriter& field(std::string_view name, double value) { return key(name).number(value); }
    JsonWriter& field(std::string_view name, bool value) { return key(name).boolean(value); }
    template <typename T>
        requires std::is_integral_v<T>
    JsonWriter& field(std::string_view name, T value) {
        if constexpr (std::is_signed_v<T>) return key(name).integer(value);
        else return key(name).unsigned_integer(value);
    }

    [[nodiscard]] const std::string& text() const { return out_; }
    [[nodiscard]] std::string take() { return std::move(out_); }
    /// The buffer itself, for hot loops that append JSON text by hand inside `raw`.
    [[nodiscard]] std::string& buffer() { return out_; }

  private:
    void before_value();
    std::string out_;
    bool need_comma_ = false;
};

/// Appends `text` as a JSON string with quotes.
void append_json_string(std::string& out, std::string_view text);

/// A parsed JSON value, read only. Copies share the document. Limits: depth 64.
class JsonView {
  public:
    [[nodiscard]] static Result<JsonView> parse(std::string_view text);

    [[nodiscard]] bool is_object() const;
    [[nodiscard]] bool is_array() const;
    [[nodiscard]] bool is_string() const;
    [[nodiscard]] bool is_number() const;
    [[nodiscard]] bool is_bool() const;
    [[nodiscard]] bool is_null() const;

    /// Array or object size; 0 otherwise.
    [[nodiscard]] size_t size() const;
    /// Element of an array; a null view when out of range.
    [[nodiscard]] JsonView at(size_t index) const;
    /// Member of an object; a null view when missing.
    [[nodiscard]] JsonView get(std::string_view name) const;
    [[nodiscard]] bool has(std::string_view name) const;
    [[nodiscard]] std::vector<std::string> keys() const;

    [[nodiscard]] std::optional<std::string> as_string() const;
    [[nodiscard]] std::optional<double> as_double() const;
    [[nodiscard]] std::optional<int64_t> as_int() const;
    [[nodiscard]] std::optional<bool> as_bool() const;

    /// `get(name).as_*()` with a fallback.
    [[nodiscard]] std::string string_or(std::string_view name, std::string_view fallback) const;
    [[nodiscard]] double double_or(std::string_view name, double fallback) const;
    [[nodiscard]] int64_t int_or(std::string_view name, int64_t fallback) const;
    [[nodiscard]] bool bool_or(std::string_view name, bool fallback) const;

    [[nodiscard]] std::string dump() const;

  private:
    std::shared_ptr<const nlohmann::json> document_;
    const nlohmann::json* node_ = nullptr;
};

}  // namespace belfry
