#pragma once

#include "base/result.h"
#include "model/labels.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::ingest::statsd {

// A line of statsd, with what DogStatsD adds (protocol 1.0 to 1.3):
//
//   name:value[:value...]|type[|@rate][|#tag:value,tag...][|T<seconds>][|c:container][|e:...][|card:...]
//
//   c   counter; with a rate of 0.1 a value counts ten times
//   g   gauge; +1 and -1 change it
//   ms, h, d   timer, histogram, distribution: one thing under three names
//   s   set: how many different members came
//
//   _e{title bytes,text bytes}:title|text|...   event
//   _sc|name|status|...                         service check: a gauge of its status
//
// And Monasca's dialect, whose tags are a dictionary as Python writes it, #{'env': 'test'}; such a line, and with
// Dialect::monasca every line, is counted as Monasca's agent counts it:
//
//   c          sum of the interval, without its fraction
//   g, ms, h   the last value of the interval
//   r          difference to the value before, a second

enum class Kind : uint8_t { counter, gauge, distribution, set, interval_sum, last_value, rate };
enum class Dialect : uint8_t { mixed, monasca };

/// Written only for intervals in which something came.
[[nodiscard]] constexpr bool is_of_interval(Kind kind) {
    return kind == Kind::interval_sum || kind == Kind::last_value || kind == Kind::rate;
}

struct Line {
    std::string_view name;
    std::string_view values;  // between the colon and the type
    std::string_view tags;    // behind the #
    bool tags_are_dict = false;
    bool is_monasca = false;
    Kind kind = Kind::counter;
    double rate = 1;                 // (0, 1]
    std::optional<int64_t> time_ms;  // of |T
};

/// What else a line can be.
enum class Other { none, event };
[[nodiscard]] Other other_of(std::string_view line);

/// A line without its line feed, not blank. Views into `line`; values and tags are not looked at yet.
[[nodiscard]] Result<Line> decode_line(std::string_view line, Dialect dialect = Dialect::mixed);

struct Value {
    double number = 0;       // finite
    bool is_change = false;  // of a gauge: +1, -1
};

/// Takes the first of `values` away. Not for sets.
[[nodiscard]] Result<Value> take_value(std::string_view& values);

/// `a:b,c` -> a="b", c="true"; of tags with one name the last counts. Appends views. Monasca says "True" for c, and "?"
/// for an empty value.
[[nodiscard]] Status decode_tags(std::string_view tags, bool is_monasca, std::vector<model::Label>& labels);

}  // namespace belfry::ingest::statsd
