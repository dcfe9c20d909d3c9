#include "http/runner.h"

#include "base/log.h"
#include "http/grpc.h"
#include "http/message.h"
#include "http/stats.h"

#include <httplib.h>

namespace belfry::http {
namespace {

/// Reads from a text, writes to a string.
class MemoryStream : public httplib::Stream {
  public:
    MemoryStream(std::string_view input, std::string* output) : input_(input), output_(*output) {}

    bool is_readable() const override { return !input_.empty(); }
    bool is_writable() const override { return true; }
    ssize_t read(char* to, size_t size) override {
        const size_t count = std::min(size, input_.size());
        std::memcpy(to, input_.data(), count);
        input_.remove_prefix(count);
        return static_cast<ssize_t>(count);
    }
    ssize_t write(const char* from, size_t size) override {
        output_.append(from, size);
        return static_cast<ssize_t>(size);
    }
    void get_remote_ip_and_port(std::string&, int&) const override {}
    void get_local_ip_and_port(std::string&, int&) const override {}
    socket_t socket() const override { return INVALID_SOCKET; }

  private:
    std::string_view input_;
    std::string& output_;
};

/// A response splits no head: values that handlers took from outside may hold anything.
bool is_header_safe(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

bool has_no_body(int status) {
    return status == 204 || status == 304 || status < 200;
}

LogLimiter exception_log;
LogLimiter header_log;

Response exception_response(const std::string& path, std::exception_ptr thrown) {
    std::string what = "unknown";
    try {
        std::rethrow_exception(std::move(thrown));
    } catch (const std::exception& error) {
        what = error.what();
    } catch (...) {
    }
    uint64_t suppressed = 0;
    if (exception_log.allow(&suppressed))
        log_error("http", "a handler threw", {{"what", what}, {"path", path}, {"more", suppressed}});
    requests_total.at({"exception", "500"}).add();
    return error_response(500, "internal", "this request failed inside; the log of Belfry says why");
}

}  // namespace

class Runner::Machine : public httplib::Server {
  public:
    Machine(Answer answer, std::function<bool()> closing, int64_t idle_timeout_ms)
        : answer_(std::move(answer)), closing_(std::move(closing)) {
        set_keep_alive_timeout(static_cast<time_t>(idle_timeout_ms / 1000));
        set_keep_alive_max_count(1'000'000);
        set_pre_routing_handler([this](const httplib::Request&, httplib::Response& out) {
            response_ = answer_(*job_);
            fill(out);
            return HandlerResponse::Handled;
        });
        // what the library adds by itself and RFC 9110 (8.6, 14.3) does not want here
        set_post_routing_handler([this](const httplib::Request&, httplib::Response& out) {
            if (has_no_body(response_.status) || response_.more) out.headers.erase("Content-Length");
            out.headers.erase("Accept-Ranges");
            if (close_ || !closing_()) return;
            close_ = true;
            out.headers.erase("Keep-Alive");
            out.headers.emplace("Connection", "close");
        });
        set_exception_handler([this](const httplib::Request&, httplib::Response& out, std::exception_ptr thrown) {
            response_ = exception_response(job_->head.path, std::move(thrown));
            fill(out);
        });
    }

    Response respond(Job& job) {
        const std::string path = job.head.path;
        const auto type = job.head.headers.find("content-type");
        const bool grpc = type != job.head.headers.end() && type->second.starts_with("application/grpc");
        try {
            return answer_(job);
        } catch (...) {
            Response out = exception_response(path, std::current_exception());
            return grpc ? grpc_refusal(out) : out;
        }
    }
    Reply run(Job& job) {
        job_ = &job;
        close_ = !job.head.keep_alive;
        input_.assign(job.head.method == "HEAD" ? "HEAD" : "GET").append(" / HTTP/1.1\r\n");
        input_.append(close_ ? "Connection: close\r\n\r\n" : "\r\n");
        Reply reply;
        reply.bytes.head.reserve(512);
        MemoryStream stream(input_, &reply.bytes.head);
        bool connection_closed = false;
        (void)process_request(stream, close_, connection_closed, nullptr);
        reply.close = close_;
        if (job.head.method != "HEAD" && !has_no_body(response_.status)) {
            reply.bytes.body = std::move(response_.body);
            reply.bytes.static_body = response_.static_body;
            if (response_.more) {
                reply.chunked = is_chunked();
                if (reply.chunked) frame_chunk(reply.bytes, false);
                reply.more = std::move(response_.more);
            }
        }
        response_ = {};
        return reply;
    }

  private:
    void fill(httplib::Response& out) {
        out.status = response_.status;
        for (auto& [name, value] : response_.headers) {
            if (is_header_safe(name) && is_header_safe(value)) {
                out.headers.emplace(std::move(name), std::move(value));
                continue;
            }
            uint64_t suppressed = 0;
            if (header_log.allow(&suppressed))
                log_warn("http", "a response header with a line break was dropped", {{"path", job_->head.path}});
        }
        if (!response_.content_type.empty()) out.headers.emplace("Content-Type", response_.content_type);
        const size_t body_bytes = response_.static_body.empty() ? response_.body.size() : response_.static_body.size();
        if (!response_.static_body.empty()) response_.body.clear();
        if (has_no_body(response_.status)) response_.more = nullptr;
        if (response_.more) {
            if (is_chunked())
                out.headers.emplace("Transfer-Encoding", "chunked");
            else
                close_ = true;  // its end is the end of the connection
        } else if (!has_no_body(response_.status)) {
            out.headers.emplace("Content-Length", std::to_string(body_bytes));
        }
        if (job_->head.minor_version == 0 && job_->head.keep_alive && !close_)
            out.headers.emplace("Connection", "keep-alive");
    }
    [[nodiscard]] bool is_chunked() const { return job_->head.minor_version > 0; }

    Answer answer_;
    std::function<bool()> closing_;
    bool close_ = false;
    Job* job_ = nullptr;
    std::string input_;
    Response response_;
};

Runner::Runner(Answer answer, std::function<bool()> closing, int64_t idle_timeout_ms)
    : machine_(std::make_unique<Machine>(std::move(answer), std::move(closing), idle_timeout_ms)) {}
Runner::~Runner() = default;
Reply Runner::run(Job& job) {
    if (job.stream == 0) return machine_->run(job);
    Reply reply;
    reply.stream = job.stream;
    reply.response = machine_->respond(job);
    return reply;
}

}  // namespace belfry::http
