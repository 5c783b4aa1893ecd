#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <system_error>

#include "cli/command/commands.h"
#include "cli/hooks/found.h"
#include "core/text.h"
#include "drain/hooks/hook_options.h"
#include "sys/fd.h"
#include "sys/files.h"

namespace preemptd::cli {
namespace {

using core::ErrorCode;
using core::Result;

constexpr std::size_t kSettingsLimit = 65536;  // as the hooks have it

struct HooksEnableOptions {
  std::string name;
  std::string from = "/usr/share/preemptd/hooks";
  std::string to = "/etc/preemptd/hooks.d";
  std::optional<std::int64_t> stage;
};

bool is_ready_made(const std::string& path) {
  struct stat file {};
  return ::stat(path.c_str(), &file) == 0 && S_ISREG(file.st_mode) && (file.st_mode & S_IXUSR) != 0;
}

std::vector<std::string> ready_made(const std::string& folder) {
  std::vector<std::string> names;
  DIR* dir = ::opendir(folder.c_str());
  if (dir == nullptr) return names;
  while (const dirent* entry = ::readdir(dir)) {
    if (entry->d_name[0] != '.' && is_ready_made(folder + "/" + entry->d_name)) names.emplace_back(entry->d_name);
  }
  ::closedir(dir);
  std::sort(names.begin(), names.end());
  return names;
}

std::string link_name(int stage, const std::string& name) {
  std::array<char, 8> number{};
  std::snprintf(number.data(), number.size(), "%02d-", stage);
  return number.data() + name;
}

/// A link to /dev/null keeps the hook of that name in an earlier folder from running.
bool is_mask(const std::string& path) {
  std::array<char, 16> target{};
  const auto length = ::readlink(path.c_str(), target.data(), target.size());
  return length > 0 && std::string_view(target.data(), static_cast<std::size_t>(length)) == "/dev/null";
}

/// The link in `to` that leads to this ready-made hook, or masks it, whatever its number.
std::string existing_link(const HooksEnableOptions& options) {
  for (int stage = 0; stage <= 99; ++stage) {
    const std::string path = options.to + "/" + link_name(stage, options.name);
    struct stat entry {};
    if (::lstat(path.c_str(), &entry) == 0) return path;
  }
  return "";
}

Result<int> stage_for(const HooksEnableOptions& options) {
  if (options.stage) return static_cast<int>(*options.stage);
  const std::string path = options.from + "/" + options.name;
  const sys::Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, drain::kHeaderLimit> start{};
  const auto got = file ? ::read(file.get(), start.data(), start.size()) : -1;
  if (got < 0) return core::fail_errno(errno, "cannot read", path);
  return drain::parse_header({start.data(), static_cast<std::size_t>(got)}).stage.value_or(50);
}

/// The file in `to` that a word means: under a stage's number, else under this very name.
std::string own_file(const HooksEnableOptions& options) {
  const std::string link = existing_link(options);
  return link.empty() ? options.to + "/" + options.name : link;
}

/// What a link in another folder can point to: "hooks" is not where this command runs from there.
Result<std::string> absolute(const std::string& folder) {
  std::error_code error;
  auto path = std::filesystem::absolute(folder, error).lexically_normal().string();
  if (error) return core::fail(ErrorCode::local, "its absolute path is not known: " + error.message(), folder);
  if (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

Result<std::string> link_in(const HooksEnableOptions& options) {
  const auto names = ready_made(options.from);
  if (std::find(names.begin(), names.end(), options.name) == names.end()) {
    const auto near = core::nearest(options.name, names);
    std::string known;
    for (const auto& name : names) known += " " + name;
    return core::fail(ErrorCode::bad_input,
                      "no ready-made hook \"" + core::printable(options.name, 60) + "\"" +
                          (near            ? ", did you mean " + *near + "?"
                           : known.empty() ? "; the folder is missing or empty: install the package, or give --from DIR"
                                           : "; there are:" + known),
                      options.from);
  }
  if (const auto there = existing_link(options); !there.empty()) return there;
  const auto stage = stage_for(options);
  if (!stage) return tl::unexpected(stage.error());
  if (auto made = sys::make_folders(options.to, 0755); !made) return tl::unexpected(made.error());
  const auto from = absolute(options.from);
  if (!from) return tl::unexpected(from.error());
  const std::string path = options.to + "/" + link_name(*stage, options.name);
  if (::symlink((*from + "/" + options.name).c_str(), path.c_str()) != 0)
    return core::fail_errno(errno, "cannot make the link", path);
  return path;
}

Result<std::string> enable(const HooksEnableOptions& options) {
  const std::string own = own_file(options);
  if (!is_mask(own)) return link_in(options);
  if (::unlink(own.c_str()) != 0) return core::fail_errno(errno, "cannot take the mask away", own);
  return is_ready_made(options.from + "/" + options.name) ? link_in(options) : own;
}

/// Puts the hook's sample of settings, all of it commented out, where the hook looks for them. What is there already is
/// its operator's. Empty: the hook has no settings.
Result<std::string> lay_settings(const HooksEnableOptions& options) {
  const auto sample = sys::read_file(options.from + "/conf/" + options.name + ".conf", kSettingsLimit);
  if (!sample) return tl::unexpected(sample.error());
  if (!*sample) return std::string();
  const std::string folder = sys::folder_of(options.to) + "/hooks.conf.d";
  const std::string path = folder + "/" + options.name + ".conf";
  if (::access(path.c_str(), F_OK) == 0) return path;
  if (auto made = sys::make_folders(folder, 0755); !made) return tl::unexpected(made.error());
  const auto written = sys::write_file_atomically(path, **sample, 0644, sys::Durable::yes);
  if (!written) return tl::unexpected(written.error());
  return path;
}

/// A link of ours goes; a hook that came with a package is masked; a file somebody wrote is not ours to take away.
Result<std::string> disable(const HooksEnableOptions& options) {
  const std::string own = own_file(options);
  if (is_mask(own)) return own;
  struct stat entry {};
  if (::lstat(own.c_str(), &entry) == 0) {
    if (!S_ISLNK(entry.st_mode))
      return core::fail(ErrorCode::bad_input, "is a file of its own: move it away, or chmod -x it", own);
    if (::unlink(own.c_str()) != 0) return core::fail_errno(errno, "cannot remove the link", own);
    return own;
  }
  const bool packaged = is_ready_made("/usr/lib/preemptd/hooks.d/" + options.name);
  if (!packaged)
    return core::fail(ErrorCode::bad_input, "no hook \"" + core::printable(options.name, 80) + "\" is enabled here",
                      options.to);
  if (::symlink("/dev/null", own.c_str()) != 0) return core::fail_errno(errno, "cannot mask it", own);
  return own;
}

Exit refused(Context& context, const core::Error& error) {
  context.out.error(error);
  return error.code == ErrorCode::bad_input ? Exit::not_found : Exit::failed;
}

/// Each of these under its name: lines for people, else one document.
Exit show(Context& context, const std::vector<std::pair<std::string, std::string>>& facts) {
  if (!context.out.for_people()) {
    Json document = Json::object();
    for (const auto& [name, path] : facts) document[name] = path;
    return context.out.document(document) ? Exit::ok : Exit::failed;
  }
  for (const auto& [name, path] : facts) context.out.line(name + ": " + path);
  return Exit::ok;
}

Exit enable_and_show(Context& context, const HooksEnableOptions& options) {
  const auto link = enable(options);
  if (!link) return refused(context, link.error());
  const auto settings = lay_settings(options);
  if (!settings) return refused(context, settings.error());
  if (settings->empty()) return show(context, {{"enabled", *link}});
  return show(context, {{"enabled", *link}, {"settings", *settings}});
}

Exit disable_and_show(Context& context, const HooksEnableOptions& options) {
  const auto gone = disable(options);
  return gone ? show(context, {{"disabled", *gone}}) : refused(context, gone.error());
}

void declare(Arguments& arguments, HooksEnableOptions& options) {
  arguments.positional("NAME", options.name, "A ready-made hook, such as kubernetes");
  arguments.text("--to", "DIR", options.to, "The folder of hooks");
  arguments.text("--from", "DIR", options.from, "Where the ready-made hooks lie");
}

}  // namespace

Command hooks_enable_command() {
  return {
      .path = "hooks enable",
      .summary = "Link a ready-made hook in",
      .details =
          "The link's number is the stage the hook asks for, unless --stage says otherwise. A sample of its settings, "
          "all\n"
          "commented out, is put into /etc/preemptd/hooks.conf.d/NAME.conf unless it exists. Look at the plan\n"
          "afterwards: preemptctl hooks plan. A hook that disable masked only loses its mask.",
      .declare = with_options<HooksEnableOptions>(
          [](Arguments& arguments, HooksEnableOptions& options) {
            declare(arguments, options);
            arguments.number("--stage", "N", options.stage, 0, 99, "Run it in this stage");
          },
          enable_and_show)};
}

Command hooks_disable_command() {
  return {
      .path = "hooks disable",
      .summary = "Take a ready-made hook out again",
      .details =
          "Removes the link that enable made, or masks a hook that came with a package, with a link to /dev/null. Its\n"
          "settings stay.",
      .declare = with_options<HooksEnableOptions>(declare, disable_and_show)};
}

}  // namespace preemptd::cli
