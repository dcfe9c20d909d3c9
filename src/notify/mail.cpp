#include "notify/mail.h"

#include "base/ascii.h"
#include "base/base64.h"
#include "base/utf8.h"

#include <ctime>

namespace belfry::notify {
namespace {

constexpr size_t LINE_CHARACTERS_MAX = 76;  // RFC 2045, 6.7
constexpr size_t WORD_BYTES_MAX = 45;       // base64 of it and its frame stay below 75 characters (RFC 2047, 2)
constexpr std::array<const char*, 7> DAYS = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<const char*, 12> MONTHS = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::string date(int64_t ms) {
    const auto seconds = static_cast<std::time_t>(ms / 1000);
    std::tm t{};
    ::gmtime_r(&seconds, &t);
    return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} +0000", DAYS[static_cast<size_t>(t.tm_wday)], t.tm_mday,
                       MONTHS[static_cast<size_t>(t.tm_mon)], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

/// A header's text: as it is when it is short ASCII, else encoded words on lines of their own.
std::string header_text(std::string_view text) {
    const bool plain = text.size() <= LINE_CHARACTERS_MAX &&
                       std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; }) &&
                       text.find("=?") == std::string_view::npos;
    if (plain) return std::string(text);
    std::string out;
    while (!text.empty()) {
        size_t count = 0;
        while (count < text.size() && count < WORD_BYTES_MAX) {
            const size_t one = std::max<size_t>(utf8_length(text.substr(count)), 1);
            if (count + one > WORD_BYTES_MAX) break;
            count += one;
        }
        std::string part(text.substr(0, count));
        std::replace_if(
            part.begin(), part.end(), [](char c) { return c == '\r' || c == '\n'; }, ' ');
        if (!out.empty()) out += "\r\n ";
        out += "=?UTF-8?B?" + encode_base64(part) + "?=";
        text.remove_prefix(count);
    }
    return out;
}

/// An address as it stands in a header: nothing that could end the line.
std::string address_text(std::string_view address) {
    std::string out(address);
    std::erase_if(out, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
    return out;
}

void append_quoted_line(std::string& out, std::string_view line) {
    size_t column = 0;
    for (size_t i = 0; i < line.size(); ++i) {
        const auto byte = static_cast<unsigned char>(line[i]);
        const bool last = i + 1 == line.size();
        const bool plain = (byte > 0x20 && byte < 0x7f && byte != '=' && !(byte == '.' && column == 0)) ||
                           ((byte == ' ' || byte == '\t') && !last);
        const size_t width = plain ? 1 : 3;
        if (column + width > LINE_CHARACTERS_MAX - 1) {
            out += "=\r\n";
            column = 0;
            if (byte == '.') {
                out += "=2E";
                column = 3;
                continue;
            }
        }
        if (plain)
            out += line[i];
        else
            out += fmt::format("={:02X}", byte);
        column += width;
    }
    out += "\r\n";
}

}  // namespace

std::vector<std::string> split_addresses(std::string_view text) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const size_t comma = std::min(text.find(','), text.size());
        if (const std::string_view one = trim_blanks(text.substr(0, comma)); !one.empty()) out.emplace_back(one);
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return out;
}

std::string render_mail(const Mail& mail) {
    std::string to;
    for (const std::string& one : mail.to)
        to += (to.empty() ? "" : ",\r\n ") + address_text(one);
    std::string out = fmt::format(
        "From: {}\r\nTo: {}\r\nSubject: {}\r\nDate: {}\r\nMessage-ID: <{}@belfry>\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n"
        "Auto-Submitted: auto-generated\r\n\r\n",
        address_text(mail.from), to, header_text(mail.subject), date(mail.at_ms), address_text(mail.id));
    std::string_view text = mail.text;
    while (!text.empty()) {
        const size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        append_quoted_line(out, line);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

}  // namespace belfry::notify
