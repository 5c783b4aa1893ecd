#pragma once
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "fakes/loopback_listener.h"

namespace preemptd::fakes {

template <auto Free>
struct FreeWith {
  template <typename T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using Key = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, FreeWith<X509_free>>;

/// A certificate and its key.
struct Identity {
  Key key;
  Certificate certificate;
};

/// What a throw-away certificate is for. `alternative` is as OpenSSL writes it: "IP:127.0.0.1", "DNS:example.com".
struct Wanted {
  std::string common_name;
  std::string alternative;
  long valid_from_seconds = -3600;
  long valid_until_seconds = 3600;
};

/// Made on the spot, with a P-256 key; signed by `issuer`, or by itself as an authority.
inline Identity make_identity(const Wanted& wanted, const Identity* issuer = nullptr) {
  static std::atomic<long> serial{1};
  Identity made{Key(EVP_EC_gen("P-256")), Certificate(X509_new())};
  X509* certificate = made.certificate.get();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate), wanted.valid_from_seconds);
  X509_gmtime_adj(X509_getm_notAfter(certificate), wanted.valid_until_seconds);
  X509_set_pubkey(certificate, made.key.get());
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(wanted.common_name.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate, issuer != nullptr ? X509_get_subject_name(issuer->certificate.get()) : name);
  const auto extend = [&](int kind, const char* value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  };
  if (issuer == nullptr) extend(NID_basic_constraints, "critical,CA:TRUE");
  if (!wanted.alternative.empty()) extend(NID_subject_alt_name, wanted.alternative.c_str());
  X509_sign(certificate, issuer != nullptr ? issuer->key.get() : made.key.get(), EVP_sha256());
  return made;
}

/// The certificate as a PEM text, for a CA file.
inline std::string pem_of(const Identity& identity) {
  const std::unique_ptr<BIO, FreeWith<BIO_free_all>> memory(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(memory.get(), identity.certificate.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

/// A loopback HTTPS server: every request is answered with 200 and "secure", one connection at a time.
class TlsServer {
 public:
  explicit TlsServer(const Identity& identity, int newest_version = TLS1_3_VERSION)
      : context_(SSL_CTX_new(TLS_server_method())) {
    SSL_CTX_set_security_level(context_.get(), 0);
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context_.get(), newest_version);
    SSL_CTX_use_certificate(context_.get(), identity.certificate.get());
    SSL_CTX_use_PrivateKey(context_.get(), identity.key.get());
    thread_ = std::thread([this] { serve(); });
  }
  ~TlsServer() {
    stop_ = true;
    thread_.join();
  }
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  std::uint16_t port() const { return listener_.port(); }
  std::string url() const { return "https://" + listener_.address() + "/"; }
  int connections() const { return connections_; }  ///< accepted, whether or not TLS came about
  int requests() const { return requests_; }        ///< seen inside TLS

 private:
  void serve() {
    sigset_t pipe;  // a client that gives up early is what some tests are about
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    while (!stop_) {
      if (!readable(listener_.fd())) continue;
      const int fd = listener_.take();
      ++connections_;
      const std::unique_ptr<SSL, FreeWith<SSL_free>> session(SSL_new(context_.get()));
      SSL_set_fd(session.get(), fd);
      if (SSL_accept(session.get()) == 1) talk(session.get(), fd);
      close(fd);
    }
  }

  void talk(SSL* session, int fd) {
    std::string pending;
    while (!stop_) {
      if (SSL_pending(session) == 0 && !readable(fd)) continue;
      char buffer[4096];
      const int count = SSL_read(session, buffer, sizeof buffer);
      if (count <= 0) return;
      pending.append(buffer, static_cast<std::size_t>(count));
      if (pending.find("\r\n\r\n") == std::string::npos) continue;
      pending.clear();
      ++requests_;
      constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecure";
      SSL_write(session, kAnswer.data(), static_cast<int>(kAnswer.size()));
    }
  }

  std::unique_ptr<SSL_CTX, FreeWith<SSL_CTX_free>> context_;
  LoopbackListener listener_;
  std::atomic<int> connections_{0};
  std::atomic<int> requests_{0};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace preemptd::fakes
