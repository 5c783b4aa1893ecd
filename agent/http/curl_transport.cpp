#include "http/curl_transport.h"

#include <curl/curl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <mutex>

#include "core/text.h"
#include "http/address_guard.h"
#include "http/pipe_signal.h"
#include "http/trust.h"
#include "http/url.h"

namespace preemptd::http {
namespace {

using core::ErrorCode;
using core::Result;

constexpr const char* kHashedTrustFolder = "/etc/ssl/certs";

struct HandleDeleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using Handle = std::unique_ptr<CURL, HandleDeleter>;

struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, ListDeleter>;

/// Filled by libcurl's callbacks during one transfer.
struct Incoming {
  Reply reply;
  std::size_t limit = 0;
  bool too_long = false;
  bool refused_address = false;
};

bool is_token_character(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || kMarks.find(c) != kMarks.npos;
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

/// libcurl sends CR and LF in a header verbatim: what would split a header must be stopped here.
bool may_be_sent(const Header& header) {
  return !header.name.empty() && std::all_of(header.name.begin(), header.name.end(), is_token_character) &&
         !has_control(header.value);
}

void on_status_line(Reply& reply, std::string_view line) {
  // A new status line replaces what an interim answer (100, 103) brought.
  reply.headers.clear();
  const auto blank = line.find(' ');
  reply.status = 0;
  for (const char c : line.substr(blank == line.npos ? line.size() : blank + 1, 3)) {
    if (c >= '0' && c <= '9') reply.status = reply.status * 10 + (c - '0');
  }
}

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* user) {
  auto& incoming = *static_cast<Incoming*>(user);
  const std::string_view line(data, size * count);
  if (line.starts_with("HTTP/")) {
    on_status_line(incoming.reply, line);
  } else if (const auto colon = line.find(':'); colon != line.npos) {
    incoming.reply.headers.push_back(
        {std::string(line.substr(0, colon)), std::string(core::trim(line.substr(colon + 1)))});
  }
  return size * count;
}

/// Counts for itself: libcurl's own MAXFILESIZE does not see chunked bodies.
std::size_t on_body(char* data, std::size_t size, std::size_t count, void* user) {
  auto& incoming = *static_cast<Incoming*>(user);
  const std::size_t length = size * count;
  if (length > incoming.limit - incoming.reply.body.size()) {
    incoming.too_long = true;
    return 0;
  }
  incoming.reply.body.append(data, length);
  return length;
}

curl_socket_t on_open_socket(void* user, curlsocktype, curl_sockaddr* address) {
  auto& incoming = *static_cast<Incoming*>(user);
  if (is_refused_for_webhooks(address->addr)) {
    incoming.refused_address = true;
    return CURL_SOCKET_BAD;
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

ErrorCode fault_of(CURLcode code, const Incoming& incoming) {
  if (incoming.too_long) return ErrorCode::bad_reply;
  if (incoming.refused_address) return ErrorCode::bad_input;
  switch (static_cast<int>(code)) {
    case CURLE_OPERATION_TIMEDOUT: return ErrorCode::timed_out;
    case CURLE_PEER_FAILED_VERIFICATION: return ErrorCode::untrusted;
    case CURLE_URL_MALFORMAT: return ErrorCode::bad_input;
    case CURLE_SSL_CACERT_BADFILE: return ErrorCode::bad_input;
    case CURLE_OUT_OF_MEMORY: return ErrorCode::local;
    case CURLE_PARTIAL_FILE:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:  // an answer that is not HTTP/1: libcurl takes it for HTTP/0.9 and refuses
      return ErrorCode::bad_reply;
    default:
      // A connection that broke after the status line cut an answer short; before it, nobody answered.
      return incoming.reply.status != 0 ? ErrorCode::bad_reply : ErrorCode::unreachable;
  }
}

bool mentions(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

/// libcurl's words about a certificate, and what a person can do about it.
std::string certificate_sentence(const std::string& detail) {
  const bool about_time = mentions(detail, "expired") || mentions(detail, "not yet valid");
  const bool about_name = mentions(detail, "subject name");
  return "the server's certificate is not trusted: " + detail +
         (about_time   ? "; renew it, or check this machine's clock"
          : about_name ? "; it is another host's"
                       : "; where a proxy or a private endpoint is meant to answer, give its authority as ca_file");
}

/// proxy_status: of a CONNECT; 0 without one.
std::string sentence_of(CURLcode code, const Incoming& incoming, const char* detail, const CurlOptions& options,
                        long proxy_status) {
  if (incoming.too_long) return "the answer is longer than " + std::to_string(incoming.limit) + " bytes";
  if (incoming.refused_address) return "the name leads to the metadata service or a link-local address, refused";
  if (proxy_status >= 400) return "the proxy refused with status " + std::to_string(proxy_status);
  const std::string words = core::printable(*detail != '\0' ? detail : curl_easy_strerror(code), 300);
  switch (static_cast<int>(code)) {
    case CURLE_OPERATION_TIMEDOUT: return "no complete answer in time";
    case CURLE_SSL_CACERT_BADFILE: return "no certificates can be read from " + options.ca_file;
    case CURLE_PEER_FAILED_VERIFICATION: return certificate_sentence(words);
    case CURLE_SSL_CONNECT_ERROR: return "TLS 1.2 or newer could not be agreed on: " + words;
    default: return words;
  }
}

class CurlTransport final : public HttpTransport {
 public:
  CurlTransport(Handle handle, CurlOptions options, const core::Clock& clock)
      : handle_(std::move(handle)), options_(std::move(options)), clock_(clock) {}
  ~CurlTransport() override {
    const PipeSignalHeld held(pipe_signal_ignored_);
    handle_.reset();
  }

  void set_up();
  Result<Reply> send(const Request& request, core::Deadline by) override;
  bool may_have_arrived() const override { return may_have_arrived_; }

 private:
  template <typename Value>
  void set(CURLoption option, Value value) {
    // Only out-of-memory or a libcurl without the option can fail here; the transfer itself then says so.
    static_cast<void>(curl_easy_setopt(handle_.get(), option, value));
  }
  CURLcode perform();
  bool request_was_sent() const;
  Result<void> prepare(const Request& request, core::Deadline by);
  Result<void> set_url(const Request& request);
  Result<void> set_headers(const Request& request);
  void set_method(const Request& request);
  void set_trust();

  const bool pipe_signal_ignored_ = PipeSignalHeld::is_ignored();
  Handle handle_;
  CurlOptions options_;
  const core::Clock& clock_;
  Incoming incoming_;
  std::array<char, CURL_ERROR_SIZE> detail_{};
  // What the handle was last told, so that a repeated request costs no new preparation.
  std::string url_;
  std::string method_;
  bool with_body_ = false;
  std::vector<Header> headers_;
  HeaderList header_list_;
  bool headers_set_ = false;
  bool may_have_arrived_ = false;
  bool trust_set_ = false;
};

void CurlTransport::set_up() {
  const bool http_too = options_.schemes == Schemes::http_and_https;
  set(CURLOPT_PROTOCOLS_STR, http_too ? "http,https" : "https");
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  set(CURLOPT_HTTP09_ALLOWED, 0L);
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  set(CURLOPT_PROXY, options_.proxy.c_str());
  set(CURLOPT_NOPROXY, options_.proxy.empty() ? "*" : options_.no_proxy.c_str());
  set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.connect_timeout.count()));
  if (options_.reuse_for.count() > 0) set(CURLOPT_MAXLIFETIME_CONN, static_cast<long>(options_.reuse_for.count()));
  if (!options_.user_agent.empty()) set(CURLOPT_USERAGENT, options_.user_agent.c_str());
  set(CURLOPT_HEADERFUNCTION, &on_header);
  set(CURLOPT_HEADERDATA, &incoming_);
  set(CURLOPT_WRITEFUNCTION, &on_body);
  set(CURLOPT_WRITEDATA, &incoming_);
  set(CURLOPT_ERRORBUFFER, detail_.data());
  if (options_.reach == Reach::not_the_metadata_service) {
    set(CURLOPT_OPENSOCKETFUNCTION, &on_open_socket);
    set(CURLOPT_OPENSOCKETDATA, &incoming_);
  }
}

Result<Reply> CurlTransport::send(const Request& request, core::Deadline by) {
  may_have_arrived_ = false;
  if (auto ready = prepare(request, by); !ready) return tl::unexpected(ready.error());
  incoming_.reply = Reply{};
  incoming_.limit = request.reply_limit;
  incoming_.too_long = incoming_.refused_address = false;
  detail_[0] = '\0';
  const CURLcode code = perform();
  if (code == CURLE_OK) return std::move(incoming_.reply);
  may_have_arrived_ = request_was_sent();
  long proxy_status = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_HTTP_CONNECTCODE, &proxy_status);
  return core::fail(fault_of(code, incoming_), sentence_of(code, incoming_, detail_.data(), options_, proxy_status),
                    core::redact_url(request.url));
}

/// What is counted as sent includes a CONNECT to a proxy, so the connection must have been ready for the request too.
bool CurlTransport::request_was_sent() const {
  long sent = 0;
  curl_off_t ready_after = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_REQUEST_SIZE, &sent);
  curl_easy_getinfo(handle_.get(), CURLINFO_PRETRANSFER_TIME_T, &ready_after);
  return sent > 0 && ready_after > 0;
}

CURLcode CurlTransport::perform() {
  const PipeSignalHeld held(pipe_signal_ignored_);
  return curl_easy_perform(handle_.get());
}

Result<void> CurlTransport::prepare(const Request& request, core::Deadline by) {
  const auto left = by.left(clock_.boot_now());
  if (left.count() <= 0) return core::fail(ErrorCode::timed_out, "no time left to ask", core::redact_url(request.url));
  if (auto done = set_url(request); !done) return done;
  if (auto done = set_headers(request); !done) return done;
  set_method(request);
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(left.count()));
  return {};
}

Result<void> CurlTransport::set_url(const Request& request) {
  if (request.url == url_) return {};
  const bool https = is_https(request.url);
  if (host_header(request.url).empty() || has_control(request.url) || request.url.find(' ') != std::string::npos) {
    return core::fail(ErrorCode::bad_input, "not an http:// or https:// URL", core::redact_url(request.url));
  }
  if (!https && options_.schemes == Schemes::https_only) {
    return core::fail(ErrorCode::bad_input, "only https:// is allowed here", core::redact_url(request.url));
  }
  if (https) set_trust();
  set(CURLOPT_URL, request.url.c_str());
  url_ = request.url;
  return {};
}

void CurlTransport::set_trust() {
  if (trust_set_) return;
  trust_set_ = true;
  if (!options_.ca_file.empty()) {
    set(CURLOPT_CAINFO, options_.ca_file.c_str());
    set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  } else if (is_hashed_trust_folder(kHashedTrustFolder)) {
    set(CURLOPT_CAPATH, kHashedTrustFolder);
    set(CURLOPT_CAINFO, static_cast<const char*>(nullptr));
  } else if (const char* bundle = first_readable(kTrustBundles)) {
    set(CURLOPT_CAINFO, bundle);
  }
}

bool sends_body(const Request& request) {
  return !request.body.empty() || (request.method != "GET" && request.method != "HEAD");
}

Result<void> CurlTransport::set_headers(const Request& request) {
  const bool with_body = sends_body(request);
  if (headers_set_ && with_body == with_body_ && request.headers == headers_) return {};
  curl_slist* list = nullptr;
  bool has_type = false;
  for (const auto& header : request.headers) {
    if (!may_be_sent(header)) {
      curl_slist_free_all(list);
      return core::fail(ErrorCode::bad_input, "header '" + core::printable(header.name, 64) + "' may not be sent");
    }
    has_type = has_type || core::equal_ignoring_case(header.name, "content-type");
    list =
        curl_slist_append(list, (header.value.empty() ? header.name + ";" : header.name + ": " + header.value).c_str());
  }
  if (with_body) {
    // What libcurl would add by itself: a wait for "100 Continue", and a content type that nobody signed.
    list = curl_slist_append(list, "Expect:");
    if (!has_type) list = curl_slist_append(list, "Content-Type:");
  }
  set(CURLOPT_HTTPHEADER, list);
  header_list_.reset(list);
  headers_ = request.headers;
  headers_set_ = true;
  return {};
}

void CurlTransport::set_method(const Request& request) {
  const bool with_body = sends_body(request);
  if (with_body) {
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set(CURLOPT_POSTFIELDS, request.body.c_str());
  }
  if (request.method == method_ && with_body == with_body_) return;
  if (!with_body) set(CURLOPT_HTTPGET, 1L);
  set(CURLOPT_NOBODY,
      request.method == "HEAD" ? 1L : 0L);  // or it would wait for the body that the answer only speaks of
  set(CURLOPT_CUSTOMREQUEST, with_body ? request.method.c_str() : static_cast<const char*>(nullptr));
  method_ = request.method;
  with_body_ = with_body;
}

}  // namespace

Result<std::unique_ptr<HttpTransport>> make_curl_transport(CurlOptions options, const core::Clock& clock) {
  static std::once_flag once;
  static CURLcode started = CURLE_FAILED_INIT;
  std::call_once(once, [] { started = curl_global_init(CURL_GLOBAL_DEFAULT); });
  if (!options.proxy.empty() && options.reach != Reach::anywhere) {
    return core::fail(ErrorCode::bad_input, "behind a proxy the addresses reached cannot be checked");
  }
  Handle handle(started == CURLE_OK ? curl_easy_init() : nullptr);
  if (!handle) return core::fail(ErrorCode::local, "libcurl does not start");
  auto transport = std::make_unique<CurlTransport>(std::move(handle), std::move(options), clock);
  transport->set_up();
  return transport;
}

}  // namespace preemptd::http
