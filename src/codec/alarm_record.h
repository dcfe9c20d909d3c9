#pragma once

#include "base/result.h"
#include "model/alarm.h"

#include <string>
#include <string_view>

namespace belfry {
class JsonView;
class JsonWriter;
}  // namespace belfry

namespace belfry::codec {

/// Alarms and what happens to them as JSON: what stores and APIs keep and show. (The records of topic `transitions` are
/// binary: transition_record.h.) A batch is
///   {"v":1,"origin":"threshold","covered":812,"events":[
///     {"kind":"transition","id":"...","at_ms":...,"old":"OK","sub_alarms":[...],"by":"",
///      "alarm":{"id":"...","tenant":"default","source":"threshold","definition_id":"...","name":"...","severity":"HIGH",
///               "labels":{...},"metrics":[{"name":"cpu","dimensions":{...}}],"state":"ALARM","reason":"...","value":91.5,...}}]}
/// Members that have their default are left out; a reader passes over unknown ones.
[[nodiscard]] std::string encode_alarm_batch(const model::AlarmBatch& batch);
/// `corrupt` for anything else. Times and offsets are not judged.
[[nodiscard]] Result<model::AlarmBatch> decode_alarm_batch(std::string_view bytes);
[[nodiscard]] Result<model::AlarmBatch> read_alarm_batch(const JsonView& json);

/// One event, as it stands in a record; `alarm` is JSON of `write_alarm` and takes the place of the event's own.
void write_alarm_event(JsonWriter& json, const model::AlarmEvent& event, std::string_view alarm);
[[nodiscard]] Result<model::AlarmEvent> read_alarm_event(const JsonView& json);

/// An alarm alone, as it stands in a record.
void write_alarm(JsonWriter& json, const model::Alarm& alarm);
[[nodiscard]] Result<model::Alarm> read_alarm(const JsonView& json);

void write_dimensions(JsonWriter& json, const model::Dimensions& dimensions);
/// Members that are no text are left out.
[[nodiscard]] model::Dimensions read_dimensions(const JsonView& json);

}  // namespace belfry::codec
