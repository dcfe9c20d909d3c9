#include "http/http2_session.h"

#include "base/ascii.h"
#include "base/number.h"
#include "http/stats.h"

#include <nghttp2/nghttp2.h>

namespace belfry::http {
namespace {

/// CONTINUATION frames of one head (CVE-2024-28182): of 16 KiB each.
constexpr size_t CONTINUATIONS_MAX = 8;
/// Answers to PING and SETTINGS that the peer does not take (CVE-2019-9512, 9515).
constexpr size_t UNREAD_ACKS_MAX = 1'000;
constexpr size_t SETTINGS_MAX = 32;  // in one frame
/// RFC 9113, 10.5.1: what a field counts beside its letters.
constexpr uint64_t FIELD_OVERHEAD_BYTES = 32;

std::string_view view(const uint8_t* bytes, size_t count) {
    return {reinterpret_cast<const char*>(bytes), count};
}

nghttp2_nv field(std::string_view name, std::string_view value) {
    // nghttp2 does not write to what it is given, its types only do not say so
    return {reinterpret_cast<uint8_t*>(const_cast<char*>(name.data())),
            reinterpret_cast<uint8_t*>(const_cast<char*>(value.data())), name.size(), value.size(),
            NGHTTP2_NV_FLAG_NONE};
}

/// A field whose value splits no head, in HTTP/2's letters; hop-by-hop fields have no meaning there.
bool is_sendable(std::string_view lower_name, std::string_view value) {
    return lower_name != "connection" && lower_name != "keep-alive" && lower_name != "transfer-encoding" &&
           nghttp2_check_header_name(reinterpret_cast<const uint8_t*>(lower_name.data()), lower_name.size()) != 0 &&
           nghttp2_check_header_value(reinterpret_cast<const uint8_t*>(value.data()), value.size()) != 0;
}

std::string_view body_of(const Response& response) {
    return response.static_body.empty() ? std::string_view(response.body) : response.static_body;
}

const char* reason_of(int error) {
    switch (error) {
        case NGHTTP2_ERR_FLOODED: return "http2_ack_flood";
        case NGHTTP2_ERR_TOO_MANY_CONTINUATIONS: return "http2_continuation_flood";
        case NGHTTP2_ERR_BAD_CLIENT_MAGIC: return "http2_preface";
        default: return "http2_error";
    }
}

}  // namespace

/// What nghttp2 calls; each finds its session in `user`.
struct Http2Session::Callbacks {
    static Http2Session& of(void* user) { return *static_cast<Http2Session*>(user); }

    static int begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user) {
        if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
        of(user).streams_.try_emplace(frame->hd.stream_id);
        return 0;
    }

    static int header(nghttp2_session*,
                      const nghttp2_frame* frame,
                      const uint8_t* name,
                      size_t name_bytes,
                      const uint8_t* value,
                      size_t value_bytes,
                      uint8_t,
                      void* user) {
        if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
        Http2Session& self = of(user);
        if (Stream* stream = self.find(frame->hd.stream_id))
            self.on_field(*stream, view(name, name_bytes), view(value, value_bytes));
        return 0;
    }

    /// A whole frame, heads with all their continuations.
    static int frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
        Http2Session& self = of(user);
        const int32_t id = frame->hd.stream_id;
        const bool last = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
        switch (frame->hd.type) {
            case NGHTTP2_HEADERS:
                if (Stream* stream = self.find(id)) {
                    if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) return self.finish_head(id, *stream, last), 0;
                    if (last && stream->announced) self.owner_.on_end(id);  // trailers, which nobody reads
                }
                return 0;
            case NGHTTP2_DATA:
                if (last) {
                    if (Stream* stream = self.find(id); stream != nullptr && stream->announced) self.owner_.on_end(id);
                    return 0;
                }
                if (frame->hd.length > 0) return 0;
                break;
            case NGHTTP2_RST_STREAM:
                if (!self.resets_.take(self.now_ms_))
                    self.terminate(Http2Code::enhance_your_calm, "too many streams reset", "http2_rapid_reset");
                return 0;
            case NGHTTP2_WINDOW_UPDATE: return 0;
            default: break;
        }
        if (!self.control_frames_.take(self.now_ms_))
            self.terminate(Http2Code::enhance_your_calm, "too many control frames", "http2_control_flood");
        return 0;
    }

    static int data(nghttp2_session*, uint8_t, int32_t id, const uint8_t* bytes, size_t count, void* user) {
        Http2Session& self = of(user);
        const Stream* stream = self.find(id);
        if (stream == nullptr || !stream->announced) return 0;
        if (self.owner_.on_body(id, view(bytes, count))) return 0;
        self.pause_ = true;
        return NGHTTP2_ERR_PAUSE;
    }

    static int gone(nghttp2_session*, int32_t id, uint32_t, void* user) {
        Http2Session& self = of(user);
        const auto found = self.streams_.find(id);
        if (found == self.streams_.end()) return 0;
        const bool announced = found->second.announced;
        self.streams_.erase(found);
        if (announced) self.owner_.on_gone(id);
        return 0;
    }

    static int sent(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
        // answered before the body was all there: the rest of it need not come (RFC 9113, 8.1)
        const bool answer = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
        if (answer && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0 &&
            nghttp2_session_get_stream_remote_close(session, frame->hd.stream_id) == 0)
            nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_NO_ERROR);
        // nghttp2 ends a connection by itself when the peer breaks the protocol
        const bool fault = frame->hd.type == NGHTTP2_GOAWAY && frame->goaway.error_code != NGHTTP2_NO_ERROR;
        if (fault && !of(user).terminated_) connections_refused_total.at({"http2_protocol"}).add();
        return 0;
    }

    static ssize_t read(nghttp2_session* session,
                        int32_t id,
                        uint8_t* to,
                        size_t room,
                        uint32_t* flags,
                        nghttp2_data_source*,
                        void* user) {
        Stream* stream = of(user).find(id);
        if (stream == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
        const std::string_view body = body_of(stream->response).substr(stream->sent);
        const size_t count = std::min(room, body.size());
        std::memcpy(to, body.data(), count);
        stream->sent += count;
        if (count < body.size()) return static_cast<ssize_t>(count);
        if (stream->goes_on) {
            if (!std::exchange(stream->drained, true)) of(user).owner_.on_drained(id);
            if (count == 0) return NGHTTP2_ERR_DEFERRED;
            return static_cast<ssize_t>(count);
        }
        *flags |= NGHTTP2_DATA_FLAG_EOF;
        if (stream->response.trailers.empty()) return static_cast<ssize_t>(count);
        *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        std::vector<nghttp2_nv> trailers;
        for (const auto& [name, value] : stream->response.trailers)
            if (is_sendable(name, value)) trailers.push_back(field(name, value));
        nghttp2_submit_trailer(session, id, trailers.data(), trailers.size());
        return static_cast<ssize_t>(count);
    }
};

Http2Session::Http2Session(const Http2Limits& limits, Owner& owner)
    : limits_(limits), owner_(owner), resets_(limits.stream_resets_max), control_frames_(limits.control_frames_max) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_option* option = nullptr;
    INVARIANT(nghttp2_session_callbacks_new(&callbacks) == 0 && nghttp2_option_new(&option) == 0,
              "nghttp2 fails here only without memory");
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, Callbacks::begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, Callbacks::header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, Callbacks::frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, Callbacks::data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, Callbacks::gone);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, Callbacks::sent);
    nghttp2_option_set_max_continuations(option, CONTINUATIONS_MAX);
    nghttp2_option_set_max_outbound_ack(option, UNREAD_ACKS_MAX);
    nghttp2_option_set_max_settings(option, SETTINGS_MAX);
    nghttp2_option_set_no_closed_streams(option, 1);
    nghttp2_option_set_server_fallback_rfc7540_priorities(option, 0);
    // ours (resets_) comes first and says why
    nghttp2_option_set_stream_reset_rate_limit(option, 2 * limits.stream_resets_max + 16,
                                               limits.stream_resets_max / 30 + 1);
    INVARIANT(nghttp2_session_server_new2(&session_, callbacks, this, option) == 0,
              "nghttp2 fails here only without memory");
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits.streams_max},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, STREAM_WINDOW_BYTES},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<uint32_t>(limits.head_bytes_max)},
    };
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings, std::size(settings));
    nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, CONNECTION_WINDOW_BYTES);
}

Http2Session::~Http2Session() {
    nghttp2_session_del(session_);
}

Http2Session::Stream* Http2Session::find(int32_t id) {
    const auto found = streams_.find(id);
    return found == streams_.end() ? nullptr : &found->second;
}

void Http2Session::on_field(Stream& stream, std::string_view name, std::string_view value) {
    if (stream.bad) return;
    stream.head_bytes += name.size() + value.size() + FIELD_OVERHEAD_BYTES;
    const auto refuse = [&](int status, std::string message) {
        stream.bad = true;
        stream.refusal = {status, std::move(message)};
    };
    if (stream.head_bytes > limits_.head_bytes_max)
        return refuse(431,
                      fmt::format("headers are longer than {} bytes (http.head_bytes_max)", limits_.head_bytes_max));
    RequestHead& head = stream.head;
    if (name == ":method") {
        head.method = value;
    } else if (name == ":path") {
        head.target = value;
    } else if (name == ":authority") {
        const auto [at, first] = head.headers.try_emplace("host", value);
        if (!first && at->second != value) refuse(400, ":authority and Host differ");
    } else if (name.starts_with(':')) {
        return;  // :scheme says nothing; nghttp2 refuses others
    } else {
        if (++stream.field_count > HEADERS_MAX)
            return refuse(431, fmt::format("more than {} header lines", HEADERS_MAX));
        auto [at, first] = head.headers.try_emplace(std::string(name), value);
        if (first) return;
        if (name == "host" && at->second == value) return;
        if (name == "host" || name == "content-length") return refuse(400, fmt::format("header {} twice", name));
        at->second += name == "cookie" ? "; " : ", ";
        at->second += value;
    }
}

void Http2Session::finish_head(int32_t id, Stream& stream, bool whole) {
    RequestHead& head = stream.head;
    const auto host = head.headers.find("host");
    if (!stream.bad && (host == head.headers.end() || host->second.empty())) {
        stream.bad = true;
        stream.refusal = {400, "neither :authority nor Host"};
    }
    if (!stream.bad && !resolve_target(&head, &stream.refusal)) stream.bad = true;
    if (!stream.bad) {
        if (const auto length = head.headers.find("content-length"); length != head.headers.end()) {
            head.has_length = true;
            head.content_length = parse_uint(length->second).value_or(UINT64_MAX);
        }
        const auto expect = head.headers.find("expect");
        head.expects_continue = !whole && expect != head.headers.end() && lower(expect->second) == "100-continue";
    }
    if (stream.bad) {
        stream.announced = true;
        const auto type = head.headers.find("content-type");
        const bool grpc = type != head.headers.end() && type->second.starts_with("application/grpc");
        return owner_.on_bad_head(id, std::exchange(stream.refusal, {}), grpc);
    }
    if (!owner_.on_head(id, std::move(head))) return reset(id, Http2Code::refused_stream);
    stream.announced = true;
    if (whole) owner_.on_end(id);
}

size_t Http2Session::feed(std::string_view bytes, int64_t now_ms) {
    now_ms_ = now_ms;
    if (terminated_) return bytes.size();
    size_t used = 0;
    do {  // once with no bytes, too: what was paused goes on
        pause_ = false;
        const ssize_t count = nghttp2_session_mem_recv(session_, reinterpret_cast<const uint8_t*>(bytes.data()) + used,
                                                       bytes.size() - used);
        if (count < 0) {
            if (!terminated_)
                terminate(Http2Code::enhance_your_calm, nghttp2_strerror(static_cast<int>(count)),
                          reason_of(static_cast<int>(count)));
            return bytes.size();
        }
        used += static_cast<size_t>(count);
        if (terminated_) return bytes.size();
        if (pause_ || count == 0) break;
    } while (used < bytes.size());
    return used;
}

void Http2Session::pull(std::string& out, size_t bytes_max) {
    while (out.size() < bytes_max) {
        const uint8_t* bytes = nullptr;
        const ssize_t count = nghttp2_session_mem_send(session_, &bytes);
        if (count < 0) {
            // its only causes are memory and our own callbacks
            connections_refused_total.at({"http2_error"}).add();
            terminated_ = true;
            nghttp2_session_terminate_session(session_, NGHTTP2_INTERNAL_ERROR);
            return;
        }
        if (count == 0) return;
        out.append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(count));
    }
}

bool Http2Session::finished() const {
    return nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0;
}

bool Http2Session::wants_write() const {
    return nghttp2_session_want_write(session_) != 0;
}

void Http2Session::answer(int32_t id, Response response, bool head_only) {
    Stream* stream = find(id);
    if (stream == nullptr) return;
    stream->response = std::move(response);
    stream->sent = 0;
    Response& out = stream->response;
    const bool grpc = out.content_type.starts_with("application/grpc");
    const bool bodyless = out.status == 204 || out.status == 304;
    const std::string status = std::to_string(out.status);
    const std::string length = std::to_string(body_of(out).size());
    std::vector<std::pair<std::string, std::string_view>> fields;
    for (const auto& [name, value] : out.headers)
        if (std::string small = lower(name); is_sendable(small, value)) fields.emplace_back(std::move(small), value);
    std::vector<nghttp2_nv> head;
    head.push_back(field(":status", status));
    if (!out.content_type.empty()) head.push_back(field("content-type", out.content_type));
    if (!bodyless && !grpc && !out.more) head.push_back(field("content-length", length));
    for (const auto& [name, value] : fields)
        head.push_back(field(name, value));
    stream->goes_on = !head_only && static_cast<bool>(out.more);
    out.more = nullptr;
    const bool empty = head_only || bodyless || (body_of(out).empty() && out.trailers.empty() && !stream->goes_on);
    nghttp2_data_provider provider{{0}, Callbacks::read};
    // fails for a stream that is gone; then on_gone has been called
    (void)nghttp2_submit_response(session_, id, head.data(), head.size(), empty ? nullptr : &provider);
}

void Http2Session::append(int32_t id, std::string part, bool last) {
    Stream* stream = find(id);
    if (stream == nullptr) return;
    stream->sent_before += stream->sent;
    stream->sent = 0;
    stream->response.static_body = {};
    stream->response.body = std::move(part);
    stream->goes_on = !last;
    stream->drained = false;
    (void)nghttp2_session_resume_data(session_, id);
}

void Http2Session::go_on(int32_t id) {
    const nghttp2_nv status = field(":status", "100");
    (void)nghttp2_submit_headers(session_, NGHTTP2_FLAG_NONE, id, nullptr, &status, 1, nullptr);
}

void Http2Session::reset(int32_t id, Http2Code code) {
    (void)nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, static_cast<uint32_t>(code));
}

void Http2Session::go_away(Http2Code code, std::string_view sentence) {
    (void)nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(session_),
                                static_cast<uint32_t>(code), reinterpret_cast<const uint8_t*>(sentence.data()),
                                sentence.size());
}

void Http2Session::terminate(Http2Code code, std::string_view sentence, const char* reason) {
    if (terminated_) return;
    terminated_ = true;
    if (reason != nullptr) connections_refused_total.at({reason}).add();
    // a GOAWAY with a sentence first: the one that ends the session can carry none
    go_away(code, sentence);
    nghttp2_session_terminate_session(session_, static_cast<uint32_t>(code));
}

uint64_t Http2Session::sent_bytes(int32_t id) const {
    const auto found = streams_.find(id);
    return found == streams_.end() ? 0 : found->second.sent_before + found->second.sent;
}

}  // namespace belfry::http
