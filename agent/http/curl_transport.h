#pragma once
#include <memory>
#include <string>

#include "core/clock.h"
#include "core/result.h"
#include "http/transport.h"

namespace preemptd::http {

/// Which schemes a transport may speak. A request for another one is bad_input and sends nothing.
enum class Schemes { https_only, http_and_https };

/// Which addresses a transport may connect to, checked on the address itself after the name was resolved.
enum class Reach {
  anywhere,
  not_the_metadata_service,  ///< for URLs an operator wrote: see address_guard.h
};

/// What is fixed for the life of a transport. Certificates are always verified, TLS is 1.2 or newer, no proxy comes
/// from the environment by itself, no redirect is followed, nothing is decompressed: none of these can be switched.
struct CurlOptions {
  Schemes schemes = Schemes::https_only;
  Reach reach = Reach::anywhere;
  std::string proxy;  ///< URL of an HTTP proxy; "" = direct. Not compatible with a reach other than anywhere.
  std::string no_proxy =
      {};  ///< hosts that are asked directly although there is a proxy, as curl's NO_PROXY lists them
  std::string ca_file =
      {};  ///< PEM bundle to trust instead of the system's; "" = the system's, looked up in its hashed folder
  core::Millis connect_timeout = core::Seconds(3);
  core::Seconds reuse_for{
      60};  ///< oldest connection still used, so that a changed name is noticed; 0 = as long as it lives
  std::string user_agent = {};  ///< "" = none is sent
};

/// A transport over libcurl with one kept handle: connections, parsed headers and buffers live on between requests.
/// Belongs to one thread. `clock` must outlive it. Local fault when libcurl cannot be started; bad_input for options
/// that contradict each other.
core::Result<std::unique_ptr<HttpTransport>> make_curl_transport(CurlOptions options,
                                                                 const core::Clock& clock = core::system_clock());

}  // namespace preemptd::http
