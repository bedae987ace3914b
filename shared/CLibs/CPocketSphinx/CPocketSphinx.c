// An ordinary C target and not a system library: pocketsphinx.h includes <cmdln_macro.h> and four others without their
// folder. SwiftPM puts a C target's include folder, which holds forwarding headers, on the search path of its users;
// for a system library it would take unsafe flags or pkg-config.
#include "CPocketSphinx.h"
