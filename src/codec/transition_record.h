#pragma once

#include "base/result.h"
#include "model/alarm.h"

#include <string>
#include <string_view>

namespace belfry::codec {

/// A record of topic `transitions`. Binary, because a storm of 100,000 alarms is decoded by every reader that falls
/// behind the queue's memory: about 300 bytes and one microsecond an event, where JSON takes 900 bytes and forty.
///
///   record = version (1 byte, 2) · text origin · varint covered · varint count · event*count
///   event  = kind (1 byte) · text id · zigzag at_ms · text by · alarm · [transition: old state (1 byte) · text
///   sub_alarms] alarm  = text id · shared tenant · source, severity, state (1 byte each) · flags (1 byte) · shared
///   definition_id, name,
///            description · pairs labels, annotations · varint count · (shared name · pairs)*count metrics · text
///            reason · [flag 1: value, 8 bytes] · zigzag state_updated_ms, created_ms, updated_ms · text
///            lifecycle_state, link · [flag 4: text by, reason · zigzag at_ms, until_ms]
///   text   = varint bytes · bytes      pairs = varint count · (shared name · shared value)*count, ascending by name
///   shared = varint n: 0 = a text follows, which gets the next number from 1 on; n = the text with that number
///   flags  = 1 has a value · 2 actions are enabled · 4 is acknowledged
///
/// Example: nothing but an origin "api": 02 03 61 70 69 00 00.
[[nodiscard]] std::string encode_transitions(const model::AlarmBatch& batch);
/// `corrupt` for anything else. Times, offsets and the JSON of sub_alarms are not judged.
[[nodiscard]] Result<model::AlarmBatch> decode_transitions(std::string_view bytes);

}  // namespace belfry::codec
