#include "support/h2_client.h"

#include "base/bytes.h"
#include "base/number.h"

#include <nghttp2/nghttp2.h>

#include <poll.h>
#include <sys/socket.h>

namespace belfry::tests {

struct H2Client::Callbacks {
    static H2Client& of(void* user) { return *static_cast<H2Client*>(user); }

    static int header(nghttp2_session*,
                      const nghttp2_frame* frame,
                      const uint8_t* name,
                      size_t name_bytes,
                      const uint8_t* value,
                      size_t value_bytes,
                      uint8_t,
                      void* user) {
        Answer& answer = of(user).answers_[frame->hd.stream_id];
        const std::string key(reinterpret_cast<const char*>(name), name_bytes);
        const std::string text(reinterpret_cast<const char*>(value), value_bytes);
        if (key == ":status") {
            answer.status = static_cast<int>(parse_int(text).value_or(0));
            if (answer.status == 100) ++answer.continues;
            return 0;
        }
        (frame->headers.cat == NGHTTP2_HCAT_HEADERS && answer.status >= 200 ? answer.trailers : answer.headers)[key] =
            text;
        return 0;
    }
    static int data(nghttp2_session*, uint8_t, int32_t id, const uint8_t* bytes, size_t count, void* user) {
        of(user).answers_[id].body.append(reinterpret_cast<const char*>(bytes), count);
        return 0;
    }
    static int gone(nghttp2_session*, int32_t id, uint32_t code, void* user) {
        Answer& answer = of(user).answers_[id];
        answer.done = true;
        answer.reset = code;
        return 0;
    }
    static int frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
        if (frame->hd.type != NGHTTP2_GOAWAY) return 0;
        of(user).goaway_code_ = frame->goaway.error_code;
        if (frame->goaway.opaque_data_len > 0)
            of(user).goaway_text_.assign(reinterpret_cast<const char*>(frame->goaway.opaque_data),
                                         frame->goaway.opaque_data_len);
        return 0;
    }
    static ssize_t read(
        nghttp2_session*, int32_t id, uint8_t* to, size_t room, uint32_t* flags, nghttp2_data_source*, void* user) {
        Upload& upload = of(user).uploads_[id];
        const size_t count = std::min(room, upload.bytes.size() - upload.sent);
        std::memcpy(to, upload.bytes.data() + upload.sent, count);
        upload.sent += count;
        if (upload.sent == upload.bytes.size()) {
            if (upload.end)
                *flags |= NGHTTP2_DATA_FLAG_EOF;
            else if (count == 0)
                return NGHTTP2_ERR_DEFERRED;
        }
        return static_cast<ssize_t>(count);
    }
};

H2Client::H2Client(uint16_t port, bool preface) : socket_(port) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, Callbacks::header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, Callbacks::data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, Callbacks::gone);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, Callbacks::frame);
    nghttp2_session_client_new(&session_, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    if (!preface) return;
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, nullptr, 0);
    flush();
}

H2Client::~H2Client() {
    nghttp2_session_del(session_);
}

void H2Client::flush() {
    for (;;) {
        const uint8_t* bytes = nullptr;
        const ssize_t count = nghttp2_session_mem_send(session_, &bytes);
        if (count <= 0) return;
        if (!socket_.send({reinterpret_cast<const char*>(bytes), static_cast<size_t>(count)})) {
            closed_ = true;
            return;
        }
    }
}

void H2Client::send_raw(std::string_view bytes) {
    if (!socket_.send(bytes)) closed_ = true;
}

int32_t H2Client::begin(const std::string& method, const std::string& path, const Fields& fields, bool whole) {
    Fields all = {{":method", method}, {":scheme", "http"}, {":path", path}, {":authority", "localhost"}};
    for (const auto& [name, value] : fields) {
        const auto same = std::find_if(all.begin(), all.end(),
                                       [&](const auto& f) { return name.starts_with(':') && f.first == name; });
        if (same != all.end())
            same->second = value;
        else
            all.emplace_back(name, value);
    }
    std::erase_if(all, [](const auto& f) { return f.first == ":authority" && f.second == "-"; });
    std::vector<nghttp2_nv> head;
    for (auto& [name, value] : all)
        head.push_back({reinterpret_cast<uint8_t*>(name.data()), reinterpret_cast<uint8_t*>(value.data()), name.size(),
                        value.size(), NGHTTP2_NV_FLAG_NONE});
    nghttp2_data_provider provider{{0}, Callbacks::read};
    const int32_t id =
        nghttp2_submit_request(session_, nullptr, head.data(), head.size(), whole ? nullptr : &provider, nullptr);
    if (!whole) uploads_[id] = {"", 0, false};
    answers_[id];
    flush();
    return id;
}

int32_t H2Client::begin_with_body(const std::string& path, std::string body, const Fields& fields, bool end) {
    const int32_t id = begin("POST", path, fields, false);
    send_body(id, std::move(body), end);
    return id;
}

void H2Client::send_body(int32_t stream, std::string body, bool end) {
    Upload& upload = uploads_[stream];
    upload.bytes.erase(0, upload.sent);
    upload.sent = 0;
    upload.bytes += body;
    upload.end = end;
    nghttp2_session_resume_data(session_, stream);
    flush();
}

void H2Client::reset(int32_t stream) {
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream, NGHTTP2_CANCEL);
    flush();
}

void H2Client::ping() {
    nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr);
    flush();
}

bool H2Client::read_some() {
    pollfd ready{socket_.fd(), POLLIN, 0};
    if (closed_ || ::poll(&ready, 1, 10'000) != 1) return false;
    char buffer[65536];
    const ssize_t count = ::recv(socket_.fd(), buffer, sizeof buffer, 0);
    if (count <= 0) {
        closed_ = true;
        return false;
    }
    if (nghttp2_session_mem_recv(session_, reinterpret_cast<uint8_t*>(buffer), static_cast<size_t>(count)) < 0)
        return false;
    flush();
    return true;
}

H2Client::Answer& H2Client::wait(int32_t stream) {
    Answer& answer = answers_[stream];
    while (!answer.done && read_some()) {
    }
    return answer;
}

H2Client::Answer H2Client::get(const std::string& path, const Fields& fields) {
    return wait(begin("GET", path, fields));
}

H2Client::Answer H2Client::post(const std::string& path, std::string body, const Fields& fields) {
    return wait(begin_with_body(path, std::move(body), fields));
}

H2Client::Answer H2Client::call(const std::string& path, std::string_view message, const Fields& fields) {
    std::string frame(1, '\0');
    put_be32(frame, static_cast<uint32_t>(message.size()));
    frame += message;
    Fields all = {{"content-type", "application/grpc"}, {"te", "trailers"}};
    all.insert(all.end(), fields.begin(), fields.end());
    Answer answer = post(path, std::move(frame), all);
    if (answer.trailers.empty()) answer.trailers = answer.headers;
    if (answer.body.size() >= 5) answer.body.erase(0, 5);
    return answer;
}

bool H2Client::closed_by_peer() {
    while (!closed_ && read_some()) {
    }
    return closed_;
}

uint32_t H2Client::streams_max() const {
    return nghttp2_session_get_remote_settings(session_, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
}

}  // namespace belfry::tests
