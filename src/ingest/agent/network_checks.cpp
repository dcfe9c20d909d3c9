// Checks of what answers on the network: tcp_check, host_alive, ntp.
#include "ingest/agent/check.h"
#include "ingest/agent/tcp_probe.h"

#include <netinet/in.h>
#include <sys/socket.h>

namespace belfry::ingest::agent {
namespace {

class TcpCheck final : public Check {
  public:
    TcpCheck(Clock& clock, TcpProbe probe, Dimensions dimensions, bool response_time)
        : clock_(clock), probe_(std::move(probe)), dimensions_(std::move(dimensions)), response_time_(response_time) {}

    Status run(Measurements& out) override {
        const int64_t start_ns = clock_.monotonic_ns();
        const auto found = probe_tcp(clock_, probe_);
        const double took_s = static_cast<double>(clock_.monotonic_ns() - start_ns) / 1e9;
        const int64_t now_ms = clock_.now_ms();
        if (found.ok() && response_time_) out.push_back({"network.tcp.response_time", dimensions_, took_s, now_ms, {}});
        out.push_back({"network.tcp.status", dimensions_, found.ok() ? 0.0 : 1.0, now_ms,
                       found.ok() ? std::string()
                                  : fmt::format("{}:{} is down: {}", probe_.host, probe_.port, found.error().message)});
        return {};
    }

  private:
    Clock& clock_;  // outlives this
    const TcpProbe probe_;
    const Dimensions dimensions_;
    const bool response_time_;
};

/// The bytes of an echo request (RFC 792) with its checksum (RFC 1071), which counts for raw sockets.
std::string echo_request(uint16_t number) {
    std::string out = {8, 0, 0, 0, 'B', 'e'};
    out += static_cast<char>(number >> 8);
    out += static_cast<char>(number & 255);
    uint32_t sum = 0;
    for (size_t i = 0; i < out.size(); i += 2)
        sum += static_cast<uint32_t>(static_cast<uint8_t>(out[i]) << 8 | static_cast<uint8_t>(out[i + 1]));
    sum = (sum & 0xFFFF) + (sum >> 16);
    sum = ~(sum + (sum >> 16)) & 0xFFFF;
    out[2] = static_cast<char>(sum >> 8);
    out[3] = static_cast<char>(sum & 255);
    return out;
}

class HostAlive final : public Check {
  public:
    enum class Test { ssh, tcp, ping };
    HostAlive(Clock& clock, TcpProbe probe, Test test, Dimensions dimensions)
        : clock_(clock), probe_(std::move(probe)), test_(test), dimensions_(std::move(dimensions)) {}

    Status run(Measurements& out) override {
        std::string error;
        if (test_ == Test::ping) {
            const auto answer = ping();
            if (!answer.ok()) return answer.error();  // may not be asked: says nothing about the host
            error = *answer;
        } else {
            const auto found = probe_tcp(clock_, probe_);
            if (!found.ok())
                error = found.error().message;
            else if (test_ == Test::ssh && !found->starts_with("SSH"))
                error = "what answers is not SSH";
        }
        if (!error.empty()) error = fmt::format("{} is down: {}", probe_.host, error);
        out.push_back({"host_alive_status", dimensions_, error.empty() ? 0.0 : 1.0, clock_.now_ms(), std::move(error)});
        return {};
    }

  private:
    /// What is wrong with the host, "" for nothing; an error when ICMP is not permitted to us.
    Result<std::string> ping() {
        // the first needs the group in net.ipv4.ping_group_range, the second CAP_NET_RAW
        for (const int type : {SOCK_DGRAM, SOCK_RAW}) {
            const auto answer = probe_datagram(
                clock_, {.host = probe_.host, .timeout_ms = probe_.timeout_ms, .type = type, .protocol = IPPROTO_ICMP},
                echo_request(++number_));
            if (answer.ok()) return std::string();
            if (errno != EACCES && errno != EPERM && errno != EPROTONOSUPPORT) return answer.error().message;
        }
        return make_error(Code::unavailable, "ICMP is not permitted here; use alive_test: ssh or tcp");
    }

    Clock& clock_;  // outlives this
    const TcpProbe probe_;
    const Test test_;
    const Dimensions dimensions_;
    uint16_t number_ = 0;
};

class NtpCheck final : public Check {
  public:
    NtpCheck(Clock& clock, DatagramProbe probe, uint8_t version, Dimensions dimensions)
        : clock_(clock), probe_(std::move(probe)), version_(version), dimensions_(std::move(dimensions)) {}

    Status run(Measurements& out) override {
        // RFC 5905, figure 8: the first byte is leap indicator, version and mode (3: client)
        std::string request(48, '\0');
        request[0] = static_cast<char>(version_ << 3 | 3);
        const DatagramAnswer answer = TRY(probe_datagram(clock_, probe_, request));
        if (answer.bytes.size() < 48 || (answer.bytes[0] & 7) != 4)
            return make_error(Code::corrupt, "{} does not answer as an NTP server", probe_.host);
        if (answer.bytes[1] == 0) return make_error(Code::unavailable, "{} is not synchronised", probe_.host);
        const double sent = static_cast<double>(answer.sent_ns) / 1e9;
        const double received = static_cast<double>(answer.received_ns) / 1e9;
        const double offset = ((time_at(answer.bytes, 32) - sent) + (time_at(answer.bytes, 40) - received)) / 2;
        out.push_back({"ntp.offset", dimensions_, offset, clock_.now_ms(), {}});
        return {};
    }

  private:
    /// Unix seconds of a timestamp: 32 bits of seconds since 1900 (this era), 32 of fraction.
    static double time_at(const std::string& bytes, size_t at) {
        uint64_t value = 0;
        for (size_t i = 0; i < 8; ++i)
            value = value << 8 | static_cast<uint8_t>(bytes[at + i]);
        constexpr double SECONDS_1900_TO_1970 = 2'208'988'800;
        return static_cast<double>(value >> 32) - SECONDS_1900_TO_1970 +
               static_cast<double>(value & 0xFFFFFFFF) / 4294967296.0;
    }

    Clock& clock_;  // outlives this
    const DatagramProbe probe_;
    const uint8_t version_;
    const Dimensions dimensions_;
};

Result<int> port_of(const Fields& fields, std::string_view name, int64_t fallback) {
    const int64_t port = TRY(fields.integer(name, fallback));
    if (port < 1 || port > 65535) return fields.wrong(name, "is a port from 1 to 65535");
    return static_cast<int>(port);
}

}  // namespace

Result<std::unique_ptr<Check>> make_tcp_check(const Fields& fields) {
    TcpProbe probe{.host = TRY(fields.needed("host")),
                   .port = TRY(port_of(fields, "port", 0)),
                   .timeout_ms = TRY(fields.timeout_ms("timeout", 10'000))};
    Dimensions dimensions = TRY(fields.dimensions({{"url", fmt::format("{}:{}", probe.host, probe.port)}}));
    return std::unique_ptr<Check>(std::make_unique<TcpCheck>(fields.context().clock, std::move(probe),
                                                             std::move(dimensions),
                                                             TRY(fields.flag("collect_response_time", false))));
}

Result<std::unique_ptr<Check>> make_host_alive(const Fields& fields) {
    const std::string test = TRY(fields.needed("alive_test"));
    TcpProbe probe{.host = TRY(fields.needed("host_name")), .port = 0, .timeout_ms = 0};
    HostAlive::Test which = HostAlive::Test::ping;
    if (test == "ssh") {
        which = HostAlive::Test::ssh;
        probe.port = TRY(port_of(fields, "ssh_port", 22));
        probe.timeout_ms = TRY(fields.timeout_ms("ssh_timeout", 500));
        probe.banner_bytes = 3;
    } else if (test == "tcp") {
        which = HostAlive::Test::tcp;
        probe.port = TRY(port_of(fields, "port", 0));
        probe.timeout_ms = TRY(fields.timeout_ms("timeout", 1'000));
    } else if (test == "ping") {
        probe.timeout_ms = TRY(fields.timeout_ms("ping_timeout", 1'000));
    } else {
        return fields.wrong("alive_test", "is ssh, tcp or ping");
    }
    Dimensions dimensions =
        TRY(fields.dimensions({{"target_host", probe.host}, {"observer_host", fields.context().hostname}}));
    return std::unique_ptr<Check>(
        std::make_unique<HostAlive>(fields.context().clock, std::move(probe), which, std::move(dimensions)));
}

Result<std::unique_ptr<Check>> make_ntp_check(const Fields& fields) {
    DatagramProbe probe{.host = TRY(fields.text("host", "pool.ntp.org")),
                        .port = 123,
                        .timeout_ms = TRY(fields.timeout_ms("timeout", 1'000)),
                        .type = SOCK_DGRAM,
                        .protocol = 0};
    const std::string port = TRY(fields.text("port", "ntp"));
    if (port != "ntp") probe.port = TRY(port_of(fields, "port", 123));
    const int64_t version = TRY(fields.integer("version", 3));
    if (version < 1 || version > 4) return fields.wrong("version", "is 1 to 4");
    return std::unique_ptr<Check>(std::make_unique<NtpCheck>(fields.context().clock, std::move(probe),
                                                             static_cast<uint8_t>(version), TRY(fields.dimensions())));
}

}  // namespace belfry::ingest::agent
