// Requests per second over loopback, keep-alive: what the front door costs. The client threads share the machine.
#include "http/authenticator.h"
#include "http/dispatcher.h"
#include "http/job.h"
#include "http/router.h"
#include "http/runner.h"
#include "http/server.h"
#include "net/stats.h"

#include <csignal>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
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

int64_t resident_bytes() {
    long pages_total = 0;
    long pages = 0;
    FILE* file = std::fopen("/proc/self/statm", "r");
    if (file == nullptr || std::fscanf(file, "%ld %ld", &pages_total, &pages) != 2) std::abort();
    std::fclose(file);
    return pages * ::getpagesize();
}

int64_t thread_cpu_ns() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

/// What the program does for a request beside sockets and threads, in CPU time: head, checks, route, answer.
void measure_inside(const http::Dispatcher& dispatcher,
                    const char* name,
                    const std::string& request,
                    size_t body_bytes) {
    constexpr size_t ROUNDS = 100;
    constexpr size_t BATCH = 500;
    http::Runner runner([&](http::Job& job) { return dispatcher.answer(job); }, [] { return false; }, 180'000);
    const auto entrance = std::make_shared<http::Entrance>();
    const std::string_view head_text = std::string_view(request).substr(0, request.size() - body_bytes);
    int64_t spent_ns = 0;
    for (size_t round = 0; round < ROUNDS; ++round) {
        // bodies come from the socket in any case
        std::vector<std::string> bodies(BATCH, request.substr(request.size() - body_bytes));
        const int64_t start_ns = thread_cpu_ns();
        for (std::string& body : bodies) {
            http::Job job;
            http::Refusal refusal;
            if (!http::parse_head(head_text, &job.head, &refusal)) std::abort();
            job.body = std::move(body);
            job.entrance = entrance;
            job.peer_host = "127.0.0.1";
            job.peer_is_loopback = true;
            if (runner.run(job).bytes.head.empty()) std::abort();
        }
        spent_ns += thread_cpu_ns() - start_ns;
    }
    const double count = ROUNDS * BATCH;
    std::printf("%-28s %9.0f ns/op  %8.1f MB/s (CPU time)\n", name, static_cast<double>(spent_ns) / count,
                static_cast<double>(request.size()) * count / static_cast<double>(spent_ns) * 1e3);
}

/// A process of its own that holds slow connections: idle ones, half a head, half a body.
pid_t hold_slow_connections(uint16_t port, int count) {
    const pid_t child = ::fork();
    if (child != 0) return child;
    for (int i = 0; i < count; ++i) {
        const int fd = connect_to(port);
        const std::string_view begin =
            i % 3 == 0   ? "GET /small HT"
            : i % 3 == 1 ? "POST /api/v1/write HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nabc"
                         : "GET /small HTTP/1.1\r\nHost: localhost\r\n\r\n";
        if (::send(fd, begin.data(), begin.size(), 0) < 0) std::abort();
    }
    ::pause();
    ::_exit(0);
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
    const http::AccessPolicy policy;
    const http::Dispatcher dispatcher({config, policy, router, anybody, nullptr, system_clock()});
    measure_inside(dispatcher, "http_inside_get", get, 0);
    measure_inside(dispatcher, "http_inside_post_18KiB", post(18 * 1024), 18 * 1024);

    constexpr int SLOW = 10'000;
    const int64_t before_bytes = resident_bytes();
    const double open_before = net::connections_open.value();
    const pid_t holder = hold_slow_connections(port, SLOW);
    while (net::connections_open.value() < open_before + SLOW)
        ::usleep(1000);
    measure("http_get_beside_10000_slow", port, get, 1, 20'000);
    std::printf("%-28s %9.0f bytes each\n", "http_slow_connection",
                static_cast<double>(resident_bytes() - before_bytes) / SLOW);
    ::kill(holder, SIGKILL);
    ::waitpid(holder, nullptr, 0);
}
