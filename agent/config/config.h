#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/hook_settings.h"

/// What an operator can set, as plain values. The members' defaults are the product's defaults; keys.h describes every
/// member once (name, range, help), load.h fills them from files, environment and flags.
namespace preemptd::config {

using core::Millis;
using core::Seconds;

struct Paths {
  std::string run = "/run/preemptd";        ///< notice.json, status.json
  std::string state = "/var/lib/preemptd";  ///< drains/ (root's), outbox/ and watch/ (the watcher's)
};

struct Metadata {
  std::string url = "http://100.100.100.200";
  Millis interval = Seconds(1);
  Millis timeout{300};  ///< of one request; a lost one is repeated once on a fresh connection at once
  bool allow_plain =
      false;  ///< go without a token when the token endpoint fails (it may always where it does not exist)
};

struct Control {
  bool enabled = true;
  std::string endpoint;  ///< "" = in-VPC endpoint of the region, then the public one; else host[:port] or http(s)://…
  std::string region;    ///< "" = ask the metadata service
  std::string instance_id;  ///< "" = ask the metadata service; set it only where that service is out of reach
  Millis interval = Seconds(60);
  Millis timeout = Seconds(10);
  std::string proxy;  ///< for the API only, never for metadata
  std::string ca_file;
};

enum class StartDrain {
  automatic,  ///< preemptd starts preempt-drain itself unless systemd's path unit does
  always,     ///< preemptd starts it, whatever systemd does (the drainer's lock keeps it to one)
  never,      ///< somebody else starts it
};

struct Drain {
  StartDrain start = StartDrain::automatic;
  Millis window = Seconds(300);         ///< notice assumed when only the lock has spoken
  Millis report_reserve = Seconds(10);  ///< kept at the end for the last report
  int parallel = 8;                     ///< hooks of one stage at once
  int keep_records = 50;                ///< of past drains; the oldest go
  std::string on_shutdown = "notice";   ///< what a shutdown of the machine waits for: never, notice, always
};

/// What an operator may say of one hook, or of all (`[hooks]`). Nothing: the script's own header, then the default.
using HookOptions = core::HookSettings;

struct Hooks {
  std::vector<std::string> folders{"/usr/lib/preemptd/hooks.d", "/etc/preemptd/hooks.d", "/run/preemptd/hooks.d"};
  HookOptions defaults;
  std::map<std::string, HookOptions> by_name;  ///< [hook."20-kubernetes"]
};

/// One place reports go to: [sink.NAME]. Which members matter depends on the type (keys.h says which).
struct Sink {
  std::string name;
  std::string type;  ///< webhook, dingtalk, feishu, wecom, slack, tag, cloudmonitor, exec
  bool enabled = true;
  std::string url;  ///< visible in the configuration; url_file where the URL is itself a secret
  std::string url_file;
  std::string
      secret_file;  ///< webhook: Standard Webhooks secrets, one whsec_… a line; chat: the robot's signing secret
  std::string token_file;  ///< webhook: a bearer token
  std::string ca_file;
  std::string proxy;
  std::string mode = "structured";   ///< CloudEvents: structured or binary
  std::string template_file;         ///< webhook: the body, instead of the CloudEvent
  std::string language = "en";       ///< chat texts
  std::string keyword;               ///< chat: the word the robot insists on
  std::string prefix = "preemptd";   ///< tag: what the keys start with
  int group_id = 0;                  ///< cloudmonitor: application group
  std::vector<std::string> command;  ///< exec: program and arguments
  Millis timeout = Seconds(10);      ///< of one attempt
  std::vector<std::string> events;   ///< empty: all

  bool operator==(const Sink&) const = default;
};

struct Metrics {
  std::string textfile;  ///< "" = none; else a *.prom file in node_exporter's textfile folder
  std::string listen;    ///< "" = no listener; else ADDRESS:PORT of /metrics, /healthz and /status
};

/// Set by `preemptctl rehearse` for the private preemptd it runs; never in a file.
struct Rehearsal {
  int speed = 0;  ///< 0: the real thing. Else notices are marked as rehearsals and limits are divided by this.
};

struct Log {
  std::string level = "info";   ///< error, warning, info, debug
  std::string format = "auto";  ///< auto (journald prefixes under systemd, else text), text, json, journald
};

/// Everything an operator can set, after files, environment and flags are laid over the defaults.
struct Config {
  Paths paths;
  Metadata metadata;
  Control control;
  Drain drain;
  Hooks hooks;
  std::vector<Sink> sinks;  ///< sorted by name; the disabled ones are there too
  Metrics metrics;
  Log log;
  Rehearsal rehearsal;
};

}  // namespace preemptd::config
