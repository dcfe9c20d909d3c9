#pragma once

#include "base/result.h"
#include "model/labels.h"
#include "model/matcher.h"
#include "model/sample.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::api {

/// prometheus.Query, ready to be asked.
struct ReadQuery {
    model::TimeRange range;  // as far as the hints leave it
    model::Matchers matchers;
    bool labels_only = false;  // hint func="series": samples are not wanted
};

enum class ReadAnswer { samples, streamed_chunks };

/// prometheus.ReadRequest (prompb/remote.proto).
struct ReadRequest {
    std::vector<ReadQuery> queries;
    ReadAnswer answer = ReadAnswer::samples;  // the first accepted type that is known here
};

/// From outside; `invalid` names what is wrong. More than `queries_max` queries are `invalid`, too.
[[nodiscard]] Result<ReadRequest> decode_read_request(std::string_view bytes, uint64_t queries_max);

/// varint size | u32 big-endian CRC-32C of the message | message: a frame of the streamed answer.
void append_read_frame(std::string& out, std::string_view message);

}  // namespace belfry::api
