#include "config/load.h"

#include <algorithm>
#include <filesystem>

#include "config/check.h"
#include "config/keys.h"
#include "config/toml_file.h"
#include "core/notice.h"
#include "core/text.h"

extern char** environ;

namespace preemptd::config {
namespace {

using core::ErrorCode;

constexpr std::string_view kPrefix = "PREEMPTD_";

bool takes_names(std::string_view section) {
  return section == "hook" || section == "sink";
}

/// "…; did you mean 'interval'?", or the choices when none is near.
std::string suggestion(std::string_view word, const std::vector<std::string>& known) {
  if (const auto near = core::nearest(word, known)) return "; did you mean '" + *near + "'?";
  std::string all;
  for (const auto& name : known) all += (all.empty() ? "" : ", ") + name;
  return "; known are: " + all;
}

void problem(Loaded& loaded, std::string what, std::string where) {
  loaded.problems.push_back({ErrorCode::bad_input, std::move(what), std::move(where)});
}

/// Says what is wrong with a section's name; true when nothing is.
bool known_section(Loaded& loaded, const std::string& name, const std::string& instance, const std::string& where) {
  const auto all = sections();
  if (std::find(all.begin(), all.end(), name) == all.end()) {
    problem(loaded, "unknown section [" + core::printable(name, 80) + "]" + suggestion(name, all), where);
    return false;
  }
  if (takes_names(name) && !core::is_plain_name(instance)) {
    problem(
        loaded,
        "'" + core::printable(instance, 80) + "' is not a name for [" + name + ".NAME]: letters, digits, '.', '_', '-'",
        where);
    return false;
  }
  return true;
}

struct Place {
  std::string section;
  std::string instance;
  std::string name;
};

const Key* known_key(Loaded& loaded, const Place& place, const std::string& where) {
  const Key* key = find_key(place.section, place.name);
  if (key == nullptr) {
    problem(loaded,
            "unknown key '" + core::printable(place.name, 80) + "' in [" + place.section + "]" +
                suggestion(place.name, names_in(place.section)),
            where);
  }
  return key;
}

void apply(Loaded& loaded, const Place& place, const Key& key, const Value& value, const std::string& where) {
  const auto done = assign(key, slot_in(loaded.config, key, place.instance), value);
  if (!done) {
    problem(loaded, done.error().what, where);
    loaded.refused.insert(full_name(place.section, place.instance, place.name));
    return;
  }
  loaded.origins[full_name(place.section, place.instance, place.name)] = where;
}

void apply_loose_keys(Loaded& loaded, const Section& section) {
  for (const Entry& entry : section.entries) {
    problem(loaded, "'" + core::printable(entry.name, 80) + "' stands before any [section]", entry.where);
  }
}

void apply_section(Loaded& loaded, const Section& section) {
  if (section.name.empty()) return apply_loose_keys(loaded, section);
  if (!known_section(loaded, section.name, section.instance, section.where)) return;
  // A sink with nothing in its section is still one, so that its missing type is an error.
  if (section.name == "sink") slot_in(loaded.config, *find_key("sink", "type"), section.instance);
  for (const Entry& entry : section.entries) {
    const Place place{section.name, section.instance, entry.name};
    if (const Key* key = known_key(loaded, place, entry.where)) apply(loaded, place, *key, entry.value, entry.where);
  }
}

enum class IfMissing { fine, problem };

void apply_file(Loaded& loaded, const std::string& path, IfMissing if_missing) {
  auto text = read_trusted_file(path);
  if (!text) {
    loaded.problems.push_back(text.error());
    return;
  }
  if (!text->has_value()) {
    if (if_missing == IfMissing::problem) problem(loaded, "there is no such file", path);
    return;
  }
  loaded.files.push_back(path);
  auto parsed = parse_toml(**text, path);
  if (!parsed) {
    loaded.problems.push_back(parsed.error());
    return;
  }
  loaded.problems.insert(loaded.problems.end(), parsed->problems.begin(), parsed->problems.end());
  for (const Section& section : parsed->sections) apply_section(loaded, section);
}

void apply_folder(Loaded& loaded, const std::filesystem::path& folder) {
  std::error_code error;
  std::vector<std::string> names;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    names.push_back(at->path().filename().string());
  }
  if (error && error != std::errc::no_such_file_or_directory && error != std::errc::not_a_directory) {
    problem(loaded, "cannot list: " + error.message(), folder.string());
  }
  std::sort(names.begin(), names.end());
  for (const auto& name : names) {
    const std::string path = (folder / name).string();
    if (name.ends_with(".toml") && !name.starts_with('.')) {
      apply_file(loaded, path, IfMissing::fine);
    } else {
      loaded.warnings.push_back(core::printable(path, 500) +
                                ": ignored, its name does not end in .toml or starts with a dot");
    }
  }
}

std::string environment_name(const Key& key) {
  std::string name(kPrefix);
  for (const char c : std::string(key.section) + "_" + std::string(key.name)) {
    name += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  }
  return name;
}

void apply_environment(Loaded& loaded, const std::vector<std::pair<std::string, std::string>>& environment) {
  std::vector<std::string> known;
  for (const Key& key : keys()) {
    if (!takes_names(key.section)) known.push_back(environment_name(key));
  }
  for (const auto& [name, value] : environment) {
    if (!name.starts_with(kPrefix)) continue;
    const auto key = std::find_if(keys().begin(), keys().end(), [&, &wanted = name](const Key& k) {
      return !takes_names(k.section) && environment_name(k) == wanted;
    });
    if (key == keys().end()) {
      const auto near = core::nearest(name, known);
      loaded.warnings.push_back("environment " + core::printable(name, 80) + ": no such setting, ignored" +
                                (near ? "; did you mean " + *near + "?" : ""));
      continue;
    }
    apply(loaded, {std::string(key->section), "", std::string(key->name)}, *key, value_from_text(*key, value),
          "environment " + name);
  }
}

/// `section.key`, `sink.NAME.key` or `hook."NAME".key`; NAME may hold dots.
Place split_name(std::string_view text) {
  Place place;
  const auto first = text.find('.');
  const auto last = text.rfind('.');
  place.section = text.substr(0, first);
  if (first == std::string_view::npos) return place;
  place.name = text.substr(last + 1);
  if (last == first) return place;
  std::string_view instance = text.substr(first + 1, last - first - 1);
  if (instance.size() >= 2 && instance.front() == '"' && instance.back() == '"')
    instance = instance.substr(1, instance.size() - 2);
  place.instance = instance;
  return place;
}

void apply_set(Loaded& loaded, std::string_view set) {
  const auto equals = set.find('=');
  const Place place = split_name(core::trim(set.substr(0, equals)));
  const std::string where = "--set";
  if (equals == std::string_view::npos || place.name.empty()) {
    return problem(loaded, "'" + core::printable(set.substr(0, equals), 80) + "' is not section.key=value", where);
  }
  if (!known_section(loaded, place.section, place.instance, where)) return;
  if (!takes_names(place.section) && !place.instance.empty()) {
    return problem(loaded, "[" + place.section + "] has no sections below it", where);
  }
  if (const Key* key = known_key(loaded, place, where)) {
    apply(loaded, place, *key, value_from_text(*key, set.substr(equals + 1)), where);
  }
}

std::string folder_beside(const std::string& file) {
  return (std::filesystem::path(file).parent_path() / "conf.d").string();
}

Shown shown(const Loaded& loaded, Config& config, const Key& key, const std::string& instance) {
  const Slot slot = slot_in(config, key, instance);
  Shown line{full_name(key.section, instance, key.name), toml_text(slot).value_or(""), "default"};
  const auto* text = std::get_if<std::string*>(&slot);
  if (key.form == Form::url && text != nullptr && !(*text)->empty())
    line.value = "\"" + core::redact_url(**text) + "\"";
  if (const auto found = loaded.origins.find(line.key); found != loaded.origins.end()) line.origin = found->second;
  return line;
}

}  // namespace

Loaded load_leniently(const LoadRequest& request) {
  Loaded loaded;
  const std::string file = request.file.empty() ? kDefaultFile : request.file;
  apply_file(loaded, file, request.file.empty() ? IfMissing::fine : IfMissing::problem);
  apply_folder(loaded, folder_beside(file));
  apply_environment(loaded, request.environment);
  for (const auto& set : request.sets) apply_set(loaded, set);
  check_together(loaded);
  return loaded;
}

core::Result<Loaded> load(const LoadRequest& request) {
  Loaded loaded = load_leniently(request);
  if (loaded.problems.empty()) return loaded;
  core::Error first = loaded.problems.front();
  const std::size_t more = loaded.problems.size() - 1;
  if (more > 0) first.what += " (and " + std::to_string(more) + (more == 1 ? " more problem)" : " more problems)");
  first.code = ErrorCode::bad_input;
  return tl::unexpected(std::move(first));
}

std::vector<std::pair<std::string, std::string>> environment_of_process() {
  std::vector<std::pair<std::string, std::string>> found;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (!text.starts_with(kPrefix) || equals == std::string_view::npos) continue;
    found.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<Shown> show(const Loaded& loaded) {
  Config config = loaded.config;
  std::vector<Shown> lines;
  std::vector<std::string> hooks, sinks;
  for (const auto& [name, options] : config.hooks.by_name) hooks.push_back(name);
  for (const auto& sink : config.sinks) sinks.push_back(sink.name);
  for (const auto& section : sections()) {
    const auto instances = section == "hook" ? hooks : section == "sink" ? sinks : std::vector<std::string>{""};
    for (const auto& instance : instances) {
      for (const Key& key : keys()) {
        if (key.section == section) lines.push_back(shown(loaded, config, key, instance));
      }
    }
  }
  return lines;
}

}  // namespace preemptd::config
