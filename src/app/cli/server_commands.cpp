// Commands that ask a running server about itself.
#include "app/cli/commands.h"
#include "app/cli/table.h"
#include "base/number.h"
#include "http/url.h"

namespace belfry::app {
namespace {

constexpr size_t IMPORT_CHUNK_BYTES = 4 << 20;  // well below http.body_bytes_max
constexpr size_t IMPORT_LINE_BYTES_MAX = 1 << 20;

std::string percent(double ratio) {
    return fmt::format("{:.0f} %", ratio * 100);
}

std::string render_status(const JsonView& s) {
    const JsonView received = s.get("pipeline").get("received");
    const JsonView log = s.get("pipeline").get("log");
    const JsonView disk = s.get("disk");
    const JsonView memory = s.get("memory");
    std::vector<std::vector<std::string>> rows;
    rows.push_back(
        {"received", fmt::format("{:.0f} samples/s, {:.0f} refused in the last hour", received.double_or("per_s", 0),
                                 received.double_or("refused_last_hour", 0))});
    rows.push_back({"log", fmt::format("{}, sync p99 {:.1f} ms", format_size(log.double_or("bytes", 0)),
                                       log.double_or("sync_p99_ms", 0))});
    for (size_t i = 0; i < s.get("consumers").size(); ++i) {
        const JsonView c = s.get("consumers").at(i);
        rows.push_back({c.string_or("title", ""),
                        fmt::format("{}, {} records behind", c.string_or("state", ""), c.int_or("behind", 0))});
    }
    for (size_t i = 0; i < s.get("stores").size(); ++i) {
        const JsonView store = s.get("stores").at(i);
        rows.push_back({store.string_or("title", ""),
                        fmt::format("{}, {} files, kept {}", format_size(store.double_or("bytes", 0)),
                                    store.int_or("files", 0), store.string_or("kept", "?"))});
    }
    const double total = disk.double_or("total_bytes", 0);
    const double free = disk.double_or("free_bytes", 0);
    rows.push_back({"disk", fmt::format("{} free of {}{}", format_size(free), format_size(total),
                                        total > 0 ? " (" + percent(free / total) + ")" : "")});
    rows.push_back({"memory", format_size(memory.double_or("rss_bytes", 0))});
    return s.get("judgement").string_or("sentence", "") + "\n" + format_table(rows);
}

/// Sends whole lines; a line is never cut.
class LineSender {
  public:
    explicit LineSender(const Remote& remote) : remote_(remote) {}

    Status add(std::string_view text) {
        pending_.append(text);
        if (pending_.size() < IMPORT_CHUNK_BYTES) return {};
        const size_t end = pending_.rfind('\n');
        if (end == std::string::npos) {
            if (pending_.size() < IMPORT_CHUNK_BYTES + IMPORT_LINE_BYTES_MAX) return {};
            return make_error(Code::invalid, "a line is longer than {} bytes", IMPORT_LINE_BYTES_MAX);
        }
        const std::string rest = pending_.substr(end + 1);
        pending_.resize(end + 1);
        if (auto sent = flush(); !sent.ok()) return sent;
        pending_ = rest;
        return {};
    }

    Status flush() {
        if (pending_.empty()) return {};
        auto response = TRY(remote_.send(
            {.method = "POST", .path = "/api/v1/import/prometheus", .content_type = "text/plain", .body = pending_}));
        if (response.status / 100 != 2) return answer_error(response).context("after {} accepted bytes", sent_bytes_);
        sent_bytes_ += pending_.size();
        pending_.clear();
        return {};
    }
    [[nodiscard]] uint64_t sent_bytes() const { return sent_bytes_; }

  private:
    const Remote& remote_;  // outlives this
    std::string pending_;
    uint64_t sent_bytes_ = 0;
};

Result<uint64_t> import_stream(const Remote& remote, std::FILE* input) {
    LineSender sender(remote);
    std::string buffer(256 << 10, '\0');
    while (const size_t n = std::fread(buffer.data(), 1, buffer.size(), input)) {
        if (auto added = sender.add(std::string_view(buffer).substr(0, n)); !added.ok()) return added.error();
    }
    if (std::ferror(input) != 0) return errno_error("read", errno);
    if (auto sent = sender.flush(); !sent.ok()) return sent.error();
    return sender.sent_bytes();
}

}  // namespace

Outcome status_command(const config::CommandLine& line, const Remote& remote) {
    auto answer = remote.call("GET", "/api/v1/belfry/status");
    if (!answer.ok()) return {.status = 1, .err = line.quiet ? "" : "belfry: " + answer.error().message + "\n"};
    const bool well = answer->get("judgement").string_or("state", "error") != "error";
    Outcome outcome{.status = well ? 0 : 1};
    if (!line.quiet) outcome.out = line.json ? answer->dump() + "\n" : render_status(*answer);
    return outcome;
}

Outcome open_command(const config::CommandLine& line, const Remote& remote) {
    auto answer = remote.call("POST", "/api/v1/belfry/login_links");
    if (!answer.ok()) return failed(std::move(answer).error().context("no login link from {}", remote.url()));
    const std::string token = answer->string_or("token", "");
    const std::string url =
        token.empty() ? remote.url() + "/" : remote.url() + "/#t=" + token;  // no token: auth is off
    if (!line.json) return {.out = url + "\n"};
    JsonWriter json;
    json.begin_object().field("url", url).field("expires_ms", answer->int_or("expires_ms", 0)).end_object();
    return {.out = json.take() + "\n"};
}

Outcome import_command(const config::CommandLine& line, const Remote& remote, std::FILE* input) {
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(nullptr, &std::fclose);
    if (line.file != "-") {
        file.reset(std::fopen(line.file.c_str(), "rbe"));
        if (file == nullptr) return failed(errno_error(fmt::format("open {}", line.file), errno));
        input = file.get();
    }
    auto sent = import_stream(remote, input);
    if (!sent.ok()) return failed(std::move(sent).error().context("import {}", line.file));
    if (line.json) return {.out = fmt::format("{{\"accepted_bytes\":{}}}\n", *sent)};
    return {.out = fmt::format("{} of metrics accepted\n", format_size(static_cast<double>(*sent)))};
}

Outcome demo_command(const config::CommandLine& line, const Remote& remote) {
    auto answer = remote.call(line.remove ? "DELETE" : "POST", "/api/v1/belfry/demo");
    if (!answer.ok()) return failed(answer.error());
    if (line.json) return {.out = answer->dump() + "\n"};
    if (line.remove) return {.out = "The demo has ended and what it made is removed.\n"};
    return {.out = fmt::format("The demo feeds {}: look for demo=\"true\". `belfry demo --remove` ends it.\n",
                               remote.url())};
}

Outcome keys_create_command(const config::CommandLine& line, const Remote& remote, Clock& clock) {
    JsonWriter json;
    json.begin_object().field("name", line.key_name).field("scope", line.scope);
    if (!line.expires.empty()) {
        const auto after_ms = parse_duration_ms(line.expires);
        if (!after_ms)
            return failed(make_error(Code::invalid, "--expires takes a duration like 90d, not {}", line.expires));
        json.field("expires_ms", clock.now_ms() + *after_ms);
    }
    json.end_object();
    auto answer = remote.call("POST", "/api/v1/belfry/keys", json.text());
    if (!answer.ok()) return failed(answer.error());
    if (line.json) return {.out = answer->dump() + "\n"};
    return {.out = answer->string_or("key", "") + "\n", .err = "belfry: this is the only time the key is shown\n"};
}

Outcome keys_list_command(const config::CommandLine& line, const Remote& remote) {
    auto answer = remote.call("GET", "/api/v1/belfry/keys");
    if (!answer.ok()) return failed(answer.error());
    if (line.json) return {.out = answer->dump() + "\n"};
    const auto time_text = [](const JsonView& v) {
        return v.as_int() ? format_time_ms(*v.as_int()) : std::string("never");
    };
    std::vector<std::vector<std::string>> rows = {{"ID", "SCOPE", "TENANT", "LAST USED", "ENDS", "NAME"}};
    const JsonView keys = answer->get("keys");
    for (size_t i = 0; i < keys.size(); ++i) {
        const JsonView k = keys.at(i);
        rows.push_back({k.string_or("id", ""), k.string_or("scope", ""), k.string_or("tenant", ""),
                        time_text(k.get("last_used_ms")), time_text(k.get("expires_ms")), k.string_or("name", "")});
    }
    return {.out = format_table(rows)};
}

Outcome keys_revoke_command(const config::CommandLine& line, const Remote& remote) {
    auto answer = remote.call("DELETE", "/api/v1/belfry/keys/" + http::percent_encode(line.key_id));
    if (!answer.ok()) return failed(answer.error());
    return {.out = line.json ? "{}\n" : "The key " + line.key_id + " has ended.\n"};
}

}  // namespace belfry::app
