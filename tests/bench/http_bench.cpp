// Requests per second over loopback, keep-alive: what the front door costs. The client threads share the machine.
#include "http/authenticator.h"
#include "http/router.h"
#include "http/server.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using namespace belfry;

class Anybody : public http::Authenticator {
  public:
    Result<http::Identity> authenticate(const http::Request&) override { return http::Identity{}; }
    bool csrf_fits(const http::Request&, const http::Identity&) override { return false; }
};

int connect_to(uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) std::abort();
    return fd;
}

void ask(int fd, const std::string& request) {
    for (size_t sent = 0; sent < request.size();)
        sent += static_cast<size_t>(::send(fd, request.data() + sent, request.size() - sent, 0));
    char answer[4096];
    if (::recv(fd, answer, sizeof answer, 0) < 12 || std::string_view(answer + 9, 1) != "2") std::abort();
}

double cpu_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](timeval t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void measure(const char* name, uint16_t port, const std::string& request, int clients, int count) {
    std::vector<std::thread> threads;
    std::vector<std::vector<int64_t>> latencies(static_cast<size_t>(clients));
    const double cpu_before = cpu_seconds();
    const int64_t began_ns = system_clock().monotonic_ns();
    for (int c = 0; c < clients; ++c) {
        threads.emplace_back([&, c] {
            const int fd = connect_to(port);
            auto& mine = latencies[static_cast<size_t>(c)];
            mine.reserve(static_cast<size_t>(count));
            for (int i = 0; i < count; ++i) {
                const int64_t start_ns = system_clock().monotonic_ns();
                ask(fd, request);
                mine.push_back(system_clock().monotonic_ns() - start_ns);
            }
            ::close(fd);
        });
    }
    for (auto& thread : threads)
        thread.join();
    const double seconds = static_cast<double>(system_clock().monotonic_ns() - began_ns) / 1e9;
    const double cpu = cpu_seconds() - cpu_before;
    std::vector<int64_t> all;
    for (const auto& mine : latencies)
        all.insert(all.end(), mine.begin(), mine.end());
    std::sort(all.begin(), all.end());
    const double total = static_cast<double>(all.size());
    std::printf(
        "%-28s %9.0f ns/op  %8.1f MB/s  %8.0f requests/s  p50 %5.0f us  p99 %5.0f us  cpu %5.1f us/request, client "
        "included\n",
        name, seconds / total * 1e9, total * static_cast<double>(request.size()) / seconds / 1e6, total / seconds,
        static_cast<double>(all[all.size() / 2]) / 1e3, static_cast<double>(all[all.size() * 99 / 100]) / 1e3,
        cpu / total * 1e6);
}

}  // namespace

int main() {
    const http::HttpConfig config;
    http::Router router;
    router.add("GET", "/small", http::Access::read,
               [](const http::Request&) { return http::json_response("{\"status\":\"success\"}"); });
    router.add("POST", "/api/v1/write", http::Access::ingest,
               [](const http::Request&) { return http::empty_response(204); }, {.raw_body = true});
    Anybody anybody;
    auto server = http::Server::start({config, {}, router, anybody, nullptr, system_clock()}).value();
    const uint16_t port = server->open({"main", {"127.0.0.1", 0}, ""}).value()->address.port;

    const std::string get =
        "GET /small?time=1 HTTP/1.1\r\nHost: 127.0.0.1:2353\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n";
    const auto post = [](size_t bytes) {
        return fmt::format(
                   "POST /api/v1/write HTTP/1.1\r\nHost: 127.0.0.1:2353\r\nUser-Agent: "
                   "Prometheus/2.42.0\r\nContent-Length: {}\r\nContent-Encoding: snappy\r\n"
                   "Content-Type: application/x-protobuf\r\nX-Prometheus-Remote-Write-Version: 0.1.0\r\n\r\n",
                   bytes) +
               std::string(bytes, 'x');
    };
    measure("http_get_1_client", port, get, 1, 30'000);
    measure("http_get_8_clients", port, get, 8, 10'000);
    measure("http_post_18KiB_1_client", port, post(18 * 1024), 1, 20'000);
    measure("http_post_64KiB_1_client", port, post(64 * 1024), 1, 10'000);
    measure("http_post_64KiB_8_clients", port, post(64 * 1024), 8, 3'000);
}
