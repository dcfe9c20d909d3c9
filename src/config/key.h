#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "config/config.h"

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace belfry::config {

/// A value as it was written: typed by TOML, always a string from the environment and from flags.
/// A table of a list holds texts only.
using RawTable = std::vector<std::pair<std::string, std::string>>;
using RawValue = std::variant<bool, int64_t, double, std::string, std::vector<std::string>, std::vector<RawTable>>;

/// One key of the configuration: its name, what it means, and how it reaches its field. Built by the functions below.
/// Only what is `shown` ever appears in a report: numbers and switches always, texts when the table says so.
struct Key {
    std::string name;      // "section.key"
    std::string unit;      // "duration", "bytes", "series", ...
    std::string sentence;  // what it does, for config/belfry.toml
    bool shown = true;
    std::function<Status(Config&, const RawValue&)> set;
    std::function<std::string(const Config&)> print;  // as a TOML value

    [[nodiscard]] std::string_view section() const { return std::string_view(name).substr(0, name.find('.')); }
    [[nodiscard]] std::string_view last_part() const { return std::string_view(name).substr(name.find('.') + 1); }
    /// BELFRY_SECTION__KEY
    [[nodiscard]] std::string environment_name() const;
};

// One conversion per kind of value; the message says what would have been right.
[[nodiscard]] Result<bool> as_switch(const RawValue& raw);
[[nodiscard]] Result<uint64_t> as_count(const RawValue& raw, uint64_t min, uint64_t max);
[[nodiscard]] Result<double> as_ratio(const RawValue& raw, double min, double max);
[[nodiscard]] Result<uint64_t> as_bytes(const RawValue& raw, uint64_t min, uint64_t max);
[[nodiscard]] Result<int64_t> as_duration_ms(const RawValue& raw, int64_t min, int64_t max);
[[nodiscard]] Result<std::string> as_text(const RawValue& raw);
[[nodiscard]] Result<std::string> as_choice(const RawValue& raw, const std::vector<std::string>& choices);
[[nodiscard]] Result<std::vector<std::string>> as_list(const RawValue& raw);

/// From the environment and from flags: as TOML writes it, `[{match = "...", keep = "3d"}]`.
[[nodiscard]] Result<std::vector<RawTable>> as_tables(const RawValue& raw);

[[nodiscard]] std::string print_text(std::string_view text);
[[nodiscard]] std::string print_list(const std::vector<std::string>& list);
[[nodiscard]] std::string print_tables(const std::vector<RawTable>& tables);
[[nodiscard]] std::string print_duration(int64_t ms);
/// "64MiB" when exact, else the plain number.
[[nodiscard]] std::string print_bytes(uint64_t bytes);

template <typename T>
struct Range {
    T min;
    T max;
};

/// `max`, or the largest value of the field's type.
template <typename T>
uint64_t within(uint64_t max) {
    return std::min(max, static_cast<uint64_t>(std::numeric_limits<T>::max()));
}

/// `field` is a captureless lambda `[](auto& c) -> auto& { return c.folder.field; }`, used for const and not const.
template <typename Field>
Key switch_key(std::string name, Field field, std::string sentence) {
    return {.name = std::move(name),
            .unit = "true or false",
            .sentence = std::move(sentence),
            .set = [field](Config& c, const RawValue& raw) -> Status {
                field(c) = TRY(as_switch(raw));
                return {};
            },
            .print = [field](const Config& c) -> std::string { return field(c) ? "true" : "false"; }};
}

template <typename Field>
Key count_key(std::string name, std::string unit, Range<uint64_t> range, Field field, std::string sentence) {
    return {.name = std::move(name),
            .unit = std::move(unit),
            .sentence = std::move(sentence),
            .set = [field, range](Config& c, const RawValue& raw) -> Status {
                using T = std::remove_reference_t<decltype(field(c))>;
                field(c) = narrow<T>(TRY(as_count(raw, range.min, within<T>(range.max))));
                return {};
            },
            .print = [field](const Config& c) { return fmt::format("{}", field(c)); }};
}

template <typename Field>
Key ratio_key(std::string name, Range<double> range, Field field, std::string sentence) {
    return {.name = std::move(name),
            .unit = "ratio",
            .sentence = std::move(sentence),
            .set = [field, range](Config& c, const RawValue& raw) -> Status {
                field(c) = TRY(as_ratio(raw, range.min, range.max));
                return {};
            },
            .print = [field](const Config& c) { return fmt::format("{}", field(c)); }};
}

template <typename Field>
Key bytes_key(std::string name, Range<uint64_t> range, Field field, std::string sentence) {
    return {.name = std::move(name),
            .unit = "bytes",
            .sentence = std::move(sentence),
            .set = [field, range](Config& c, const RawValue& raw) -> Status {
                using T = std::remove_reference_t<decltype(field(c))>;
                field(c) = narrow<T>(TRY(as_bytes(raw, range.min, within<T>(range.max))));
                return {};
            },
            .print = [field](const Config& c) { return print_bytes(static_cast<uint64_t>(field(c))); }};
}

/// `field` is in milliseconds.
template <typename Field>
Key duration_key(std::string name, Range<int64_t> range_ms, Field field, std::string sentence) {
    return {.name = std::move(name),
            .unit = "duration",
            .sentence = std::move(sentence),
            .set = [field, range_ms](Config& c, const RawValue& raw) -> Status {
                using T = std::remove_reference_t<decltype(field(c))>;
                field(c) = narrow<T>(TRY(as_duration_ms(raw, range_ms.min, range_ms.max)));
                return {};
            },
            .print = [field](const Config& c) { return print_duration(static_cast<int64_t>(field(c))); }};
}

enum class Shown { no, yes };

template <typename Field>
Key text_key(std::string name, std::string unit, Shown shown, Field field, std::string sentence) {
    return {.name = std::move(name),
            .unit = std::move(unit),
            .sentence = std::move(sentence),
            .shown = shown == Shown::yes,
            .set = [field](Config& c, const RawValue& raw) -> Status {
                field(c) = TRY(as_text(raw));
                return {};
            },
            .print = [field](const Config& c) { return print_text(field(c)); }};
}

template <typename Field>
Key choice_key(std::string name, std::vector<std::string> choices, Field field, std::string sentence) {
    std::string unit;
    for (const std::string& choice : choices)
        unit += (unit.empty() ? "" : " | ") + choice;
    return {.name = std::move(name),
            .unit = std::move(unit),
            .sentence = std::move(sentence),
            .set = [field, choices = std::move(choices)](Config& c, const RawValue& raw) -> Status {
                field(c) = TRY(as_choice(raw, choices));
                return {};
            },
            .print = [field](const Config& c) { return print_text(field(c)); }};
}

template <typename T>
struct Choice {
    std::string name;
    T value;
};

/// For a field of an enumeration.
template <typename T, typename Field>
Key enum_key(std::string name, std::vector<Choice<T>> choices, Field field, std::string sentence) {
    std::string unit;
    std::vector<std::string> names;
    for (const auto& choice : choices) {
        unit += (unit.empty() ? "" : " | ") + choice.name;
        names.push_back(choice.name);
    }
    return {.name = std::move(name),
            .unit = std::move(unit),
            .sentence = std::move(sentence),
            .set = [field, choices, names](Config& c, const RawValue& raw) -> Status {
                const std::string chosen = TRY(as_choice(raw, names));
                for (const auto& choice : choices) {
                    if (choice.name == chosen) field(c) = choice.value;
                }
                return {};
            },
            .print = [field, choices](const Config& c) -> std::string {
                for (const auto& choice : choices) {
                    if (choice.value == field(c)) return print_text(choice.name);
                }
                return print_text("?");
            }};
}

template <typename Field>
Key list_key(std::string name, std::string unit, Field field, std::string sentence) {
    return {.name = std::move(name),
            .unit = std::move(unit),
            .sentence = std::move(sentence),
            .set = [field](Config& c, const RawValue& raw) -> Status {
                field(c) = TRY(as_list(raw));
                return {};
            },
            .print = [field](const Config& c) { return print_list(field(c)); }};
}

/// For a list of structs: `read` makes one of a table, `write` the other way round.
template <typename Field, typename Read, typename Write>
Key tables_key(std::string name, std::string unit, Field field, Read read, Write write, std::string sentence) {
    return {.name = std::move(name),
            .unit = std::move(unit),
            .sentence = std::move(sentence),
            .set = [field, read](Config& c, const RawValue& raw) -> Status {
                std::remove_reference_t<decltype(field(c))> list;
                for (const RawTable& table : TRY(as_tables(raw))) list.push_back(TRY(read(table)));
                field(c) = std::move(list);
                return {};
            },
            .print = [field, write](const Config& c) {
                std::vector<RawTable> tables;
                for (const auto& item : field(c)) tables.push_back(write(item));
                return print_tables(tables);
            }};
}

}  // namespace belfry::config
