#include "config/toml_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <sstream>

#include "config/toml_parser.h"
#include "core/text.h"

namespace preemptd::config {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;

std::string place(const std::string& file, const toml::source_region& source) {
  return file + ":" + std::to_string(source.begin.line) + ":" + std::to_string(source.begin.column);
}

std::string type_of(const toml::node& node) {
  std::ostringstream text;
  text << node.type();
  return "a TOML " + text.str();
}

Value to_value(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* flag = node.as_boolean()) return flag->get();
  if (const auto* number = node.as_integer()) return std::int64_t{number->get()};
  if (const auto* array = node.as_array()) {
    std::vector<std::string> list;
    for (const auto& element : *array) {
      if (!element.is_string()) return Other{"a list with " + type_of(element) + " in it"};
      list.push_back(element.as_string()->get());
    }
    return list;
  }
  return Other{type_of(node)};
}

Section to_section(const toml::table& table, std::string name, std::string instance, const std::string& file) {
  Section section{std::move(name), std::move(instance), place(file, table.source()), {}};
  for (const auto& [key, node] : table) {
    section.entries.push_back({std::string(key.str()), to_value(node), place(file, key.source())});
  }
  return section;
}

/// [hook.NAME] and [sink.NAME]: a table of sections.
void add_named_sections(const toml::table& table, const std::string& section, const std::string& file, TomlFile& out) {
  for (const auto& [key, node] : table) {
    const std::string instance(key.str());
    if (const auto* inner = node.as_table()) {
      out.sections.push_back(to_section(*inner, section, instance, file));
      continue;
    }
    out.problems.push_back({ErrorCode::bad_input,
                            "[" + section + "] has one section for each: write [" + section + ".NAME] above '" +
                                core::printable(instance, 80) + "'",
                            place(file, key.source())});
  }
}

}  // namespace

Result<TomlFile> parse_toml(std::string_view text, const std::string& file) {
  const toml::parse_result parsed = toml::parse(text, file);
  if (!parsed) {
    const auto& error = parsed.error();
    return fail(ErrorCode::bad_input, core::printable(error.description(), 300), place(file, error.source()));
  }
  TomlFile out;
  Section loose;
  for (const auto& [key, node] : parsed.table()) {
    const std::string name(key.str());
    const auto* table = node.as_table();
    if (table == nullptr) {
      loose.entries.push_back({name, to_value(node), place(file, key.source())});
    } else if (name == "hook" || name == "sink") {
      add_named_sections(*table, name, file, out);
    } else {
      out.sections.push_back(to_section(*table, name, "", file));
    }
  }
  if (!loose.entries.empty()) out.sections.push_back(std::move(loose));
  return out;
}

namespace {

/// Closes on every way out.
struct OpenFile {
  int fd;
  ~OpenFile() { ::close(fd); }
};

Result<void> check_trust(const struct stat& status, const std::string& path) {
  if (!S_ISREG(status.st_mode)) return fail(ErrorCode::bad_input, "is not a regular file", path);
  if (status.st_uid != 0 && status.st_uid != ::geteuid()) {
    return fail(ErrorCode::denied,
                "belongs to uid " + std::to_string(status.st_uid) + "; it must be root's (chown root)", path);
  }
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return fail(ErrorCode::denied, "can be written by others than its owner (chmod go-w)", path);
  }
  if (static_cast<std::size_t>(status.st_size) > kFileLimit)
    return fail(ErrorCode::bad_input, "is larger than 1 MiB", path);
  return {};
}

Result<std::string> read_to_end(int fd, const std::string& path) {
  std::string text;
  char buffer[16 * 1024];
  for (;;) {
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return core::fail_errno(errno, "cannot read", path);
    if (got == 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
    if (text.size() > kFileLimit) return fail(ErrorCode::bad_input, "is larger than 1 MiB", path);
  }
}

}  // namespace

Result<std::optional<std::string>> read_trusted_file(const std::string& path) {
  // O_NONBLOCK: opening a FIFO put there by mistake must not wait for a writer.
  const OpenFile file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  if (file.fd < 0 && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  if (file.fd < 0) return core::fail_errno(errno, "cannot open", path);
  struct stat status {};
  if (::fstat(file.fd, &status) != 0) return core::fail_errno(errno, "cannot look at", path);
  if (auto trusted = check_trust(status, path); !trusted) return tl::unexpected(trusted.error());
  auto text = read_to_end(file.fd, path);
  if (!text) return tl::unexpected(text.error());
  return std::optional(std::move(*text));
}

}  // namespace preemptd::config
