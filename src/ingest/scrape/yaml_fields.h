#pragma once

#include "base/yaml.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace belfry::ingest::scrape {

/// Reads the keys of one map into fields. The first mistake is kept and given by `finish`, with its line; so is a key
/// that nobody asked for. A missing key or a null leaves the field as it is.
class YamlFields {
  public:
    /// `what` names the map in messages: "scrape config".
    YamlFields(const YamlNode& node, std::string what);

    /// The value of a key for whoever reads it himself; nullptr when missing or null.
    const YamlNode* take(std::string_view key);
    bool text(std::string_view key, std::string& out);
    bool flag(std::string_view key, bool& out);
    bool count(std::string_view key, uint64_t& out);
    /// "15s", "1h30m", "0": a number without a unit is refused, as Prometheus does.
    bool duration_ms(std::string_view key, int64_t& out);
    /// "10MB": units are powers of 1024, with or without an i.
    bool bytes(std::string_view key, uint64_t& out);
    bool list(std::string_view key, std::vector<std::string>& out);
    /// name -> text.
    bool texts(std::string_view key, std::vector<std::pair<std::string, std::string>>& out);
    /// Keys that are known and not used here.
    void ignore(std::string_view key);

    void fail(int line, std::string_view message);
    /// Keeps an error of whoever read a value himself.
    void check(const Status& status, int line);
    [[nodiscard]] bool failed() const { return error_.has_value(); }
    [[nodiscard]] int line() const { return node_.line(); }
    [[nodiscard]] Status finish();

  private:
    const YamlNode& node_;
    std::string what_;
    std::vector<std::string> asked_;
    std::optional<Error> error_;
};

/// "1h30m" and "0" only.
[[nodiscard]] std::optional<int64_t> strict_duration_ms(std::string_view text);
[[nodiscard]] std::optional<uint64_t> binary_bytes(std::string_view text);

}  // namespace belfry::ingest::scrape
