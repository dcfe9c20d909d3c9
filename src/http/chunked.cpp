#include "http/chunked.h"

namespace belfry::http {
namespace {

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool is_control(char c) {
    return (static_cast<uint8_t>(c) < 0x20 && c != '\t') || c == 0x7f;
}

}  // namespace

ChunkedDecoder::Step ChunkedDecoder::advance(char c) {
    switch (step_) {
        case Step::size:
            if (const int digit = hex_digit(c); digit >= 0) {
                left_bytes_ = left_bytes_ * 16 + static_cast<uint64_t>(digit);
                return ++digits_ <= 8 ? Step::size : Step::bad;
            }
            if (digits_ == 0) return Step::bad;
            if (c == '\r') return Step::size_lf;
            return c == ';' ? Step::extension : Step::bad;
        case Step::extension:
            if (c == '\r') return Step::size_lf;
            return ++overhead_bytes_ <= EXTENSION_BYTES_MAX && !is_control(c) ? Step::extension : Step::bad;
        case Step::size_lf:
            overhead_bytes_ = 0;
            digits_ = 0;
            if (c != '\n') return Step::bad;
            return left_bytes_ == 0 ? Step::trailer_start : Step::content;
        case Step::content_cr: return c == '\r' ? Step::content_lf : Step::bad;
        case Step::content_lf: return c == '\n' ? Step::size : Step::bad;
        case Step::trailer_start:
            if (c == '\r') return Step::end_lf;
            [[fallthrough]];
        case Step::trailer:
            if (c == '\r') return Step::trailer_lf;
            return ++overhead_bytes_ <= TRAILER_BYTES_MAX && !is_control(c) ? Step::trailer : Step::bad;
        case Step::trailer_lf: return c == '\n' ? Step::trailer_start : Step::bad;
        case Step::end_lf: return c == '\n' ? Step::done : Step::bad;
        case Step::content:
        case Step::done:
        case Step::bad: break;
    }
    return Step::bad;
}

ChunkedDecoder::State ChunkedDecoder::feed(std::string_view bytes,
                                           size_t* taken,
                                           size_t body_bytes_max,
                                           std::string* body) {
    size_t at = 0;
    while (at < bytes.size() && step_ != Step::done && step_ != Step::bad) {
        if (step_ != Step::content) {
            step_ = advance(bytes[at++]);
            // a chunk that cannot fit is refused by its size line, before its bytes come
            if (step_ == Step::content && left_bytes_ > body_bytes_max - std::min(body->size(), body_bytes_max)) {
                too_large_ = true;
                step_ = Step::bad;
            }
            continue;
        }
        const size_t count = static_cast<size_t>(std::min<uint64_t>(left_bytes_, bytes.size() - at));
        body->append(bytes.substr(at, count));
        at += count;
        left_bytes_ -= count;
        if (left_bytes_ == 0) step_ = Step::content_cr;
    }
    *taken = at;
    if (step_ == Step::bad) return State::bad;
    return step_ == Step::done ? State::done : State::more;
}

}  // namespace belfry::http
