#pragma once
#include <sys/socket.h>

namespace preemptd::http {

/// Addresses an operator's webhook must never reach, whatever name led there: the metadata service (100.100.100.200),
/// link-local 169.254.0.0/16 and fe80::/10, the unspecified addresses, and the IPv4-mapped and NAT64 forms of these.
/// An address of a family other than IPv4 or IPv6 is refused too.
bool is_refused_for_webhooks(const sockaddr& address);

}  // namespace preemptd::http
