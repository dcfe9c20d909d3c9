#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::notify {

struct MailServer {
    std::string host;
    int port = 25;
    std::string security;  // starttls, tls, none
    std::string user;      // "" asks without
    std::string password;
    std::string ca_file;
    int64_t timeout_ms = 5'000;  // of each step
};

struct Mail {
    std::string from;
    std::vector<std::string> to;
    std::string subject;
    std::string text;
    std::string id;  // unique; of header Message-ID
    int64_t at_ms = 0;
};

/// The mail as SMTP carries it between DATA and the dot: headers as MIME wants them (RFC 2047), the text in UTF-8 and
/// quoted-printable (RFC 2045), lines end in CRLF, no line begins with a dot.
[[nodiscard]] std::string render_mail(const Mail& mail);
/// "a@b, c@d" -> its parts without blanks.
[[nodiscard]] std::vector<std::string> split_addresses(std::string_view text);

}  // namespace belfry::notify
