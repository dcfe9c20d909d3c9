#pragma once

#include "support/http_fixture.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct nghttp2_session;

namespace belfry::tests {

/// A blocking HTTP/2 client on nghttp2's client side. Every wait ends after 10 s.
class H2Client {
  public:
    using Fields = std::vector<std::pair<std::string, std::string>>;
    struct Answer {
        int status = 0;
        std::map<std::string, std::string> headers;
        std::string body;
        std::map<std::string, std::string> trailers;
        bool done = false;
        uint32_t reset = 0;  // the code of RST_STREAM, or of the end of the stream
        int continues = 0;   // "100 Continue"
    };

    explicit H2Client(uint16_t port, bool preface = true);
    ~H2Client();
    H2Client(const H2Client&) = delete;
    H2Client& operator=(const H2Client&) = delete;

    /// Begins a request; `whole` false leaves the stream open for `send_body`. ":method" etc. may be overridden.
    int32_t begin(const std::string& method, const std::string& path, const Fields& fields = {}, bool whole = true);
    int32_t begin_with_body(const std::string& path, std::string body, const Fields& fields = {}, bool end = true);
    void send_body(int32_t stream, std::string body, bool end);
    void reset(int32_t stream);
    void ping();
    /// Writes bytes of one's own between nghttp2's.
    void send_raw(std::string_view bytes);
    void flush();
    /// Until that stream has ended (or the connection has).
    [[nodiscard]] Answer& wait(int32_t stream);
    [[nodiscard]] Answer get(const std::string& path, const Fields& fields = {});
    [[nodiscard]] Answer post(const std::string& path, std::string body, const Fields& fields = {});
    /// A unary call; the message without its frame is in `body`.
    [[nodiscard]] Answer call(const std::string& path, std::string_view message, const Fields& fields = {});
    /// Reads until the server has closed.
    [[nodiscard]] bool closed_by_peer();
    /// Does not read (so the peer's writes stand still) until this is called.
    bool read_some();
    [[nodiscard]] uint32_t goaway_code() const { return goaway_code_; }
    [[nodiscard]] const std::string& goaway_text() const { return goaway_text_; }
    [[nodiscard]] uint32_t streams_max() const;

  private:
    struct Callbacks;
    friend struct Callbacks;
    struct Upload {
        std::string bytes;
        size_t sent = 0;
        bool end = true;
    };
    RawClient socket_;
    nghttp2_session* session_ = nullptr;
    std::map<int32_t, Answer> answers_;
    std::map<int32_t, Upload> uploads_;
    uint32_t goaway_code_ = UINT32_MAX;
    std::string goaway_text_;
    bool closed_ = false;
};

}  // namespace belfry::tests
