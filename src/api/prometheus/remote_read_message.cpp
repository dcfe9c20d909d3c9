#include "api/prometheus/remote_read_message.h"

#include "base/hash.h"
#include "codec/protobuf.h"

namespace belfry::api {
namespace {

constexpr uint64_t ACCEPTED_TYPES_MAX = 16;  // there are two

Result<model::Matcher> decode_matcher(std::string_view bytes) {
    using Op = model::Matcher::Op;
    static constexpr Op OPS[] = {Op::equal, Op::not_equal, Op::regex, Op::not_regex};
    uint64_t type = 0;
    std::string_view name;
    std::string_view value;
    codec::ProtoReader message(bytes);
    while (message.next()) {
        switch (message.field()) {
            case 1: type = message.uint64(); break;
            case 2: name = message.bytes(); break;
            case 3: value = message.bytes(); break;
            default: break;
        }
    }
    if (!message.ok()) return make_error(Code::invalid, "a matcher is not a protobuf message");
    if (type >= std::size(OPS)) return make_error(Code::invalid, "matcher type {} is not known", type);
    return model::Matcher::make(OPS[type], std::string(name), std::string(value));
}

struct Hints {
    int64_t start_ms = 0;
    int64_t end_ms = 0;
    std::string_view function;
};

Result<Hints> decode_hints(std::string_view bytes) {
    Hints out;
    codec::ProtoReader message(bytes);
    while (message.next()) {
        switch (message.field()) {
            case 2: out.function = message.bytes(); break;
            case 3: out.start_ms = message.int64(); break;
            case 4: out.end_ms = message.int64(); break;
            default: break;  // step, grouping and range do not change what is read
        }
    }
    if (!message.ok()) return make_error(Code::invalid, "the hints are not a protobuf message");
    return out;
}

Result<ReadQuery> decode_query(std::string_view bytes) {
    ReadQuery out;
    int64_t start_ms = 0;
    int64_t last_ms = 0;
    Hints hints;
    codec::ProtoReader message(bytes);
    while (message.next()) {
        switch (message.field()) {
            case 1: start_ms = message.int64(); break;
            case 2: last_ms = message.int64(); break;
            case 3: out.matchers.push_back(TRY(decode_matcher(message.bytes()))); break;
            case 4: hints = TRY(decode_hints(message.bytes())); break;
            default: break;
        }
    }
    if (!message.ok()) return make_error(Code::invalid, "a query is not a protobuf message");
    if (hints.start_ms != 0 || hints.end_ms != 0) {
        start_ms = std::max(start_ms, hints.start_ms);
        last_ms = std::min(last_ms, hints.end_ms);
    }
    out.labels_only = hints.function == "series";
    const int64_t end_ms = last_ms == std::numeric_limits<int64_t>::max() ? last_ms : last_ms + 1;
    out.range = {start_ms, std::max(start_ms, end_ms)};
    return out;
}

}  // namespace

Result<ReadRequest> decode_read_request(std::string_view bytes, uint64_t queries_max) {
    ReadRequest out;
    std::vector<uint64_t> accepted;
    codec::ProtoReader message(bytes);
    while (message.next()) {
        if (message.field() == 1) {
            if (out.queries.size() >= queries_max)
                return make_error(Code::invalid, "more than {} queries (bulk.queries_max)", queries_max);
            out.queries.push_back(TRY(decode_query(message.bytes()).context("query {}", out.queries.size())));
        } else if (message.field() == 2) {
            if (message.wire() == codec::ProtoReader::Wire::varint) {
                accepted.push_back(message.uint64());
            } else {  // packed
                ByteReader packed(message.bytes());
                uint64_t type = 0;
                while (!packed.done() && accepted.size() <= ACCEPTED_TYPES_MAX) {
                    if (!packed.varint(&type)) return make_error(Code::invalid, "the accepted types are torn");
                    accepted.push_back(type);
                }
            }
            if (accepted.size() > ACCEPTED_TYPES_MAX)
                return make_error(Code::invalid, "more than {} accepted response types", ACCEPTED_TYPES_MAX);
        }
    }
    if (!message.ok()) return make_error(Code::invalid, "not a prometheus.ReadRequest");
    if (accepted.empty()) return out;
    const auto known = std::find_if(accepted.begin(), accepted.end(), [](uint64_t type) { return type <= 1; });
    if (known == accepted.end())
        return make_error(Code::invalid,
                          "none of the accepted response types is known here: SAMPLES (0) and "
                          "STREAMED_XOR_CHUNKS (1) are");
    out.answer = *known == 1 ? ReadAnswer::streamed_chunks : ReadAnswer::samples;
    return out;
}

void append_read_frame(std::string& out, std::string_view message) {
    put_varint(out, message.size());
    put_be32(out, crc32c(message));
    out.append(message);
}

}  // namespace belfry::api
