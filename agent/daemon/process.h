#pragma once

namespace preemptd::daemon {

/// For the life of the process: no core files, no reading by others' debuggers, SIGPIPE ignored, one malloc arena (a
/// few small threads must not cost megabytes), no SSLKEYLOGFILE.
void harden_process();

}  // namespace preemptd::daemon
