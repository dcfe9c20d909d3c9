#include "ingest/otlp/value.h"

#include "base/base64.h"
#include "base/json.h"
#include "base/number.h"
#include "codec/protobuf.h"

namespace belfry::ingest::otlp {
namespace {

Status append_json(JsonWriter& json, std::string_view any_value, int depth) {
    if (depth > VALUE_DEPTH_MAX)
        return make_error(Code::invalid, "an attribute is nested more than {} deep", VALUE_DEPTH_MAX);
    codec::ProtoReader value(any_value);
    bool written = false;
    while (value.next()) {
        if (written) continue;  // of a oneof that comes twice the first counts
        switch (value.field()) {
            case 1: json.string(value.bytes()); break;
            case 2: json.boolean(value.boolean()); break;
            case 3: json.integer(value.int64()); break;
            case 4: json.number(value.float64()); break;
            case 5: {
                json.begin_array();
                codec::ProtoReader items(value.bytes());
                while (items.next())
                    if (items.field() == 1) TRY(append_json(json, items.bytes(), depth + 1));
                if (!items.ok()) return make_error(Code::invalid, "malformed ArrayValue message");
                json.end_array();
                break;
            }
            case 6: {
                json.begin_object();
                codec::ProtoReader items(value.bytes());
                while (items.next()) {
                    if (items.field() != 1) continue;
                    const KeyValue pair = TRY(read_key_value(items.bytes()));
                    json.key(pair.key);
                    TRY(append_json(json, pair.value, depth + 1));
                }
                if (!items.ok()) return make_error(Code::invalid, "malformed KeyValueList message");
                json.end_object();
                break;
            }
            case 7: json.string(encode_base64(value.bytes())); break;
            default: continue;
        }
        written = true;
    }
    if (!value.ok()) return make_error(Code::invalid, "malformed AnyValue message");
    if (!written) json.null();
    return {};
}

}  // namespace

Result<KeyValue> read_key_value(std::string_view message) {
    KeyValue out;
    codec::ProtoReader fields(message);
    while (fields.next()) {
        if (fields.field() == 1)
            out.key = fields.bytes();
        else if (fields.field() == 2)
            out.value = fields.bytes();
    }
    if (!fields.ok()) return make_error(Code::invalid, "malformed KeyValue message");
    return out;
}

Status append_value(std::string& out, std::string_view any_value) {
    codec::ProtoReader value(any_value);
    while (value.next()) {
        switch (value.field()) {
            case 1: out += value.bytes(); break;
            case 2: out += value.boolean() ? "true" : "false"; break;
            case 3: out += std::to_string(value.int64()); break;
            case 4: append_double(out, value.float64()); break;
            case 5:
            case 6: {
                JsonWriter json;
                TRY(append_json(json, any_value, 0));
                out += json.text();
                return {};
            }
            case 7: out += encode_base64(value.bytes()); break;
            default: continue;
        }
        break;
    }
    return value.ok() ? Status() : make_error(Code::invalid, "malformed AnyValue message");
}

}  // namespace belfry::ingest::otlp
