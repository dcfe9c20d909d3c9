#include "http/resolve.h"

#include <netdb.h>

#include <cstring>
#include <list>
#include <memory>
#include <mutex>

namespace belfry::http {
namespace {

/// A question to the resolver. It must outlive its answer, so one that came too late is kept aside until it is done.
struct Question {
    std::string host;
    std::string port;
    addrinfo hints{};
    gaicb request{};
    gaicb* list[1] = {&request};

    Question(std::string h, int p) : host(std::move(h)), port(std::to_string(p)) {
        hints.ai_socktype = SOCK_STREAM;
        hints.ai_family = AF_UNSPEC;
        hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
        request.ar_name = host.c_str();
        request.ar_service = port.c_str();
        request.ar_request = &hints;
    }
    ~Question() {
        if (request.ar_result != nullptr) ::freeaddrinfo(request.ar_result);
    }
    Question(const Question&) = delete;
    Question& operator=(const Question&) = delete;
};

struct LateAnswers {
    std::mutex mutex;  // guards questions
    std::list<std::unique_ptr<Question>> questions;

    void keep(std::unique_ptr<Question> question) {
        const std::lock_guard lock(mutex);
        questions.remove_if([](const auto& q) { return ::gai_error(&q->request) != EAI_INPROGRESS; });
        questions.push_back(std::move(question));
    }
};

LateAnswers& late_answers() {
    static auto* late = new LateAnswers;  // the resolver's threads may still write at the end of the process
    return *late;
}

std::vector<ResolvedAddress> addresses_of(const addrinfo* first) {
    std::vector<ResolvedAddress> out;
    for (const addrinfo* a = first; a != nullptr; a = a->ai_next) {
        ResolvedAddress address;
        std::memcpy(&address.address, a->ai_addr, a->ai_addrlen);
        address.size = a->ai_addrlen;
        out.push_back(address);
    }
    return out;
}

}  // namespace

Result<std::vector<ResolvedAddress>> resolve(Clock& clock,
                                             const std::string& host,
                                             int port,
                                             int64_t deadline_monotonic_ms) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    addrinfo* literal = nullptr;
    if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &literal) == 0) {
        auto out = addresses_of(literal);
        ::freeaddrinfo(literal);
        return out;
    }
    auto question = std::make_unique<Question>(host, port);
    if (const int error = ::getaddrinfo_a(GAI_NOWAIT, question->list, 1, nullptr); error != 0)
        return make_error(Code::unavailable, "{}: the resolver does not start: {}", host, ::gai_strerror(error));
    while (::gai_error(&question->request) == EAI_INPROGRESS) {
        const int64_t left_ms = deadline_monotonic_ms - clock.monotonic_ms();
        if (left_ms <= 0) {
            if (::gai_cancel(&question->request) != EAI_CANCELED) late_answers().keep(std::move(question));
            return make_error(Code::timeout, "{}: no answer from the resolver in time", host);
        }
        timespec wait{};
        wait.tv_sec = left_ms / 1000;
        wait.tv_nsec = left_ms % 1000 * 1'000'000;
        (void)::gai_suspend(question->list, 1, &wait);
    }
    if (const int error = ::gai_error(&question->request); error != 0)
        return make_error(Code::unavailable, "{}: {}", host, ::gai_strerror(error));
    return addresses_of(question->request.ar_result);
}

}  // namespace belfry::http
