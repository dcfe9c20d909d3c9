#pragma once

#include <fmt/core.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace belfry {

/// What kind of expected failure this is. HTTP and gRPC codes are made from it in one place (api, net).
enum class Code { invalid, not_found, conflict, corrupt, exhausted, unavailable, timeout, internal };

[[nodiscard]] std::string_view to_string(Code code);

/// An expected failure. The message reads outermost first: `open segment 42: bad crc`.
struct Error {
    Code code = Code::internal;
    std::string message;

    /// Puts a sentence in front: `open segment {}: <message>`.
    template <typename... Args>
    [[nodiscard]] Error context(fmt::format_string<Args...> format, Args&&... args) && {
        message = fmt::format(format, std::forward<Args>(args)...) + ": " + message;
        return std::move(*this);
    }
};

template <typename... Args>
[[nodiscard]] Error make_error(Code code, fmt::format_string<Args...> format, Args&&... args) {
    return Error{code, fmt::format(format, std::forward<Args>(args)...)};
}

/// `make_error` from errno: the message ends with its text; ENOSPC and EDQUOT become `exhausted`.
[[nodiscard]] Error errno_error(std::string_view what, int err);

[[noreturn]] void invariant_failed(const char* file, int line, const char* condition, const char* why);
/// FATAL: cannot go on safely; says so and exits the process with status 2. The next start recovers.
[[noreturn]] void fatal(const Error& error);

/// A value or an Error.
template <typename T>
class [[nodiscard]] Result {
  public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}       // NOLINT(google-explicit-constructor)
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

    [[nodiscard]] bool ok() const { return state_.index() == 0; }
    explicit operator bool() const { return ok(); }

    [[nodiscard]] T& value() & { return *checked(); }
    [[nodiscard]] const T& value() const& { return *const_cast<Result*>(this)->checked(); }
    [[nodiscard]] T value() && { return std::move(*checked()); }
    [[nodiscard]] T& operator*() & { return *checked(); }
    [[nodiscard]] const T& operator*() const& { return *const_cast<Result*>(this)->checked(); }
    [[nodiscard]] T operator*() && { return std::move(*checked()); }
    [[nodiscard]] T* operator->() { return checked(); }
    [[nodiscard]] const T* operator->() const { return const_cast<Result*>(this)->checked(); }

    [[nodiscard]] const Error& error() const& { return std::get<1>(state_); }
    [[nodiscard]] Error error() && { return std::get<1>(std::move(state_)); }

    template <typename... Args>
    [[nodiscard]] Result context(fmt::format_string<Args...> format, Args&&... args) && {
        if (ok()) return std::move(*this);
        return std::move(*this).error().context(format, std::forward<Args>(args)...);
    }

  private:
    T* checked() {
        if (!ok()) invariant_failed(__FILE__, __LINE__, "ok()", std::get<1>(state_).message.c_str());
        return &std::get<0>(state_);
    }

    std::variant<T, Error> state_;
};

/// Success, or an Error.
template <>
class [[nodiscard]] Result<void> {
  public:
    Result() = default;
    Result(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

    [[nodiscard]] bool ok() const { return !error_; }
    explicit operator bool() const { return ok(); }
    void value() const {
        if (error_) invariant_failed(__FILE__, __LINE__, "ok()", error_->message.c_str());
    }
    [[nodiscard]] const Error& error() const& { return *error_; }
    [[nodiscard]] Error error() && { return *std::move(error_); }

    template <typename... Args>
    [[nodiscard]] Result context(fmt::format_string<Args...> format, Args&&... args) && {
        if (ok()) return std::move(*this);
        return std::move(*this).error().context(format, std::forward<Args>(args)...);
    }

  private:
    std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace belfry

#define BELFRY_CONCAT_(a, b) a##b
#define BELFRY_CONCAT(a, b) BELFRY_CONCAT_(a, b)
#define BELFRY_TRY_(name, expr)                                   \
    __extension__({                                               \
        auto name = (expr);                                       \
        if (!name.ok()) return std::move(name).error();           \
        std::move(name).value();                                  \
    })
/// `auto page = TRY(read_page(id));` — passes an Error up.
#define TRY(expr) BELFRY_TRY_(BELFRY_CONCAT(try_, __COUNTER__), expr)

/// Our own bug, checked in every build: prints the reason and aborts.
#define INVARIANT(cond, why) \
    (static_cast<bool>(cond) ? static_cast<void>(0) : ::belfry::invariant_failed(__FILE__, __LINE__, #cond, why))
