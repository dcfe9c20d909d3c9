#include "catalog/password.h"

#include "catalog/account.h"

#include <doctest/doctest.h>

using namespace belfry;
using namespace belfry::catalog;

TEST_CASE("a password fits its hash and no other") {
    const PasswordHash hash = hash_password("open sesame", PASSWORD_COST_LOG2_MIN);
    CHECK(password_fits("open sesame", hash));
    CHECK_FALSE(password_fits("open sesam", hash));
    CHECK_FALSE(password_fits("", hash));
    CHECK(hash.hash != hash_password("open sesame", PASSWORD_COST_LOG2_MIN).hash);
    CHECK_FALSE(password_fits("", PasswordHash{}));
}

TEST_CASE("the hash is scrypt as RFC 7914 has it") {
    // made with Python: hashlib.scrypt(b"p", salt=b"0" * 16, n=16, r=8, p=1, dklen=32)
    PasswordHash known{.cost_log2 = 4, .salt = std::string(16, '0'), .hash = {}};
    const std::string hex = "b2d078acf491e1dabaca53bf17a941cddc7f88863b5567aa346a971c8a78c1f9";
    for (size_t i = 0; i < hex.size(); i += 2)
        known.hash += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    CHECK(password_fits("p", known));
}

TEST_CASE("accounts and credentials come back from their documents") {
    Account account{.id = "a1", .name = "ann@example.org", .enabled = false};
    account.password = hash_password("x", PASSWORD_COST_LOG2_MIN);
    account.password_changed_ms = 7;
    account.projects = {{"shop", {"r1", "r2"}}};
    const auto back = read_account(to_document(account));
    REQUIRE(back.ok());
    CHECK(back->name == account.name);
    CHECK_FALSE(back->enabled);
    CHECK(back->projects == account.projects);
    CHECK(back->password_changed_ms == 7);
    CHECK(password_fits("x", back->password));
    CHECK_FALSE(read_account({.kind = "account", .id = "a", .name = "b", .json = "{}"}).ok());

    const Credential credential{.id = "c1",
                                .user_id = "a1",
                                .name = "n",
                                .description = "d",
                                .project = "shop",
                                .roles = {"r1"},
                                .secret = account.password,
                                .expires_ms = 9,
                                .created_ms = 0};
    const auto again = read_credential(to_document(credential));
    REQUIRE(again.ok());
    CHECK(again->name == "n");
    CHECK(again->expires_ms == 9);
    CHECK(again->roles == credential.roles);
    CHECK(is_account_name("a.b-c_d@e+f"));
    for (const char* bad : {"", "a b", "a/b", "a:b", "a\n"})
        CHECK_FALSE(is_account_name(bad));
}
