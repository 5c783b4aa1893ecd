#include "config/keys.h"

#include <algorithm>
#include <array>

#include "core/event_types.h"

namespace preemptd::config {
namespace {

constexpr std::array<std::string_view, 8> kSinkTypes{"webhook", "dingtalk", "feishu",       "wecom",
                                                     "slack",   "tag",      "cloudmonitor", "exec"};
constexpr std::string_view kWithUrl = "webhook dingtalk feishu wecom slack";
constexpr std::string_view kChats = "dingtalk feishu wecom slack";

constexpr struct {
  std::string_view name, help;
} kSections[] = {
    {"paths", "Where the programs keep their files."},
    {"metadata", "The first source of notices: the metadata service of the instance."},
    {"control", "The second source of notices: the instance's operation locks, asked from the ECS API."},
    {"drain", "What happens when the cloud announces the end of the instance."},
    {"hooks",
     "Where hooks are found, and what holds for each of them unless its own header or section says otherwise."},
    {"hook", "One hook, by the name of its file; stronger than the header inside the script."},
    {"sink", "One place reports go to, under a name of your choice. As many as you like; none by default."},
    {"metrics", "Numbers for Prometheus."},
    {"log", "What is written to standard error."},
    {"rehearsal", "Set by preemptctl rehearse for the private preemptd it runs; leave it out of files."},
};

std::vector<std::string_view> event_type_names() {
  std::vector<std::string_view> names;
  for (const auto& type : core::kEventTypes) names.push_back(type.name);
  return names;
}

void add_metadata_keys(std::vector<Key>& keys) {
  keys.push_back({.section = "metadata",
                  .name = "interval",
                  .help = "Time between two looks at the termination time.",
                  .access = [](Config& c) -> Slot { return &c.metadata.interval; },
                  .least = Millis(50),
                  .most = Seconds(60)});
  keys.push_back(
      {.section = "metadata",
       .name = "timeout",
       .help = "Longest wait for one answer. A lost one is asked for once more at once, on a fresh connection.",
       .access = [](Config& c) -> Slot { return &c.metadata.timeout; },
       .least = Millis(20),
       .most = Seconds(30)});
  keys.push_back(
      {.section = "metadata",
       .name = "allow_plain",
       .help = "Ask without a token when the token endpoint fails. Where there is no token endpoint at all, that "
               "happens anyway.",
       .access = [](Config& c) -> Slot { return &c.metadata.allow_plain; }});
  keys.push_back({.section = "metadata",
                  .name = "url",
                  .help = "The metadata service. Change it only to try things out.",
                  .access = [](Config& c) -> Slot { return &c.metadata.url; },
                  .form = Form::url,
                  .needed = true});
}

void add_control_keys(std::vector<Key>& keys) {
  keys.push_back(
      {.section = "control",
       .name = "enabled",
       .help = "Ask the ECS API as well. Needs a RAM role that may call DescribeInstances, or keys in the environment.",
       .access = [](Config& c) -> Slot { return &c.control.enabled; }});
  keys.push_back(
      {.section = "control",
       .name = "interval",
       .help = "Time between two questions; each node adds its own jitter. The quota is shared by the whole account.",
       .access = [](Config& c) -> Slot { return &c.control.interval; },
       .least = Millis(500),
       .most = std::chrono::hours(1)});
  keys.push_back({.section = "control",
                  .name = "timeout",
                  .help = "Longest time for one question, retries included.",
                  .access = [](Config& c) -> Slot { return &c.control.timeout; },
                  .least = Millis(100),
                  .most = std::chrono::minutes(2)});
  keys.push_back({.section = "control",
                  .name = "region",
                  .help = "Region of the instance. Empty: as the metadata service says.",
                  .example = R"("cn-hangzhou")",
                  .access = [](Config& c) -> Slot { return &c.control.region; },
                  .form = Form::name});
  keys.push_back(
      {.section = "control",
       .name = "instance_id",
       .help = "Which instance this is. Empty: as the metadata service says; set it only where that is out of reach, "
               "never in an image.",
       .example = R"("i-bp1example")",
       .access = [](Config& c) -> Slot { return &c.control.instance_id; },
       .form = Form::name});
  keys.push_back(
      {.section = "control",
       .name = "endpoint",
       .help = "Host of the ECS API, or its http(s):// address. Empty: the region's endpoint inside the VPC, then "
               "the public one.",
       .example = R"("ecs-vpc.cn-hangzhou.aliyuncs.com")",
       .access = [](Config& c) -> Slot { return &c.control.endpoint; }});
  keys.push_back({.section = "control",
                  .name = "proxy",
                  .help =
                      "Proxy for the ECS API. The metadata service is never asked through one; proxy variables of the "
                      "environment are ignored.",
                  .example = R"("http://proxy.example.com:3128")",
                  .access = [](Config& c) -> Slot { return &c.control.proxy; },
                  .form = Form::url});
  keys.push_back({.section = "control",
                  .name = "ca_file",
                  .help = "Certificate authorities to trust for the ECS API, instead of the system's.",
                  .example = R"("/etc/ssl/certs/our-own-ca.pem")",
                  .access = [](Config& c) -> Slot { return &c.control.ca_file; },
                  .form = Form::absolute_path});
}

void add_drain_keys(std::vector<Key>& keys) {
  keys.push_back(
      {.section = "drain",
       .name = "start",
       .help = "Who starts preempt-drain. automatic: preemptd does, unless systemd's path unit is there to do it.",
       .access = [](Config& c) -> Slot { return &c.drain.start; },
       .choices = {"automatic", "always", "never"}});
  keys.push_back({.section = "drain",
                  .name = "window",
                  .help = "Notice assumed while only the operation lock has spoken, which carries no time.",
                  .access = [](Config& c) -> Slot { return &c.drain.window; },
                  .least = Millis(100),
                  .most = std::chrono::hours(1)});
  keys.push_back({.section = "drain",
                  .name = "report_reserve",
                  .help = "Time kept at the very end for the last report; no hook gets it.",
                  .access = [](Config& c) -> Slot { return &c.drain.report_reserve; },
                  .most = std::chrono::minutes(10)});
  keys.push_back({.section = "drain",
                  .name = "parallel",
                  .help = "Most hooks of one stage at the same time.",
                  .access = [](Config& c) -> Slot { return &c.drain.parallel; },
                  .least_number = 1,
                  .most_number = 500});
  keys.push_back({.section = "drain",
                  .name = "keep_records",
                  .help = "Records of past drains to keep, within 256 MiB; the oldest go when a drain is over.",
                  .access = [](Config& c) -> Slot { return &c.drain.keep_records; },
                  .least_number = 1,
                  .most_number = 10'000});
  keys.push_back(
      {.section = "drain",
       .name = "on_shutdown",
       .help =
           "What a shutdown or reboot of the machine waits for. never: nothing, a running drain is cut off and goes "
           "on after the boot. notice: a drain that is not over. always: the machine is drained first, also "
           "without a notice, and undoes that after the boot.",
       .access = [](Config& c) -> Slot { return &c.drain.on_shutdown; },
       .choices = {"never", "notice", "always"}});
}

void add_hook_keys(std::vector<Key>& keys, std::string_view section) {
  keys.push_back({.section = section,
                  .name = "timeout",
                  .help = "Most time a hook may take, even when more is left.",
                  .example = R"("90s")",
                  .access = [](HookOptions& h) -> Slot { return &h.timeout; },
                  .least = Millis(100),
                  .most = std::chrono::hours(24)});
  keys.push_back({.section = section,
                  .name = "reserve",
                  .help = "Time guaranteed to a hook; hooks before it never eat into it.",
                  .example = R"("20s")",
                  .access = [](HookOptions& h) -> Slot { return &h.reserve; },
                  .most = std::chrono::hours(24)});
  keys.push_back({.section = section,
                  .name = "grace",
                  .help = "From SIGTERM to SIGKILL.",
                  .example = R"("5s")",
                  .access = [](HookOptions& h) -> Slot { return &h.grace; },
                  .most = std::chrono::minutes(10)});
  keys.push_back({.section = section,
                  .name = "repeatable",
                  .help = "Run it again when a crash of the node or the drainer, or a short window, cut it off.",
                  .example = R"(true)",
                  .access = [](HookOptions& h) -> Slot { return &h.repeatable; }});
  keys.push_back({.section = section,
                  .name = "importance",
                  .help = "Who is shortened last when the window is short.",
                  .example = R"("normal")",
                  .access = [](HookOptions& h) -> Slot { return &h.importance; },
                  .choices = {"critical", "normal", "low"}});
  keys.push_back({.section = section,
                  .name = "late",
                  .help = "It may run after hooks of later stages, in a second turn.",
                  .example = R"(true)",
                  .access = [](HookOptions& h) -> Slot { return &h.late; }});
  keys.push_back({.section = section,
                  .name = "user",
                  .help = "The user it runs as.",
                  .example = R"("app")",
                  .access = [](HookOptions& h) -> Slot { return &h.user; },
                  .form = Form::name});
  keys.push_back({.section = section,
                  .name = "events",
                  .help = "What it is called for.",
                  .example = R"(["drain", "undo"])",
                  .access = [](HookOptions& h) -> Slot { return &h.events; },
                  .choices = {"drain", "undo"}});
}

void add_sink_keys(std::vector<Key>& keys) {
  keys.push_back({.section = "sink",
                  .name = "type",
                  .help = "What kind of place it is.",
                  .example = R"("webhook")",
                  .access = [](Sink& s) -> Slot { return &s.type; },
                  .choices = {kSinkTypes.begin(), kSinkTypes.end()}});
  keys.push_back({.section = "sink",
                  .name = "enabled",
                  .help = "false keeps the section but sends nothing.",
                  .access = [](Sink& s) -> Slot { return &s.enabled; }});
  keys.push_back({.section = "sink",
                  .name = "events",
                  .help = "The events it gets. Empty: all of them; for chats and tags all that say how it stands, "
                          "without single hooks.",
                  .example = R"(["preemptd.notice.seen", "preemptd.drain.finished"])",
                  .access = [](Sink& s) -> Slot { return &s.events; },
                  .choices = event_type_names()});
  keys.push_back({.section = "sink",
                  .name = "timeout",
                  .help = "Longest time for one attempt; less while the instance dies.",
                  .access = [](Sink& s) -> Slot { return &s.timeout; },
                  .least = Millis(100),
                  .most = std::chrono::minutes(2)});
  keys.push_back(
      {.section = "sink",
       .name = "url_file",
       .help = "File whose first line is the address. For addresses that are secrets, as those of chat robots are.",
       .example = R"("/etc/preemptd/credentials/ops-url")",
       .access = [](Sink& s) -> Slot { return &s.url_file; },
       .types = kWithUrl});
  keys.push_back({.section = "sink",
                  .name = "url",
                  .help = "The address, where it is no secret.",
                  .example = R"("https://ops.example.com/preemptd")",
                  .access = [](Sink& s) -> Slot { return &s.url; },
                  .form = Form::url,
                  .types = kWithUrl});
}

void add_sink_secret_keys(std::vector<Key>& keys) {
  keys.push_back(
      {.section = "sink",
       .name = "secret_file",
       .help = "File with the signing secret. webhook: Standard Webhooks secrets (whsec_…), one a line, and every "
               "one signs, so that a receiver can change over.",
       .example = R"("/etc/preemptd/credentials/ops-secret")",
       .access = [](Sink& s) -> Slot { return &s.secret_file; },
       .types = "webhook dingtalk feishu"});
  keys.push_back({.section = "sink",
                  .name = "token_file",
                  .help = "File with a bearer token, for receivers that ask for one beside or instead of a signature.",
                  .example = R"("/etc/preemptd/credentials/ops-token")",
                  .access = [](Sink& s) -> Slot { return &s.token_file; },
                  .types = "webhook"});
  keys.push_back({.section = "sink",
                  .name = "ca_file",
                  .help = "Certificate authorities to trust, instead of the system's.",
                  .example = R"("/etc/ssl/certs/our-own-ca.pem")",
                  .access = [](Sink& s) -> Slot { return &s.ca_file; },
                  .form = Form::absolute_path,
                  .types = kWithUrl});
  keys.push_back({.section = "sink",
                  .name = "proxy",
                  .help = "Proxy to go through. Proxy variables of the environment are ignored.",
                  .example = R"("http://proxy.example.com:3128")",
                  .access = [](Sink& s) -> Slot { return &s.proxy; },
                  .form = Form::url,
                  .types = kWithUrl});
}

/// What is said there, and how: each means something for some types only.
void add_sink_content_keys(std::vector<Key>& keys) {
  keys.push_back(
      {.section = "sink",
       .name = "mode",
       .help = "How the CloudEvent is written: structured (all of it in the body) or binary (attributes in headers).",
       .access = [](Sink& s) -> Slot { return &s.mode; },
       .choices = {"structured", "binary"},
       .types = "webhook"});
  keys.push_back({.section = "sink",
                  .name = "template_file",
                  .help = "A template of the body, for receivers that want their own JSON instead of a CloudEvent.",
                  .example = R"("/etc/preemptd/ops.mustache")",
                  .access = [](Sink& s) -> Slot { return &s.template_file; },
                  .form = Form::absolute_path,
                  .types = "webhook"});
  keys.push_back({.section = "sink",
                  .name = "language",
                  .help = "Language of the texts.",
                  .access = [](Sink& s) -> Slot { return &s.language; },
                  .choices = {"en", "zh"},
                  .types = kChats});
  keys.push_back({.section = "sink",
                  .name = "keyword",
                  .help = "The word the robot's security setting insists on; put into every message.",
                  .example = R"("preemptd")",
                  .access = [](Sink& s) -> Slot { return &s.keyword; },
                  .types = "dingtalk feishu"});
  keys.push_back({.section = "sink",
                  .name = "prefix",
                  .help = "What the tag keys start with: <prefix>:state, <prefix>:notice and <prefix>:result.",
                  .access = [](Sink& s) -> Slot { return &s.prefix; },
                  .form = Form::name,
                  .types = "tag"});
  keys.push_back({.section = "sink",
                  .name = "group_id",
                  .help = "Application group the events belong to; 0 is none.",
                  .access = [](Sink& s) -> Slot { return &s.group_id; },
                  .most_number = 2'000'000'000,
                  .types = "cloudmonitor"});
  keys.push_back({.section = "sink",
                  .name = "command",
                  .help =
                      "Program and arguments. It gets the CloudEvent as JSON on standard input; exit status 0 means "
                      "delivered, 75 try again.",
                  .example = R"(["/usr/local/bin/tell", "--json"])",
                  .access = [](Sink& s) -> Slot { return &s.command; },
                  .types = "exec"});
}

std::vector<Key> make_keys() {
  std::vector<Key> keys;
  add_metadata_keys(keys);
  add_control_keys(keys);
  add_drain_keys(keys);
  keys.push_back({.section = "hooks",
                  .name = "folders",
                  .help = "Where hooks are looked for; of two with the same name the later folder's counts.",
                  .access = [](Config& c) -> Slot { return &c.hooks.folders; },
                  .form = Form::absolute_path,
                  .needed = true});
  add_hook_keys(keys, "hooks");
  add_hook_keys(keys, "hook");
  add_sink_keys(keys);
  add_sink_secret_keys(keys);
  add_sink_content_keys(keys);
  keys.push_back({.section = "metrics",
                  .name = "textfile",
                  .help = "A .prom file in node_exporter's textfile folder. Empty: none.",
                  .example = R"("/var/lib/prometheus/node-exporter/preemptd.prom")",
                  .access = [](Config& c) -> Slot { return &c.metrics.textfile; },
                  .form = Form::absolute_path});
  keys.push_back(
      {.section = "metrics",
       .name = "listen",
       .help = "ADDRESS:PORT that answers /metrics, /healthz and /status, read-only. Empty: none. Use a loopback "
               "address unless a firewall stands before it.",
       .example = R"("127.0.0.1:9273")",
       .access = [](Config& c) -> Slot { return &c.metrics.listen; }});
  keys.push_back({.section = "log",
                  .name = "level",
                  .help = "The least important messages that are written.",
                  .access = [](Config& c) -> Slot { return &c.log.level; },
                  .choices = {"error", "warning", "info", "debug"}});
  keys.push_back({.section = "log",
                  .name = "format",
                  .help = "auto: with journald's priority prefixes under systemd, else text for people.",
                  .access = [](Config& c) -> Slot { return &c.log.format; },
                  .choices = {"auto", "text", "json", "journald"}});
  keys.push_back(
      {.section = "rehearsal",
       .name = "speed",
       .help = "0: the real thing. Else notices are marked as rehearsals and every limit is divided by this.",
       .access = [](Config& c) -> Slot { return &c.rehearsal.speed; },
       .most_number = 1000});
  keys.push_back({.section = "paths",
                  .name = "run",
                  .help = "The notice file and the status file, for this boot.",
                  .access = [](Config& c) -> Slot { return &c.paths.run; },
                  .form = Form::absolute_path,
                  .needed = true});
  keys.push_back({.section = "paths",
                  .name = "state",
                  .help = "Records of drains and reports not yet delivered.",
                  .access = [](Config& c) -> Slot { return &c.paths.state; },
                  .form = Form::absolute_path,
                  .needed = true});
  return keys;
}

const std::vector<Key>& all_keys() {
  static const std::vector<Key> kKeys = make_keys();
  return kKeys;
}

/// [sink.NAME] sections stay sorted, so that the order of files and flags does not show.
Sink& sink_called(Config& config, const std::string& name) {
  auto at = std::lower_bound(config.sinks.begin(), config.sinks.end(), name,
                             [](const Sink& sink, const std::string& wanted) { return sink.name < wanted; });
  if (at == config.sinks.end() || at->name != name) {
    at = config.sinks.insert(at, Sink{});
    at->name = name;
  }
  return *at;
}

}  // namespace

std::span<const Key> keys() {
  return all_keys();
}

const Key* find_key(std::string_view section, std::string_view name) {
  const auto& keys = all_keys();
  const auto found =
      std::find_if(keys.begin(), keys.end(), [&](const Key& k) { return k.section == section && k.name == name; });
  return found == keys.end() ? nullptr : &*found;
}

std::vector<std::string> sections() {
  std::vector<std::string> names;
  for (const auto& section : kSections) names.emplace_back(section.name);
  return names;
}

std::vector<std::string> names_in(std::string_view section) {
  std::vector<std::string> names;
  for (const Key& key : all_keys()) {
    if (key.section == section) names.emplace_back(key.name);
  }
  return names;
}

std::string_view section_help(std::string_view section) {
  for (const auto& known : kSections) {
    if (known.name == section) return known.help;
  }
  return {};
}

std::span<const std::string_view> sink_types() {
  return kSinkTypes;
}

Slot slot_in(Config& config, const Key& key, const std::string& instance) {
  if (const auto* fixed = std::get_if<Slot (*)(Config&)>(&key.access)) return (*fixed)(config);
  if (const auto* sink = std::get_if<Slot (*)(Sink&)>(&key.access)) return (*sink)(sink_called(config, instance));
  const auto hook = std::get<Slot (*)(HookOptions&)>(key.access);
  return hook(key.section == "hooks" ? config.hooks.defaults : config.hooks.by_name[instance]);
}

std::string full_name(std::string_view section, std::string_view instance, std::string_view name) {
  std::string text(section);
  if (!instance.empty()) {
    const bool quoted = instance.find('.') != std::string_view::npos;
    text += quoted ? ".\"" + std::string(instance) + "\"" : "." + std::string(instance);
  }
  return text + "." + std::string(name);
}

}  // namespace preemptd::config
