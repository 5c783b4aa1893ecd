# Writes ${OUTPUT}: the catalogue's texts as C++ string constants. A raw literal of gcc may be as long as it likes.
foreach(product Ecs Vpc Sts)
  string(TOLOWER ${product} name)
  file(READ ${FOLDER}/${name}.txt text)
  string(APPEND constants "extern const std::string_view k${product}Actions = R\"catalogue(${text})catalogue\";\n")
endforeach()
file(WRITE ${OUTPUT} "#include <string_view>\n\nnamespace preemptd::ecs::catalogue {\n\n${constants}\n}  // namespace preemptd::ecs::catalogue\n")
