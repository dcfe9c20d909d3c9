// Input: what an HTTP/2 client sends, the preface included or not. Every request is answered at once, or in parts; what is
// held stays bounded, every stream that was told of ends once, and the session ends when it says so.
#include "http/grpc.h"
#include "http/http2_session.h"

#include <set>

using namespace belfry;
using namespace belfry::http;

namespace {

struct Owner : Http2Session::Owner {
    Http2Session* session = nullptr;
    std::set<int32_t> known;
    std::vector<int32_t> drained;
    size_t body_bytes = 0;

    bool on_head(int32_t stream, RequestHead head) override {
        if (head.path.empty() || head.authority.empty() || !known.insert(stream).second) __builtin_trap();
        return true;
    }
    void on_bad_head(int32_t stream, const Refusal& refusal, bool) override {
        if (refusal.status < 400 || !known.insert(stream).second) __builtin_trap();
        session->answer(stream, error_response(refusal.status, "bad_data", refusal.message), false);
    }
    bool on_body(int32_t stream, std::string_view bytes) override {
        if (!known.contains(stream)) __builtin_trap();
        body_bytes += bytes.size();
        return body_bytes % 7 != 0;
    }
    void on_end(int32_t stream) override {
        if (!known.contains(stream)) __builtin_trap();
        Response out = grpc_response({.body = "answer"});
        if (stream % 4 == 1) out.more = [](std::string&) -> Result<bool> { return false; };
        session->answer(stream, std::move(out), stream % 8 == 3);
    }
    void on_drained(int32_t stream) override { drained.push_back(stream); }
    void on_gone(int32_t stream) override {
        if (known.erase(stream) != 1) __builtin_trap();
    }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* input, size_t size) {
    const std::string_view all(reinterpret_cast<const char*>(input), size);
    constexpr std::string_view PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    Owner owner;
    Http2Session session({.streams_max = 8, .head_bytes_max = 4096, .stream_resets_max = 50, .control_frames_max = 100},
                         owner);
    owner.session = &session;
    std::string in = all.starts_with("PRI") ? std::string() : std::string(PREFACE);
    in += all;
    std::string_view rest = in;
    size_t stalled = 0;
    for (size_t step = 1; !session.finished() && stalled < 4; ++step) {
        const size_t part = std::min(rest.size(), 1 + step * 37 % 401);
        const size_t used = session.feed(rest.substr(0, part), static_cast<int64_t>(step));
        if (used > part) __builtin_trap();
        rest.remove_prefix(used);
        std::string out;
        session.pull(out, 1 << 20);
        for (const int32_t stream : std::exchange(owner.drained, {}))
            session.append(stream, "last part", true);
        if (session.stream_count() > 8 + 8) __builtin_trap();
        stalled = rest.empty() ? stalled + 1 : 0;
    }
    (void)read_grpc_frame(all);
    (void)parse_grpc_timeout_ms(all);
    if (encode_grpc_message(all).size() > 3 * size) __builtin_trap();
    return 0;
}
