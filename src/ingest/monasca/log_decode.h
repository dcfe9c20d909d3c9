#pragma once

#include "base/json.h"
#include "http/message.h"
#include "model/log_record.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace belfry::ingest::monasca {

// POST /v3.0/logs and /v2.0/logs:
//   {"dimensions": {"hostname": "a"}, "logs": [{"message": "...", "dimensions": {"path": "/var/log/x"}}]}
// POST /v2.0/log/single: one line as text, or {"message": "..."}; dimensions and the kind of application in headers.
//
// Every line is of the time at which it came. Its level is its dimension `level`, `log_level` or `severity`, else the
// first word of its first 200 bytes that is one (ERROR, WARN, WARNING, ...).

/// Lines with the same dimensions become one stream; those of a line win over those of all.
[[nodiscard]] Result<model::LogBatch> decode_logs(const JsonView& body, int64_t now_ns);
/// `dimensions`: "a:b,c:d"; `application_type`: "" or a dimension of that name.
[[nodiscard]] Result<model::LogBatch> decode_single_log(std::string_view message,
                                                        std::string_view application_type,
                                                        std::string_view dimensions,
                                                        int64_t now_ns);
[[nodiscard]] model::LogSeverity severity_of(std::string_view message, const model::Dimensions& dimensions);

/// POST /v1.0/events: {"timestamp": "...", "events": [{...}]} -> a record of topic `events` each:
///   {"v":1,"tenant":"default","event":{...},"creation_time":"...","received_ms":1795348800000,"meta":{"project_id":"default"}}
[[nodiscard]] Result<std::vector<std::string>> decode_events(const JsonView& body,
                                                             std::string_view tenant,
                                                             int64_t now_ms);

}  // namespace belfry::ingest::monasca
