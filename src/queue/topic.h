#pragma once

#include <cstdint>
#include <string_view>

namespace belfry::queue {

/// The built-in topics; users' own get the numbers behind them. The number is the topic's place in the queue's table in
/// this process only; on disk topics go by name.
enum class Topic : uint32_t { metrics, spans, logs, events, transitions, definitions };
inline constexpr uint32_t BUILT_IN_TOPIC_COUNT = 6;
inline constexpr std::string_view BUILT_IN_TOPICS[BUILT_IN_TOPIC_COUNT] = {"metrics", "spans",       "logs",
                                                                           "events",  "transitions", "definitions"};
[[nodiscard]] constexpr std::string_view to_string(Topic topic) {
    return static_cast<uint32_t>(topic) < BUILT_IN_TOPIC_COUNT ? BUILT_IN_TOPICS[static_cast<uint32_t>(topic)] : "user";
}

}  // namespace belfry::queue
