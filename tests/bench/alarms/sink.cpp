// A webhook receiver for measurements: answers every POST with 200 at once, remembers the Idempotency-Key of each, and says
// on GET /stats how many came, how many of them were new, and when the last new one did. One thread, no dependencies.
//   sink            prints its port on 127.0.0.1 and serves until standard input ends
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace {

struct Counts {
    uint64_t posts = 0;
    uint64_t without_key = 0;
    std::unordered_set<std::string> keys;
    double first_s = 0;
    double last_new_s = 0;
};

double now_s() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string header(const std::string& head, const char* name) {
    const size_t size = std::strlen(name);
    for (size_t at = head.find("\r\n"); at != std::string::npos; at = head.find("\r\n", at + 2)) {
        const char* line = head.c_str() + at + 2;
        if (::strncasecmp(line, name, size) != 0 || line[size] != ':') continue;
        const char* value = line + size + 1;
        while (*value == ' ') ++value;
        return std::string(value, std::strcspn(value, "\r\n"));
    }
    return {};
}

/// Takes whole requests off the front of `in`; what is to be answered is appended to `out`.
void take_requests(std::string& in, std::string& out, Counts& counts) {
    size_t begin = 0;
    for (;;) {
        const size_t end = in.find("\r\n\r\n", begin);
        if (end == std::string::npos) break;
        const std::string head = in.substr(begin, end - begin);
        const size_t body = static_cast<size_t>(std::strtoull(header(head, "content-length").c_str(), nullptr, 10));
        if (in.size() < end + 4 + body) break;
        begin = end + 4 + body;
        if (head.starts_with("GET ")) {
            char text[256];
            const int size = std::snprintf(text, sizeof text, R"({"posts":%llu,"distinct":%zu,"without_key":%llu,"first_s":%.6f,"last_new_s":%.6f})",
                                           static_cast<unsigned long long>(counts.posts), counts.keys.size(),
                                           static_cast<unsigned long long>(counts.without_key), counts.first_s, counts.last_new_s);
            out += "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" + text;
            continue;
        }
        const std::string key = header(head, "idempotency-key");
        if (counts.posts++ == 0) counts.first_s = now_s();
        if (key.empty()) ++counts.without_key;
        else if (counts.keys.insert(key).second) counts.last_new_s = now_s();
        out += "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    }
    in.erase(0, begin);
}

}  // namespace

int main() {
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener, 512) != 0) return 1;
    ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
    std::printf("%d\n", ntohs(address.sin_port));
    std::fflush(stdout);
    const int loop = ::epoll_create1(0);
    for (const int fd : {listener, 0}) {
        epoll_event event{EPOLLIN, {.fd = fd}};
        ::epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event);
    }
    Counts counts;
    std::unordered_map<int, std::string> waiting;
    std::string buffer(256 * 1024, '\0');
    for (;;) {
        epoll_event events[64];
        const int ready = ::epoll_wait(loop, events, 64, -1);
        for (int i = 0; i < ready; ++i) {
            const int fd = events[i].data.fd;
            if (fd == listener) {
                const int peer = ::accept(listener, nullptr, nullptr);
                const int on = 1;
                ::setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
                epoll_event event{EPOLLIN, {.fd = peer}};
                ::epoll_ctl(loop, EPOLL_CTL_ADD, peer, &event);
                continue;
            }
            const ssize_t got = ::read(fd, buffer.data(), buffer.size());
            if (fd == 0) {
                if (got <= 0) return 0;
                continue;
            }
            if (got <= 0) {
                waiting.erase(fd);
                ::close(fd);
                continue;
            }
            std::string& in = waiting[fd];
            in.append(buffer.data(), static_cast<size_t>(got));
            std::string out;
            take_requests(in, out, counts);
            for (size_t sent = 0; sent < out.size();) {
                const ssize_t n = ::write(fd, out.data() + sent, out.size() - sent);
                if (n <= 0) break;
                sent += static_cast<size_t>(n);
            }
        }
    }
}
