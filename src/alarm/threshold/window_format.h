#pragma once

#include <cstdint>
#include <string_view>

namespace belfry::alarm {

// The windows of all alarms, DATA/alarms/windows, version 1. Integers are LEB128 (z: zigzag) or little-endian.
//
//   "BFWN" | version u32 | body | crc32c u32 of all before
//   body     offset | now z | alarms | alarms x alarm | waiting | waiting x metric
//   alarm    id sized | subs | subs x sub               in the order of the expression
//   sub      window u64 (hash of function, metric, dimensions, period, times) | state u8 | flags u8 (1 announce, 2
//   decided)
//            | empty observations | view end z | newest z | slots | slots x (count, [value f64]) | values | values x
//            f64
//   metric   head id | labels sized | time z | value f64        what waits for the others of an alarm
//
// `offset` is that of topic metrics up to which all samples are in the windows.

inline constexpr std::string_view WINDOWS_MAGIC = "BFWN";
inline constexpr uint32_t WINDOWS_VERSION = 1;

}  // namespace belfry::alarm
