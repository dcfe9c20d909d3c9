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
//   _sc|name|status|...                         service check

enum class Kind : uint8_t { counter, gauge, distribution, set };

struct Line {
    std::string_view name;
    std::string_view values;  // between the colon and the type
    std::string_view tags;    // behind the #
    Kind kind = Kind::counter;
    double rate = 1;                 // (0, 1]
    std::optional<int64_t> time_ms;  // of |T
};

/// What else a line can be.
enum class Other { none, event, service_check };
[[nodiscard]] Other other_of(std::string_view line);

/// A line without its line feed, not blank. Views into `line`; values and tags are not looked at yet.
[[nodiscard]] Result<Line> decode_line(std::string_view line);

struct Value {
    double number = 0;       // finite
    bool is_change = false;  // of a gauge: +1, -1
};

/// Takes the first of `values` away. Not for sets.
[[nodiscard]] Result<Value> take_value(std::string_view& values);

/// `a:b,c` -> a="b", c="true"; of tags with one name the last counts. Appends views.
[[nodiscard]] Status decode_tags(std::string_view tags, std::vector<model::Label>& labels);

}  // namespace belfry::ingest::statsd
