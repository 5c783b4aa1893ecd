#pragma once
#include <string>

#include "core/result.h"
#include "sys/child.h"

namespace preemptd::drain {

/// An account a hook runs as.
struct Account {
  std::string name = "root";
  std::string home = "/root";
  sys::Credentials credentials;
};

/// The account of this name from /etc/passwd and /etc/group alone: a directory service may need the network and take
/// minutes, which a drain does not have. bad_input: there is no such local account. local: the
/// file cannot be read now.
core::Result<Account> find_account(const std::string& name);

/// The account this process runs as; where /etc/passwd does not know it, only its number.
Account own_account();

}  // namespace preemptd::drain
