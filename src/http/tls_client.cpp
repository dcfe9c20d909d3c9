#include "http/fetch.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace belfry::http {
namespace {

template <typename T, void (*Free)(T*)>
struct Freed {
    void operator()(T* p) const { Free(p); }
};
using Certificate = std::unique_ptr<X509, Freed<X509, X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY, EVP_PKEY_free>>;
struct FreeBio {
    void operator()(BIO* bio) const { BIO_free(bio); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;

Error tls_error(std::string_view what) {
    const unsigned long code = ERR_get_error();
    ERR_clear_error();
    const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    return make_error(Code::invalid, "{}: {}", what, reason == nullptr ? "no reason given" : reason);
}

int version_of(int short_version) {
    switch (short_version) {
        case 10: return TLS1_VERSION;
        case 11: return TLS1_1_VERSION;
        case 13: return TLS1_3_VERSION;
        default: return TLS1_2_VERSION;
    }
}

Bio memory(const std::string& text) {
    return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

Status trust(SSL_CTX* context, const TlsOptions& options) {
    if (!options.ca_text.empty()) {
        const Bio bio = memory(options.ca_text);
        size_t count = 0;
        while (Certificate certificate{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
            X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate.get());
            count++;
        }
        ERR_clear_error();
        return count > 0 ? Status() : make_error(Code::invalid, "ca holds no certificate");
    }
    if (!options.ca_file.empty()) {
        if (SSL_CTX_load_verify_locations(context, options.ca_file.c_str(), nullptr) != 1)
            return tls_error("ca_file " + options.ca_file);
        return {};
    }
    if (!options.skip_verify) SSL_CTX_set_default_verify_paths(context);
    return {};
}

Status show_certificate(SSL_CTX* context, const TlsOptions& options) {
    if (!options.certificate_text.empty()) {
        const Bio bio = memory(options.certificate_text);
        const Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
        if (!certificate || SSL_CTX_use_certificate(context, certificate.get()) != 1) return tls_error("cert");
        while (X509* next = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr))
            SSL_CTX_add_extra_chain_cert(context, next);  // takes it
        ERR_clear_error();
    } else if (!options.certificate_file.empty()) {
        if (SSL_CTX_use_certificate_chain_file(context, options.certificate_file.c_str()) != 1)
            return tls_error("cert_file " + options.certificate_file);
    }
    if (!options.key_text.empty()) {
        const Bio bio = memory(options.key_text);
        const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
        if (!key || SSL_CTX_use_PrivateKey(context, key.get()) != 1) return tls_error("key");
    } else if (!options.key_file.empty()) {
        if (SSL_CTX_use_PrivateKey_file(context, options.key_file.c_str(), SSL_FILETYPE_PEM) != 1)
            return tls_error("key_file " + options.key_file);
    }
    return {};
}

}  // namespace

Result<std::shared_ptr<ssl_ctx_st>> TlsClient::context(int64_t monotonic_ms) {
    const std::lock_guard lock(mutex_);
    if (context_ && monotonic_ms - made_ms_ < REREAD_MS) return context_;
    std::shared_ptr<ssl_ctx_st> made(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
    if (!made) return tls_error("TLS");
    SSL_CTX_set_min_proto_version(made.get(), version_of(options_.min_version));
    if (options_.max_version != 0) SSL_CTX_set_max_proto_version(made.get(), version_of(options_.max_version));
    SSL_CTX_set_verify(made.get(), options_.skip_verify ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_mode(made.get(),
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    if (Status status = trust(made.get(), options_); !status.ok()) return std::move(status).error();
    if (Status status = show_certificate(made.get(), options_); !status.ok()) return std::move(status).error();
    context_ = made;
    made_ms_ = monotonic_ms;
    return made;
}

}  // namespace belfry::http
