#pragma once

#include "base/result.h"
#include "model/labels.h"

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::ingest::statsd {

/// How many bytes of `text` a dictionary as Python writes it takes, which `text` begins with: {'a': 'b', "k": "it's"}.
/// Nothing when it has no end. Bars and line ends within its texts belong to it.
[[nodiscard]] std::optional<size_t> dict_length(std::string_view text);

/// The pairs of such a dictionary: texts in either quotes with Python's escapes (a letter u or b before them is read
/// over), numbers, True, False and None as values, which are taken as they are written. Views into `text`, or into
/// `storage` for texts with escapes.
[[nodiscard]] Status decode_dict(std::string_view text,
                                 std::vector<model::Label>& labels,
                                 std::deque<std::string>& storage);

}  // namespace belfry::ingest::statsd
