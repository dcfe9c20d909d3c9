#include "notify/mail.h"

#include <doctest/doctest.h>

using namespace belfry;

TEST_CASE("mails are MIME: encoded headers, quoted-printable text, no line that SMTP would read otherwise") {
    const std::string out =
        notify::render_mail({.from = "belfry@example.org",
                             .to = {"a@b"},
                             .subject = "ALARM \u201etemp\u201c in M\u00fcnchen",
                             .text = "Gr\u00fc\u00dfe = 1\n.hidden\ntrailing \n" + std::string(200, 'x'),
                             .id = "k1",
                             .at_ms = 1'767'225'600'000});
    CHECK(out.find("Subject: =?UTF-8?B?") != std::string::npos);
    CHECK(out.find("Date: Thu, 01 Jan 2026 00:00:00 +0000\r\n") != std::string::npos);
    CHECK(out.find("Message-ID: <k1@belfry>\r\n") != std::string::npos);
    CHECK(out.find("Gr=C3=BC=C3=9Fe =3D 1\r\n") != std::string::npos);
    CHECK(out.find("\r\n=2Ehidden\r\n") != std::string::npos);
    CHECK(out.find("trailing=20\r\n") != std::string::npos);
    size_t begin = 0;
    while (begin < out.size()) {
        const size_t end = out.find("\r\n", begin);
        REQUIRE(end != std::string::npos);
        CHECK(end - begin <= 78);
        CHECK(out[begin] != '.');
        begin = end + 2;
    }
}

TEST_CASE("nothing in a mail's fields begins a header of its own") {
    const std::string out = notify::render_mail({.from = "a@b\r\nBcc: x@y",
                                                 .to = {"c@d\nBcc: x@y"},
                                                 .subject = "one\r\nBcc: x@y",
                                                 .text = "",
                                                 .id = "k",
                                                 .at_ms = 0});
    CHECK(out.find("\nBcc") == std::string::npos);
}
