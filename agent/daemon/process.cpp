#include "daemon/process.h"

#include <malloc.h>
#include <sys/prctl.h>

#include <csignal>
#include <cstdlib>

namespace preemptd::daemon {

void harden_process() {
  ::prctl(PR_SET_DUMPABLE, 0);
  std::signal(SIGPIPE, SIG_IGN);
  ::mallopt(M_ARENA_MAX, 1);
  ::unsetenv("SSLKEYLOGFILE");
}

}  // namespace preemptd::daemon
