#include "cli/doctor/bundle.h"

#include <unistd.h>

#include "cli/host/bounded_call.h"
#include "cli/host/private_folder.h"
#include "cli/host/program_output.h"
#include "core/text.h"
#include "core/utc.h"
#include "core/version.h"
#include "sys/files.h"

namespace preemptd::cli {
namespace {

constexpr const char* kFolder = "preemptd-bundle";
constexpr const char* kHookSettings = "/etc/preemptd/hooks.conf.d";
constexpr std::size_t kLongestArchive = 64 << 20;
constexpr core::Millis kPackingTime = core::Seconds(60);

/// At most the last `most` bytes, from the start of a line.
std::string tail_of(const std::string& text, std::size_t most) {
  if (text.size() <= most) return text;
  const auto line = text.find('\n', text.size() - most - 1);
  return line == std::string::npos ? text.substr(text.size() - most) : text.substr(line + 1);
}

std::string bytes_of(std::size_t count) {
  return std::to_string(count / 1024) + " KiB";
}

std::string index_text(const Bundle& bundle) {
  std::string text = "preemptd " + std::string(core::version()) + ", collected at " +
                     core::format_utc(core::system_clock().wall_now()) +
                     "\nSecrets were replaced by ***. Read the files before you pass them on.\n\n";
  for (const auto& [name, content] : bundle.files) text += name + "  " + bytes_of(content.size() + 1023) + "\n";
  if (!bundle.notes.empty()) text += "\nNot in it, or not whole:\n";
  for (const auto& note : bundle.notes) text += "- " + note + "\n";
  return text;
}

core::Result<void> lay_out(const Bundle& bundle, const std::string& folder) {
  for (const auto& [name, content] : bundle.files) {
    const std::string path = folder + "/" + name;
    if (auto made = sys::make_folders(sys::folder_of(path), 0700); !made) return made;
    if (auto written = sys::write_file_atomically(path, content, 0600, sys::Durable::no); !written) return written;
  }
  return {};
}

core::Result<void> pack(const Bundle& bundle, const std::string& file) {
  const auto folder = PrivateFolder::make("preemptctl-bundle-");
  if (!folder) return tl::unexpected(folder.error());
  if (auto laid = lay_out(bundle, **folder / kFolder); !laid) return laid;
  const auto archive = **folder / "bundle.tar.gz";
  const auto packed =
      output_of_program({"tar", "-czf", archive, "-C", (*folder)->path(), kFolder}, core::Deadline::in(kPackingTime));
  if (!packed) return tl::unexpected(packed.error());
  const auto bytes = sys::read_file(archive, kLongestArchive);
  if (!bytes) return tl::unexpected(bytes.error());
  return sys::write_file_atomically(file, bytes->value_or(""), 0600, sys::Durable::no);
}

std::vector<std::string> environment_of_this_process() {
  std::vector<std::string> all;
  for (char** each = environ; each != nullptr && *each != nullptr; ++each) all.emplace_back(*each);
  return all;
}

}  // namespace

Bundle collect_bundle(const std::vector<BundlePart>& parts, const report::Redactor& redactor,
                      const BundleLimits& limits) {
  Bundle bundle;
  const auto end = core::Deadline::in(limits.whole_time);
  std::size_t whole = 0;
  const auto note = [&](const BundlePart& part, const std::string& why) {
    bundle.notes.push_back(part.file + ": " + redactor.redact(core::printable(why, 500)));
  };
  for (const auto& part : parts) {
    if (end.passed(core::BootClock::now())) {
      note(part, "not collected, the time for the whole bundle was over");
      continue;
    }
    const auto text = result_in_time(part.collect, core::Deadline::in(limits.part_time).sooner_of(end));
    if (!text) {
      note(part, core::describe(text.error()));
      continue;
    }
    const std::string clean = redactor.redact(*text);
    std::string kept = tail_of(clean, limits.part_bytes);
    if (whole + kept.size() > limits.whole_bytes) {
      note(part, "left out, the bundle is large enough");
      continue;
    }
    if (kept.size() < clean.size()) note(part, "only the last " + bytes_of(kept.size()) + " of it");
    whole += kept.size();
    bundle.files.emplace_back(part.file, std::move(kept));
  }
  return bundle;
}

Exit write_bundle(Context& context, const config::Loaded& loaded, const std::string& checks, const std::string& file) {
  std::vector<std::string> notes;
  const auto redactor = secrets_of(loaded.config, environment_of_this_process(), kHookSettings, notes);
  auto bundle = collect_bundle(bundle_parts(loaded, context.common, checks), redactor, {});
  bundle.notes.insert(bundle.notes.begin(), notes.begin(), notes.end());
  const std::size_t files = bundle.files.size();
  bundle.files.emplace_back("README.txt", index_text(bundle));
  if (const auto packed = pack(bundle, file); !packed) {
    context.out.error("no bundle: " + core::describe(packed.error()));
    return Exit::failed;
  }
  for (const auto& note : bundle.notes) context.out.note("not in the bundle, or not whole: " + note);
  context.out.line("written: " + file + " (" + std::to_string(files) +
                   " files without secrets; read them before you pass them on)");
  return Exit::ok;
}

}  // namespace preemptd::cli
